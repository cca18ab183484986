#!/usr/bin/env python3
"""The reports of a run as files: the HTML page read by a parser and by Chromium, JUnit, TAP, GitHub's
lines, the database; merged and shown again."""
import csv
import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

import five_differences

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples/front-line"
CAPTURE = ROOT / "fixtures/front-line/traffic.cap"
CHROMIUM = shutil.which("chromium")
VOID = {"meta", "input", "br", "col"}
BINARY = ""


def run(*arguments, **environment):
    """-> (exit code, stdout, stderr). GitHub's variables of the machine are not passed on."""
    base = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True,
                          timeout=600, env={**base, **environment}, cwd=ROOT)
    return done.returncode, done.stdout, done.stderr


class Page(html.parser.HTMLParser):
    """The differences of a report: attributes of each cluster, and that every element is closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.clusters, self.scripts, self.loads = [], [], 0, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag not in VOID:
            self.open.append(tag)
        if attributes.get("class") == "cluster":
            self.clusters.append(attributes)
        self.scripts += tag == "script"
        self.loads += [name for name in attributes if name in ("src", "action", "data", "srcset")]
        self.loads += [attributes["href"]] if not attributes.get("href", "#").startswith("#") else []

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()


class Reports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path = pathlib.Path(cls.folder.name)
        cls.step = cls.path / "step.md"
        cls.step.write_text("before\n")
        cls.code, cls.out, cls.err = run(
            "replay", "examples/front-line", "--from", "fixtures/front-line/traffic.cap", "--report",
            cls.path / "all", "--junit", cls.path / "junit.xml", "--tap", cls.path / "run.tap",
            "--sqlite", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(cls.step))
        cls.json = json.loads((cls.path / "all/report.json").read_text())
        cls.html = (cls.path / "all/report.html").read_text()

    def query(self, sql, *options):
        return run("report", "query", self.path / "all", sql, *options)

    def test_the_page_is_whole_and_loads_nothing(self):
        self.assertEqual(self.code, 1, self.err)
        page = Page(self.html)
        self.assertEqual(page.open, [])
        self.assertEqual((page.scripts, page.loads), (1, []))
        self.assertEqual([cluster["data-worker"] for cluster in page.clusters],
                         [cluster["worker"] or "-" for cluster in self.json["clusters"]])
        self.assertTrue("<mark>; charset=utf-8</mark>" in self.html)
        self.assertTrue("<mark>This hostname is not configured</mark>" in self.html)
        self.assertFalse("not shown: " in self.html)

    def test_the_page_is_the_same_from_any_number_of_threads(self):
        again = self.path / "again"
        code, _, err = run("replay", "examples/front-line", "--from", "fixtures/front-line/traffic.cap",
                           "--report", again, "--threads", "1")
        self.assertEqual(code, 1, err)
        page = (again / "report.html").read_text()
        self.assertEqual(page.replace(f"{self.path}/again", f"{self.path}/all"), self.html)
        # A comparison alone names no command, and is else the same.
        code, _, err = run("diff", self.path / "all/candidate.cap", "fixtures/front-line/traffic.cap",
                           "--report", again)
        self.assertEqual(code, 1, err)
        compared = (again / "report.html").read_text()
        Page(compared)
        without = re.sub(r'<p class="command">.*?</p>', "", self.html)
        self.assertEqual(compared[compared.index("<main>"):], without[without.index("<main>"):])

    def browse(self, address):
        """-> (the page's elements when its script has run, the browser's console)"""
        with tempfile.TemporaryDirectory() as profile:
            done = subprocess.run(
                [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
                 f"--user-data-dir={profile}", "--virtual-time-budget=5000", "--dump-dom", address],
                capture_output=True, text=True, timeout=300)
        console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
        return done.stdout, console

    @unittest.skipUnless(CHROMIUM, "Chromium is not installed: scripts/setup.sh --with-browser")
    def test_the_page_in_chromium(self):
        address = (self.path / "all/report.html").as_uri()
        page, console = self.browse(address)
        self.assertEqual(console, [])
        shown = Page(page).clusters
        self.assertEqual(len(shown), len(self.json["clusters"]))
        self.assertFalse(any("hidden" in cluster for cluster in shown))
        self.assertIn(f"{len(shown)} of {len(shown)} shown", page)
        self.assertIn('<html lang="en" class="scripted">', page)

        # An address filters, and one that names a difference opens it.
        page, console = self.browse(address + "#search=charset+TEXT&worker=rules&kind=changed")
        self.assertEqual(console, [])
        shown = [cluster for cluster in Page(page).clusters if "hidden" not in cluster]
        self.assertTrue(0 < len(shown) < len(self.json["clusters"]))
        self.assertEqual({(one["data-worker"], one["data-kind"]) for one in shown},
                         {("rules", "changed")})
        page, console = self.browse(address + "#c2")
        self.assertEqual(console, [])
        self.assertEqual([one["id"] for one in Page(page).clusters if "open" in one], ["c2"])

    @unittest.skipUnless(CHROMIUM, "Chromium is not installed: scripts/setup.sh --with-browser")
    def test_text_of_a_capture_does_nothing_in_chromium(self):
        text = "</script><script>document.title='owned'</script><img src=x onerror=\"f()\"> ' \u202e"
        report = json.loads(json.dumps(self.json))
        report["clusters"] = report["clusters"][:2]
        for number, cluster in enumerate(report["clusters"]):
            cluster.update(field=text + str(number), worker=text, expected=text, got=text + "2")
            cluster["example"].update(url=text, field=text, detail=text)
        (self.path / "hostile.json").write_text(json.dumps({**report, "project": text}))
        run("report", "merge", self.path / "hostile.json", "-o", self.path / "hostile")
        address = (self.path / "hostile/report.html").as_uri()
        Page((self.path / "hostile/report.html").read_text())
        page, console = self.browse(address + "#search=owned")
        self.assertEqual(console, [])
        self.assertNotIn("<title>owned", page)
        self.assertNotIn("<img", page)
        self.assertTrue("2 of 2 shown" in page)
        worker = Page(page).clusters[0]["data-worker"]
        self.assertTrue(worker.startswith("</script><script>document.title='owned'"), worker)

    def test_junit_has_a_failure_for_each_difference_in_behaviour(self):
        suites = xml.etree.ElementTree.parse(self.path / "junit.xml").getroot()
        failed = [case for case in suites.iter("testcase") if case.find("failure") is not None]
        self.assertEqual(sorted(case.get("classname") for case in failed),
                         sorted(one[3] for one in five_differences.DIFFERENCES))
        self.assertEqual(suites.get("failures"), "5")
        self.assertEqual(suites.get("tests"), "6")
        self.assertIn("command: flamesim replay examples/front-line", failed[0].find("failure").text)

    def test_tap_has_a_point_for_each_difference_in_behaviour(self):
        lines = (self.path / "run.tap").read_text().splitlines()
        self.assertEqual(lines[:2], ["TAP version 14", "1..6"])
        points = [line for line in lines if re.match(r"(not )?ok \d+ - ", line)]
        self.assertEqual([line.startswith("ok") for line in points], [True] + 5 * [False])

    def test_github_gets_annotations_and_a_summary(self):
        lines = self.out.splitlines()
        token = re.fullmatch(r"::stop-commands::(flamesim-[\d-]+)", lines[0])
        self.assertTrue(token, lines[0])
        self.assertEqual(lines[-6], f"::{token[1]}::")
        annotations = lines[-5:]
        self.assertTrue(all(line.startswith("::error title=") for line in annotations))
        self.assertIn("header%3Acontent-type", annotations[0])
        self.assertNotIn("::error", "\n".join(lines[:-5]))
        text = self.step.read_text()
        self.assertTrue(text.startswith("before\n## examples/front-line against "))
        self.assertIn("<code>header&#58;content-type</code>", text)
        # Elsewhere nothing of it is printed, unless it is asked for; there it can be switched off.
        arguments = ["diff", self.path / "all/candidate.cap", "fixtures/front-line/traffic.cap"]
        self.assertNotIn("::", run(*arguments)[1].splitlines()[0])
        self.assertIn("::error title=", run(*arguments, "--github")[1])
        self.assertNotIn("::error", run(*arguments, "--no-github", GITHUB_ACTIONS="true")[1])

    def test_the_database_is_asked_in_sql(self):
        code, out, err = self.query("SELECT verdict, COUNT(*) AS n FROM exchanges GROUP BY 1", "--json")
        self.assertEqual(code, 0, err)
        counts = {row["verdict"]: row["n"] for row in map(json.loads, out.splitlines())}
        self.assertEqual(counts, {"same": self.json["totals"]["same"],
                                  "different": self.json["totals"]["different"]})
        code, out, err = self.query("SELECT cluster_field, worker, COUNT(DISTINCT exchange_id) FROM "
                                    "differences WHERE weight = 'behaviour' GROUP BY 1, 2 ORDER BY 1",
                                    "--csv")
        self.assertEqual(code, 0, err)
        self.assertEqual([(row[0], row[1]) for row in list(csv.reader(out.splitlines()))[1:]],
                         [(one[0], one[3]) for one in five_differences.DIFFERENCES])
        code, out, _ = self.query("SELECT id, field FROM clusters WHERE id = 1")
        self.assertEqual((code, out), (0, "id  field\n--  -------------------\n"
                                          " 1  header:content-type\n"))

    def test_a_query_that_cannot_be_is_an_error(self):
        code, _, err = self.query("SELECT id,\n  nowhere FROM clusters")
        self.assertEqual(code, 2)
        self.assertEqual(err, "error: no such column: nowhere\n  --> query:2:3\n  |\n"
                              "2 |   nowhere FROM clusters\n  |   ^\n")
        for sql in ("DELETE FROM clusters", "DROP TABLE run", "ATTACH 'x' AS y", "PRAGMA user_version=2"):
            code, _, err = self.query(sql)
            self.assertEqual(code, 2, sql)
            self.assertIn("only reads", err)
        code, _, err = run("report", "query", self.path / "all/report.json", "SELECT 1")
        self.assertEqual(code, 2)
        self.assertIn("no SQLite database", err)
        code, _, err = run("report", "query", self.path, "SELECT 1")
        self.assertEqual(code, 2)
        self.assertIn("--sqlite", err)

    def shards(self):
        """The ids of the capture in two halves by host, replayed alone."""
        rows = run("report", "query", self.path / "all", "SELECT id, host FROM exchanges ORDER BY id",
                   "--csv")[1].splitlines()[1:]
        hosts = sorted({row.split(",")[1] for row in rows})
        for half in (0, 1):
            only = [row.split(",")[0] for row in rows if hosts.index(row.split(",")[1]) % 2 == half]
            folder = self.path / f"shard{half}"
            code, _, err = run("replay", "examples/front-line", "--from",
                               "fixtures/front-line/traffic.cap", "--report", folder, "--sqlite",
                               "--only", *only)
            self.assertEqual(code, 1, err)
            yield folder

    def test_reports_of_shards_become_the_report_of_the_whole(self):
        merged = self.path / "merged"
        code, out, err = run("report", "merge", *self.shards(), "-o", merged,
                             "--junit", self.path / "merged.xml", "--sqlite")
        self.assertEqual(code, 1, err)
        report = json.loads((merged / "report.json").read_text())
        self.assertEqual(five_differences.found(report), five_differences.DIFFERENCES)
        self.assertEqual({**report, "candidate": ""}, {**self.json, "candidate": ""})
        self.assertEqual(out, run("report", "show", self.path / "all")[1])
        self.assertEqual((self.path / "merged.xml").read_text().replace(
            '"candidate" value=""', f'"candidate" value="{self.path}/all/candidate.cap"'),
            (self.path / "junit.xml").read_text())
        everything = "SELECT * FROM exchanges ORDER BY id"
        self.assertEqual(run("report", "query", merged, everything)[1], self.query(everything)[1])
        # The exchanges come from the shards' own captures.
        page = (merged / "report.html").read_text()
        self.assertEqual(page.count("<h3>Answer</h3>"), self.html.count("<h3>Answer</h3>"))
        self.assertNotIn("not in the capture", page)

    def test_reports_of_different_runs_are_not_merged_unasked(self):
        other = self.path / "other.json"
        other.write_text(json.dumps({**self.json, "reference": "other.cap"}))
        code, _, err = run("report", "merge", self.path / "all", other, "-o", self.path / "both")
        self.assertEqual(code, 2)
        self.assertIn('reference: "fixtures/front-line/traffic.cap" in', err)
        self.assertFalse((self.path / "both").exists())
        code, _, err = run("report", "merge", self.path / "all", other, "-o", self.path / "both",
                           "--anyway")
        self.assertEqual(code, 1)
        self.assertIn("warning: reference", err)
        # Which has no database.
        code, _, err = run("report", "merge", other, "-o", self.path / "one", "--sqlite")
        self.assertEqual(code, 2)
        # The same shard twice.
        code, _, err = run("report", "merge", self.path / "all", self.path / "all", "-o",
                           self.path / "twice")
        self.assertEqual(code, 2)
        self.assertIn("is in", err)

    def test_a_report_is_shown_in_other_forms(self):
        for form, file in (("junit", "junit.xml"), ("tap", "run.tap")):
            code, out, _ = run("report", "show", self.path / "all/report.json", "--format", form)
            self.assertEqual((code, out), (1, (self.path / file).read_text()))
        code, out, _ = run("report", "show", self.path / "all", "--format", "markdown")
        self.assertEqual("before\n" + out, self.step.read_text())
        broken = self.path / "broken.json"
        broken.write_text('{"format": 1,\n "reference": 7}')
        code, _, err = run("report", "show", broken)
        self.assertEqual(code, 2)
        self.assertIn("broken.json:2:15", err)


if __name__ == "__main__":
    BINARY = os.path.abspath(sys.argv.pop(1))
    if not CHROMIUM:
        print("left out: Chromium is not installed (scripts/setup.sh --with-browser)")
    unittest.main(verbosity=2)
