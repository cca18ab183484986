// What the front line promises, said as tests: `build/flamesim test examples/front-line`.
import assert from "node:assert";

const control = JSON.stringify({ connect_via_addr: "127.0.0.1" });
const get = (url, headers = {}) =>
  fetch(url, { headers: { "CF-Control": control, ...headers }, redirect: "manual" });

export const aHostnameOfNobodyIsRefused = {
  async test() {
    const response = await get("http://nobody.example/");
    assert.strictEqual(response.status, 409);
    assert.match(await response.text(), /Error 1001/);
  },
};

export const aZoneThatWantsHttpsRedirects = {
  async test() {
    const response = await get("http://secure.example/a?b=c");
    assert.strictEqual(response.status, 301);
    assert.strictEqual(response.headers.get("location"), "https://secure.example/a?b=c");
  },
};

export const anAttackIsDeniedByItsRule = {
  async test() {
    const response = await get("http://www.lamp.example/?q=union+select", { "CF-Ray": "77" });
    assert.strictEqual(response.status, 403);
    assert.match(await response.text(), /Rule sql stopped this request. Ray ID: 77/);
  },
};

export const theOriginSeesWhereTheRequestCameFrom = {
  async test() {
    const response = await get("http://www.lamp.example/", {
      "CF-Connecting-IP": "192.0.2.7",
      "X-Forwarded-For": "10.0.0.1",
    });
    const { headers } = await response.json();
    assert.strictEqual(headers["x-forwarded-for"], "10.0.0.1,192.0.2.7");
    assert.strictEqual(headers["cdn-loop"], "frontline");
    assert.strictEqual(headers["cf-control"], undefined);
  },
};

export const whatIsTheOriginsAloneIsHidden = {
  async test() {
    const response = await get("http://www.lamp.example/");
    assert.strictEqual(response.headers.get("x-powered-by"), null);
    assert.strictEqual(response.headers.get("x-accel-limit-rate"), null);
    assert.strictEqual(response.headers.get("x-kept"), "yes");
    assert.strictEqual(response.headers.get("server"), "frontline");
  },
};
