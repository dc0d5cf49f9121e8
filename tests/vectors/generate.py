#!/usr/bin/env python3
"""Writes verify.json and sign.json, the signature cases that every language runs.

    python3 generate.py            writes the files next to this script
    python3 generate.py --check    fails if they differ from the output of this script

The MACs come from Python's hmac and hashlib. The expectation of each case is written by hand, in the
modules of generator/, from the rules in README.md, without a verifier. The output is the same on
every run.
"""

import argparse
import json
import pathlib
import sys

from generator.scheme import SERVICE_VECTOR, sig
from generator.sign import sign_cases
from generator.verify import verify_cases


def render(cases):
    lines = ",\n".join(json.dumps(case, ensure_ascii=True) for case in cases)
    return '{"cases": [\n' + lines + "\n]}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check

    assert sig() == SERVICE_VECTOR["header"].encode(), "the scheme differs from the service's"
    here = pathlib.Path(__file__).resolve().parent
    stale = []
    for name, cases in (("verify.json", verify_cases()), ("sign.json", sign_cases())):
        path = here / name
        text = render(cases)
        if not check:
            path.write_text(text, encoding="ascii")
            print(f"{name}: {len(cases)} cases")
        elif not path.exists() or path.read_text(encoding="ascii") != text:
            stale.append(name)
    if stale:
        sys.exit(f"not what generate.py writes: {', '.join(stale)}; run it without --check")


if __name__ == "__main__":
    main()
