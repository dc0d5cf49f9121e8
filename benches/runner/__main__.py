"""The benchmarks' runner:

    python3 benches/runner measure --build DIR --library FILE [--quick] [--only GROUP]
    python3 benches/runner page    --build DIR --library FILE
    python3 benches/runner smoke   --build DIR --library FILE

`make bench` calls the first two, `make test-benches` the last.
"""

import argparse
import resource
import statistics
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import machine
import page
import single
import smoke
import under_way
from cases import COMPARISONS, PAYLOADS, VERIFY_SIZES
from measure import FULL, QUICK, Bench, check_certificates_matter
from payloads import write_payload
from programs import BenchmarkError, Layout
from results import Results, today
from server import Server, make_certificates
from tables import Samples, goals_table

GROUPS: dict[str, Callable[[Bench], Samples]] = {
    group: lambda bench, named=comparisons: {
        name: bench.compare(name, comparison) for name, comparison in named.items()
    }
    for group, comparisons in COMPARISONS.items()
} | {"startup": single.startup, "memory": single.memory}


def measure_group(layout: Layout, group: str, quick: bool) -> Results:
    """Measures a group with its own servers."""
    effort = QUICK if quick else FULL
    certificates = layout.build / "certificates"
    with ExitStack() as stack:
        http, https = (
            stack.enter_context(server) for server in (Server(layout), Server(layout, certificates))
        )
        slow = {
            service_ms: stack.enter_context(Server(layout, service_ms=service_ms))
            for service_ms in {case.service_ms for case in COMPARISONS.get(group, {}).values()} - {0}
        }
        bench = Bench(layout, effort, http, https, slow)
        if group == "send":
            check_certificates_matter(bench, ("send/hookrail", "send/curl"))
        samples = GROUPS[group](bench)
    for server in (http, https, *slow.values()):
        server.check_requests()
    return Results(
        group=group,
        commit=machine.commit(layout),
        date=today(),
        rounds=effort.rounds,
        tls=str(https.totals["tls"]),
        disturbance_median=statistics.median(bench.disturbances or [0.0]),
        disturbance_max=max(bench.disturbances, default=0.0),
        samples=samples,
    )


def measure(layout: Layout, groups: list[str], quick: bool) -> None:
    make_certificates(layout.build / "certificates")
    for size in {*PAYLOADS, *VERIFY_SIZES}:
        write_payload(layout.build / f"payload-{size}.json", size)
    for group in groups:
        print(f"measuring {group}", file=sys.stderr, flush=True)
        results = measure_group(layout, group, quick)
        if not quick:
            results.write(layout.results)
        print(
            f"others had {results.disturbance_median:.0%} of the machine (median of the legs), "
            f"at most {results.disturbance_max:.0%}\n\n" + goals_table(results.samples),
            flush=True,
        )
        if group == "under-way":
            print(under_way.ratios_table(results.samples))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("measure", "page", "smoke"))
    parser.add_argument("--build", type=Path, required=True, help="where the programs are built")
    parser.add_argument("--library", type=Path, required=True, help="libhookrail.so")
    parser.add_argument("--quick", action="store_true", help="few short rounds; nothing is kept")
    parser.add_argument("--only", choices=GROUPS, help="one group")
    arguments = parser.parse_args()
    root = Path(__file__).resolve().parents[2]
    # A program with a thousand requests under way has as many connections, and so has the server.
    most_files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    layout = Layout(root, arguments.build.resolve(), arguments.library.resolve())
    try:
        if arguments.what == "measure":
            measure(layout, [arguments.only] if arguments.only else list(GROUPS), arguments.quick)
        elif arguments.what == "page":
            page.write(layout, list(GROUPS))
        else:
            sys.exit(smoke.run_all(layout))
    except BenchmarkError as error:
        sys.exit(f"bench: {error}")


if __name__ == "__main__":
    main()
