import { assert, assertEquals, assertThrows, test } from "./testing.js";

test("a list of entries", () => {
  const form = new FormData();
  form.append("a", 1);
  form.append("b", "2");
  form.append("a", "3");
  assertEquals([form.get("a"), form.getAll("a"), form.has("c"), form.get("c")], ["1", ["1", "3"], false, null]);
  form.set("a", "4");
  assertEquals([...form], [["a", "4"], ["b", "2"]]);
  form.set("n", "5");
  form.delete("b");
  assertEquals([[...form.keys()], [...form.values()]], [["a", "n"], ["4", "5"]]);
  const seen = [];
  form.forEach((value, name) => seen.push(name + value));
  assertEquals(seen, ["a4", "n5"]);
  assertThrows(() => form.append("x"), "TypeError", "Failed to execute 'append' on 'FormData': 2 arguments required, but only 1 present.");
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
