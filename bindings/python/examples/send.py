"""Sends an event and shows its deliveries.

HOOKRAIL_API_KEY and HOOKRAIL_BASE_URL say where.
"""

from hookrail import Hookrail, HookrailError

with Hookrail() as client:
    try:
        accepted = client.send_event("orders.created", {"order_id": "o_1", "amount": 42})
    except HookrailError as error:
        raise SystemExit(f"{error} (the event is {error.outcome})") from None
    print("recorded as", accepted.event_id)
    for delivery in client.get_event(accepted.event_id).deliveries:
        print(delivery.delivery_id, delivery.state)
