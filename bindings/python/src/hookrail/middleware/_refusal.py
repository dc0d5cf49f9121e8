"""The answers to requests that are not verified deliveries."""

from __future__ import annotations

import json

from hookrail.errors import (
    BodyIncompleteError,
    BodyTooLargeError,
    HookrailError,
    SignatureMismatchError,
    SignatureTimestampError,
)

_TITLES = {
    405: "Method not allowed",
    408: "Not a whole delivery",
    413: "Larger than the limit",
}


class Refusal:
    """An answer. It does not tell the reason, so that it does not help to find a signature.

    The service takes 401, 405 and 413 as final and drops the delivery. It repeats a delivery after
    408, the answer to a body that did not arrive in full. 413, for a body over the limit, tells you
    to raise the limit.
    """

    def __init__(self, status: int, *, allow: str | None = None) -> None:
        self.status = status
        self.title: str = _TITLES.get(status, "Not a verified delivery")
        members = {"title": self.title, "status": status}
        self.body: bytes = json.dumps(members, separators=(",", ":")).encode()
        self.headers: dict[str, str] = {
            "Content-Type": "application/problem+json",
            "Content-Length": str(len(self.body)),
        }
        if allow is not None:
            self.headers["Allow"] = allow

    @classmethod
    def of(cls, error: HookrailError, mismatch_status: int) -> Refusal:
        """Returns the answer to a request that does not verify."""
        if isinstance(error, BodyIncompleteError):
            return cls(408)
        if isinstance(error, BodyTooLargeError):
            return cls(413)
        if isinstance(error, (SignatureMismatchError, SignatureTimestampError)):
            return cls(mismatch_status)
        return cls(401)


class Refused(Exception):
    """A request was refused. ``__cause__`` is the reason, which is not for the sender."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"the request was refused with {refusal.status}: {refusal.title}")
        self.refusal = refusal
