// The edge's cache, which workerd's `caches` reaches as a service: GET, PUT and PURGE of the key, with
// the name of the cache in a header. A response is kept for its max-age, without that not at all.
import { Buffer } from "node:buffer";
/* global Headers, Response */

const kept = new Map();

/** What a PUT brings: a response as HTTP/1.1 writes it, the body without its transfer coding. */
function parse(message) {
  const end = message.indexOf("\r\n\r\n");
  const [first, ...lines] = message.latin1Slice(0, end).split("\r\n");
  const headers = new Headers(lines.map((line) => line.split(/: (.*)/, 2)));
  headers.delete("transfer-encoding");
  return { status: Number(first.split(" ")[1]), headers, body: message.subarray(end + 4) };
}

function get(key) {
  const entry = kept.get(key);
  const age = entry ? Math.floor((Date.now() - entry.at) / 1000) : 0;
  if (!entry || age >= entry.lifetime) {
    return new Response(null, { status: 504, headers: { "cf-cache-status": "MISS" } });
  }
  const { status, body } = entry;
  const headers = new Headers(entry.headers);
  headers.set("age", age);
  headers.set("cf-cache-status", "HIT");
  return new Response(body.length ? body : null, { status, headers, encodeBody: "manual" });
}

async function put(key, request) {
  const response = parse(Buffer.from(await request.arrayBuffer()));
  const lifetime = /max-age=(\d+)/.exec(response.headers.get("cache-control"))?.[1] ?? 0;
  kept.set(key, { ...response, lifetime, at: Date.now() });
  return new Response(null, { status: 204 });
}

export default {
  async fetch(request) {
    const url = request.url.split("#")[0];
    const key = `${request.headers.get("cf-cache-namespace")} ${url}`;
    if (request.method === "PUT") return await put(key, request);
    if (request.method === "PURGE") return new Response(null, { status: kept.delete(key) ? 200 : 404 });
    return get(key);
  },
};
