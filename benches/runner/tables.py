"""Tables in Markdown that are also readable in a terminal."""

import statistics

from goals import GOALS, LIMITS, cpu, outcome, rate, ratios
from measure import Sample
from programs import PROGRAMS

Samples = dict[str, dict[str, list[Sample]]]


def table(header: list[str], rows: list[list[str]]) -> str:
    """Returns a table. Columns with figures are aligned to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(header, *rows, strict=True)]
    figures = [
        all(row[i][:1].isdigit() or row[i] == "–" for row in rows) for i in range(len(header))
    ]
    rule = [
        "-" * (width - 1) + (":" if right else "-")
        for width, right in zip(widths, figures, strict=True)
    ]
    lines = [header, rule, *rows]
    return "".join(
        "| "
        + " | ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, figures, strict=True)
        )
        + " |\n"
        for line in lines
    )


def figure(value: float) -> str:
    """Returns three significant digits, without an exponent."""
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{digits}f}"


def median(samples: list[Sample], member: str) -> float:
    return statistics.median(sample[member] for sample in samples)


def goals_table(samples: Samples) -> str:
    """Returns the goals of the measured comparisons, met or missed."""
    rows = []
    for goal in GOALS:
        if goal.comparison in samples:
            found = outcome(ratios(goal, samples[goal.comparison]))
            rows.append(
                [
                    *(goal.what, PROGRAMS[goal.theirs].label, goal.text, f"{found.median:.2f}"),
                    f"{found.low:.2f} – {found.high:.2f}",
                    found.verdict(goal.kind.at_least, goal.bound),
                ]
            )
    for limit in LIMITS:
        if limit.comparison in samples:
            values = [
                sample[limit.member] / limit.per_unit
                for sample in samples[limit.comparison][limit.program]
            ]
            found = outcome(values)
            rows.append(
                [
                    *(limit.what, "–", limit.text, f"{found.median:.2f} {limit.unit}"),
                    f"{found.low:.2f} – {found.high:.2f}",
                    found.verdict(False, limit.bound),
                ]
            )
    header = ["what", "against", "goal", "measured", "quartiles", "verdict"]
    return table(header, rows) if rows else ""


def sends_table(samples: Samples, titles: dict[str, str]) -> str:
    """Returns throughput, CPU time and the server's load for each program."""
    rows = []
    for name, title in titles.items():
        for program, legs in samples.get(name, {}).items():
            busy = statistics.median(leg["server_cpu_seconds"] / leg["seconds"] for leg in legs)
            rows.append(
                [
                    *(title, PROGRAMS[program].label),
                    f"{statistics.median(map(rate, legs)):,.0f}",
                    figure(statistics.median(map(cpu, legs)) * 1e6),
                    f"{busy:.0%}",
                ]
            )
    return table(["", "program", "events/s", "CPU µs per event", "server busy"], rows)


def python_table(samples: Samples) -> str:
    """Returns the CPU time of each operation in Python, for both packages, and the ratio."""
    whats = {
        "python-1": "a send, one thread",
        "python-50": "a send, 50 tasks of asyncio",
        "python-client": "making and closing a client",
        "python-start": "starting Python and importing the client",
    }
    rows = []
    for name, what in whats.items():
        ours, theirs = ([cpu(leg) for leg in legs] for legs in samples[name].values())
        ratio = outcome([own / other for own, other in zip(ours, theirs, strict=True)]).median
        medians = (figure(statistics.median(values) * 1e6) for values in (ours, theirs))
        rows.append([what, *medians, f"{ratio:.3f}"])
    return table(["CPU µs", "Python package", "hookrail 0.1.0", "ratio"], rows)


def verify_table(samples: Samples, prefix: str, sizes: dict[int, str]) -> str:
    """Returns the nanoseconds of a verification by program and size."""
    by_size = {size: samples[f"{prefix}{size}"] for size in sizes if f"{prefix}{size}" in samples}
    programs = next(iter(by_size.values()), {})
    rows = [
        [PROGRAMS[program].label]
        + [
            figure(statistics.median(map(cpu, of_size[program])) * 1e9)
            for of_size in by_size.values()
        ]
        for program in programs
    ]
    return table(["ns per delivery", *(sizes[size] for size in by_size)], rows)


def startup_table(samples: Samples) -> str:
    """Returns the microseconds of each step of a start."""
    rows = [
        [
            scheme,
            *(
                figure(median(samples[f"startup-{scheme}"]["startup"], member))
                for member in ("load_us", "client_new_us", "first_send_us")
            ),
        ]
        for scheme in ("http", "https")
        if f"startup-{scheme}" in samples
    ]
    return table(["µs", "library load", "client_new", "first send"], rows)


def memory_table(samples: Samples) -> str:
    """Returns the resident memory of the senders in C, in MB, and the bytes of each queued event
    and of each request under way."""
    legs = samples["memory"]
    rows = [
        [
            f"{PROGRAMS[program].label}, after 10,000 sends",
            f"{median(legs[program], 'rss') / 2**20:.1f} MB",
        ]
        for program in ("send/hookrail", "send/curl")
    ]
    rows.append(
        ["a queued 1 KB event", f"{median(legs['memory/queue'], 'bytes_per_event'):,.0f} bytes"]
    )
    rows += [
        [
            f"a request under way, {PROGRAMS[program].label}",
            f"{median(legs[program], 'bytes_per_request'):,.0f} bytes",
        ]
        for program in legs
        if program.startswith("held/")
    ]
    return table(["", "resident"], rows)
