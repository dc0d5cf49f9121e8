"""The conformance driver of the Python package; ../../README.md is its specification.

HOOKRAIL_DRIVER=asyncio makes the calls with AsyncHookrail, in a task each.
"""

from __future__ import annotations

import os
import sys

from driver import Driver

if __name__ == "__main__":
    if os.environ.get("HOOKRAIL_DRIVER") == "asyncio":
        from tasks import Tasks as Calls
    else:
        from threads import MainThread as Calls
    Driver(Calls()).run(sys.stdin.buffer, sys.stdout.buffer)
