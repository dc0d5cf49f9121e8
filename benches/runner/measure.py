"""Measuring: the number of operations in a leg, and the order of the legs."""

import sys
from dataclasses import dataclass, field

import machine
from programs import BenchmarkError, Layout, run
from server import Server

CALIBRATION_SECONDS = 0.05
CALIBRATION_GROWTH = 6

Sample = dict[str, float]


@dataclass(frozen=True)
class Effort:
    """The extent of the measurement."""

    rounds: int
    send_seconds: float
    verify_seconds: float
    processes: int


FULL = Effort(rounds=9, send_seconds=1.0, verify_seconds=0.4, processes=25)
QUICK = Effort(rounds=2, send_seconds=0.1, verify_seconds=0.05, processes=3)


@dataclass(frozen=True)
class Comparison:
    """Programs that do the same work, measured in turns."""

    programs: tuple[str, ...]
    payload: int = 1024
    threads: int = 1
    # The most requests under way; None for the programs that have threads.
    under_way: int | None = None
    depth: int | None = None
    # The time from a request to its answer.
    service_ms: int = 0
    tls: bool = False
    # Whether server and client have one CPU each; otherwise both have all.
    apart: bool = True
    # The share of the effort's rounds and seconds; growth curves have many points and need less.
    share: float = 1.0
    # The least number of operations in a leg.
    least_count: int = 1

    @property
    def sends(self) -> bool:
        return self.programs[0].startswith(("send/", "queue/"))


@dataclass
class Bench:
    """The common objects of a measurement."""

    layout: Layout
    effort: Effort
    http: Server
    https: Server
    # The servers that answer later, by their milliseconds.
    slow: dict[int, Server] = field(default_factory=dict)
    disturbances: list[float] = field(default_factory=list)

    def server_of(self, comparison: Comparison) -> Server:
        if comparison.service_ms > 0:
            return self.slow[comparison.service_ms]
        return self.https if comparison.tls else self.http

    def payload(self, size: int) -> str:
        return str(self.layout.build / f"payload-{size}.json")

    def leg(self, comparison: Comparison, program: str, count: int) -> Sample:
        """Runs a program once; adds the server's CPU time and the time of other programs."""
        server = self.server_of(comparison)
        _, client_cpus = machine.placement(comparison.apart)
        options = ["--count", str(count), "--payload", self.payload(comparison.payload)]
        warmup = warmup_of(comparison)
        options += ["--warmup", str(warmup)]
        if comparison.sends:
            options += ["--url", server.url]
        if comparison.tls:
            options += ["--ca", str(server.ca)]
        if comparison.threads > 1:
            options += ["--threads", str(comparison.threads)]
        if comparison.under_way is not None:
            options += ["--under-way", str(comparison.under_way)]
        if comparison.depth is not None and program.startswith("queue/"):
            options += ["--depth", str(comparison.depth)]
        before, server_before = machine.Moment.now(), server.cpu_seconds()
        sample = run(self.layout, program, options, client_cpus)
        sample["server_cpu_seconds"] = server.cpu_seconds() - server_before
        if comparison.sends:
            server.expected_requests += count + warmup * comparison.threads
        sample["disturbance"] = machine.disturbance(
            before, machine.Moment.now(), sample["server_cpu_seconds"]
        )
        return sample

    def calibrate(self, comparison: Comparison, program: str) -> int:
        """Returns the number of operations that take the time of a leg."""
        effort = self.effort
        seconds = effort.send_seconds if comparison.sends else effort.verify_seconds
        at_once = max(comparison.threads, comparison.under_way or 1)
        count = max(10 * at_once, comparison.least_count)
        sample = self.leg(comparison, program, count)
        while sample["seconds"] < CALIBRATION_SECONDS:
            count *= CALIBRATION_GROWTH
            sample = self.leg(comparison, program, count)
        aim = seconds * max(comparison.share, 0.5)
        return max(int(count / sample["seconds"] * aim), comparison.least_count)

    def compare(self, name: str, comparison: Comparison) -> dict[str, list[Sample]]:
        """Runs A B C, B C A, ...: as many rounds as the effort has."""
        server_cpus, _ = machine.placement(comparison.apart)
        self.server_of(comparison).place_on(server_cpus)
        counts = {program: self.calibrate(comparison, program) for program in comparison.programs}
        samples: dict[str, list[Sample]] = {program: [] for program in comparison.programs}
        rounds = max(2, round(self.effort.rounds * comparison.share))
        for number in range(rounds):
            first = number % len(comparison.programs)
            for program in comparison.programs[first:] + comparison.programs[:first]:
                sample = self.leg(comparison, program, counts[program])
                samples[program].append(sample)
                self.disturbances.append(sample.pop("disturbance"))
        print(f"  {name}", file=sys.stderr, flush=True)
        return samples


def warmup_of(comparison: Comparison) -> int:
    """Returns enough operations for connections, caches and branch predictors, and few for the
    slowest programs. With threads it is the number for each of them."""
    if comparison.under_way is None:
        return 20
    # A client may open more connections only while answers come.
    for_connections = 4 * comparison.under_way
    return for_connections if comparison.service_ms > 0 else max(1000, for_connections)


def check_certificates_matter(bench: Bench, programs: tuple[str, ...]) -> None:
    """Fails unless each program refuses a server whose certificate is from another authority."""
    options = ["--url", bench.https.url, "--payload", bench.payload(1024)]
    for program in programs:
        try:
            run(bench.layout, program, [*options, "--ca", str(bench.https.other_ca)])
        except BenchmarkError:
            continue
        raise BenchmarkError(f"{program} does not look at the certificate")
