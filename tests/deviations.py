#!/usr/bin/env python3
"""Differences that are decided, that are noise, and a front line that runs: from a replay to the next."""
import http.server
import json
import os
import pathlib
import sys
import tempfile
import threading
import unittest

import end_to_end
from end_to_end import Project, run

CAPTURE = "fixtures/front-line/traffic.cap"
PROJECT = "examples/front-line"


class Deviations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.out = cls.folder / "out"
        result = run("replay", PROJECT, "--from", CAPTURE, "--report", cls.out)
        assert result.returncode == 1, result.stderr

    def setUp(self):
        self.ledger = self.folder / (self.id() + ".jsonc")

    def decide(self, *options, decision="mend"):
        return run("deviations", "add", PROJECT, "--from", self.out, "--file", self.ledger, "--reason",
                   "it's \"so\"", "--decision", decision, *options)

    def replay(self, *options):
        """-> (exit code, report)"""
        out = self.folder / (self.id() + "-out")
        result = run("replay", PROJECT, "--from", CAPTURE, "--report", out, *options)
        return result.returncode, json.loads((out / "report.json").read_text())

    def test_a_ledger_of_everything_makes_runs_the_same(self):
        self.assertEqual(0, self.decide("--all").returncode)
        code, report = self.replay("--deviations", self.ledger)
        self.assertEqual((0, 0, 203), (code, report["totals"]["different"], report["totals"]["known"]))
        self.assertEqual([1, 3, 3, 3, 12], sorted(entry["hosts"] for entry in report["deviations"]))
        self.assertFalse(any(entry["stale"] for entry in report["deviations"]))

    def test_what_is_not_in_it_fails_and_what_is_gone_fails(self):
        self.decide("--group", "1", decision="accept")
        code, report = self.replay("--deviations", self.ledger)
        self.assertEqual((1, 81), (code, report["totals"]["known"]))
        self.decide("--all")
        self.ledger.write_text(self.ledger.read_text().replace("/about?", "/nowhere"))
        code, report = self.replay("--deviations", self.ledger)
        self.assertEqual((1, 17), (code, report["totals"]["different"]))
        stale = run("deviations", "stale", "--from", self.folder / (self.id() + "-out"))
        self.assertEqual(1, stale.returncode)
        self.assertIn("header:location", stale.stdout)
        review = run("deviations", "review", "--file", self.ledger, "--from",
                     self.folder / (self.id() + "-out"))
        self.assertIn("accept (1)\n", review.stdout)
        self.assertIn("STALE", review.stdout)

    def test_the_project_s_own_ledger_is_taken_and_a_part_is_never_stale(self):
        project = Project({"main": "export default { fetch() { return new Response('a'); } };"})
        ledger = project.path / "deviations.jsonc"
        ledger.write_text('{"deviations": [{"field": "*", "decision": "mend", "reason": "all"},'
                          ' {"field": "status", "decision": "mend", "reason": "gone"}]}')
        result = run("replay", project.path, "--from", CAPTURE, "--only", "1")
        self.assertEqual(0, result.returncode, result.stdout + result.stderr)
        self.assertIn("1 deviation not met", result.stdout)
        ledger.write_text('{"deviations": [{"field": "*", "decison": "mend", "reason": "all"}]}')
        result = run("replay", project.path, "--from", CAPTURE, "--only", "1")
        self.assertEqual(2, result.returncode)
        self.assertIn("deviations.jsonc:1:32", result.stderr)
        self.assertIn("did you mean \"decision\"?", result.stderr)

    def test_a_baseline_leaves_what_is_new(self):
        code, report = self.replay("--baseline", self.out)
        self.assertEqual((0, 203), (code, report["totals"]["known"]))
        before = json.loads((self.out / "report.json").read_text())
        before["clusters"] = [cluster for cluster in before["clusters"]
                              if cluster["field"] != "header:location"]
        smaller = self.folder / "smaller.json"
        smaller.write_text(json.dumps(before))
        code, report = self.replay("--baseline", smaller)
        self.assertEqual((1, 17), (code, report["totals"]["different"]))

    def test_what_fl_does_not_repeat_is_noise(self):
        # The chain itself stands for FL's second round: it differs as often as the chain does.
        code, report = self.replay("--noise", self.out / "candidate.cap")
        self.assertEqual((0, 203, 0), (code, report["totals"]["noise"], report["totals"]["different"]))
        self.assertEqual([17, 18, 23, 64, 81], sorted(use["ofFl"] for use in report["noise"]))
        self.assertTrue(all(use["isNoise"] for use in report["noise"]))
        code, report = self.replay("--noise", CAPTURE)
        self.assertEqual((1, 203, []), (code, report["totals"]["different"], report["noise"]))
        result = run("diff", self.out / "candidate.cap", CAPTURE, "--noise", self.out / "candidate.cap")
        self.assertEqual(0, result.returncode)
        self.assertIn("0 different, 0 declined, 0 failed, 203 noise", result.stdout)

    def test_parts_of_a_run_are_its_whole(self):
        self.decide("--all")
        code, whole = self.replay("--deviations", self.ledger)
        parts = [self.folder / f"{self.id()}-{i}" for i in (1, 2, 3)]
        for i, part in enumerate(parts):
            result = run("replay", PROJECT, "--from", CAPTURE, "--deviations", self.ledger, "--shard",
                         f"{i + 1}/3", "--report", part)
            self.assertEqual(0, result.returncode, result.stderr)
        merged = self.folder / (self.id() + "-merged")
        result = run("report", "merge", *parts, "-o", merged)
        self.assertEqual(0, result.returncode, result.stderr)
        report = json.loads((merged / "report.json").read_text())
        for key in ("totals", "deviations", "clusters"):
            self.assertEqual(whole[key], report[key])
        result = run("report", "merge", *parts[:2], "-o", merged)
        self.assertEqual(2, result.returncode)
        self.assertIn("part 3/3 is missing", result.stderr)

    def test_wrong_words(self):
        for options, message in ((("--group", "9"), "no group 9"), ((), "--group or --all"),
                                 (("--group", "1", "--all"), "excludes")):
            result = self.decide(*options)
            self.assertEqual(2, result.returncode)
            self.assertIn(message, result.stderr)
        self.assertFalse(self.ledger.exists())
        self.ledger.write_text("not json")
        self.assertEqual(2, self.decide("--all").returncode)
        self.assertEqual("not json", self.ledger.read_text())


class AgainstARunningFl(unittest.TestCase):
    """A front line in Python, asked anew by each replay."""

    def setUp(self):
        test = self
        self.asked = []
        self.count = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                test.asked.append((self.command, self.headers["Host"], self.path))
                self.send_response_only(200)
                self.send_header("Content-Type", "text/plain;charset=UTF-8")
                with test.lock:
                    test.count += 1
                    self.send_header("X-Count", str(test.count))
                self.send_header("X-Path", self.path + test.suffix)
                self.send_header("Content-Length", "2")
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(b"fl")

            do_HEAD = do_POST = do_GET

            def log_message(self, *_):
                pass

        self.lock = threading.Lock()
        self.suffix = ""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self.project = Project({"main": """
            export default { fetch(request) {
              const headers = { "X-Count": "0", "X-Path": new URL(request.url).pathname };
              return new Response("fl", { headers });
            } };"""})
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = pathlib.Path(folder.name) / "out"
        log = pathlib.Path(folder.name) / "page.har"
        self.capture = pathlib.Path(folder.name) / "page.cap"
        entries = [{"startedDateTime": f"2026-01-01T00:00:{i:02}Z", "time": 1, "cache": {},
                    "request": {"method": "POST" if i == 7 else "GET", "httpVersion": "HTTP/1.1",
                                "url": f"http://a.example/{i}", "headers": [], "queryString": [],
                                "cookies": [], "headersSize": -1, "bodySize": 0},
                    "response": {"status": 204, "statusText": "", "httpVersion": "HTTP/1.1",
                                 "headers": [], "cookies": [], "redirectURL": "", "headersSize": -1,
                                 "bodySize": 0, "content": {"size": 0, "mimeType": ""}},
                    "timings": {"send": 0, "wait": 1, "receive": 0}} for i in range(20)]
        log.write_text(json.dumps({"log": {"version": "1.2", "creator": {"name": "t", "version": "1"},
                                           "entries": entries}}))
        result = run("capture", "import", "--har", log, "-o", self.capture)
        assert result.returncode == 0, result.stderr

    def replay(self, *options):
        result = run("replay", self.project.path, "--from", self.capture, "--report", self.out,
                     "--against", self.url, *options)
        report = json.loads((self.out / "report.json").read_text())
        return result, report["totals"]

    def test_what_it_answers_now_counts(self):
        result, totals = self.replay("--concurrency", "1")
        self.assertEqual((1, 19, 19), (result.returncode, totals["exchanges"], totals["different"]))
        self.assertIn("19 requests, 0 without an answer, 1 left out", result.stderr)
        self.assertEqual([("GET", "a.example", f"/{i}") for i in range(20) if i != 7], self.asked)
        self.assertIn("--from " + str(self.out / "fl.cap"), result.stdout)

    def test_what_it_does_not_repeat_is_noise(self):
        result, totals = self.replay("--twice", "--all-methods")
        self.assertEqual((0, 20), (result.returncode, totals["noise"]), result.stdout)
        self.assertEqual(40, len(self.asked))
        self.suffix = "/more"
        result, totals = self.replay("--twice")
        self.assertEqual((1, 19), (result.returncode, totals["different"]))
        self.assertIn("header:x-path", result.stdout)

    def test_nobody_there(self):
        self.url = f"http://127.0.0.1:{end_to_end.free_port()}"
        result = run("replay", self.project.path, "--from", self.capture, "--report", self.out,
                     "--against", self.url)
        self.assertEqual(3, result.returncode)
        self.assertIn("answered nothing", result.stderr)
        result = run("replay", self.project.path, "--from", self.capture, "--against", self.url)
        self.assertEqual(2, result.returncode)
        self.assertIn("add --report", result.stderr)


if __name__ == "__main__":
    end_to_end.BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
