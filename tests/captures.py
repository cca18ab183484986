#!/usr/bin/env python3
"""`flamesim capture`: imports of what others recorded, parts of captures, and what goes out again."""
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import end_to_end
from end_to_end import CAPTURE, EXAMPLE, Project, run

MONKEYS = "\n🐵🙈🙉\n".encode()
GOR = MONKEYS.join([
    b"1 a1 1700000000000000000 0\nGET /x HTTP/1.1\r\nHost: a.example\r\nX-Two: 1\r\nx-two: 2\r\n\r\n",
    b"2 a1 1700000000000000000 1500000\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"1 b2 1700000001000000000 0\nPOST / HTTP/1.1\r\nHost: b.example\r\nContent-Length: 9\r\n\r\ncut",
    b"1 c3 1700000002000000000 0\nGET /lost HTTP/1.1\r\nHost: a.example\r\n\r\n",
    b""])


class Captures(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def capture(self, *arguments, code=0):
        """What it says on stderr."""
        done = run("capture", *arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def shown(self, name):
        done = run("capture", "show", "--json", self.folder / name)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def test_goreplay_comes_in_compressed_and_says_what_it_left(self):
        source = self.write("t.gor.gz", gzip.compress(GOR))
        out = self.folder / "t.cap"
        said = self.capture("import", "--gor", source, "--scheme", "https", "-o", out)
        self.assertIn("imported 2 of 3 entries", said)
        self.assertIn("1  the request's body cannot be used: it is cut off: 3 of 9 bytes", said)
        self.assertIn("t.gor.gz payload 3 POST /", said)
        first, second = self.shown("t.cap")
        self.assertEqual(first["request"]["url"], "https://a.example/x")
        self.assertEqual(first["request"]["headers"],
                         [["Host", "a.example"], ["X-Two", "1"], ["x-two", "2"]])
        self.assertEqual(first["outcome"]["response"]["body"], "hello")
        self.assertTrue(second["outcome"]["error"].startswith("outcome not known: "))

        again = self.folder / "again.gor"
        self.capture("convert", out, "-o", again)
        self.assertTrue(again.read_bytes().startswith(
            b"1 000000000000000000000001 1700000000000000000 0\nGET /x HTTP/1.1\r\n"))
        self.capture("import", "--gor", again, "--scheme", "https", "-o", self.folder / "2.cap")
        self.assertEqual(self.shown("2.cap"), [first, second])

    def test_curl_from_stdin(self):
        commands = "curl 'http://a.example/?q=1' \\\n  -H 'X: y' --data-raw '{}' ;\ncurl -F a=b c\n"
        out = self.folder / "c.cap"
        done = subprocess.run([end_to_end.BINARY, "capture", "import", "--curl", "-", "--time",
                               "2026-11-29T12:00:00Z", "-o", out], input=commands, text=True,
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1  the option --form (stdin:3 c)", done.stderr)
        (exchange,) = self.shown("c.cap")
        self.assertEqual(exchange["time"], "2026-11-29T12:00:00.000Z")
        self.assertEqual(exchange["request"]["method"], "POST")
        wrong = self.write("w.txt", "curl a\ncurl --heder x b\n")
        said = self.capture("import", "--curl", wrong, "-o", out, code=2)
        self.assertIn(f"{wrong}:2:6", said)
        self.assertIn("did you mean --header?", said)
        nothing = self.write("n.txt", "curl -T file http://a/\n")
        self.capture("import", "--curl", nothing, "-o", self.folder / "n.cap", code=4)
        self.assertFalse((self.folder / "n.cap").exists())

    def test_an_nginx_log_is_replayed_by_its_statuses(self):
        log = self.write("access.log", "\n".join(
            f'192.0.2.1 - - [29/Nov/2026:12:00:0{i} +0000] "GET {path} HTTP/1.1" {status} 5 "-" "t"'
            for i, (path, status) in enumerate([("/ok", 200), ("/no", 200), ("/left", 499)])) +
            '\n192.0.2.1 - - [29/Nov/2026:12:00:09 +0000] "POST / HTTP/1.1" 200 5 "-" "t"\n')
        self.assertIn("--host", self.capture("import", "--nginx-log", log, "-o",
                                             self.folder / "l.cap", code=2))
        said = self.capture("import", "--nginx-log", log, "--host", "a.example", "-o",
                            self.folder / "l.cap")
        self.assertIn("a request with a body, which the log does not have", said)
        worker = Project({"w": """export default { fetch(request) {
            return new Response("anything", { status: request.url.endsWith("/no") ? 404 : 200 });
        } };"""})
        done = run("replay", worker.path, "--from", self.folder / "l.cap")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("2 exchanges: 1 same, 1 different", done.stdout)
        self.assertIn("of 1 exchanges in", done.stderr)
        self.assertIn("FL's answer is not known", done.stderr)

    def test_a_log_format_as_the_configuration_has_it(self):
        log = self.write("j.log", '{"t":"1700000000.500","h":"b.example","r":"GET /a HTTP/1.1",'
                                  '"s":204,"ua":"a \\"b\\""}\n')
        directive = """log_format j escape=json '{"t":"$msec","h":"$host","r":"$request",'
            '"s":$status,"ua":"$http_user_agent"}';"""
        self.capture("import", "--nginx-log", log, "--format", directive, "-o",
                     self.folder / "j.cap")
        (exchange,) = self.shown("j.cap")
        self.assertEqual(exchange["request"]["headers"],
                         [["Host", "b.example"], ["User-Agent", 'a "b"']])
        self.assertEqual(exchange["timeNanos"], 1700000000500000000)

    def test_what_replays_the_same_after_a_way_through_har(self):
        har = self.folder / "t.har"
        back = self.folder / "back.cap"
        self.capture("convert", CAPTURE, "-o", har)
        entry = json.loads(har.read_text())["log"]["entries"][0]
        self.assertEqual(entry["timings"]["send"], 0)
        self.capture("import", "--har", har, "-o", back)
        self.assertEqual(run("capture", "show", "--json", back).stdout,
                         run("capture", "show", "--json", CAPTURE).stdout)

    def test_parts_and_the_whole_again(self):
        whole = run("capture", "show", CAPTURE).stdout
        total = len(whole.splitlines())
        errors = self.folder / "errors.cap"
        rest = self.folder / "rest.cap"
        expression = 'status >= 400 and not path == "/" or header("cookie") =~ "session"'
        said = self.capture("filter", CAPTURE, "-o", errors, expression)
        self.capture("filter", CAPTURE, "-o", rest, f"not ({expression})")
        taken = len(self.shown("errors.cap"))
        self.assertEqual(said, f"took {taken} of {total} exchanges, left {total - taken}\n")
        self.assertGreater(taken, 0)
        self.assertLess(taken, total)
        both = self.folder / "both.cap"
        self.capture("merge", errors, rest, "-o", both, "--keep-ids")
        self.assertEqual(sorted(run("capture", "show", both).stdout.splitlines()),
                         sorted(whole.splitlines()))
        self.assertIn("numbered them anew", self.capture("merge", rest, rest, "-o", both))
        self.assertIn("two exchanges have the id",
                      self.capture("merge", rest, rest, "-o", both, "--keep-ids", code=2))

        one = self.folder / "one.cap"
        self.capture("cut", CAPTURE, "-o", one, "--ids", "5,7-8")
        self.assertEqual([each["id"] for each in self.shown("one.cap")], [5, 7, 8])
        done = run("replay", EXAMPLE, "--from", one)
        self.assertIn("3 exchanges", done.stdout)
        self.capture("cut", CAPTURE, "-o", one, "--from", "10", "--to", "20", "--first", "2")
        self.assertEqual([each["id"] for each in self.shown("one.cap")], [10, 11])
        self.capture("cut", CAPTURE, "-o", one, "--sample", "0.3", "--by", "host")
        sample = {each["id"] for each in self.shown("one.cap")}
        self.capture("cut", CAPTURE, "-o", one, "--sample", "0.3", "--by", "host")
        self.assertEqual(sample, {each["id"] for each in self.shown("one.cap")})

        parts = self.folder / "parts"
        self.capture("split", CAPTURE, "-o", parts, "--by", "host")
        counted = sum(len(run("capture", "show", part).stdout.splitlines())
                      for part in parts.iterdir())
        self.assertEqual(counted, total)
        self.assertIn("captures in the folder",
                      self.capture("split", CAPTURE, "-o", parts, "--by", "1000", code=2))

    def test_what_cannot_be_done_exits_with_2_and_leaves_the_input(self):
        source = self.folder / "s.cap"
        self.capture("cut", CAPTURE, "-o", source, "--first", "3")
        before = source.read_bytes()
        (self.folder / "link.cap").symlink_to(source)
        for arguments in (["cut", source, "-o", self.folder / "link.cap", "--first", "1"],
                          ["filter", source, "-o", source, "id == 1"],
                          ["merge", source, "-o", source],
                          ["convert", source, "--to", "har", "-o", source]):
            self.assertIn("is the input as well", self.capture(*arguments, code=2))
        self.assertEqual(source.read_bytes(), before)
        out = self.folder / "o.cap"
        said = self.capture("filter", source, "-o", out, 'host == "a" and statsu > 1', code=2)
        self.assertIn('1 | host == "a" and statsu > 1\n  |                 ^', said)
        self.assertIn('did you mean "status"?', said)
        self.assertIn("--to har", self.capture("convert", source, "-o", self.folder / "x", code=2))
        self.assertIn("1,5-9", self.capture("cut", source, "-o", out, "--ids", "7-5", code=2))
        self.assertIn("64MB", self.capture("split", source, "-o", out, "--by", "hosts", code=2))
        self.capture("import", "-o", out, code=2)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()),
                         ["link.cap", "s.cap"])


if __name__ == "__main__":
    end_to_end.BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
