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
  assertThrows(() => form.append("x", "text", "name"), "TypeError");
});

test("a form as multipart body and back", async () => {
  const form = new FormData();
  form.append('na"me', "one\ntwo");
  form.append("file", new File([new Uint8Array([0, 255, 10])], "f.bin", { type: "x/y" }));
  const response = new Response(form);
  const type = response.headers.get("content-type");
  assert(/^multipart\/form-data; boundary=----formdata-[0-9a-f]{16}$/.test(type), type);
  const again = await response.formData();
  assertEquals(again.get('na"me'), "one\r\ntwo");
  const file = again.get("file");
  assert(file instanceof File);
  assertEquals([file.name, file.type], ["f.bin", "x/y"]);
  assertEquals(await file.bytes(), new Uint8Array([0, 255, 10]));
});

test("backslashes in names survive a multipart body", async () => {
  const form = new FormData();
  form.append("a\\", "1");
  form.append("\\\\", new File(["x"], "C:\\dir\\"));
  const again = await new Response(form).formData();
  assertEquals([...again.keys()], ["a\\", "\\\\"]);
  assertEquals(again.get("\\\\").name, "C:\\dir\\");
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
  await assertRejects(read("x", "text/plain"), "TypeError", /Unrecognized Content-Type/);
  await assertRejects(read("x", "multipart/form-data"), "TypeError", /No boundary string/);
  await assertRejects(
    read("x", "multipart/form-data; boundary=b"),
    "TypeError",
    "Malformed multipart/form-data body: the boundary does not occur.",
  );
});
