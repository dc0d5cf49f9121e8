"""Verifies one delivery. A web application uses hookrail.middleware instead."""

from hookrail import Verifier
from hookrail.signing import SignatureError
from hookrail.testing import signed_headers

SECRET = "whsec_of_the_endpoint"
verifier = Verifier(SECRET)
body = b'{"order_id":"o_1"}'
# What the service would send.
headers = signed_headers(body, secret=SECRET, topic="orders.created")

verified = verifier.verify_request(headers, body)
print("delivery", verified.delivery_id, "was signed", verified.age, "s ago")
try:
    verifier.verify_request(headers, b'{"order_id":"o_2"}')
except SignatureError as error:
    print("refused:", error)
