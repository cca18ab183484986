#!/usr/bin/env python3
"""Faults as a user has them: examples/chaos, `dev --faults`, `stats`, `replay --strict`."""
import json
import os
import re
import sys
import unittest

import end_to_end
from end_to_end import CAPTURE, EXAMPLE, ROOT, Project, Running, free_port, run

CHAOS = ROOT / "examples/chaos"

WORKER = """
export default {
  async fetch(request, env) {
    try {
      return await env.OTHER.fetch(request);
    } catch (error) {
      return new Response(error.message, { status: 500 });
    }
  },
};
"""
OTHER = "export default { fetch: () => new Response('fine') };"


def project(**settings):
    return Project({"main": WORKER, "other": OTHER}, chain=["main"], wrangler={
        "main": {"services": [{"binding": "OTHER", "service": "other"}]}}, **settings)


def serve(path, *arguments):
    port = free_port()
    return Running("dev", path, "--listen", f"127.0.0.1:{port}", *arguments, port=port)


class Chaos(unittest.TestCase):
    def test_the_example_holds_and_repeats(self):
        results = [run("test", CHAOS) for _ in range(2)]
        for result in results:
            self.assertEqual(0, result.returncode, result.stdout + result.stderr)
        first, second = (re.sub(r"\d+(\.\d+)? m?s", "TIME", result.stdout) for result in results)
        self.assertEqual(first, second)
        self.assertIn("{ answered: 300 }", first)

    def test_dev_gives_the_same_faults_to_the_same_requests(self):
        runs = []
        for _ in range(2):
            with serve(CHAOS) as server:
                runs.append([
                    [server.get(f"/{worker}/www.lamp.example/page")[0].status for _ in range(60)]
                    for worker in ("robust", "fragile")])
        self.assertEqual(runs[0], runs[1])
        robust, fragile = runs[0]
        self.assertEqual({200}, set(robust))
        self.assertEqual({200, 500}, set(fragile))


class Faults(unittest.TestCase):
    def test_a_file_adds_to_the_configuration(self):
        home = project()
        rules = home.path / "more.jsonc"
        rules.write_text('{"seed": 3, "rules": [{"worker": "other", "error": "overloaded"}]}')
        with serve(home.path) as server:
            self.assertEqual(200, server.get("/")[0].status)
        with serve(home.path, "--faults", rules) as server:
            response, body = server.get("/")
        self.assertEqual((500, b"injected fault: the worker other is overloaded"),
                         (response.status, body))

    def test_what_cannot_be_used_is_said_with_its_place(self):
        home = project()
        rules = home.path / "more.jsonc"
        rules.write_text('{"rules": [\n  {"worker": "othre", "error": "failed"}]}')
        result = run("dev", home.path, "--faults", rules, timeout=60)
        self.assertEqual(2, result.returncode)
        self.assertIn("more.jsonc:2:14", result.stderr)
        self.assertIn('did you mean "other"?', result.stderr)


class Stats(unittest.TestCase):
    def test_calls_of_a_running_server_are_counted(self):
        with serve(CHAOS) as server:
            for _ in range(40):
                server.get("/robust/www.lamp.example/page")
            text = run("stats", CHAOS, timeout=60)
            as_json = run("stats", CHAOS, "--json", timeout=60)
        self.assertEqual(0, text.returncode, text.stderr)
        labels = '{service="rrdns",method="Rrdns.lookupOwnership",worker="robust"}'
        calls = int(re.search(re.escape("flamesim_service_calls_total" + labels) + r" (\d+)",
                              text.stdout)[1])
        errors = int(re.search(re.escape("flamesim_service_errors_total" + labels) + r" (\d+)",
                               text.stdout)[1])
        self.assertGreaterEqual(calls, 40)
        self.assertGreater(errors, 0)
        series, = json.loads(as_json.stdout)["calls"]
        self.assertEqual(("rrdns", "robust", calls, errors),
                         (series["service"], series["worker"], series["calls"], series["errors"]))

    def test_without_a_server_it_says_so(self):
        result = run("stats", project().path, timeout=60)
        self.assertEqual(3, result.returncode)
        self.assertIn("no flamesim server runs for", result.stderr)


@unittest.skipUnless(CAPTURE.exists(), "fixtures/front-line/traffic.cap is not there")
class Strict(unittest.TestCase):
    def test_what_was_not_recorded_fails(self):
        result = run("replay", EXAMPLE, "--from", CAPTURE, "--only", "1", "--strict")
        self.assertEqual(1, result.returncode, result.stdout + result.stderr)


if __name__ == "__main__":
    end_to_end.BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
