"""The doctor: says whether the package works on this machine, and why not.

python -m hookrail                  looks at Python, the library and the certificate authorities
python -m hookrail check [URL]      also asks the service whether it accepts HOOKRAIL_API_KEY
"""

from __future__ import annotations

import os
import platform
import sys

from hookrail._version import __version__

USAGE = "usage: python -m hookrail [check [URL]]"


def main(arguments: list[str]) -> int:
    """Runs the doctor. Returns the status of the process."""
    if arguments and (arguments[0] != "check" or len(arguments) > 2):
        print(USAGE, file=sys.stderr)
        return 2
    works = _look()
    if works and arguments:
        works = _check(arguments[1] if len(arguments) > 1 else None)
    print(f"hookrail {'works' if works else 'does NOT work'} here.")
    return 0 if works else 1


def _say(subject: str, finding: str) -> None:
    print(f"{subject:<12} {finding}")


def _look() -> bool:
    from hookrail._native import loader
    from hookrail.errors import HookrailConfigError, HookrailLibraryError

    _say("hookrail", f"{__version__}, {os.path.dirname(os.path.abspath(__file__))}")
    _say("Python", f"{platform.python_version()}, {sys.executable}")
    libc = " ".join(platform.libc_ver()).strip() or "no glibc"
    _say("platform", f"{sys.platform}, {platform.machine()}, {libc}")
    _say(loader.VARIABLE, os.environ.get(loader.VARIABLE) or "not set")
    try:
        library = loader.library()
    except HookrailLibraryError as error:
        _say("library", str(error))
        return False
    abi = library.held.hookrail_abi_version()
    _say("library", f"{library.path}, version {library.version}, ABI {abi}")
    try:
        from hookrail import Hookrail

        Hookrail("hk_doctor", "https://localhost").close()
    except HookrailConfigError as error:
        _say("TLS", f"{error}. Only https is affected")
    else:
        _say("TLS", "the certificate authorities of the system are there")
    return True


def _check(url: str | None) -> bool:
    """Asks the service for an event that it cannot have."""
    from hookrail import Hookrail
    from hookrail.errors import AuthenticationError, HookrailError, NotFoundError

    try:
        with Hookrail(base_url=url, retries=0) as client:
            _say("service", client._cfg.base_url)
            client.get_event("doctor")
    except AuthenticationError as error:
        _say("key", f"{error}. If the key is right, the service's database may be away")
        return False
    except NotFoundError:
        _say("key", "accepted")
    except HookrailError as error:
        _say("service", str(error))
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
