"""Without arguments: sends an event and prints its id. With a signature, the id of a delivery and its body: verifies it."""

import sys

from hookrail import Hookrail, Verifier

if len(sys.argv) == 1:
    with Hookrail() as client:
        print(client.send_event("order.paid", {"order_id": "o_1"}).event_id)
else:
    signature, delivery_id, body = sys.argv[1:]
    Verifier("whsec_install").verify(signature, delivery_id, body.encode())
    print("verified")
