#!/usr/bin/env python3
"""clang-tidy over every C++ file, with the checks of .clang-tidy. Needs build-files/, the preset
"files", configured and with its schemas built.

Most of its time goes into the headers of libraries, so files of one target are looked at together:
a batch includes several. Where a batch does not compile, since two files give one name to different
things, its files are looked at one by one. What was found clean is remembered under build-files/lint/
until a file of the batch, any header of ours, or the checks change.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build-files"
OUT = BUILD / "lint"
BATCH = 8
# Options of GCC that clang does not know.
EXTRA = ["-Wno-unknown-warning-option"]
# Each SECTION of a test is a run of its own, which clang-tidy takes for one; and tests make bombs.
TEST_CHECKS = "--checks=-bugprone-use-after-move,-bugprone-string-constructor"


def flags_of(entry):
    """The command without compiler, input and outputs: equal for the files of one target."""
    words = shlex.split(entry["command"])
    words = words[next(i for i, word in enumerate(words) if word.endswith("c++")) + 1:]
    flags, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in ("-o", "-MF", "-MT"):
            skip = True
        elif word not in ("-c", "-MD", entry["file"]):
            flags.append(word)
    return flags


def batches():
    groups = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        generated = path.is_relative_to(BUILD)
        if path.suffix != ".cc" or path.name == "catch_main.cc" or generated:
            continue
        # Tests say `using namespace`; sources do not see that.
        kind = path.parent, path.stem.endswith("_test"), path.stem.endswith("_fuzz")
        groups.setdefault((kind, tuple(flags_of(entry))), []).append(path)
    for (kind, flags), files in sorted(groups.items()):
        files.sort()
        # Every fuzz target has the same function.
        size = 1 if files[0].stem.endswith("_fuzz") else BATCH
        for start in range(0, len(files), size):
            yield flags, files[start:start + size]


def stamp_of(files, flags, common):
    state = hashlib.sha256(common)
    state.update(repr(flags).encode())
    for path in files:
        state.update(str(path).encode() + path.read_bytes())
    return OUT / "clean" / state.hexdigest()


def run_tidy(path, flags, checks):
    command = ["clang-tidy", "--quiet", f"--config-file={ROOT}/.clang-tidy", *checks, str(path),
               "--", *flags, *EXTRA]
    done = subprocess.run(command, cwd=BUILD, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def look_at(flags, files, stamp):
    """What there is to say of the files; empty where they are clean."""
    if stamp.exists():
        return ""
    found = ""
    batch = OUT / (hashlib.sha256(repr((flags, files)).encode()).hexdigest()[:16] + ".cc")
    batch.write_text("".join(f'#include "{path}"\n' for path in files))
    checks = [TEST_CHECKS] if files[0].stem.endswith("_test") else []
    code, output = run_tidy(files[0] if len(files) == 1 else batch, flags, checks)
    if code != 0 and "clang-diagnostic-error" in output and len(files) > 1:
        for path in files:
            code, output = run_tidy(path, flags, checks)
            found += output if code != 0 else ""
    elif code != 0:
        found = output
    if not found:
        stamp.touch()
    return found


def main():
    (OUT / "clean").mkdir(parents=True, exist_ok=True)
    ours = subprocess.run(["git", "ls-files", "*.h"], cwd=ROOT, capture_output=True, text=True,
                          check=True).stdout.split()
    common = b"".join((ROOT / name).read_bytes()
                      for name in [*ours, ".clang-tidy", "scripts/clang_tidy.py"])
    work = [(flags, files, stamp_of(files, flags, common)) for flags, files in batches()]
    count = sum(len(files) for _, files, _ in work)
    new = sum(not stamp.exists() for _, _, stamp in work)
    print(f"lint: clang-tidy on {count} files in {len(work)} batches, {new} of them changed",
          flush=True)
    failed = False
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for found in pool.map(lambda job: look_at(*job), work):
            if found:
                failed = True
                print(found, end="", flush=True)
    return 1 if failed else 0


sys.exit(main())
