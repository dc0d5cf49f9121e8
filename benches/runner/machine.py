"""The machine: its CPUs, its other load, and the installed versions."""

import os
import platform
import resource
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from programs import Layout

_USER, _NICE, _SYSTEM, _IDLE, _IOWAIT, _IRQ, _SOFTIRQ, _STEAL = range(8)


def placement(apart: bool) -> tuple[set[int], set[int]]:
    """Returns the CPUs for the server and for the client: one each, or all for both."""
    cpus = sorted(os.sched_getaffinity(0))
    if apart and len(cpus) > 1:
        return {cpus[0]}, {cpus[1]}
    return set(cpus), set(cpus)


@dataclass(frozen=True)
class Moment:
    """The CPU time that the machine has used since its start."""

    wall: float
    # All processes.
    busy: float
    # The time that the hypervisor gave to other machines.
    stolen: float
    # The runner, and its programs that have ended.
    own: float

    @classmethod
    def now(cls) -> "Moment":
        fields = Path("/proc/stat").read_text().splitlines()[0].split()
        ticks = [int(field) for field in fields[1:9]]
        per_second = os.sysconf("SC_CLK_TCK")
        busy = sum(ticks[kind] for kind in (_USER, _NICE, _SYSTEM, _IRQ, _SOFTIRQ))
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        own = sum(usage.ru_utime + usage.ru_stime for usage in used)
        return cls(time.monotonic(), busy / per_second, ticks[_STEAL] / per_second, own)


def disturbance(start: Moment, end: Moment, server_cpu_seconds: float) -> float:
    """Returns the share of the machine's time that programs other than runner, client and server
    used."""
    capacity = (end.wall - start.wall) * (os.cpu_count() or 1)
    others = (end.busy - end.own) - (start.busy - start.own) - server_cpu_seconds
    return max(0.0, others + end.stolen - start.stolen) / capacity


def description(layout: Layout) -> dict[str, str]:
    """Returns the page's facts about the machine and the versions."""
    cpu = next(
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    python = str(layout.build / "venv/bin/python")
    return {
        "machine": f"{cpu}, {os.cpu_count()} CPUs",
        "system": f"{system}, Linux {platform.release()}",
        "rustc": _output("rustc", "--version").split()[1],
        "gcc": _output("gcc", "-dumpfullversion"),
        "libcurl": _output("pkg-config", "--modversion", "libcurl"),
        "OpenSSL": _output("pkg-config", "--modversion", "openssl"),
        "Go": _output("go", "env", "GOVERSION").removeprefix("go"),
        "Ruby": _output("ruby", "-e", "print RUBY_VERSION"),
        "PHP": _output("php", "-r", "echo PHP_VERSION;"),
        "Python": _output(python, "-c", "import platform; print(platform.python_version())"),
        "httpx": _output(python, "-c", "import httpx; print(httpx.__version__)"),
    }


def commit(layout: Layout) -> str:
    """Returns the current commit, with a + if something under src differs from it."""
    head = _output("git", "-C", str(layout.root), "rev-parse", "--short", "HEAD")
    changed = _output("git", "-C", str(layout.root), "status", "--porcelain", "--", "src")
    return head + ("+" if changed else "")


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
