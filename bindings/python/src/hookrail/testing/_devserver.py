"""The stand-in service, in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from types import TracebackType
from typing import Any, cast

from hookrail.errors import HookrailError

VARIABLE = "HOOKRAIL_DEVSERVER"
"""The environment variable that names the program."""

PROGRAM = "hookrail-devserver"

Rule = Mapping[str, Any]


class DevserverMissingError(HookrailError):
    """There is no program hookrail-devserver. The message says where to get it."""

    code = "devserver_missing"


# The server shows a thousand by default.
_ALL = "limit=1000000000"


def find_program() -> str:
    """Returns the path of hookrail-devserver.

    Raises:
        DevserverMissingError: There is none.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if os.access(named, os.X_OK) and not os.path.isdir(named):
            return named
        raise DevserverMissingError(f"{VARIABLE} names {named!r}, which is not a program")
    found = shutil.which(PROGRAM)
    if found is None:
        raise DevserverMissingError(
            f"there is no program {PROGRAM}: set {VARIABLE} to its path, or put it into PATH. It "
            "is in the folder bin of libhookrail's archive for your platform, "
            "libhookrail-<version>-<platform>.tar.gz; the wheel does not hold it"
        )
    return found


class Devserver:
    """A running hookrail-devserver: a stand-in for the service, which fails on command.

        with Devserver() as server, Hookrail(server.api_key, server.url) as client:
            server.fail({"status": 503})
            client.send_event("order.paid", {"order_id": "o_1"})
            assert server.events()[0]["topic"] == "order.paid"

    It ends with this process at the latest.

    Args:
        options: Options of the program, such as "--rate-limit=10".
        api_key: The producer key that it accepts.

    Attributes:
        url: Its address with the path prefix, for `base_url`.
        api_key: The key that it accepts.

    Raises:
        DevserverMissingError: There is no such program.
        HookrailError: It did not start.
    """

    def __init__(self, *options: str, api_key: str = "hk_dev") -> None:
        self.api_key = api_key
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [find_program(), "--exit-with-stdin", f"--api-key={api_key}", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith("listening on "):
            _, complaint = self._process.communicate()
            raise HookrailError(f"{PROGRAM} did not start: {complaint.strip()}")
        self.url: str = line.split()[-1]
        self._control = urllib.parse.urljoin(self.url, "/_control/")

    def fail(self, *rules: Rule) -> None:
        """Adds fault rules for the next requests; the guide of the program lists them.

        server.fail({"status": 503}, {"reset": "after_recording"})
        """
        self._call("POST", "faults", list(rules))

    def recover(self) -> None:
        """Removes all faults, and ends an outage."""
        self._call("DELETE", "faults")
        self.outage(False)

    def outage(self, on: bool = True) -> None:
        """Takes the database away from the service, or gives it back."""
        self._call("PUT", "outage", {"on": on})

    def reset(self) -> None:
        """Removes faults, requests, events and idempotency keys."""
        self.recover()
        self._call("DELETE", "ledger")

    def events(self) -> list[dict[str, Any]]:
        """Returns the recorded events. Their "payload" is the text that was sent."""
        return cast("list[dict[str, Any]]", self._call("GET", f"events?{_ALL}")["events"])

    def requests(self) -> list[dict[str, Any]]:
        """Returns the requests that came."""
        return cast("list[dict[str, Any]]", self._call("GET", f"requests?{_ALL}")["requests"])

    def summary(self) -> dict[str, int]:
        """Returns the counts."""
        return cast("dict[str, int]", self._call("GET", "summary"))

    def wait(self, timeout: float = 10.0, **counts: int) -> dict[str, int]:
        """Waits until each count is at least a number, or at most with `max_` before its name.

            server.wait(events=3, max_open_connections=0)

        Returns:
            All counts.

        Raises:
            TimeoutError: The time is over.
        """
        query = "&".join(f"{name}={number}" for name, number in counts.items())
        try:
            found = self._call("GET", f"wait?timeout_ms={round(timeout * 1000)}&{query}")
        except urllib.error.HTTPError as error:
            with error:
                if error.code != 504:
                    raise
            raise TimeoutError(f"the counts {counts} were not reached: {self.summary()}") from None
        return cast("dict[str, int]", found)

    def add_endpoint(
        self,
        url: str,
        secret: str,
        *,
        topics: list[str] | None = None,
        ordered: bool = False,
    ) -> None:
        """Adds an endpoint, to which events are delivered with signatures.

        Args:
            url: The address of the receiver, plain http.
            secret: The endpoint's secret, with its "whsec_".
            topics: The topics that it gets; None for all.
            ordered: Whether it keeps the order of events with the same ordering key.
        """
        endpoint: dict[str, Any] = {"url": url, "secrets": [secret], "ordered": ordered}
        if topics is not None:
            endpoint["topics"] = topics
        self._call("POST", "endpoints", endpoint)

    def close(self) -> None:
        """Ends the server. A second call does nothing."""
        with self._lock:
            if self._process.returncode is None:
                self._process.communicate()

    def __enter__(self) -> Devserver:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self._control + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        # The proxy of the environment is not for this server, whose certificate is its own.
        handlers: list[Any] = [urllib.request.ProxyHandler({})]
        if self._control.startswith("https:"):
            import ssl

            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            handlers.append(urllib.request.HTTPSHandler(context=context))
        opener = urllib.request.build_opener(*handlers)
        with opener.open(request) as response:
            text = response.read()
        return json.loads(text) if text else None
