// What production has and flamesim does not emulate: objects and modules that are there, so that a
// worker loads which may never come to use them, and say so where it does.

/**
 * A binding that throws where it is used. Symbols and `then` are asked for by whoever prints it or
 * awaits what holds it.
 * @param {string} message
 */
export function makeUnserved(message) {
  const refuse = () => {
    throw new Error(message);
  };
  return new Proxy(() => {}, {
    get: (_target, name) => (typeof name === "symbol" || name === "then" ? undefined : refuse()),
    set: refuse,
    apply: refuse,
    construct: refuse,
  });
}

const unserved = (name, what) => ({
  [name]() {
    throw new Error(`flamesim does not emulate ${what}: ${name}() was called`);
  },
})[name];

/** Modules that a worker can import, and not use. */
export const unservedModules = {
  "cloudflare:sockets": { connect: unserved("connect", "sockets") },
  "cloudflare:email": {
    EmailMessage: class EmailMessage {
      constructor() {
        throw new Error("flamesim does not emulate e-mail: an EmailMessage was made");
      }
    },
  },
};
