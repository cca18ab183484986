// The module cloudflare:workers.
import { waitUntil } from "./dispatch.js";
import { Fetcher } from "./fetch.js";
import { native } from "./native.js";
import { RpcPromise, RpcProperty, RpcStub } from "./rpc.js";
import { RpcTarget } from "./rpc_values.js";
import { tracing } from "./tracing.js";
import { requireObject } from "./webidl.js";
import { currentEnv, withEnv, workerExports } from "./worker_scope.js";

/** The base class of entrypoints. */
export class WorkerEntrypoint {
  ctx;
  env;
  constructor(ctx, env) {
    requireObject(ctx, "construct 'WorkerEntrypoint'", 1);
    requireObject(env, "construct 'WorkerEntrypoint'", 2);
    this.ctx = ctx;
    this.env = env;
  }
}

class DurableObject {
  constructor() {
    throw new TypeError("Durable Objects are not there: flamesim does not run them.");
  }
}

class WorkflowEntrypoint {
  constructor() {
    throw new TypeError("Workflows are not there: flamesim does not run them.");
  }
}

const { get, set, has, ownKeys } = Reflect;
const { deleteProperty, defineProperty, getOwnPropertyDescriptor } = Reflect;

/** An object that is at each moment the one that `current` gives. */
function standingFor(current) {
  return new Proxy({}, {
    get: (_target, name) => get(current(), name),
    set: (_target, name, value) => set(current(), name, value),
    has: (_target, name) => has(current(), name),
    ownKeys: () => ownKeys(current()),
    deleteProperty: (_target, name) => deleteProperty(current(), name),
    defineProperty: (_target, name, descriptor) => defineProperty(current(), name, descriptor),
    getOwnPropertyDescriptor: (_target, name) => getOwnPropertyDescriptor(current(), name),
  });
}

export const workersModule = {
  WorkerEntrypoint,
  DurableObject,
  WorkflowEntrypoint,
  RpcTarget,
  RpcStub,
  RpcPromise,
  RpcProperty,
  ServiceStub: Fetcher,
  tracing,
  env: standingFor(currentEnv),
  exports: standingFor(workerExports),
  withEnv,
  waitUntil(promise) {
    waitUntil(native.rpc.currentRequest(), promise);
  },
};
