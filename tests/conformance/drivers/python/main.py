"""The conformance driver of the Python package; ../../README.md is its specification.

HOOKRAIL_DRIVER=asyncio makes the calls with AsyncHookrail, in a task each.
"""

from __future__ import annotations

import os
import sys

from driver import Driver
from tasks import Tasks
from threads import MainThread

if __name__ == "__main__":
    calls = Tasks() if os.environ.get("HOOKRAIL_DRIVER") == "asyncio" else MainThread()
    Driver(calls).run(sys.stdin.buffer, sys.stdout.buffer)
