"""Writes the results into docs/performance.md, between the markers there.

The rest of the page is written by hand and does not change.
"""

import re

import go_table
import machine
import tables
import under_way
from cases import VERIFY_SIZES
from plots import draw_all
from programs import BenchmarkError, Layout
from results import Results, read_all

_SIZES = {size: f"{size} B" if size < 1024 else f"{size // 1024} KB" for size in VERIFY_SIZES}


def write(layout: Layout, groups: list[str]) -> None:
    """Writes the page. Needs the results of all groups."""
    results = read_all(layout.results, groups)
    missing = [group for group in groups if group not in results]
    if missing:
        raise BenchmarkError(f"nothing was measured of: {', '.join(missing)}; run make bench")
    samples = {name: legs for group in results.values() for name, legs in group.samples.items()}
    draw_all(layout, samples, layout.root / "docs/performance")
    page = layout.root / "docs/performance.md"
    text = page.read_text()
    for name, content in _regions(layout, results, samples).items():
        text = _replace(text, name, content)
    page.write_text(text)


def _regions(
    layout: Layout, results: dict[str, Results], samples: tables.Samples
) -> dict[str, str]:
    return {
        "machine": _machine(layout, results),
        "goals": tables.goals_table(samples),
        "sends": tables.sends_table(
            samples,
            {
                "send-1": "one thread",
                "send-8": "8 threads",
                "send-tls": "one thread, TLS",
                "queue-8": "8 connections, in the background",
            },
        ),
        "languages": tables.sends_table(
            samples, {"send-go": "Go", "send-ruby": "Ruby", "send-php": "PHP"}
        ),
        "python": tables.python_table(samples),
        "go": go_table.go_table(samples),
        "verify": tables.verify_table(samples, "verify-", _SIZES),
        "verify-go": tables.verify_table(samples, "verify-go-", _SIZES),
        "verify-ruby": tables.verify_table(samples, "verify-ruby-", _SIZES),
        "verify-php": tables.verify_table(samples, "verify-php-", _SIZES),
        "verify-python": tables.verify_table(samples, "verify-python-", _SIZES),
        "startup": tables.startup_table(samples),
        "under-way-ratios": under_way.ratios_table(samples),
        "under-way-rates": under_way.rates_table(samples),
        "under-way-cpu": under_way.cpu_table(samples),
        "memory": tables.memory_table(samples),
    }


def _machine(layout: Layout, results: dict[str, Results]) -> str:
    measured: dict[tuple[str, str], list[str]] = {}
    for group in results.values():
        measured.setdefault((group.date, group.commit), []).append(group.group)
    facts = {
        "measured": "; ".join(
            f"{date}, commit {commit}" + (f" ({', '.join(groups)})" if len(measured) > 1 else "")
            for (date, commit), groups in measured.items()
        ),
        **machine.description(layout),
        "TLS": results["send"].tls,
        "rounds": f"{max(group.rounds for group in results.values())}",
        "the machine was busy with others": "; ".join(
            f"{group.group} {group.disturbance_median:.0%} (at most {group.disturbance_max:.0%})"
            for group in results.values()
            if group.disturbance_max > 0
        ),
    }
    return tables.table(["", ""], [[name, value] for name, value in facts.items()])


def _replace(text: str, name: str, content: str) -> str:
    begin, end = f"<!-- measured: {name} -->\n", "<!-- end -->"
    replaced, count = re.subn(
        f"({re.escape(begin)}).*?({re.escape(end)})",
        lambda found: f"{found[1]}\n{content}\n{found[2]}",
        text,
        flags=re.DOTALL,
    )
    if count != 1:
        raise BenchmarkError(f"docs/performance.md has {count} places for {name}, not one")
    return replaced
