// performance: now() follows Date.now(), which stands still between I/O (production-runtime.md
// section 4), and the time origin is the epoch.
import { dateNow } from "./primordials.js";
import { EventTarget } from "./event_target.js";
import { defineInterface, illegalConstructor, illegalInvocation } from "./webidl.js";

const create = Symbol("create");

export class Performance extends EventTarget {
  #ours = true;
  constructor(token) {
    if (token !== create) throw illegalConstructor();
    super();
  }
  get timeOrigin() {
    if (!(#ours in this)) throw illegalInvocation();
    return 0;
  }
  now() {
    if (!(#ours in this)) throw illegalInvocation();
    return dateNow();
  }
  toJSON() {
    if (!(#ours in this)) throw illegalInvocation();
    return {};
  }
}
defineInterface(Performance);

export const performance = new Performance(create);
