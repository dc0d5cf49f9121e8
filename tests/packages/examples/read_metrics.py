#!/usr/bin/python3
"""Reads metrics from standard input with the parser of Prometheus' own client, and prints their names.

Checks what the parser does not: that each metric has a help and a type, that a name has the suffix of its type, and that
histograms are complete.
"""

import sys

from prometheus_client.parser import text_string_to_metric_families


def check(holds, what):
    if not holds:
        sys.exit(f"not good: {what}")


def check_histogram(family):
    values = {}
    buckets = []
    for sample in family.samples:
        if sample.name == family.name + "_bucket":
            buckets.append((float(sample.labels["le"]), sample.value))
        else:
            values[sample.name.removeprefix(family.name)] = sample.value
    check(buckets == sorted(buckets), f"the order of {buckets}")
    counts = [count for _, count in buckets]
    check(counts == sorted(counts), f"the counts of {buckets}")
    check(buckets[-1] == (float("inf"), values["_count"]), f"the last of {buckets}, beside {values}")
    check((values["_sum"] > 0) == (values["_count"] > 0), f"the sum of {values}")


for family in text_string_to_metric_families(sys.stdin.read()):
    check(family.documentation, f"the help of {family.name}")
    check(family.type in ("counter", "gauge", "histogram"), f"the type of {family.name}: {family.type}")
    for sample in family.samples:
        check(
            sample.name.endswith("_total") == (family.type == "counter"),
            f"the name {sample.name} of a {family.type}",
        )
    if family.type == "histogram":
        check_histogram(family)
    print(family.type, family.name, len(family.samples))
