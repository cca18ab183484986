#!/usr/bin/env python3
"""What a replay finds is what differs: forty seeded differences in the example's workers, of every kind,
are all found, each by its field and the worker whose code it is, and nothing else is. The unchanged
chain against its own answers has none."""
import json
import os
import pathlib
import shutil
import sqlite3
import sys
import tempfile
import unittest

import end_to_end
from end_to_end import CAPTURE, EXAMPLE, ROOT, run

# Appended to a worker's module. `seeds`: "METHOD URL" -> [of the request, of the response]; each
# changes what it gets, or gives another.
WRAPPER = """
const seeds = %s;
const rebuilt = (response, body, init = {}) => new Response(body, { status: response.status,
  headers: response.headers, ...init });
const text = async (response, change) => {
  const body = change(await response.text());
  response.headers.delete("content-length");
  return rebuilt(response, body);
};
const json = (response, change) => text(response, (body) => {
  const value = JSON.parse(body);
  return JSON.stringify(change(value) ?? value);
});
let current;
const realFetch = globalThis.fetch;
async function fetch(request) {
  const change = seeds[current]?.[0];
  return realFetch(change ? await change(request) ?? request : request);
}
export default {
  async fetch(request, env, ctx) {
    current = request.method + " " + request.url;
    const change = seeds[current]?.[1];
    const response = await original.fetch(request, env, ctx);
    if (!change) return response;
    const own = rebuilt(response, response.body);
    return await change(own) ?? own;
  },
};
"""


def has(*names):
    return lambda exchange: all(header(exchange, name) for name in names)


def header(exchange, name):
    return [value for key, value in exchange["outcome"]["response"]["headers"] if key.lower() == name]


def is_json(exchange):
    body = exchange["outcome"]["response"].get("body", "")
    return body.startswith("{") and "json" in "".join(header(exchange, "content-type"))


def is_html(exchange):
    return "<title>" in exchange["outcome"]["response"].get("body", "") and \
        "html" in "".join(header(exchange, "content-type"))


def asks(exchange):
    return [effect for effect in exchange["outcome"]["effects"] if effect["kind"] == "subrequest"]


def cookies(exchange):
    return len(header(exchange, "set-cookie")) > 1


def anything(exchange):
    return exchange["outcome"]["response"]["status"] == 200


def setting(name, value):
    return f'(r) => {{ r.headers.set("{name}", {value}); }}'


RESPONSE, REQUEST = 1, 0
# (worker, of what, code, which exchanges, fields that differ; "*" at an end: and others that follow)
# What a worker changes in the request and hands on is blamed on the one that sends it out: its effect.
SEEDS = [
    ("rules", RESPONSE, "(r) => rebuilt(r, r.body, { status: 201 })", anything, ["status"]),
    ("finish", RESPONSE, "(r) => rebuilt(r, r.body, { status: 206 })", anything, ["status"]),
    ("ownership", RESPONSE, "(r) => rebuilt(r, null, { status: 204 })", is_html, ["status", "body", "*"]),
    ("finish", RESPONSE, setting("content-type", '"text/x-seeded"'), has("last-modified"),
     ["header:content-type"]),
    ("rules", RESPONSE, '(r) => { r.headers.delete("etag"); }', has("etag"), ["header:etag"]),
    ("ownership", RESPONSE, setting("etag", '"W/" + r.headers.get("etag")'), has("etag"),
     ["header:etag"]),
    ("finish", RESPONSE, setting("x-seeded", '"1"'), anything, ["header:x-seeded"]),
    ("rules", RESPONSE, '(r) => { r.headers.append("cache-control", "no-transform"); }',
     has("cache-control"), ["header:cache-control"]),
    ("ownership", RESPONSE, setting("cache-control", 'r.headers.get("cache-control").toUpperCase()'),
     has("cache-control"), ["header:cache-control"]),
    ("finish", RESPONSE, '(r) => { r.headers.delete("vary"); }', has("vary"), ["header:vary"]),
    ("rules", RESPONSE, setting("vary", '"Accept-Encoding, Cookie"'), has("vary"), ["header:vary"]),
    ("finish", RESPONSE, setting("last-modified", '"Tue, 21 Oct 1879 20:00:01 GMT"'),
     has("last-modified"), ["header:last-modified"]),
    ("ownership", RESPONSE, '(r) => { r.headers.delete("date"); }', anything, ["header:date"]),
    ("rules", RESPONSE, setting("date", '"yesterday"'), anything, ["header:date"]),
    ("finish", RESPONSE, '(r) => { r.headers.delete("cf-ray"); }', anything, ["header:cf-ray"]),
    ("ownership", RESPONSE, setting("cf-ray", '"none"'), anything, ["header:cf-ray"]),
    ("rules", RESPONSE, setting("server", '"Frontline"'), anything, ["header:server"]),
    ("finish", RESPONSE, setting("location", 'r.headers.get("location") + "/"'), has("location"),
     ["header:location"]),
    ("rules", RESPONSE, '(r) => { const all = r.headers.getSetCookie(); r.headers.delete("set-cookie");'
     ' all.slice(1).forEach((c) => r.headers.append("set-cookie", c)); }', cookies,
     ["header:set-cookie*"]),
    ("finish", RESPONSE, '(r) => { const all = r.headers.getSetCookie(); r.headers.delete("set-cookie");'
     ' all.reverse().forEach((c) => r.headers.append("set-cookie", c)); }', cookies,
     ["header:set-cookie*"]),
    ("ownership", RESPONSE, '(r) => { r.headers.append("set-cookie", "seeded=1"); }',
     has("set-cookie"), ["header:set-cookie*"]),
    ("rules", RESPONSE, '(r) => text(r, (t) => t.replace("<title>", "<title> "))', is_html, ["body"]),
    ("finish", RESPONSE, "(r) => text(r, (t) => t.slice(0, -1))", is_html, ["body"]),
    ("ownership", RESPONSE, '(r) => text(r, (t) => t + "\\n")', is_html, ["body"]),
    ("rules", RESPONSE, '(r) => text(r, (t) => t.toUpperCase())', is_html, ["body"]),
    ("finish", RESPONSE, '(r) => text(r, () => "")', is_html, ["body"]),
    ("rules", RESPONSE, "(r) => json(r, (v) => { v[Object.keys(v)[0]] = 'seeded'; })", is_json,
     ["body:$*"]),
    ("finish", RESPONSE, "(r) => json(r, (v) => { delete v[Object.keys(v)[0]]; })", is_json,
     ["body:$*"]),
    ("ownership", RESPONSE, "(r) => json(r, (v) => { v.seeded = null; })", is_json,
     ["body:$.seeded"]),
    ("rules", RESPONSE, "(r) => json(r, (v) => [v])", is_json, ["body:$*"]),
    ("finish", RESPONSE, '(r) => { throw new Error("seeded"); }', anything, ["status", "*"]),
    ("finish", REQUEST, '(r) => { r.headers.set("x-seeded", "1"); }', asks,
     ["effect:subrequest * header:x-seeded"]),
    ("finish", REQUEST, '(r) => { r.headers.delete("user-agent"); }', asks,
     ["effect:subrequest * header:user-agent"]),
    ("finish", REQUEST, '(r) => { r.headers.set("accept", "*/*;q=0.1"); }', asks,
     ["effect:subrequest * header:accept"]),
    ("rules", REQUEST, '(r) => { const n = new Request(r); n.headers.append("accept-language", "xx");'
     " return n; }", asks, ["effect:subrequest * header:accept-language"]),
    ("ownership", REQUEST, '(r) => { const n = new Request(r); n.headers.set("x-forwarded-proto",'
     ' "https"); return n; }', asks, ["effect:subrequest * header:*", "*"]),
    ("finish", REQUEST, '(r) => new Request(r.url + "?seeded", r)', asks,
     ["effect:subrequest *", "*"]),
    ("finish", REQUEST, '(r) => new Request(new URL("/seeded", r.url), r)', asks,
     ["effect:subrequest *", "*"]),
    ("finish", REQUEST, "(r) => new Request(r, { method: 'DELETE' })", asks,
     ["effect:subrequest *", "*"]),
    ("finish", REQUEST, "async (r) => { await realFetch(r.url, { headers: r.headers }); }", asks,
     ["effect:subrequest *", "*"]),
]


def fits(pattern, field):
    """`*`: any run of characters."""
    parts = pattern.split("*")
    if not field.startswith(parts[0]):
        return False
    at = len(parts[0])
    for part in parts[1:]:
        found = field.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return parts[-1] == "" or field.endswith(parts[-1])


class Truth(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        shown = run("capture", "show", CAPTURE, "--json")
        cls.exchanges = [json.loads(line) for line in shown.stdout.splitlines()]
        for exchange in cls.exchanges:
            exchange["outcome"].setdefault("effects", [])
        cls.before = cls.replay(EXAMPLE, "before")

    @classmethod
    def replay(cls, project, name, capture=CAPTURE):
        """-> id -> (verdict, {(field, worker)}) of what counts"""
        out = cls.folder / name
        result = run("replay", project, "--from", capture, "--report", out, "--sqlite")
        assert result.returncode in (0, 1), result.stderr
        with sqlite3.connect(out / "report.sqlite") as database:
            rows = {row[0]: (row[1], set()) for row in
                    database.execute("SELECT id, verdict FROM exchanges")}
            for id, field, worker in database.execute(
                    "SELECT exchange_id, field, worker FROM differences WHERE weight = 'behaviour'"):
                rows[id][1].add((field, worker))
        return rows

    def choose(self):
        """-> for each seed, the URLs that it is for: one whose exchanges are all the same so far."""
        groups = {}
        for exchange in self.exchanges:
            key = exchange["request"]["method"] + " " + exchange["request"]["url"]
            groups.setdefault(key, []).append(exchange)
        free = {key: group for key, group in groups.items() if key.startswith("GET ")
                and all(self.before[each["id"]][0] == "same" and asks(each)
                        and not header(each, "content-encoding") for each in group)}
        chosen = []
        for seed in SEEDS:
            key = next((key for key, group in free.items() if all(seed[3](each) for each in group)),
                       None)
            self.assertIsNotNone(key, f"no exchange for {seed[2]}")
            chosen.append((key, free.pop(key)))
        return chosen

    def seeded(self, chosen):
        """The example with every seed in its worker."""
        home = self.folder / "examples/front-line"
        shutil.copytree(EXAMPLE, home)
        for shared in ("fixtures", "schemas"):
            (self.folder / shared).symlink_to(ROOT / shared)
        for name in ("ownership", "rules", "finish"):
            table = {}
            for seed, (key, _) in zip(SEEDS, chosen):
                if seed[0] == name:
                    table[key] = "[" + ("," if seed[1] == RESPONSE else "") + seed[2] + "]"
            code = "{" + ",\n".join(f"{json.dumps(key)}: {value}" for key, value in table.items()) + "}"
            module = home / "workers" / name / "src/index.js"
            source = module.read_text()
            self.assertEqual(1, source.count("export default {"))
            module.write_text(source.replace("export default {", "const original = {") +
                              WRAPPER % code)
        return home

    def test_forty_seeded_differences(self):
        self.assertEqual(40, len(SEEDS))
        chosen = self.choose()
        after = self.replay(self.seeded(chosen), "after")
        wanted = {each["id"]: seed for seed, (_, group) in zip(SEEDS, chosen) for each in group}
        for id, (verdict, differences) in after.items():
            seed = wanted.get(id)
            with self.subTest(exchange=id, seed=seed and seed[:3]):
                if seed is None:
                    self.assertEqual(self.before[id], (verdict, differences))
                    continue
                fields = [field for field in seed[4] if field != "*"]
                self.assertEqual("different", verdict)
                for pattern in fields:
                    by = {worker for field, worker in differences if fits(pattern, field)}
                    blamed = "finish" if pattern.startswith("effect:") else seed[0]
                    self.assertIn(blamed, by, f"{pattern}: {differences}")
                if "*" not in seed[4]:
                    others = {each for each in differences
                              if not any(fits(pattern, each[0]) for pattern in fields)}
                    self.assertEqual(set(), others)

    def test_the_chain_against_itself_has_no_differences(self):
        again = self.replay(EXAMPLE, "again", self.folder / "before/candidate.cap")
        self.assertEqual({"same"}, {verdict for verdict, _ in again.values()})
        self.assertEqual(len(self.exchanges), len(again))


if __name__ == "__main__":
    end_to_end.BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
