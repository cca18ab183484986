// The rules of an order: `build/flamesim test examples/apps/zod`.
import assert from "node:assert";
import { Order } from "./src/orders";

const order = {
  id: "0b0f4a3e-5f0c-4b67-9d0c-0d1f6d1f5f11",
  email: "Ada@Shop.example",
  placed: "2025-01-01T12:00:00Z",
  items: [{ sku: "lamp", count: 2 }],
  payment: { kind: "card", last4: "4242" },
};

const messagesOf = (changes: object) =>
  Order.safeParse({ ...order, ...changes }).error?.issues.map(
    ({ path, message }) => `${path.join(".")}: ${message}`);

export const anOrderIsNormalized = {
  test() {
    const parsed = Order.parse({ ...order, note: "  ring twice " });
    assert.strictEqual(parsed.email, "ada@shop.example");
    assert.strictEqual(parsed.note, "ring twice");
    assert.deepStrictEqual(Order.parse({ ...order, coupons: ["a", "a"] }).coupons, new Set(["a"]));
  },
};

export const whatIsWrongIsNamed = {
  test() {
    assert.deepStrictEqual(messagesOf({ items: [] }),
      ["items: Too small: expected array to have >=1 items"]);
    assert.deepStrictEqual(messagesOf({ payment: { kind: "card", last4: "42" } }),
      ["payment.last4: Invalid string: must match pattern /^\\d{4}$/"]);
    assert.deepStrictEqual(messagesOf({ items: [order.items[0], order.items[0]] }),
      ["items: an article comes once"]);
    assert.deepStrictEqual(messagesOf({ more: 1 }), [": Unrecognized key: \"more\""]);
  },
};

export const theWorkerRefusesWhatTheSchemaRefuses = {
  async test() {
    const place = (body: unknown) => fetch("http://shop.example/orders",
      { method: "POST", body: JSON.stringify(body) });
    assert.strictEqual((await place(order)).status, 201);
    assert.strictEqual((await place({ ...order, id: 7 })).status, 422);
    const list = await (await fetch("http://shop.example/orders?state=lost")).json();
    assert.deepStrictEqual(list, { page: 1, size: 20, state: "open",
      orders: [{ id: order.id, email: "ada@shop.example" }] });
  },
};
