#!/usr/bin/env python3
"""Measures flamesim and its peers in the same run: `make bench`, `make bench ONLY="hello chain"`.

    bench.py [SUBJECT...]      prints a table, writes every figure to build/bench.json
FLAMESIM: the binary, build/flamesim unless given. Exit code 0 also where a target is missed, 2 for
a command line that makes no sense, 3 where something could not be measured.
"""
import json
import os
import platform
import sys
import time

import cache
import chain
import harness
import hello
import parts
import replay
import startup
import url

SUBJECTS = {"startup": startup, "hello": hello, "chain": chain, "cache": cache,
            "replay": replay, "url": url, "parts": parts}
HEADINGS = ["", "flamesim", "min..max", "beside", "its figure", "min..max", "ratio", "target", ""]


def table(rows):
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADINGS))]
    numeric = {1, 4, 6, 7}
    return "\n".join("  ".join(
        cell.rjust(width) if i in numeric else cell.ljust(width)
        for i, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in lines)


def main():
    names = sys.argv[1:] or list(SUBJECTS)
    unknown = [name for name in names if name not in SUBJECTS]
    if unknown:
        print(f"bench: there is no {unknown[0]}; there are {', '.join(SUBJECTS)}", file=sys.stderr)
        return 2
    rows, failed, report = [], [], {
        "begun": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "cores": os.cpu_count(),
        "machine": platform.machine(), "binary": str(harness.FLAMESIM), "subjects": {}}
    for name in names:
        harness.note(f"bench: {name} ...")
        load = os.getloadavg()[0]
        try:
            measured = SUBJECTS[name].measure()
        except harness.CannotRun as error:
            failed.append(name)
            print(f"bench: {name} could not be measured: {error}", file=sys.stderr)
            continue
        rows += measured
        report["subjects"][name] = {"loadBefore": load, "rows": [row.as_json() for row in measured]}
    harness.BUILD.mkdir(exist_ok=True)
    (harness.BUILD / "bench.json").write_text(json.dumps(report, indent=1) + "\n")
    if rows:
        missed = sum(row.is_met is False for row in rows)
        print(f"\n{table(rows)}\n\n{missed} of {sum(row.target is not None for row in rows)} "
              f"targets missed; all figures: build/bench.json")
    return 3 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
