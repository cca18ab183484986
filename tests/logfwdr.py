#!/usr/bin/env python3
"""Log messages and data points as a user meets them: segments that a kill -9 cannot empty, `flamesim
logs`, `flamesim analytics query`."""
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import unittest

import end_to_end
from end_to_end import ROOT, Project, dev, free_port, run

# Sends messages with `await`, so that it knows which were acknowledged.
SENDER = """
export default { async fetch(request, env) {
  const query = new URL(request.url).searchParams;
  const [from, count] = [Number(query.get("from")), Number(query.get("count"))];
  const forwarder = env.LOGS.getCapability();
  const sent = [];
  for (let i = from; i < from + count; ++i) {
    const message = { timestamp: i, worker: "sender", events: { message: "x".repeat(200) } };
    sent.push(forwarder.log({ message }).then(() => i));
  }
  const kept = (await Promise.allSettled(sent)).filter((one) => one.status === "fulfilled");
  return Response.json(kept.map((one) => one.value));
} };
"""

LOGGER = """
export default { fetch(request, env) {
  const url = new URL(request.url);
  try {
    env.HTTP.log({ accountId: Number(url.searchParams.get("account")), clientRequestUri: url.pathname,
                   edgeResponseStatus: 200 });
    if (url.pathname === "/event") env.EVENTS.log({ name: "seen", level: "warning" });
    if (url.pathname === "/bad") env.HTTP.log({ edgeResponseStatus: 99999 });
    if (url.pathname === "/point") {
      for (let i = 0; i < 3; ++i) {
        env.POINTS.writeDataPoint({ indexes: ["user"], doubles: [i], blobs: [url.pathname] });
      }
    }
    return new Response("fine");
  } catch (error) { return new Response(`${error.name}: ${error.message}`, { status: 500 }); }
} };
"""


def logger(services):
    return Project({"main": LOGGER}, services=services, wrangler={"main": {
        "logfwdr": {"bindings": [{"name": "HTTP", "destination": "httplogs"},
                                 {"name": "EVENTS", "destination": "events"}]},
        "analytics_engine_datasets": [{"binding": "POINTS", "dataset": "clicks"}]}})


def rows(result):
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


class Segments(unittest.TestCase):
    ROUNDS = 5

    def test_what_was_acknowledged_survives_kill_9(self):
        project = Project({"main": SENDER}, wrangler={"main": {"unsafe": {
            "capnp": {"base_path": str(ROOT / "schemas"), "source_schemas": ["logfwdr.capnp"]},
            "bindings": [{"type": "capnp_service", "name": "LOGS", "service": "logs",
                          "interface": "Logfwdr"}]}}},
            services={"logs": {"source": "socket", "address": "unix:logs.sock"}})
        forwarder = Project({"none": "export default {};"}, services={"logs": {
            "source": "logfwdr", "output": "segments/", "segmentBytes": 65536, "segments": 1000,
            "queue": 64, "queueWaitMs": 60000}})
        acknowledged = []
        for number in range(self.ROUNDS):
            acknowledged += self.kill_in_the_middle(project, forwarder, number)
        found = [int(message["timestamp"]) for message in
                 rows(run("logs", forwarder.path / "segments", "--json"))]
        self.assertGreater(len(acknowledged), 1000)
        self.assertEqual(set(), set(acknowledged) - set(found))
        self.assertEqual(len(found), len(set(found)))
        stats, = rows(run("logs", forwarder.path, "--stats", "--json"))
        self.assertEqual(len(found), stats["messages"])
        self.assertGreater(stats["files"], 1)

    def kill_in_the_middle(self, project, forwarder, number):
        """Numbers of the messages that were acknowledged before the kill."""
        process = self.serve(forwarder, project.path / "logs.sock")
        acknowledged = []
        enough = threading.Event()
        killed = threading.Event()

        def send(server, start):
            while not killed.is_set():
                kept = json.loads(server.get(f"/?from={start}&count=50")[1])
                acknowledged.extend(kept)
                start += 50
                if len(acknowledged) > 400:
                    enough.set()

        with dev(project) as server:
            senders = [threading.Thread(target=send, args=(server, number * 10**9 + i * 10**8))
                       for i in range(4)]
            for sender in senders:
                sender.start()
            self.assertTrue(enough.wait(60))
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed.set()
            for sender in senders:
                sender.join(60)
                self.assertFalse(sender.is_alive())
        return acknowledged

    def serve(self, forwarder, socket):
        socket.unlink(missing_ok=True)
        process = subprocess.Popen([end_to_end.BINARY, "mocks", "serve", str(forwarder.path),
                                    "--listen", f"logs=unix:{socket}"], stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + 60
        while not socket.exists():
            self.assertIsNone(process.poll())
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        return process

    def test_a_second_writer_is_refused(self):
        project = logger({"logfwdr": {"source": "logfwdr", "output": "logs/"}})
        with dev(project):
            result = run("mocks", "serve", project.path, "--listen",
                         f"logfwdr=127.0.0.1:{free_port()}")
        self.assertEqual(2, result.returncode)
        self.assertIn("another process writes the log in this folder", result.stderr)


class Logs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.project = logger({"logfwdr": {"source": "logfwdr", "output": "logs/",
                                          "segmentBytes": 4096}})
        with dev(cls.project) as server:
            for i in range(50):
                server.get(f"/page/{i}?account={i % 10}")
            server.get("/event?account=7")
            cls.bad = server.get("/bad?account=1")

    def logs(self, *arguments):
        return run("logs", self.project.path, *arguments)

    def test_a_field_that_does_not_fit_is_an_error_at_the_call(self):
        response, body = self.bad
        self.assertEqual((500, b'TypeError: log() of "httplogs": "edgeResponseStatus" takes an '
                               b"integer from 0 to 65535, not 99999."), (response.status, body))

    def test_messages_are_lines_in_their_order(self):
        lines = self.logs().stdout.splitlines()
        self.assertEqual(53, len(lines))
        self.assertRegex(lines[3], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z main httplogs "
                                   r"accountId=3 clientRequestUri=/page/3 edgeResponseStatus=200$")
        self.assertGreater(len(list((self.project.path / "logs").glob("log-*.capnp"))), 1)

    def test_a_filter_and_json(self):
        found = rows(self.logs("--filter", "accountId == 7 && clientRequestUri =~ '^/page/[12]'",
                               "--json"))
        self.assertEqual(["/page/17", "/page/27"],
                         [message["httplogs"]["clientRequestUri"] for message in found])
        event, = rows(self.logs("--filter", "level == 'warning'", "--json"))
        self.assertEqual("seen", event["events"]["name"])
        self.assertEqual(2, len(rows(self.logs("--json", "--limit", "2"))))

    def test_what_is_wrong_with_a_filter_is_shown(self):
        result = self.logs("--filter", "acountId == 7")
        self.assertEqual(2, result.returncode)
        self.assertIn('there is no field "acountId"', result.stderr)
        self.assertIn('did you mean "accountId"?', result.stderr)
        self.assertIn("--filter:1:1", result.stderr)

    def test_totals(self):
        stats, = rows(self.logs("--stats", "--json"))
        self.assertEqual({"events": 1, "httplogs": 52}, stats["members"])
        self.assertEqual((53, 0, 0), (stats["messages"], stats["cutOffBytes"], stats["dropped"]))
        self.assertIn("messages  53\n", self.logs("--stats").stdout)

    def test_a_path_that_holds_no_log(self):
        for path, text in [("/nowhere/x", "cannot be opened"),
                           (ROOT / "docs", "no flamesim.jsonc and no log"),
                           (ROOT / "README.md", "not a file of log messages")]:
            result = run("logs", path)
            self.assertEqual(2, result.returncode)
            self.assertIn(text, result.stderr)

    def test_follow_shows_what_comes(self):
        project = logger({"logfwdr": {"source": "logfwdr", "output": "logs/",
                                      "segmentBytes": 4096}})
        follower = subprocess.Popen([end_to_end.BINARY, "logs", str(project.path), "--follow",
                                     "--json", "--limit", "60", "--filter", "httplogs"],
                                    stdout=subprocess.PIPE, text=True)
        self.addCleanup(follower.stdout.close)
        self.addCleanup(follower.wait)
        self.addCleanup(follower.kill)
        with dev(project) as server:
            for i in range(60):
                server.get(f"/{i}?account=1")
                if i % 10 == 9:
                    for k in range(i - 9, i + 1):
                        message = json.loads(follower.stdout.readline())
                        self.assertEqual(f"/{k}", message["httplogs"]["clientRequestUri"])
        self.assertEqual(0, follower.wait(30))

    def test_one_file_is_a_log_as_well(self):
        project = logger({"logfwdr": {"source": "logfwdr", "output": "logs.capnp"}})
        with dev(project) as server:
            server.get("/?account=5")
        message, = rows(run("logs", project.path / "logs.capnp", "--json"))
        self.assertEqual("5", message["httplogs"]["accountId"])


class Analytics(unittest.TestCase):
    SQL = "SELECT index1, SUM(_sample_interval) AS n, SUM(double1) AS s, blob1 FROM clicks"

    def services(self, **analytics):
        return {"logfwdr": {"source": "logfwdr"}, **analytics}

    def until(self, wanted, *arguments):
        """A point is in the database a moment after it was written."""
        deadline = time.monotonic() + 30
        while True:
            result = run("analytics", "query", *arguments, self.SQL, "--json")
            if result.stdout == wanted or time.monotonic() > deadline:
                self.assertEqual(wanted, result.stdout, result.stderr)
                return
            time.sleep(0.05)

    WANTED = '{"index1":"user","n":3,"s":3.0,"blob1":"/point"}\n'

    def test_points_are_asked_for_in_sql_while_they_come_and_afterwards(self):
        project = logger(self.services(analytics={"source": "analytics",
                                                  "output": "points.sqlite"}))
        result = run("analytics", "query", project.path, self.SQL)
        self.assertEqual(2, result.returncode)
        self.assertIn("there are no data points yet", result.stderr)
        with dev(project) as server:
            server.get("/point")
            self.until(self.WANTED, project.path)
        self.until(self.WANTED, project.path / "points.sqlite")
        table = run("analytics", "query", project.path, self.SQL).stdout
        self.assertEqual("index1  n  s  blob1\n------  -  -  ------\nuser    3  3  /point\n", table)
        with sqlite3.connect(project.path / "points.sqlite") as database:
            self.assertEqual([(3,)], database.execute("SELECT COUNT(*) FROM clicks").fetchall())

    def test_without_a_service_a_running_server_has_them_in_memory(self):
        project = logger(self.services())
        with dev(project) as server:
            server.get("/point")
            self.until(self.WANTED, project.path)
            result = run("analytics", "query", project.path, "SELECT x FROM clicks")
            self.assertEqual((2, "error: no such column: x\n"), (result.returncode, result.stderr))
        # Nobody runs any more.
        result = run("analytics", "query", project.path, self.SQL)
        self.assertEqual(3, result.returncode)

    def test_wrong_sql(self):
        project = logger(self.services(analytics={"source": "analytics",
                                                  "output": "points.sqlite"}))
        with dev(project) as server:
            server.get("/point")
        for sql, text in [("SELEC", 'near "SELEC": syntax error'),
                          ("DELETE FROM clicks", "not authorized"),
                          ("SELECT 1; SELECT 2", "there is more than one statement")]:
            result = run("analytics", "query", project.path, sql)
            self.assertEqual(2, result.returncode)
            self.assertIn(text, result.stderr)


if __name__ == "__main__":
    end_to_end.BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
