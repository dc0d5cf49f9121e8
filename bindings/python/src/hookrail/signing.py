"""Verifies the signatures of received deliveries.

Header: ``hookrail-signature: t=<unix>,v1=hex(HMAC_SHA256(secret, "<unix>.<delivery_id>." + body))``
"""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from hookrail import _imports, _received
from hookrail._received import Body, Headers, Secrets, Text
from hookrail.errors import (
    HookrailConfigError,
    MalformedSignatureError,
    MissingSignatureError,
    SignatureError,
    SignatureMismatchError,
    SignatureTimestampError,
    TimestampTooNewError,
    TimestampTooOldError,
)

if TYPE_CHECKING:
    from hookrail._native.verifier import NativeVerification, NativeVerifier

__all__ = [
    "DEFAULT_TOLERANCE",
    "DELIVERY_ID_HEADER",
    "HEADER",
    "DeliveryHeaders",
    "MalformedSignatureError",
    "MissingSignatureError",
    "SignatureError",
    "SignatureMismatchError",
    "SignatureTimestampError",
    "TimestampTooNewError",
    "TimestampTooOldError",
    "Verification",
    "Verified",
    "Verifier",
    "explain",
    "find_headers",
    "join_headers",
    "verify_signature",
]

HEADER = "hookrail-signature"
"""The name of the header with the signature."""

DELIVERY_ID_HEADER = "hookrail-delivery-id"
"""The name of the header with the delivery id, by which to recognise a repeated delivery."""

DEFAULT_TOLERANCE = 300.0
"""How many seconds a signature's time may be from now by default."""


class Verified(NamedTuple):
    """The result of a successful verification."""

    delivery_id: str
    """The key by which to recognise a repeated delivery; it is signed."""

    secret_index: int
    """Which of the secrets matched, from 0. It shows when an old secret is no longer in use."""

    signed_at: int
    """When the service signed, in seconds since 1970."""

    age: int
    """Now minus ``signed_at``, in seconds; below 0 if the service's clock is ahead."""


class DeliveryHeaders(NamedTuple):
    """The two headers that a verification needs."""

    signature: str
    delivery_id: str


class Verifier:
    """Verifies deliveries with secrets that it prepares once. Threads may share it.

        verifier = Verifier(os.environ["WEBHOOK_SECRET"])
        verifier.verify_request(request.headers, request.body)

    Args:
        secrets: The endpoint's secret, unchanged and with its ``whsec_``; during a rotation a list
            of up to 16 secrets, of which any may match.
        tolerance: How many seconds a signature's time may be from now, before or after, including
            the boundary. A fraction is cut off.

    Raises:
        HookrailConfigError: There is no secret, one cannot be the service's (empty, blank, only
            ``whsec_``, with white space at an end), or the tolerance is negative or not finite.
    """

    def __init__(self, secrets: Secrets, *, tolerance: float = DEFAULT_TOLERANCE) -> None:
        seconds = _received.clamped(_received.finite(tolerance, "tolerance"))
        self._native = _native_verifier(_received.secret_list(secrets), seconds)

    def verify(
        self,
        header: Text | Sequence[Text] | None,
        delivery_id: Text | None,
        body: Body,
        *,
        now: float | None = None,
    ) -> Verified:
        """Verifies a delivery.

        Args:
            header: The value of ``hookrail-signature``, or its values if it was split at commas.
            delivery_id: The value of ``hookrail-delivery-id``.
            body: The body as received, byte for byte.
            now: The time to judge by, in seconds since 1970; None for the system's clock.

        Raises:
            SignatureError: Answer all kinds alike: the sender must not learn the details.
        """
        ident = _received.header_bytes(delivery_id, DELIVERY_ID_HEADER)
        signature = _received.header_bytes(header, HEADER)
        found = self._native.verify(signature, ident, _received.body_bytes(body), _time(now))
        return Verified(ident.decode(), *found)

    def verify_request(self, headers: Headers, body: Body, *, now: float | None = None) -> Verified:
        """Verifies a delivery and finds its headers among those of the request.

        Args:
            headers: A mapping from names to values or to lists of values, a list of pairs, or an
                environment of WSGI or CGI. The case of names does not matter.
            body: The body as received, byte for byte.
            now: The time to judge by, in seconds since 1970; None for the system's clock.

        Raises:
            SignatureError: Answer all kinds alike: the sender must not learn the details.
        """
        return self.verify(*join_headers(headers), body, now=now)

    def begin(
        self,
        headers: Headers,
        *,
        body_limit: int | None = None,
        content_length: int | None = None,
        now: float | None = None,
    ) -> Verification:
        """Begins to verify a delivery whose body arrives in pieces.

        It judges headers and time at once: after an error the body need not be read.

        Args:
            headers: As for ``verify_request``.
            body_limit: The largest accepted body in bytes; None for no limit.
            content_length: The length that the request announces. It distinguishes a body that was
                cut off from one that was changed.
            now: The time to judge by, in seconds since 1970; None for the system's clock.

        Raises:
            SignatureError: The delivery cannot verify.
            BodyTooLargeError: The announced length is over the limit.
        """
        signature, ident = join_headers(headers)
        limit = 0 if body_limit is None else _size(body_limit, "body_limit", least=1)
        native = self._native.begin(signature.encode(), ident.encode(), limit, _time(now))
        begun = Verification(native, ident)
        if content_length is not None:
            begun.announce(content_length)
        return begun

    def explain(
        self,
        header: Text | Sequence[Text] | None,
        delivery_id: Text | None,
        body: Body,
        *,
        event_id: Text | None = None,
        now: float | None = None,
    ) -> str:
        """For development only: explains why a delivery does not verify.

        It tries the usual mistakes. The text holds no secret but parts of the request: do not show
        it to the sender. ``event_id`` is the value of ``hookrail-event-id``, if known.
        """
        event = None if event_id is None else _received.header_bytes(event_id, "hookrail-event-id")
        text = self._native.explain(
            _received.header_bytes(header, HEADER),
            _received.header_bytes(delivery_id, DELIVERY_ID_HEADER),
            event,
            _received.body_bytes(body),
            _time(now),
        )
        return text.decode(errors="replace")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Verifier holds secrets and cannot be pickled or copied")


class Verification:
    """A running verification, begun by ``Verifier.begin``.

    Do not act on any part of the body before ``finish`` has returned.
    """

    def __init__(self, native: NativeVerification, delivery_id: str) -> None:
        self._native = native
        self._lock = threading.Lock()
        self.delivery_id = delivery_id

    def announce(self, content_length: int) -> None:
        """Sets the length of the body that the request announces.

        Raises:
            BodyTooLargeError: It is over the limit.
        """
        size = _size(content_length, "content_length", least=0)
        with self._lock:
            self._native.announce(size)

    def update(self, chunk: Body) -> None:
        """Adds the next piece of the body.

        Raises:
            BodyTooLargeError: The body is over the limit.
        """
        piece = _received.body_bytes(chunk)
        with self._lock:
            self._native.update(piece)

    def finish(self) -> Verified:
        """Ends the verification after the last piece of the body.

        Raises:
            SignatureMismatchError: The delivery is forged, or the secret is another one.
            BodyIncompleteError: The body is shorter than announced. Answer 408.
            BodyTooLargeError: A piece was refused.
        """
        with self._lock:
            return Verified(self.delivery_id, *self._native.finish())

    def close(self) -> None:
        """Frees the memory now. It may be called any number of times."""
        with self._lock:
            self._native.free()

    def __enter__(self) -> Verification:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def verify_signature(
    secrets: Secrets,
    header: Text | None,
    delivery_id: Text | None,
    body: Body,
    *,
    now: float | None = None,
    tolerance: float = DEFAULT_TOLERANCE,
) -> None:
    """Raises an error if a delivery is not genuine, and otherwise returns None.

    A ``Verifier`` says more about the delivery, and finds the headers itself.

    Args:
        secrets: The endpoint's secret, or a list of secrets during a rotation.
        header: The value of ``hookrail-signature``.
        delivery_id: The value of ``hookrail-delivery-id``.
        body: The body as received, byte for byte.
        now: The time to judge by, in seconds since 1970; None for the system's clock.
        tolerance: How many seconds the signature's time may be from now.

    Raises:
        SignatureError: The base of ``MalformedSignatureError``, ``SignatureTimestampError`` and
            ``SignatureMismatchError``.
        HookrailConfigError: A secret cannot be the service's, or a number is not finite.
    """
    try:
        key = tuple(secrets) if type(secrets) is list else secrets
        native = _prepared[key, tolerance]
    except (KeyError, TypeError):
        listed = _received.secret_list(secrets)
        native = _prepare(listed, tolerance)
        if native is not None and isinstance(secrets, (bytes, str)):
            _prepared[secrets, tolerance] = native
        secrets = listed
    try:
        signature, ident = header.encode(), delivery_id.encode()  # type: ignore[union-attr]
    except (AttributeError, UnicodeEncodeError):
        signature = _received.header_bytes(header, HEADER)
        ident = _received.header_bytes(delivery_id, DELIVERY_ID_HEADER)
    content = body if type(body) is bytes else _received.body_bytes(body)
    try:
        if native is None or (now is not None and _has_fraction(_received.finite(now, "now"))):
            _verify_fractions(secrets, signature, ident, content, now, tolerance)
            return
        moment = None if now is None else _received.unix_time(now)
        if native.check(signature, ident, content, moment):
            # Once more, for the error.
            native.verify(signature, ident, content, moment)
    except SignatureError as error:
        error.args = (_text_of_0_1_0(error, signature),)
        raise


def explain(
    secrets: Secrets,
    header: Text | Sequence[Text] | None,
    delivery_id: Text | None,
    body: Body,
    *,
    event_id: Text | None = None,
    now: float | None = None,
    tolerance: float = DEFAULT_TOLERANCE,
) -> str:
    """For development only: explains why a delivery does not verify. See ``Verifier.explain``."""
    verifier = Verifier(secrets, tolerance=tolerance)
    return verifier.explain(header, delivery_id, body, event_id=event_id, now=now)


def find_headers(headers: Headers) -> DeliveryHeaders:
    """Returns the two headers of a delivery. Each must have exactly one value.

    Args:
        headers: A mapping from names to values or to lists of values, a list of pairs, or an
            environment of WSGI or CGI. The case of names does not matter.

    Raises:
        MissingSignatureError: One of them is absent: the request is no delivery.
        MalformedSignatureError: One of them is repeated.
    """
    fields = _received.header_fields(headers)
    return _simple_headers(fields) or _decoded(*_native_headers().find_headers(fields))


def join_headers(headers: Headers) -> DeliveryHeaders:
    """Returns the same as ``find_headers``, but joins a signature that arrived as a list.

    Gateways that split headers at their commas make such lists.
    """
    fields = _received.header_fields(headers)
    return _simple_headers(fields) or _decoded(*_native_headers().join_headers(fields))


_prepared: dict[tuple[Any, float], NativeVerifier | None] = {}
_MOST_PREPARED = 64
_LONGEST_SIGNATURE = 4096


def _prepare(secrets: tuple[bytes, ...], tolerance: float) -> NativeVerifier | None:
    """Returns the verifier for these settings, and keeps it for the next call.

    Returns None for a tolerance with a fraction, which the library does not know.
    """
    whole = _received.clamped(_received.finite(tolerance, "tolerance"))
    native = _prepared.get((secrets, whole)) or _native_verifier(secrets, whole)
    if len(_prepared) >= _MOST_PREPARED:
        _prepared.clear()
    _prepared[secrets, whole] = native
    return None if _has_fraction(tolerance) else native


def _verify_fractions(
    secrets: Secrets,
    signature: bytes,
    ident: bytes,
    body: bytes,
    now: float | None,
    tolerance: float,
) -> None:
    """Verifies with the fractions of seconds: by a wider tolerance first, and then exactly."""
    moment = time.time() if now is None else now
    wider = _prepare(_received.secret_list(secrets), math.ceil(tolerance) + 1)
    assert wider is not None
    signed_at = wider.verify(signature, ident, body, _received.unix_time(moment))[1]
    if abs(moment - signed_at) > tolerance:
        kind = TimestampTooNewError if signed_at > moment else TimestampTooOldError
        raise kind("signature timestamp outside tolerance")


def _text_of_0_1_0(error: SignatureError, header: bytes) -> str:
    """Returns the text that version 0.1.0 gave the error, if it knew it."""
    if isinstance(error, SignatureTimestampError):
        return "signature timestamp outside tolerance"
    if isinstance(error, SignatureMismatchError):
        return "no matching signature"
    pairs = (part.strip().partition("=") for part in header.decode(errors="replace").split(","))
    values = {name: value for name, equals, value in pairs if equals}
    if "t" in values and re.fullmatch(r"\s*[+-]?\d+(_\d+)*\s*", values["t"]) is None:
        return "bad timestamp in signature header"
    if not values.get("t") or not values.get("v1"):
        return "missing t= or v1= in signature header"
    try:
        right_size = len(bytes.fromhex(values["v1"])) == 32
    except ValueError:
        return "v1 is not valid hex"
    return str(error) if right_size else "v1 has wrong length"


def _simple_headers(fields: list[tuple[str, bytes]]) -> DeliveryHeaders | None:
    """Returns the two headers if each is there once: no rule of the library is needed."""
    values = dict(fields)
    if len(values) < len(fields):
        return None
    signature, delivery_id = values.get(HEADER), values.get(DELIVERY_ID_HEADER)
    if not signature or not delivery_id or len(signature) > _LONGEST_SIGNATURE:
        return None
    return _decoded(signature, delivery_id)


def _native_headers() -> Any:
    with _imports.lock:
        from hookrail._native import headers

        return headers


def _has_fraction(number: float) -> bool:
    return number != math.floor(number)


def _native_verifier(secrets: tuple[bytes, ...], tolerance: int) -> NativeVerifier:
    # Imported at the first use: it loads the library.
    with _imports.lock:
        from hookrail._native.verifier import NativeVerifier

    return NativeVerifier(secrets, tolerance)


def _time(now: float | None) -> int | None:
    return None if now is None else _received.unix_time(_received.finite(now, "now"))


def _size(value: int, name: str, *, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be a whole number, not {type(value).__name__}")
    if value < least:
        raise HookrailConfigError(f"{name} must be {least} or more, not {value}")
    return min(value, 2**63 - 1)


def _decoded(signature: bytes, delivery_id: bytes) -> DeliveryHeaders:
    # The library refuses everything but ASCII when it verifies.
    return DeliveryHeaders(signature.decode(errors="replace"), delivery_id.decode(errors="replace"))
