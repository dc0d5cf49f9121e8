"""The figures that are measured once in a process: the start, and memory."""

import machine
from measure import Bench, Sample
from programs import run
from server import Server

SENDS = 10_000
QUEUED = 20_000
WARMUP = 100
HELD = 1000
HELD_PROGRAMS = ("held/hookrail", "held/calls", "held/curl", "held/curl-epoll")


def startup(bench: Bench) -> dict[str, dict[str, list[Sample]]]:
    """Measures loading the library, making a client and sending, each in a new process."""
    return {
        "startup-http": {"startup": _starts(bench, bench.http)},
        "startup-https": {"startup": _starts(bench, bench.https)},
    }


def _starts(bench: Bench, server: Server) -> list[Sample]:
    server_cpus, client_cpus = machine.placement(apart=True)
    server.place_on(server_cpus)
    options = ["--url", server.url, "--payload", bench.payload(1024)]
    options += ["--library", str(bench.layout.library)]
    if server.ca is not None:
        options += ["--ca", str(server.ca)]
    server.expected_requests += bench.effort.processes
    return [
        run(bench.layout, "startup", options, client_cpus) for _ in range(bench.effort.processes)
    ]


def memory(bench: Bench) -> dict[str, dict[str, list[Sample]]]:
    """Measures the resident memory of processes after many sends, and the growth for a queued
    event and for a request under way."""
    rounds = bench.effort.rounds
    samples: dict[str, list[Sample]] = {}
    payload = ["--payload", bench.payload(1024)]
    for program in ("send/hookrail", "send/curl"):
        options = ["--url", bench.http.url, "--count", str(SENDS), *payload]
        bench.http.expected_requests += rounds * SENDS
        samples[program] = [run(bench.layout, program, options) for _ in range(rounds)]
    options = ["--count", str(QUEUED), "--warmup", str(WARMUP), *payload]
    samples["memory/queue"] = [run(bench.layout, "memory/queue", options) for _ in range(rounds)]
    options = ["--count", str(HELD), *payload]
    for program in HELD_PROGRAMS:
        samples[program] = [run(bench.layout, program, options) for _ in range(rounds)]
    return {"memory": samples}
