import { assert, assertEquals, assertThrows, test } from "./testing.js";

const atStart = [performance.now(), Date.now()];

test("follows Date, from the epoch", async () => {
  assertEquals(atStart, [0, 0]);
  assertEquals([performance.timeOrigin, performance.now()], [0, Date.now()]);
  await scheduler.wait(3);
  assertEquals(performance.now(), Date.now());
  assertEquals(JSON.stringify(performance), '{"timeOrigin":0}');
  assertThrows(() => new Performance(), "TypeError", "Illegal constructor");
});

test("marks are noted with their time and detail", () => {
  const detail = { step: 1 };
  const before = Date.now();
  const plain = performance.mark("plain");
  assert(plain.startTime >= before && plain.startTime <= Date.now(), `${plain.startTime} ms`);
  const full = performance.mark("full", { startTime: 5, detail });
  assertEquals(
    [plain.name, plain.entryType, plain.duration, plain.detail],
    ["plain", "mark", 0, null],
  );
  assert(full.detail === detail);
  assertEquals(
    JSON.stringify(full),
    '{"name":"full","entryType":"mark","startTime":5,"duration":0,"detail":{"step":1}}',
  );
  assert(full instanceof PerformanceMark && full instanceof PerformanceEntry);
  assertEquals(performance.getEntriesByName("full", "mark").map((entry) => entry.startTime), [5]);
  assertEquals(performance.getEntriesByName("full", "measure"), []);
  performance.clearMarks("full");
  assertEquals(performance.getEntries().map((entry) => entry.name), ["plain"]);
  performance.clearMarks();
  assertEquals(performance.getEntries(), []);
});

test("measures lie between marks or times; what is missing is the epoch or now", () => {
  performance.mark("start", { startTime: 3 });
  performance.mark("start", { startTime: 10 });
  performance.mark("end", { startTime: 30 });
  const spanOf = (...given) => {
    const { startTime, duration } = performance.measure("m", ...given);
    return [startTime, duration];
  };
  const untilNow = (start, ...given) => {
    const before = Date.now();
    const [startTime, duration] = spanOf(...given);
    assertEquals(startTime, start);
    assert(start + duration >= before && start + duration <= Date.now(), `${duration} ms`);
  };
  assertEquals(spanOf("start", "end"), [3, 27]);
  assertEquals(spanOf("end", "start"), [30, 0]);
  untilNow(3, "start");
  untilNow(0, "missing", "missing");
  untilNow(0);
  assertEquals(spanOf({ start: 3, end: 9 }), [3, 6]);
  assertEquals(spanOf({ start: 3, duration: 9 }), [3, 9]);
  assertEquals(spanOf({ end: 50 }), [0, 50]);
  assertEquals(spanOf({ start: "start", duration: 7 }), [NaN, 0]);
  assertEquals(performance.getEntriesByType("measure").length, 9);
  performance.clearMeasures("other");
  assertEquals(performance.getEntriesByType("measure").length, 9);
  performance.clearMeasures();
  assertEquals(performance.getEntriesByType("measure"), []);
  performance.clearMarks();
});

test("the timeline checks its arguments", () => {
  const refuses = (callback, message) => assertThrows(callback, "TypeError", message);
  const parameter = (method, index, type) =>
    `Failed to execute '${method}' on 'Performance': parameter ${index} is not of type '${type}'.`;
  refuses(() => performance.mark(), parameter("mark", 1, "string"));
  refuses(() => performance.mark("a", 5), parameter("mark", 2, "Options"));
  refuses(
    () => performance.mark("a", { detail: 7 }),
    "Incorrect type for the 'detail' field on 'Options': the provided value is not of type 'Object'.",
  );
  refuses(() => performance.measure(), parameter("measure", 1, "string"));
  refuses(() => performance.getEntriesByName(), parameter("getEntriesByName", 1, "string"));
  refuses(() => performance.getEntriesByType(), parameter("getEntriesByType", 1, "string"));
  refuses(() => performance.timerify(5), parameter("timerify", 1, "function"));
  refuses(
    () => performance.setResourceTimingBufferSize("x"),
    "The value cannot be converted because it is not an integer.",
  );
  refuses(
    () => performance.mark.call({}, "a"),
    "Illegal invocation: function called with incorrect `this` reference. See "
      + "https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.",
  );
  for (const name of ["Entry", "Measure", "ObserverEntryList", "ResourceTiming"]) {
    refuses(() => new globalThis[`Performance${name}`](), "Illegal constructor");
  }
  refuses(
    () => new PerformanceMark(),
    "Failed to construct 'PerformanceMark': constructor parameter 1 is not of type 'string'.",
  );
  refuses(
    () => new PerformanceObserver(),
    "Failed to construct 'PerformanceObserver': constructor parameter 1 is not of type 'Value'.",
  );
});

test("observers are made and never called", async () => {
  let calls = 0;
  const observer = new PerformanceObserver(() => calls++);
  observer.observe({ entryTypes: ["mark"] });
  performance.mark("seen");
  await scheduler.wait(1);
  assertEquals([calls, observer.takeRecords(), observer.disconnect()], [0, [], undefined]);
  assertEquals(PerformanceObserver.supportedEntryTypes, ["measure", "mark"]);
  performance.clearMarks();
});

test("what Node.js and event timing add is there, with zeros", () => {
  assertEquals(performance.eventLoopUtilization(), { idle: 0, active: 0, utilization: 0 });
  assertEquals(performance.timerify(() => 7)(), 7);
  assertEquals([performance.eventCounts.size, [...performance.eventCounts]], [0, []]);
  assertEquals(String(performance.eventCounts), "[object EventCounts]");
});
