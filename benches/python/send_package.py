"""Sends events with the Python package hookrail 0.1.0."""

import argparse
import json
import pathlib
import resource
import time

import hookrail


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--warmup", type=int, default=0)
    parser.add_argument("--payload", type=pathlib.Path, required=True)
    options = parser.parse_args()
    order = json.loads(options.payload.read_bytes())

    with hookrail.Hookrail(api_key="hk_bench", base_url=options.url) as client:
        for _ in range(options.warmup):
            client.send_event("order.paid", order)
        wall, cpu = time.monotonic(), cpu_seconds()
        for _ in range(options.count):
            client.send_event("order.paid", order)
        wall, cpu = time.monotonic() - wall, cpu_seconds() - cpu
    print(json.dumps({"count": options.count, "seconds": wall, "cpu_seconds": cpu}))


if __name__ == "__main__":
    main()
