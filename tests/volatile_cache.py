#!/usr/bin/env python3
"""The volatile cache through `flamesim dev`: refresh_ahead, and what `flamesim stats` counts."""
import json
import os
import sys
import unittest

import end_to_end
from end_to_end import Project, dev, run

# An entry that expires in an hour, and is to be made anew from its beginning.
WORKER = """
let made = 0;
export default {
  async fetch(request, env) {
    const value = await env.CACHE.read("key", () =>
      ({ value: ++made, expiration: Date.now() + 3_600_000 }));
    return new Response(`${value}`);
  },
};
"""


def cache(**more):
    return {"unsafe": {"bindings": [{"type": "volatile_cache", "name": "CACHE", "cache_id": "shared",
                                     "max_keys": 10, "max_value_size": 100,
                                     "max_total_value_size": 1000, **more}]}}


class VolatileCache(unittest.TestCase):
    def test_reads_refresh_ahead_and_are_counted(self):
        project = Project({"main": WORKER}, wrangler={"main": cache(refresh_ahead=3_600_001)})
        with dev(project) as server:
            # Each read gets what is there, and has the next value made.
            self.assertEqual([b"1", b"1", b"2", b"3"], [server.get("/")[1] for _ in range(4)])
            stats = json.loads(run("stats", project.path, "--json", timeout=60).stdout)
            text = run("stats", project.path, timeout=60).stdout
        found, = stats["volatileCaches"]
        self.assertEqual(("shared", 1, 0), (found["cache"], found["entries"], found["evictions"]))
        self.assertEqual({"main": {"hits": 3, "misses": 1, "coalesced": 0, "refreshes": 3,
                                   "failedRefreshes": 0}}, found["workers"])
        self.assertIn('flamesim_volatile_cache_reads_total{cache="shared",worker="main",'
                      'result="hit"} 3\n', text)

    def test_without_the_option_an_entry_stays(self):
        project = Project({"main": WORKER}, wrangler={"main": cache()})
        with dev(project) as server:
            self.assertEqual([b"1"] * 3, [server.get("/")[1] for _ in range(3)])

    def test_an_option_that_is_no_number_is_an_error(self):
        project = Project({"main": WORKER}, wrangler={"main": cache(refresh_ahead="soon")})
        result = run("dev", project.path, timeout=60)
        self.assertEqual(2, result.returncode)
        self.assertIn('has a wrong "refresh_ahead": "soon"', result.stderr)


if __name__ == "__main__":
    end_to_end.BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
