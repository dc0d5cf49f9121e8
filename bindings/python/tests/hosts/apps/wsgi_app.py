"""A WSGI application. `gunicorn --preload` loads it, and uses its client, before it forks."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

from hookrail import Hookrail

client = Hookrail()
LOADED_BY = os.getpid()
# Leaves a connection in the pool, a thread of the library and one of the package.
client.send_event("host.preload", {})
client.submit("host.preload", {}).result()

_lock = threading.Lock()
_at_once = 0


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    global _at_once
    with _lock:
        _at_once += 1
        seen = _at_once
    try:
        sent = client.send_event(environ["PATH_INFO"].strip("/"), {"worker": os.getpid()})
        submitted = client.submit("host.submitted", {}).result(timeout=10)
    finally:
        with _lock:
            _at_once -= 1
    start_response("200 OK", [("Content-Type", "application/json")])
    answer = {
        "worker": os.getpid(),
        "loaded_by": LOADED_BY,
        "ids": [sent.event_id, submitted.event_id],
        "at_once": seen,
    }
    return [json.dumps(answer).encode()]
