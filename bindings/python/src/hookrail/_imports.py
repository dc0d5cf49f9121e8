"""Imports at first use, which no fork of another thread cuts in two.

A module that a thread of the parent is just importing could never be imported in the child: the
thread that holds the module's lock does not exist there.
"""

from __future__ import annotations

import os
from _thread import RLock
from typing import Final

lock: Final = RLock()
"""Held by the imports at first use, and by each fork."""

os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)
