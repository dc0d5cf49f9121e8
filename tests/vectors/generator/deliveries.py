"""Bodies, secrets, times and delivery ids."""

import base64
import hashlib
import hmac

from .scheme import (
    BODY,
    EVENT_ID,
    I64_MAX,
    I64_MIN,
    ID,
    JSONB_BODY,
    NOW,
    OTHER,
    SECRET,
    SERVICE_VECTOR,
    UNUSABLE_SECRETS,
    Repeat,
    flip,
    mac,
    sig,
)


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
        ("quoted", b'"' + SECRET + b'"'),
        ("byte-order-mark-in-front", b"\xef\xbb\xbf" + SECRET),
        ("truncated", SECRET[:-1]),
    ]:
        table.mismatch("secrets/" + name, secrets=[secret])
    # With none of them a delivery verifies, even if it was signed with the same value.
    for name, secret in UNUSABLE_SECRETS:
        table.invalid("secrets/" + name, sig(secret), secrets=[secret])
    table.invalid("secrets/a-real-one-and-one-that-ends-in-a-line-feed", secrets=[SECRET, OTHER + b"\n"])
    table.invalid("secrets/only-the-prefix-and-a-real-one", secrets=[b"whsec_", SECRET])
    for name, secret in [
        ("one-byte", b"k"),
        ("two-bytes", b"kk"),
        ("a-prefix-and-one-byte", b"whsec_k"),
        ("the-prefix-in-upper-case", b"WHSEC_"),
        ("the-prefix-twice", b"whsec_whsec_"),
        ("a-space-inside", b"whsec_two words"),
        ("sixty-three-bytes", b"k" * 63),
        ("sixty-four-bytes", b"k" * 64),
        ("sixty-five-bytes", b"k" * 65),
        ("one-hundred-and-twenty-eight-bytes", b"k" * 128),
        ("a-megabyte", Repeat(b"k", 1048576)),
        ("not-utf-8", b"\xff\xfe\xfd"),
        ("non-ascii", "whsec_é".encode()),
        ("every-byte-that-is-no-control", bytes(range(0x21, 0x7f)) + bytes(range(0x80, 256))),
    ]:
        table.ok("secrets/" + name, sig(secret), secrets=[secret])
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
    # One MAC input with two readings.
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
    table.invalid("order/secret-with-a-line-feed-before-form", b"garbage", secrets=[SECRET + b"\n"])
    table.invalid("order/tolerance-before-form", b"garbage", tolerance=-2)
    table.invalid("order/tolerance-before-delivery-id", delivery_id=b"", tolerance=-2)
    table.invalid("order/tolerance-before-time", stale, tolerance=-2)
    table.invalid("order/tolerance-before-mac", secrets=[OTHER], tolerance=-2)
