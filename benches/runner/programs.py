"""The benchmark programs: their names and their commands."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

LEG_TIMEOUT_SECONDS = 120


class BenchmarkError(Exception):
    """The result of a benchmark is not reliable."""


@dataclass(frozen=True)
class Layout:
    """The paths."""

    root: Path
    build: Path
    library: Path

    @property
    def sources(self) -> Path:
        return self.root / "benches"

    @property
    def results(self) -> Path:
        return self.build / "results"


@dataclass(frozen=True)
class Program:
    """A benchmark program. `{...}` in the command stands for a folder of a Layout."""

    label: str
    command: tuple[str, ...]
    options: tuple[str, ...] = ()

    def argv(self, layout: Layout) -> list[str]:
        folders = {
            "build": layout.build,
            "sources": layout.sources,
            "bindings": layout.root / "bindings",
        }
        return [part.format(**folders) for part in self.command + self.options]


def _c(name: str, label: str, *options: str) -> Program:
    return Program(label, (f"{{build}}/c/{name}",), options)


def _go(name: str, label: str, *options: str) -> Program:
    return Program(label, (f"{{build}}/go/{name}",), options)


def _ruby(name: str, label: str) -> Program:
    return Program(label, ("ruby", "-I", "{bindings}/ruby/lib", f"{{sources}}/ruby/{name}.rb"))


def _php(name: str, label: str) -> Program:
    return Program(label, ("php", f"{{sources}}/php/{name}.php"))


def _python(name: str) -> Program:
    path = "PYTHONPATH={bindings}/python/src"
    return Program("Python package", ("env", path, "python3", f"{{sources}}/python/{name}.py"))


def _python_0_1_0(name: str) -> Program:
    return Program(
        "Python package hookrail 0.1.0", ("{build}/venv/bin/python", f"{{sources}}/python/{name}.py")
    )


PROGRAMS = {
    "send/hookrail": _c("send_hookrail", "libhookrail, C ABI"),
    "send/curl": _c("send_curl", "libcurl, easy"),
    "send/raw": _c("send_raw", "raw socket loop"),
    "send/python": _python("send"),
    "send/python-0.1.0": _python_0_1_0("send"),
    "send/go": _go("send_hookrail", "Go package"),
    "send/nethttp": _go("send_nethttp", "Go net/http"),
    "send/ruby": _ruby("send_hookrail", "Ruby gem"),
    "send/net-http": _ruby("send_nethttp", "Ruby Net::HTTP"),
    "send/php": _php("send_hookrail", "PHP package"),
    "send/ext-curl": _php("send_curl", "PHP ext-curl"),
    "queue/hookrail": _c("queue_hookrail", "libhookrail, producer"),
    "queue/calls": _c("call_hookrail", "libhookrail, background calls"),
    "queue/curl": _c("queue_curl", "libcurl, multi"),
    "queue/curl-epoll": _c("queue_curl_epoll", "libcurl, multi with epoll"),
    "verify/hookrail": _c("verify_hookrail", "libhookrail, C ABI"),
    "verify/hmac": _c("verify_openssl", "HMAC(), MAC alone", "--mac", "hmac"),
    "verify/hmac-whole": _c("verify_openssl", "HMAC(), whole job", "--mac", "hmac", "--whole"),
    "verify/evp": _c("verify_openssl", "EVP_MAC re-initialised, MAC alone", "--mac", "evp"),
    "verify/evp-whole": _c(
        "verify_openssl", "EVP_MAC re-initialised, whole job", "--mac", "evp", "--whole"
    ),
    "verify/pads": _c("verify_openssl", "precomputed pads, MAC alone", "--mac", "pads"),
    "verify/go": _go("verify_hookrail", "Go package"),
    "verify/crypto": _go("verify_crypto", "crypto/hmac, new for each"),
    "verify/crypto-reused": _go("verify_crypto", "crypto/hmac, kept and reset", "--reused"),
    "verify/ruby": _ruby("verify_hookrail", "Ruby gem"),
    "verify/openssl-hmac": _ruby("verify_openssl", "OpenSSL::HMAC"),
    "verify/php": _php("verify_hookrail", "PHP package"),
    "verify/hash-hmac": _php("verify_hash", "hash_hmac, hash_equals"),
    "verify/python": _python("verify"),
    "verify/python-0.1.0": _python_0_1_0("verify"),
    "client/python": _python("client"),
    "client/python-0.1.0": _python_0_1_0("client"),
    "start/python": _python("start"),
    "start/python-0.1.0": _python_0_1_0("start"),
    "startup": _c("startup", "libhookrail, C ABI"),
    "memory/queue": _c("memory_queue", "libhookrail, producer"),
    "held/hookrail": _c("queue_hookrail", "libhookrail, producer", "--held"),
    "held/calls": _c("call_hookrail", "libhookrail, background calls", "--held"),
    "held/curl": _c("queue_curl", "libcurl, multi", "--held"),
    "held/curl-epoll": _c("queue_curl_epoll", "libcurl, multi with epoll", "--held"),
}


def run(
    layout: Layout, name: str, options: list[str], cpus: set[int] | None = None
) -> dict[str, float]:
    """Runs a program, on these CPUs, and returns the line of JSON that it prints."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.lower().endswith("_proxy") and not key.startswith("HOOKRAIL_")
    }
    environment["HOOKRAIL_LIB"] = str(layout.library)
    ended = subprocess.run(
        PROGRAMS[name].argv(layout) + options,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LEG_TIMEOUT_SECONDS,
        preexec_fn=(lambda: os.sched_setaffinity(0, cpus)) if cpus else None,
        check=False,
    )
    if ended.returncode != 0:
        raise BenchmarkError(f"{name} {' '.join(options)}: {ended.stderr.strip()}")
    sample: dict[str, float] = json.loads(ended.stdout)
    return sample
