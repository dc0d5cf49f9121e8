"""Sends events: one after the other, or with --under-way N tasks of asyncio."""

import argparse
import asyncio
import json

import hookrail

import bench


def send(options: argparse.Namespace, order: object) -> None:
    with hookrail.Hookrail(api_key=bench.API_KEY, base_url=options.url) as client:
        for _ in range(options.warmup):
            client.send_event(bench.TOPIC, order)
        with bench.Measured(options.count):
            for _ in range(options.count):
                client.send_event(bench.TOPIC, order)


async def send_with_tasks(options: argparse.Namespace, order: object) -> None:
    async with hookrail.AsyncHookrail(api_key=bench.API_KEY, base_url=options.url) as client:

        async def many(count: int) -> None:
            numbers = iter(range(count))

            async def one_after_the_other() -> None:
                for _ in numbers:
                    await client.send_event(bench.TOPIC, order)

            await asyncio.gather(*(one_after_the_other() for _ in range(options.under_way)))

        await many(options.warmup)
        with bench.Measured(options.count):
            await many(options.count)


def main() -> None:
    options = bench.options()
    order = json.loads(options.payload.read_bytes())
    if options.under_way is None:
        send(options, order)
    else:
        asyncio.run(send_with_tasks(options, order))


if __name__ == "__main__":
    main()
