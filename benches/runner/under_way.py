"""The tables of the comparisons by the number of requests under way."""

import statistics
from collections.abc import Callable

from cases import SERVICE_MS, UNDER_WAY, UNDER_WAY_PROGRAMS
from goals import cpu, rate
from measure import Sample
from programs import PROGRAMS
from tables import Samples, figure, table

# Ours, and the programs that do the same; the better of these is compared.
_AGAINST = {
    "queue/hookrail": ("queue/curl", "queue/curl-epoll"),
    "queue/calls": ("queue/curl", "queue/curl-epoll"),
    "send/go": ("send/nethttp",),
}
_COLUMNS = [f"{under_way:,}" for under_way in UNDER_WAY]


def name_of(service_ms: int, under_way: int) -> str:
    return f"under-way-{service_ms}-{under_way}"


def rates_table(samples: Samples) -> str:
    """Returns the events per second."""
    return _by_program("events/s", samples, lambda leg: f"{rate(leg):,.0f}", rate)


def cpu_table(samples: Samples) -> str:
    """Returns the CPU time per event."""
    return _by_program("CPU µs per event", samples, lambda leg: figure(cpu(leg) * 1e6), cpu)


def _by_program(
    title: str,
    samples: Samples,
    shown: Callable[[Sample], str],
    measure: Callable[[Sample], float],
) -> str:
    def cell(service_ms: int, under_way: int, program: str) -> str:
        legs = samples[name_of(service_ms, under_way)][program]
        ordered = sorted(legs, key=measure)
        return shown(ordered[len(ordered) // 2])

    return table(
        ["service time", title, *_COLUMNS],
        [
            [f"{service_ms} ms", PROGRAMS[program].label]
            + [cell(service_ms, under_way, program) for under_way in UNDER_WAY]
            for service_ms in SERVICE_MS
            for program in UNDER_WAY_PROGRAMS
        ],
    )


def ratios_table(samples: Samples) -> str:
    """Returns our figures, divided by those of the best other program in the same round."""
    rows = []
    for title, best, measure in (("events/s", max, rate), ("CPU", min, cpu)):
        for ours, theirs in _AGAINST.items():
            for service_ms in SERVICE_MS:
                rows.append(
                    [title, PROGRAMS[ours].label, PROGRAMS[theirs[0]].label, f"{service_ms} ms"]
                    + [
                        _ratio(samples[name_of(service_ms, under_way)], ours, theirs, best, measure)
                        for under_way in UNDER_WAY
                    ]
                )
    return table(["ratio of", "of", "to", "service time", *_COLUMNS], rows)


def _ratio(
    legs: dict[str, list[Sample]],
    ours: str,
    theirs: tuple[str, ...],
    best: Callable[[list[float]], float],
    measure: Callable[[Sample], float],
) -> str:
    rounds = zip(*(legs[program] for program in (ours, *theirs)), strict=True)
    ratios = [measure(own) / best([measure(other) for other in others]) for own, *others in rounds]
    return f"{statistics.median(ratios):.2f}"
