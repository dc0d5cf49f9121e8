#!/usr/bin/env python3
"""Writes verify.json and sign.json, the signature cases that every language runs.

    python3 generate.py            writes the files next to this script
    python3 generate.py --check    fails if they are not what this script writes

The MACs are Python's own (hmac and hashlib). What each case expects is written down here by hand
from the rules in README.md: no verifier is asked. The output is the same on every run.
"""

import argparse
import base64
import hashlib
import hmac
import json
import pathlib
import sys

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

# Produced by the Hookrail service itself.
SERVICE_VECTOR = {
    "secret": "whsec_test_secret",
    "unix": "1781092800",
    "delivery_id": "01JXAMPLEDELIVERYID0000000",
    "body": '{"order_id":"o_1","amount":42}',
    "header": "t=1781092800,v1=d270845b932d510270e3b7132b702de5b0c03c3781221badb79fe39c66672644",
}


class Repeat:
    """A long input, written as one piece and a count."""

    def __init__(self, unit, count):
        self.unit = unit
        self.count = count

    def __bytes__(self):
        return self.unit * self.count


def mac(secret=SECRET, t=NOW, delivery_id=ID, body=BODY):
    """The hex MAC; `t` as a number or as the bytes of another spelling."""
    t = t if isinstance(t, bytes) else str(t).encode()
    message = t + b"." + bytes(delivery_id) + b"." + bytes(body)
    return hmac.new(bytes(secret), message, hashlib.sha256).hexdigest().encode()


def sig(secret=SECRET, t=NOW, delivery_id=ID, body=BODY):
    """A whole header value."""
    t_bytes = t if isinstance(t, bytes) else str(t).encode()
    return b"t=" + t_bytes + b",v1=" + mac(secret, t, delivery_id, body)


def flip(hex_digits, at):
    """The same digits but for one."""
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


class VerifyTable(Table):
    def case(self, name, status, header=None, secrets=(SECRET,), delivery_id=ID, body=BODY,
             tolerance=300, now=NOW, secret_index=0, signed_at=NOW):
        assert now not in (-1, I64_MIN) and tolerance not in (-1, I64_MIN), name
        case = {"name": name}
        put_list(case, "secrets", secrets)
        put(case, "header", sig(delivery_id=delivery_id, body=body) if header is None else header)
        put(case, "delivery_id", delivery_id)
        put(case, "body", body)
        case["tolerance"] = tolerance
        case["now"] = now
        case["status"] = status
        if status == "ok":
            case["secret_index"] = secret_index
            case["signed_at"] = signed_at
            case["skew_seconds"] = now - signed_at
        self.add(case)

    def ok(self, name, header=None, **inputs):
        self.case(name, "ok", header, **inputs)

    def malformed(self, name, header=None, **inputs):
        self.case(name, "signature_malformed", header, **inputs)

    def mismatch(self, name, header=None, **inputs):
        self.case(name, "signature_mismatch", header, **inputs)

    def too_old(self, name, header=None, **inputs):
        self.case(name, "timestamp_too_old", header, **inputs)

    def too_new(self, name, header=None, **inputs):
        self.case(name, "timestamp_too_new", header, **inputs)

    def invalid(self, name, header=None, **inputs):
        self.case(name, "invalid_argument", header, **inputs)


def bodies(table):
    service = SERVICE_VECTOR
    table.ok("body/the-service-s-own-vector", service["header"].encode(),
             secrets=[service["secret"].encode()], delivery_id=service["delivery_id"].encode(),
             body=service["body"].encode(), now=int(service["unix"]))
    for name, body in [
        ("empty", b""),
        ("one-byte", b"x"),
        ("one-nul", b"\0"),
        ("nul-in-the-middle", b'{"a":1}\0{"b":2}'),
        ("ends-in-a-line-feed", BODY + b"\n"),
        ("begins-with-a-byte-order-mark", b"\xef\xbb\xbf" + BODY),
        ("cr-lf-lines", b'{\r\n"a":1\r\n}'),
        ("non-ascii", '{"name":"Zoë","city":"北京","mood":"🪝"}'.encode()),
        ("not-utf-8", b"\xff\xfe\x80\x81\xc3("),
        ("latin-1", "Zoë".encode("latin-1")),
        ("every-byte", bytes(range(256))),
        ("gzip", bytes.fromhex("1f8b08000000000000ffab56ca48cdc9c95702")),
        ("jsonb-layout", JSONB_BODY),
        ("not-json", b"amount=42&order_id=o_1"),
        ("looks-like-a-mac-input", b"1781092800.01JXAMPLEDELIVERYID0000000.{}"),
        ("only-a-dot", b"."),
        ("64-kib", Repeat(b"x", 65536)),
        ("256-kib-less-one", Repeat(b"x", 262143)),
        ("256-kib", Repeat(b"x", 262144)),
        ("256-kib-and-one", Repeat(b"x", 262145)),
        ("1-mib-of-two-byte-characters", Repeat("é".encode(), 524288)),
        ("1-mib-of-nuls", Repeat(b"\0", 1048576)),
    ]:
        table.ok("body/" + name, body=body)
    prefix_len = len(str(NOW)) + len(ID) + 2
    for total in (55, 56, 63, 64, 65, 119, 120, 127, 128, 129):
        table.ok(f"body/mac-input-of-{total}-bytes", body=b"b" * (total - prefix_len))


def tampering(table):
    good = sig()
    for name, body in [
        ("one-bit", bytes([BODY[0] ^ 1]) + BODY[1:]),
        ("amount", b'{"order_id":"o_1","amount":43}'),
        ("truncated", BODY[:-1]),
        ("emptied", b""),
        ("line-feed-added", BODY + b"\n"),
        ("cr-lf-added", BODY + b"\r\n"),
        ("nul-added", BODY + b"\0"),
        ("byte-order-mark-added", b"\xef\xbb\xbf" + BODY),
        ("spaces-added-as-by-jsonb", b'{"order_id": "o_1", "amount": 42}'),
        ("members-reordered", b'{"amount":42,"order_id":"o_1"}'),
        ("base64-encoded", base64.b64encode(BODY)),
    ]:
        table.mismatch("tampered/body-" + name, good, body=body)
    table.mismatch("tampered/body-line-feed-removed", sig(body=BODY + b"\n"))
    table.mismatch("tampered/body-serialised-again", sig(body=JSONB_BODY),
                   body=b'{"amount":42,"order_id":"o_1"}')
    table.mismatch("tampered/delivery-id", good, delivery_id=b"01JXAMPLEDELIVERYID0000001")
    table.mismatch("tampered/delivery-id-in-lower-case", good, delivery_id=ID.lower())
    table.mismatch("tampered/delivery-id-truncated", good, delivery_id=ID[:-1])
    table.mismatch("tampered/event-id-given-as-delivery-id", good, delivery_id=EVENT_ID)
    table.mismatch("tampered/time-later-within-tolerance", b"t=1781092801,v1=" + mac())
    table.mismatch("tampered/time-earlier-within-tolerance", b"t=1781092700,v1=" + mac())
    for name, digits in [
        ("last-digit", flip(mac(), -1)),
        ("first-digit", flip(mac(), 0)),
        ("middle-digit", flip(mac(), 31)),
        ("all-zeros", b"0" * 64),
        ("all-fs", b"f" * 64),
        ("reversed", mac()[::-1]),
    ]:
        table.mismatch("tampered/mac-" + name, b"t=1781092800,v1=" + digits)
    def head(message):
        return b"t=1781092800,v1=" + hmac.new(SECRET, message, hashlib.sha256).hexdigest().encode()
    table.mismatch("tampered/mac-over-the-body-alone", head(BODY))
    table.mismatch("tampered/mac-without-the-delivery-id", head(b"1781092800." + BODY))
    table.mismatch("tampered/mac-without-the-time", head(ID + b"." + BODY))
    table.mismatch("tampered/mac-in-the-order-of-standard-webhooks",
                   head(ID + b".1781092800." + BODY))
    table.mismatch("tampered/plain-hash-instead-of-a-mac",
                   b"t=1781092800,v1=" + hashlib.sha256(
                       SECRET + b"1781092800." + ID + b"." + BODY).hexdigest().encode())
    table.mismatch("tampered/another-delivery-s-signature",
                   sig(delivery_id=b"01JXAMPLEDELIVERYID0000001"))


def malformed_headers(table):
    m = mac()
    good = sig()
    for name, header in [
        ("empty", b""),
        ("only-spaces", b"   "),
        ("only-a-comma", b","),
        ("only-an-equals-sign", b"="),
        ("garbage", b"garbage"),
        ("bad-header", b"bad_header"),
        ("a-sentence", b"i'm not even a real signature header"),
        ("upper-case-garbage", b"BAD_SIG_NATURE"),
        ("invalid-signature", b"invalid_signature"),
        ("no-equals-sign-in-v1", b"v1,t=1"),
        ("no-equals-sign-in-t", b"t,v1=" + m),
        ("only-the-digits", m),
        ("only-t", b"t=1781092800"),
        ("only-v1", b"v1=" + m),
        ("only-v1-and-v2", b"v1=" + m + b",v2=" + m),
        ("only-t-and-v0", b"t=1781092800,v0=" + m),
        ("only-t-and-v2", b"t=1781092800,v2=" + m),
        ("only-t-and-v10", b"t=1781092800,v10=" + m),
        ("only-t-and-v", b"t=1781092800,v=" + m),
        ("name-that-ends-in-v1", b"t=1781092800,nav1=" + m),
        ("name-that-contains-v", b"t=1781092800,nav=" + m),
        ("name-that-ends-in-t", b"nt=1781092800,v1=" + m),
        ("upper-case-t", b"T=1781092800,v1=" + m),
        ("upper-case-v1", b"t=1781092800,V1=" + m),
        ("space-before-the-equals-sign-of-t", b"t =1781092800,v1=" + m),
        ("space-before-the-equals-sign-of-v1", b"t=1781092800,v1 =" + m),
        ("space-after-the-equals-sign-of-v1", b"t=1781092800,v1= " + m),
        ("space-inside-v1", b"t=1781092800,v1=" + m[:32] + b" " + m[32:]),
        ("semicolon-between-parts", b"t=1781092800;v1=" + m),
        ("space-between-parts", b"t=1781092800 v1=" + m),
        ("ampersand-between-parts", b"t=1781092800&v1=" + m),
        ("colons-for-equals-signs", b"t:1781092800,v1:" + m),
        ("quoted", b'"' + good + b'"'),
        ("v1-quoted", b't=1781092800,v1="' + m + b'"'),
        ("t-quoted", b't="1781092800",v1=' + m),
        ("bracketed", b'["' + good + b'"]'),
        ("with-its-own-name", b"hookrail-signature: " + good),
        ("json", b'{"t":1781092800,"v1":"' + m + b'"}'),
        ("percent-encoded", b"t%3D1781092800%2Cv1%3D" + m),
        ("two-headers-joined", good + b", " + good),
        ("two-headers-of-different-times-joined", good + b"," + sig(t=NOW - 1)),
        ("standard-webhooks", b"v1," + base64.b64encode(bytes.fromhex(m.decode()))),
        ("github", b"sha256=" + m),
        ("cr-lf-at-the-end", good + b"\r\n"),
        ("cr-at-the-end", good + b"\r"),
        ("lf-at-the-end", good + b"\n"),
        ("lf-at-the-start", b"\n" + good),
        ("lf-after-the-comma", b"t=1781092800,\nv1=" + m),
        ("vertical-tab", b"t=1781092800,\x0bv1=" + m),
        ("form-feed", b"t=1781092800,\x0cv1=" + m),
        ("nul-at-the-end", good + b"\0"),
        ("nul-at-the-start", b"\0" + good),
        ("nul-after-t", b"t=1781092800\0,v1=" + m),
        ("nul-in-an-unknown-part", good + b",x=\0"),
        ("escape-in-an-unknown-part", good + b",x=\x1b[0m"),
        ("delete-character", good + b",x=\x7f"),
        ("non-ascii-in-an-unknown-part", good + ",x=é".encode()),
        ("not-utf-8-in-an-unknown-part", good + b",x=\xff"),
        ("no-break-space-around-v1", "t=1781092800,\u00a0v1=".encode() + m),
        ("next-line-at-the-end", good + "\u0085".encode()),
        ("byte-order-mark-at-the-start", b"\xef\xbb\xbf" + good),
        ("full-width-equals-sign", "t＝1781092800,v1=".encode() + m),
        ("one-byte-over-the-limit", (good + b",x=").ljust(MAX_HEADER_LEN + 1, b"p")),
        ("spaces-over-the-limit", good.ljust(MAX_HEADER_LEN + 1)),
        ("a-megabyte-of-commas", Repeat(b",", 1048576)),
        ("a-megabyte-of-signatures", Repeat(good + b",", 12000)),
    ]:
        table.malformed("header/" + name, header)


def accepted_headers(table):
    m = mac()
    good = sig()
    t = b"t=1781092800"
    v1 = b"v1=" + m
    for name, header in [
        ("v1-before-t", v1 + b"," + t),
        ("space-after-the-comma", t + b", " + v1),
        ("spaces-around-every-part", b"  " + t + b"  ,  " + v1 + b"  "),
        ("tabs-around-every-part", b"\t" + t + b"\t,\t" + v1 + b"\t"),
        ("comma-at-the-end", good + b","),
        ("comma-at-the-start", b"," + good),
        ("commas-and-spaces-between", t + b",, ,\t," + v1),
        ("unknown-part-first", b"x=1," + good),
        ("unknown-part-between", t + b",x=1," + v1),
        ("unknown-part-last", good + b",x=1"),
        ("unknown-part-twice", good + b",x=1,x=2"),
        ("unknown-part-with-spaces-and-tabs-inside", good + b",x=a \t b"),
        ("unknown-part-with-equals-signs-inside", good + b",x=a=b=c"),
        ("unknown-part-without-a-value", good + b",x="),
        ("unknown-part-without-a-name", good + b",=x"),
        ("part-without-an-equals-sign", good + b",garbage"),
        ("part-that-is-only-t", b"t," + good),
        ("part-that-is-only-v1", good + b",v1"),
        ("v0-beside-v1", t + b",v0=" + flip(m, 0) + b"," + v1),
        ("v2-beside-v1", good + b",v2=" + b"ab" * 64),
        ("upper-case-names-beside-the-right-ones", b"T=1,V1=2," + good),
        ("t-with-a-space-before-the-equals-sign-beside-the-right-one", b"t =1," + good),
        ("printable-punctuation-in-an-unknown-part", good + b",x=!\"#$%&'()*+-./:;<=>?@[\\]^_`{|}~"),
        ("as-long-as-the-limit", (good + b",x=").ljust(MAX_HEADER_LEN, b"p")),
        ("commas-up-to-the-limit", good.ljust(MAX_HEADER_LEN, b",")),
        ("spaces-up-to-the-limit", good.ljust(MAX_HEADER_LEN)),
    ]:
        table.ok("header/" + name, header)


def timestamps(table):
    m = mac()
    for name, t in [
        ("empty", b""),
        ("a-word", b"hello"),
        ("a-date", b"2202-1-1"),
        ("an-iso-time", b"2026-06-10T12:00:00Z"),
        ("infinity", b"Infinity"),
        ("nan", b"NaN"),
        ("decimal-point", b"1781092800.0"),
        ("fraction", b"1781092800.9"),
        ("exponent", b"1781092800e0"),
        ("hexadecimal", b"0x6A29AB00"),
        ("octal-prefix", b"0o15212325400"),
        ("plus-sign", b"+1781092800"),
        ("minus-sign", b"-1781092800"),
        ("minus-one", b"-1"),
        ("minus-zero", b"-0"),
        ("only-a-minus", b"-"),
        ("leading-zero", b"01781092800"),
        ("leading-zeros", b"0001781092800"),
        ("two-zeros", b"00"),
        ("zeros-to-the-full-length", b"0" * 19),
        ("underscores", b"1_781_092_800"),
        ("thousands-apostrophes", b"1'781'092'800"),
        ("leading-space", b" 1781092800"),
        ("leading-tab", b"\t1781092800"),
        ("space-inside", b"17810 92800"),
        ("arabic-digits", "١٧٨١٠٩٢٨٠٠".encode()),
        ("full-width-digits", "１７８１０９２８００".encode()),
        ("superscript-digit", "1781092800²".encode()),
        ("trailing-letter", b"1781092800s"),
        ("equals-sign-after", b"1781092800=junk"),
        ("quoted", b'"1781092800"'),
        ("one-over-the-largest", b"9223372036854775808"),
        ("nineteen-nines", b"9999999999999999999"),
        ("twenty-digits", b"17810928000000000000"),
        ("twenty-digits-that-wrap-around-to-now", str(2**64 + NOW).encode()),
        ("thirty-digits", b"1" + b"0" * 30),
        ("four-hundred-digits", b"1" * 400),
    ]:
        table.malformed("timestamp/" + name, b"t=" + t + b",v1=" + mac(t=t))
    table.malformed("timestamp/five-thousand-digits", b"t=" + b"1" * 5000 + b",v1=" + m)
    table.malformed("timestamp/negative-with-the-widest-tolerance", sig(t=-1), tolerance=I64_MAX)
    table.malformed("timestamp/negative-and-now-negative", sig(t=-500), now=-500)
    for name, header in [
        ("twice-the-same", b"t=1781092800,t=1781092800,v1=" + m),
        ("twice-apart", b"t=1781092800,v1=" + m + b",t=1781092800"),
        ("twice-different-right-one-last", b"t=1,t=1781092800,v1=" + m),
        ("twice-different-right-one-first", b"t=1781092800,t=1,v1=" + m),
        ("twice-and-the-second-empty", b"t=1781092800,v1=" + m + b",t="),
        ("twice-and-the-first-empty", b"t=,t=1781092800,v1=" + m),
    ]:
        table.malformed("timestamp/" + name, header)
    table.ok("timestamp/space-after", b"t=1781092800 ,v1=" + m)
    table.ok("timestamp/tab-after", b"t=1781092800\t,v1=" + m)
    table.too_old("timestamp/zero-is-well-formed", sig(t=0))
    table.ok("timestamp/zero-at-second-zero", sig(t=0), now=0, signed_at=0)
    table.ok("timestamp/one-digit", sig(t=7), now=7, signed_at=7)
    table.too_new("timestamp/milliseconds", sig(t=NOW * 1000))
    table.too_new("timestamp/the-largest", sig(t=I64_MAX))
    table.ok("timestamp/the-largest-at-its-second", sig(t=I64_MAX), now=I64_MAX, signed_at=I64_MAX)
    table.too_new("timestamp/nineteen-digits", sig(t=10**18))


def candidates(table):
    m = mac()
    t = b"t=1781092800"
    bad = [b"v1=" + mac(body=b"%d" % number) for number in range(20)]
    good = b"v1=" + m

    def header(*parts):
        return b",".join((t,) + parts)

    for name, parts in [
        ("bad-then-good", (bad[0], good)),
        ("good-then-bad", (good, bad[0])),
        ("good-between-bad", (bad[0], good, bad[1])),
        ("bad-v2-good-bad", (bad[0], b"v2=" + m, good, bad[1])),
        ("good-twice", (good, good)),
        ("good-and-a-word", (good, b"v1=bad_signature")),
        ("a-word-and-good", (b"v1=bad_signature", good)),
        ("good-and-an-empty-one", (good, b"v1=")),
        ("an-empty-one-and-good", (b"v1=", good)),
        ("good-and-its-first-half", (good, good[:35])),
        ("too-long-and-good", (good + b"00", good)),
        ("upper-case-digits", (b"v1=" + m.upper(),)),
        ("mixed-case-digits", (b"v1=" + m[:32].upper() + m[32:],)),
        ("space-after", (good + b" ",)),
        ("sixteen-and-the-first-is-good", (good, *bad[:15])),
        ("sixteen-and-the-last-is-good", (*bad[:15], good)),
        ("sixteen-and-many-unreadable", (*([b"v1=zz"] * 20), *bad[:15], good)),
        ("good-after-forty-unreadable", (*([b"v1="] * 40), good)),
    ]:
        table.ok("candidates/" + name, header(*parts))
    for name, parts in [
        ("two-and-none-is-good", (bad[0], bad[1])),
        ("sixteen-and-none-is-good", bad[:16]),
        ("bad-and-the-good-one-as-v2", (bad[0], b"v2=" + m)),
        ("bad-and-the-good-one-cut-short", (bad[0], good[:-1])),
        ("bad-and-the-good-one-too-long", (bad[0], good + b"0")),
        ("bad-and-the-good-one-after-a-space", (bad[0], b"v1= " + m)),
        ("bad-and-the-good-one-with-another-equals-sign", (bad[0], b"v1==" + m)),
    ]:
        table.mismatch("candidates/" + name, header(*parts))
    for name, parts in [
        ("seventeen-and-the-first-is-good", (good, *bad[:16])),
        ("seventeen-and-the-last-is-good", (*bad[:16], good)),
        ("seventeen-times-the-good-one", (good,) * 17),
        ("empty", (b"v1=",)),
        ("first-eight-digits", (good[:11],)),
        ("first-sixty-two-digits", (good[:-2],)),
        ("first-sixty-three-digits", (good[:-1],)),
        ("sixty-five-digits", (good + b"0",)),
        ("sixty-six-digits", (good + b"00",)),
        ("twice-the-digits", (good + m,)),
        ("deadbeef", (b"v1=deadbeef",)),
        ("a-number", (b"v1=1234567890",)),
        ("a-word", (b"v1=bad_signature",)),
        ("letter-g", (good[:-1] + b"g",)),
        ("letter-before-a", (good[:-1] + b"`",)),
        ("character-before-0", (good[:-1] + b"/",)),
        ("character-after-9", (good[:-1] + b":",)),
        ("character-before-upper-case-a", (good[:-1] + b"@",)),
        ("upper-case-g", (good[:-1] + b"G",)),
        ("sixty-two-digits-after-0x", (b"v1=0x" + m[:62],)),
        ("all-digits-after-0x", (b"v1=0x" + m,)),
        ("minus-sign", (b"v1=-" + m[:63],)),
        ("spaces-for-digits", (b"v1=" + b" " * 63 + b"0",)),
        ("another-equals-sign", (b"v1=" + m + b"=junk",)),
        ("base64", (b"v1=" + base64.b64encode(bytes.fromhex(m.decode())),)),
        ("base64-of-sixty-four-characters", (b"v1=" + b"QUJD" * 16,)),
    ]:
        table.malformed("candidates/" + name, header(*parts))


def secrets(table):
    old, new = OTHER, SECRET
    by_old = sig(old)
    both = sig(new) + b",v1=" + mac(old)
    bogus = [b"whsec_bogus_%d" % number for number in range(20)]
    table.ok("secrets/new-and-old-signed-with-old", by_old, secrets=[new, old], secret_index=1)
    table.ok("secrets/new-and-old-signed-with-new", secrets=[new, old])
    table.ok("secrets/signed-with-both-held-both", both, secrets=[old, new])
    table.ok("secrets/signed-with-both-held-old", both, secrets=[old])
    table.ok("secrets/signed-with-both-held-new", both, secrets=[new])
    table.ok("secrets/bogus-and-real", secrets=[bogus[0], SECRET], secret_index=1)
    table.ok("secrets/the-same-twice", secrets=[SECRET, SECRET])
    table.ok("secrets/the-same-twice-after-a-bogus-one", secrets=[bogus[0], SECRET, SECRET],
             secret_index=1)
    table.ok("secrets/sixteen-and-the-last-is-real", secrets=bogus[:15] + [SECRET], secret_index=15)
    table.ok("secrets/sixteen-and-the-first-is-real", secrets=[SECRET] + bogus[:15])
    table.ok("secrets/sixteen-secrets-sixteen-candidates",
             b"t=1781092800," + b",".join(b"v1=" + mac(b"whsec_unknown_%d" % n) for n in range(15))
             + b",v1=" + mac(), secrets=bogus[:15] + [SECRET], secret_index=15)
    table.mismatch("secrets/another", secrets=[OTHER])
    table.mismatch("secrets/all-bogus", secrets=bogus[:3])
    table.mismatch("secrets/sixteen-bogus", secrets=bogus[:16])
    table.invalid("secrets/none", secrets=[])
    table.invalid("secrets/seventeen", secrets=bogus[:16] + [SECRET])
    table.invalid("secrets/seventeen-and-the-first-is-real", secrets=[SECRET] + bogus[:16])
    table.invalid("secrets/only-an-empty-one", sig(b""), secrets=[b""])
    table.invalid("secrets/an-empty-one-first", secrets=[b"", SECRET])
    table.invalid("secrets/an-empty-one-last", secrets=[SECRET, b""])
    table.invalid("secrets/an-empty-one-between", secrets=[SECRET, b"", OTHER])

    stripped = SECRET.removeprefix(b"whsec_")
    table.mismatch("secrets/prefix-stripped-by-the-receiver", secrets=[stripped])
    table.mismatch("secrets/prefix-stripped-by-the-signer", sig(stripped))
    encoded = b"whsec_" + base64.b64encode(b"0123456789abcdef01234567")
    table.ok("secrets/one-that-could-be-base64-is-text", sig(encoded), secrets=[encoded])
    table.mismatch("secrets/base64-decoded-by-the-receiver", sig(encoded),
                   secrets=[b"0123456789abcdef01234567"])
    table.mismatch("secrets/base64-decoded-by-the-signer", sig(b"0123456789abcdef01234567"),
                   secrets=[encoded])
    table.mismatch("secrets/in-upper-case", secrets=[SECRET.upper()])
    for name, secret in [
        ("line-feed-added", SECRET + b"\n"),
        ("cr-lf-added", SECRET + b"\r\n"),
        ("space-added", SECRET + b" "),
        ("space-in-front", b" " + SECRET),
        ("quoted", b'"' + SECRET + b'"'),
        ("byte-order-mark-in-front", b"\xef\xbb\xbf" + SECRET),
        ("nul-and-more-added", SECRET + b"\0x"),
        ("truncated", SECRET[:-1]),
    ]:
        table.mismatch("secrets/" + name, secrets=[secret])
    for name, secret in [
        ("only-the-prefix", b"whsec_"),
        ("one-byte", b"k"),
        ("one-space", b" "),
        ("sixty-three-bytes", b"k" * 63),
        ("sixty-four-bytes", b"k" * 64),
        ("sixty-five-bytes", b"k" * 65),
        ("one-hundred-and-twenty-eight-bytes", b"k" * 128),
        ("a-megabyte", Repeat(b"k", 1048576)),
        ("ends-in-a-line-feed-on-both-sides", SECRET + b"\n"),
        ("holds-a-nul", b"whsec_a\0b"),
        ("not-utf-8", b"\xff\xfe\xfd"),
        ("non-ascii", "whsec_é".encode()),
        ("every-byte", bytes(range(256))),
    ]:
        table.ok("secrets/" + name, sig(secret), secrets=[secret])
    table.mismatch("secrets/differ-after-a-nul", sig(b"whsec_a\0b"), secrets=[b"whsec_a\0c"])
    table.mismatch("secrets/differ-in-the-sixty-fourth-byte", sig(b"k" * 64),
                   secrets=[b"k" * 63 + b"l"])
    table.mismatch("secrets/differ-in-the-sixty-fifth-byte", sig(b"k" * 65),
                   secrets=[b"k" * 64 + b"l"])


def tolerances(table):
    for offset in (0, 1, 299, 300):
        table.ok(f"tolerance/{offset}-s-old", now=NOW + offset)
        if offset:
            table.ok(f"tolerance/{offset}-s-ahead", now=NOW - offset)
    table.too_old("tolerance/301-s-old", now=NOW + 301)
    table.too_new("tolerance/301-s-ahead", now=NOW - 301)
    table.too_old("tolerance/a-day-old", now=NOW + 86400)
    table.too_new("tolerance/a-day-ahead", now=NOW - 86400)
    table.too_old("tolerance/ten-and-15-s-old", now=NOW + 15, tolerance=10)
    table.too_new("tolerance/ten-and-15-s-ahead", now=NOW - 15, tolerance=10)
    table.ok("tolerance/twenty-and-15-s-old", now=NOW + 15, tolerance=20)
    table.ok("tolerance/twenty-and-15-s-ahead", now=NOW - 15, tolerance=20)
    table.ok("tolerance/an-hour-and-an-hour-old", now=NOW + 3600, tolerance=3600)
    table.ok("tolerance/an-hour-and-an-hour-ahead", now=NOW - 3600, tolerance=3600)
    table.ok("tolerance/zero-and-the-very-second", tolerance=0)
    table.too_old("tolerance/zero-and-1-s-old", now=NOW + 1, tolerance=0)
    table.too_new("tolerance/zero-and-1-s-ahead", now=NOW - 1, tolerance=0)
    table.too_old("tolerance/zero-does-not-switch-the-check-off", now=NOW + 10**6, tolerance=0)
    table.mismatch("tolerance/wide-and-a-wrong-mac", b"t=1781092800,v1=" + flip(mac(), 5),
                   now=NOW + 86400, tolerance=10**9)
    table.ok("tolerance/the-widest-and-time-zero", sig(t=0), tolerance=I64_MAX, signed_at=0)
    table.ok("tolerance/the-widest-and-the-largest-time", sig(t=I64_MAX), tolerance=I64_MAX,
             signed_at=I64_MAX)
    table.mismatch("tolerance/the-widest-and-a-wrong-mac", sig(OTHER), tolerance=I64_MAX)
    for tolerance in (-2, -300, I64_MIN + 1):
        table.invalid(f"tolerance/{'lowest' if tolerance < -300 else tolerance}", tolerance=tolerance)


def clocks(table):
    table.too_new("now/zero", now=0)
    table.too_new("now/negative", now=-2)
    table.too_new("now/lowest", now=I64_MIN + 1)
    table.too_old("now/highest", now=I64_MAX)
    table.too_old("now/milliseconds", now=NOW * 1000)
    table.ok("now/negative-within-tolerance", sig(t=0), now=-300, signed_at=0)
    table.too_new("now/negative-outside-tolerance", sig(t=0), now=-301)
    table.ok("now/negative-with-the-widest-tolerance", now=-2, tolerance=I64_MAX)
    table.too_new("now/lowest-and-the-largest-time", sig(t=I64_MAX), now=I64_MIN + 1)
    table.too_new("now/lowest-and-the-largest-time-with-the-widest-tolerance", sig(t=I64_MAX),
                  now=I64_MIN + 1, tolerance=I64_MAX)
    table.too_new("now/negative-and-the-largest-time-with-the-widest-tolerance", sig(t=I64_MAX),
                  now=-2, tolerance=I64_MAX)
    table.ok("now/lowest-and-time-zero-with-the-widest-tolerance", sig(t=0), now=I64_MIN + 1,
             tolerance=I64_MAX, signed_at=0)
    table.too_new("now/lowest-and-time-one-with-the-widest-tolerance", sig(t=1), now=I64_MIN + 1,
                  tolerance=I64_MAX)
    table.ok("now/highest-and-time-zero-with-the-widest-tolerance", sig(t=0), now=I64_MAX,
             tolerance=I64_MAX, signed_at=0)
    table.too_old("now/highest-and-time-zero-with-one-less", sig(t=0), now=I64_MAX,
                  tolerance=I64_MAX - 1)


def delivery_ids(table):
    for name, delivery_id in [
        ("one-character", b"a"),
        ("ulid", ID),
        ("uuid", b"2f1c1f0e-8a44-4a6e-9d8e-0f6d3b6a7c11"),
        ("underscores-and-hyphens", b"_-_"),
        ("only-digits", b"1781092800"),
        ("whole-alphabet", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"),
        ("128-characters", b"d" * 128),
    ]:
        table.ok("delivery-id/" + name, delivery_id=delivery_id)
    for name, delivery_id in [
        ("empty", b""),
        ("a-dot", b"."),
        ("dot-inside", b"d1.a"),
        ("dot-at-the-end", ID + b"."),
        ("slash", b"d1/a"),
        ("comma", b"d1,a"),
        ("colon", b"d1:a"),
        ("plus", b"d1+a"),
        ("equals-sign", b"d1="),
        ("tilde", b"d1~"),
        ("quoted", b'"' + ID + b'"'),
        ("space-in-front", b" " + ID),
        ("space-after", ID + b" "),
        ("tab-inside", b"d1\ta"),
        ("line-feed-after", ID + b"\n"),
        ("cr-lf-and-a-header", b"d1\r\nx: y"),
        ("nul-after", ID + b"\0"),
        ("nul-inside", b"d1\0a"),
        ("delete-character", b"d1\x7f"),
        ("non-ascii-letter", "dé".encode()),
        ("non-ascii-digit", "d١".encode()),
        ("not-utf-8", b"d\xff"),
        ("129-characters", b"d" * 129),
        ("a-megabyte", Repeat(b"d", 1048576)),
    ]:
        table.malformed("delivery-id/" + name, delivery_id=delivery_id)
    # One MAC input, read in two ways.
    assert mac(delivery_id=b"d1", body=b"a.b") == mac(delivery_id=b"d1.a", body=b"b")
    table.ok("delivery-id/boundary-as-signed", delivery_id=b"d1", body=b"a.b")
    table.malformed("delivery-id/boundary-shifted-into-the-body", sig(delivery_id=b"d1", body=b"a.b"),
                    delivery_id=b"d1.a", body=b"b")
    table.malformed("delivery-id/boundary-shifted-into-the-time",
                    b"t=1781092800,v1=" + hmac.new(
                        SECRET, b"1781092800.d1.b", hashlib.sha256).hexdigest().encode(),
                    delivery_id=b"", body=b"d1.b")


def precedence(table):
    stale = sig(t=NOW - 10000)
    wrong_and_stale = b"t=%d,v1=" % (NOW - 10000) + mac()
    wrong_and_early = b"t=%d,v1=" % (NOW + 10000) + mac()
    table.too_old("order/time-before-mac-old", wrong_and_stale)
    table.too_new("order/time-before-mac-ahead", wrong_and_early)
    table.malformed("order/form-before-time-no-signature", b"t=%d" % (NOW - 10000))
    table.malformed("order/form-before-time-bad-hex", b"t=%d,v1=zz" % (NOW - 10000))
    table.malformed("order/form-before-time-bad-byte-at-the-end", stale + b",x=\0")
    table.malformed("order/delivery-id-before-time", stale, delivery_id=b"d1.a")
    table.malformed("order/delivery-id-before-mac", delivery_id=b"d1.a", secrets=[OTHER])
    table.malformed("order/header-and-delivery-id", b"garbage", delivery_id=b"")
    table.invalid("order/secrets-before-form", b"garbage", secrets=[])
    table.invalid("order/empty-secret-before-form", b"garbage", secrets=[SECRET, b""])
    table.invalid("order/empty-secret-before-time", stale, secrets=[b""])
    table.invalid("order/tolerance-before-form", b"garbage", tolerance=-2)
    table.invalid("order/tolerance-before-delivery-id", delivery_id=b"", tolerance=-2)
    table.invalid("order/tolerance-before-time", stale, tolerance=-2)
    table.invalid("order/tolerance-before-mac", secrets=[OTHER], tolerance=-2)


def verify_cases():
    table = VerifyTable()
    for add in (bodies, tampering, malformed_headers, accepted_headers, timestamps, candidates,
                secrets, tolerances, clocks, delivery_ids, precedence):
        add(table)
    return table.cases


def sign_cases():
    table = Table()

    def case(name, status, secret=SECRET, timestamp=NOW, delivery_id=ID, body=BODY):
        entry = {"name": name}
        put(entry, "secret", secret)
        entry["timestamp"] = timestamp
        put(entry, "delivery_id", delivery_id)
        put(entry, "body", body)
        entry["status"] = status
        if status == "ok":
            entry["header"] = sig(secret, timestamp, delivery_id, body).decode()
        table.add(entry)

    for length in (1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 129):
        case(f"secret/of-{length}-bytes", "ok", secret=b"k" * length)
    case("secret/of-a-megabyte", "ok", secret=Repeat(b"k", 1048576))
    case("secret/not-utf-8", "ok", secret=b"\x00\xff\x80")
    case("secret/base64-text-is-not-decoded", "ok", secret=b"whsec_MDEyMzQ1Njc4OWFiY2RlZg==")
    for length in (0, 1, 17, 18, 25, 26, 27, 81, 82, 89, 90, 91, 1023, 1024, 1025):
        case(f"body/of-{length}-bytes", "ok", body=b"b" * length)
    for name, length in (("64-kib", 65536), ("256-kib-less-one", 262143), ("256-kib", 262144),
                         ("1-mib", 1048576)):
        case(f"body/of-{name}", "ok", body=Repeat(b"b", length))
    case("body/every-byte", "ok", body=bytes(range(256)))
    case("body/with-dots", "ok", body=b"1.2.3")
    case("timestamp/zero", "ok", timestamp=0)
    case("timestamp/one", "ok", timestamp=1)
    case("timestamp/largest", "ok", timestamp=I64_MAX)
    case("delivery-id/one-character", "ok", delivery_id=b"d")
    case("delivery-id/128-characters", "ok", delivery_id=b"d" * 128)
    case("refused/empty-secret", "invalid_argument", secret=b"")
    case("refused/timestamp-negative", "invalid_argument", timestamp=-2)
    case("refused/timestamp-lowest", "invalid_argument", timestamp=I64_MIN + 1)
    case("refused/delivery-id-empty", "invalid_argument", delivery_id=b"")
    case("refused/delivery-id-with-a-dot", "invalid_argument", delivery_id=b"d1.a")
    case("refused/delivery-id-with-a-line-feed", "invalid_argument", delivery_id=b"d1\n")
    case("refused/delivery-id-with-a-nul", "invalid_argument", delivery_id=b"d1\0")
    case("refused/delivery-id-non-ascii", "invalid_argument", delivery_id="dé".encode())
    case("refused/delivery-id-of-129-characters", "invalid_argument", delivery_id=b"d" * 129)
    return table.cases


def render(cases):
    lines = ",\n".join(json.dumps(case, ensure_ascii=True) for case in cases)
    return '{"cases": [\n' + lines + "\n]}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check

    assert sig() == SERVICE_VECTOR["header"].encode(), "the scheme differs from the service's"
    here = pathlib.Path(__file__).resolve().parent
    stale = []
    for name, cases in (("verify.json", verify_cases()), ("sign.json", sign_cases())):
        path = here / name
        text = render(cases)
        if not check:
            path.write_text(text, encoding="ascii")
            print(f"{name}: {len(cases)} cases")
        elif not path.exists() or path.read_text(encoding="ascii") != text:
            stale.append(name)
    if stale:
        sys.exit(f"not what generate.py writes: {', '.join(stale)}; run it without --check")


if __name__ == "__main__":
    main()
