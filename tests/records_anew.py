#!/usr/bin/env python3
"""The proof that the shipped capture is no lucky one: the example's traffic recorded anew, from a
live NGINX and without the browser, replays with the same five differences."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

import five_differences

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples/front-line"
# Only so that what hangs ends some time: a recording takes some ten seconds, a minute under ASan.
LIMIT_SECONDS = 1200
BINARY = ""


def run(*command):
    """-> (exit code, all that was printed). What it started goes with it when it takes too long."""
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, start_new_session=True,
                               env={**os.environ, "FLAMESIM": BINARY})
    try:
        printed = process.communicate(timeout=LIMIT_SECONDS)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        printed = process.communicate()[0] + f"\nended after {LIMIT_SECONDS} s\n"
    return process.returncode, printed


class RecordsAnew(unittest.TestCase):
    def test_a_new_recording_differs_in_the_same_five_ways(self):
        with tempfile.TemporaryDirectory() as folder:
            capture = pathlib.Path(folder) / "anew.cap"
            code, printed = run(EXAMPLE / "record.sh", "--no-browser", "-o", capture)
            self.assertEqual(code, 0, printed)
            code, printed = run(BINARY, "replay", EXAMPLE, "--from", capture, "--report", folder)
            self.assertEqual(code, 1, printed)
            report = json.loads((pathlib.Path(folder) / "report.json").read_text())
        self.assertEqual(five_differences.found(report), five_differences.DIFFERENCES, printed)
        totals = report["totals"]
        self.assertGreater(totals["exchanges"], 3000, printed)
        self.assertEqual((totals["declined"], totals["failed"]), (0, 0), printed)


if __name__ == "__main__":
    BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
