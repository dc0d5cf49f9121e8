"""Puts the native library into wheels, and gives them the tag of its platform.

HOOKRAIL_BUNDLE names the library file, or is `none` for a wheel that uses the system's library.
HOOKRAIL_WHEEL_TAG is the tag; without it, the wheel is for the machine that builds it.
"""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WITHOUT_LIBRARY = """
hookrail: this source distribution has no native library, and your platform has no wheel.
  - Build libhookrail (it needs Rust: `make build` in its repository) and name the file:
      HOOKRAIL_BUNDLE=/path/to/libhookrail.so pip install hookrail
  - Or use a library that the system's loader finds:
      HOOKRAIL_BUNDLE=none pip install hookrail"""


class LibraryHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the library to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        named = os.environ.get("HOOKRAIL_BUNDLE")
        if not named:
            raise SystemExit(WITHOUT_LIBRARY)
        if named == "none":
            return
        library = Path(named)
        if not library.is_file():
            raise SystemExit(f"hookrail: HOOKRAIL_BUNDLE names {named}, which is no file")
        suffix = "dylib" if ".dylib" in library.name else "so"
        build_data["force_include"][str(library)] = f"hookrail/_native/libhookrail.{suffix}"
        build_data["pure_python"] = False
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = os.environ.get("HOOKRAIL_WHEEL_TAG", f"py3-none-{platform}")
