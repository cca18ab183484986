#!/usr/bin/env python3
"""Runs the platform's tests in flamesim and in the production runtime (workerd, from npm) and prints
every test in which the two differ, or that passes in neither.

The files are the *_test.js beside the Web APIs. Around each stands a generated module in production's
form: one export with a test() for each test of the file. Both run it as of DATE. Exit code 0: the
differences are those of known_differences.json and no others.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "bench"))
import harness  # noqa: E402

KNOWN = pathlib.Path(__file__).with_name("known_differences.json")
CACHE_SERVICE = pathlib.Path(__file__).with_name("cache_service.js")
RELEASE = "workerd 1.20261117.1"
FOLDERS = ["sim/web", "sim/node"]
DATE = "2026-11-01"
FLAGS = []


class TestFile:
    """One *_test.js; `names`: what its tests are called, by the export that runs each."""

    def __init__(self, path, binary):
        self.path = path
        self.source = path.read_text()
        # What only flamesim's own runner gives a test.
        self.comparable = "consoleLines" not in self.source
        self.names = self.ask_names(binary) if self.comparable else {}

    def ask_names(self, binary):
        with tempfile.TemporaryDirectory() as folder:
            self.write(pathlib.Path(folder), "export const names = { test() { "
                       "console.log(JSON.stringify(tests.map((test) => test.name))); } };\n")
            output = subprocess.run([binary, "test", f"{folder}/main.js"], capture_output=True,
                                    text=True, timeout=300)
        found = re.search(r"^ *\[test\] log: (\[.*\])$", output.stdout, re.M)
        if not found:
            raise SystemExit(f"{self.path.name} does not load:\n{output.stdout}{output.stderr}")
        return {f"t{i:03}": title for i, title in enumerate(json.loads(found[1]))}

    def write(self, folder, exports=None):
        (folder / self.path.name).write_text(self.source)
        (folder / "testing.js").write_text((ROOT / "sim/web/testing.js").read_text())
        (folder / "wrangler.json").write_text(json.dumps({
            "name": "tests", "main": "main.js", "compatibility_date": DATE,
            "compatibility_flags": FLAGS}))
        (folder / "main.js").write_text(
            f'import "./{self.path.name}";\nconst tests = globalThis.__tests;\n'
            + (exports or "".join(
                f"export const {export} = {{ test() {{ return tests[{i}].run(); }} }};\n"
                for i, export in enumerate(self.names))))


def workerd_results(file, folder):
    """Export -> None where it passed, else what was thrown."""
    modules = ", ".join(f'(name = "{name}", esModule = embed "{name}")'
                        for name in ("main.js", file.path.name, "testing.js"))
    flags = ", ".join(f'"{flag}"' for flag in FLAGS)
    compatibility = f'compatibilityDate = "{DATE}", compatibilityFlags = [{flags}]'
    (folder / "config.wd-test").write_text(
        'using Workerd = import "/workerd/workerd.capnp";\n'
        'const unitTests :Workerd.Config = (services = [\n'
        f'  (name = "tests", worker = (modules = [{modules}], {compatibility},\n'
        '    cacheApiOutbound = "cache")),\n'
        '  (name = "cache", worker = (modules = [(name = "cache_service.js",\n'
        f'    esModule = embed "cache_service.js")], {compatibility}))]);\n')
    (folder / "cache_service.js").write_text(CACHE_SERVICE.read_text())
    output = subprocess.run([harness.workerd_binary(RELEASE), "test", folder / "config.wd-test"],
                            capture_output=True, text=True, timeout=300)
    text = output.stdout + output.stderr
    results = {}
    for part in re.split(r"\[ TEST \] tests:", text)[1:]:
        export = re.match(r"\w+", part)[0]
        if re.search(rf"\[ PASS \] tests:{export}\b", part):
            results[export] = None
        else:
            thrown = re.search(r"stack = (.*(?:\n(?!stack: |\S+c\+\+:).*)*)", part)
            results[export] = thrown[1].strip() if thrown else part.strip()
    return results, text


def flamesim_results(file, folder, binary):
    output = subprocess.run([binary, "test", folder / "main.js", "--reporter", "junit"],
                            capture_output=True, text=True, timeout=300)
    results = {}
    for case in re.finditer(r'<testcase name="(\w+)"[^>]*?(/>|>.*?</testcase>)', output.stdout, re.S):
        failure = re.search(r"<failure[^>]*>(.*?)</failure>", case[2], re.S)
        results[case[1]] = failure[1].strip() if failure else None
    return results, output.stdout + output.stderr


def first_line(text):
    return text.splitlines()[0] if text else "passed"


def compare(file, binary):
    """Yields (title, flamesim's failure, workerd's) for each test that does not pass in both."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        file.write(folder)
        ours, our_text = flamesim_results(file, folder, binary)
        theirs, their_text = workerd_results(file, folder)
    for export, title in file.names.items():
        if export not in ours:
            raise SystemExit(f"{file.path.name}: flamesim did not run \"{title}\":\n{our_text}")
        if export not in theirs:
            theirs[export] = "the file does not load: " + " ".join(their_text.split())
        if ours[export] is not None or theirs[export] is not None:
            yield title, ours[export], theirs[export]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="*", help="parts of file names; none: every file")
    parser.add_argument("--binary", default=ROOT / "build" / "flamesim")
    arguments = parser.parse_args()
    known = json.loads(KNOWN.read_text())
    unexpected, same, seen = 0, 0, set()
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*_test.js"))]
    for path in files:
        if arguments.only and not any(part in path.name for part in arguments.only):
            continue
        file = TestFile(path, arguments.binary)
        if not file.comparable:
            print(f"{path.name}: left out, it reads what only flamesim's runner has")
            continue
        differences = list(compare(file, arguments.binary))
        same += len(file.names) - len(differences)
        for title, ours, theirs in differences:
            name = f"{path.name}: {title}"
            reason = known.get(name)
            seen.add(name)
            unexpected += reason is None
            print(f"{name}\n    flamesim  {first_line(ours)}\n    workerd   {first_line(theirs)}"
                  + (f"\n    known: {reason}" if reason else ""))
    gone = [] if arguments.only else sorted(set(known) - seen)
    for name in gone:
        print(f"{name}\n    is in {KNOWN.name}, but passes in both")
    print(f"{same} tests pass in both, {len(seen)} do not ({unexpected} of them unexpected)")
    return 1 if unexpected or gone else 0


if __name__ == "__main__":
    sys.exit(main())
