// Runs the *_test.js files of this folder; what a worker can import, by its compatibility flags;
// and that a worker without Node pays nothing for it.
#include <catch2/catch.hpp>

#include "sim/js/face.h"
#include "sim/web/namespaces.h"
#include "sim/web/test_files.h"

namespace flamesim::web {

namespace {

std::vector<std::string> askedFor;

// Stands for native.lazy.script: notes which script was asked for.
v8::Local<v8::Value> noteScript(js::Lock& js, std::string name) {
  askedFor.push_back(name);
  throw js::Throw("Error", "asked for script " + name);
}
const js::FunctionEntry kNoteFunctions[] = {js::function<noteScript>("script")};
const js::NamespaceFace kNoteFace{"lazy", kNoteFunctions};

js::Faces notingFaces() {
  auto faces = webFaces();
  for (auto& face : faces.namespaces) {
    if (face == &kLazyFace) face = &kNoteFace;
  }
  return faces;
}

struct Flags {
  std::vector<std::string> flags;
  std::string date;
};

// The `result` export of a module, or the message of what it threw.
std::string resultOf(const Flags& flags, std::string content, js::Faces faces = webFaces()) {
  auto bundle = std::make_shared<bundle::Bundle>();
  bundle->compatibilityFlags = flags.flags;
  bundle->compatibilityDate = flags.date;
  bundle->mainModule = "main.js";
  bundle->modules.push_back({.name = "main.js", .content = std::move(content)});
  TestWorld world({}, std::move(faces));
  js::Modules modules(world.isolate, bundle);
  try {
    return world.isolate.enter(nullptr, [&](js::Lock& js) {
      auto env = v8::Object::New(js.isolate);
      js.set(env, "GREETING", js.str("hello"));
      js.set(env, "LIST", js::check(v8::JSON::Parse(js.context, js.str("[1]"))));
      js.set(env, "OBJECT", v8::Map::New(js.isolate));
      modules.evaluate(js, env);
      return js.text(js.get(modules.mainNamespace(js).As<v8::Object>(), "result"));
    });
  } catch (const js::Uncaught& error) {
    return error.report.message;
  }
}

const Flags kNone{{}, "2025-05-01"};
const Flags kAls{{"nodejs_als"}, "2025-05-01"};
const Flags kFirst{{"nodejs_compat"}, "2024-01-01"};
const Flags kSecond{{"nodejs_compat"}, "2025-05-01"};

constexpr const char* kGlobals =
    "export const result = ['Buffer', 'process', 'global', 'setImmediate', 'clearImmediate']"
    ".filter((name) => name in globalThis).join();";

}  // namespace

TEST_CASE("node:*, by their tests in JavaScript", "[node]") {
  auto files = testFiles(std::filesystem::path(FLAMESIM_SOURCE_DIR) / "sim/node");
  REQUIRE(files.size() >= 10);
  for (auto& path : files) {
    DYNAMIC_SECTION(path.filename().string()) {
      TestFile file(path, {"nodejs_compat"});
      CHECK(file.names.size() > 0);
      for (uint32_t i = 0; i < file.names.size(); ++i) {
        std::string failure = file.run(i);
        INFO(path.filename().string() << ": " << file.names[i] << "\n" << failure);
        CHECK(failure.empty());
      }
    }
  }
}

TEST_CASE("Which of node:* can be imported is the compatibility flags' to say", "[node]") {
  std::string path = "import { join } from 'node:path'; export const result = join('a', 'b');";
  CHECK(resultOf(kNone, path) == "No such module \"node:path\".\n  imported from \"main.js\"");
  CHECK(resultOf(kAls, path) == "No such module \"node:path\".\n  imported from \"main.js\"");
  CHECK(resultOf(kFirst, path) == "a/b");
  CHECK(resultOf(kSecond, path) == "a/b");

  std::string bare = "import { join } from 'path'; export const result = join('a', 'b');";
  CHECK(resultOf(kNone, bare) == "No such module \"path\".\n  imported from \"main.js\"");
  CHECK(resultOf(kFirst, bare) == "No such module \"path\".\n  imported from \"main.js\"");
  CHECK(resultOf(kSecond, bare) == "a/b");

  std::string hooks =
      "import { AsyncLocalStorage } from 'node:async_hooks';"
      "export const result = typeof AsyncLocalStorage;";
  CHECK(resultOf(kNone, hooks) ==
        "No such module \"node:async_hooks\".\n  imported from \"main.js\"");
  CHECK(resultOf(kAls, hooks) == "function");
  CHECK(resultOf(kFirst, hooks) == "function");

  CHECK(resultOf(kSecond, "import 'node:fs';") ==
        "No such module \"node:fs\".\n  imported from \"main.js\"");
  CHECK(resultOf(kSecond, "import 'fs';") == "No such module \"fs\".\n  imported from \"main.js\"");
}

TEST_CASE("With and without the prefix it is one module", "[node]") {
  CHECK(resultOf(kSecond,
                 "import a from 'node:assert'; import b from 'assert';"
                 "const c = (await import('node:assert')).default;"
                 "export const result = [a === b, a === c, a === a.strict].join();") ==
        "true,true,true");
}

TEST_CASE("Node's globals", "[node]") {
  CHECK(resultOf(kNone, kGlobals).empty());
  CHECK(resultOf(kAls, kGlobals).empty());
  CHECK(resultOf(kFirst, kGlobals).empty());
  CHECK(resultOf(kSecond, kGlobals) == "Buffer,process,global,setImmediate,clearImmediate");
  CHECK(resultOf(kSecond,
                 "import { Buffer as B } from 'node:buffer'; import p from 'node:process';"
                 "export const result = [B === Buffer, p === process, global === globalThis,"
                 "typeof setImmediate].join();") == "true,true,true,function");
  CHECK(resultOf(kSecond, "globalThis.process = 1; export const result = process;") == "1");
}

TEST_CASE("process.env has the bindings that are text or JSON", "[node]") {
  std::string env =
      "import { env } from 'node:process'; export const result = JSON.stringify(env);";
  CHECK(resultOf(kSecond, env) == R"({"GREETING":"hello","LIST":"[1]"})");
  CHECK(resultOf(kFirst, env) == "{}");
}

TEST_CASE("A worker without Node never asks for its script", "[node]") {
  askedFor.clear();
  CHECK(resultOf(kSecond, "export const result = 1;", notingFaces()) == "1");
  CHECK(resultOf(kSecond,
                 "import { AsyncLocalStorage } from 'node:async_hooks';"
                 "export const result = typeof AsyncLocalStorage;",
                 notingFaces()) == "function");
  CHECK(resultOf(kSecond, kGlobals, notingFaces()) ==
        "Buffer,process,global,setImmediate,clearImmediate");
  CHECK(askedFor.empty());
  CHECK(resultOf(kSecond, "import 'node:path';", notingFaces()) == "asked for script node");
  CHECK(resultOf(kSecond, "Buffer;", notingFaces()) == "asked for script node");
  CHECK(askedFor == std::vector<std::string>{"node", "node"});
}

}  // namespace flamesim::web
