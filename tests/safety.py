#!/usr/bin/env python3
"""What a worker does to itself reaches no other, and ends no process: after each attack the same
worker and another answer the next request."""
import json
import os
import pathlib
import socket
import sys
import tempfile
import unittest

import end_to_end
from end_to_end import Project, dev

CPU = "[attacked] error: Worker exceeded CPU time limit."
MEMORY = "[attacked] error: Worker exceeded memory limit."
LIMITS = {"cpuMs": 100, "heapMiB": 64}
# So that not the time ends it.
PATIENT = {"cpuMs": 60_000, "heapMiB": 16}

# Body of a handler -> what it answers.
ANSWERED = {
    "recursion": (
        "const f = () => f() + 1; f();", "RangeError: Maximum call stack size exceeded"),
    "recursion through the runtime": (
        "const f = () => new Headers().set('a', { toString: f }); f();",
        "RangeError: Maximum call stack size exceeded"),
    "recursion through an init dictionary": (
        """const init = { get headers() { return new Request("http://a.example/", init); } };
        new Request("http://a.example/", init);""",
        "RangeError: Maximum call stack size exceeded"),
    "recursion in a stack trace": (
        """Error.prepareStackTrace = () => new Error("again").stack;
        try { return new Response(typeof new Error("first").stack); }
        finally { delete Error.prepareStackTrace; }""", "string"),
    "a deep value as JSON": (
        """let value = {}; for (let i = 0; i < 1e5; ++i) value = { value };
        return Response.json(value);""", "RangeError: Maximum call stack size exceeded"),
    "a deep value as cf": (
        """let value = {}; for (let i = 0; i < 1e5; ++i) value = { value };
        new Request("http://a.example/", { cf: value });""",
        "RangeError: Maximum call stack size exceeded"),
    "a string that is too long": (
        "'x'.repeat(2 ** 29).concat('x'.repeat(2 ** 29));", "RangeError: Invalid string length"),
    "strings that are too long when joined": (
        "const part = 'x'.repeat(2 ** 28); [part, part, part].join('');",
        "RangeError: Invalid string length"),
    "array buffers": (
        "const all = []; for (;;) all.push(new ArrayBuffer(8 << 20));",
        "RangeError: Array buffer allocation failed"),
    "one array buffer": (
        "new ArrayBuffer(2 ** 40);", "RangeError: Array buffer allocation failed"),
    "buffers that natives make": (
        "const all = [], text = 'x'.repeat(8 << 20); for (;;) all.push(new TextEncoder().encode(text));",
        "RangeError: Array buffer allocation failed"),
    "buffers in blobs": (
        "const all = [], part = new Uint8Array(8 << 20); for (;;) all.push(new Blob([part]));",
        "RangeError: Array buffer allocation failed"),
    "a stream that is filled without end": (
        "new ReadableStream({ start(c) { for (;;) c.enqueue(new Uint8Array(8 << 20)); } });",
        "RangeError: Array buffer allocation failed"),
    "a regular expression of deep groups": (
        "new RegExp('('.repeat(1e5) + ')'.repeat(1e5));", "SyntaxError: Invalid regular expression"),
    "timers": (
        "for (;;) setTimeout(() => {}, 1);", "QuotaExceededError: You have exceeded the number"),
}

# Body of a handler -> what is told of it; the answer is a 500.
ENDED = {
    "a loop that catches": ("for (;;) { try { for (;;) {} } catch {} finally { continue; } }", CPU),
    "a regular expression": ("/^(a+)+$/.test('a'.repeat(64) + 'b');", CPU),
    "a URL pattern": ("""new URLPattern({ pathname: "/((?:a+)+)" }).test(
        "http://a.example/" + "a".repeat(64) + "!");""", CPU),
    "microtasks": ("const f = () => queueMicrotask(f); f(); await scheduler.wait(1);", CPU),
    "awaits": ("for (;;) await null;", CPU),
    "a thenable of itself": ("const t = { then(resolve) { resolve(t); } }; await t;", CPU),
    "natives": ("const b = new Uint8Array(1 << 20); for (;;) new TextDecoder().decode(b);", CPU),
    "a stream without end": ("""const stream = new ReadableStream({ pull(c) { c.enqueue(1); } });
        for await (const chunk of stream);""", CPU),
    "a pipe without end": ("""await new ReadableStream({ pull(c) { c.enqueue(1); } }).pipeTo(
        new WritableStream());""", CPU),
    "toJSON": ("return Response.json({ toJSON() { for (;;); } });", CPU),
    "then of the answer": ("return { get then() { for (;;); } };", CPU),
    "the text of what is thrown": ("throw { toString() { for (;;); } };", CPU),
    "BigInt": ("let n = 3n; for (;;) n *= n;", CPU),
}

# The same, but with little memory and much time.
EXHAUSTED = {
    "arrays": "const all = []; for (;;) all.push(new Array(1e5).fill(1.5));",
    "strings": "const all = []; for (let i = 0; ; ++i) all.push(String(i).padStart(1e6, 'x'));",
    "memories of WebAssembly": """const all = []; for (;;) {
        const memory = new WebAssembly.Memory({ initial: 64 });
        new Uint8Array(memory.buffer).fill(1);
        all.push(memory);
      }""",
    "a memory of WebAssembly that grows":
        "const memory = new WebAssembly.Memory({ initial: 1 }); for (;;) memory.grow(16);",
    # V8 ended the process: it makes these whole before it looks whether it should stop.
    "a long string in one piece": "new URL('http://a.example/' + 'x'.repeat(2 ** 27));",
    "a long string as bytes": "new TextEncoder().encode('\u1234'.repeat(2 ** 27));",
}


def project(body, limits):
    """The attack stands behind a worker that answers /front by itself."""
    return Project({
        "front": """export default { fetch(request) {
            return request.url.endsWith("/front") ? new Response("front") : fetch(request);
          } };""",
        "attacked": """export default { async fetch(request, env, ctx) {
            if (request.url.endsWith("/next")) return new Response("next");
            """ + body + """
          } };"""}, limits=limits)


class Attacks(unittest.TestCase):
    def answers_on(self, server):
        self.assertEqual(server.get("/next")[1], b"next")
        self.assertEqual(server.get("/front")[1], b"front")

    def test_what_ends_in_an_error_that_a_worker_can_catch(self):
        for name, (body, expected) in ANSWERED.items():
            caught = "try { %s } catch (error) { return new Response(`${error}`.slice(0, 60)); }"
            # Where a machine is slow, its limit must not be what ends it.
            with self.subTest(name), dev(project(caught % body, {"heapMiB": 128})) as server:
                content = server.get("/attack")[1].decode()
                self.assertEqual(content[:len(expected)], expected)
                self.answers_on(server)

    def ends(self, body, limits, told):
        with dev(project(body, limits)) as server:
            response, content = server.get("/attack")
            self.assertEqual((response.status, content), (500, b""))
            self.answers_on(server)
        self.assertIn(told, server.stderr)

    def test_what_a_limit_of_time_ends(self):
        for name, (body, told) in ENDED.items():
            with self.subTest(name):
                self.ends(body, LIMITS, told)

    def test_what_a_limit_of_memory_ends(self):
        for name, body in EXHAUSTED.items():
            with self.subTest(name):
                self.ends(body, PATIENT, MEMORY)

    def test_a_hundred_thousand_promises_in_waituntil(self):
        body = """for (let i = 0; i < 100_000; ++i) ctx.waitUntil(Promise.resolve(i));
            return new Response("answered");"""
        with dev(project(body, {})) as server:
            self.assertEqual(server.get("/attack")[1], b"answered")
            self.answers_on(server)

    def test_a_body_without_end_whose_client_goes(self):
        body = """const stream = new ReadableStream({
              pull(c) { c.enqueue(new Uint8Array(1 << 16)); },
              cancel() { console.log("cancelled"); },
            });
            return new Response(stream);"""
        with dev(project(body, {})) as server:
            with socket.create_connection(("127.0.0.1", server.port), 60) as client:
                client.sendall(b"GET /attack HTTP/1.1\r\nHost: a.example\r\n\r\n")
                self.assertTrue(client.recv(1 << 16).startswith(b"HTTP/1.1 200 "))
            self.answers_on(server)


class Isolation(unittest.TestCase):
    def test_patched_prototypes_stay_in_their_worker(self):
        polluted = """for (const name of ["status", "headers", "body", "webSocket", "cf", "method"]) {
              Object.defineProperty(Object.prototype, name,
                { get() { return "polluted"; }, configurable: true });
            }
            const refuse = () => { throw new Error("patched"); };
            for (const cls of [Map, Set, WeakMap, String, RegExp, Promise, Function]) {
              for (const key of Reflect.ownKeys(cls.prototype)) {
                const { value, writable } = Object.getOwnPropertyDescriptor(cls.prototype, key);
                if (key === "constructor" || typeof value !== "function" || !writable) continue;
                cls.prototype[key] = refuse;
              }
            }
            Array.prototype[Symbol.iterator] = refuse;
            export default { fetch(request) { return fetch(request); } };"""
        clean = """export default { async fetch(request) {
              return Response.json([typeof {}.status, [..."ab"], new Map([[1, 2]]).get(1),
                "a-b".replace("-", "+"), await request.text()]);
            } };"""
        with dev(Project({"polluted": polluted, "clean": clean})) as server:
            for _ in range(2):
                response, content = server.get("/", "POST", b"body")
                self.assertEqual(response.status, 200)
                self.assertEqual(json.loads(content), ["undefined", ["a", "b"], 2, "a+b", "body"])

    def test_scripts_that_are_not_strict_reach_no_function_of_the_runtime(self):
        # dispatchFetchEvent.arguments had the native message of the request.
        script = """addEventListener("fetch", function handler(event) {
              const seen = [];
              function look(where) {
                let caller = null;
                try { caller = look.caller.caller.caller; } catch {}
                if (caller !== null && caller !== handler) seen.push(where + " " + caller.name);
              }
              function probe(where) { look(where); }
              const text = { toString: function () { probe("toString"); return "aaaa"; } };
              try { if (handler.caller !== null) seen.push("handler"); } catch {}
              new Headers().set(text, text);
              atob(text);
              const target = new EventTarget();
              target.addEventListener("x", function () { probe("event"); });
              target.dispatchEvent(new Event("x"));
              new ReadableStream({ start: function () { probe("start"); } });
              Error.prepareStackTrace = function () { probe("prepareStackTrace"); };
              new Error().stack;
              delete Error.prepareStackTrace;
              event.respondWith(new HTMLRewriter().on("a", {
                element: function () { probe("element"); },
              }).transform(new Response("<a></a>")).text().then(function () {
                return Response.json([seen, typeof __runtime]);
              }));
            });"""
        with dev(Project({"script": script})) as server:
            self.assertEqual(json.loads(server.get("/")[1]), [[], "undefined"])

    def test_the_environment_and_files_of_the_process_are_out_of_reach(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        secret = pathlib.Path(folder.name) / "secret.mjs"
        secret.write_text("export default 'secret';")
        worker = """import process from "node:process";
            export default { async fetch(request) {
              const names = [PATHS];
              const results = [];
              for (const name of names) {
                results.push(await import(name).then(() => name, (error) => "refused"));
                results.push(process.getBuiltinModule(name) === undefined ? "refused" : name);
              }
              return Response.json([new Set(results).size, results[0], Object.keys(process.env)]);
            } };"""
        names = ["node:fs", "node:net", "node:child_process", "node:vm", "node:worker_threads",
                 str(secret), secret.as_uri(), "../../../../../.." + str(secret)]
        project = Project({"only": worker.replace("PATHS", json.dumps(names)[1:-1])})
        (project.path / "only/wrangler.jsonc").write_text(json.dumps(
            {"name": "only", "main": "index.js", "compatibility_date": "2025-05-01",
             "compatibility_flags": ["nodejs_compat"], "vars": {"MINE": "1"}}))
        os.environ["SAFETY_TEST_SECRET"] = "secret"
        self.addCleanup(os.environ.pop, "SAFETY_TEST_SECRET")
        with dev(project) as server:
            self.assertEqual(json.loads(server.get("/")[1]), [1, "refused", ["MINE"]])


if __name__ == "__main__":
    end_to_end.BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
