import { assert, assertEquals, assertThrows, test } from "./testing.js";

test("joins parts of every kind", async () => {
  const blob = new Blob([
    "é",
    new Uint8Array([65, 66, 67]).subarray(1),
    new Uint8Array([68]).buffer,
    new Blob(["E"]),
    5,
  ]);
  assertEquals(await blob.text(), "éBCDE5");
  assertEquals([blob.size, blob.type], [7, ""]);
  assertEquals((await blob.bytes()).length, 7);
  assertEquals(new Uint8Array(await blob.slice(2, 4).arrayBuffer()), new Uint8Array([66, 67]));
});

test("copies its parts and hands out copies", async () => {
  const bytes = new Uint8Array([1, 2]);
  const blob = new Blob([bytes]);
  bytes[0] = 9;
  (await blob.bytes())[1] = 9;
  assertEquals(await blob.bytes(), new Uint8Array([1, 2]));
});

test("type, and what is refused", () => {
  assertEquals(new Blob([], { type: "Text/PLAIN" }).type, "text/plain");
  assertEquals(new Blob([], { type: "té" }).type, "");
  const refused = "Failed to construct 'Blob': constructor parameter";
  assertThrows(() => new Blob("text"), "TypeError", `${refused} 1 is not of type 'Array'.`);
  assertThrows(() => new Blob([], 5), "TypeError", `${refused} 2 is not of type 'Options'.`);
  assertThrows(
    () => new Blob([], { endings: "native" }),
    "Error",
    "The 'endings' field on 'Options' is not implemented.",
  );
});

test("slices like a string does", async () => {
  const blob = new Blob(["0123456789"], { type: "a/b" });
  assertEquals(await blob.slice(-3).text(), "789");
  assertEquals(await blob.slice(2, -2, "C/D").text(), "234567");
  assertEquals([blob.slice(5, 2).size, blob.slice().size, blob.slice(20).size], [0, 10, 0]);
  assertEquals([blob.slice().type, blob.slice(0, 1, "C/D").type], ["", "c/d"]);
  assertEquals(await blob.slice(1, 9).slice(1, 3).text(), "23");
});

test("stream() is a byte stream", async () => {
  const chunks = [];
  for await (const chunk of new Blob(["abc"]).stream()) chunks.push(...chunk);
  assertEquals(chunks, [97, 98, 99]);
  for await (const chunk of new Blob([]).stream()) chunks.push(chunk);
  assertEquals(chunks.length, 3);
  const reader = new Blob(["xyz"]).stream().getReader({ mode: "byob" });
  assertEquals((await reader.read(new Uint8Array(2))).value, new Uint8Array([120, 121]));
});

test("File", async () => {
  const file = new File(["x"], "a.txt", { type: "text/plain", lastModified: 7 });
  assertEquals(
    [file.name, file.lastModified, file.type, file.size, await file.text()],
    ["a.txt", 7, "text/plain", 1, "x"],
  );
  assertEquals(new File([], "b").lastModified, Date.now());
  assert(file instanceof Blob);
  assertEquals(`${file} ${new Blob()}`, "[object File] [object Blob]");
  assertThrows(
    () => new File(["x"]),
    "TypeError",
    "Failed to construct 'File': constructor parameter 2 is not of type 'string'.",
  );
});
