// node:stream/consumers: all that a stream gives, as one value.
import { Blob } from "runtime:blob";
import { TextDecoder } from "runtime:encoding";
import { Buffer } from "./buffer.js";

async function partsOf(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

export async function blob(stream) {
  return new Blob(await partsOf(stream));
}
export async function arrayBuffer(stream) {
  return (await blob(stream)).arrayBuffer();
}
export async function buffer(stream) {
  return Buffer.from(await arrayBuffer(stream));
}
export async function text(stream) {
  const decoder = new TextDecoder();
  let all = "";
  for (const part of await partsOf(stream)) {
    all += typeof part === "string" ? part : decoder.decode(part, { stream: true });
  }
  return all + decoder.decode();
}
export async function json(stream) {
  return JSON.parse(await text(stream));
}
export default { arrayBuffer, blob, buffer, json, text };
