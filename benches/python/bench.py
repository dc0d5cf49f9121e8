"""The common parts of the benchmarks, which run with this package and with hookrail 0.1.0."""

import argparse
import json
import pathlib
import resource
import time
from types import TracebackType

API_KEY = "hk_bench"
TOPIC = "order.paid"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", default="http://127.0.0.1:1")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--warmup", type=int, default=0)
    parser.add_argument("--payload", type=pathlib.Path, required=True)
    parser.add_argument("--under-way", type=int)
    return parser.parse_args()


class Measured:
    """Measures a block, and prints the result as a line of JSON."""

    def __init__(self, count: int, who: int = resource.RUSAGE_SELF) -> None:
        self._count = count
        self._who = who

    def __enter__(self) -> None:
        self._wall, self._cpu = time.monotonic(), self._cpu_seconds()

    def __exit__(
        self,
        failure: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        wall, cpu = time.monotonic() - self._wall, self._cpu_seconds() - self._cpu
        if failure is None:
            print(json.dumps({"count": self._count, "seconds": wall, "cpu_seconds": cpu}))

    def _cpu_seconds(self) -> float:
        used = resource.getrusage(self._who)
        return used.ru_utime + used.ru_stime
