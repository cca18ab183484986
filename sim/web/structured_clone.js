// structuredClone (https://html.spec.whatwg.org/#dom-structuredclone) on V8's serialization format.
import { native } from "./native.js";
import { requireArguments } from "./webidl.js";

export function structuredClone(value, options = undefined) {
  requireArguments(arguments.length, 1, "execute 'structuredClone' on 'ServiceWorkerGlobalScope'");
  const transfer = options?.transfer;
  if (transfer === undefined) return native.structuredClone.clone(value, undefined);
  return native.structuredClone.clone(value, [...transfer]);
}
Object.defineProperty(structuredClone, "length", { value: 1 });
