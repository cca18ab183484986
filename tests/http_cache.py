#!/usr/bin/env python3
"""The HTTP cache through `flamesim dev`: CF-Cache-Status, caches, cf, purges over the control socket."""
import http.server
import json
import os
import sys
import threading
import unittest

import end_to_end
from end_to_end import Project, dev, run

# What the client says in X-Cf goes along as `cf`; /cache asks caches.default instead.
WORKER = """
export default {
  async fetch(request) {
    const url = new URL(request.url);
    url.host = "origin.example:80";
    if (url.pathname.startsWith("/cache/")) {
      url.pathname = url.pathname.slice(6);
      const found = await caches.default.match(url.href);
      return found ?? new Response("nothing", { status: 404 });
    }
    const headers = new Headers(request.headers);
    const cf = headers.get("x-cf");
    headers.delete("x-cf");
    const { method } = request;
    return fetch(url.href, { method, headers, ...(cf !== null && { cf: JSON.parse(cf) }) });
  },
};
"""


class Origin:
    """Answers as `answers` says by path: (status, headers, body); counts and keeps what it is asked."""

    def __init__(self):
        self.answers = {}
        self.asked = []
        self.gate = threading.Event()
        self.gate.set()
        origin = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                origin.asked.append((self.command, self.path, dict(self.headers.items())))
                origin.gate.wait(30)
                status, headers, body = origin.answers.get(self.path, (404, {}, b"no"))
                etag = headers.get("ETag")
                if etag is not None and self.headers.get("If-None-Match") == etag:
                    status, body = 304, b""
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 304:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class HttpCache(unittest.TestCase):
    def setUp(self):
        self.origin = Origin()
        self.addCleanup(self.origin.close)

    def project(self, **settings):
        return Project({"main": WORKER}, egress=settings.pop("egress", "cache"), internet={
            "allow": ["origin.example"],
            "resolve": {"origin.example": f"127.0.0.1:{self.origin.port}"}}, **settings)

    def ask(self, server, path, method="GET", headers=(), cf=None):
        headers = dict(headers)
        if cf is not None:
            headers["X-Cf"] = json.dumps(cf)
        response, body = server.get(path, method, headers=headers)
        return response.getheader("CF-Cache-Status"), response.status, body

    def status(self, *arguments, **more):
        return self.ask(*arguments, **more)[0]

    def test_every_status(self):
        control = {"Cache-Control": "max-age=3600"}
        self.origin.answers = {
            "/a.js": (200, control, b"script"), "/page": (200, control, b"page"),
            "/secret.js": (200, {"Cache-Control": "private"}, b"secret"),
            "/always.js": (200, {"Cache-Control": "no-cache", "ETag": '"1"'}, b"always"),
            "/never.js": (200, {"Cache-Control": "max-age=0"}, b"never"),
            "/swr.js": (200, {"Cache-Control": "max-age=0, stale-while-revalidate=600"}, b"swr"),
            "/sie.js": (200, {"Cache-Control": "max-age=0, stale-if-error=600"}, b"sie")}
        with dev(self.project()) as server:
            self.assertEqual(("MISS", 200, b"script"), self.ask(server, "/a.js"))
            self.assertEqual(("HIT", 200, b"script"), self.ask(server, "/a.js"))
            self.assertEqual(("HIT", 206, b"ri"), self.ask(server, "/a.js",
                                                           headers={"Range": "bytes=2-3"}))
            self.assertEqual(("HIT", 200, b""), self.ask(server, "/a.js", "HEAD"))
            self.assertEqual(["DYNAMIC"] * 2, [self.status(server, "/page") for _ in range(2)])
            self.assertEqual(["BYPASS"] * 2, [self.status(server, "/secret.js") for _ in range(2)])
            self.assertEqual(["MISS", "REVALIDATED"],
                             [self.status(server, "/always.js") for _ in range(2)])
            self.assertEqual(["MISS", "EXPIRED"],
                             [self.status(server, "/never.js") for _ in range(2)])
            self.assertEqual(["MISS", "UPDATING"],
                             [self.status(server, "/swr.js") for _ in range(2)])
            self.assertEqual("MISS", self.status(server, "/sie.js"))
            self.origin.answers["/sie.js"] = (503, {}, b"out of order")
            self.assertEqual(("STALE", 200, b"sie"), self.ask(server, "/sie.js"))
            # A change drops what is stored for its URL.
            self.origin.answers["/a.js"] = (200, control, b"changed")
            self.assertEqual("DYNAMIC", self.status(server, "/a.js", "POST"))
            self.assertEqual(("MISS", 200, b"changed"), self.ask(server, "/a.js"))

    def test_cf_and_caches_reach_the_same_cache(self):
        self.origin.answers = {"/page": (200, {}, b"page"), "/user": (200, {}, b"user")}
        with dev(self.project()) as server:
            everything = {"cacheEverything": True}
            self.assertEqual((None, 404, b"nothing"), self.ask(server, "/cache/page"))
            self.assertEqual(["MISS", "HIT"], [self.status(server, "/page", cf=everything)
                                               for _ in range(2)])
            self.assertEqual(("HIT", 200, b"page"), self.ask(server, "/cache/page"))
            key = {"cacheTtl": 600, "cacheKey": "one for all"}
            self.assertEqual("MISS", self.status(server, "/user", cf=key))
            self.assertEqual(("HIT", 200, b"user"), self.ask(server, "/other", cf=key))

    def test_requests_together_are_one_to_the_origin(self):
        self.origin.answers = {"/a.js": (200, {"Cache-Control": "max-age=3600"}, b"x" * 300_000)}
        self.origin.gate.clear()
        answers = []
        with dev(self.project()) as server:
            threads = [threading.Thread(target=lambda: answers.append(self.ask(server, "/a.js")))
                       for _ in range(5)]
            for thread in threads:
                thread.start()
            while not self.origin.asked:
                pass
            self.origin.gate.set()
            for thread in threads:
                thread.join()
        self.assertEqual(["HIT"] * 4 + ["MISS"], sorted(answer[0] for answer in answers))
        self.assertEqual({300_000}, {len(answer[2]) for answer in answers})
        self.assertEqual(1, len(self.origin.asked))

    def test_purges_and_figures(self):
        self.origin.answers = {
            f"/{folder}/{name}.js": (200, {"Cache-Control": "max-age=3600", "Cache-Tag": name},
                                     b"x") for folder in ("a", "b") for name in ("one", "two")}
        project = self.project()

        def purge(*arguments):
            result = run("cache", "purge", *arguments, project.path, timeout=60)
            return result.stdout + result.stderr

        with dev(project) as server:
            def fill():
                for path in self.origin.answers:
                    self.ask(server, path)

            cases = [(["--url", "http://origin.example/a/one.js"], 1), (["--tag", "ONE"], 2),
                     (["--prefix", "origin.example/b/"], 2), (["--host", "origin.example"], 4),
                     (["--everything"], 4), (["--host", "other.example"], 0)]
            for arguments, count in cases:
                fill()
                self.assertEqual(f"purged {count} response{'' if count == 1 else 's'}\n",
                                 purge(*arguments))
            purge("--everything")
            self.assertEqual(["MISS", "HIT"], [self.status(server, "/a/one.js") for _ in range(2)])
            result = run("cache", "stats", project.path, timeout=60)
            lines = dict(line.rsplit(None, 1) for line in result.stdout.splitlines())
            self.assertEqual("1", lines["responses"], result.stdout + result.stderr)
            self.assertGreater(int(lines["MISS"]), 0)
            self.assertGreater(int(lines["HIT"]), 0)
        result = run("cache", "purge", "--everything", project.path, timeout=60)
        self.assertEqual(3, result.returncode)
        self.assertIn("no flamesim server runs", result.stderr)

    def test_what_is_wrong_with_a_purge_is_said(self):
        project = self.project()
        for arguments in ([], ["--url", "a.js"], ["--tag", "a", "--host", "b"]):
            result = run("cache", "purge", *arguments, project.path, timeout=60)
            self.assertEqual(2, result.returncode, result.stdout + result.stderr)

    def test_the_internet_has_the_cache_before_it_where_it_is_enabled(self):
        self.origin.answers = {"/a.js": (200, {"Cache-Control": "max-age=3600"}, b"script")}
        with dev(self.project(egress="internet")) as server:
            self.assertEqual([None] * 2, [self.status(server, "/a.js") for _ in range(2)])
        with dev(self.project(egress="internet", cache={"enabled": True})) as server:
            self.assertEqual(["MISS", "HIT"], [self.status(server, "/a.js") for _ in range(2)])

    def test_faults_of_the_configuration_are_said(self):
        for cache, told in [({"origin": "elsewhere"}, '"elsewhere" is not a value of cache.origin'),
                            ({"rules": "own"}, '"own" is not a value of cache.rules'),
                            ({"diskMiB": 5}, '"cache.diskMiB" is there without a folder'),
                            ({"memoryMiB": 0}, "cache.memoryMiB")]:
            result = run("dev", self.project(cache=cache).path, timeout=60)
            self.assertEqual(2, result.returncode)
            self.assertIn(told, result.stderr)


if __name__ == "__main__":
    end_to_end.BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
