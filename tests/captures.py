#!/usr/bin/env python3
"""`flamesim capture`: imports of what others recorded, parts of captures, and what goes out again."""
import gzip
import http.client
import json
import os
import pathlib
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
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


NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
COMMANDS = [
    "URL/a?b=c",
    "URL -d a=1 -d b -b 'x=1; y=2' -e http://r/ -A ag/1 --compressed -u me:pw -H 'X-A: 1' "
    "-H 'Accept: text/x'",
    "-G 'URL/?z=1' -d a=b --data-urlencode 'q=a b&c' -r 0-5",
    "URL --json '{\"a\":1}' --json 2 -H 'Content-Type: application/x'",
    "URL --json 1 -H 'Accept: q'",
    "URL -H 'Host: q' -H User-Agent: -H 'E;' -X PATCH --data-binary xyz",
    "URL -d a -H 'content-type: text/plain'",
    "-I URL/h",
    "URL --data-urlencode 'a b' --data-urlencode '=c d' --data-raw @x",
    "-0 URL/a/../b/./c%7e",
    "URL -d ''",
    "URL -X POST -b a=1 -H 'Cookie: b=2'",
]


class RawServer:
    """Keeps the head and body of each request as they come."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.requests = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            stream = connection.makefile("rb")
            lines = []
            while (line := stream.readline().rstrip(b"\r\n")):
                lines.append(line.decode("latin-1"))
            lengths = [line.split(":")[1] for line in lines
                       if line.lower().startswith("content-length:")]
            self.requests.append((lines, stream.read(int(lengths[0])) if lengths else b""))
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            stream.close()
            connection.close()


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

    def test_a_command_becomes_what_curl_sends(self):
        server = RawServer()
        self.addCleanup(server.socket.close)
        commands = ["curl " + command.replace("URL", server.url) for command in COMMANDS]
        for command in commands:
            subprocess.run([*shlex.split(command), "-sq", "-o", os.devnull], check=True, timeout=60)
        source = self.write("all.txt", "\n".join(commands))
        self.capture("import", "--curl", source, "-o", self.folder / "all.cap")
        shown = self.shown("all.cap")
        self.assertEqual(len(shown), len(commands))
        for command, (lines, body), exchange in zip(commands, server.requests, shown):
            request = exchange["request"]
            target = request["url"].replace(server.url, "", 1)
            mine = [f"{request['method']} {target} {request['httpVersion']}"]
            mine += [f"{name}: {value}" if value else f"{name}:"
                     for name, value in request["headers"] if value != "curl"]
            theirs = [line for line in lines if not line.startswith("User-Agent: curl/")]
            self.assertEqual(mine, theirs, command)
            self.assertEqual(request.get("body", ""), body.decode(), command)

    def test_logs_as_nginx_writes_them(self):
        port = end_to_end.free_port()
        formats = {
            "default": "'$remote_addr [$time_local] \"$request\" $status \"$http_x\" $http_host'",
            "json": "escape=json '{\"t\":\"$msec\",\"d\":$request_time,\"r\":\"$request\",' "
                    "'\"u\":\"$scheme://$host$request_uri\",\"s\":$status,\"x\":\"$http_x\"}'",
        }
        at = self.folder
        config = self.write("nginx.conf", f"""
            daemon off; master_process off; pid {at}/pid; error_log {at}/error.log;
            events {{ }}
            http {{
              client_body_temp_path {at}/a; proxy_temp_path {at}/b; fastcgi_temp_path {at}/c;
              uwsgi_temp_path {at}/d; scgi_temp_path {at}/e;
              log_format default {formats["default"]};
              log_format json {formats["json"]};
              access_log {at}/default.log default; access_log {at}/json.log json;
              server {{ listen 127.0.0.1:{port}; location / {{ return 404; }} }}
            }}""")
        nginx = subprocess.Popen([NGINX, "-p", at, "-c", config],
                                 stderr=subprocess.DEVNULL)
        self.addCleanup(nginx.wait)
        self.addCleanup(nginx.terminate)
        odd = 'a "b" \\c [d] \x01 caf\u00e9'
        for _ in range(200):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                connection.request("GET", "/a?b=%22", headers={"X": odd.encode("latin-1")})
                connection.getresponse().read()
                connection.close()
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        with socket.create_connection(("127.0.0.1", port)) as raw:
            raw.sendall(b"\x16\x03\x01\x00\r\n\r\n")
            raw.recv(1000)
        # A line is written when its answer has gone out.
        for _ in range(200):
            if (at / "json.log").exists() and (at / "json.log").read_bytes().count(b"\n") == 2:
                break
            time.sleep(0.05)
        for name, text in formats.items():
            log = at / f"{name}.log"
            said = self.capture("import", "--nginx-log", log, "-o", at / "n.cap", "--format",
                                f"log_format {name} {text};")
            self.assertIn("imported 1 of 2 entries", said)
            self.assertIn("1  $request is no HTTP request", said)
            (exchange,) = self.shown("n.cap")
            self.assertEqual(exchange["request"]["url"].split("/", 3)[3], "a?b=%22")
            self.assertEqual(exchange["outcome"]["response"]["status"], 404)
            headers = [header for header in exchange["request"]["headers"] if header[0] == "X"]
            # It is not UTF-8.
            self.assertEqual(headers, [["X", "YSAiYiIgXGMgW2RdIAEgY2Fm6Q==", "base64"]], name)

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
