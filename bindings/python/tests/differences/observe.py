"""Prints what a package does in a table of cases, as JSON.

It runs with hookrail 0.1.0 and with this package.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import hookrail
from hookrail import errors, signing

# The classes of 0.1.0. A class of its own below one of them is no difference.
OLD_CLASSES = {
    "HookrailError", "HookrailConfigError", "HookrailConnectionError", "HookrailTimeoutError",
    "HookrailAPIError", "BadRequestError", "AuthenticationError", "NotFoundError",
    "ConflictError", "PayloadTooLargeError", "RateLimitError", "ServerError", "RetryError",
    "MalformedSignatureError", "SignatureTimestampError", "SignatureError",
    "ValueError", "TypeError", "OverflowError",
}  # fmt: skip

PROBLEM = {"type": "about:blank", "title": "the title", "status": 400, "detail": "the detail"}
BODIES: dict[str, bytes] = {
    "problem": json.dumps(PROBLEM).encode(),
    "title": b'{"title":"the title"}',
    "detail": b'{"detail":"the detail"}',
    "more": b'{"title":"the title","trace":"t_1"}',
    "no members": b"{}",
    "list": b"[1]",
    "text": b"<html>no</html>",
    "empty": b"",
}
STATUSES = [
    400,
    401,
    403,
    404,
    405,
    408,
    409,
    410,
    413,
    418,
    422,
    425,
    429,
    500,
    501,
    502,
    503,
    504,
    599,
]


class Script(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    answers: Iterator[tuple[int, dict[str, str], bytes]]
    requests: list[tuple[str, str, dict[str, str], bytes]]

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.requests.append((self.command, self.path, headers, body))
        status, extra, answer = next(self.answers)
        self.send_response(status)
        for name, value in extra.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = _serve

    def log_message(self, *_: object) -> None:
        pass


def described(error: BaseException) -> dict[str, Any]:
    problem = getattr(error, "problem", None)
    return {
        "classes": [one.__name__ for one in type(error).__mro__ if one.__name__ in OLD_CLASSES],
        "text": str(error),
        "status": getattr(error, "status", None),
        "retry_after": getattr(error, "retry_after", None),
        "problem": None if problem is None else problem.model_dump(),
        "cause": None if error.__cause__ is None else described(error.__cause__),
    }


def result(call: Callable[[], Any]) -> Any:
    try:
        value = call()
    except Exception as error:
        return {"raises": described(error)}
    return value.model_dump() if hasattr(value, "model_dump") else value


ACCEPTED = (202, {}, b'{"event_id":"ev_1","delivery_ids":["d1"]}')


def answers(url: str) -> dict[str, Any]:
    limited = (429, {"Retry-After": "40"}, BODIES["title"])
    more = b'{"event_id":"ev_1","delivery_ids":[],"region":"eu"}'
    cases = {
        f"{status}, {name}": [(status, {}, body)] * 2
        for status in STATUSES
        for name, body in BODIES.items()
    } | {
        "202": [ACCEPTED],
        "200": [(200, *ACCEPTED[1:])],
        "a member that is not known": [(202, {}, more)],
        # The last one: this package then sends nothing more until the wait is over.
        "429 with a wait that is too long": [limited],
    }
    found = {}
    policy = hookrail.RetryPolicy(max_retries=1, base=0.001, cap=0.002)
    with hookrail.Hookrail("hk_x", url, policy=policy) as client:
        for name, script in cases.items():
            Script.answers, Script.requests = iter(script), []
            found[name] = result(lambda: client.send_event("orders.created", {"id": 1}))
    return found


def requests(url: str) -> dict[str, Any]:
    """The bytes and the headers that the service gets."""
    payloads = [
        {"id": 1}, {"b": 1, "a": [1, 2.5, None, True]}, [1, "zwei", {"drei": 3}], "a text", "",
        1, 1.5, 1e22, 1e-7, 10**20, True, None, {"ü": "ä€😀"},
        {2: "a", None: "b", True: "c", 1.5: "d"},
        (1, 2), {"nested": {"deep": {"er": []}}}, "\u2028 / \\ \" \n\t\x7f", {},
    ]  # fmt: skip
    found = {}
    with hookrail.Hookrail("hk_x", url) as client:
        for payload in payloads:
            Script.answers, Script.requests = iter([ACCEPTED]), []
            client.send_event("orders.created", payload, idempotency_key="a key")
            method, path, headers, body = Script.requests[0]
            kept = ("authorization", "content-type", "idempotency-key", "content-length")
            found[repr(payload)] = [method, path, {n: headers.get(n) for n in kept}, body.decode()]
        for topic in ("ü.ä", 'a "quoted" topic', "a/b", "x" * 100):
            Script.answers, Script.requests = iter([ACCEPTED]), []
            client.send_event(topic, {})
            # The service compares topics, and not their spelling in JSON.
            found[f"topic {topic}"] = json.loads(Script.requests[0][3])
    return found


def refusals(url: str) -> dict[str, Any]:
    """Arguments that are refused before anything is sent."""
    import datetime
    import decimal
    import uuid

    Script.answers = iter(())
    os.environ.pop("HOOKRAIL_API_KEY", None)
    os.environ.pop("HOOKRAIL_BASE_URL", None)
    found = {
        "no key": result(lambda: hookrail.Hookrail()),
        "an empty key": result(lambda: hookrail.Hookrail(api_key="")),
        "a base URL without scheme": result(lambda: hookrail.Hookrail("hk_x", "notaurl")),
        "a base URL of another scheme": result(
            lambda: hookrail.Hookrail("hk_x", "ftp://a.example")
        ),
    }
    policies: list[dict[str, Any]] = [
        {"max_retries": -1}, {"base": 0}, {"cap": 0.1, "base": 0.2},
        {"max_elapsed": 1.0, "cap": 10.0},
        {"base": float("nan")}, {"cap": float("inf")}, {"max_elapsed": float("nan")},
        {"base": -1.0},
    ]  # fmt: skip
    for policy in policies:
        found[f"RetryPolicy({policy})"] = result(
            lambda p=policy: hookrail.RetryPolicy(**p) and None
        )
    with hookrail.Hookrail("hk_x", url) as client:
        for topic in ("", 1, None, b"orders"):
            found[f"topic {topic!r}"] = result(lambda t=topic: client.send_event(t, {}))
        payloads = [
            datetime.date(2020, 1, 1), decimal.Decimal("1.5"), uuid.UUID(int=1), {1, 2}, object,
            {"a": {"b": {1}}}, {(1, 2): 3}, 1j,
        ]  # fmt: skip
        for payload in payloads:
            found[f"payload {payload!r}"] = result(lambda p=payload: client.send_event("t", p))
    return found


def signatures() -> dict[str, Any]:
    import hashlib
    import hmac

    def verified(header: str, now: float = 1000, tolerance: float = 300, **changed: Any) -> Any:
        given = {"secrets": b"secret", "delivery_id": "d1", "body": b"body"} | changed
        return result(
            lambda: signing.verify_signature(
                given["secrets"],
                header,
                given["delivery_id"],
                given["body"],
                now=now,
                tolerance=tolerance,
            )
        )

    mac = hmac.new(b"secret", b"1000.d1.body", hashlib.sha256).hexdigest()
    right = f"t=1000,v1={mac}"
    headers = [
        right, f"v1={mac},t=1000", f" t=1000 , v1={mac} ", f"t=1000,v1={mac},v2=x",
        f"t=1000,v1={mac.upper()}",
        f"t=1000, v1={'0' * 64}", "garbage", "", "t=1000", f"v1={mac}", f"t=x,v1={mac}",
        "t=1000,v1=zz",
        "t=1000,v1=abcd", f"t=1000,v1={mac}00", f"t=,v1={mac}", "t=1000,v1=", f"t=1001,v1={mac}",
    ]  # fmt: skip
    found = {header: verified(header) for header in headers}
    found["too old"] = verified(right, now=1301)
    found["the oldest"] = verified(right, now=1300)
    found["too new"] = verified(right, now=699)
    found["the newest"] = verified(right, now=700)
    found["another tolerance"] = verified(right, now=1010, tolerance=9)
    found["a tolerance of zero"] = verified(right, tolerance=0)
    found["two secrets"] = verified(right, secrets=[b"other", b"secret"])
    found["bytearray"] = verified(right, secrets=bytearray(b"secret"), body=bytearray(b"body"))
    found["memoryview"] = verified(right, body=memoryview(b"body"))
    found["another secret"] = verified(right, secrets=b"other")
    found["another body"] = verified(right, body=b"other")
    found["another delivery"] = verified(right, delivery_id="d2")
    return found


def constructed() -> dict[str, Any]:
    """Errors that a program makes itself, for its tests."""
    problem = hookrail.Problem(title="a", detail="b")
    made = {
        "AuthenticationError": errors.AuthenticationError(status=401, problem=None),
        "ConflictError": errors.ConflictError(409, problem),
        "RateLimitError": errors.RateLimitError(429, problem, retry_after=2.0),
        "RateLimitError without": errors.RateLimitError(429, None),
        "RetryError": errors.RetryError("exhausted"),
        "HookrailError": errors.HookrailError("a text"),
        "HookrailConfigError": errors.HookrailConfigError("a text"),
        "HookrailTimeoutError": errors.HookrailTimeoutError(""),
        "SignatureError": signing.SignatureError("no matching signature"),
    }
    return {name: described(error) for name, error in made.items()}


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Script)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
    url = f"http://127.0.0.1:{server.server_port}"
    try:
        observed = {
            "version": hookrail.__version__,
            "exports": sorted(hookrail.__all__),
            "answers": answers(url),
            "requests": requests(url),
            "refusals": refusals(url),
            "signatures": signatures(),
            "constructed": constructed(),
        }
    finally:
        server.shutdown()
    json.dump(observed, sys.stdout)


if __name__ == "__main__":
    main()
