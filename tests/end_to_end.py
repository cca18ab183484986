#!/usr/bin/env python3
"""The binary as a user runs it: real sockets on 127.0.0.1, real files, exit codes and messages."""
import http.client
import http.server
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import xml.etree.ElementTree

import five_differences

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples/front-line"
CAPTURE = ROOT / "fixtures/front-line/traffic.cap"
BINARY = ""


def run(*arguments, timeout=300):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True,
                          timeout=timeout)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Project:
    """A simulation in a folder of its own; `workers`: name -> source of its module."""

    def __init__(self, workers, chain=None, **settings):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        unittest.addModuleCleanup(self.folder.cleanup)
        for name, source in workers.items():
            home = self.path / name
            home.mkdir()
            (home / "index.js").write_text(source)
            (home / "wrangler.jsonc").write_text(json.dumps(
                {"name": name, "main": "index.js", "compatibility_date": "2025-01-01"}))
        simulation = {"workers": {name: name for name in workers},
                      "chain": chain or list(workers), "egress": "internet", **settings}
        (self.path / "flamesim.jsonc").write_text(json.dumps(simulation))


class Running:
    """A command that serves until the block ends."""

    def __init__(self, *arguments, port):
        self.process = subprocess.Popen([BINARY, *map(str, arguments)], stderr=subprocess.PIPE,
                                        text=True)
        self.port = port

    def __enter__(self):
        for _ in range(600):
            if self.process.poll() is not None:
                raise AssertionError("ended early: " + self.process.stderr.read())
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError("does not listen")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.stderr = self.process.communicate(timeout=30)[1]
        # The signal asks it to end; it is not what kills it.
        assert self.process.returncode == 0, f"ended with {self.process.returncode}: {self.stderr}"

    def get(self, path, method="GET", body=None, headers=()):
        """`headers`: a dictionary, or pairs where a name comes twice."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.putrequest(method, path)
        for name, value in headers.items() if isinstance(headers, dict) else headers:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response, content


def dev(project):
    port = free_port()
    return Running("dev", project.path, "--listen", f"127.0.0.1:{port}", port=port)


class Dev(unittest.TestCase):
    def test_a_chain_answers_and_passes_on(self):
        project = Project({
            "first": """export default { async fetch(request) {
                const next = new Request(request);
                next.headers.set("x-first", "seen");
                const answer = await fetch(next);
                const headers = new Headers(answer.headers);
                headers.append("x-way-back", "first");
                return new Response(answer.body, { status: answer.status, headers });
              } };""",
            "second": """export default { async fetch(request) {
                return Response.json({ url: new URL(request.url).pathname,
                  first: request.headers.get("x-first"), body: await request.text() },
                  { status: 201 });
              } };"""})
        with dev(project) as server:
            response, content = server.get("/a?b=1", "POST", b"hello")
        self.assertEqual(response.status, 201)
        self.assertEqual(response.getheader("x-way-back"), "first")
        self.assertEqual(json.loads(content), {"url": "/a", "first": "seen", "body": "hello"})

    def test_changes_to_headers_reach_the_next_worker_in_order(self):
        project = Project({
            "first": """export default { async fetch(request) {
                const next = new Request(request), { headers } = next;
                headers.set("X-One", "set");           // was there, twice: stays in place, once
                headers.append("X-Two", "more");
                headers.delete("X-Three");
                headers.set("X-New", "a");
                headers.append("x-new", "b");
                headers.delete("X-Gone");
                headers.append("X-Gone", "back");
                const copy = new Headers(headers);
                copy.set("X-One", "copied");
                const seen = [headers.get("x-one"), headers.get("X-TWO"), headers.get("x-three"),
                  headers.get("x-new"), headers.get("x-gone"), headers.has("x-four"),
                  copy.get("x-one"), [...headers.keys()].filter((name) => name.startsWith("x-"))];
                headers.set("X-Late", "after a look at all");
                const answer = await fetch(next);
                return Response.json({ seen, passed: await answer.json(),
                  untouched: request.headers.get("x-one") });
              } };""",
            "second": """export default { async fetch(request) {
                return Response.json([...request.headers].filter(([name]) => name.startsWith("x-")));
              } };"""})
        with dev(project) as server:
            _, content = server.get("/", headers=[
                ("X-One", "1"), ("X-Two", "2"), ("X-One", "1b"), ("X-Three", "3"), ("X-Gone", "g")])
        answer = json.loads(content)
        self.assertEqual(answer["seen"], ["set", "2, more", None, "a, b", "back", False, "copied",
                                          ["x-gone", "x-new", "x-one", "x-two"]])
        self.assertEqual(answer["passed"], [
            ["x-gone", "back"], ["x-late", "after a look at all"], ["x-new", "a, b"],
            ["x-one", "set"], ["x-two", "2, more"]])
        self.assertEqual(answer["untouched"], "1, 1b")

    def test_a_response_around_the_body_of_another_shares_it(self):
        project = Project({
            "first": """export default { async fetch(request) {
                const answer = await fetch(request);
                if (request.url.endsWith("/twice")) {
                  const around = new Response(answer.body, answer);
                  const text = await around.text();
                  const used = answer.bodyUsed;
                  const again = await answer.text().catch((error) => error.name);
                  return Response.json([text, used, again, around.body === answer.body]);
                }
                if (request.url.endsWith("/locked")) {
                  answer.body.getReader();
                  try { new Response(answer.body); } catch (error) { return new Response(error.name); }
                }
                return new Response(answer.body, { status: 203 });
              } };""",
            "second": """export default { fetch: () => new Response("content") };"""})
        with dev(project) as server:
            response, content = server.get("/")
            self.assertEqual((response.status, content), (203, b"content"))
            self.assertEqual(json.loads(server.get("/twice")[1]),
                             ["content", True, "TypeError", True])
            self.assertEqual(server.get("/locked")[1], b"TypeError")

    def test_what_a_worker_throws_is_a_500_and_the_next_request_is_served(self):
        project = Project({"only": """export default { async fetch(request) {
              if (request.url.endsWith("/throw")) throw new Error("broken on purpose");
              if (request.url.endsWith("/hang")) await new Promise(() => {});
              return new Response("fine");
            } };"""})
        with dev(project) as server:
            self.assertEqual(server.get("/throw")[0].status, 500)
            self.assertEqual(server.get("/throw")[1], b"")
            self.assertEqual(server.get("/hang")[0].status, 500)
            self.assertEqual(server.get("/")[1], b"fine")
        self.assertIn("broken on purpose", server.stderr)
        self.assertIn("your Worker's code had hung", server.stderr)

    def test_endless_loops_and_allocations_end_the_request_alone(self):
        project = Project({"only": """export default { async fetch(request) {
              if (request.url.endsWith("/loop")) for (;;) {}
              if (request.url.endsWith("/heap")) { const all = []; for (;;) all.push(new Array(1e4).fill(1.5)); }
              return new Response("fine");
            } };"""}, limits={"cpuMs": 200, "heapMiB": 64})
        with dev(project) as server:
            self.assertEqual(server.get("/loop")[0].status, 500)
            self.assertEqual(server.get("/")[1], b"fine")
            self.assertEqual(server.get("/heap")[0].status, 500)
            self.assertEqual(server.get("/")[1], b"fine")
        self.assertIn("Worker exceeded CPU time limit.", server.stderr)

    def test_a_request_may_outlive_its_isolate(self):
        # It used the isolate after it was gone: the sanitizers see it.
        project = Project({"only": """export default { async fetch(request) {
              if (request.url.endsWith("/heap")) { const all = []; for (;;) all.push(new Array(1e4).fill(1.5)); }
              if (request.url.endsWith("/slow")) { console.log("began"); await scheduler.wait(3000); }
              return new Response("fine");
            } };"""}, limits={"heapMiB": 64})
        with dev(project) as server:
            answers = []
            slow = threading.Thread(target=lambda: answers.append(server.get("/slow")[0].status))
            slow.start()
            next(line for line in server.process.stderr if "began" in line)
            self.assertEqual(server.get("/heap")[0].status, 500)
            self.assertEqual(server.get("/")[1], b"fine")  # in a new isolate
            slow.join()
            self.assertEqual(server.get("/")[1], b"fine")
        self.assertEqual(answers, [200])  # it had one step left

    def test_workers_see_which_http_version_the_client_spoke(self):
        project = Project({
            "first": """export default { fetch(request) {
                const next = new Request(request);
                next.headers.set("x-first", request.headers.get("x-ask") ? request.cf.httpProtocol : "");
                return fetch(next);
              } };""",
            "second": """export default { fetch(request) {
                return new Response(request.headers.get("x-first") + " " + request.cf.httpProtocol);
              } };"""})
        with dev(project) as server:
            for version in ("1.0", "1.1"):
                for ask in ("", "X-Ask: 1\r\n"):
                    with socket.create_connection(("127.0.0.1", server.port), 60) as client:
                        client.sendall(f"GET / HTTP/{version}\r\nHost: a.example\r\n{ask}"
                                       "Connection: close\r\n\r\n".encode())
                        answer = client.makefile("rb").read()
                    seen = f"HTTP/{version}" if ask else ""
                    self.assertTrue(answer.endswith(f"\r\n\r\n{seen} HTTP/{version}".encode()), answer)

    def test_a_worker_that_patches_prototypes_fetches_as_others_do(self):
        project = Project({
            "first": """let seen = "";
              for (const cls of [Array, Promise, EventTarget]) {
                const { prototype } = cls;
                for (const key of Reflect.ownKeys(prototype)) {
                  if (key === "constructor" || typeof prototype[key] !== "function") continue;
                  if (key === Symbol.iterator) continue;
                  prototype[key] = () => { seen += String(key) + " "; throw new Error("patched"); };
                }
              }
              Array.prototype[Symbol.iterator] = () => { seen += "iterator "; throw new Error("patched"); };
              export default { async fetch(request) {
                const { signal } = new AbortController();
                const answer = await fetch(new Request(request, { signal }));
                const headers = new Headers(answer.headers);
                headers.append("x-way-back", "first");
                const controller = new AbortController();
                const late = fetch("http://a.example/late", { signal: controller.signal });
                controller.abort();
                let name = "";
                try { await late; } catch (error) { name = error.name; }
                return new Response(await answer.text() + " " + name + " " + seen, { headers });
              } };""",
            "second": """export default { async fetch(request) {
                if (request.url.endsWith("/late")) await scheduler.wait(60_000);
                return new Response(await request.text(), { headers: { "X-Way-Back": "second" } });
              } };"""})
        with dev(project) as server:
            response, content = server.get("/", "POST", b"body")
        self.assertEqual(content, b"body AbortError ")
        self.assertEqual(response.getheader("x-way-back"), "second, first")

    def test_service_bindings_reach_the_exports_that_they_name(self):
        project = Project({
            "caller": """export default { async fetch(request, env) {
                const texts = await Promise.all(["PLAIN", "OBJECT", "CLASS"].map(
                  async (name) => (await env[name].fetch(request.url)).text()));
                return new Response(texts.join());
              } };""",
            "called": """export default { fetch() { return new Response("default"); } };
              export const admin = {
                greeting: "object of ",
                fetch(request, env) {
                  return new Response(this.greeting + new URL(request.url).pathname + env.V);
                } };
              export class Staff {
                constructor(ctx, env) { this.env = env; }
                fetch(request) { return new Response("class " + this.env.V); }
              }
              export const number = 1;"""},
            chain=["caller"])
        (project.path / "called/wrangler.jsonc").write_text(json.dumps(
            {"name": "called", "main": "index.js", "compatibility_date": "2025-01-01",
             "vars": {"V": "!"}}))

        def bind(**entrypoints):
            services = [{"binding": name, "service": "called"} |
                        ({"entrypoint": entrypoint} if entrypoint else {})
                        for name, entrypoint in entrypoints.items()]
            (project.path / "caller/wrangler.jsonc").write_text(
                '{"name": "caller", "main": "index.js", "compatibility_date": "2025-01-01",\n'
                ' "services": ' + json.dumps(services) + "}")
        bind(PLAIN=None, OBJECT="admin", CLASS="Staff")
        with dev(project) as server:
            self.assertEqual(server.get("/x")[1], b"default,object of /x!,class !")
        bind(OBJECT="Admin", CLASS="number")
        result = run("dev", project.path)
        self.assertEqual(result.returncode, 2, result.stderr)
        for text in ('caller/wrangler.jsonc:2:', 'does not export the entrypoint "Admin"',
                     'did you mean "admin"? it has Staff, admin, default',
                     'does not export the entrypoint "number"'):
            self.assertIn(text, result.stderr)

    def test_cpu_time_adds_up_over_a_request_and_is_charged_to_that_one_alone(self):
        project = Project({
            "first": """export default { async fetch(request) {
              if (request.url.endsWith("/slow")) {
                for (let i = 0; i < 20; ++i) await scheduler.wait(50);
                return new Response("slow");
              }
              const answer = await fetch(request);
              return new Response("first lives, second said " + answer.status);
            } };""",
            "second": """const burn = () => { for (let i = 0; i < 1e6; ++i); };
            export default { async fetch(request) {
              if (request.url.endsWith("/loop")) for (;;) {}
              if (request.url.endsWith("/waits")) for (;;) { burn(); await scheduler.wait(0); }
              return new Promise(() => setInterval(burn, 1));
            } };"""}, limits={"cpuMs": 200})
        with dev(project) as server:
            answers = []
            slow = threading.Thread(target=lambda: answers.append(server.get("/slow")[1]))
            slow.start()
            for path in ("/loop", "/waits", "/interval"):
                self.assertEqual(server.get(path)[1], b"first lives, second said 500")
            slow.join()
        self.assertEqual(answers, [b"slow"])
        self.assertEqual(server.stderr.count("[second] error: Worker exceeded CPU time limit."), 3)

    def test_a_worker_s_own_cpu_limit_counts_where_it_is_smaller(self):
        # The simulation's alone would let it loop for a day.
        project = Project({"only": "export default { fetch() { for (;;) {} } };"},
                          limits={"cpuMs": 86_400_000})
        (project.path / "only/wrangler.jsonc").write_text(json.dumps(
            {"name": "only", "main": "index.js", "compatibility_date": "2025-01-01",
             "limits": {"cpu_ms": 100}}))
        with dev(project) as server:
            self.assertEqual(server.get("/")[0].status, 500)
        self.assertIn("Worker exceeded CPU time limit.", server.stderr)

    def test_waituntil_that_burns_cpu_time_ends_behind_the_answer(self):
        project = Project({"only": """export default { fetch(request, env, ctx) {
              ctx.waitUntil((async () => {
                for (;;) { for (let i = 0; i < 1e6; ++i); await scheduler.wait(0); }
              })());
              return new Response("fine");
            } };"""}, limits={"cpuMs": 100})
        with dev(project) as server:
            self.assertEqual(server.get("/")[1], b"fine")
            # Where the limit does not end it, that of waitUntil() does, with another text.
            told = next(line for line in server.process.stderr if line.startswith("[only]"))
        self.assertIn("[only] error: Worker exceeded CPU time limit.", told)

    def test_typescript_a_service_worker_as_egress_and_a_mistyped_key(self):
        project = Project({
            "typed": "",
            "customer": """addEventListener("fetch", (event) => {
                event.respondWith(new Response("customer")); });"""},
            chain=["typed"], egress="customer")
        (project.path / "typed/index.js").unlink()
        (project.path / "typed/index.ts").write_text(
            "interface Env { GREETING: string }\n"
            "export default { async fetch(request: Request, env: Env): Promise<Response> {\n"
            "  if (request.url.endsWith('/throw')) (null as any).boom();\n"
            "  return new Response(env.GREETING + ' ' + await (await fetch(request)).text());\n"
            "} };\n")
        (project.path / "typed/wrangler.jsonc").write_text(
            '{ "name": "typed", "main": "index.ts", "compatibility_date": "2025-01-01",\n'
            '  "compatability_flags": [],\n  "vars": { "GREETING": "hi" } }')
        with dev(project) as server:
            self.assertEqual(server.get("/")[1], b"hi customer")
            self.assertEqual(server.get("/throw")[0].status, 500)
        self.assertRegex(server.stderr, r"index\.ts:3:")
        self.assertIn("wrangler.jsonc:2:3", server.stderr)
        self.assertIn('did you mean "compatibility_flags"?', server.stderr)

    def test_pass_through_on_exception_sends_the_original_on(self):
        project = Project({
            "first": """export default { async fetch(request, env, ctx) {
                ctx.passThroughOnException();
                throw new Error("no");
              } };""",
            "second": """export default { async fetch(request) {
                return new Response("second got " + request.method + " " + await request.text());
              } };"""})
        with dev(project) as server:
            response, content = server.get("/", "POST", b"the body")
        self.assertEqual((response.status, content), (200, b"second got POST the body"))

    def test_a_1_gib_body_passes_through_three_workers_in_bounded_memory(self):
        passing = "export default { fetch(request) { return fetch(request); } };"
        echo = """export default { fetch(request) { return new Response(request.body); } };"""
        project = Project({"a": passing, "b": passing, "c": echo})
        size = 64 << 20 if "asan" in BINARY else 1 << 30
        with dev(project) as server:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
            connection.putrequest("POST", "/")
            connection.putheader("Content-Length", str(size))
            connection.endheaders()
            chunk = bytes(1 << 20)

            def send():
                for _ in range(size >> 20):
                    connection.send(chunk)
            sender = threading.Thread(target=send)
            sender.start()
            response = connection.getresponse()
            got = 0
            while data := response.read(1 << 20):
                got += len(data)
            sender.join()
            status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
            peak = int(status.split("VmHWM:")[1].split()[0]) // 1024
        self.assertEqual(got, size)
        if "asan" not in BINARY:
            self.assertLess(peak, 60 + 150, "MiB at the peak")


class Services(unittest.TestCase):
    def project(self, source, **more):
        """One worker with an Echo service that a table answers."""
        project = Project({"only": source}, services={"echo": {
            "source": "table", "schema": "echo.capnp", "interface": "Echo", "table": "echo.json"}},
            **more)
        (project.path / "echo.capnp").write_text(
            "@0xa1b2c3d4e5f60718;\n"
            "interface Echo { say @0 (text :Text) -> (answer :Text, count :Int64); }\n")
        (project.path / "echo.json").write_text(json.dumps(
            {"say": [{"when": {"text": "one"}, "then": {"answer": "1", "count": 7}},
                     {"then": {"answer": "any"}}]}))
        (project.path / "only/wrangler.jsonc").write_text(json.dumps({
            "name": "only", "main": "index.js", "compatibility_date": "2025-01-01", "unsafe": {
                "bindings": [{"type": "capnp_service", "name": "ECHO", "service": "echo",
                              "interface": "Echo"}],
                "capnp": {"base_path": "..", "source_schemas": ["echo.capnp"]}}}))
        return project

    def test_a_table_answers_and_a_capability_left_open_is_warned_about(self):
        project = self.project("""export default { async fetch(request, env) {
              const echo = env.ECHO.getCapability();
              const { answer, count } = await echo.say({ text: "one" });
              return new Response(`${answer} ${typeof count}`);
            } };""")
        with dev(project) as server:
            self.assertEqual(server.get("/")[1], b"1 bigint")
        self.assertRegex(server.stderr, r"\[only\] warn: .*close")

    def test_a_schema_can_be_imported_and_its_classes_are_those_of_the_bindings(self):
        project = self.project("""import file, { Echo } from "../echo.capnp";
            export default { async fetch(request, env) {
              const echo = env.ECHO.getCapability();
              const mine = new Echo({ say: ({ text }) => ({ answer: text.toUpperCase() }) });
              const { answer } = await mine.say({ text: "mine" });
              const result = [echo instanceof Echo, file.Echo === Echo, answer].join();
              echo.close();
              mine.close();
              return new Response(result);
            } };""")
        with dev(project) as server:
            self.assertEqual(server.get("/")[1], b"true,true,MINE")

    def test_a_binding_without_a_service_and_a_table_that_does_not_fit(self):
        project = self.project("export default {};")
        (project.path / "echo.json").write_text('{"say": [\n {"then": {"anser": "x"}}]}')
        result = run("dev", project.path)
        self.assertEqual(result.returncode, 2, result.stderr)
        for text in ("echo.json:2:", "$.say[0].then.anser", "answer"):
            self.assertIn(text, result.stderr)
        settings = json.loads((project.path / "flamesim.jsonc").read_text())
        del settings["services"]
        (project.path / "flamesim.jsonc").write_text(json.dumps(settings))
        result = run("dev", project.path)
        self.assertEqual(result.returncode, 2, result.stderr)
        for text in ("wrangler.jsonc:1:", "ECHO", "services"):
            self.assertIn(text, result.stderr)

    def test_mocks_serve_answers_another_process(self):
        project = self.project("""export default { async fetch(request, env) {
              const echo = env.ECHO.getCapability();
              const { answer } = await echo.say({ text: "one" });
              echo.close();
              return new Response(answer);
            } };""")
        port = free_port()
        with Running("mocks", "serve", project.path, "--listen", f"echo=127.0.0.1:{port}",
                     port=port):
            settings = json.loads((project.path / "flamesim.jsonc").read_text())
            settings["services"]["echo"] = {"source": "socket", "address": f"127.0.0.1:{port}"}
            (project.path / "flamesim.jsonc").write_text(json.dumps(settings))
            with dev(project) as server:
                self.assertEqual(server.get("/")[1], b"1")

    @unittest.skipUnless(CAPTURE.exists(), "fixtures/front-line/traffic.cap is not there")
    def test_virtual_time_stands_still_while_a_service_behind_a_socket_works(self):
        project = self.project("""export default { async fetch(request, env) {
              const start = Date.now();
              const echo = env.ECHO.getCapability();
              const first = await Promise.race([
                echo.say({ text: "one" }).then(({ answer }) => answer),
                scheduler.wait(1).then(() => "the timer"),
              ]);
              echo.close();
              return new Response("", { headers: { "x-first": `${first} ${Date.now() - start}` } });
            } };""")
        port = free_port()
        with Running("mocks", "serve", project.path, "--listen", f"echo=127.0.0.1:{port}",
                     port=port), tempfile.TemporaryDirectory() as out:
            settings = json.loads((project.path / "flamesim.jsonc").read_text())
            settings["services"]["echo"] = {"source": "socket", "address": f"127.0.0.1:{port}"}
            (project.path / "flamesim.jsonc").write_text(json.dumps(settings))
            result = run("replay", project.path, "--from", CAPTURE, "--only", "1", "--report", out)
            self.assertEqual(result.returncode, 1, result.stderr)
            clusters = json.loads((pathlib.Path(out) / "report.json").read_text())["clusters"]
        self.assertEqual([c["got"] for c in clusters if c["field"] == "header:x-first"], ["1 0"])


class Tests(unittest.TestCase):
    def project(self, name, source):
        project = Project({"only": """export default { async fetch(request, env) {
            return new Response(`only ${env.WORD}`, { status: 201 });
          } };"""})
        (project.path / "only" / "wrangler.jsonc").write_text(json.dumps({
            "name": "only", "main": "index.js", "compatibility_date": "2025-01-01",
            "vars": {"WORD": "word"}}))
        (project.path / "only" / name).write_text(source)
        return project

    def test_tests_see_the_chain_and_the_bindings_of_the_worker_beside_them(self):
        project = self.project("only.test.js", """
            import worker from "./index.js";
            import { strictEqual as same } from "node:assert";
            export const chain = { async test(controller, env) {
              const response = await fetch("http://a.example/");
              same(response.status, 201);
              same(await response.text(), "only word");
            } };
            export const direct = { async test(controller, env, ctx) {
              const response = await worker.fetch(new Request("http://a/"), { WORD: "own" }, ctx);
              same(await response.text(), "only own");
              same(env.WORD, "word");
            } };""")
        result = run("test", project.path)
        self.assertEqual(result.returncode, 0, result.stderr + result.stdout)
        self.assertIn("2 passed, 0 failed", result.stdout)

    def test_a_failure_names_its_line_in_typescript(self):
        project = self.project("only.test.ts", """
            export const fails = { async test(): Promise<void> {
              const wanted: number = 200;
              const response = await fetch("http://a.example/");
              if (response.status !== wanted) throw new Error(`got ${response.status}`);
            } };""")
        result = run("test", project.path)
        self.assertEqual(result.returncode, 1, result.stderr + result.stdout)
        for text in ("FAIL  fails", "Error: got 201", "only.test.ts:5:", "0 passed, 1 failed"):
            self.assertIn(text, result.stdout)

    def test_a_filter_and_reporters(self):
        project = self.project("only-test.js", """
            export const one = { test() {} };
            export const two = { test() { throw new Error("two"); } };""")
        result = run("test", project.path, "--filter", "one", "--reporter", "tap")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"ok 1 - .*only-test.js: one\n1..1")
        result = run("test", project.path, "--reporter", "junit")
        self.assertEqual(result.returncode, 1, result.stderr)
        suite = xml.etree.ElementTree.fromstring(result.stdout).find("testsuite")
        self.assertEqual((suite.get("tests"), suite.get("failures")), ("2", "1"))

    def test_a_file_that_does_not_load_fails_and_the_others_run(self):
        project = self.project("a.test.js", "export const broken = ;\n")
        (project.path / "only" / "b.test.js").write_text("export const good = { test() {} };\n")
        result = run("test", project.path)
        self.assertEqual(result.returncode, 1, result.stderr)
        for text in ("a.test.js:1:", "1 passed, 1 failed"):
            self.assertIn(text, result.stdout)

    def test_nothing_to_run_is_said(self):
        project = Project({"only": "export default { fetch() { return new Response(''); } };"})
        result = run("test", project.path)
        self.assertEqual(result.returncode, 4, result.stdout)
        self.assertIn("*.test.js", result.stderr)
        self.assertEqual(run("test", project.path / "not-there").returncode, 2)

    def test_the_tests_of_the_example_pass(self):
        result = run("test", EXAMPLE)
        self.assertEqual(result.returncode, 0, result.stderr + result.stdout)
        self.assertIn("5 passed, 0 failed", result.stdout)


class Errors(unittest.TestCase):
    def expect(self, result, code, *texts):
        self.assertEqual(result.returncode, code, result.stderr + result.stdout)
        for text in texts:
            self.assertIn(text, result.stderr)

    def test_a_syntax_error_names_file_line_and_column(self):
        project = Project({"only": "export default {\n  fetch( { return 1; }\n};\n"})
        self.expect(run("dev", project.path), 2, "index.js:2:", "fetch( { return 1; }")

    def test_an_error_in_global_scope_names_its_line(self):
        project = Project({"only": "const a = 1;\nnothing.there();\nexport default {};\n"})
        self.expect(run("dev", project.path), 2, "index.js:2:", "nothing is not defined")

    def test_a_port_in_use(self):
        project = Project({"only": "export default { fetch() { return new Response(''); } };"})
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            self.expect(run("dev", project.path, "--listen", address), 2, address, "in use")

    def test_a_chain_that_names_no_worker(self):
        project = Project({"owner": "export default {};"}, chain=["ownr"])
        self.expect(run("dev", project.path), 2, "flamesim.jsonc:1:", "ownr", "owner")

    def test_captures_that_cannot_be_read(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "x.cap"
            self.expect(run("capture", "show", path), 2, "x.cap")
            path.write_bytes(b"this is no capture at all, but it is long enough to look like one")
            self.expect(run("capture", "show", path), 2, "x.cap")
            har = pathlib.Path(folder) / "cut.har"
            har.write_text('{"log": {"entries": [{"request": ')
            self.expect(run("capture", "import", "--har", har, "-o", path), 2, "cut.har:1:")

    def test_a_command_line_that_makes_no_sense(self):
        self.assertEqual(run("replay").returncode, 2)
        self.assertEqual(run("no-such-command").returncode, 2)
        self.assertEqual(run("--help").returncode, 0)


class Recording(unittest.TestCase):
    def test_record_then_replay_through_a_worker_that_differs_in_one_header(self):
        class Origin(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = f"you asked for {self.path}".encode()
                self.send_response(200)
                self.send_header("X-Made-By", "origin")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        origin = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
        threading.Thread(target=origin.serve_forever, daemon=True).start()
        with tempfile.TemporaryDirectory() as folder:
            capture = pathlib.Path(folder) / "mine.cap"
            port = free_port()
            with Running("record", "--listen", f"127.0.0.1:{port}", "--to",
                         f"http://127.0.0.1:{origin.server_port}", "-o", capture,
                         port=port) as recorder:
                for i in range(20):
                    self.assertEqual(recorder.get(f"/{i}")[0].status, 200)
            origin.shutdown()
            origin.server_close()
            shown = run("capture", "show", capture)
            self.assertEqual(shown.returncode, 0, shown.stderr)
            self.assertEqual(sum(" GET " in line for line in shown.stdout.splitlines()), 20)

            project = Project({"only": """export default { fetch(request) {
                const path = new URL(request.url).pathname;
                return new Response("you asked for " + path,
                  { headers: { "X-Made-By": "worker", "Server": "s" } });
              } };"""})
            rules = pathlib.Path(folder) / "rules.jsonc"
            rules.write_text(json.dumps({"rules": [
                {"field": field, "action": "ignore", "reason": "not the point of this test"}
                for field in ("header:server", "header:date", "header:content-type")]}))
            report = pathlib.Path(folder) / "out"
            result = run("replay", project.path, "--from", capture, "--rules", rules, "--report",
                         report)
            self.assertEqual(result.returncode, 1, result.stderr + result.stdout)
            clusters = [cluster for cluster in json.loads((report / "report.json").read_text())["clusters"]
                        if cluster["weight"] == "behaviour"]
            self.assertEqual([(c["field"], c["expected"], c["got"], c["worker"]) for c in clusters],
                             [("header:x-made-by", "origin", "worker", "only")])


@unittest.skipUnless(CAPTURE.exists(), "fixtures/front-line/traffic.cap is not there")
class Example(unittest.TestCase):
    def test_the_example_differs_in_exactly_five_ways(self):
        with tempfile.TemporaryDirectory() as out:
            result = run("replay", EXAMPLE, "--from", CAPTURE, "--report", out)
            self.assertEqual(result.returncode, 1, result.stderr)
            report = json.loads((pathlib.Path(out) / "report.json").read_text())
        self.assertEqual(five_differences.found(report), five_differences.DIFFERENCES,
                         result.stdout)

    def test_two_runs_are_equal_to_the_byte_on_one_thread_and_on_two(self):
        candidates = []
        for threads in (1, 2, 2):
            with tempfile.TemporaryDirectory() as out:
                run("replay", EXAMPLE, "--from", CAPTURE, "--report", out, "--threads", threads)
                candidates.append((pathlib.Path(out) / "candidate.cap").read_bytes())
        self.assertGreater(len(candidates[0]), 1000)
        self.assertEqual(candidates[0], candidates[1])
        self.assertEqual(candidates[1], candidates[2])

    def test_an_exchange_that_waits_for_itself_fails_and_the_replay_ends(self):
        project = Project({"only": """export default { async fetch(request, env) {
            const again = async (key) => ({ value: await env.CACHE.read(key, again) });
            return new Response(await env.CACHE.read("itself", again));
          } };"""})
        (project.path / "only" / "wrangler.jsonc").write_text(json.dumps({
            "name": "only", "main": "index.js", "compatibility_date": "2025-01-01",
            "unsafe": {"bindings": [{"name": "CACHE", "type": "volatile_cache", "max_keys": 10,
                                     "max_value_size": 100, "max_total_value_size": 1000}]}}))
        result = run("replay", project.path, "--from", CAPTURE, "--only", "1", "--only", "2")
        self.assertEqual(result.returncode, 1, result.stderr + result.stdout)
        self.assertIn("2 failed", result.stdout)
        self.assertIn("waits for something that never comes", result.stdout)

    def test_diff_of_the_kept_candidate_says_what_replay_said(self):
        with tempfile.TemporaryDirectory() as out:
            replayed = run("replay", EXAMPLE, "--from", CAPTURE, "--report", out)
            first = json.loads((pathlib.Path(out) / "report.json").read_text())
            again = run("diff", pathlib.Path(out) / "candidate.cap", CAPTURE, "--report", out)
            second = json.loads((pathlib.Path(out) / "report.json").read_text())
        self.assertEqual(replayed.returncode, again.returncode)
        for cluster in first["clusters"] + second["clusters"]:
            cluster["example"].pop("reproduce", None)
        self.assertEqual(first["clusters"], second["clusters"])


if __name__ == "__main__":
    BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
