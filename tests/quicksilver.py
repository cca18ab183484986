#!/usr/bin/env python3
"""`flamesim quicksilver`: against a running server and a store in a folder; lag, watch, import."""
import base64
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

import end_to_end
from end_to_end import ROOT, Project, dev, run

WORKER = """
const decoder = new TextDecoder();
const changes = [];
export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    const quicksilver = env.QUICKSILVER.getCapability();
    try {
      if (url.pathname === "/write") {
        const admin = env.ADMIN.getCapability();
        try { await admin.put({ key: "zone:a", value: new Uint8Array([49]) }); }
        finally { admin.close(); }
        return new Response("written");
      }
      if (url.pathname === "/watch") {
        let told;
        const first = new Promise((resolve) => { told = resolve; });
        const { watch, index } = await quicksilver.watch({ prefix: "zone:", watcher: {
          changed({ changes, index }) {
            told(changes.map((c) => `${c.index} ${c.key}=${decoder.decode(c.value)}`).join());
            return {};
          },
        } });
        console.log("watching from", String(index));
        const seen = await Promise.race([first, scheduler.wait(60_000)]);
        watch.close();
        return new Response(seen);
      }
      const at = url.searchParams.get("at");
      const key = url.pathname.slice(1);
      const { found, value, index } =
        await quicksilver.get(at === null ? { key } : { key, at: { index: BigInt(at) } });
      return new Response(`${index} ${found ? decoder.decode(value) : "absent"}`);
    } catch (error) {
      return new Response(String(error), { status: 500 });
    } finally {
      quicksilver.close();
    }
  },
};
"""
BINDING = {"unsafe": {
    "bindings": [{"name": name, "type": "capnp_service", "service": "settings",
                  "interface": interface}
                 for name, interface in (("QUICKSILVER", "Quicksilver"),
                                         ("ADMIN", "QuicksilverAdmin"))],
    "capnp": {"base_path": str(ROOT / "schemas"), "source_schemas": ["quicksilver.capnp"]}}}


def project(**service):
    return Project({"main": WORKER}, wrangler={"main": BINDING},
                   services={"settings": {"source": "quicksilver", **service}})


class Commands:
    """Every command; `self.place` says where."""

    def answer(self, command, *arguments, stdin=b""):
        return subprocess.run([end_to_end.BINARY, "quicksilver", command, *self.place,
                               *map(str, arguments)], input=stdin, capture_output=True, timeout=60)

    def call(self, command, *arguments, code=0, stdin=b""):
        done = self.answer(command, *arguments, stdin=stdin)
        self.assertEqual(code, done.returncode, done.stderr.decode())
        return done.stdout if code == 0 else done.stderr.decode()

    def lines(self, *arguments):
        return self.call(*arguments).decode().splitlines()

    def everything(self):
        self.assertEqual(b"index 1\n", self.call("put", "zone:a", "on"))
        raw = bytes(range(256))
        self.assertEqual(b"index 2\n", self.call("put", "zone:b", "--file", "-", stdin=raw))
        self.call("put", "other", "--base64", base64.b64encode(raw).decode())
        self.assertEqual(b"on", self.call("get", "zone:a"))
        self.assertEqual(raw, self.call("get", "zone:b"))
        self.assertEqual(raw, self.call("get", "other"))
        self.assertEqual('"c" is absent at index 3\n', self.call("get", "c", code=1))
        self.assertEqual(b"index 4\n", self.call("del", "zone:a"))
        self.assertEqual('"zone:a" was absent\n', self.call("del", "zone:a", code=1))
        self.assertEqual(b"on", self.call("get", "zone:a", "--at", 3))
        self.assertEqual({"key": "zone:a", "found": False, "index": 4},
                         json.loads(self.answer("get", "zone:a", "--json").stdout))
        self.assertIn("has not come to this index yet", self.call("get", "c", "--at", 9, code=3))
        self.assertEqual(["zone:b"], self.lines("list", "zone:"))
        self.assertEqual(["zone:a", "zone:b"], self.lines("list", "zone:", "--at", 3))
        self.assertEqual(["other"], self.lines("list", "--limit", 1))
        self.everything_of_files(raw)
        self.everything_of_the_log()

    def everything_of_files(self, raw):
        listed = self.call("list", "--json")
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "pairs.json").write_text('{"zone:c": {"waf": true}, /* "x" */ "n": 1}')
            self.assertEqual(b"2 updates written, index 6\n",
                             self.call("import", folder / "pairs.json"))
            self.assertEqual(b'{"waf":true}', self.call("get", "zone:c"))
            # What list prints is what import reads; it is all there already.
            self.assertEqual(b"0 updates written, index 6\n", self.call("import", "-", stdin=listed))
            (folder / "many.jsonl").write_text("".join(
                json.dumps({"key": f"many:{i:05}", "value": str(i)}) + "\n" for i in range(2500)))
            self.assertEqual(b"2500 updates written, index 2506\n",
                             self.call("import", folder / "many.jsonl"))
            self.assertEqual(2500, len(self.lines("list", "many:")))
            (folder / "wrong.jsonl").write_text('{"key": "w", "value": 1}\n{"kee": "w"}\n')
            message = self.call("import", folder / "wrong.jsonl", code=2)
            self.assertIn("wrong.jsonl:2:2", message)
            self.assertIn("may have been written already", message)
        self.assertIn("cannot be read", self.call("import", "missing.jsonl", code=2))
        self.assertEqual(raw, self.call("get", "zone:b"))

    def everything_of_the_log(self):
        log = [json.loads(line) for line in self.lines("log", "--json")]
        self.assertEqual([str(i) for i in range(1, len(log) + 1)],
                         [update["index"] for update in log])
        self.assertEqual(("DEL", "zone:a"), (log[3]["op"], log[3]["key"]))
        self.assertEqual("4", json.loads(self.lines("log", "--json", "--after", 3, "--limit",
                                                    1)[0])["index"])
        self.assertIn("  SET  zone:a  2 bytes  ", self.lines("log", "--limit", 1)[0])
        self.assertEqual(f"{len(log)} updates, none missing or damaged\n".encode(),
                         self.call("log", "--check"))
        text = self.call("log", "--json").splitlines(keepends=True)
        with tempfile.TemporaryDirectory() as copy:
            there = self.place
            self.place = ["--store", copy + "/copy"]
            message = self.call("import", "--updates", "-", stdin=text[0] + text[2], code=2)
            self.assertIn("standard input:2", message)
            self.assertIn("updates were lost", message)
            self.call("import", "--updates", "-", stdin=b"".join(text))
            self.assertEqual(text, self.call("log", "--json").splitlines(keepends=True))
            self.place = there


class Store(Commands, unittest.TestCase):
    def test_a_store_in_a_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            self.place = ["--store", folder + "/store"]
            self.assertIn("there is no Quicksilver store here", self.call("get", "a", code=2))
            self.everything()
            status = json.loads(self.call("lag", "--json"))
            self.assertEqual((status["newest"], 0), (status["replica"], status["historyStart"]))
            self.assertIn("a store alone has no lag", self.call("lag", 5, code=2))

    def test_what_was_written_survives_that_the_server_is_killed(self):
        with tempfile.TemporaryDirectory() as folder:
            home = project(store=folder + "/store")
            server = dev(home)
            with self.assertRaises(AssertionError), server:
                self.place = ["--project", str(home.path)]
                self.call("put", "a", "1")
                server.process.send_signal(signal.SIGKILL)
                server.process.wait(30)
            self.place = ["--store", folder + "/store"]
            self.assertEqual(b"1", self.call("get", "a"))
            self.assertEqual(b"1 updates, none missing or damaged\n", self.call("log", "--check"))

    def test_the_command_line(self):
        self.place = ["--store", "x", "--project", "."]
        self.assertIn("excludes", self.call("list", code=2))
        self.place = []
        self.call("put", "a", code=2)
        self.call("put", "a", "1", "--base64", "MQ==", code=2)


class Server(Commands, unittest.TestCase):
    def test_a_running_server(self):
        home = project()
        self.place = ["--project", str(home.path)]
        self.assertIn("no flamesim server runs", self.call("get", "a", code=3))
        with dev(home) as server:
            self.everything()
            self.assertEqual(b"2506 2499", server.get("/many:02499")[1][:9])

    def test_a_worker_sees_what_its_replica_has(self):
        home = project(lagMs=3600000)
        (home.path / "data.json").write_text('{"zone:a": "before"}')
        configuration = json.loads((home.path / "flamesim.jsonc").read_text())
        configuration["services"]["settings"]["data"] = "data.json"
        (home.path / "flamesim.jsonc").write_text(json.dumps(configuration))
        self.place = ["--project", str(home.path)]
        with dev(home) as server:
            self.call("put", "zone:a", "after")
            self.assertEqual(b"1 before", server.get("/zone:a")[1])
            self.assertIn("1 behind for", self.call("lag").decode())
            self.call("lag", 0)
            self.assertEqual(b"2 after", server.get("/zone:a")[1])
            self.assertEqual(b"1 before", server.get("/zone:a?at=1")[1])
            response, text = server.get("/zone:a?at=7")
            self.assertIn(b"has not come to this index yet", text)
            self.call("lag", "--stick", 0)
            self.call("put", "zone:a", "later")
            self.assertEqual(b"2 after", server.get("/zone:a")[1])
            self.assertIn("never goes back", self.call("lag", "--stick", 1, code=3))
            status = json.loads(self.call("lag", "--unstick", "--json"))
            self.assertEqual((3, 3, None, 0), (status["newest"], status["replica"],
                                               status["stuckAt"], status["lagMs"]))
            self.assertEqual(b"3 later", server.get("/zone:a")[1])

    def test_a_worker_cannot_write(self):
        with dev(project()) as server:
            response, text = server.get("/write")
            self.assertEqual(500, response.status)
            self.assertIn(b"not implemented", text)
            self.assertEqual(b"0 absent", server.get("/zone:a")[1])

    def test_a_worker_watches(self):
        home = project()
        self.place = ["--project", str(home.path)]
        with dev(home) as server:
            answers = []
            asking = threading.Thread(target=lambda: answers.append(server.get("/watch")[1]))
            asking.start()
            for line in server.process.stderr:
                if "watching from 0" in line:
                    break
            self.call("put", "other", "0")
            self.call("put", "zone:a", "1")
            asking.join(60)
        self.assertEqual([b"2 zone:a=1"], answers)

    def test_another_process_writes_to_the_server_s_store(self):
        with tempfile.TemporaryDirectory() as folder:
            home = project(store=folder + "/store", stuckAt=1)
            with dev(home) as server:
                self.place = ["--store", folder + "/store"]
                self.call("put", "a", "1")
                self.call("put", "a", "2")
                self.assertEqual(b"1 1", server.get("/a")[1])

    def test_the_configuration_is_checked(self):
        home = project(lagMs=8000000, stuckAt=-1, store="main/index.js")
        done = run("dev", home.path)
        self.assertEqual(2, done.returncode)
        for text in ("the lag is longer than the history", "stuckAt", "is a file"):
            self.assertIn(text, done.stderr)


if __name__ == "__main__":
    end_to_end.BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
