"""The owner of a native client."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from ctypes import byref, c_size_t, c_void_p, create_string_buffer
from typing import Any, NoReturn

from hookrail._config import ClientConfig
from hookrail._deadline import Deadline
from hookrail._native.declarations import HOOKRAIL_BUFFER_TOO_SMALL, HOOKRAIL_INTERRUPTED
from hookrail._native.errors import raise_error
from hookrail._native.loader import library
from hookrail._native.options import client_options
from hookrail._transport import RetryPolicy
from hookrail.errors import HookrailConfigError


class NativeClient:
    """The owner of a native client, which is freed with it.

    A call needs a reference to this object and not only to the pointer: the library must not free a
    client that is in use. Therefore it is not freed at the end of the program either.
    """

    def __init__(self, config: ClientConfig, policy: RetryPolicy) -> None:
        key = config.api_key.encode(errors="surrogatepass")
        url = config.base_url.encode(errors="surrogatepass")
        client, error = c_void_p(), c_void_p()
        options = client_options(config, policy)
        try:
            status = library().released.hookrail_client_new(
                key, len(key), url, len(url), options, byref(client), byref(error)
            )
        finally:
            library().held.hookrail_client_options_free(options)
        if status or client.value is None:
            raise_error(status, error)
        self.pointer: int = client.value
        self.prompt = False
        """Whether the last send took little time (`sending.PROMPT`)."""
        self._finalizer = weakref.finalize(self, library().held.hookrail_client_free, self.pointer)
        self._finalizer.atexit = False

    def __reduce__(self) -> NoReturn:
        raise TypeError("a native client cannot be pickled or copied")

    def close(self, deadline: Deadline) -> int:
        """Closes the client, and lets Python run the handlers of signals meanwhile.

        Returns:
            The number of events that were given up.
        """
        unsent, error = c_size_t(), c_void_p()
        while status := library().released.hookrail_client_close(
            self.pointer, deadline.remaining_ms(), byref(unsent), byref(error)
        ):
            if status != HOOKRAIL_INTERRUPTED:
                raise_error(status, error)
            library().held.hookrail_error_free(error)
            error.value = None
        return unsent.value

    def stats(self) -> str:
        """Returns the counters as JSON."""
        return self._text(library().held.hookrail_client_stats)

    def metrics(self) -> str:
        """Returns the counters in the text format of Prometheus."""
        return self._text(library().held.hookrail_client_metrics)

    def _text(self, function: Callable[..., Any]) -> str:
        needed, error = c_size_t(), c_void_p()
        size = 4096
        while True:
            buffer = create_string_buffer(size)
            status = function(self.pointer, buffer, size, byref(needed), byref(error))
            if not status:
                return buffer.value.decode()
            if status != HOOKRAIL_BUFFER_TOO_SMALL:
                raise_error(status, error)
            library().held.hookrail_error_free(error)
            error.value = None
            # The counters may grow before the next call.
            size = needed.value * 2


def refuse_http_client(http_client: object) -> None:
    """Refuses a transport of httpx, which version 0.1.0 accepted."""
    if http_client is not None:
        raise HookrailConfigError(
            "http_client is not supported any more, because this package does not use httpx: for a "
            "proxy pass proxy=..., for certificates ca_file=... or client_certificate=..., and for "
            "tests use hookrail.testing"
        )
