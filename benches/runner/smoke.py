"""Runs each program for a few operations, to check that it builds and works."""

from payloads import write_payload
from programs import PROGRAMS, BenchmarkError, Layout, run
from server import Server

COUNT = 3
# It comes from a package registry, and a test must not need one.
LEFT_OUT = "send/python"


def run_all(layout: Layout) -> int:
    """Prints a line for each program and the totals; returns the exit status."""
    payload = layout.build / "payload-smoke.json"
    write_payload(payload, 1024)
    passed = failed = 0
    names = [name for name in PROGRAMS if name != LEFT_OUT]
    print(f"planned {len(names)}", flush=True)
    with Server(layout) as server:
        for name in names:
            try:
                _run(layout, server, name, str(payload))
                passed += 1
                print(f"ok {name}", flush=True)
            except (BenchmarkError, OSError) as error:
                failed += 1
                print(f"not ok {name}: {error}", flush=True)
    if failed == 0:
        server.check_requests()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def _run(layout: Layout, server: Server, name: str, payload: str) -> None:
    kind = name.split("/")[0]
    count = 1 if kind == "startup" else COUNT
    options = ["--count", str(count), "--payload", payload]
    if kind in ("send", "queue", "startup"):
        options += ["--url", server.url]
        server.expected_requests += count
    if kind == "startup":
        options += ["--library", str(layout.library)]
    sample = run(layout, name, options)
    if sample["count"] != count:
        raise BenchmarkError(f"{name} did {sample['count']} operations, not {count}")
