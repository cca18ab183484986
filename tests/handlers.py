#!/usr/bin/env python3
"""scheduled(), queue() and tail() through `flamesim dev`: its endpoints, and tail consumers."""
import json
import os
import sys
import time
import unittest

import end_to_end
from end_to_end import Project, dev, run

WORKER = """
export default {
  fetch(request) {
    console.log("asked", { path: new URL(request.url).pathname }, new Error("in a line"));
    if (request.url.endsWith("/throw")) throw new TypeError("no such thing");
    return new Response("fine", { status: 203 });
  },
  async scheduled(controller, env, ctx) {
    console.log("at", controller.scheduledTime, controller.cron, typeof env, typeof ctx.waitUntil);
    if (controller.cron === "never again") controller.noRetry();
    if (controller.cron === "throw") throw new RangeError("out of range");
    if (controller.cron === "late") ctx.waitUntil(Promise.reject(new Error("too late")));
    if (controller.cron === "hang") await new Promise(() => {});
    if (controller.cron === "loop") for (;;);
  },
  async queue(batch) {
    for (const message of batch.messages) {
      console.log(message.id, message.attempts, message.timestamp.getTime(), message.body);
      if (message.body === "bad") message.retry({ delaySeconds: 9 });
      else message.ack();
    }
  },
};
"""

TAIL = """
export default {
  tail(items) {
    for (const item of items) {
      console.log(JSON.stringify(item));
      const unredacted = item.event?.request?.getUnredacted();
      if (unredacted !== undefined) console.log(JSON.stringify(unredacted));
    }
  },
};
"""


def ask(server, path, **more):
    """Status and body of an answer."""
    response, body = server.get(path, **more)
    return response.status, body


def lines_of(stderr, worker):
    """What a worker's console printed."""
    start = f"[{worker}] log: "
    return [line[len(start):] for line in stderr.splitlines() if line.startswith(start)]


class Scheduled(unittest.TestCase):
    def ask(self, *paths, **settings):
        with dev(Project({"main": WORKER, "other": "export default {};"}, chain=["main"],
                         **settings)) as server:
            answers = [ask(server, "/cdn-cgi/handler/scheduled" + path) for path in paths]
        return answers, server.stderr

    def test_the_handler_gets_the_time_and_the_cron_pattern(self):
        answers, stderr = self.ask("?cron=*/5+*+*+*+*&time=1700000000000", "",
                                   "?format=json", "?cron=never+again&format=json")
        self.assertEqual([(200, b"ok"), (200, b"ok"),
                          (200, b'{"outcome":"ok","noRetry":false}'),
                          (200, b'{"outcome":"ok","noRetry":true}')], answers)
        lines = lines_of(stderr, "main")
        self.assertEqual("at 1700000000000 */5 * * * * object function", lines[0])
        now = int(lines[1].split()[1])
        self.assertLess(abs(now / 1000 - time.time()), 300)

    def test_what_fails_is_the_outcome_and_is_printed(self):
        answers, stderr = self.ask("?cron=throw", "?cron=late", "?cron=hang&format=json",
                                   "?worker=other&format=json", "?cron=loop",
                                   limits={"cpuMs": 200})
        self.assertEqual([(500, b"exception"), (500, b"exception"),
                          (500, b'{"outcome":"exception","noRetry":false}'),
                          (500, b'{"outcome":"exception","noRetry":true}'),
                          (500, b"exceededCpu")], answers)
        for text in ["[main] error: Uncaught RangeError: out of range",
                     "[main] error: Uncaught (in waitUntil) Error: too late",
                     "[main] error: The Workers runtime canceled this request",
                     "[other] error: Uncaught Error: Handler does not export a scheduled() function",
                     "[main] error: Worker exceeded CPU time limit."]:
            self.assertIn(text, stderr)

    def test_what_is_wrong_with_the_query_is_said(self):
        cases = {
            "?time=soon": '"time" is not a time: "soon"; it is a whole number of milliseconds '
                          "since 1970, such as 1700000000000",
            "?tiem=5": 'there is no parameter "tiem"; did you mean "time"?',
            "?format=xml": 'there is no format "xml"; it is json',
            "?worker=man": 'there is no worker "man"; did you mean "main"?',
            "?cron=a&cron=b": 'the parameter "cron" is there twice',
        }
        answers, stderr = self.ask(*cases)
        self.assertEqual([(400, text.encode() + b"\n") for text in cases.values()], answers)
        self.assertEqual([], lines_of(stderr, "main"))

    def test_other_urls_reach_the_chain(self):
        with dev(Project({"main": WORKER})) as server:
            self.assertEqual((203, b"fine"), ask(server, "/cdn-cgi/handler/scheduled/more"))


class Queue(unittest.TestCase):
    def post(self, batch, method="POST"):
        with dev(Project({"main": WORKER})) as server:
            body = batch if isinstance(batch, str) else json.dumps(batch)
            answer = ask(server, "/cdn-cgi/handler/queue", method=method, body=body.encode())
        return answer, server.stderr

    def test_the_handler_gets_the_messages_and_its_decisions_are_the_answer(self):
        (status, body), stderr = self.post({"queue": "jobs", "messages": [
            {"id": "1", "timestamp": 1700000000000, "attempts": 3, "body": {"a": [1, "two"]}},
            {"id": "2", "timestamp": 5, "body": "bad"},
            {"id": "3", "timestamp": 5, "serializedBody": "/w8iAWE="}]})
        self.assertEqual(200, status)
        self.assertEqual({"outcome": "ok", "ackAll": False, "retryBatch": {"retry": False},
                          "explicitAcks": ["1", "3"],
                          "retryMessages": [{"msgId": "2", "delaySeconds": 9}]}, json.loads(body))
        self.assertEqual(["1 3 1700000000000 { a: [ 1, 'two' ] }", "2 1 5 bad", "3 1 5 a"],
                         lines_of(stderr, "main"))

    def test_a_body_that_is_no_clone_is_an_exception(self):
        (status, body), stderr = self.post(
            {"queue": "jobs", "messages": [{"id": "1", "serializedBody": "AAAA"}]})
        self.assertEqual((500, "exception"), (status, json.loads(body)["outcome"]))
        self.assertIn("[main] error: Uncaught ", stderr)

    def test_what_is_wrong_with_the_batch_is_said(self):
        message = {"id": "1", "body": 1}
        for batch, text in [
                ("{", "the body is not an object in JSON; "),
                ("[" * 100_000, "the body is nested too deeply"),
                ({"messages": []}, 'the body lacks "queue", a string'),
                ({"queue": "q", "messages": {}}, '"messages" of the body is not a list'),
                ({"queue": "q", "messages": [1]}, "messages[0] is not an object"),
                ({"queue": "q", "messages": [{"id": "1"}]},
                 'messages[0] needs one of "body" and "serializedBody"; '),
                ({"queue": "q", "messages": [{**message, "attempts": -1}]},
                 '"attempts" of messages[0] is not a whole number'),
                ({"queue": "q", "messages": [{"id": "1", "serializedBody": "*"}]},
                 '"serializedBody" of messages[0] is not base64')]:
            with self.subTest(text):
                (status, body), _ = self.post(batch)
                self.assertEqual((400, True), (status, body.decode().startswith(text)), body)
        self.assertEqual((400, b"a batch of a queue is sent with POST, as JSON\n"),
                         self.post("", method="GET")[0])


class Tail(unittest.TestCase):
    def items(self, *paths, headers=(), entry=WORKER):
        """What the tail worker printed after requests for these paths, one after the other."""
        project = Project({"main": entry, "watcher": TAIL}, chain=["main"],
                          wrangler={"main": {"tail_consumers": [{"service": "watcher"}]}})
        with dev(project) as server:
            for path in paths:
                server.get(path, headers=headers)
            time.sleep(1)
        return [json.loads(line) for line in lines_of(server.stderr, "watcher")]

    def test_it_hears_of_a_request_with_secrets_left_out(self):
        secret = "0123456789abcdef0123456789abcdef"
        item, unredacted = self.items(f"/a?key={secret}", headers=[("X-Api-Key", "s3cret"),
                                                                   ("X-Plain", "text")])
        self.assertEqual(
            ("main", "ok", False, "stateless", []),
            tuple(item[key] for key in ("scriptName", "outcome", "truncated", "executionModel",
                                        "exceptions")))
        request = item["event"]["request"]
        self.assertTrue(request["url"].endswith("/a?key=REDACTED"), request["url"])
        self.assertEqual(("GET", "REDACTED", "text"), (request["method"],
                         request["headers"]["x-api-key"], request["headers"]["x-plain"]))
        self.assertEqual({"status": 203}, item["event"]["response"])
        self.assertTrue(unredacted["url"].endswith(secret))
        self.assertEqual("s3cret", unredacted["headers"]["x-api-key"])
        log, = item["logs"]
        self.assertEqual(("log", ["asked", {"path": "/a"}, "Error: in a line"]),
                         (log["level"], log["message"]))
        self.assertEqual("in a line", log["errorInfo"][2]["message"])
        for moment in (item["eventTimestamp"], log["timestamp"]):
            self.assertLess(abs(moment / 1000 - time.time()), 300)

    def test_it_hears_of_what_was_thrown(self):
        item, _ = self.items("/throw")
        exception, = item["exceptions"]
        self.assertEqual(("exception", "TypeError", "no such thing"),
                         (item["outcome"], exception["name"], exception["message"]))
        self.assertTrue(exception["stack"].startswith("    at "), exception["stack"])
        self.assertNotIn("response", item["event"])

    def test_it_hears_of_other_events(self):
        item, = self.items("/cdn-cgi/handler/scheduled?cron=never+again&time=5")
        self.assertEqual({"cron": "never again", "scheduledTime": 5}, item["event"])

    def test_it_hears_when_the_last_of_waituntil_is_over(self):
        item, _ = self.items("/", entry="""
            export default { fetch(request, env, ctx) {
              ctx.waitUntil(scheduler.wait(50).then(() => console.log("afterwards")));
              return new Response("first");
            } };""")
        self.assertEqual([["afterwards"]], [log["message"] for log in item["logs"]])
        self.assertGreaterEqual(item["wallTime"], 50)

    def test_a_service_worker_is_a_tail_worker_as_well(self):
        project = Project(
            {"main": WORKER, "watcher": """addEventListener("tail", (event) => {
                console.log(event.type, event.events.length, event.events[0].event.response.status);
            });"""}, chain=["main"],
            wrangler={"main": {"tail_consumers": [{"service": "watcher"}]}})
        with dev(project) as server:
            server.get("/")
            time.sleep(1)
        self.assertEqual(["tail 1 203"], lines_of(server.stderr, "watcher"))

    def test_one_that_is_not_there_hears_nothing(self):
        project = Project({"main": WORKER},
                          wrangler={"main": {"tail_consumers": [{"service": "nobody"}]}})
        with dev(project) as server:
            self.assertEqual((203, b"fine"), ask(server, "/"))
        self.assertIn('the tail consumer "nobody" is not in the simulation', server.stderr)

    def test_one_that_leads_back_is_an_error(self):
        for main, watcher in [("main", "main"), ("watcher", "main")]:
            project = Project({"main": WORKER, "watcher": TAIL}, chain=["main"], wrangler={
                "main": {"tail_consumers": [{"service": main}]},
                "watcher": {"tail_consumers": [{"service": watcher}]}})
            result = run("dev", project.path, timeout=60)
            self.assertEqual(2, result.returncode)
            self.assertIn('the worker "main" would be a tail consumer of itself', result.stderr)


if __name__ == "__main__":
    end_to_end.BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
