"""The stand-in service, in a process that ends with this one."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from typing import Any


class Devserver:
    """A running hookrail-devserver. Its key is "hk_dev"."""

    def __init__(self, *options: str) -> None:
        self._process = subprocess.Popen(
            [os.environ["HOOKRAIL_DEVSERVER"], "--exit-with-stdin", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("listening on "), "the stand-in service did not start"
        self.url = line.split()[-1]

    def stop(self) -> None:
        """Ends the server."""
        self._process.communicate()

    def faults(self, *rules: dict[str, Any]) -> None:
        """Sets what happens to the next requests."""
        self._request("PUT", "faults", rules)

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """Returns the requests that came."""
        return self._request("GET", f"requests?since={since}")["requests"]  # type: ignore[no-any-return]

    def events(self) -> list[dict[str, Any]]:
        """Returns the recorded events."""
        return self._request("GET", "events?limit=1000000")["events"]  # type: ignore[no-any-return]

    def summary(self) -> dict[str, Any]:
        """Returns the server's counters."""
        return self._request("GET", "summary")  # type: ignore[no-any-return]

    def reset(self) -> None:
        """Forgets faults, requests and events."""
        self.faults()
        self._request("DELETE", "ledger")

    def wait(self, timeout_ms: int = 50_000, **bounds: int) -> dict[str, Any]:
        """Waits until the counts are reached, for example `events=3`."""
        query = "&".join(f"{name}={bound}" for name, bound in bounds.items())
        return self._request("GET", f"wait?timeout_ms={timeout_ms}&{query}")  # type: ignore[no-any-return]

    def _request(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self.url}/_control/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request) as response:
            text = response.read()
        return json.loads(text) if text else None
