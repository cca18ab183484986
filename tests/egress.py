#!/usr/bin/env python3
"""What leaves a chain, through `flamesim dev`: hosts, the front line's errors, loops."""
import http.server
import os
import socket
import sys
import threading
import unittest

import end_to_end
from end_to_end import Project, dev, free_port

FETCHES = """
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const target = url.searchParams.get("to");
    if (target === null) return fetch(request);
    try {
      const answer = await env.OUT.fetch(target, { headers: request.headers });
      return new Response(answer.status + " " + await answer.text());
    } catch (error) {
      return new Response(String(error));
    }
  },
};
"""
BINDINGS = {"unsafe": {"bindings": [{"name": "OUT", "type": "egress", "to": "internet"}]}}


class Marks(http.server.BaseHTTPRequestHandler):
    """Answers with the marks of its request."""

    def do_GET(self):
        body = f"{self.headers['CDN-Loop']} | {self.headers['CF-EW-Via']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def talker(answer):
    """A server that takes one connection after the other and does `answer` with each."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                answer(connection)

    threading.Thread(target=serve, daemon=True).start()
    return listener


class Egress(unittest.TestCase):
    def project(self, **settings):
        return Project({"out": FETCHES}, wrangler={"out": BINDINGS}, **settings)

    def test_origins_that_fail_are_the_front_line_s_errors(self):
        hang = threading.Event()
        closes = talker(lambda connection: connection.recv(4096))
        rude = talker(lambda connection: (connection.recv(4096), connection.sendall(b"hello\r\n\r\n")))
        silent = talker(lambda connection: hang.wait(20))
        resolve = {
            "closes.test": "127.0.0.1:%d" % closes.getsockname()[1],
            "rude.test": "127.0.0.1:%d" % rude.getsockname()[1],
            "silent.test": "127.0.0.1:%d" % silent.getsockname()[1],
            "down.test": "127.0.0.1:%d" % free_port(),
        }
        internet = {"allow": ["*.test", "*.invalid"], "resolve": resolve, "timeoutMs": 300}
        with dev(self.project(internet=internet)) as server:
            for host, expected in [
                ("http://closes.test/", "520 error code: 520"),
                ("http://rude.test/", "520 error code: 520"),
                ("http://down.test/", "521 error code: 521"),
                ("http://silent.test/", "524 error code: 524"),
                ("https://closes.test/", "525 error code: 525"),
                ("http://no.such.invalid/", "530 error code: 1016"),
                ("http://elsewhere.example/", "Error: the host elsewhere.example may not be reached"),
            ]:
                with self.subTest(host):
                    _, body = server.get("/?to=" + host)
                    self.assertTrue(body.decode().startswith(expected), body)
            page = server.get("/?to=http://down.test/", headers=[("Accept", "text/html")])[1]
            self.assertIn(b"<h1>Error 521</h1>", page)
            hang.set()
        for listener in (closes, rude, silent):
            listener.close()
        self.assertIn("error 521 for GET http://down.test/: could not connect", server.stderr)

    def test_a_loop_ends(self):
        origin = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Marks)
        threading.Thread(target=origin.serve_forever, daemon=True).start()
        internet = {"allow": ["a.test"], "resolve": {"*": "127.0.0.1:%d" % origin.server_port}}
        with dev(self.project(internet=internet)) as server:
            self.assertEqual(server.get("/?to=http://a.test/")[1],
                             b"200 cloudflare; loops=1 | 15")
            marks = [("CDN-Loop", "other; v=1, cloudflare; loops=2"), ("CF-EW-Via", "9")]
            self.assertEqual(server.get("/?to=http://a.test/", headers=marks)[1],
                             b"200 other; v=1, cloudflare; loops=3 | 8")
            self.assertEqual(server.get("/?to=http://a.test/", headers=[("CF-EW-Via", "1")])[1],
                             b"500 error code: 1019")
        origin.shutdown()
        origin.server_close()


if __name__ == "__main__":
    end_to_end.BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
