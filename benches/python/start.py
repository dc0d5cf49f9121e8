"""Starts processes that import the package and what a sender needs of it."""

import resource
import subprocess
import sys

import bench

PROGRAM = "from hookrail import Hookrail, HookrailError"


def main() -> None:
    options = bench.options()
    start = [sys.executable, "-c", PROGRAM]
    subprocess.run(start, check=True)
    with bench.Measured(options.count, resource.RUSAGE_CHILDREN):
        for _ in range(options.count):
            subprocess.run(start, check=True)


if __name__ == "__main__":
    main()
