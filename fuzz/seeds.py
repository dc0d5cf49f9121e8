#!/usr/bin/env python3
"""Writes the first inputs of the fuzz targets, from the test vectors and from usual values.

usage: seeds.py FOLDER

FOLDER/<target>/ gets one file per input, named by its content as libFuzzer does. The corpora in corpus/ grew from
these inputs; `scripts/fuzz` starts from both.
"""

import hashlib
import json
import re
import struct
import sys
from pathlib import Path

VECTORS = Path(__file__).resolve().parent.parent / "tests" / "vectors"


def vectors(name):
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))["cases"]


def data(case, name):
    """Returns the bytes of an input of a case; None for a long repetition."""
    if isinstance(case.get(name), str):
        return case[name].encode()
    if isinstance(case.get(name + "_hex"), str):
        return bytes.fromhex(case[name + "_hex"])
    return None


def signature_header():
    shapes = {}
    for case in vectors("verify.json"):
        header = data(case, "header")
        if header is not None and len(header) < 160:
            shape = re.sub(rb"[0-9]+", b"0", re.sub(rb"[0-9a-f]{64}", b"MAC", header))
            shapes.setdefault(shape, header.replace(b"MAC", b"\x80"))
    # A fuzzer finds more of them on its own.
    yield from list(shapes.values())[:: max(1, len(shapes) // 50)]
    yield b"t=1781092800,v1=\x80"
    yield b"t=1781092800, v1=\x81,v1=\x80"
    yield b"t=0,v0=x,v1=\x81 "
    yield b"t=1781092800,t=1781092800,v1=\x80"
    yield b"t=1781092800,v1=\x80,t=1781092800"


def base_url():
    yield from (
        b"http://localhost:8080",
        b"https://hooks.example.com",
        b"HTTPS://Hooks.Example.COM:443/prefix/",
        b"http://[::1]:8080/a/b//",
        b"http://[::ffff:127.0.0.1]",
        b"http://127.0.0.1:65535",
        b"http://127.1",
        b"http://0x7f.1/",
        b"http://user:\x01@host/",
        b"http://host/?key=\x01",
        b"http://host/#\x01",
        b"http://\x01",
        b"http://host:0",
        b"http://host:65536",
        b"http://host:+80",
        b"http://xn--bcher-kva.example./%41%zz",
        b"http://a_b-c.d/~x!$&'()*+,;=:@",
        b"ftp://host",
        b"http:///path",
        b"//host",
        b"localhost:8080",
        "http://b\u00fccher.example".encode(),
        b"http://" + b"a" * 63 + b"." + b"b" * 64,
    )


def retry_after():
    now = struct.pack(">Q", 784111770)[3:]
    for value in (
        b"0",
        b"120",
        b" 5\t",
        b"9223372036854775808",
        b"99999999999999999999",
        b"-1",
        b"1.5",
        b"Sun, 06 Nov 1994 08:49:37 GMT",
        b"Sunday, 06-Nov-94 08:49:37 GMT",
        b"Sun Nov  6 08:49:37 1994",
        b"Wed Nov 16 08:49:37 1994",
        b"Thu, 29 Feb 2024 23:59:59 GMT",
        b"Wednesday, 31-Dec-69 23:59:59 GMT",
        b"Sun, 06 Nov 1994 08:49:37 +0000",
        b"soon",
    ):
        yield now + value


def problem_json():
    yield b'{"type":"about:blank","title":"Conflict","status":409,"detail":"d"}'
    yield b'{"title":"\\u00e9\\ud83d\\ude00","status":4.09e2,"x":[1,{"a":null}]}'
    yield b"<html><title>502</title></html>"
    for number in (b"-9223372036854775808", b"9223372036854775808", b"-9223372036854775809", b"-0"):
        yield b'{"status":%b,"title":"\\ud800","\\ud800":1}' % number
        yield b'{"status":%b}' % number
    yield b'{"title":null,"detail":7,"type":"\\ud800","status":"409"}'
    yield b'{"status":4.5,"title":"t"}'
    yield b'{"status":-4.50e1,"detail":"d"}'


def status_json():
    attempt = {
        "attempt_no": 1,
        "claim_version": 2,
        "status": "retryable_failure",
        "latency_ms": 31,
        "http_status": 503,
        "error_class": "http_503",
    }
    for state in ("pending", "in_flight", "retry_scheduled", "succeeded", "dead_lettered"):
        delivery = {"delivery_id": "d1", "state": state, "attempts_truncated": True}
        event = {"event_id": "e1", "topic": "orders.created", "deliveries": [delivery]}
        yield json.dumps({**event, "deliveries": [{**delivery, "attempts": [attempt]}]}).encode()
        yield json.dumps(event, separators=(",", ":")).encode()
    for state in ("cancelled", "skipped", "paused"):
        yield json.dumps({"deliveries": [{"state": state, "attempts": None}]}).encode()
    yield b'{"event_id":"01JXAMPLEEVENTID0000000000","delivery_ids":["d1","d2"]}'
    yield b'{"event_id":"e1","delivery_ids":null}'
    yield b' {"event_id":"e1","x":{"y":[1.5e3,true]}}\n'
    yield b'{"event_id":"","delivery_ids":[]}'
    yield b'{"event_id":"e1","delivery_ids":[1]}'


def answer_json():
    yield from problem_json()
    yield from status_json()


def blob(key, ordering_key, body, headers=None):
    fields = [key, ordering_key, body] + ([] if headers is None else [headers])
    lengths = b"".join(struct.pack(">Q", len(field)) for field in fields)
    return b"HKRLPREP" + struct.pack(">I", 1 if headers is None else 2) + lengths + b"".join(fields)


def prepared_blob():
    body = b'{"topic":"orders.created","payload":{"order_id":"o_1"}}'
    for content in (
        blob(b"key", b"", body),
        blob(b"k" * 36, b"customer-7", body),
        blob(b"key", b"", b'{"topic":"t","payload":[1,"\\u00e9",null]}'),
        blob(b"key", b"", b'{"payload":1, "topic":"\\u0000"}'),
        blob(b"key\r\nx: y", b"", body),
        blob(b"key", b"", b'{"topic":"a","topic":"b","payload":1}'),
        blob(b"key", b"", b'{"topic":"t","payload":"\\ud800"}'),
        blob(b"key", b"", b"{}"),
        blob(b"order 42", b"customer 7", body),
        blob(b"order ", b" customer", body),
        blob(b"key", b"", b'{"topic":"t","payload":[1e131071,1e131072]}'),
        blob(b"key", b"", b'{"topic":"t","payload":{"a":1.0e-16382}}'),
        blob(b"key", b"", body, b"traceparent: 00-ab-cd-01\r\nx-tenant: a: b\r\n"),
        blob(b"key", b"customer-7", body, b"a: 1\r\nb: 2\r\nc: 3\r\n"),
        blob(b"key", b"", body, b""),
        blob(b"key", b"", body, b"a: 1\r\na: 2\r\n"),
        blob(b"key", b"", body, b"A: 1\r\n"),
        blob(b"key", b"", body, b"host: h\r\ncontent-length: 9\r\n"),
        blob(b"key", b"", body, b"a: 1\r\n\r\nGET / HTTP/1.1\r\n"),
        blob(b"key", b"", body, b"a: b \r\n"),
        blob(b"key", b"", body, b"a: " + b"v" * 8187 + b"\r\n"),
        blob(b"key", b"", body, b"".join(b"a%d: 1\r\n" % number for number in range(33))),
    ):
        yield b"\x81\x20" + content
        yield b"\x00\x01" + content + hashlib.sha256(content).digest()


def http_response():
    accepted = b'{"event_id":"e1","delivery_ids":["d1"]}'
    status = b'{"event_id":"e1","topic":"t","deliveries":[{"state":"pending","attempts":null}]}'
    problem = b'{"type":"about:blank","title":"no","status":409,"detail":"d"}'

    def response(line, *headers, body=b"", length=None):
        length = len(body) if length is None else length
        fields = (b"Content-Length: %d" % length, *headers)
        return b"HTTP/1.1 " + line + b"".join(b"\r\n" + field for field in fields) + b"\r\n\r\n" + body

    problem_json = b"Content-Type: application/problem+json"
    good = response(b"202 Accepted", b"Content-Type: application/json", body=accepted)
    replay = response(b"202 Accepted", b"Idempotent-Replay: true", body=accepted)
    cut_off = response(b"202 Accepted", body=accepted, length=len(accepted) + 1)
    chunked = (
        b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"%x\r\n%b\r\n%x;a=b\r\n%b\r\n0\r\nX: y\r\n\r\n" % (5, accepted[:5], len(accepted) - 5, accepted[5:])
    )
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(accepted), accepted)
    until_close = b"HTTP/1.0 202 Accepted\r\n\r\n" + accepted
    refusals = [
        response(line, problem_json, body=problem)
        for line in (
            b"400 Bad Request",
            b"401 Unauthorized",
            b"403 Forbidden",
            b"404 Not Found",
            b"409 Conflict",
            b"413 Payload Too Large",
            b"429 Too Many Requests",
            b"503 Service Unavailable",
        )
    ]
    wait = response(b"429 Too Many Requests", b"Retry-After: 120", problem_json, body=problem)
    html = response(b"502 Bad Gateway", b"Content-Type: text/html", body=b"<html></html>")
    echo = response(b"400 Bad Request", problem_json, body=b'{"detail":"Bearer hk_secret, hk_secre"}')
    answers = [
        echo,
        good,
        replay,
        cut_off,
        chunked,
        until_close,
        *refusals,
        wait,
        html,
        b"",
        b"HTTP/1.1 202",
        b"HTTP/1.1 100 Continue\r\n\r\n" + good,
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + html,
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        response(b"202 Accepted", b"Content-Length: 3", body=accepted),
        response(b"202 Accepted", b"Transfer-Encoding: chunked", body=accepted),
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 3\r\nContent-Length: %d\r\n\r\n" % len(accepted) + accepted,
        b"HTTP/1.1 202 Accepted\r\nContent-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % len(chunks) + chunks,
        response(b"202 Accepted", body=b'{"event_id":"e1","echo":"hk_secret"}'),
        b"SSH-2.0-OpenSSH_9.2\r\n",
        good + good,
    ]
    for number, answer in enumerate(answers):
        for flags in (0, 2, 4):
            yield bytes([flags, 0x33 if flags == 4 else number % 4, 0 if flags else 0x47]) + answer
    yield b"\x01\x00\x00" + response(b"200 OK", body=status)
    yield b"\x05\x03\x00" + response(b"200 OK", body=status) + good
    yield b"\x02\x00\x00" + html + b"\0\0" + good
    yield b"\x02\x33\x00" + html + b"\0\0" + refusals[4]
    yield b"\x06\x10\x00" + b"\0\0" + refusals[0]
    yield b"\x00\x04\x00" + good
    # The first answer has 12 * 12 bytes, so that the second one comes in its own write.
    padded = response(b"202 Accepted", b"X: ", body=accepted)
    padded = padded.replace(b"X: ", b"X: " + b"x" * (144 - len(padded)))
    for flags in (0, 4):
        yield bytes([flags, 3, 0x0C]) + padded + good


def verify_abi():
    # The last bytes of an input give the lengths of its parts; without changes the delivery verifies.
    for tail in (b"", b"\0", b"\1\0", bytes(8), bytes(range(16)), bytes(range(64))):
        yield b'{"order_id":"o_1","amount":42}' + tail
    yield bytes(range(256))


SEEDS = (
    answer_json,
    base_url,
    http_response,
    prepared_blob,
    retry_after,
    signature_header,
    verify_abi,
)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    for seeds in SEEDS:
        folder = Path(sys.argv[1]) / seeds.__name__
        folder.mkdir(parents=True, exist_ok=True)
        for seed in seeds():
            (folder / hashlib.sha1(seed).hexdigest()).write_bytes(seed)


if __name__ == "__main__":
    main()
