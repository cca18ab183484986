#!/usr/bin/env python3
"""`flamesim record`: redaction, samples, filters, rotation, disks that are slow or full; `capture
anonymise` and `capture scan`."""
import http.client
import http.server
import json
import os
import pathlib
import re
import resource
import sys
import tempfile
import threading
import time
import unittest

import end_to_end
from end_to_end import Running, free_port, run

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"
SECRETS = ("s3cretCookieValue", JWT, "jane.doe@mail.example", "84.3.2.1", "4111111111111111",
           "qu3ryToken99")
TOKEN_PATH = "/login?access_token=qu3ryToken99&mail=jane.doe%40mail.example"


def get(recorder, path, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", recorder.port, timeout=60)
    connection.request("GET", path, headers=headers or {})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response, content


class Echo(http.server.BaseHTTPRequestHandler):
    """A front line that says back what it was told."""
    protocol_version = "HTTP/1.1"
    big = os.urandom(1 << 20)

    def do_GET(self):
        body = self.big if self.path.startswith("/big") else json.dumps({
            "path": self.path, "cookie": self.headers.get("Cookie"),
            "card": 4111111111111111, "by": self.headers.get("X-Forwarded-For")}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "image/png" if self.path.startswith("/big")
                         else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Recording(unittest.TestCase):
    def setUp(self):
        self.origin = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        threading.Thread(target=self.origin.serve_forever, daemon=True).start()
        temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(temporary.name)
        self.capture = self.folder / "staging.cap"
        self.addCleanup(temporary.cleanup)
        self.addCleanup(self.origin.server_close)
        self.addCleanup(self.origin.shutdown)

    def record(self, *options, output=None):
        port = free_port()
        return Running("record", "--listen", f"127.0.0.1:{port}", "--to",
                       f"http://127.0.0.1:{self.origin.server_port}", "-o",
                       output or self.capture, *options, port=port)

    def exchanges(self, capture=None):
        shown = run("capture", "show", "--json", capture or self.capture)
        self.assertEqual(0, shown.returncode, shown.stderr)
        return [json.loads(line) for line in shown.stdout.splitlines()]

    def ask(self, recorder):
        answer = get(recorder, TOKEN_PATH, headers={
            "Host": "www.a.example", "Cookie": "sid=s3cretCookieValue",
            "Authorization": "Bearer " + JWT, "X-Forwarded-For": "84.3.2.1",
            "User-Agent": "X/1.2.3.4"})
        # Whoever passes gets everything as it is.
        self.assertEqual("sid=s3cretCookieValue", json.loads(answer[1])["cookie"])


class Redaction(Recording):
    def test_secrets_are_nowhere_in_a_capture_and_scan_finds_none(self):
        with self.record() as recorder:
            self.ask(recorder)
        shown = run("capture", "show", "--json", self.capture).stdout
        for secret in SECRETS:
            self.assertNotIn(secret, shown)
        self.assertNotIn("jane.doe", shown)
        self.assertIn("X/1.2.3.4", shown)
        exchange, = self.exchanges()
        cookie = dict(exchange["request"]["headers"])["Cookie"]
        self.assertRegex(cookie, r"^sid=redacted-[0-9a-f]{16}$")
        scan = run("capture", "scan", self.capture)
        self.assertEqual((0, ""), (scan.returncode, scan.stdout))
        self.assertIn("1 exchanges: 0 secrets", scan.stderr)

    def test_what_was_not_redacted_is_found_and_anonymised(self):
        with self.record("--no-redaction") as recorder:
            self.ask(recorder)
        scan = run("capture", "scan", self.capture)
        self.assertEqual(1, scan.returncode, scan.stderr)
        for part in ("secret    exchange 1  cookies  request header cookie  s3*** (17 characters)",
                     "tokens  request url", "emails  request url",
                     "addresses  request header x-forwarded-for", "cards  response body",
                     "credentials  request header authorization"):
            self.assertIn(part, scan.stdout)
        for secret in SECRETS:
            self.assertNotIn(secret, scan.stdout)
        found = [json.loads(line) for line in
                 run("capture", "scan", "--json", self.capture).stdout.splitlines()]
        self.assertIn({"exchange": 1, "rank": "secret", "kind": "cookies",
                       "field": "request header cookie", "excerpt": "s3*** (17 characters)"}, found)

        key = self.folder / "key"
        key.write_text("0123456789abcdef0123456789abcdef\n")
        key.chmod(0o600)
        clean, again = self.folder / "clean.cap", self.folder / "again.cap"
        result = run("capture", "anonymise", self.capture, "-o", clean, "--key", key)
        self.assertEqual(0, result.returncode, result.stderr)
        self.assertRegex(result.stderr, r"^\d+ secrets replaced in 1 of 1 exchanges\n$")
        self.assertEqual(0, run("capture", "scan", clean).returncode)
        shown = run("capture", "show", "--json", clean).stdout
        for secret in SECRETS:
            self.assertNotIn(secret, shown)
        result = run("capture", "anonymise", clean, "-o", again, "--key", key)
        self.assertEqual("0 secrets replaced in 0 of 1 exchanges\n", result.stderr)
        self.assertEqual(shown, run("capture", "show", "--json", again).stdout)

    def test_one_key_gives_the_same_pseudonyms_in_recording_and_anonymising(self):
        key = self.folder / "key"
        key.write_text("0123456789abcdef0123456789abcdef\n")
        with self.record("--redact-key", key) as recorder:
            self.ask(recorder)
        self.assertIn("chmod 600", recorder.stderr)  # others can read it
        plain, clean = self.folder / "plain.cap", self.folder / "clean.cap"
        with self.record("--no-redaction", output=plain) as recorder:
            self.ask(recorder)
        run("capture", "anonymise", plain, "-o", clean, "--key", key)
        recorded, anonymised = self.exchanges()[0], self.exchanges(clean)[0]
        self.assertEqual(recorded["request"], anonymised["request"])

    def test_rules(self):
        rules = self.folder / "redact.jsonc"
        rules.write_text("""{"rules": [
            {"cookie": "sid", "action": "keep", "reason": "a test"},
            {"header": "user-agent", "action": "remove", "reason": "a test"}], // none else
            "keep": ["cards"]}""")
        with self.record("--redact-rules", rules) as recorder:
            self.ask(recorder)
        exchange, = self.exchanges()
        headers = dict(exchange["request"]["headers"])
        self.assertEqual("sid=s3cretCookieValue", headers["Cookie"])
        self.assertNotIn("User-Agent", headers)
        self.assertIn("4111111111111111", json.dumps(exchange))
        self.assertEqual(0, run("capture", "scan", self.capture, "--rules", rules).returncode)
        self.assertEqual(1, run("capture", "scan", self.capture).returncode)

    def test_rules_with_a_fault(self):
        rules = self.folder / "redact.jsonc"
        rules.write_text('{"rules": [\n  {"heador": "x", "action": "keep", "reason": "r"}]}')
        result = run("capture", "scan", self.capture, "--rules", rules)
        self.assertEqual(2, result.returncode)
        self.assertIn("redact.jsonc:2:4", result.stderr)
        self.assertIn('did you mean "header"?', result.stderr)


class Selection(Recording):
    def test_filters(self):
        with self.record("--filter", "host=*.a.example,path=/api/*", "--filter",
                         "path=/other") as recorder:
            for host, path in (("www.a.example", "/api/1"), ("www.a.example", "/x"),
                               ("b.example", "/api/2"), ("b.example", "/other?q")):
                get(recorder, path, headers={"Host": host})
        self.assertEqual(["http://www.a.example/api/1", "http://b.example/other?q"],
                         [exchange["request"]["url"] for exchange in self.exchanges()])
        self.assertIn("2 left out by filters and the sample", recorder.stderr)

    def test_a_sample_keeps_all_of_a_user_or_nothing(self):
        with self.record("--sample", "0.5", "--sample-by", "header:X-User", "--redaction-key",
                         "some key") as recorder:
            for user in range(24):
                for i in range(3):
                    get(recorder, f"/{user}/{i}", headers={"Host": "a.example", "X-User": str(user)})
        users = [exchange["request"]["url"].split("/")[3] for exchange in self.exchanges()]
        counts = {user: users.count(user) for user in users}
        self.assertEqual({3}, set(counts.values()))
        self.assertTrue(4 < len(counts) < 20, counts)

    def test_wrong_options_say_what_is_right(self):
        for options, message in ((("--filter", "hots=a"), 'did you mean "host"?'),
                                 (("--sample-by", "ip"), "client-ip, host, url or header:NAME"),
                                 (("--rotate-every", "soon"), "write 90s, 10m or 1h"),
                                 (("--sample", "2"), "--sample")):
            result = run("record", "--listen", "127.0.0.1:0", "--to", "http://127.0.0.1:1", "-o",
                         self.capture, *options)
            self.assertEqual(2, result.returncode)
            self.assertIn(message, result.stderr)
            self.assertFalse(self.capture.exists())


class Disks(Recording):
    def test_rotation_by_size(self):
        with self.record("--rotate-mib", "1") as recorder:
            for i in range(4):
                get(recorder, f"/big/{i}", headers={"Host": "a.example"})
        files = sorted(self.folder.glob("staging*.cap"))
        self.assertEqual(["staging.0001.cap", "staging.0002.cap", "staging.0003.cap",
                          "staging.0004.cap", "staging.cap"], [file.name for file in files])
        self.assertIn("in 5 files", recorder.stderr)
        self.assertEqual([["http://a.example/big/0"], ["http://a.example/big/1"]],
                         [[exchange["request"]["url"] for exchange in self.exchanges(file)]
                          for file in (self.capture, files[0])])
        result = run("record", "--listen", "127.0.0.1:0", "--to", "http://127.0.0.1:1", "-o",
                     self.capture, "--rotate-mib", "1")
        self.assertEqual(2, result.returncode)
        self.assertIn("staging.0004.cap is there from an earlier recording", result.stderr)

    def limit(self, recorder, size):
        resource.prlimit(recorder.process.pid, resource.RLIMIT_FSIZE,
                         (size, resource.RLIM_INFINITY))

    def test_a_full_disk_stops_neither_traffic_nor_the_recording(self):
        with self.record() as recorder:
            self.limit(recorder, 4096)
            for i in range(3):
                self.assertEqual(200, get(recorder, f"/big/{i}")[0].status)
            # At once, while it runs.
            line = recorder.process.stderr.readline()
            while "warning" not in line:
                line = recorder.process.stderr.readline()
            self.assertIn(f"cannot write {self.capture}", line)
            self.limit(recorder, resource.RLIM_INFINITY)
            self.assertEqual(200, get(recorder, "/after")[0].status)
        self.assertIn("can be written again", recorder.stderr)
        self.assertNotIn("lost", recorder.stderr)
        self.assertEqual(4, len(self.exchanges()))

    def test_what_a_full_disk_did_not_take_is_counted(self):
        recorder = self.record()
        with self.assertRaisesRegex(AssertionError, "ended with 3"), recorder:
            self.limit(recorder, 4096)
            for i in range(3):
                self.assertEqual(200, get(recorder, f"/big/{i}")[0].status)
        self.assertRegex(recorder.stderr, r"3 of them are lost: cannot write .*staging.cap")
        self.assertEqual([], self.exchanges())

    def test_a_device_that_is_full_from_the_start_is_an_error(self):
        result = run("record", "--listen", "127.0.0.1:0", "--to", "http://127.0.0.1:1", "-o",
                     "/dev/full")
        self.assertEqual(3, result.returncode)
        self.assertIn("cannot write /dev/full: No space left on device", result.stderr)

    def test_a_disk_that_stands_still_does_not_hold_up_traffic(self):
        os.mkfifo(self.capture)
        reader = os.open(self.capture, os.O_RDONLY | os.O_NONBLOCK)
        taken = threading.Event()

        def drain():
            # Only once all has passed.
            taken.wait()
            while taken.is_set():
                try:
                    os.read(reader, 1 << 16)
                except BlockingIOError:
                    time.sleep(0.001)
        draining = threading.Thread(target=drain)
        draining.start()
        recorder = self.record("--queue-mib", "4")
        with self.assertRaisesRegex(AssertionError, "ended with 3"), recorder:
            for i in range(12):
                self.assertEqual(200, get(recorder, f"/big/{i}")[0].status)
            line = recorder.process.stderr.readline()
            while "warning" not in line:
                line = recorder.process.stderr.readline()
            self.assertRegex(line, r"[0-9]+ exchanges \(\d+ MB\) are lost so far: the disk does not "
                                   "keep up, and no more than 4 MiB wait for it")
            taken.set()
        taken.clear()
        draining.join()
        os.close(reader)
        lost = int(re.search(r"(\d+) of them are lost", recorder.stderr)[1])
        self.assertTrue(6 <= lost <= 10, recorder.stderr)


if __name__ == "__main__":
    end_to_end.BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
