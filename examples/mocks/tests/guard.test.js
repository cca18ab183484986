// `build/flamesim test examples/mocks`: the worker with its mocks, and with others in their place.
import assert from "node:assert";

const get = (ip, path = "/", headers = {}) =>
  fetch(`http://shop.example${path}`, { headers: { "cf-connecting-ip": ip, ...headers } });

export const aQuietClientPasses = {
  async test() {
    const response = await get("192.0.2.1", "/", { "x-connected-to": "192.0.2.80" });
    assert.strictEqual(response.status, 200);
    assert.strictEqual(await response.text(), "the shop\n");
    assert.strictEqual(response.headers.get("x-pool"), "byoip 192.0.2.80");
  },
};

export const aLoudClientIsChallengedThenDropped = {
  async test() {
    const statuses = [];
    for (let i = 0; i < 7; i++) statuses.push((await get("192.0.2.2")).status);
    assert.deepStrictEqual(statuses, [200, 200, 200, 403, 403, 429, 429]);
    // Time is virtual: the window passes at once.
    await scheduler.wait(10_000);
    assert.strictEqual((await get("192.0.2.2")).status, 200);
  },
};

export const addressingMayBeBusy = {
  async test() {
    const response = await get("192.0.2.3", "/", { "x-connected-to": "203.0.113.99" });
    assert.match(response.headers.get("x-pool"), /^unknown .*the address database is busy/);
  },
};

export const aTestPutsAnotherServiceInItsPlace = {
  async test(controller) {
    const asked = [];
    controller.mock("ddos", {
      check({ request }) {
        asked.push(request.path);
        return { verdict: { action: "drop", requests: 99, retryAfterSeconds: 60 } };
      },
    });
    const response = await get("192.0.2.4", "/a");
    assert.strictEqual(response.status, 429);
    assert.strictEqual(response.headers.get("retry-after"), "60");
    assert.deepStrictEqual(asked, ["/a"]);
    controller.unmock("ddos");
    assert.strictEqual((await get("192.0.2.4")).status, 200);
  },
};

export const aTestPutsAnotherOriginInItsPlace = {
  async test(controller) {
    controller.mockFetch("internet", (request) => new Response(`not ${request.url}`, { status: 418 }));
    const response = await get("192.0.2.5", "/tea");
    assert.strictEqual(response.status, 418);
    assert.strictEqual(await response.text(), "not http://shop.example/tea");
  },
};
