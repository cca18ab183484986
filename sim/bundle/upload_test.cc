#include "sim/bundle/upload.h"

#include <catch2/catch.hpp>

#include "sim/bundle/capnp_schema.h"
#include "sim/bundle/multipart.h"
#include "sim/bundle/test_support.h"

namespace flamesim::bundle {

namespace {

using Lines = std::vector<std::string>;

constexpr std::string_view kBoundary = "----formdata-undici-012345678901";

struct TestPart {
  std::string name;
  std::string type;  // empty: metadata's form, without file name and type
  std::string body;
};

std::string upload(const std::vector<TestPart>& parts, std::string_view newline = "\r\n") {
  std::string text;
  for (auto& part : parts) {
    text += "--" + std::string(kBoundary) + std::string(newline) +
            "Content-Disposition: form-data; name=\"" + part.name + "\"";
    if (!part.type.empty()) {
      text +=
          "; filename=\"" + part.name + "\"" + std::string(newline) + "Content-Type: " + part.type;
    }
    text += std::string(newline) + std::string(newline) + part.body + std::string(newline);
  }
  return text + "--" + std::string(kBoundary) + "--" + std::string(newline);
}

const std::string kWasm("\0asm\1\0\0\0\r\n--x\r\n", 15);

std::vector<TestPart> example() {
  return {
      {"metadata", "", R"({"main_module":"index.js","bindings":[
 {"name":"ENVIRONMENT","type":"plain_text","text":"staging"},
 {"name":"HTTPLOGS","type":"logfwdr","destination":"httplogs"}],
 "compatibility_date":"2025-01-01","compatibility_flags":["nodejs_compat"],
 "limits":{"cpu_ms":15,"subrequests":3},"tail_consumers":[{"service":"watcher"}]})"},
      {"index.js", "application/javascript+module", "export default {}"},
      {"./1234-add.wasm", "application/wasm", kWasm},
      {"page.html", "text/plain; charset=utf-8", ""},
      {"blob.bin", "application/octet-stream", std::string("\0\r\n", 3)},
      {"old.cjs", "application/javascript", "exports.a = 1"},
      {"index.js.map", "application/source-map", R"({"version":3})"},
  };
}

std::string fault(const std::string& bytes) {
  auto result = parseUpload("u.multipart", "u", bytes);
  if (result) return "no fault";
  auto& error = result.error();
  std::string text = error.file;
  if (error.line != 0)
    text += ":" + std::to_string(error.line) + ":" + std::to_string(error.column);
  return text + ": " + error.message;
}

std::string compiledSchema() {
  TestProject project;
  project.write("index.js", "export default {}");
  project.write("a.capnp", "@0xbf5147cbbecf40c1;\ninterface Rrdns { a @0 (); }\n");
  project.write("wrangler.jsonc", R"({"main": "index.js", "unsafe": {"capnp":
    {"base_path": ".", "source_schemas": ["a.capnp"]}}})");
  return load(project.path()).capnpSchema;
}

}  // namespace

TEST_CASE("an upload's parts become modules by their types") {
  auto result = parseUpload("u.multipart", "edge", upload(example()));
  REQUIRE(result);
  auto& bundle = result.value();
  CHECK(bundle.name == "edge");
  CHECK(bundle.mainModule == "index.js");
  CHECK_FALSE(bundle.serviceWorker);
  CHECK(bundle.compatibilityDate == "2025-01-01");
  CHECK(bundle.compatibilityFlags == Lines{"nodejs_compat"});
  CHECK(bundle.cpuLimitMillis == 15);
  CHECK(bundle.subrequestLimit == 3);
  REQUIRE(bundle.tailConsumers.size() == 1);
  CHECK(bundle.tailConsumers[0].service == "watcher");
  REQUIRE(bundle.modules.size() == 5);
  CHECK(bundle.modules[0] ==
        Module{"index.js", ModuleType::kEsModule, "export default {}", R"({"version":3})"});
  CHECK(bundle.modules[1] == Module{"./1234-add.wasm", ModuleType::kWasm, kWasm, ""});
  CHECK(bundle.modules[2] == Module{"page.html", ModuleType::kText, "", ""});
  CHECK(bundle.modules[3].content == std::string("\0\r\n", 3));
  CHECK(bundle.modules[4].type == ModuleType::kCommonJs);
  REQUIRE(bundle.bindings.size() == 2);
  CHECK(bundle.bindings[1].name == "HTTPLOGS");
  CHECK(bundle.bindings[1].fields["destination"] == "httplogs");
  // The place is that in the upload's file.
  CHECK(bundle.bindings[1].origin.line == 6);
  CHECK(bundle.bindings[1].origin.column == 10);
  CHECK(bundle.warnings.empty());
}

TEST_CASE("parts may stand in any order, with bare line ends, too") {
  auto parts = example();
  auto expected = parseUpload("u", "u", upload(parts)).value();
  std::reverse(parts.begin(), parts.end());
  auto reversed = parseUpload("u", "u", upload(parts)).value();
  std::reverse(reversed.modules.begin(), reversed.modules.end());
  CHECK(reversed.modules == expected.modules);
  auto bare = parseUpload("u", "u", upload(example(), "\n"));
  REQUIRE(bare);
  CHECK(bare.value().modules == expected.modules);
}

TEST_CASE("body_part is a service worker's script") {
  auto result = parseUpload("u", "u",
                            upload({{"metadata", "", R"({"body_part":"script","bindings":[]})"},
                                    {"script", "application/javascript", "addEventListener()"}}));
  REQUIRE(result);
  CHECK(result.value().serviceWorker);
  CHECK(result.value().mainModule == "script");
  CHECK(result.value().modules[0].type == ModuleType::kEsModule);
}

TEST_CASE("the compiled schema is a part that the metadata names") {
  auto schema = compiledSchema();
  auto parts = example();
  parts[0].body = R"({"main_module":"index.js","capnp_schema":"./capnp-1.compiled"})";
  parts.insert(parts.begin(), {"./capnp-1.compiled", "application/octet-stream", schema});
  auto result = parseUpload("u", "u", upload(parts));
  REQUIRE(result);
  CHECK(result.value().capnpSchema == schema);
  CHECK(result.value().findModule("./capnp-1.compiled") == nullptr);

  parts[0].body = "broken";
  CHECK(fault(upload(parts)).find("not a compiled schema") != std::string::npos);
  parts.erase(parts.begin());
  CHECK(fault(upload(parts)) == "u.multipart:4:42: the upload has no part \"./capnp-1.compiled\"");
}

TEST_CASE("what is wrong in the metadata has its line in the upload") {
  auto with = [](std::string metadata) {
    auto parts = example();
    parts[0].body = std::move(metadata);
    return fault(upload(parts));
  };
  CHECK(with("{\"main_module\":\"indx.js\"}") ==
        "u.multipart:4:16: the upload has no part \"indx.js\"");
  CHECK(with("{}") ==
        "u.multipart:4:1: the metadata names no \"main_module\" and no \"body_part\"");
  CHECK(with("[]") == "u.multipart:4:1: the metadata must be an object");
  CHECK(with("{\"main_module\":\n \"index.js\" x") ==
        "u.multipart:5:12: in the metadata: expected \",\" or \"}\" here");
  CHECK(with("{\"main_module\":\"page.html\"}") ==
        "u.multipart:4:16: the main module \"page.html\" is not JavaScript");
  CHECK(with("{\"main_module\":\"index.js\",\"bindings\":[\n{\"name\":\"A\"}]}") ==
        "u.multipart:5:1: bindings[0] lacks \"type\"");
  CHECK(with("{\"main_module\":\"index.js\",\"bindings\":[{\"name\":\"A\",\"type\":\"origin\"},\n"
             "{\"name\":\"A\",\"type\":\"origin\"}]}") ==
        "u.multipart:5:9: two bindings are named \"A\"");
  auto parts = example();
  parts.erase(parts.begin());
  CHECK(fault(upload(parts)) == "u.multipart: the upload has no part \"metadata\"");
  parts = example();
  parts.push_back(parts[1]);
  CHECK(fault(upload(parts)).ends_with("two parts are named \"index.js\""));
}

TEST_CASE("oddities are warnings") {
  auto parts = example();
  parts.push_back({"x.py", "text/x-python", ""});
  parts.push_back({"lost.js.map", "application/source-map", "{}"});
  auto result = parseUpload("u", "u", upload(parts));
  REQUIRE(result);
  REQUIRE(result.value().warnings.size() == 2);
  CHECK(result.value().warnings[0].message ==
        "the module \"x.py\" has the unknown type \"text/x-python\": it is taken as data");
  CHECK(result.value().warnings[1].message ==
        "the source map \"lost.js.map\" belongs to no module");
}

TEST_CASE("a cut-off upload is a fault that names the byte, at whatever byte it ends") {
  auto whole = upload(example());
  size_t complete = whole.size() - 2;  // the last line end may be missing
  for (size_t length = 0; length < complete; ++length) {
    auto result = parseUpload("u", "u", whole.substr(0, length));
    INFO(length);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().message.find(" of " + std::to_string(length) + ")") != std::string::npos);
  }
  CHECK(fault(whole.substr(0, complete)) == "no fault");
  CHECK(fault(whole.substr(0, 50)) ==
        "u.multipart: the upload is cut off within the headers of a part (byte 50 of 50)");
}

TEST_CASE("malformed parts") {
  auto boundary = "--" + std::string(kBoundary) + "\r\n";
  CHECK(fault("hello\n") ==
        "u.multipart: an upload begins with a line of \"--\" and its boundary (byte 0 of 6)");
  CHECK(fault("--\r\nx") ==
        "u.multipart: the boundary on the first line has 0 bytes (byte 0 of 5)");
  CHECK(fault(boundary + "Content-Disposition form-data\r\n\r\n")
            .starts_with("u.multipart: a header of a part lacks its \":\" (byte 36 of"));
  CHECK(fault(boundary + "Content-Type: text/plain\r\n\r\nx\r\n--" + std::string(kBoundary) + "--")
            .starts_with("u.multipart: a part has no name (byte 0 of"));
  CHECK(fault(boundary + "Content-Disposition: attachment; name=\"a\"\r\n\r\n")
            .starts_with("u.multipart: the disposition of a part is not form-data (byte 36 of"));
  CHECK(fault(boundary + "Content-Disposition: form-data; name=\"a\r\n\r\n")
            .starts_with("u.multipart: a parameter lacks its last quote (byte 36 of"));
}

TEST_CASE("names are unescaped as undici and browsers escape them") {
  std::string bytes =
      "--b\r\ncontent-disposition: form-data; filename=\"a%22%0D%0A%41;b.js\"; "
      "name=x\r\n\r\nbody\r\n--b--";
  auto parts = parseMultipart("u", bytes);
  REQUIRE(parts);
  REQUIRE(parts.value().size() == 1);
  CHECK(parts.value()[0].name == "x");
  CHECK(parts.value()[0].fileName == "a\"\r\n%41;b.js");
  CHECK(parts.value()[0].body == "body");
  CHECK(parts.value()[0].contentType.empty());
}

TEST_CASE("changed bytes never crash the parser") {
  auto whole = upload(example());
  for (size_t i = 0; i < whole.size(); ++i) {
    for (char c : {'\0', '\n', '"', '-', '\xff'}) {
      auto changed = whole;
      changed[i] = c;
      parseUpload("u", "u", changed);
    }
  }
}

TEST_CASE("an upload is loaded from its file, under the file's name") {
  TestProject project;
  auto file = project.write("edge.multipart", upload(example()));
  CHECK(load(file).name == "edge");
  CHECK(briefs(faultsOf([&] { load(file, "staging"); }), project) ==
        Lines{"edge.multipart: an upload has no environments: \"staging\" cannot be chosen"});
}

TEST_CASE("an outdir: modules and maps alone") {
  TestProject project;
  project.write("dist/index.js", "import './lib/a.js'; export default {}");
  project.write("dist/index.js.map", "{}");
  project.write("dist/README.md", "This folder was built");
  project.write("dist/lib/a.js", "export {}");
  project.write("dist/1-page.txt", "text");
  project.write("dist/1-add.wasm", "w");
  auto bundle = load(project.at("dist"));
  CHECK(bundle.name == "dist");
  CHECK(bundle.mainModule == "index.js");
  Lines names;
  for (auto& module : bundle.modules) names.push_back(module.name);
  CHECK(names == Lines{"1-add.wasm", "1-page.txt", "index.js", "lib/a.js"});
  CHECK(bundle.findModule("index.js")->sourceMap == "{}");
  CHECK(bundle.findModule("1-add.wasm")->type == ModuleType::kWasm);
  CHECK(bundle.findModule("1-page.txt")->type == ModuleType::kText);
  CHECK(bundle.bindings.empty());
  CHECK(briefs(faultsOf([&] { load(project.at("dist"), "x"); }), project)[0].starts_with(
      "dist: there is no environment \"x\""));
}

TEST_CASE("an outdir takes bindings from the wrangler configuration above it") {
  TestProject project;
  project.write("wrangler.jsonc", R"({"name": "w", "main": "src/edge.ts",
    "compatibility_date": "2025-01-01", "vars": {"A": "a"}, "env": {"s": {"vars": {"A": "b"}}}})");
  project.write("dist/edge.js", "export default {}");
  project.write("dist/other.js", "export {}");
  auto bundle = load(project.at("dist"));
  CHECK(bundle.name == "w");
  CHECK(bundle.mainModule == "edge.js");
  CHECK(bundle.bindings[0].fields["text"] == "a");
  CHECK(bundle.compatibilityDate == "2025-01-01");
  CHECK(load(project.at("dist"), "s").bindings[0].fields["text"] == "b");
}

TEST_CASE("an outdir whose main module is not clear") {
  TestProject project;
  project.write("dist/a.js", "");
  project.write("dist/b.js", "");
  CHECK(briefs(faultsOf([&] { load(project.at("dist")); }), project)[0].starts_with(
      "dist: which of these is the main module: a.js, b.js? [name it index.js"));
}

}  // namespace flamesim::bundle
