#!/usr/bin/env python3
"""What a worker may bind, and that it reaches nothing else: guessed names, methods with another
`this`, changed prototypes, stubs that are passed around."""
import json
import os
import sys
import unittest

import end_to_end
from end_to_end import ROOT, Project, dev, run

UNSAFE = {"capnp": {"base_path": str(ROOT / "schemas"),
                    "source_schemas": ["rrdns.capnp", "quicksilver.capnp"]},
          "bindings": [{"name": "RRDNS", "type": "capnp_service", "service": "rrdns",
                        "interface": "Rrdns"},
                       {"name": "QS", "type": "capnp_service", "service": "quicksilver",
                        "interface": "Quicksilver"}]}
SERVICES = {"rrdns": {"source": "rrdns"}, "quicksilver": {"source": "quicksilver"}}

# Answers with the texts of what `attempts`, an object of functions, came to.
TELL = """
const told = {};
for (const [name, attempt] of Object.entries(attempts)) {
  try {
    const value = await attempt();
    told[name] = value === undefined ? "undefined" : `reached: ${String(value)}`;
  } catch (error) {
    told[name] = `${error?.name}: ${error?.message}`;
  }
}
return Response.json(told);
"""


def worker(attempts, before=""):
    return before + """
    export default { async fetch(request, env, ctx) {
      """ + attempts + TELL + "} };"


class Registry(unittest.TestCase):
    def project(self, accounts):
        made = Project({"asks": "export default { fetch() { return new Response('fine'); } };"},
                       wrangler={"asks": {"account_id": "0a1b", "unsafe": UNSAFE}},
                       services=SERVICES, accounts=accounts)
        return made

    def test_what_an_account_may_not_bind_is_refused_with_the_line_to_ask_for(self):
        made = self.project("accounts.jsonc")
        registry = made.path / "accounts.jsonc"
        registry.write_text('{\n  "0a1b": { "name": "Lamps", "services": ["rrdns"] } // mine\n}')
        done = run("dev", made.path, "--listen", "127.0.0.1:0")
        self.assertEqual(done.returncode, 2)
        self.assertIn('the binding QS (capnp_service) uses "quicksilver", which the account 0a1b '
                      "(Lamps) may not bind", done.stderr)
        self.assertIn(f'--> {made.path / "asks/wrangler.jsonc"}:1:', done.stderr)
        self.assertIn(f'help: ask for this line of "0a1b" in {registry}: "services": ["rrdns", '
                      '"quicksilver"]', done.stderr)
        # With the line it runs.
        registry.write_text('{"0a1b": {"services": ["rrdns", "quicksilver"]}}')
        with dev(made) as server:
            self.assertEqual(server.get("/")[1], b"fine")

    def test_a_replay_refuses_it_too(self):
        made = self.project({"other": {"services": ["rrdns", "quicksilver"]}})
        done = run("replay", made.path, "--from", ROOT / "fixtures/front-line/traffic.cap")
        self.assertEqual(done.returncode, 2)
        self.assertIn("its account 0a1b is not in the registry", done.stderr)


class Reach(unittest.TestCase):
    def told(self, workers, wrangler, chain=None):
        made = Project(workers, chain=chain, wrangler=wrangler, services=SERVICES)
        with dev(made) as server:
            response, content = server.get("/")
            self.assertEqual(response.status, 200, content)
            return json.loads(content)

    def test_guessed_names(self):
        attempts = """const names = ["RRDNS", "QS", "rrdns", "quicksilver", "SHOP", "shop", "fl",
              "logfwdr", "__proto__", "constructor", "admin", "0", "1", "control"];
            const attempts = {
              keys: () => Reflect.ownKeys(env).join() || undefined,
              prototype: () => Object.getPrototypeOf(env) === Object.prototype ? undefined : 1,
              own: () => names.find((name) => Object.hasOwn(env, name)),
              values: () => names.filter((name) => name !== "constructor" && name !== "__proto__")
                .find((name) => env[name] !== undefined),
              global: () => names.filter((name) => !(name in Object.prototype))
                .find((name) => globalThis[name] !== undefined),
              module: async () => (await import("rrdns.capnp")).Rrdns,
              schema: async () => (await import("./rrdns.capnp")).Rrdns,
              binding: () => env.__proto__.RRDNS,
              egress: async () => (await fetch("http://quicksilver/")).status,
              socket: async () => (await import("cloudflare:sockets")).connect("127.0.0.1:1"),
            };"""
        # Behind it, one that has what it guesses.
        told = self.told({"plain": worker(attempts),
                          "holder": "export default { fetch() { return new Response('h'); } };"},
                         {"holder": {"unsafe": UNSAFE}}, chain=["plain"])
        for name in ("keys", "prototype", "own", "values", "global", "binding"):
            self.assertEqual(told[name], "undefined", name)
        for name in ("module", "schema", "egress", "socket"):
            self.assertNotIn("reached: [object", told[name], name)
            self.assertNotIn("reached: 2", told[name], name)

    def test_methods_with_another_this(self):
        attempts = """const a = env.RRDNS.getCapability();
            const b = env.QS.getCapability();
            const ask = { request: { queryName: "a" } };
            const turned = env.RRDNS.getCapability();
            Object.setPrototypeOf(turned, Object.getPrototypeOf(b));
            class Mine extends a.constructor {}
            const Fetcher = env.SHOP.constructor;
            const attempts = {
              otherInterface: () => a.lookupOwnership.call(b, ask),
              plainObject: () => a.lookupOwnership.call({}, ask),
              derived: () => a.lookupOwnership.call(Object.create(a), ask),
              proxied: () => a.lookupOwnership.call(new Proxy(a, {}), ask),
              aPrototype: () => a.lookupOwnership.call(Object.getPrototypeOf(a), ask),
              turned: () => turned.get({ key: "a" }),
              closeOther: () => a.close.call({}),
              unwrapped: () => a.unwrap().then((object) => object ?? undefined),
              ofBase: () => new (Object.getPrototypeOf(a.constructor.prototype).constructor)(),
              ownServer: () => new Mine({}).lookupOwnership(ask),
              asOther: () => new b.constructor(a).get({ key: "a" }),
              getOfOther: () => env.RRDNS.getCapability.call(env.QS) === undefined ? 0 : undefined,
              getOfPlain: () => env.RRDNS.getCapability.call({ service: "quicksilver" }),
              fetchPlain: () => env.SHOP.fetch.call({ slot: 1 }, "http://a.example/"),
              fetchDerived: () => env.SHOP.fetch.call(Object.create(env.SHOP), "http://a.example/"),
              fetchTurned: () => env.SHOP.fetch.call(a, "http://a.example/"),
              newFetcher: () => new Fetcher(undefined, 1),
              reflectFetcher: () => Reflect.construct(Fetcher, [Symbol("token"), 1]),
              extended: () => new (class extends Fetcher {})(2),
              rpcOfDerived: () => Object.create(env.SHOP).hello,
              rpcOfPlain: () => Object.setPrototypeOf({}, Fetcher.prototype).hello,
            };"""
        told = self.told(
            {"attacker": worker(attempts), "shop": """
              import { WorkerEntrypoint } from "cloudflare:workers";
              export default class extends WorkerEntrypoint {
                fetch() { return new Response("shop"); } hello() { return "hello"; } };"""},
            {"attacker": {"unsafe": {**UNSAFE, "bindings": UNSAFE["bindings"] + [
                {"name": "SHOP", "type": "service", "service": "shop"}]}}}, chain=["attacker"])
        for name in ("rpcOfDerived", "rpcOfPlain"):
            self.assertEqual(told.pop(name), "undefined", name)
        # What it has itself, in another way, is not more.
        for name in ("unwrapped", "getOfOther"):
            told.pop(name)
        for name, text in told.items():
            self.assertNotIn("reached", text, name)
            self.assertRegex(text, "^(Type)?Error: ", name)

    def test_changed_prototypes_give_a_caller_nothing_of_the_callee(self):
        attempts = """const seen = [];
            let count = 0;
            for (const key of ["0", "1", "2", "3"]) {
              for (const holder of [Array.prototype, Object.prototype]) {
                Object.defineProperty(holder, key, { configurable: true,
                  set(value) {
                    Object.defineProperty(seen, `${++count + 9}`, { value, configurable: true });
                  }, get() { return 1; } });
              }
            }
            let answer;
            try {
              answer = await env.SHOP.twice(await env.SHOP.counter(), (n) => n + 1, [[1]])
                .catch((error) => error);
              await env.SHOP.fetch("http://a.example/", { method: "POST", body: "x",
                headers: { a: "1" } }).then((response) => response.text());
            } finally {
              for (const key of ["0", "1", "2", "3"]) {
                delete Array.prototype[key];
                delete Object.prototype[key];
              }
            }
            const own = (value) => value !== null && typeof value === "object"
              && ("kind" in value || "slot" in value || /^Native/.test(value.constructor?.name));
            const attempts = {
              seen: () => seen.flat(2).some(own) ? JSON.stringify(seen) : undefined,
              answer: () => answer,
            };"""
        told = self.told(
            {"attacker": worker(attempts), "shop": """
              import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
              class Counter extends RpcTarget { count() { return 2; } }
              export default class extends WorkerEntrypoint {
                fetch(request) { return request.text().then((text) => new Response(text)); }
                counter() { return new Counter(); }
                async twice(counter, f, list) { return await f(await counter.count()) + list[0][0]; }
              };"""},
            {"attacker": {"services": [{"binding": "SHOP", "service": "shop"}]}}, chain=["attacker"])
        self.assertEqual(told["seen"], "undefined")

    def test_a_stub_is_what_was_handed_over_and_nothing_more(self):
        holder = """
            import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
            class Lookup extends RpcTarget {
              #capability; env; secret = "secret";
              constructor(env) { super(); this.#capability = env.RRDNS.getCapability();
                this.env = env; }
              async owner(name) {
                const { response } = await this.#capability.lookupOwnership(
                  { request: { queryName: name } });
                return response.accountId;
              }
              get kind() { return "lookup"; }
            }
            export default class extends WorkerEntrypoint {
              lookup() { return new Lookup(this.env); }
              capability() { return this.env.RRDNS.getCapability(); }
              binding() { return this.env.RRDNS; }
              fetcher() { return this.env.SELF; }
              plain() { return { env: () => "mine", [Symbol("s")]: 1 }; }
              keep(stub) { globalThis.kept = stub.dup(); return "kept"; }
              use() { return globalThis.kept.owner("a"); }
              back(stub) { return stub; }
            }"""
        attempts = """const stub = await env.HOLDER.lookup();
            const other = await env.HOLDER.back(stub);
            const attempts = {
              handed: async () => `${await stub.owner("a.test")} ${await stub.kind}`,
              back: () => other.owner("a.test"),
              env: () => stub.env, envOf: () => stub.env.RRDNS, secret: () => stub.secret,
              context: () => stub.ctx,
              pathToEnv: () => stub.owner.constructor("return 1"),
              proto: () => stub.owner.__proto__.call, constructed: () => stub.constructor("a"),
              private: () => stub["#capability"], capabilityOf: () => stub.capability.lookup,
              bindingsOf: () => env.HOLDER.env, bindingOf: () => env.HOLDER.env.RRDNS,
              contextOf: () => env.HOLDER.ctx,
              capability: () => env.HOLDER.capability(),
              binding: () => env.HOLDER.binding(),
              fetcher: () => env.HOLDER.fetcher(),
              guessed: () => env.HOLDER.RRDNS, slots: () => env.HOLDER[0], one: () => env.HOLDER["1"],
              constructorOf: () => stub.constructor === Object ? 1 : undefined,
              forged: () => Object.setPrototypeOf(() => {}, stub.constructor.prototype)
                .dup?.(),
              forgedRead: () => Object.setPrototypeOf(() => {},
                Object.getPrototypeOf(stub.owner)).then((value) => value),
              ownBinding: () => env.HOLDER.keep(env.HOLDER),
              disposed: async () => { const gone = stub.dup(); gone[Symbol.dispose]();
                return gone.owner("a"); },
              keep: () => env.HOLDER.keep(stub),
              use: () => env.HOLDER.use(),
            };"""
        told = self.told(
            {"taker": worker(attempts), "holder": holder},
            {"taker": {"services": [{"binding": "HOLDER", "service": "holder"}]},
             "holder": {"unsafe": UNSAFE, "services": [{"binding": "SELF", "service": "holder"}]}},
            chain=["taker"])
        self.assertEqual(told.pop("handed"), "reached: 0 lookup")
        self.assertEqual(told.pop("back"), "reached: 0")
        self.assertEqual(told.pop("keep"), "reached: kept")
        self.assertEqual(told.pop("constructorOf"), "undefined")
        for name, text in told.items():
            self.assertNotIn("reached", text, name)
            self.assertRegex(text, "^([A-Za-z]*Error: |undefined$)", name)


if __name__ == "__main__":
    end_to_end.BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
