"""Says why the native library could not be loaded, and what to do."""

from __future__ import annotations

import platform
import sys


def without_ctypes(error: ImportError) -> str:
    """Returns the message for a Python that refuses ctypes."""
    if "subinterpreter" in str(error):
        return (
            "hookrail does not work in a subinterpreter of this Python, because ctypes does not: "
            f"use it in the main interpreter, for example in a thread or a process ({error})"
        )
    return (
        "hookrail needs the standard module ctypes, which this Python lacks: install the "
        f"complete standard library of Python, or build Python with libffi ({error})"
    )


def not_loaded(failures: dict[str, str], named: bool) -> str:
    """Returns the message for libraries that could not be loaded.

    Args:
        failures: The reasons by the paths.
        named: Whether the environment has named the library.
    """
    lines = ["The native library of hookrail could not be loaded. Tried:"]
    lines += [f"  {path}: {_reason(path, reason)}" for path, reason in failures.items()]
    lines.append(_remedy("\n".join(failures.values()), named))
    return "\n".join(lines)


def _reason(path: str, reason: str) -> str:
    return reason.removeprefix(f"{path}: ").strip()


def _remedy(reasons: str, named: bool) -> str:
    here = f"{platform.machine()}, {' '.join(platform.libc_ver()).strip() or sys.platform}"
    if "ABI version" in reasons:
        return (
            "Install a libhookrail of the release that this package belongs to, or let HOOKRAIL_LIB"
            " name one."
        )
    if "GLIBC_" in reasons or "version `" in reasons:
        return (
            f"The library was built for a newer C library than this system has ({here}): build "
            "libhookrail here, and let HOOKRAIL_LIB name it."
        )
    if any(
        name in reasons for name in ("libc.musl", "ld-musl", "ld-linux", "libc.so: ", "libc.so.6")
    ):
        return (
            f"The library was built for another C library than that of this Python ({here}): "
            "install the wheel for this platform (pip install --force-reinstall hookrail)."
        )
    if "failed to map segment" in reasons or "Operation not permitted" in reasons:
        return (
            "The file system does not allow programs (mounted with noexec), or a security policy "
            "forbids it: install the package in a folder from which programs may run."
        )
    if named:
        return (
            "Correct the environment variable HOOKRAIL_LIB: it has to be the path of a "
            "libhookrail. Without it, the library in the package and then the system's are tried."
        )
    if "wrong ELF class" in reasons or "invalid ELF header" in reasons or "too short" in reasons:
        return (
            f"The file is damaged, or for another processor than this one ({here}): install the "
            "wheel for this platform (pip install --force-reinstall hookrail)."
        )
    return (
        f"Install the wheel of hookrail for this platform ({here}), or install libhookrail on this "
        "system (make install, then ldconfig), or let the environment variable HOOKRAIL_LIB be the "
        "path of a libhookrail."
    )
