// Sums in WebAssembly: the CRC-32 of what is sent, and Fibonacci numbers as 64-bit integers.
import sums from "./sums.wasm";

let steps = 0;
const { exports } = new WebAssembly.Instance(sums, { host: { progress: () => ++steps } });

function copyIn(bytes) {
  const missing = bytes.byteLength - exports.memory.buffer.byteLength;
  if (missing > 0) exports.memory.grow(Math.ceil(missing / 65536));
  new Uint8Array(exports.memory.buffer).set(bytes);
}

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/crc32" && request.method === "POST") {
      const bytes = new Uint8Array(await request.arrayBuffer());
      copyIn(bytes);
      const sum = exports.crc32(0, bytes.byteLength) >>> 0;
      return new Response(sum.toString(16).padStart(8, "0"));
    }
    if (pathname === "/fibonacci") {
      steps = 0;
      const number = exports.fibonacci(Number(searchParams.get("n")));
      return Response.json({ number: String(number), steps });
    }
    if (pathname === "/beyond") {
      // What lies outside the memory is a trap, an exception here.
      try {
        exports.crc32(exports.memory.buffer.byteLength, 1);
      } catch (error) {
        const trapped = error instanceof WebAssembly.RuntimeError;
        return Response.json({ trapped, message: error.message }, { status: 400 });
      }
    }
    return new Response(null, { status: 404 });
  },
};
