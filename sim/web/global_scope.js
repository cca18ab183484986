// The classes of the global object (W3C Service Workers section 4.1). They have the name and the tag;
// the members are the global object's own, where V8 finds them fastest.
import { defineInterface, illegalConstructor } from "./webidl.js";

export class WorkerGlobalScope {
  constructor() {
    throw illegalConstructor();
  }
}
defineInterface(WorkerGlobalScope);

export class ServiceWorkerGlobalScope {
  constructor() {
    throw illegalConstructor();
  }
}
defineInterface(ServiceWorkerGlobalScope);

Object.setPrototypeOf(globalThis, ServiceWorkerGlobalScope.prototype);
