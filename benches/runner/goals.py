"""The goals: bounds for the ratio of our figure to theirs in one round."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass

from measure import Sample


def rate(sample: Sample) -> float:
    """Operations per second."""
    return sample["count"] / sample["seconds"]


def cpu(sample: Sample) -> float:
    """Seconds of CPU time, user and system, per operation."""
    return sample["cpu_seconds"] / sample["count"]


@dataclass(frozen=True)
class Kind:
    """A way to compare. The CPU time of a verification is its time without that of the machine's
    neighbours."""

    unit: str
    at_least: bool
    ratio: Callable[[Sample, Sample], float]


RATE = Kind("requests/s", True, lambda ours, theirs: rate(ours) / rate(theirs))
CPU = Kind("CPU", False, lambda ours, theirs: cpu(ours) / cpu(theirs))
SPEED = Kind("speed", True, lambda ours, theirs: cpu(theirs) / cpu(ours))
TIME = Kind("time", False, lambda ours, theirs: cpu(ours) / cpu(theirs))


@dataclass(frozen=True)
class Goal:
    """A ratio, ours to theirs, and its bound. Without a name, ours is the first program of the
    comparison."""

    what: str
    comparison: str
    theirs: str
    kind: Kind
    bound: float
    ours: str | None = None

    @property
    def text(self) -> str:
        return f"{'≥' if self.kind.at_least else '≤'} {self.bound:g} × {self.kind.unit}"


@dataclass(frozen=True)
class Outcome:
    """The result of the rounds: the median of their ratios, and the quartiles."""

    median: float
    low: float
    high: float

    def verdict(self, at_least: bool, bound: float) -> str:
        if self.median >= bound if at_least else self.median <= bound:
            return "met"
        return f"missed by {abs(self.median / bound - 1):.1%}"


def outcome(values: list[float]) -> Outcome:
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Outcome(median, low, high)


def ratios(goal: Goal, samples: dict[str, list[Sample]]) -> list[float]:
    """Returns one ratio for each round."""
    ours = goal.ours or next(iter(samples))
    pairs = zip(samples[ours], samples[goal.theirs], strict=True)
    return [goal.kind.ratio(*pair) for pair in pairs]


GOALS = [
    Goal("send, one thread", "send-1", "send/curl", RATE, 1.15),
    Goal("send, one thread", "send-1", "send/curl", CPU, 0.75),
    Goal("send, 8 threads, one client", "send-8", "send/curl", RATE, 1.2),
    Goal("send, 8 threads, one client", "send-8", "send/curl", CPU, 0.75),
    Goal("send, one thread", "send-1", "send/raw", CPU, 1.45),
    Goal("send over TLS 1.3, one thread", "send-tls", "send/curl", RATE, 1.1),
    Goal("submit → completion, 8 under way", "queue-8", "queue/curl", RATE, 1.3),
    Goal("submit → completion, 8 under way", "queue-8", "queue/curl", CPU, 1),
    Goal("send from Go", "send-go", "send/nethttp", RATE, 1.2),
    Goal("send from Ruby", "send-ruby", "send/net-http", RATE, 2),
    Goal("send from PHP", "send-php", "send/ext-curl", RATE, 1.1),
    Goal("send, one thread", "send-1", "send/python-0.1.0", RATE, 8),
    Goal("verify, 64 B", "verify-64", "verify/hmac", SPEED, 3),
    Goal("verify, 64 B", "verify-64", "verify/evp-whole", SPEED, 1),
    Goal("verify, 1 KB", "verify-1024", "verify/evp-whole", SPEED, 1),
    Goal("verify, 16 KB", "verify-16384", "verify/evp-whole", SPEED, 1),
    Goal("verify, 256 KB", "verify-262144", "verify/evp-whole", SPEED, 1),
    Goal("verify, 64 B", "verify-64", "verify/evp", SPEED, 1),
    Goal("verify, 1 KB", "verify-1024", "verify/evp", SPEED, 1),
    Goal("verify, 16 KB", "verify-16384", "verify/evp", SPEED, 1),
    Goal("verify, 256 KB", "verify-262144", "verify/evp", SPEED, 1),
    Goal("verify, 64 B", "verify-64", "verify/pads", TIME, 1.6),
    Goal("verify, 1 KB", "verify-1024", "verify/pads", TIME, 1.1),
    Goal("verify, 16 KB", "verify-16384", "verify/pads", TIME, 1.01),
    Goal("verify, 256 KB", "verify-262144", "verify/pads", TIME, 1.01),
    Goal("verify from Go, 64 B", "verify-go-64", "verify/crypto", SPEED, 1),
    Goal("verify from Go, 1 KB", "verify-go-1024", "verify/crypto", SPEED, 1),
    Goal("verify from Go, 16 KB", "verify-go-16384", "verify/crypto", SPEED, 1),
    Goal("verify from Go, 256 KB", "verify-go-262144", "verify/crypto", SPEED, 1),
    Goal("verify from Go, 64 B", "verify-go-64", "verify/crypto-reused", SPEED, 1),
    Goal("verify from Go, 1 KB", "verify-go-1024", "verify/crypto-reused", SPEED, 1),
    Goal("verify from Go, 16 KB", "verify-go-16384", "verify/crypto-reused", SPEED, 1),
    Goal("verify from Go, 256 KB", "verify-go-262144", "verify/crypto-reused", SPEED, 1),
    Goal("verify from Ruby, 64 B", "verify-ruby-64", "verify/openssl-hmac", SPEED, 4),
    Goal("verify from Ruby, 1 KB", "verify-ruby-1024", "verify/openssl-hmac", SPEED, 4),
    Goal("verify from Ruby, 256 KB", "verify-ruby-262144", "verify/openssl-hmac", SPEED, 1.15),
    Goal("verify from PHP, 64 B", "verify-php-64", "verify/hash-hmac", SPEED, 1.5),
    Goal("verify from PHP, 1 KB", "verify-php-1024", "verify/hash-hmac", SPEED, 4),
    Goal("verify from PHP, 256 KB", "verify-php-262144", "verify/hash-hmac", SPEED, 6),
    Goal("send from Python, one thread", "python-1", "send/python-0.1.0", CPU, 0.167),
    Goal("send from Python, 50 tasks at once", "python-50", "send/python-0.1.0", CPU, 0.1),
    Goal("make a client in Python", "python-client", "client/python-0.1.0", CPU, 0.1),
    Goal("import in Python", "python-start", "start/python-0.1.0", CPU, 0.5),
    Goal("verify from Python, 64 B", "verify-python-64", "verify/python-0.1.0", SPEED, 1.3),
    Goal("verify from Python, 1 KB", "verify-python-1024", "verify/python-0.1.0", SPEED, 1.3),
    *(
        Goal(f"send from Go, {under_way:,} at once", f"under-way-0-{under_way}", *against)
        for under_way in (1, 16, 64, 256, 1024)
        for against in (
            ("send/nethttp", RATE, 1, "send/go"),
            ("send/nethttp", CPU, 1, "send/go"),
        )
    ),
]


@dataclass(frozen=True)
class Limit:
    """A figure of ours alone, and its upper bound."""

    what: str
    comparison: str
    program: str
    member: str
    bound: float
    unit: str
    per_unit: float

    @property
    def text(self) -> str:
        return f"≤ {self.bound:g} {self.unit}"


# KB and MB are those of 1,024, as in the protocol's sizes.
LIMITS = [
    Limit("one submit, 1 KB", "queue-8", "queue/hookrail", "start_median_ns", 1, "µs", 1e3),
    Limit("a C sender after 10,000 sends", "memory", "send/hookrail", "rss", 8, "MB", 2**20),
    Limit("a queued 1 KB event", "memory", "memory/queue", "bytes_per_event", 1.6, "KB", 2**10),
    *(
        Limit(f"a request under way, {what}", "memory", program, "bytes_per_request", 24, "KB", 2**10)
        for what, program in (("producer", "held/hookrail"), ("background call", "held/calls"))
    ),
]
