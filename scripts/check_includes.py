#!/usr/bin/env python3
"""Includes point down only: each folder may use itself and the folders below it in the house."""
import re
import subprocess
import sys

# From the bottom to the top; docs/architecture.md draws it. A folder sees what stands before it.
SIM = ["base", "bundle", "net", "faults", "cache", "js", "web", "node", "bindings", "chain", "server",
       "capture",
       "redact", "record", "replay", "test", "diff", "report"]


def allowed(folder, target):
    if folder == "cli":
        return True
    if target == "schemas":
        return folder != "sim/base"
    if folder == "mocks":
        return target == "mocks"
    if folder.startswith("sim/"):
        if not target.startswith("sim/"):
            return False
        mine, theirs = folder[4:], target[4:]
        return SIM.index(theirs) <= SIM.index(mine)
    return folder == target


def folder_of(path):
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "sim" else parts[0]


def main():
    files = subprocess.run(["git", "ls-files", "*.cc", "*.h"], capture_output=True, text=True,
                           check=True).stdout.split()
    wrong = 0
    for path in files:
        folder = folder_of(path)
        if folder in ("tests", "bench"):
            continue
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            match = re.match(r'#include "((?:sim|mocks|schemas|cli)/[^"]+)"', line)
            if match and not allowed(folder, folder_of(match.group(1))):
                print(f"{path}:{number}: {folder} may not include {match.group(1)}")
                wrong += 1
    if wrong:
        print(f"{wrong} includes point up")
    return 1 if wrong else 0


sys.exit(main())
