"""Detects greenlets that must wait cooperatively."""

from __future__ import annotations

import sys


def is_cooperative() -> bool:
    """Returns whether the caller is a greenlet of gevent, whose waits must let others run.

    It is one if gevent has patched the module select, as gevent.monkey.patch_all() does, and the
    thread has a hub, which a thread of gevent's pool has not. Does not import gevent.
    """
    monkey = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched("select"):
        return False
    from hookrail._gevent import hub

    return hub() is not None
