// performance: now() follows Date.now(), which stands still between I/O (production-runtime.md
// section 4), and the time origin is the epoch. Marks, measures and the other members of the timeline
// are in a lazy script, performance_timeline.js.
import { lazy } from "./lazy.js";
import { apply, dateNow, defineProperty } from "./primordials.js";
import { EventTarget } from "./event_target.js";
import { defineInterface, illegalConstructor, illegalInvocation } from "./webidl.js";

const create = Symbol("create");

export class Performance extends EventTarget {
  #ours = true;
  constructor(token) {
    if (token !== create) throw illegalConstructor();
    super();
  }
  static check(self) {
    if (!(#ours in self)) throw illegalInvocation();
  }
  get timeOrigin() {
    check(this);
    return 0;
  }
  now() {
    check(this);
    return dateNow();
  }
  get eventCounts() {
    check(this);
    return lazy("performance_timeline").eventCounts;
  }
  toJSON() {
    check(this);
    return { timeOrigin: 0 };
  }
}
const { check } = Performance;
delete Performance.check;

/** What the lazy script defines: functions for `performance`, and classes of the global scope. */
export const timeline = {
  functions: ["clearMarks", "clearMeasures", "clearResourceTimings", "getEntries", "getEntriesByName",
    "getEntriesByType", "mark", "measure", "setResourceTimingBufferSize", "eventLoopUtilization",
    "markResourceTiming", "timerify"],
  classes: ["PerformanceEntry", "PerformanceMark", "PerformanceMeasure", "PerformanceObserver",
    "PerformanceObserverEntryList", "PerformanceResourceTiming"],
};

for (const name of timeline.functions) {
  const { [name]: value } = {
    [name](...given) {
      check(this);
      return apply(lazy("performance_timeline").functions[name], undefined, given);
    },
  };
  defineProperty(Performance.prototype, name, { value, writable: true, configurable: true });
}
defineInterface(Performance);

export const performance = new Performance(create);
