import Stream, { Duplex, PassThrough, Readable, Transform, Writable, pipeline } from "node:stream";
import { finished, pipeline as pipelined } from "node:stream/promises";
import { buffer, json, text } from "node:stream/consumers";
import web from "node:stream/web";
import { StringDecoder } from "node:string_decoder";
import { EventEmitter } from "node:events";
import { assert, assertEquals, assertRejects, assertThrows, test } from "./testing.js";

test("a Readable gives its parts, to loops and to listeners", async () => {
  const parts = [];
  for await (const part of Readable.from(["a", "b"])) parts.push(part);
  assertEquals(parts, ["a", "b"]);
  const readable = new Readable({ read() {} });
  readable.push("x");
  readable.push(null);
  const seen = [];
  await new Promise((resolve) => {
    readable.on("data", (part) => seen.push(part)).on("end", resolve);
  });
  assert(Buffer.isBuffer(seen[0]) && seen[0].toString() === "x");
});

test("a Writable takes what is written, in order", async () => {
  const written = [];
  const writable = new Writable({
    write(chunk, encoding, done) {
      written.push(`${chunk} ${encoding}`);
      done();
    },
    decodeStrings: false,
  });
  writable.write("a");
  writable.end("b");
  await finished(writable);
  assertEquals(written, ["a utf8", "b utf8"]);
  const failed = new Writable({ write: (_c, _e, done) => done(new Error("disk full")) });
  failed.on("error", () => {});
  failed.write("x");
  await assertRejects(finished(failed), "Error", "disk full");
});

test("pipeline() joins streams and says how it ended", async () => {
  const upper = new Transform({
    transform(chunk, _encoding, done) {
      done(null, chunk.toString().toUpperCase());
    },
  });
  const end = new PassThrough();
  const all = text(end);
  await pipelined(Readable.from(["a", "b"]), upper, end);
  assertEquals(await all, "AB");
  const error = await new Promise((resolve) =>
    pipeline(
      Readable.from([1]),
      async function* (source) {
        for await (const part of source) yield part.boom();
      },
      new PassThrough({ objectMode: true }),
      resolve,
    ),
  );
  assertEquals(error.message, "part.boom is not a function");
});

test("consumers", async () => {
  assertEquals(await json(Readable.from(['{"a"', ":1}"])), { a: 1 });
  assertEquals((await buffer(new Response("abc").body)).toString(), "abc");
});

test("streams are event emitters and know each other", () => {
  assert(new Duplex() instanceof Readable && new Readable() instanceof EventEmitter);
  assertEquals(Stream.Readable, Readable);
  for (const name of Object.keys(web)) assertEquals(web[name], globalThis[name], name);
  assertEquals(typeof web.TextDecoderStream, "function");
  assertThrows(
    () => new Writable().write(null),
    "TypeError",
    "May not write null values to stream",
  );
  const error = assertThrows(() => new Writable({ write() {} }).write(5), "TypeError");
  assertEquals(error.code, "ERR_INVALID_ARG_TYPE");
});

test("a destroyed stream reports it", async () => {
  const readable = new Readable({ read() {} });
  const closed = new Promise((resolve) => readable.on("close", resolve));
  const failed = new Promise((resolve) => readable.on("error", resolve));
  readable.destroy(new Error("gone"));
  assertEquals(
    [(await failed).message, await closed, readable.destroyed],
    ["gone", undefined, true],
  );
});

test("StringDecoder keeps characters whole", () => {
  const decoder = new StringDecoder("utf8");
  assertEquals(
    [decoder.write(Buffer.from([0xe2, 0x82])), decoder.write(Buffer.from([0xac]))],
    ["", "€"],
  );
  assertEquals(decoder.end(Buffer.from([0xe2])), "\ufffd");
  const base64 = new StringDecoder("base64");
  assertEquals(base64.write(Buffer.from("a")) + base64.end(Buffer.from("b")), "YWI=");
});

test("StringDecoder refuses encodings that it does not know", () => {
  assertThrows(() => new StringDecoder("nope"), "Error", /Unknown encoding: nope/);
});
