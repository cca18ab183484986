#!/usr/bin/env python3
"""`flamesim replay` as it runs: a front line that is asked what it answers now, and how far it is."""
import http.server
import json
import os
import pathlib
import pty
import subprocess
import sys
import tempfile
import threading
import unittest

import end_to_end
from end_to_end import Project, run


class LiveReplay(unittest.TestCase):
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

    def test_a_part_of_a_run_asks_for_its_part_alone(self):
        result, totals = self.replay("--only", "3", "5")
        self.assertEqual(2, totals["exchanges"])
        self.assertEqual(["/2", "/4"], [path for _, _, path in self.asked])

    def test_what_makes_no_sense_asks_nobody(self):
        for options, message in (
                (("--against", "localhost:80"), "no http:// or https:// URL"),
                (("--against", self.url, "--twice", "--noise", self.capture), "excludes"),
                (("--twice",), "requires --against")):
            result = run("replay", self.project.path, "--from", self.capture, "--report", self.out,
                         *options)
            self.assertEqual(2, result.returncode)
            self.assertIn(message, result.stderr)
        result = run("replay", self.project.path / "no", "--from", self.capture, "--report", self.out,
                     "--against", self.url)
        self.assertEqual(2, result.returncode)
        self.assertEqual([], self.asked)

    def test_nobody_there(self):
        self.url = f"http://127.0.0.1:{end_to_end.free_port()}"
        result = run("replay", self.project.path, "--from", self.capture, "--report", self.out,
                     "--against", self.url)
        self.assertEqual(3, result.returncode)
        self.assertIn("answered nothing", result.stderr)
        result = run("replay", self.project.path, "--from", self.capture, "--against", self.url)
        self.assertEqual(2, result.returncode)
        self.assertIn("add --report", result.stderr)


class ProgressLine(unittest.TestCase):
    def test_a_terminal_gets_a_line_and_a_file_gets_none(self):
        command = [end_to_end.BINARY, "replay", str(end_to_end.EXAMPLE), "--from",
                   str(end_to_end.CAPTURE)]
        parent, child = pty.openpty()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=child) as process:
            os.close(child)
            seen = b""
            while True:
                try:
                    part = os.read(parent, 65536)
                except OSError:  # what Linux says when the other side is closed
                    break
                if not part:
                    break
                seen += part
        os.close(parent)
        self.assertEqual(1, process.returncode)
        self.assertRegex(seen, rb"[0-9]+% [0-9,]+ exchanges, [0-9,]+/s, [0-9,]+ different, .* left")
        self.assertTrue(seen.endswith(b"\r\x1b[K"))
        result = run(*command[1:])
        self.assertEqual("", result.stderr)


if __name__ == "__main__":
    end_to_end.BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
