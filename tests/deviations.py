#!/usr/bin/env python3
"""Differences that are decided, that are noise, that are old: from a replay's report to the next."""
import json
import os
import pathlib
import sys
import tempfile
import unittest

import end_to_end
from end_to_end import CAPTURE, EXAMPLE, Project, run


class Deviations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.out = cls.folder / "out"
        result = run("replay", EXAMPLE, "--from", CAPTURE, "--report", cls.out)
        assert result.returncode == 1, result.stderr

    def setUp(self):
        self.ledger = self.folder / (self.id() + ".jsonc")

    def decide(self, *options, decision="mend"):
        return run("deviations", "add", EXAMPLE, "--from", self.out, "--file", self.ledger, "--reason",
                   "it's \"so\"", "--decision", decision, *options)

    def replay(self, *options):
        """-> (exit code, report)"""
        out = self.folder / (self.id() + "-out")
        result = run("replay", EXAMPLE, "--from", CAPTURE, "--report", out, *options)
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
            result = run("replay", EXAMPLE, "--from", CAPTURE, "--deviations", self.ledger, "--shard",
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
        review = run("deviations", "review", "--file", self.ledger)
        self.assertEqual(2, review.returncode)
        self.assertIn("deviations add", review.stderr)
        self.ledger.write_text("not json")
        self.assertEqual(2, self.decide("--all").returncode)
        self.assertEqual("not json", self.ledger.read_text())


if __name__ == "__main__":
    end_to_end.BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
