// The performance timeline: marks and measures (W3C User Timing) on the clock of performance.now().
// As in production, an observer is never called, nothing is noted of what was fetched, and what Node.js
// adds to `performance` is there with zeros. A lazy script.
import { dateNow } from "runtime:primordials";
import { defineInterface, illegalConstructor, illegalInvocation, memberNotOfType, notOfType, requireArguments }
  from "runtime:webidl";

const create = Symbol("create");
const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";

export class PerformanceEntry {
  #name;
  #entryType;
  #startTime;
  #duration;

  constructor(token, name, entryType, startTime, duration) {
    if (token !== create) throw illegalConstructor();
    this.#name = name;
    this.#entryType = entryType;
    this.#startTime = startTime;
    this.#duration = duration;
  }
  get name() {
    return this.#name;
  }
  get entryType() {
    return this.#entryType;
  }
  get startTime() {
    return this.#startTime;
  }
  get duration() {
    return this.#duration;
  }
  toJSON() {
    const { name, entryType, startTime, duration } = this;
    return { name, entryType, startTime, duration };
  }
}
defineInterface(PerformanceEntry);

function requireOptions(what, options) {
  if (options !== undefined && options !== null && !isObject(options)) throw notOfType(what, 2, "Options");
}

function detailOf(options) {
  const detail = options?.detail;
  if (detail === undefined) return null;
  if (!isObject(detail)) throw memberNotOfType("detail", "Options", "Object");
  return detail;
}

function withDetail(json, detail) {
  return detail === null ? json : { ...json, detail };
}

export class PerformanceMark extends PerformanceEntry {
  #detail;

  constructor(name, options = undefined) {
    requireArguments(arguments.length, "construct 'PerformanceMark'", "string");
    const text = `${name}`;
    requireOptions("construct 'PerformanceMark'", options);
    const startTime = options?.startTime === undefined ? dateNow() : Number(options.startTime);
    super(create, text, "mark", startTime, 0);
    this.#detail = detailOf(options);
  }
  get detail() {
    return this.#detail;
  }
  toJSON() {
    return withDetail(super.toJSON(), this.#detail);
  }
}
defineInterface(PerformanceMark);

export class PerformanceMeasure extends PerformanceEntry {
  #detail;

  constructor(token, name, startTime, duration, detail) {
    super(token, name, "measure", startTime, duration);
    this.#detail = detail;
  }
  get detail() {
    return this.#detail;
  }
  toJSON() {
    return withDetail(super.toJSON(), this.#detail);
  }
}
defineInterface(PerformanceMeasure);

export class PerformanceResourceTiming extends PerformanceEntry {}
for (const name of ["connectEnd", "connectStart", "decodedBodySize", "domainLookupEnd", "domainLookupStart",
  "encodedBodySize", "fetchStart", "initiatorType", "nextHopProtocol", "redirectEnd", "redirectStart",
  "requestStart", "responseEnd", "responseStart", "responseStatus", "secureConnectionStart", "transferSize",
  "workerStart"]) {
  Object.defineProperty(PerformanceResourceTiming.prototype, name, {
    get() {
      throw illegalInvocation();
    },
    configurable: true,
  });
}
defineInterface(PerformanceResourceTiming);

let entries = [];
const ofType = (type) => entries.filter((entry) => entry.entryType === type);
const ofName = (name) => entries.filter((entry) => entry.name === name);

/** When the first mark of that name was made; the standard has the last. @returns {number|undefined} */
function timeOfMark(name) {
  return ofType("mark").find((entry) => entry.name === name)?.startTime;
}

function clear(type, name) {
  entries = entries.filter((entry) =>
    entry.entryType !== type || (name !== undefined && entry.name !== `${name}`));
}

function note(entry) {
  entries.push(entry);
  return entry;
}

const on = (name) => `execute '${name}' on 'Performance'`;

/** Where a measure begins and how long it is, of its options. */
function spanOfOptions({ start, end, duration }) {
  const startTime = start === undefined ? 0 : Number(start);
  if (end !== undefined) return { startTime, length: Number(end) - startTime };
  const endTime = duration === undefined ? dateNow() : startTime + Number(duration);
  return { startTime, length: endTime - startTime };
}

/** The same of the names of marks; one that is missing is the epoch or now. */
function spanOfMarks(startMark, endMark) {
  const timeOf = (mark) => (mark === undefined || mark === null ? undefined : timeOfMark(`${mark}`));
  const startTime = timeOf(startMark) ?? 0;
  return { startTime, length: (timeOf(endMark) ?? dateNow()) - startTime };
}

export const functions = {
  mark(name, options = undefined) {
    requireArguments(arguments.length, on("mark"), "string");
    const text = `${name}`;
    requireOptions(on("mark"), options);
    return note(new PerformanceMark(text, options));
  },
  measure(name, startOrOptions = undefined, endMark = undefined) {
    requireArguments(arguments.length, on("measure"), "string");
    const text = `${name}`;
    const { startTime, length } = isObject(startOrOptions) ? spanOfOptions(startOrOptions)
      : spanOfMarks(startOrOptions, endMark);
    const detail = isObject(startOrOptions) ? detailOf(startOrOptions) : null;
    return note(new PerformanceMeasure(create, text, startTime, length > 0 ? length : 0, detail));
  },
  getEntries() {
    return [...entries];
  },
  getEntriesByName(name, type = undefined) {
    requireArguments(arguments.length, on("getEntriesByName"), "string");
    const found = ofName(`${name}`);
    return type === undefined ? found : found.filter((entry) => entry.entryType === `${type}`);
  },
  getEntriesByType(type) {
    requireArguments(arguments.length, on("getEntriesByType"), "string");
    return ofType(`${type}`);
  },
  clearMarks(name = undefined) {
    clear("mark", name);
  },
  clearMeasures(name = undefined) {
    clear("measure", name);
  },
  clearResourceTimings() {},
  setResourceTimingBufferSize(size) {
    requireArguments(arguments.length, on("setResourceTimingBufferSize"), "unsigned integer");
    const number = Number(size);
    if (!Number.isFinite(number)) {
      throw new TypeError("The value cannot be converted because it is not an integer.");
    }
    if (number < 0) {
      throw new TypeError("The value cannot be converted because it is negative and this API expects a "
        + "positive number.");
    }
  },
  eventLoopUtilization() {
    return { idle: 0, active: 0, utilization: 0 };
  },
  markResourceTiming() {},
  timerify(callback) {
    if (typeof callback !== "function") throw notOfType(on("timerify"), 1, "function");
    return callback;
  },
};

/** A map without entries: nobody counts events. */
class EventCounts {
  constructor(token) {
    if (token !== create) throw illegalConstructor();
  }
  get size() {
    return 0;
  }
  get() {}
  has() {
    return false;
  }
  entries() {
    return [].values();
  }
  keys() {
    return [].values();
  }
  values() {
    return [].values();
  }
  forEach() {}
}
defineInterface(EventCounts);
Object.defineProperty(EventCounts.prototype, Symbol.iterator, { value: EventCounts.prototype.entries });
export const eventCounts = new EventCounts(create);

/** What an observer would be called with. */
export class PerformanceObserverEntryList {
  constructor() {
    throw illegalConstructor();
  }
  getEntries() {
    throw illegalInvocation();
  }
  getEntriesByType() {
    throw illegalInvocation();
  }
  getEntriesByName() {
    throw illegalInvocation();
  }
}
defineInterface(PerformanceObserverEntryList);

export class PerformanceObserver {
  constructor() {
    requireArguments(arguments.length, "construct 'PerformanceObserver'", "Value");
  }
  static get supportedEntryTypes() {
    return ["measure", "mark"];
  }
  observe(options = undefined) {
    if (options !== undefined && options !== null && !isObject(options)) {
      throw notOfType("execute 'observe' on 'PerformanceObserver'", 1, "ObserveOptions");
    }
  }
  disconnect() {}
  takeRecords() {
    return [];
  }
}
defineInterface(PerformanceObserver);
