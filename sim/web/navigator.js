// navigator (WHATWG HTML section 8.10): what the edge says of itself, and beacons (W3C Beacon).
import { waitUntil } from "./dispatch.js";
import { fetch } from "./fetch.js";
import { native } from "./native.js";
import { defineInterface, illegalConstructor, illegalInvocation, requireArguments } from "./webidl.js";

const create = Symbol("create");
const kOwn = {
  languages: ["en"],
  language: "en",
  platform: "",
  hardwareConcurrency: 1,
  userAgent: "Cloudflare-Workers",
};

export class Navigator {
  #ours = true;
  constructor(token) {
    if (token !== create) throw illegalConstructor();
    for (const name of Object.keys(kOwn)) {
      Object.defineProperty(this, name, { value: kOwn[name], enumerable: true, configurable: true });
    }
  }
  /** Sends a POST request that the worker's own need not wait for. @returns {boolean} */
  sendBeacon(url, body = undefined) {
    if (!(#ours in this)) throw illegalInvocation();
    requireArguments(arguments.length, "execute 'sendBeacon' on 'Navigator'", "string");
    waitUntil(native.rpc.currentRequest(), fetch(url, { method: "POST", body }));
    return true;
  }
}
defineInterface(Navigator);

export const navigator = new Navigator(create);
