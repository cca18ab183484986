#!/usr/bin/env python3
"""RRDNS through the binary: a worker that asks, the commands, a reload while it runs."""
import json
import os
import sys
import unittest

import end_to_end
from end_to_end import ROOT, Project, dev, run

WORKER = """
export default {
  async fetch(request, env) {
    const { searchParams } = new URL(request.url);
    const question = { name: searchParams.get("name"), type: searchParams.get("type") ?? "A" };
    const { answer } = await env.RRDNS.getCapability().lookup({ question });
    return Response.json(answer, { headers: { "x-rcode": String(answer.rcode) } });
  },
};
"""

ZONE = """$TTL 1h
@ SOA ns hostmaster 1 1h 10m 1w 30m
@ CNAME origin
origin 60 A 203.0.113.1
www A 203.0.113.2
loop CNAME loop
"""


def project():
    """A worker that asks what the query names, of a zone file that flamesim.jsonc names."""
    made = Project({"ask": WORKER}, wrangler={"ask": {"unsafe": {
        "bindings": [{"name": "RRDNS", "type": "capnp_service", "service": "rrdns",
                      "interface": "Rrdns"}],
        "capnp": {"base_path": str(ROOT / "schemas"), "source_schemas": ["rrdns.capnp"]}}}},
        services={"rrdns": {"source": "rrdns", "edgeAddresses": ["198.51.100.1"], "zones": [
            {"name": "a.test", "account": 7, "file": "a.test.zone", "proxied": ["www"]}]}})
    (made.path / "a.test.zone").write_text(ZONE)
    return made


def rrdns(*arguments):
    done = run("rrdns", *arguments)
    return done.returncode, done.stdout, done.stderr


class Running(unittest.TestCase):
    def ask(self, server, query):
        return json.loads(server.get(f"/?{query}")[1])

    def test_a_worker_asks_and_the_zones_are_reloaded(self):
        made = project()
        at = ("--project", made.path)
        zone = made.path / "a.test.zone"
        with dev(made) as server:
            answer = self.ask(server, "name=www.a.test")
            self.assertEqual(answer["records"], [
                {"name": "www.a.test", "type": "A", "ttl": 300, "data": "198.51.100.1"}])
            self.assertEqual(self.ask(server, "name=A.test.")["records"], [
                {"name": "a.test", "type": "A", "ttl": 60, "data": "203.0.113.1"}])
            answer = self.ask(server, "name=none.a.test&type=TXT")
            self.assertEqual((answer["records"], answer["negativeTtl"]), ([], 1800))
            self.assertEqual(answer["authority"][0]["type"], "SOA")
            self.assertIn("are a loop: loop.a.test -> loop.a.test",
                          self.ask(server, "name=loop.a.test")["text"])

            self.assertEqual(rrdns("owner", "www.a.test", *at), (0, "account 7, zone a.test\n", ""))
            self.assertEqual(rrdns("owner", "origin.a.test", *at), (0, "nobody\n", ""))
            self.assertEqual(rrdns("lookup", "a.test", *at),
                             (0, "noError\na.test 60 A 203.0.113.1\n", ""))
            code, out, _ = rrdns("stats", "--json", *at)
            statistics = json.loads(out)
            self.assertEqual(code, 0)
            # 64-bit integers are strings, as everywhere in JSON of Cap'n Proto.
            self.assertEqual(int(statistics["lookupCalls"]), 4)
            self.assertEqual({each["name"]: int(each["count"]) for each in statistics["byRcode"]},
                             {"noError": 2, "nxDomain": 1, "servFail": 1})
            self.assertEqual([each["name"] for each in statistics["byZone"]], ["a.test"])

            zone.write_text(ZONE + "new A 203.0.113.300\n")
            code, _, err = rrdns("reload", *at)
            self.assertEqual(code, 2)
            self.assertIn('error: "203.0.113.300" is not an IPv4 address', err)
            self.assertIn(f"{zone}:7:7", err)
            self.assertIn("the zones stay as they were", err)
            self.assertEqual(len(self.ask(server, "name=www.a.test")["records"]), 1)

            zone.write_text(ZONE + "new A 203.0.113.3\n")
            self.assertEqual(rrdns("reload", *at), (0, "1 zones, 5 records\n", ""))
            self.assertEqual(self.ask(server, "name=new.a.test")["records"][0]["data"],
                             "203.0.113.3")

    def test_a_bundle_cannot_make_its_binding_the_administrator(self):
        made = project()
        config = made.path / "ask/wrangler.jsonc"
        config.write_text(config.read_text().replace('"Rrdns"', '"RrdnsAdmin"'))
        (made.path / "ask/index.js").write_text("""
          export default { async fetch(request, env) {
            const admin = env.RRDNS.getCapability();
            const told = [];
            for (const name of ["reload", "statistics", "reader"]) {
              told.push(await admin[name]().then(() => "reached", (error) => error.message));
            }
            return Response.json(told);
          } };""")
        with dev(made) as server:
            for told in json.loads(server.get("/")[1]):
                self.assertIn("not implemented", told)


class Files(unittest.TestCase):
    def test_questions_to_a_file(self):
        made = project()
        zone = made.path / "a.test.zone"
        self.assertEqual(rrdns("lookup", "www.a.test", "--zones", zone),
                         (0, "noError\nwww.a.test 3600 A 203.0.113.2\n", ""))
        code, out, _ = rrdns("lookup", "none.a.test", "txt", "--zones", zone)
        self.assertEqual(code, 0)
        self.assertTrue(out.startswith("nxDomain, negative for 1800 s\nauthority:\na.test 1800 SOA"))
        code, out, _ = rrdns("lookup", "a.test", "AAAA", "--json", "--zones", zone)
        self.assertEqual(json.loads(out)["negativeTtl"], 1800)
        fixture = ROOT / "fixtures/front-line/zones.json"
        code, out, _ = rrdns("owner", "www.lamp.example", "--zones", fixture)
        self.assertEqual((code, out),
                         (0, "account 1001 (a1b0c4d1e5f2a7b3c8d9e0f1a2b3c4d5), zone lamp.example\n"))
        code, out, _ = rrdns("stats", "--zones", fixture)
        self.assertTrue(out.startswith("zones 4, records 10\n"), out)

    def test_what_cannot_be_used_exits_with_2(self):
        made = project()
        bad = made.path / "b.test.zone"
        bad.write_text("@ A 1\n")
        code, _, err = rrdns("lookup", "b.test", "--zones", bad)
        self.assertEqual(code, 2)
        self.assertIn(f"{bad}:1:5", err)
        code, _, err = rrdns("lookup", "b.test", "--zones", made.path / "zones.txt")
        self.assertEqual(code, 2)
        self.assertIn("example.com.zone", err)
        self.assertEqual(rrdns("lookup", "b.test", "--project", made.path)[0], 3)
        self.assertEqual(rrdns("lookup")[0], 2)


if __name__ == "__main__":
    end_to_end.BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
