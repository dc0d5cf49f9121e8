"""The record of one attempt of a call."""

from __future__ import annotations

from typing import NamedTuple


class AttemptRecord(NamedTuple):
    """One attempt of a call, as the library saw it. Times are seconds."""

    number: int
    """The attempt's number; the first attempt of a call has 1."""
    status: str
    """"ok", or why the attempt failed, for example "server_error"."""
    http_status: int | None
    """The HTTP status of the answer; None if there was none."""
    message: str
    """The message of the attempt's error, cut off at 500 characters; "" if it succeeded."""
    request_id: str | None
    """The id that the service, or a gateway before it, gave the request."""
    new_connection: bool
    """Whether a connection was opened for the attempt."""
    started_at: float
    """The start by the wall clock, in seconds since 1970."""
    since_start: float
    """The time from the start of the call, or from the submit, to the start of the attempt."""
    duration: float
    """The time from the start of the attempt to its end."""
    lookup: float
    """The time for looking the host name up; 0.0 if that was not needed."""
    connect: float
    """The time for connecting, with a proxy's reply; 0.0 if that was not needed."""
    tls: float
    """The time for the TLS handshake; 0.0 if there was none."""
    waiting: float
    """The time from the end of the request to the first byte of the answer, or to the end."""
    bytes_sent: int
    """The bytes of the request that were written, without those of TLS."""
    bytes_received: int
    """The bytes of the answer that were read, without those of TLS."""

    @property
    def ok(self) -> bool:
        """Whether the attempt succeeded."""
        return self.status == "ok"
