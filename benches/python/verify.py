"""Verifies a delivery."""

import hashlib
import hmac
import time

from hookrail.signing import verify_signature

import bench

SECRET = b"whsec_3q2-8rTf0mWb7yLkXc9vNs5hJd1gZp4a"
DELIVERY_ID = "01JCD5W2Q9M5V8B2C7E4G6J0KP"


def main() -> None:
    options = bench.options()
    body = options.payload.read_bytes()
    now = int(time.time())
    mac = hmac.new(SECRET, f"{now}.{DELIVERY_ID}.".encode() + body, hashlib.sha256)
    header = f"t={now},v1={mac.hexdigest()}"
    for _ in range(options.warmup):
        verify_signature(SECRET, header, DELIVERY_ID, body)
    with bench.Measured(options.count):
        for _ in range(options.count):
            verify_signature(SECRET, header, DELIVERY_ID, body)


if __name__ == "__main__":
    main()
