"""Collects the background calls that are done."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import byref, c_size_t, c_uint64
from typing import TYPE_CHECKING

from hookrail._native.loader import library

if TYPE_CHECKING:
    from hookrail._native.client import NativeClient

_BATCH = 64
_Tags = c_uint64 * _BATCH


class FinishedCalls:
    """The tags of calls that are done.

    A signal handler may raise between any two steps of Python. So collected tags are kept here
    until they are handled: the library returns each only once.
    """

    __slots__ = ("_client", "_count", "_next", "_tags")

    def __init__(self, client: NativeClient) -> None:
        self._client = client
        self._tags = _Tags()
        self._count = c_size_t()
        self._next = 0

    def take(self, handle: Callable[[int], None]) -> None:
        """Handles the tags that an exception has left, or else collects some. Never waits.

        Args:
            handle: Is called with each tag, and after an exception perhaps twice with the same.
        """
        count = self._count
        if self._next >= count.value:
            count.value = self._next = 0
            library().held.hookrail_calls_collect(
                self._client.pointer, self._tags, _BATCH, byref(count), None
            )
        tags = self._tags
        while self._next < count.value:
            handle(tags[self._next])
            self._next += 1
