// node:diagnostics_channel (https://nodejs.org/api/diagnostics_channel.html).
import { ERR_INVALID_ARG_TYPE, validateFunction } from "./errors.js";
import { reportError } from "runtime:report_error";
import { notOfType } from "runtime:webidl";

const channels = new Map();

function requireFunction(value, what, index) {
  if (typeof value !== "function") throw notOfType(`execute ${what}`, index, "function");
}

export class Channel {
  #name;
  #subscribers = [];
  // What runStores() gives each store of what is published.
  #stores = new Map();
  constructor(name) {
    this.#name = name;
  }
  get name() {
    return this.#name;
  }
  get hasSubscribers() {
    return this.#subscribers.length > 0 || this.#stores.size > 0;
  }
  subscribe(subscriber) {
    requireFunction(subscriber, "'subscribe' on 'Channel'", 1);
    this.#subscribers = [...this.#subscribers, subscriber];
  }
  unsubscribe(subscriber) {
    requireFunction(subscriber, "'unsubscribe' on 'Channel'", 1);
    const at = this.#subscribers.indexOf(subscriber);
    if (at >= 0) this.#subscribers = this.#subscribers.filter((_, i) => i !== at);
  }
  bindStore(store, transform = undefined) {
    this.#stores.set(store, transform);
  }
  unbindStore(store) {
    this.#stores.delete(store);
  }
  publish(message) {
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(message, this.#name);
      } catch (error) {
        // The publisher's work goes on.
        reportError(error);
      }
    }
  }
  runStores(message, callback, self = undefined, ...args) {
    let run = () => {
      this.publish(message);
      return Reflect.apply(callback, self, args);
    };
    for (const [store, transform] of this.#stores) {
      const inner = run;
      run = () => {
        let value = message;
        try {
          if (transform !== undefined) value = transform(message);
        } catch (error) {
          reportError(error);
          return inner();
        }
        return store.run(value, inner);
      };
    }
    return run();
  }
}

const keyOf = (name) => (typeof name === "symbol" ? name : `${name}`);

export function channel(name) {
  const key = keyOf(name);
  let found = channels.get(key);
  if (found === undefined) channels.set(key, (found = new Channel(key)));
  return found;
}
export const hasSubscribers = (name) => channels.get(keyOf(name))?.hasSubscribers ?? false;
export function subscribe(name, subscriber = undefined) {
  requireFunction(subscriber, "'subscribe' on 'DiagnosticsChannelModule'", 2);
  channel(name).subscribe(subscriber);
}
export function unsubscribe(name, subscriber = undefined) {
  requireFunction(subscriber, "'unsubscribe' on 'DiagnosticsChannelModule'", 2);
  channel(name).unsubscribe(subscriber);
}

const phases = ["start", "end", "asyncStart", "asyncEnd", "error"];

/** The five channels of one operation. */
export class TracingChannel {
  constructor(names) {
    if (typeof names !== "string" && (typeof names !== "object" || names === null)) {
      throw new ERR_INVALID_ARG_TYPE("channels", "object", names);
    }
    for (const phase of phases) {
      if (typeof names === "string") this[phase] = channel(`tracing:${names}:${phase}`);
      else if (names[phase] instanceof Channel) this[phase] = names[phase];
      else throw new ERR_INVALID_ARG_TYPE(`channels.${phase}`, "Channel", names[phase]);
    }
  }
  get hasSubscribers() {
    return phases.some((phase) => this[phase].hasSubscribers);
  }
  subscribe(handlers) {
    for (const phase of phases) if (handlers[phase]) this[phase].subscribe(handlers[phase]);
  }
  unsubscribe(handlers) {
    for (const phase of phases) if (handlers[phase]) this[phase].unsubscribe(handlers[phase]);
  }

  traceSync(fn, context = {}, self = undefined, ...args) {
    if (!this.hasSubscribers) return Reflect.apply(fn, self, args);
    return this.start.runStores(context, () => {
      try {
        context.result = Reflect.apply(fn, self, args);
        return context.result;
      } catch (error) {
        context.error = error;
        this.error.publish(context);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }

  tracePromise(fn, context = {}, self = undefined, ...args) {
    if (!this.hasSubscribers) return Reflect.apply(fn, self, args);
    const settled = (key, value) => {
      context[key] = value;
      if (key === "error") this.error.publish(context);
      this.asyncStart.publish(context);
      this.asyncEnd.publish(context);
    };
    return this.start.runStores(context, () => {
      try {
        return Promise.resolve(Reflect.apply(fn, self, args)).then(
          (value) => {
            settled("result", value);
            return value;
          },
          (error) => {
            settled("error", error);
            throw error;
          },
        );
      } catch (error) {
        context.error = error;
        this.error.publish(context);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }

  traceCallback(fn, position = -1, context = {}, self = undefined, ...args) {
    if (!this.hasSubscribers) return Reflect.apply(fn, self, args);
    const { asyncStart, asyncEnd, error: errors } = this;
    const callback = args.at(position);
    validateFunction(callback, "callback");
    args.splice(position, 1, function (error, result) {
      if (error) {
        context.error = error;
        errors.publish(context);
      } else {
        context.result = result;
      }
      asyncStart.runStores(context, () => {
        try {
          return Reflect.apply(callback, this, arguments);
        } finally {
          asyncEnd.publish(context);
        }
      });
    });
    return this.start.runStores(context, () => {
      try {
        return Reflect.apply(fn, self, args);
      } catch (error) {
        context.error = error;
        errors.publish(context);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }
}
export const tracingChannel = (names) => new TracingChannel(names);

export default {
  Channel,
  TracingChannel,
  channel,
  hasSubscribers,
  subscribe,
  tracingChannel,
  unsubscribe,
};
