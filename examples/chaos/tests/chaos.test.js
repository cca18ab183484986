// Thirty seconds of requests to both workers, under the faults of ../flamesim.jsonc.
import assert from "node:assert";

const kRequests = 300;
const kHosts = ["www.lamp.example", "www.tools.example"];

/** How many answers had which status; of errors, what they said. */
async function ask(worker) {
  const counts = {};
  for (let i = 0; i < kRequests; i++) {
    const answer = await fetch(`http://chaos.example/${worker}/${kHosts[i % 2]}/page`);
    const text = (await answer.text()).trim();
    const outcome = answer.status === 200 ? "answered" : text;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    await scheduler.wait(100);
  }
  return counts;
}

export const withAFallbackAllIsAnswered = {
  async test(controller) {
    const counts = await ask("robust");
    console.log("robust:", counts);
    assert.deepStrictEqual(counts, { answered: kRequests });
    assert.ok(controller.calls("rrdns").errors > 0);
  },
};

export const withoutOneThereAreErrors = {
  async test() {
    const counts = await ask("fragile");
    console.log("fragile:", counts);
    assert.ok(counts.answered > kRequests / 2);
    assert.ok(counts.answered < kRequests);
  },
};

export const aTestAddsFaultsOfItsOwn = {
  async test(controller) {
    controller.faults.add({ service: "rrdns", error: { type: "failed", message: "all is lost" } });
    const fragile = await fetch("http://chaos.example/fragile/www.lamp.example/page");
    assert.strictEqual(await fragile.text(), "capnp RPC exception: all is lost\n");
    const robust = await fetch("http://chaos.example/robust/www.lamp.example/page");
    assert.strictEqual(robust.status, 200);
  },
};
