"""Fills native options from settings of Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ctypes import byref, c_void_p
from typing import Any, Final

from hookrail._config import ClientConfig
from hookrail._native import convert
from hookrail._native.declarations import (
    HOOKRAIL_TLS_ROOTS_EXTRA_ONLY,
    HOOKRAIL_TLS_ROOTS_PLATFORM,
)
from hookrail._native.errors import raise_error
from hookrail._native.loader import library
from hookrail._transport import RetryPolicy
from hookrail._version import __version__
from hookrail.errors import HookrailConfigError, OutOfResourcesError, configuration_error

_INT32: Final = 2**31 - 1
_INT62: Final = 2**62

# The settings that are whole numbers, with their ranges.
_NUMBERS: Final = {
    "idle_connections": (0, _INT32),
    "payload_limit": (0, _INT62),
    "queue_max_events": (1, _INT62),
    "queue_max_bytes": (1, _INT62),
    "workers": (1, 4096),
}

# The settings that are times in seconds; with True, 0 stands for no limit.
_TIMES: Final = {"max_connection_age": True, "delivery_timeout": False}

_FLAGS: Final = ("require_https", "require_base_url")

_TLS_ROOTS: Final = {
    "platform": HOOKRAIL_TLS_ROOTS_PLATFORM,
    "extra_only": HOOKRAIL_TLS_ROOTS_EXTRA_ONLY,
}


def client_options(config: ClientConfig, policy: RetryPolicy) -> int:
    """Returns native options, which the caller frees with hookrail_client_options_free.

    Raises:
        HookrailConfigError: A setting is not acceptable.
    """
    pointer: int | None = library().held.hookrail_client_options_new()
    if pointer is None:
        raise OutOfResourcesError("the library could not make options")
    try:
        _ClientOptions(pointer).fill(config, policy)
    except BaseException:
        library().held.hookrail_client_options_free(pointer)
        raise
    return pointer


class _ClientOptions:
    """Native options of a client that are being filled."""

    def __init__(self, pointer: int) -> None:
        self._pointer = pointer

    def fill(self, config: ClientConfig, policy: RetryPolicy) -> None:
        self._set_text("set_binding", f"python/{__version__}".encode())
        for phase, seconds in config.timeout._asdict().items():
            self._set(f"set_{phase}_timeout_ms", convert.milliseconds(seconds, f"{phase} timeout"))
        settings = {name: value for name, value in config.settings.items() if value is not None}
        self._set_retries(policy, settings.pop("total_timeout", None))
        certificate = settings.pop("client_certificate", None)
        key = settings.pop("client_key", None)
        if certificate is not None:
            self._set_certificate(certificate, key)
        elif key is not None:
            raise configuration_error("client_key needs client_certificate")
        for name, value in settings.items():
            self._apply(name, value)

    def _set(self, setter: str, *arguments: Any) -> None:
        error = c_void_p()
        function = getattr(library().held, f"hookrail_client_options_{setter}")
        status = function(self._pointer, *arguments, byref(error))
        if status:
            raise_error(status, error)

    def _set_text(self, setter: str, value: bytes) -> None:
        self._set(setter, value, len(value))

    def _apply(self, name: str, value: Any) -> None:
        if name in _NUMBERS:
            self._set(f"set_{name}", convert.integer(value, name, *_NUMBERS[name]))
        elif name in _TIMES:
            self._set(f"set_{name}_ms", convert.milliseconds(value, name, zero=_TIMES[name]))
        elif name in _FLAGS:
            self._set(f"set_{name}", bool(value))
        elif name == "headers":
            add_headers(value, lambda *header: self._set("add_header", *header))
        elif name == "proxy":
            # NULL means "no proxy at all".
            proxy = None if value is False else convert.text(value, "proxy")
            self._set("set_proxy", proxy, len(proxy or b""))
        elif name == "tls_roots":
            if not isinstance(value, str) or value not in _TLS_ROOTS:
                raise HookrailConfigError(
                    f"tls_roots must be 'platform' or 'extra_only', got {value!r}"
                )
            self._set("set_tls_roots", _TLS_ROOTS[value])
        elif name == "ca_file":
            self._set_text("add_ca_file", convert.path(value, name))
        elif name == "ca_pem":
            self._set_text("add_ca_pem", convert.text_or_data(value, name))
        elif name == "unix_socket":
            self._set_text("set_unix_socket", convert.path(value, name))
        else:
            self._set_text(f"set_{name}", convert.text(value, name))

    def _set_retries(self, policy: RetryPolicy, total: float | None) -> None:
        retries = convert.integer(policy.max_retries, "max_retries", 0, _INT32)
        self._set("set_max_retries", retries)
        total_ms = convert.milliseconds(
            min(policy.max_elapsed, convert.MAX_SECONDS) if total is None else total,
            "total_timeout",
        )
        self._set("set_total_timeout_ms", total_ms)
        # A total timeout of its own may be shorter than the delays of the policy.
        base_ms, cap_ms = (
            min(convert.milliseconds(min(seconds, convert.MAX_SECONDS), name), total_ms)
            for name, seconds in (("base", policy.base), ("cap", policy.cap))
        )
        self._set("set_backoff_ms", base_ms, cap_ms)
        self._set("set_respect_retry_after", bool(policy.respect_retry_after))

    def _set_certificate(self, certificate: Any, key: Any) -> None:
        """Sets a certificate from paths, or from texts in PEM form."""
        if _is_pem(certificate) != _is_pem(certificate if key is None else key):
            certificate = _read(certificate, "client_certificate")
            key = _read(key, "client_key")
        kind, convert_one = (
            ("pem", convert.text_or_data) if _is_pem(certificate) else ("file", convert.path)
        )
        first = convert_one(certificate, "client_certificate")
        second = None if key is None else convert_one(key, "client_key")
        self._set(f"set_client_certificate_{kind}", first, len(first), second, len(second or b""))


def _is_pem(value: Any) -> bool:
    marker: Any = b"-----BEGIN" if isinstance(value, (bytes, bytearray)) else "-----BEGIN"
    return isinstance(value, (str, bytes, bytearray)) and marker in value


def _read(value: Any, name: str) -> Any:
    """Returns the text in PEM form, from the file if the value is a path."""
    if _is_pem(value):
        return value
    try:
        with open(convert.path(value, name), "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", error)
        raise HookrailConfigError(f"cannot read the file of {name}: {reason}") from None


def send_options(
    idempotency_key: str | None,
    ordering_key: str | None,
    headers: Mapping[str, str | None] | None,
    timeout_ms: int | None,
) -> int | None:
    """Returns native options of a send, which the caller frees with `free_send_options`.

    Returns None, which stands for the defaults, if nothing is set.
    """
    if not (idempotency_key or ordering_key is not None or headers or timeout_ms):
        return None
    held = library().held
    pointer: int | None = held.hookrail_send_options_new()
    if pointer is None:
        raise OutOfResourcesError("the library could not make options")

    def apply(function: Any, *arguments: Any) -> None:
        error = c_void_p()
        status = function(pointer, *arguments, byref(error))
        if status:
            raise_error(status, error)

    try:
        if idempotency_key:
            key = convert.text(idempotency_key, "idempotency_key")
            apply(held.hookrail_send_options_set_idempotency_key, key, len(key))
        if ordering_key is not None:
            key = convert.text(ordering_key, "ordering_key")
            apply(held.hookrail_send_options_set_ordering_key, key, len(key))
        if timeout_ms:
            apply(held.hookrail_send_options_set_timeout_ms, timeout_ms)
        if headers:
            add = held.hookrail_send_options_add_header
            add_headers(headers, lambda *header: apply(add, *header))
    except BaseException:
        held.hookrail_send_options_free(pointer)
        raise
    return pointer


def free_send_options(pointer: int | None) -> None:
    """Frees the options of a send."""
    if pointer is not None:
        library().held.hookrail_send_options_free(pointer)


def add_headers(headers: Mapping[str, str | None], add: Callable[..., None]) -> None:
    """Adds the headers that have a value."""
    if not isinstance(headers, Mapping):
        raise HookrailConfigError(
            f"headers must be a mapping of names to values, not {type(headers).__name__}"
        )
    for name, value in headers.items():
        if value is not None:
            name_bytes = convert.text(name, "the name of a header")
            value_bytes = convert.text(value, f"the header {name}")
            add(name_bytes, len(name_bytes), value_bytes, len(value_bytes))
