"""Sends a hundred events at the same time, in tasks of asyncio."""

import asyncio

from hookrail import AsyncHookrail


async def main() -> None:
    async with AsyncHookrail(retries=10) as client:
        sends = [client.send_event("orders.created", {"number": number}) for number in range(100)]
        accepted = await asyncio.gather(*sends)
    print(len({one.event_id for one in accepted}), "events are recorded")


asyncio.run(main())
