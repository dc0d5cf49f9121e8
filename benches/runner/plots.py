"""The plots: data for the scripts in benches/plots, which gnuplot draws."""

import statistics
import subprocess
from pathlib import Path

from cases import (
    DEPTHS,
    PAYLOADS,
    SERVICE_MS,
    THREADS,
    UNDER_WAY,
    UNDER_WAY_PROGRAMS,
    VERIFY_SIZES,
)
from goals import cpu, rate
from programs import BenchmarkError, Layout
from tables import Samples, median
from under_way import name_of

_SENDERS = ("send/hookrail", "send/curl", "send/raw")
_VERIFIERS = ("verify/hookrail", "verify/evp-whole", "verify/hmac-whole")


def draw_all(layout: Layout, samples: Samples, folder: Path) -> None:
    """Writes one SVG for each script, and for one of them one by service time."""
    folder.mkdir(parents=True, exist_ok=True)
    for service_ms in SERVICE_MS:
        name = f"under-way-{service_ms}"
        rows = [_under_way(samples, service_ms, point) for point in UNDER_WAY]
        _draw(layout, "under-way", _write(layout, name, rows), folder / f"{name}.svg", service_ms)
    for name, rows in {
        "threads": [_senders(samples, "threads", threads, 2) for threads in THREADS],
        "payload": [_senders(samples, "payload", payload, 3) for payload in PAYLOADS],
        "queue": [_queue(samples, depth) for depth in DEPTHS],
        "verify": [_verifiers(samples, size) for size in VERIFY_SIZES],
    }.items():
        _draw(layout, name, _write(layout, name, rows), folder / f"{name}.svg")


def _write(layout: Layout, name: str, rows: list[list[float]]) -> Path:
    data = layout.build / f"{name}.dat"
    data.write_text("".join(" ".join(f"{value:.6g}" for value in row) + "\n" for row in rows))
    return data


def _under_way(samples: Samples, service_ms: int, point: int) -> list[float]:
    legs = [samples[name_of(service_ms, point)][program] for program in UNDER_WAY_PROGRAMS]
    rates = [statistics.median(map(rate, of_program)) for of_program in legs]
    cpus = [statistics.median(map(cpu, of_program)) * 1e6 for of_program in legs]
    return [point, *rates, *cpus]


def _senders(samples: Samples, curve: str, point: int, count: int) -> list[float]:
    legs = [samples[f"{curve}-{point}"][program] for program in _SENDERS[:count]]
    rates = [statistics.median(map(rate, of_program)) for of_program in legs]
    cpus = [statistics.median(map(cpu, of_program)) * 1e6 for of_program in legs]
    return [point, *rates, *cpus]


def _queue(samples: Samples, depth: int) -> list[float]:
    legs = samples[f"depth-{depth}"]["queue/hookrail"]
    return [
        depth,
        statistics.median(map(rate, legs)),
        statistics.median(map(cpu, legs)) * 1e6,
        median(legs, "start_median_ns") / 1e3,
        median(legs, "start_p99_ns") / 1e3,
    ]


def _verifiers(samples: Samples, size: int) -> list[float]:
    legs = samples[f"verify-{size}"]
    bare = statistics.median(map(cpu, legs["verify/pads"]))
    return [size, *(statistics.median(map(cpu, legs[name])) / bare for name in _VERIFIERS)]


def _draw(layout: Layout, name: str, data: Path, output: Path, service_ms: int = 0) -> None:
    settings = f"data='{data}'; output='{output}'; service_ms={service_ms}"
    ended = subprocess.run(
        ["gnuplot", "-e", settings, f"{name}.gnuplot"],
        cwd=layout.sources / "plots",
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise BenchmarkError(f"gnuplot {name}: {ended.stderr.strip()}")
