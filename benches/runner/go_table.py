"""The table of sends from Go by the number of goroutines."""

import statistics
from collections.abc import Callable

from cases import GO_GOROUTINES, GO_SERVICE_MS
from goals import cpu, outcome, rate
from measure import Sample
from tables import Samples, figure, table


def go_table(samples: Samples) -> str:
    """Returns the figures of both programs, and the ratios of ours to those of net/http."""
    rows = [
        [f"{service_ms} ms", f"{goroutines:,}"]
        + _cells(samples[f"go-{service_ms}-{goroutines}"], rate, lambda value: f"{value:,.0f}")
        + _cells(
            samples[f"go-{service_ms}-{goroutines}"], cpu, lambda value: figure(value * 1e6)
        )
        for service_ms in GO_SERVICE_MS
        for goroutines in GO_GOROUTINES
    ]
    header = ["service time", "goroutines"]
    for what in ("events/s", "CPU µs per event"):
        header += [what, "net/http", "ratio", "quartiles"]
    return table(header, rows)


def _cells(
    legs: dict[str, list[Sample]],
    measure: Callable[[Sample], float],
    shown: Callable[[float], str],
) -> list[str]:
    ours, theirs = ([measure(leg) for leg in legs[name]] for name in ("send/go", "send/nethttp"))
    found = outcome([own / other for own, other in zip(ours, theirs, strict=True)])
    return [
        shown(statistics.median(ours)),
        shown(statistics.median(theirs)),
        f"{found.median:.2f}",
        f"{found.low:.2f} – {found.high:.2f}",
    ]
