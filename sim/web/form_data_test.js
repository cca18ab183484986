import { assert, assertEquals, assertRejects, assertThrows, test } from "./testing.js";

test("a list of entries", () => {
  const form = new FormData();
  form.append("a", 1);
  form.append("b", "2");
  form.append("a", "3");
  assertEquals(
    [form.get("a"), form.getAll("a"), form.has("c"), form.get("c")],
    ["1", ["1", "3"], false, null],
  );
  form.set("a", "4");
  assertEquals(
    [...form],
    [
      ["a", "4"],
      ["b", "2"],
    ],
  );
  form.set("n", "5");
  form.delete("b");
  assertEquals(
    [[...form.keys()], [...form.values()]],
    [
      ["a", "n"],
      ["4", "5"],
    ],
  );
  const seen = [];
  form.forEach((value, name) => seen.push(name + value));
  assertEquals(seen, ["a4", "n5"]);
  assertThrows(
    () => form.append("x"),
    "TypeError",
    "Failed to execute 'append' on 'FormData': parameter 2 is not of type 'File or Blob or string'.",
  );
});

test("files", () => {
  const form = new FormData();
  const file = new File(["x"], "f.txt", { type: "text/plain" });
  form.append("file", file);
  form.append("renamed", file, "g.txt");
  form.append("blob", new Blob(["y"], { type: "a/b" }));
  assert(form.get("file") === file);
  assertEquals([form.get("renamed").name, form.get("renamed").type], ["g.txt", "text/plain"]);
  assertEquals([form.get("blob").name, form.get("blob").type], ["blob", "a/b"]);
  // A blob without a file name is called like its entry.
  form.set("other", new Blob(["y"]));
  assertEquals(form.get("other").name, "other");
  form.set("other", new Blob(["y"]), "qux\n\"\\.txt");
  assertEquals(form.get("other").name, "qux\n\"\\.txt");
  form.append("x", "text", "name");
  assertEquals(form.get("x"), "text");
});

test("a form as multipart body and back", async () => {
  const form = new FormData();
  form.append('na"me', "one\ntwo");
  form.append("file", new File([new Uint8Array([0, 255, 10])], "f.bin", { type: "x/y" }));
  form.append("é", new File(["☃"], "Schneemann ☃\\.txt"));
  const response = new Response(form);
  const type = response.headers.get("content-type");
  assert(/^multipart\/form-data; boundary=[0-9a-f]{32}$/.test(type), type);
  const again = await response.formData();
  assertEquals(again.get("na%22me"), "one\ntwo");
  const file = again.get("file");
  assert(file instanceof File);
  assertEquals([file.name, file.type], ["f.bin", "x/y"]);
  assertEquals(await file.bytes(), new Uint8Array([0, 255, 10]));
  assertEquals([again.get("é").name, again.get("é").type],
    ["Schneemann ☃\\.txt", "application/octet-stream"]);
});

test("a name that ends in a backslash cannot be written", () => {
  const name = new FormData();
  name.append("a\\", "1");
  const file = new FormData();
  file.append("a", new File(["x"], "foo.txt\\"));
  for (const form of [name, file]) {
    assertThrows(() => new Response(form), "TypeError", "Name or filename can't end with backslash");
  }
});

test("iterators of a form see what is appended", () => {
  const form = new FormData();
  const keys = form.keys();
  assertEquals(keys.next().done, true);
  form.append("a", "1");
  assertEquals(keys.next(), { done: false, value: "a" });
  form.delete("a");
  assertEquals(keys.next().done, true);
});

test("a urlencoded body as a form", async () => {
  const form = await new Response(new URLSearchParams("a=1+2&b=%26&a=3")).formData();
  assertEquals(
    [...form],
    [
      ["a", "1 2"],
      ["b", "&"],
      ["a", "3"],
    ],
  );
});

test("bodies that are no forms", async () => {
  const read = (body, type) => new Response(body, { headers: { "content-type": type } }).formData();
  await assertRejects(read("x", "text/plain"), "TypeError",
    "Unrecognized Content-Type header value. FormData can only parse the following MIME types: "
      + "multipart/form-data, application/x-www-form-urlencoded");
  await assertRejects(read("x", "multipart/form-data"), "TypeError",
    "No boundary string in Content-Type header. The multipart/form-data MIME type requires a boundary "
      + "parameter, e.g. 'Content-Type: multipart/form-data; boundary=\"abcd\"'. See RFC 7578, "
      + "section 4.");
  await assertRejects(read("x", "multipart/form-data; boundary=b"), "TypeError",
    "No initial boundary string (or you have a truncated message).");
  await assertRejects(read("x", "application/x-www-form-urlencoded; charset=big5"), "TypeError",
    "Non-utf-8 application/x-www-form-urlencoded body.");
  assertEquals((await read("a=b", "application/x-www-form-urlencoded;charset=\"UTF-8\"")).get("a"), "b");
  const untyped = new Response(new Uint8Array([97]));
  await assertRejects(untyped.formData(), "TypeError",
    "Parsing a Body as FormData requires a Content-Type header.");
  assertEquals(untyped.bodyUsed, false);
  await untyped.text();
  await assertRejects(untyped.formData(), "TypeError", /^Body has already been used/);
  await assertRejects(new Response(null).formData(), "TypeError", /requires a Content-Type/);
});
