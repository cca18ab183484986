// node:url (https://nodejs.org/api/url.html): the runtime's URL; the older functions are Node's
// code, by unenv.
import * as base from "unenv/node/url";
import { URL, URLSearchParams, isURL } from "runtime:url";
import { errors } from "./core.js";

const { ERR_INVALID_ARG_TYPE, ERR_MISSING_ARGS } = errors;

export { URL, URLSearchParams };
export const { Url, parse, resolve, resolveObject, urlToHttpOptions } = base;

export function format(value, options = undefined) {
  if (!isURL(value)) {
    if (typeof value === "string" || (value !== null && typeof value === "object")) {
      return base.format(value);
    }
    throw new ERR_INVALID_ARG_TYPE("urlObject", ["Object", "string"], value);
  }
  const shown = new URL(value.href);
  if (options?.auth === false) shown.username = shown.password = "";
  if (options?.fragment === false) shown.hash = "";
  if (options?.search === false) shown.search = "";
  if (!options?.unicode) return shown.href;
  return shown.href.replace(shown.hostname, () => base.domainToUnicode(shown.hostname));
}

export function fileURLToPath(value, options = undefined) {
  if (typeof value !== "string" && !isURL(value)) {
    throw new ERR_INVALID_ARG_TYPE("path", ["string", "URL"], value);
  }
  return base.fileURLToPath(value, options);
}
export function pathToFileURL(path, options = undefined) {
  if (typeof path !== "string") throw new ERR_INVALID_ARG_TYPE("path", "string", path);
  return base.pathToFileURL(path, options);
}

// The host that the URL standard makes of it; empty where it is none.
function hostOf(domain) {
  try {
    return new URL(`ws://${domain}`).hostname;
  } catch {
    return "";
  }
}
export function domainToASCII(domain) {
  if (arguments.length === 0) throw new ERR_MISSING_ARGS("domain");
  return hostOf(domain);
}
export function domainToUnicode(domain) {
  if (arguments.length === 0) throw new ERR_MISSING_ARGS("domain");
  return base.domainToUnicode(hostOf(domain));
}

export default {
  URL,
  URLSearchParams,
  Url,
  domainToASCII,
  domainToUnicode,
  fileURLToPath,
  format,
  parse,
  pathToFileURL,
  resolve,
  resolveObject,
  urlToHttpOptions,
};
