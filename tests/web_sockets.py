#!/usr/bin/env python3
"""WebSockets through `flamesim dev`, with clients and origins that speak RFC 6455 by hand."""
import base64
import hashlib
import os
import socket
import struct
import sys
import threading
import unittest

import end_to_end
from end_to_end import Project, dev

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_of(key):
    return base64.b64encode(hashlib.sha1(key + GUID).digest())


class Peer:
    """One side of a WebSocket on a socket; a client masks."""

    def __init__(self, connection, masks):
        self.connection = connection
        self.masks = masks
        self.file = connection.makefile("rb")

    def read_head(self):
        lines = []
        while (line := self.file.readline().rstrip(b"\r\n")):
            lines.append(line.decode())
        headers = {name.lower(): value.strip()
                   for name, value in (line.split(":", 1) for line in lines[1:])}
        return lines[0] if lines else "", headers

    def send_frame(self, opcode, payload, last=True):
        head = struct.pack("!B", (0x80 if last else 0) | opcode)
        mask = 0x80 if self.masks else 0
        if len(payload) < 126:
            head += struct.pack("!B", mask | len(payload))
        elif len(payload) < 1 << 16:
            head += struct.pack("!BH", mask | 126, len(payload))
        else:
            head += struct.pack("!BQ", mask | 127, len(payload))
        if self.masks:
            key = os.urandom(4)
            repeated = int.from_bytes((key * (len(payload) // 4 + 1))[:len(payload)], "big")
            masked = repeated ^ int.from_bytes(payload, "big")
            payload = masked.to_bytes(len(payload), "big")
            head += key
        self.connection.sendall(head + payload)

    def send(self, message):
        if isinstance(message, str):
            self.send_frame(TEXT, message.encode())
        else:
            self.send_frame(BINARY, message)

    def send_close(self, code=None, reason=""):
        self.send_frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason.encode())

    def receive_frame(self):
        """(opcode, payload, whether it was masked), or None at the end of the connection."""
        head = self.file.read(2)
        if len(head) < 2:
            return None
        opcode, length = head[0] & 15, head[1] & 127
        assert head[0] & 0x80, "a message in several frames"
        if length == 126:
            length, = struct.unpack("!H", self.file.read(2))
        elif length == 127:
            length, = struct.unpack("!Q", self.file.read(8))
        key = self.file.read(4) if head[1] & 0x80 else b""
        payload = self.file.read(length)
        if key:
            payload = bytes(c ^ key[i % 4] for i, c in enumerate(payload))
        return opcode, payload, bool(key)

    def receive(self):
        """A text, bytes, ("close", code, reason), or None at the end of the connection."""
        frame = self.receive_frame()
        if frame is None:
            return None
        opcode, payload, _ = frame
        if opcode == TEXT:
            return payload.decode()
        if opcode == BINARY:
            return payload
        if opcode == CLOSE:
            code, = struct.unpack("!H", payload[:2]) if payload else (None,)
            return "close", code, payload[2:].decode()
        return {PING: "ping", PONG: "pong"}[opcode], payload

    def close(self):
        self.file.close()
        self.connection.close()


def client(port, path="/", headers=()):
    """A client whose handshake is done, and the headers of the answer."""
    connection = socket.create_connection(("127.0.0.1", port), 60)
    peer = Peer(connection, masks=True)
    key = base64.b64encode(os.urandom(16))
    lines = [f"GET {path} HTTP/1.1", "Host: a.example", "Upgrade: websocket",
             "Connection: Upgrade", "Sec-WebSocket-Version: 13",
             f"Sec-WebSocket-Key: {key.decode()}", *headers]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    status, answer = peer.read_head()
    assert status.startswith("HTTP/1.1 101 "), status
    assert answer["sec-websocket-accept"] == accept_of(key).decode(), answer
    return peer, answer


class Origin:
    """A WebSocket server that `serve(peer, request headers)` is a connection's whole life for."""

    def __init__(self, serve):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.serve = serve
        self.failures = []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        connection, _ = self.listener.accept()
        connection.settimeout(60)
        peer = Peer(connection, masks=False)
        try:
            line, headers = peer.read_head()
            accept = accept_of(headers["sec-websocket-key"].encode()).decode()
            connection.sendall(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n"
                                "Sec-WebSocket-Protocol: chosen\r\nX-Line: " + line +
                                "\r\n\r\n").encode())
            self.serve(peer, headers)
        except Exception as failure:
            self.failures.append(failure)
        finally:
            peer.close()

    def end(self):
        self.thread.join(60)
        self.listener.close()
        assert not self.failures, self.failures


# Passes what it gets to the next worker, untouched.
PASSES = "export default { fetch: (request) => fetch(request) };"

ECHO = """export default { fetch(request) {
    if (request.headers.get("upgrade") !== "websocket") return new Response("no upgrade");
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    server.addEventListener("message", ({ data }) => {
      if (data === "close") server.close(4003, "as asked");
      else server.send(typeof data === "string" ? `echo ${data}` : data);
    });
    server.addEventListener("close", (event) => {
      console.log("closed", event.code, event.reason, event.wasClean);
      if (event.wasClean) server.close(event.code === 1005 ? undefined : event.code, event.reason);
    });
    return new Response(null, { status: 101, webSocket: client,
      headers: { "Sec-WebSocket-Protocol": "echo", "X-Path": new URL(request.url).pathname } });
  } };"""


class WebSockets(unittest.TestCase):
    def test_a_chain_of_two_workers_and_an_echo(self):
        with dev(Project({"first": PASSES, "second": ECHO})) as server:
            peer, headers = client(server.port, "/way")
            self.assertEqual((headers["sec-websocket-protocol"], headers["x-path"]),
                             ("echo", "/way"))
            peer.send("one")
            peer.send(b"\x00\x01\x02")
            self.assertEqual(peer.receive(), "echo one")
            self.assertEqual(peer.receive(), b"\x00\x01\x02")
            # In several frames, with a ping between them.
            peer.send_frame(TEXT, "two ".encode(), last=False)
            peer.send_frame(PING, b"there?")
            peer.send_frame(CONTINUATION, b"", last=False)
            peer.send_frame(CONTINUATION, "\u20ac".encode())
            self.assertEqual(peer.receive(), ("pong", b"there?"))
            self.assertEqual(peer.receive(), "echo two \u20ac")
            large = os.urandom(3 << 20)
            peer.send(large)
            self.assertEqual(peer.receive(), large)
            peer.send_close(4001, "enough")
            self.assertEqual(peer.receive(), ("close", 4001, "enough"))
            self.assertIsNone(peer.receive())
            peer.close()
            # The next request is an ordinary one.
            self.assertEqual(server.get("/")[1], b"no upgrade")
        self.assertIn("[second] log: closed 4001 enough true", server.stderr)

    def test_a_worker_closes_first(self):
        with dev(Project({"only": ECHO})) as server:
            peer, _ = client(server.port)
            peer.send("close")
            self.assertEqual(peer.receive(), ("close", 4003, "as asked"))
            peer.send_close(4003)
            self.assertIsNone(peer.receive())
            peer.close()

    def test_a_client_that_vanishes_is_a_close_with_1006(self):
        with dev(Project({"first": PASSES, "second": ECHO})) as server:
            peer, _ = client(server.port)
            peer.send("here")
            self.assertEqual(peer.receive(), "echo here")
            peer.close()
            line = next(line for line in server.process.stderr if "closed" in line)
        self.assertIn("closed 1006 WebSocket disconnected without sending Close frame. false", line)

    def test_an_open_socket_is_no_hang_and_has_no_time_limit_of_its_own(self):
        project = Project({"only": """export default { async fetch(request) {
              const [client, server] = Object.values(new WebSocketPair());
              server.accept();
              setTimeout(() => server.send("later"), 300);
              server.addEventListener("message", async ({ data }) => {
                await scheduler.wait(100);
                server.send("after a wait: " + data);
              });
              return new Response(null, { status: 101, webSocket: client });
            } };"""})
        with dev(project) as server:
            peer, _ = client(server.port)
            self.assertEqual(peer.receive(), "later")
            peer.send("x")
            self.assertEqual(peer.receive(), "after a wait: x")
            peer.close()
        self.assertNotIn("hung", server.stderr)

    def test_a_message_that_exceeds_a_limit_cuts_its_client_off_alone(self):
        project = Project({"only": """export default { async fetch(request) {
              const [client, server] = Object.values(new WebSocketPair());
              server.accept();
              server.addEventListener("message", ({ data }) => {
                if (data === "loop") for (;;) {}
                server.send(data);
              });
              return new Response(null, { status: 101, webSocket: client });
            } };"""}, limits={"cpuMs": 200})
        with dev(project) as server:
            looping, _ = client(server.port)
            other, _ = client(server.port)
            looping.send("loop")
            self.assertIsNone(looping.receive())
            other.send("on")
            self.assertEqual(other.receive(), "on")
            looping.close()
            other.close()
        self.assertIn("Worker exceeded CPU time limit.", server.stderr)

    def test_the_end_of_dev_ends_the_connections(self):
        with dev(Project({"only": ECHO})) as server:
            peer, _ = client(server.port)
        self.assertIsNone(peer.receive())
        peer.close()

    def test_a_message_over_the_limit_is_refused(self):
        with dev(Project({"only": ECHO})) as server:
            peer, _ = client(server.port)
            # The head of a frame of 32 MiB and a byte.
            peer.connection.sendall(struct.pack("!BBQ", 0x82, 0xff, (32 << 20) + 1) + b"mask")
            self.assertEqual(peer.receive(), ("close", 1009, "Message is too large"))
            self.assertIsNone(peer.receive())
            peer.close()

    def test_what_a_response_may_not_hold(self):
        project = Project({"only": """export default { fetch(request) {
              const [client, server] = Object.values(new WebSocketPair());
              const answer = new Response(null, { status: 101, webSocket: client });
              if (request.url.endsWith("/accepted")) client.accept();
              server.accept();
              return answer;
            } };"""})
        with dev(project) as server:
            self.assertEqual(server.get("/plain")[0].status, 500)
            connection = socket.create_connection(("127.0.0.1", server.port), 60)
            connection.sendall(b"GET /accepted HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                               b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                               b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
            self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 500 "))
            connection.close()
        self.assertIn("TypeError: Worker tried to return a WebSocket in a response to a request "
                      "which did not contain the header \"Upgrade: websocket\".", server.stderr)
        self.assertIn("TypeError: Can't return WebSocket in a Response after calling accept().",
                      server.stderr)


class Egress(unittest.TestCase):
    def project(self, source, **settings):
        return Project({"only": source}, internet={"allow": ["127.0.0.1"]}, **settings)

    def test_a_chain_passes_an_upgrade_on_to_an_origin(self):
        def serve(peer, headers):
            self.assertEqual(headers["sec-websocket-protocol"], "a, b")
            self.assertNotIn("sec-websocket-extensions", headers)
            opcode, payload, masked = peer.receive_frame()
            self.assertEqual((opcode, payload, masked), (TEXT, b"from the client", True))
            # Broke: the Pong had another payload: it was not masked, but its head said so.
            peer.send_frame(PING, b"still there?")
            self.assertEqual(peer.receive(), ("pong", b"still there?"))
            peer.send("from the origin")
            self.assertEqual(peer.receive(), ("close", 4005, "done"))
            peer.send_close(4006, "too")
            self.assertIsNone(peer.receive())

        origin = Origin(serve)
        project = self.project(
            f"""export default {{ fetch(request) {{
                  const next = new Request("http://127.0.0.1:{origin.port}/there?q=1", request);
                  return fetch(next);
                }} }};""")
        with dev(project) as server:
            peer, headers = client(server.port, headers=[
                "Sec-WebSocket-Protocol: a, b", "Sec-WebSocket-Extensions: permessage-deflate"])
            self.assertEqual(headers["x-line"], "GET /there?q=1 HTTP/1.1")
            self.assertEqual(headers["sec-websocket-protocol"], "chosen")
            peer.send("from the client")
            self.assertEqual(peer.receive(), "from the origin")
            peer.send_close(4005, "done")
            self.assertEqual(peer.receive(), ("close", 4006, "too"))
            self.assertIsNone(peer.receive())
            peer.close()
            origin.end()

    def test_a_worker_speaks_to_an_origin_by_fetch_and_by_new_web_socket(self):
        for how in ("fetch", "new"):
            def serve(peer, headers):
                for _ in range(3):
                    message = peer.receive()
                    peer.send(message.upper())
                peer.send_close(1000, "over")
                self.assertEqual(peer.receive(), ("close", 1000, "over"))

            origin = Origin(serve)
            source = """export default { async fetch(request) {
                let socket;
                const heard = [];
                if (HOW === "fetch") {
                  const answer = await fetch("http://127.0.0.1:PORT/x", {
                    headers: { Upgrade: "websocket" } });
                  socket = answer.webSocket;
                  heard.push(answer.status, socket.protocol, socket.url);
                  socket.accept();
                } else {
                  socket = new WebSocket("ws://127.0.0.1:PORT/x", ["chosen"]);
                  heard.push(socket.readyState);
                  await new Promise((resolve) => socket.addEventListener("open", resolve));
                  heard.push(socket.protocol, socket.url);
                }
                heard.push(socket.readyState);
                const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
                socket.addEventListener("message", ({ data }) => heard.push(data));
                for (const text of ["a", "b", "c"]) socket.send(text);
                const { code, reason, wasClean } = await closed;
                socket.close(code, reason);
                await scheduler.wait(50);
                heard.push(code, reason, wasClean, socket.readyState);
                return Response.json(heard);
              } };""".replace("HOW", f'"{how}"').replace("PORT", str(origin.port))
            with dev(self.project(source)) as server:
                answer = end_to_end.json.loads(server.get("/")[1])
            origin.end()
            first = [101, "", None] if how == "fetch" else [
                0, "chosen", f"ws://127.0.0.1:{origin.port}/x"]
            self.assertEqual(answer, [*first, 1, "A", "B", "C", 1000, "over", True, 3])

    def test_an_origin_that_is_not_there_or_says_no(self):
        source = """export default { async fetch(request) {
            const ask = async (url) => {
              const heard = [];
              const socket = new WebSocket(url);
              socket.addEventListener("error", ({ message, error }) =>
                heard.push(message === `Uncaught ${error}`, error.message));
              const { code, reason, wasClean } =
                await new Promise((resolve) => socket.addEventListener("close", resolve));
              return [...heard, code, reason, wasClean, socket.readyState];
            };
            const plain = await fetch("http://127.0.0.1:PLAIN/", {
              headers: { Upgrade: "websocket" } });
            return Response.json([
              await ask("ws://127.0.0.1:NOBODY/"), await ask("ws://127.0.0.1:PLAIN/"),
              plain.status, plain.webSocket, await plain.text()]);
          } };"""
        other = Project({
            "plain": """export default { fetch: () => new Response("no", { status: 403 }) };"""})
        with dev(other) as plain:
            source = source.replace("PLAIN", str(plain.port)).replace(
                "NOBODY", str(end_to_end.free_port()))
            with dev(self.project(source)) as server:
                nobody, refused, *rest = end_to_end.json.loads(server.get("/")[1])
        self.assertEqual(nobody[2:], [1006, "Failed to establish websocket connection", False, 3])
        self.assertIn("received 521 instead", nobody[1])
        self.assertEqual(refused, [
            True, "Failed to establish the WebSocket connection: expected server to reply with "
            "HTTP status code 101 (switching protocols), but received 403 instead.", 1006,
            "Failed to establish websocket connection", False, 3])
        self.assertEqual(rest, [403, None, "no"])

    def test_a_web_socket_goes_to_fl(self):
        def serve(peer, headers):
            self.assertEqual(headers["host"], "a.example")
            peer.send("FL")
            self.assertEqual(peer.receive(), ("close", None, ""))
            peer.send_close()

        origin = Origin(serve)
        project = Project({"only": PASSES}, egress="fl",
                          fl={"url": f"http://127.0.0.1:{origin.port}"})
        with dev(project) as server:
            peer, _ = client(server.port)
            self.assertEqual(peer.receive(), "FL")
            peer.send_close()
            self.assertEqual(peer.receive(), ("close", None, ""))
            peer.close()
            origin.end()


if __name__ == "__main__":
    end_to_end.BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
