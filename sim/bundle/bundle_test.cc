#include "sim/bundle/bundle.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "sim/bundle/capnp_schema.h"
#include "sim/bundle/esbuild.h"
#include "sim/bundle/test_support.h"

namespace flamesim::bundle {

namespace {

using Lines = std::vector<std::string>;

Lines moduleNames(const Bundle& bundle) {
  Lines names;
  for (auto& module : bundle.modules) names.push_back(module.name);
  return names;
}

class PathVariable {
 public:
  explicit PathVariable(const std::string& value) : before(getenv("PATH")) {
    setenv("PATH", value.c_str(), 1);
  }
  ~PathVariable() { setenv("PATH", before.c_str(), 1); }

 private:
  std::string before;
};

constexpr const char* kRrdnsSchema = R"(@0xbf5147cbbecf40c1;
interface Rrdns {
  lookup @0 (name :Text) -> (id :Int64);
  interface Inner {}
}
)";

}  // namespace

TEST_CASE("plain JavaScript is read module by module, without esbuild") {
  TestProject project;
  PathVariable nothingOnPath(project.path().string());
  project.write("wrangler.jsonc", R"({"name": "w", "main": "src/index.js"})");
  project.write("src/index.js",
                "import { a } from './lib/a.js';\n"
                "import text from './greeting.txt';\n"
                "import data from './data.json';\n"
                "import wasm from './lib/add.wasm';\n"
                "import { AsyncLocalStorage } from 'node:async_hooks';\n"
                "import { Rrdns } from 'rrdns.capnp';\n"
                "export default { async fetch() { return import('./lib/late.mjs'); } };\n");
  project.write("src/lib/a.js", "import '../index.js'; export const a = 1;");
  project.write("src/lib/late.mjs", "export const late = 2;");
  project.write("src/lib/unused.js", "import 'nowhere';");
  project.write("src/greeting.txt", "hello");
  project.write("src/data.json", "{\"k\": 1}");
  project.write("src/lib/add.wasm", std::string_view("\0asm\1\0\0\0", 8));
  auto bundle = load(project.path());
  CHECK(bundle.name == "w");
  CHECK(bundle.mainModule == "index.js");
  CHECK_FALSE(bundle.serviceWorker);
  CHECK(moduleNames(bundle) ==
        Lines{"index.js", "lib/a.js", "greeting.txt", "data.json", "lib/add.wasm", "lib/late.mjs"});
  CHECK(bundle.findModule("lib/a.js")->type == ModuleType::kEsModule);
  CHECK(bundle.findModule("greeting.txt")->type == ModuleType::kText);
  CHECK(bundle.findModule("data.json")->type == ModuleType::kJson);
  CHECK(bundle.findModule("lib/add.wasm")->type == ModuleType::kWasm);
  CHECK(bundle.findModule("lib/add.wasm")->content.size() == 8);
  CHECK(bundle.findModule("nope.js") == nullptr);
}

TEST_CASE("a script without imports and exports is a service worker") {
  TestProject project;
  project.write("wrangler.toml", "name = \"w\"\nmain = \"worker.js\"\n");
  project.write("worker.js", "addEventListener('fetch', (event) => {});\n");
  auto bundle = load(project.path());
  CHECK(bundle.serviceWorker);
  CHECK(bundle.mainModule == "worker.js");
}

TEST_CASE("a CommonJS package that requires a module of Node gets a require()") {
  TestProject project;
  project.write("wrangler.jsonc", R"({"name": "w", "main": "index.ts",
    "compatibility_flags": ["nodejs_compat"]})");
  project.write("index.ts", "import pkg from 'pkg';\nexport default { fetch: pkg as any };\n");
  project.write("node_modules/pkg/package.json", R"({"name": "pkg", "main": "index.js"})");
  project.write("node_modules/pkg/index.js", "module.exports = require('util/types').isDate;");
  auto bundle = load(project.path());
  REQUIRE(bundle.modules.size() == 1);
  auto& code = bundle.modules[0].content;
  CHECK(code.starts_with("import __nodeModule from \"node:module\"; const require = "));
  CHECK(code.find("__require(\"node:util/types\")") != std::string::npos);
  // One line came before what the map knows.
  auto map = nlohmann::json::parse(bundle.modules[0].sourceMap);
  auto line = size_t(std::count(code.begin(), code.begin() + long(code.find("isDate")), '\n'));
  std::string mappings = map["mappings"];
  size_t at = 0;
  for (size_t i = 0; i < line; ++i) at = mappings.find(';', at) + 1;
  CHECK(mappings[at] != ';');

  project.write("node_modules/pkg/index.js", "module.exports = 1;");
  CHECK_FALSE(load(project.path()).modules[0].content.starts_with("import __nodeModule"));
}

TEST_CASE("TypeScript and npm imports are bundled; files become modules imported by name") {
  TestProject project;
  project.write("wrangler.jsonc", R"({"name": "w", "main": "src/index.ts",
    "compatibility_flags": ["nodejs_compat"],
    "rules": [{"type": "Text", "globs": ["**/*.md"], "fallthrough": true}]})");
  project.write("src/index.ts",
                "import wasm from '../assets/add.wasm';\n"
                "import doc from './docs/read.md';\n"
                "import { lib } from './lib/lib';\n"
                "import pkg from 'pkg';\n"
                "import data from './data.json';\n"
                "import { Buffer } from 'buffer';\n"
                "import { connect } from 'cloudflare:sockets';\n"
                "export default { fetch(): Response {\n"
                "  return new Response(doc + lib + pkg + data.k + wasm + Buffer + connect);\n"
                "} };\n");
  project.write("src/lib/lib.ts", "import m from './m.wasm?module'; export const lib: number = m;");
  project.write("src/lib/m.wasm", "m");
  project.write("src/docs/read.md", "# hi");
  project.write("src/data.json", "{\"k\": \"from json\"}");
  project.write("assets/add.wasm", "w");
  project.write("node_modules/pkg/package.json",
                R"({"name": "pkg", "main": "wrong.js", "exports": {"workerd": "./edge.js"}})");
  project.write("node_modules/pkg/edge.js", "export default 'for the edge';");
  auto bundle = load(project.path());
  CHECK(bundle.mainModule == "index.js");
  CHECK(moduleNames(bundle) ==
        Lines{"index.js", "_.._/assets/add.wasm", "docs/read.md", "lib/m.wasm?module"});
  auto& code = bundle.modules[0].content;
  CHECK(code.find("from \"./_.._/assets/add.wasm\"") != std::string::npos);
  CHECK(code.find("from \"./lib/m.wasm?module\"") != std::string::npos);
  CHECK(code.find("from \"node:buffer\"") != std::string::npos);
  CHECK(code.find("from \"cloudflare:sockets\"") != std::string::npos);
  CHECK(code.find("for the edge") != std::string::npos);
  CHECK(code.find("from json") != std::string::npos);
  CHECK(code.find("sourceMappingURL") == std::string::npos);
  CHECK(bundle.modules[1].type == ModuleType::kWasm);
  CHECK(bundle.modules[2].type == ModuleType::kText);
  CHECK(bundle.modules[3].type == ModuleType::kWasm);
  CHECK(bundle.modules[3].content == "m");
  auto map = nlohmann::json::parse(bundle.modules[0].sourceMap);
  std::vector<std::string> sources = map["sources"];
  std::sort(sources.begin(), sources.end());
  CHECK(sources == Lines{"../node_modules/pkg/edge.js", "data.json", "index.ts", "lib/lib.ts"});
  CHECK(bundle.warnings.empty());
  CHECK(load(project.path()).modules == bundle.modules);
}

TEST_CASE("plain JavaScript falls back to esbuild where names do not stand for themselves") {
  TestProject project;
  project.write("wrangler.jsonc", R"({"name": "w", "main": "index.js"})");
  project.write("node_modules/pkg/index.js", "module.exports = 'pkg';");
  project.write("lib.js", "export const lib = 'lib';");
  project.write("cjs.js", "exports.cjs = 'cjs';");
  for (auto* import : {"import x from 'pkg'", "import { lib as x } from './lib'",
                       "import { cjs as x } from './cjs.js'", "const x = require('./lib.js')",
                       "const x = process.env.NODE_ENV"}) {
    INFO(import);
    project.write("index.js", std::string(import) + ";\nexport default { x };\n");
    auto bundle = load(project.path());
    CHECK(moduleNames(bundle) == Lines{"index.js"});
    CHECK_FALSE(bundle.modules[0].sourceMap.empty());
  }
}

TEST_CASE("a TypeScript service worker becomes one script") {
  TestProject project;
  project.write("wrangler.jsonc", R"({"name": "w", "main": "index.ts"})");
  project.write("index.ts", "import { a } from './a';\naddEventListener('fetch', () => a);\n");
  project.write("a.ts", "export const a: number = 1;");
  auto bundle = load(project.path());
  CHECK(bundle.serviceWorker);
  CHECK(bundle.modules[0].content.find("import") == std::string::npos);
  CHECK(bundle.modules[0].content.find("export") == std::string::npos);
}

TEST_CASE("esbuild's errors come with line, column and text, all of them") {
  TestProject project;
  project.write("wrangler.jsonc", R"({"name": "w", "main": "src/index.ts"})");
  project.write("src/index.ts",
                "import z from \"nope\"; let w = \"\xc3\xa9\"; import q from \"./missing.js\";\n"
                "import { s } from \"./syntax\";\n"
                "export default { z, q, w, s };\n");
  project.write("src/syntax.ts", "export const s = 1;\nconst x: number = ;\n");
  auto faults = faultsOf([&] { load(project.path()); });
  auto lines = briefs(faults, project);
  std::sort(lines.begin(), lines.end());
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].starts_with("src/index.ts:1:15: Could not resolve \"nope\" [You can mark"));
  CHECK(lines[1] == "src/index.ts:1:50: Could not resolve \"./missing.js\"");
  CHECK(lines[2] == "src/syntax.ts:2:19: Unexpected \";\"");
  for (auto& fault : faults) {
    if (fault.line == 2) CHECK(fault.sourceLine == "const x: number = ;");
  }
}

TEST_CASE("a syntax error in plain JavaScript that needs esbuild is found with its place") {
  TestProject project;
  project.write("wrangler.jsonc", R"({"name": "w", "main": "index.js"})");
  project.write("index.js", "export default {\n  fetch() { return (1; }\n};\n");
  CHECK(briefs(faultsOf([&] { load(project.path()); }), project) ==
        Lines{"index.js:2:22: Expected \")\" but found \";\""});
}

TEST_CASE("without esbuild the error says how to get it") {
  TestProject project;
  project.write("wrangler.jsonc", "{\"name\": \"w\",\n \"main\": \"index.ts\"}");
  project.write("index.ts", "export default {};");
  PathVariable nothingOnPath(project.path().string());
  auto lines = briefs(faultsOf([&] { load(project.path()); }), project);
  REQUIRE(lines.size() == 1);
  CHECK(
      lines[0].starts_with("wrangler.jsonc:2:10: this worker must be bundled, but there is no "
                           "esbuild [install it"));
}

TEST_CASE("the project's own esbuild comes before the system's") {
  TestProject project;
  project.write("node_modules/.bin/esbuild", "#!/bin/sh\necho own >&2\nexit 7\n");
  std::filesystem::permissions(project.at("node_modules/.bin/esbuild"),
                               std::filesystem::perms::owner_all);
  project.write("packages/w/wrangler.jsonc", R"({"main": "index.ts"})");
  project.write("packages/w/index.ts", "export default {};");
  CHECK(findEsbuild(project.at("packages/w")) == project.at("node_modules/.bin/esbuild"));
  auto faults = faultsOf([&] { load(project.at("packages/w")); });
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].message.ends_with("failed with exit code 7"));
  CHECK(faults[0].help == "own\n");
}

TEST_CASE("no_bundle takes the files as they are") {
  TestProject project;
  project.write("wrangler.jsonc", R"({"main": "src/index.mjs", "no_bundle": true})");
  project.write("src/index.mjs", "import x from 'anything'; export default {};");
  project.write("src/b/c.mjs", "export {}");
  project.write("src/t.txt", "t");
  project.write("src/unknown.ext", "");
  project.write("src/node_modules/x.js", "");
  auto bundle = load(project.path());
  CHECK(moduleNames(bundle) == Lines{"index.mjs", "b/c.mjs", "t.txt"});
  project.write("wrangler.jsonc", "{\"main\": \"src/index.ts\", \"no_bundle\": true}");
  project.write("src/index.ts", "");
  CHECK(briefs(faultsOf([&] { load(project.path()); }), project)[0].starts_with(
      "wrangler.jsonc:1:10: with \"no_bundle\" the main module must be JavaScript"));
}

TEST_CASE("schemas are compiled, and their errors have their lines") {
  TestProject project;
  project.write("wrangler.jsonc", R"({"main": "index.js", "unsafe": {"capnp": {
    "base_path": "schemas", "source_schemas": ["rrdns.capnp", "sub/log.capnp"]}}})");
  project.write("index.js", "export default {}");
  project.write("schemas/rrdns.capnp", kRrdnsSchema);
  project.write("schemas/sub/log.capnp", "@0xbf5147cbbecf40c2;\nstruct Log { a @0 :Text; }\n");
  auto bundle = load(project.path());
  auto names = interfacesOf(bundle.capnpSchema);
  REQUIRE(names);
  CHECK(names.value() == Lines{"Rrdns", "Rrdns.Inner"});

  project.write("schemas/sub/log.capnp",
                "@0xbf5147cbbecf40c2;\nstruct Log {\n  a @0 :Txt;\n  b @1 :Nope;\n}\n");
  CHECK(briefs(faultsOf([&] { load(project.path()); }), project) ==
        Lines{"schemas/sub/log.capnp:3:9: Not defined: Txt",
              "schemas/sub/log.capnp:4:9: Not defined: Nope"});
  CHECK(faultsOf([&] { load(project.path()); })[0].sourceLine == "  a @0 :Txt;");
}

TEST_CASE("a compiled schema is read, and must be one") {
  TestProject project;
  project.write("index.js", "export default {}");
  project.write("schemas/rrdns.capnp", kRrdnsSchema);
  project.write("wrangler.jsonc", R"({"main": "index.js", "unsafe": {"capnp": {
    "base_path": "schemas", "source_schemas": ["rrdns.capnp"]}}})");
  auto compiled = load(project.path()).capnpSchema;
  project.write("schema.bin", compiled);
  project.write("wrangler.jsonc",
                R"({"main": "index.js", "unsafe": {"capnp": {"compiled_schema": "schema.bin"}}})");
  CHECK(load(project.path()).capnpSchema == compiled);
  for (auto& bad : {std::string("not a schema at all, but text"), std::string(),
                    compiled.substr(0, compiled.size() / 2), std::string(64, '\xff')}) {
    project.write("schema.bin", bad);
    auto faults = faultsOf([&] { load(project.path()); });
    REQUIRE(faults.size() == 1);
    CHECK(brief(faults[0], project).starts_with("schema.bin: not a compiled schema"));
  }
  project.write("schema.bin", std::string((3 << 20) + 8, '\0'));
  CHECK(briefs(faultsOf([&] { load(project.path()); }), project)[0].starts_with(
      "wrangler.jsonc:1:33: the compiled schema has 3145736 bytes; at most 3 MiB"));
}

TEST_CASE("blobs of a service worker") {
  TestProject project;
  project.write("wrangler.jsonc", R"({"main": "w.js", "text_blobs": {"PAGE": "page.html"},
  "wasm_modules": {"ADD": "nope.wasm"}})");
  project.write("w.js", "addEventListener('fetch', () => {});");
  project.write("page.html", "<p>");
  CHECK(briefs(faultsOf([&] { load(project.path()); }), project) ==
        Lines{"wrangler.jsonc:2:27: \"wasm_modules.ADD\": cannot read the file: No such file or "
              "directory"});
  project.write("nope.wasm", "w");
  auto bundle = load(project.path());
  CHECK(moduleNames(bundle) == Lines{"w.js", "ADD", "PAGE"});
  CHECK(bundle.bindings[1].fields ==
        nlohmann::json({{"name", "PAGE"}, {"type", "text_blob"}, {"part", "PAGE"}}));
}

TEST_CASE("a folder that is no worker, and a path that is not there") {
  TestProject project;
  project.write("a/readme.txt", "");
  CHECK(briefs(faultsOf([&] { load(project.at("a")); }), project) ==
        Lines{"a: the folder is not a worker: it has no wrangler configuration and no JavaScript "
              "[add wrangler.jsonc with \"name\" and \"main\"]"});
  CHECK(briefs(faultsOf([&] { load(project.at("b")); }), project) ==
        Lines{"b: cannot read the file: No such file or directory"});
}

}  // namespace flamesim::bundle
