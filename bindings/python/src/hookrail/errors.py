"""The exceptions of the package. Every one of them is a HookrailError."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Self

    from hookrail._attempts import AttemptRecord
    from hookrail.models import EventAccepted, Problem


def _restored(cls: type[HookrailError], args: tuple[Any, ...], state: dict[str, Any]) -> Any:
    """Makes a copy of an error, for pickle and copy."""
    error = cls.__new__(cls, *args)
    error.args = args
    error.__setstate__(state)
    return error


class HookrailError(Exception):
    """The base class of all errors of this package.

    Errors can be pickled and copied, with all attributes and with their cause.

    Attributes:
        code: The name of the reason, for example "rate_limited"; the same in every language.
        outcome: What is known about the event that the call was sending: "delivered", "not_sent",
            "rejected" or "maybe_sent"; None if the call sends no event. After "maybe_sent" it is
            safe to send the event again with the same idempotency key and the same payload.
        idempotency_key: The key with which the event was, or would have been, sent.
        attempts: The number of attempts of the call.
        retryable: Whether the same call can succeed later without a change.
        attempt_records: The call's last 16 attempts, the oldest first.
        request_id: The id that the service, or a gateway before it, gave the last request.
        body: The body of the service's last answer, cut off at 64 KiB.
        message: The library's own message; "" for errors that it did not make. That of an API
            error has advice, which the text of the exception, kept from 0.1.0, has not.
    """

    code: str = "error"
    outcome: str | None = None
    idempotency_key: str | None = None
    attempts: int = 0
    retryable: bool = False
    attempt_records: tuple[AttemptRecord, ...] = ()
    request_id: str | None = None
    body: bytes | None = None
    message: str = ""

    @classmethod
    def find(cls, exception: BaseException | None) -> Self | None:
        """Returns the error that is an exception, or the nearest of its causes and contexts.

        For example what is known of an event whose send a timeout of asyncio has cancelled.

        Args:
            exception: Any exception.

        Returns:
            The error; None if there is none of this class.
        """
        while exception is not None and not isinstance(exception, cls):
            exception = exception.__cause__ or exception.__context__
        return exception

    def __reduce__(self) -> tuple[Any, ...]:
        state = {**self.__dict__, "__cause__": self.__cause__}
        return _restored, (type(self), self.args, state)

    def __setstate__(self, state: dict[str, Any] | None) -> None:
        attributes = dict(state or {})
        cause = attributes.pop("__cause__", None)
        self.__dict__.update(attributes)
        if cause is not None:
            self.__cause__ = cause


class HookrailConfigError(ValueError, HookrailError):
    """A setting or an argument is not acceptable; nothing was sent."""

    code = "invalid_argument"


def configuration_error(message: str) -> HookrailConfigError:
    """Returns the error for settings that are missing or do not fit each other."""
    error = HookrailConfigError(message)
    error.code = "configuration"
    return error


class HookrailClosedError(HookrailError, RuntimeError):
    """The client was closed."""

    code = "closed"


class HookrailForkedError(HookrailError, RuntimeError):
    """The call or the submission belongs to the parent of this process."""

    code = "forked"


class HookrailCancelledError(HookrailError):
    """The call was cancelled. Its outcome says what is known about the event.

    Attributes:
        accepted: The service's answer, if it had recorded the event before; the outcome is then
            "delivered".
    """

    code = "cancelled"
    accepted: EventAccepted | None = None


class QueueFullError(HookrailError):
    """The queue of the client is full; the event was not queued."""

    code = "queue_full"
    retryable = True


class DamagedBlobError(HookrailError, ValueError):
    """A prepared event is damaged, or of an unknown version."""

    code = "damaged_blob"


class OutOfResourcesError(HookrailError):
    """The process may make no more threads, file descriptors or sockets."""

    code = "out_of_resources"


class InternalError(HookrailError):
    """A defect of the library was caught. Please report it."""

    code = "internal"


class HookrailLibraryError(HookrailError, ImportError):
    """The native library could not be loaded. The message says why, and what to do."""

    code = "library_not_loaded"


class HookrailConnectionError(HookrailError):
    """There was no usable connection, or no answer."""

    code = "connection"
    retryable = True


class HookrailTimeoutError(HookrailConnectionError):
    """A timeout, or the call's time, ran out."""

    code = "timeout"


class HookrailTLSError(HookrailConnectionError):
    """The TLS handshake failed. It is final if the certificate is the reason."""

    code = "tls"
    retryable = False


class HookrailProtocolError(HookrailConnectionError):
    """The answer was not HTTP, or not what the protocol promises."""

    code = "protocol"


def _visible(text: str) -> str:
    """Returns a text of the service without what could forge lines of a log."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


class HookrailAPIError(HookrailError):
    """The service answered with an HTTP error.

    Attributes:
        status: The HTTP status.
        problem: The service's problem details (RFC 7807); None if it gave none.
        retry_after: The wait that the service asked for, in seconds; None if it asked for none.
    """

    code = "unexpected_status"
    status: int
    problem: Problem | None
    retry_after: float | None = None

    def __init__(self, status: int, problem: Problem | None) -> None:
        self.status = status
        self.problem = problem
        detail = ""
        if problem is not None:
            detail = _visible(" ".join(p for p in (problem.title, problem.detail) if p))
        super().__init__(f"hookrail API error {status}: {detail}".rstrip(": ").rstrip())


class BadRequestError(HookrailAPIError):
    """400: the request is malformed."""

    code = "bad_request"


class AuthenticationError(HookrailAPIError):
    """401: the producer key is missing, unknown or revoked, or the service's database is away."""

    code = "authentication"


class PermissionDeniedError(HookrailAPIError):
    """403: the topic is outside the scopes of the producer key."""

    code = "permission_denied"


class NotFoundError(HookrailAPIError):
    """404: there is no such event."""

    code = "not_found"


class ConflictError(HookrailAPIError):
    """409: the idempotency key was used with a different event."""

    code = "conflict"


class PayloadTooLargeError(HookrailAPIError):
    """413, or a payload over the client's own limit."""

    code = "payload_too_large"


class RateLimitError(HookrailAPIError):
    """429: too many requests. With the outcome "not_sent" the call's turn came after its time."""

    code = "rate_limited"
    retryable = True

    def __init__(
        self, status: int, problem: Problem | None, retry_after: float | None = None
    ) -> None:
        self.retry_after = retry_after
        super().__init__(status, problem)


class ServerError(HookrailAPIError):
    """5xx: the service failed."""

    code = "server_error"
    retryable = True


class RetryError(HookrailError):
    """The retries, or the time for the call, ran out. `__cause__` is the last attempt's error."""

    code = "retries_exhausted"
    retryable = True


class SignatureError(HookrailError):
    """A delivery does not verify. Answer all kinds alike: the sender must not learn the details."""

    code = "signature"


class MalformedSignatureError(SignatureError):
    """The signature header or the delivery id does not have the required form."""

    code = "signature_malformed"


class MissingSignatureError(MalformedSignatureError):
    """The request has no signature header or no delivery id."""

    code = "signature_missing"


class SignatureTimestampError(SignatureError):
    """The signature's time is outside the tolerance."""

    code = "signature_timestamp"


class TimestampTooOldError(SignatureTimestampError):
    """The signature is older than the tolerance allows."""

    code = "timestamp_too_old"


class TimestampTooNewError(SignatureTimestampError):
    """The signature is further in the future than the tolerance allows."""

    code = "timestamp_too_new"


class SignatureMismatchError(SignatureError):
    """No secret matches the signature."""

    code = "signature_mismatch"


class BodyTooLargeError(HookrailError):
    """A received body is larger than its limit."""

    code = "body_too_large"


class BodyIncompleteError(HookrailError):
    """A received body is shorter than announced, or other code had read from it before."""

    code = "body_incomplete"
    retryable = True
