"""The table of signatures."""

from .scheme import BODY, I64_MAX, I64_MIN, ID, NOW, SECRET, UNUSABLE_SECRETS, Repeat, Table, put, sig


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
    case("secret/not-utf-8", "ok", secret=b"\xff\x80\xfe")
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
    for name, secret in UNUSABLE_SECRETS:
        case("refused/secret-" + name, "invalid_argument", secret=secret)
    case("refused/timestamp-negative", "invalid_argument", timestamp=-2)
    case("refused/timestamp-lowest", "invalid_argument", timestamp=I64_MIN + 1)
    case("refused/delivery-id-empty", "invalid_argument", delivery_id=b"")
    case("refused/delivery-id-with-a-dot", "invalid_argument", delivery_id=b"d1.a")
    case("refused/delivery-id-with-a-line-feed", "invalid_argument", delivery_id=b"d1\n")
    case("refused/delivery-id-with-a-nul", "invalid_argument", delivery_id=b"d1\0")
    case("refused/delivery-id-non-ascii", "invalid_argument", delivery_id="dé".encode())
    case("refused/delivery-id-of-129-characters", "invalid_argument", delivery_id=b"d" * 129)
    return table.cases
