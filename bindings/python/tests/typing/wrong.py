"""A program with mistakes, each of which type checkers refuse. It is not executed."""

from __future__ import annotations

from hookrail import AsyncHookrail, Hookrail, RetryPolicy, verify_signature

client = Hookrail(api_key=1)  # mistake
Hookrail(retires=3)  # mistake
Hookrail(tls_roots="none")  # mistake
Hookrail(http_client=object())  # mistake
RetryPolicy(max_retries="3")  # mistake
client.send_event(b"order.paid", {})  # mistake
client.send_event("order.paid")  # mistake
client.send_event("order.paid", {}, "key")  # mistake
print(client.get_event("e").event_ids)  # mistake
number: int = client.send_event("order.paid", {}).event_id  # mistake
verify_signature(1, "", "", b"")  # mistake
verify_signature(b"s", "", "", "a text")  # mistake


async def send() -> None:
    await client.send_event("order.paid", {})  # mistake
    accepted = AsyncHookrail().send_event("order.paid", {})
    print(accepted.event_id)  # mistake
