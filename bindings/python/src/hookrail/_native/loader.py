"""Finds and opens the native library."""

from __future__ import annotations

import os
import sys
from typing import Any

from hookrail.errors import HookrailLibraryError

VARIABLE = "HOOKRAIL_LIB"
"""The environment variable that names the only library file to try."""

_SUFFIX = "dylib" if sys.platform == "darwin" else "so"
_SYSTEM = "libhookrail.0.dylib" if sys.platform == "darwin" else "libhookrail.so.0"

_loaded: Library | None = None


def bundled() -> str:
    """Returns the path of the library inside of the package."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), f"libhookrail.{_SUFFIX}")


def candidates() -> dict[str, str]:
    """Returns the libraries to try, in this order, by their origin.

    If the environment names a library, only that one is tried: another one would hide the mistake.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return {VARIABLE: named}
    return {"bundled": bundled(), "system": _SYSTEM}


class Functions:
    """The functions of the library, bound at their first use."""

    def __init__(self, dll: Any) -> None:
        # Not at the first use of a function, which may be at the very end of the program.
        from hookrail._native.declarations import FUNCTIONS

        self._declarations = FUNCTIONS
        self._dll = dll

    def __getattr__(self, name: str) -> Any:
        declared = self._declarations.get(name)
        if declared is None:
            raise AttributeError(name)
        function = self._dll[name]
        function.restype, function.argtypes = declared
        setattr(self, name, function)
        return function

    def without_types(self, name: str) -> Any:
        """Returns a function without declared types: its arguments must be objects of ctypes.

        ctypes calls it faster, because it does not check the arguments one by one.
        """
        return self._dll[name]


class Library:
    """The loaded native library.

    Attributes:
        path: The file, or its name for the system's loader.
        held: The functions, called with the GIL held: for those that take microseconds.
        released: The functions, called without the GIL: for those that wait or take long.
    """

    def __init__(self, path: str, dll: Any) -> None:
        import ctypes

        self.path = path
        self.released = Functions(dll)
        self.held = Functions(ctypes.PyDLL(path, handle=dll._handle))

    @property
    def version(self) -> str:
        """The version of the library."""
        version: bytes = self.held.hookrail_version()
        return version.decode()


def library() -> Library:
    """Returns the library, and loads it at the first use.

    Raises:
        HookrailLibraryError: No library could be loaded.
    """
    return _loaded or _load()


def _load() -> Library:
    global _loaded
    try:
        import ctypes
    except ImportError as error:
        from hookrail._native import refusal

        raise HookrailLibraryError(refusal.without_ctypes(error)) from error
    # Two threads at once may both get here: they load the same library.
    failures = {}
    for path in candidates().values():
        try:
            dll = ctypes.CDLL(path)
            _check_abi(dll)
        except OSError as error:
            failures[path] = str(error)
        else:
            _loaded = Library(path, dll)
            return _loaded
    from hookrail._native import refusal

    raise HookrailLibraryError(refusal.not_loaded(failures, VARIABLE in candidates()))


def _check_abi(dll: Any) -> None:
    from hookrail._native.declarations import HOOKRAIL_ABI_VERSION

    try:
        found = dll.hookrail_abi_version()
    except AttributeError:
        raise OSError("it is no libhookrail: it has no function hookrail_abi_version") from None
    if found != HOOKRAIL_ABI_VERSION:
        raise OSError(
            f"it has ABI version {found}, and this package needs ABI version {HOOKRAIL_ABI_VERSION}"
        )
