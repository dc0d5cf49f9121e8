"""The judgement of requests, which is the same in every framework."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from hookrail import _received
from hookrail._received import Headers, Secrets
from hookrail.errors import (
    BodyIncompleteError,
    BodyTooLargeError,
    HookrailConfigError,
    HookrailError,
    SignatureError,
)
from hookrail.middleware._delivery import ReceivedDelivery
from hookrail.middleware._refusal import Refusal, Refused
from hookrail.signing import DEFAULT_TOLERANCE, Verification, Verifier

DEFAULT_BODY_LIMIT = 16 * 1024 * 1024
"""The largest body that is read by default: 16 MiB.

The service accepts payloads of up to 256 KiB and delivers them as its database stores them, up to
50 times as long (it spells out numbers such as 1e300). A delivery over the limit is lost.
"""

CHUNK = 16 * 1024
"""The size of one read in bytes."""

_log = logging.getLogger("hookrail.receiver")


class MethodNotAllowedError(SignatureError):
    """The request's method is not that of a delivery."""

    code = "method_not_allowed"


class Gate:
    """Judges requests.

    Args:
        secrets: The endpoint's secret, or a list of secrets during a rotation, or a ``Verifier``.
        tolerance: How many seconds a signature's time may be from now.
        body_limit: The largest body in bytes that is read.
        mismatch_status: The answer if no secret matches or the time is too far off, 400 to 599.
            After a 401 the service does not repeat the delivery, and on an ordered subscription
            holds back those that follow. Set 503 before you rotate a secret and while clocks are in
            doubt: then the service tries again.
        methods: The accepted methods. The signature does not cover the method, so with more of them
            a delivery can be sent again with another method.
        paths: For middleware, the paths to verify, with everything below them, in all their
            spellings; requests to others pass unverified. None for all paths.
        on_refusal: Is called with the error of each refused request, and with the framework's
            request (or environment, or scope). The logger ``hookrail.receiver`` gets a warning
            besides.
    """

    def __init__(
        self,
        secrets: Secrets | Verifier,
        *,
        tolerance: float = DEFAULT_TOLERANCE,
        body_limit: int = DEFAULT_BODY_LIMIT,
        mismatch_status: int = 401,
        methods: Iterable[str] = ("POST",),
        paths: Iterable[str] | None = None,
        on_refusal: Callable[[HookrailError, Any], object] | None = None,
    ) -> None:
        if not isinstance(secrets, Verifier):
            secrets = Verifier(secrets, tolerance=tolerance)
        self._verifier = secrets
        self._limit = _whole(body_limit, "body_limit", 1, 2**62)
        self._mismatch_status = _whole(mismatch_status, "mismatch_status", 400, 599)
        self._methods = _names(methods, "methods")
        self._paths = (
            None if paths is None else [_squeezed(path) for path in _names(paths, "paths")]
        )
        self._on_refusal = on_refusal

    def covers(self, path: str) -> bool:
        """Returns whether requests to a path are verified.

        A router may take other paths for one of these, so everything below a path is covered, and
        its other spellings: for ``/webhooks`` these are ``/webhooks/``, ``//webhooks``,
        ``/webhooks.json`` and ``/webhooks/x``.
        """
        if self._paths is None:
            return True
        path = _squeezed(path)
        return any(
            path.startswith(own) and path[len(own) : len(own) + 1] in ("", "/", ".")
            for own in self._paths
        )

    def begin(
        self, method: str, headers: Headers, content_length: str | None, request: Any = None
    ) -> Reading:
        """Judges a request without its body.

        Args:
            method: The request's method.
            headers: The request's headers, or an environment of WSGI.
            content_length: The header ``Content-Length``.
            request: What ``on_refusal`` gets.

        Raises:
            Refused: The request is not a delivery.
        """
        announced = _announced(content_length)
        fields = _received.header_fields(headers)
        try:
            if method not in self._methods:
                raise MethodNotAllowedError(f"the method is {method!r}")
            running = self._verifier.begin(fields, body_limit=self._limit, content_length=announced)
        except (SignatureError, BodyTooLargeError) as error:
            self.refuse(error, request)
        return Reading(self, running, fields, announced, request)

    def refuse(self, error: HookrailError, request: Any) -> NoReturn:
        """Logs a refusal, and raises it."""
        if isinstance(error, MethodNotAllowedError):
            refusal = Refusal(405, allow=", ".join(self._methods))
        else:
            refusal = Refusal.of(error, self._mismatch_status)
        _log.warning("delivery refused with %d: %s: %s", refusal.status, error.code, error)
        if self._on_refusal is not None:
            self._on_refusal(error, request)
        raise Refused(refusal) from error


class Reading:
    """The body of a request while it arrives. Leaving its context frees it."""

    def __init__(
        self,
        gate: Gate,
        running: Verification,
        fields: list[tuple[str, bytes]],
        announced: int | None,
        request: Any,
    ) -> None:
        self._gate = gate
        self._running = running
        self._fields = fields
        self._announced = announced
        self._request = request
        self._chunks: list[bytes] = []

    def take(self, chunk: bytes) -> None:
        """Adds the next piece of the body.

        Raises:
            Refused: The body is over the limit.
        """
        try:
            self._running.update(chunk)
        except BodyTooLargeError as error:
            self._gate.refuse(error, self._request)
        # A copy, if it is a buffer that the server uses again.
        self._chunks.append(bytes(chunk))

    def cut_off(self, why: str) -> NoReturn:
        """Refuses the request because its body ended early."""
        self._gate.refuse(BodyIncompleteError(why), self._request)

    def finish(self) -> ReceivedDelivery:
        """Returns the delivery after the last piece of the body.

        Raises:
            Refused: The delivery does not verify.
        """
        body = b"".join(self._chunks)
        try:
            if not body and self._announced is None:
                # Every delivery has a body: if it is empty, something else has read it before.
                self._running.announce(1)
            verified = self._running.finish()
        except (SignatureError, BodyTooLargeError, BodyIncompleteError) as error:
            self._gate.refuse(error, self._request)
        names = dict(self._fields)
        topic, event_id = names.get("hookrail-topic"), names.get("hookrail-event-id")
        return ReceivedDelivery(verified.delivery_id, body, verified, _text(topic), _text(event_id))

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._running.close()


def _announced(content_length: str | None) -> int | None:
    """Returns the announced length. Refusing an invalid one is up to the server."""
    text = (content_length or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")


def _squeezed(path: str) -> str:
    """Returns the path without repeated slashes, and without one at its end."""
    while "//" in path:
        path = path.replace("//", "/")
    return path.removesuffix("/")


def _names(values: Iterable[str], what: str) -> tuple[str, ...]:
    names = (values,) if isinstance(values, str) else tuple(values)
    for name in names:
        if not isinstance(name, str) or not name:
            raise HookrailConfigError(f"{what} must be a list of texts, not {values!r}")
        if what == "paths" and not name.startswith("/"):
            raise HookrailConfigError(f"the path {name!r} must begin with a slash")
    if not names:
        raise HookrailConfigError(f"{what} must not be empty")
    return names if what == "paths" else tuple(name.upper() for name in names)


def _whole(value: int, name: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise HookrailConfigError(f"{name} must be a whole number from {low} to {high}")
    return value
