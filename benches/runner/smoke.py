"""Runs each program for a few operations, to check that it builds and works."""

from cases import UNDER_WAY_PROGRAMS
from payloads import write_payload
from programs import PROGRAMS, BenchmarkError, Layout, run
from server import Server

COUNT = 3
# The programs whose requests are under way at the same time.
UNDER_WAY = 16
SERVICE_MS = 5
# These need a package of a registry, and a test must not need one.
LEFT_OUT = tuple(name for name in PROGRAMS if name.endswith("/python-0.1.0"))
# Programs that have a way of their own for requests under way at the same time.
AT_ONCE = (*UNDER_WAY_PROGRAMS, "send/python")


def run_all(layout: Layout) -> int:
    """Prints a line for each program and the totals; returns the exit status."""
    payload = layout.build / "payload-smoke.json"
    write_payload(payload, 1024)
    passed = failed = 0
    names = [(name, 1) for name in PROGRAMS if name not in LEFT_OUT]
    names += [(name, UNDER_WAY) for name in AT_ONCE]
    print(f"planned {len(names)}", flush=True)
    with Server(layout) as server, Server(layout, service_ms=SERVICE_MS) as slow:
        for name, under_way in names:
            title = name if under_way == 1 else f"{name}, {under_way} under way"
            try:
                _run(layout, server if under_way == 1 else slow, name, under_way, str(payload))
                passed += 1
                print(f"ok {title}", flush=True)
            except (BenchmarkError, OSError) as error:
                failed += 1
                print(f"not ok {title}: {error}", flush=True)
    if failed == 0:
        server.check_requests()
        slow.check_requests()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def _run(layout: Layout, server: Server, name: str, under_way: int, payload: str) -> None:
    kind = name.split("/")[0]
    count = 1 if kind == "startup" else COUNT * under_way
    options = ["--count", str(count), "--payload", payload]
    if kind in ("send", "queue", "startup"):
        options += ["--url", server.url]
        server.expected_requests += count
    if under_way > 1:
        options += ["--under-way", str(under_way)]
    if kind == "startup":
        options += ["--library", str(layout.library)]
    sample = run(layout, name, options)
    if sample["count"] != count:
        raise BenchmarkError(f"{name} did {sample['count']} operations, not {count}")
