#include "sim/bundle/wrangler.h"

#include <catch2/catch.hpp>

#include "sim/bundle/test_support.h"

namespace flamesim::bundle {

namespace {

using Lines = std::vector<std::string>;

nlohmann::json fieldsOf(const WranglerConfig& config) {
  auto all = nlohmann::json::array();
  for (auto& binding : config.bindings) all.push_back(binding.fields);
  return all;
}

Lines faults(const TestProject& project, std::string_view text,
             const std::string& environment = "") {
  project.write("index.js", "export default {}");
  auto file = project.write("wrangler.jsonc", text);
  return briefs(faultsOf([&] { readWrangler(file, environment); }), project);
}

Lines warnings(const TestProject& project, std::string_view text,
               const std::string& environment = "") {
  project.write("index.js", "export default {}");
  auto file = project.write("wrangler.jsonc", text);
  return briefs(readWrangler(file, environment).warnings, project);
}

}  // namespace

TEST_CASE("every section that declares bindings becomes the upload's entry") {
  TestProject project;
  project.write("src/index.ts", "export default {}");
  auto file = project.write("wrangler.jsonc", R"({
    "name": "ownership",
    "main": "src/index.ts",
    "compatibility_date": "2025-01-01",
    "compatibility_flags": ["nodejs_compat"],
    "first_party_worker": true,
    "limits": {"cpu_ms": 20},
    "vars": {"ENVIRONMENT": "staging", "OPTIONS": {"a": [1, 2]}, "LEVEL": 3},
    "kv_namespaces": [{"binding": "KV", "id": "abc"}, {"binding": "OTHER_KV"}],
    "services": [{"binding": "NEXT", "service": "next", "entrypoint": "Named", "props": {"a": 1}}],
    "analytics_engine_datasets": [{"binding": "EVENTS"}],
    "logfwdr": {"bindings": [{"name": "HTTPLOGS", "destination": "httplogs"}]},
    "version_metadata": {"binding": "VERSION"}, "tail_consumers": [{"service": "watcher"}],
    "unsafe": {"bindings": [
      {"type": "volatile_cache", "name": "CACHE", "cache_id": "own", "max_keys": 100,
       "max_value_size": 1024, "max_total_value_size": 65536},
      {"type": "capnp_service", "name": "RRDNS", "service": "rrdns", "interface": "Rrdns"},
      {"type": "origin", "name": "ORIGIN"},
    ]},
  })");
  auto config = readWrangler(file, "");
  CHECK(config.name == "ownership");
  CHECK(config.main == project.at("src/index.ts"));
  CHECK(config.compatibilityDate == "2025-01-01");
  CHECK(config.compatibilityFlags == Lines{"nodejs_compat"});
  CHECK(config.cpuLimitMillis == 20);
  REQUIRE(config.tailConsumers.size() == 1);
  CHECK(config.tailConsumers[0].service == "watcher");
  CHECK(config.warnings.empty());
  CHECK(fieldsOf(config) == nlohmann::json::parse(R"([
    {"name": "ENVIRONMENT", "type": "plain_text", "text": "staging"},
    {"name": "OPTIONS", "type": "json", "json": {"a": [1, 2]}},
    {"name": "LEVEL", "type": "json", "json": 3},
    {"name": "KV", "type": "kv_namespace", "namespace_id": "abc"},
    {"name": "OTHER_KV", "type": "kv_namespace", "namespace_id": "OTHER_KV"},
    {"name": "NEXT", "type": "service", "service": "next", "entrypoint": "Named",
     "props": {"a": 1}},
    {"name": "EVENTS", "type": "analytics_engine", "dataset": "EVENTS"},
    {"name": "HTTPLOGS", "type": "logfwdr", "destination": "httplogs"},
    {"name": "VERSION", "type": "version_metadata"},
    {"type": "volatile_cache", "name": "CACHE", "cache_id": "own", "max_keys": 100,
     "max_value_size": 1024, "max_total_value_size": 65536},
    {"type": "capnp_service", "name": "RRDNS", "service": "rrdns", "interface": "Rrdns"},
    {"type": "origin", "name": "ORIGIN"}])"));
  auto& rrdns = config.bindings[10];
  CHECK(rrdns.origin.line == 17);
  CHECK(rrdns.origin.column == 41);
  CHECK(rrdns.origin.sourceLine.find("\"RRDNS\"") == 40);
}

TEST_CASE("TOML and JSON of one project read the same") {
  TestProject project;
  project.write("index.js", "export default {}");
  auto toml = readWrangler(project.write("wrangler.toml",
                                         "name = \"w\"\n"
                                         "main = \"index.js\"\n"
                                         "compatibility_date = \"2025-01-01\"\n"
                                         "[vars]\nA = \"x\"\nB = [1]\n"
                                         "[[unsafe.bindings]]\nname = \"O\"\ntype = \"origin\"\n"),
                           "");
  auto json = readWrangler(project.write("wrangler.json", R"({"name": "w", "main": "index.js",
    "compatibility_date": "2025-01-01", "vars": {"A": "x", "B": [1]},
    "unsafe": {"bindings": [{"name": "O", "type": "origin"}]}})"),
                           "");
  CHECK(fieldsOf(toml) == fieldsOf(json));
  CHECK(toml.main == json.main);
  CHECK(toml.bindings[0].origin.line == 5);
  CHECK(toml.warnings.empty());
}

TEST_CASE("an environment inherits what wrangler inherits, and no bindings but logfwdr's") {
  TestProject project;
  project.write("index.js", "export default {}");
  auto file = project.write("wrangler.jsonc", R"({
  "name": "w", "main": "index.js", "compatibility_date": "2025-01-01",
  "vars": {"A": "top"},
  "services": [{"binding": "S", "service": "s"}],
  "logfwdr": {"bindings": [{"name": "LOGS", "destination": "logs"}]},
  "env": {
    "staging": {"vars": {"A": "staging"}, "compatibility_date": "2025-02-02"},
    "named": {"name": "other", "vars": {}, "services": []}
  }
})");
  auto staging = readWrangler(file, "staging");
  CHECK(staging.name == "w-staging");
  CHECK(staging.main == project.at("index.js"));
  CHECK(staging.compatibilityDate == "2025-02-02");
  CHECK(fieldsOf(staging) == nlohmann::json::parse(R"([
    {"name": "A", "type": "plain_text", "text": "staging"},
    {"name": "LOGS", "type": "logfwdr", "destination": "logs"}])"));
  CHECK(briefs(staging.warnings, project) ==
        Lines{"wrangler.jsonc:4:3: \"services\" stands at the top level, but not under "
              "\"env.staging\", which does not inherit it [add \"services\" to \"env.staging\"]"});
  CHECK(readWrangler(file, "named").name == "other");
  CHECK(
      briefs(faultsOf([&] { readWrangler(file, "stagin"); }), project) ==
      Lines{"wrangler.jsonc:6:10: there is no environment \"stagin\" [did you mean \"staging\"?]"});
  CHECK(briefs(faultsOf([&] { readWrangler(file, "production"); }), project) ==
        Lines{"wrangler.jsonc:6:10: there is no environment \"production\" "
              "[the file has staging, named]"});
}

TEST_CASE(
    "unknown keys warn with the nearest known key; known ones that do not matter are silent") {
  TestProject project;
  CHECK(warnings(project,
                 "{\n  \"main\": \"index.js\",\n  \"compatability_date\": \"2025-01-01\","
                 "\n  \"routes\": [], \"observability\": {\"enabled\": true},\n"
                 "  \"zzzzzzzzzzzz\": 1,\n"
                 "  \"services\": [{\"binding\": \"A\", \"service\": \"b\", "
                 "\"entry_point\": \"c\"}],\n"
                 "  \"env\": {\"x\": {\"var\": {}}}\n}") ==
        Lines{"wrangler.jsonc:3:3: unknown key \"compatability_date\" "
              "[did you mean \"compatibility_date\"?]",
              "wrangler.jsonc:5:3: unknown key \"zzzzzzzzzzzz\"",
              "wrangler.jsonc:7:17: unknown key \"var\" in env.x [did you mean \"vars\"?]",
              "wrangler.jsonc:6:49: unknown key \"entry_point\" in services[0] "
              "[did you mean \"entrypoint\"?]"});
}

TEST_CASE("bindings that flamesim does not emulate are told") {
  TestProject project;
  CHECK(warnings(project,
                 "{\"main\": \"index.js\",\n"
                 "\"d1_databases\": [{\"binding\": \"DB\"}],\n"
                 "\"durable_objects\": {\"bindings\": [{\"name\": \"DO\"}]}}") ==
        Lines{"wrangler.jsonc:2:30: flamesim does not emulate \"d1_databases\": what uses "
              "env.DB throws",
              "wrangler.jsonc:3:43: flamesim does not emulate \"durable_objects\": what uses "
              "env.DO throws"});
}

TEST_CASE("a missing or absent main") {
  TestProject project;
  CHECK(faults(project, "{\n  \"name\": \"w\"\n}") ==
        Lines{"wrangler.jsonc:1:1: \"main\" is missing: which module is the worker? "
              "[add \"main\": \"src/index.ts\"]"});
  CHECK(faults(project, "{\n  \"main\": \"index.ts\"\n}") ==
        Lines{"wrangler.jsonc:2:11: there is no file \"index.ts\" [did you mean \"index.js\"?]"});
  CHECK(faults(project, "{\"main\": \"dist/x.js\", \"build\": {\"command\": \"npm run build\"}}") ==
        Lines{"wrangler.jsonc:1:10: there is no file \"dist/x.js\" "
              "[run the project's build first: npm run build]"});
  auto missing = faultsOf([&] { readWrangler(project.at("none.jsonc"), ""); });
  CHECK(briefs(missing, project) ==
        Lines{"none.jsonc: cannot read the file: No such file or directory"});
}

TEST_CASE("all wrong types are told at once, each with its place") {
  TestProject project;
  CHECK(
      faults(project,
             "{\n"
             "\"name\": 1,\n"
             "\"main\": \"index.js\",\n"
             "\"compatibility_date\": \"January\",\n"
             "\"compatibility_flags\": [\"rpc\", 2],\n"
             "\"no_bundle\": \"yes\",\n"
             "\"limits\": {\"cpu_ms\": -5},\n"
             "\"vars\": [],\n"
             "\"services\": [{\"binding\": \"A\"}, {\"service\": \"b\"}, 3],\n"
             "\"rules\": [{\"type\": \"Txt\", \"globs\": [\"*.md\"]}]\n"
             "}") ==
      Lines{"wrangler.jsonc:2:9: \"name\" must be a string, not a number [put it in double quotes]",
            "wrangler.jsonc:6:14: \"no_bundle\" must be a boolean, not a string",
            "wrangler.jsonc:10:20: unknown module type \"Txt\" [did you mean \"Text\"?]",
            "wrangler.jsonc:4:23: \"compatibility_date\" must be a day as YYYY-MM-DD "
            "[such as \"2025-01-01\"]",
            "wrangler.jsonc:5:32: \"compatibility_flags[1]\" must be a string, not a number "
            "[put it in double quotes]",
            "wrangler.jsonc:7:22: \"limits.cpu_ms\" must be a whole number from 1 to 86400000",
            "wrangler.jsonc:8:9: \"vars\" must be an object, not an array",
            "wrangler.jsonc:9:14: services[0] lacks \"service\" [add \"service\": \"...\"]",
            "wrangler.jsonc:9:32: services[1] lacks \"binding\" [add \"binding\": \"...\"]",
            "wrangler.jsonc:9:50: \"services[2]\" must be an object, not a number"});
}

TEST_CASE("two bindings of one name") {
  TestProject project;
  CHECK(faults(project,
               "{\"main\": \"index.js\",\n"
               " \"vars\": {\"A\": \"x\"},\n"
               " \"unsafe\": {\"bindings\": [{\"type\": \"origin\", \"name\": \"A\"}]}}") ==
        Lines{"wrangler.jsonc:3:53: two bindings are named \"A\" "
              "[the other, of type \"plain_text\", is on line 2; give one of them another name]"});
}

TEST_CASE("unsafe.metadata is merged last") {
  TestProject project;
  project.write("index.js", "export default {}");
  auto config = readWrangler(project.write("wrangler.jsonc", R"({"main": "index.js",
    "compatibility_date": "2025-01-01", "vars": {"A": "x"},
    "unsafe": {"metadata": {"compatibility_date": "2024-01-01",
      "bindings": [{"type": "origin", "name": "B"}]}}})"),
                             "");
  CHECK(config.compatibilityDate == "2024-01-01");
  CHECK(fieldsOf(config) == nlohmann::json::parse(R"([{"type": "origin", "name": "B"}])"));
}

TEST_CASE("unsafe.capnp is sources or a compiled file, not both") {
  TestProject project;
  project.write("schemas/rrdns.capnp", "");
  CHECK(faults(project,
               "{\"main\": \"index.js\", \"unsafe\": {\"capnp\": {\n"
               "\"base_path\": \"schemas\", \"source_schemas\": [\"a.capnp\"],\n"
               "\"compiled_schema\": \"x.bin\"}}}") ==
        Lines{"wrangler.jsonc:3:1: \"unsafe.capnp\" has both a compiled schema and sources to "
              "compile [keep \"compiled_schema\", or \"base_path\" with \"source_schemas\"]"});
  CHECK(faults(project,
               "{\"main\": \"index.js\", \"unsafe\": {\"capnp\": {\n"
               "\"base_path\": \"schemas\",\n\"source_schemas\": [\"rdns.capnp\"]}}}") ==
        Lines{"wrangler.jsonc:3:20: there is no schema \"rdns.capnp\" "
              "[did you mean \"rrdns.capnp\"?]"});
  CHECK(faults(project,
               "{\"main\": \"index.js\", \"unsafe\": {\"capnp\": {\n"
               "\"base_path\": \"nope\", \"source_schemas\": []}}}") ==
        Lines{"wrangler.jsonc:2:14: there is no folder \"nope\""});
  CHECK(faults(project,
               "{\"main\": \"index.js\", \"unsafe\": {\"capnp\": {\n"
               "\"compiled_schema\": \"nope.bin\"}}}") ==
        Lines{"wrangler.jsonc:2:20: there is no file \"nope.bin\""});
}

TEST_CASE("a TOML date where a string belongs") {
  TestProject project;
  project.write("index.js", "export default {}");
  auto file = project.write("wrangler.toml",
                            "main = \"index.js\"\ncompatibility_date = 2025-01-01\n"
                            "[vars]\nSINCE = 2025-01-01\n");
  CHECK(briefs(faultsOf([&] { readWrangler(file, ""); }), project) ==
        Lines{"wrangler.toml:2:22: \"compatibility_date\" must be a string, not a date "
              "[put it in double quotes]",
              "wrangler.toml:4:9: \"vars.SINCE\" is a TOML date, which a worker cannot be given "
              "[put it in double quotes]"});
}

TEST_CASE("a configuration that is not an object or not JSON") {
  TestProject project;
  CHECK(faults(project, "[]") ==
        Lines{"wrangler.jsonc:1:1: the file must hold an object, not an array"});
  CHECK(faults(project, "{\n  \"main\": \"index.js\"\n  \"name\": \"x\"\n}") ==
        Lines{"wrangler.jsonc:2:21: expected \",\" or \"}\" here"});
}

}  // namespace flamesim::bundle
