import { tracing } from "cloudflare:workers";
import { assert, assertEquals, assertThrows, test } from "./testing.js";

test("callbacks are called with a span that is not traced", async () => {
  assertEquals(tracing.enterSpan("a", (span, ...rest) => [`${span}`, span.isTraced, rest], 1, 2),
    ["[object Span]", false, [1, 2]]);
  assertEquals(await tracing.startActiveSpan("a", async (span) => span === tracing.getActiveSpan()), true);
  assertEquals(tracing.withActiveSpan(tracing.startSpan("a"), (...given) => given.length), 0);
  assertThrows(() => tracing.enterSpan("a", () => {
    throw new RangeError("thrown within");
  }), "RangeError", "thrown within");
});

test("a span takes everything and keeps nothing", () => {
  const span = tracing.startSpan("a");
  assert(span.setAttribute("k", 1).setAttributes({ a: 1 }).updateName("b").setStatus({ code: "ok" }) === span);
  assertEquals([span.recordException(new Error("x")), span.end()], [undefined, undefined]);
  assertEquals(span.spanContext(), { traceId: "0".repeat(32), spanId: "0".repeat(16), traceFlags: 0 });
});

test("arguments are checked", () => {
  const refuses = (callback, message) => assertThrows(callback, "TypeError", message);
  refuses(() => tracing.startSpan(),
    "Failed to execute 'startSpan' on 'Tracing': parameter 1 is not of type 'string'.");
  refuses(() => tracing.enterSpan("a"),
    "Failed to execute 'enterSpan' on 'Tracing': parameter 2 is not of type 'Function'.");
  refuses(() => tracing.withActiveSpan(null, () => {}),
    "Failed to execute 'withActiveSpan' on 'Tracing': parameter 1 is not of type 'Span'.");
  refuses(() => tracing.startSpan("a").setStatus({ code: 1 }),
    "Span status code must be 'unset', 'ok', or 'error'.");
  refuses(() => new tracing.Span(), "Illegal constructor");
  refuses(() => new tracing.constructor(), "Illegal constructor");
});
