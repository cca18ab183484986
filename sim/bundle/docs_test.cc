// The documents and the editor's schema agree with what the readers take.
#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/bundle/binding_types.h"
#include "sim/bundle/compatibility_flags.h"
#include "sim/bundle/simulation.h"
#include "sim/bundle/test_support.h"

namespace flamesim::bundle {

namespace {

std::string document(const std::string& name) {
  return readFile(std::filesystem::path(FLAMESIM_SOURCE_DIR) / "docs" / name).orThrow();
}

}  // namespace

TEST_CASE("every key of the editor's schema is known to the reader") {
  auto schema = nlohmann::json::parse(document("flamesim.schema.json"));
  TestProject project;
  project.write("w/index.js", "export default {}");
  nlohmann::json whole{{"workers", {{"w", "w"}}}};
  for (auto& [key, value] : schema["properties"].items()) {
    if (key == "workers" || value["type"] != "object" || !value.contains("properties")) continue;
    for (auto& [inner, ignored] : value["properties"].items()) whole[key][inner] = nullptr;
  }
  for (auto& [key, ignored] : schema["properties"].items()) {
    if (!whole.contains(key)) whole[key] = nullptr;
  }
  for (auto& source : schema["properties"]["services"]["additionalProperties"]["oneOf"]) {
    auto name = source["properties"]["source"]["const"].get<std::string>();
    whole["services"][name] = {{"source", name}};
    for (auto& [key, ignored] : source["properties"].items()) {
      if (key != "source") whole["services"][name][key] = "";
    }
  }
  auto file = project.write("flamesim.jsonc", whole.dump());
  // A null is a wrong type for a known key; warnings come with a file that is free of errors only.
  auto faults = briefs(faultsOf([&] { loadSimulation(file); }), project);
  for (auto& [key, value] : whole.items()) {
    if (!value.is_null() || key == "$schema") continue;
    auto told = "\"" + key + "\" must be ";
    INFO(key);
    CHECK(std::any_of(faults.begin(), faults.end(),
                      [&](auto& fault) { return fault.find(told) != std::string::npos; }));
  }
  for (auto& [key, value] : whole.items()) {
    if (key == "workers" || key == "services" || !value.is_object()) continue;
    for (auto& [inner, ignored] : value.items()) {
      auto told = "\"" + key + "." + inner + "\" must be ";
      INFO(told);
      CHECK(std::any_of(faults.begin(), faults.end(),
                        [&](auto& fault) { return fault.find(told) != std::string::npos; }));
    }
  }
  whole = nlohmann::json{{"workers", whole["workers"]}, {"services", whole["services"]}};
  project.write("x", "");
  for (auto& source : schema["properties"]["services"]["additionalProperties"]["oneOf"]) {
    auto& service = whole["services"][source["properties"]["source"]["const"].get<std::string>()];
    for (auto& [key, property] : source["properties"].items()) {
      if (key == "source") continue;
      if (key == "edgeAddresses" || key == "faults") {
        service[key] = nlohmann::json::array();
      } else if (key == "strict") {
        service[key] = true;
      } else if (property["type"] == "integer") {
        service[key] = property["default"].is_null() ? property["minimum"] : property["default"];
      } else {
        // Only in a folder of segments each key of logfwdr has an effect.
        service[key] = key == "address"  ? "unix:x"
                       : key == "output" ? "x/"
                       : key == "store"  ? "folder"
                                         : "x";
      }
    }
  }
  file = project.write("flamesim.jsonc", whole.dump());
  CHECK(briefs(loadSimulation(file).warnings, project) == std::vector<std::string>{});
}

TEST_CASE("every binding type that is served stands in docs/configuration.md") {
  auto text = document("configuration.md");
  for (auto& type : bindingTypes()) {
    if (type.provider == BindingProvider::kNobody) continue;
    INFO(type.name);
    CHECK(text.find("`" + std::string(type.name) + "`") != std::string::npos);
    for (auto& field : type.fields) {
      CHECK(text.find("`" + std::string(field.name) + "`") != std::string::npos);
    }
  }
}

TEST_CASE("the example's simulation loads without a warning") {
  auto file = std::filesystem::path(FLAMESIM_SOURCE_DIR) / "examples/front-line/flamesim.jsonc";
  if (!isRegularFile(file)) {
    WARN("left out: examples/front-line is not there");
    return;
  }
  auto simulation = loadSimulation(file);
  for (auto& warning : simulation.warnings) FAIL_CHECK(warning.render());
  for (auto& worker : simulation.workers) {
    auto bundle = load(worker.path, worker.environment);
    for (auto& warning : bundle.warnings) FAIL_CHECK(warning.render());
  }
}

TEST_CASE("the page on compatibility names every flag that is followed") {
  auto page = document("compatibility.md");
  for (auto& flag : compatibilityFlags()) {
    if (flag.follows != Follows::kChoice || flag.enable.starts_with("nodejs")) continue;
    INFO(flag.enable);
    CHECK(page.find("`" + std::string(flag.enable) + "`") != std::string::npos);
  }
}

}  // namespace flamesim::bundle
