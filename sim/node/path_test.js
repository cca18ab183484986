import path, { posix, win32 } from "node:path";
import posixAlone from "node:path/posix";
import win32Alone, { join as joinThere } from "node:path/win32";
import { assertEquals, assertThrows, test } from "./testing.js";

test("the path of Linux is the default", () => {
  assertEquals([path === posix, posixAlone === posix, win32Alone === win32], [true, true, true]);
  assertEquals([path.sep, path.delimiter, win32.sep, win32.delimiter], ["/", ":", "\\", ";"]);
});

test("join, normalize, resolve, relative", () => {
  assertEquals(path.join("/a", "..", "b", "./c//d"), "/b/c/d");
  assertEquals([path.join(), path.normalize("a/../../b/")], [".", "../b/"]);
  assertEquals(path.resolve("/a/b", "../c", "./d"), "/a/c/d");
  assertEquals(path.resolve("x"), "/x");
  assertEquals(path.relative("/a/b/c", "/a/d"), "../../d");
  assertEquals(path.isAbsolute("/a"), true);
});

test("basename, dirname, extname, parse, format", () => {
  assertEquals([path.basename("/a/b.html", ".html"), path.dirname("/a/b/c")], ["b", "/a/b"]);
  assertEquals([path.extname("a.tar.gz"), path.extname(".profile")], [".gz", ""]);
  assertEquals(path.parse("/home/u/f.txt"), {
    root: "/",
    dir: "/home/u",
    base: "f.txt",
    ext: ".txt",
    name: "f",
  });
  assertEquals(path.format({ dir: "/a", name: "b", ext: ".c" }), "/a/b.c");
});

test("win32", () => {
  assertEquals(joinThere("C:\\a", "..", "b/c"), "C:\\b\\c");
  assertEquals(win32.resolve("C:\\a", "..\\b"), "C:\\b");
  assertEquals(win32.parse("C:\\x\\y.z").root, "C:\\");
  assertEquals(win32.relative("C:\\a\\b", "C:\\a\\c"), "..\\c");
});

test("a path must be a string", () => {
  const error = assertThrows(
    () => path.join("a", 1),
    "TypeError",
    'The "path" argument must be of type string. Received type number (1)',
  );
  assertEquals(error.code, "ERR_INVALID_ARG_TYPE");
  assertThrows(
    () => win32.resolve("a", null),
    "TypeError",
    /"paths\[1\]" argument must be of type/,
  );
});
