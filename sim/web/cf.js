// The `cf` member of requests and responses: plain data that goes with the message as JSON.
const { parse, stringify } = JSON;
const { freeze, keys } = Object;

/** A copy that shares nothing; undefined where there is none. */
export function cloneCf(cf) {
  return cf === undefined ? undefined : parse(stringify(cf));
}

/** @param {string} dictionary that has the member */
export function requireCf(cf, dictionary) {
  if (cf !== null && (typeof cf === "object" || typeof cf === "function")) return cf;
  throw new TypeError(
    `Incorrect type for the 'cf' field on '${dictionary}': the provided value is not of type 'Object'.`);
}

/** Makes what came with an incoming request unchangeable. */
export function freezeCf(value) {
  if (value === null || typeof value !== "object") return value;
  const names = keys(value);
  for (let i = 0; i < names.length; i++) freezeCf(value[names[i]]);
  return freeze(value);
}
