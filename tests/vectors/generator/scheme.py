"""The signature scheme, and the form of a case."""

import hashlib
import hmac

SECRET = b"whsec_test_secret"
OTHER = b"whsec_another_secret"
NOW = 1781092800
ID = b"01JXAMPLEDELIVERYID0000000"
EVENT_ID = b"01JXAMPLEEVENTID0000000000"
BODY = b'{"order_id":"o_1","amount":42}'
JSONB_BODY = b'{"amount": 42, "order_id": "o_1"}'
I64_MAX = 2**63 - 1
I64_MIN = -(2**63)
MAX_HEADER_LEN = 4096

# Values that are no secrets, and values that the service never makes.
UNUSABLE_SECRETS = [
    ("only-the-prefix", b"whsec_"),
    ("only-the-prefix-and-a-line-feed", b"whsec_\n"),
    ("one-space", b" "),
    ("only-white-space", b" \t\r\n"),
    ("only-a-no-break-space", "\u00a0".encode()),
    ("only-a-nul", b"\0"),
    ("line-feed-added", SECRET + b"\n"),
    ("cr-lf-added", SECRET + b"\r\n"),
    ("tab-added", SECRET + b"\t"),
    ("space-added", SECRET + b" "),
    ("no-break-space-added", SECRET + "\u00a0".encode()),
    ("space-in-front", b" " + SECRET),
    ("line-feed-in-front", b"\n" + SECRET),
    ("ideographic-space-in-front", "\u3000".encode() + SECRET),
    ("nul-added", SECRET + b"\0"),
    ("nul-and-more-added", SECRET + b"\0x"),
    ("holds-a-line-feed", SECRET + b"\n" + OTHER),
    ("holds-an-escape", b"whsec_\x1b[31m"),
    ("holds-a-delete-character", b"whsec_a\x7fb"),
    ("not-utf-8-and-a-line-feed", b"\xff\xfe\n"),
    ("not-utf-8-and-a-nul-inside", b"\xff\0\xfe"),
    ("every-byte", bytes(range(256))),
]

# Produced by the Hookrail service itself.
SERVICE_VECTOR = {
    "secret": "whsec_test_secret",
    "unix": "1781092800",
    "delivery_id": "01JXAMPLEDELIVERYID0000000",
    "body": '{"order_id":"o_1","amount":42}',
    "header": "t=1781092800,v1=d270845b932d510270e3b7132b702de5b0c03c3781221badb79fe39c66672644",
}


class Repeat:
    """Returns a long input as one piece and a count."""

    def __init__(self, unit, count):
        self.unit = unit
        self.count = count

    def __bytes__(self):
        return self.unit * self.count


def mac(secret=SECRET, t=NOW, delivery_id=ID, body=BODY):
    """Returns the hex MAC; `t` is a number or the bytes of another spelling."""
    t = t if isinstance(t, bytes) else str(t).encode()
    message = t + b"." + bytes(delivery_id) + b"." + bytes(body)
    return hmac.new(bytes(secret), message, hashlib.sha256).hexdigest().encode()


def sig(secret=SECRET, t=NOW, delivery_id=ID, body=BODY):
    """Returns a whole header value."""
    t_bytes = t if isinstance(t, bytes) else str(t).encode()
    return b"t=" + t_bytes + b",v1=" + mac(secret, t, delivery_id, body)


def flip(hex_digits, at):
    """Returns the same digits, except one."""
    other = b"0" if hex_digits[at : at + 1] != b"0" else b"1"
    at %= len(hex_digits)
    return hex_digits[:at] + other + hex_digits[at + 1 :]


def is_plain(data):
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(char >= " " and char != "\x7f" for char in text)


def value_of(data, as_hex):
    if isinstance(data, Repeat):
        return {"repeat": value_of(data.unit, as_hex), "count": data.count}
    return data.hex() if as_hex else data.decode("utf-8")


def put(case, key, data):
    unit = data.unit if isinstance(data, Repeat) else data
    as_hex = not is_plain(unit)
    case[key + ("_hex" if as_hex else "")] = value_of(data, as_hex)


def put_list(case, key, items):
    as_hex = not all(is_plain(i.unit if isinstance(i, Repeat) else i) for i in items)
    case[key + ("_hex" if as_hex else "")] = [value_of(item, as_hex) for item in items]


class Table:
    def __init__(self):
        self.cases = []
        self.names = set()

    def add(self, case):
        assert case["name"] not in self.names, case["name"]
        self.names.add(case["name"])
        self.cases.append(case)
