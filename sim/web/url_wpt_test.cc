// The URL tests of the Web Platform Tests through the JavaScript class, whose getters cut the
// components out by offsets. The data is not part of this repository: it lies in ../shared/data, or
// where FLAMESIM_SHARED says; without it these tests are left out with a warning.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "sim/web/test_world.h"

namespace flamesim::web {

namespace {

std::optional<std::string> load(const std::string& name) {
  const char* shared = std::getenv("FLAMESIM_SHARED");
  std::string folder = shared != nullptr ? shared : FLAMESIM_SOURCE_DIR "/../shared";
  std::string path = folder + "/data/wpt-url/" + name;
  std::ifstream file(path);
  if (!file) {
    WARN("left out: no Web Platform Tests data at " << path);
    return {};
  }
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("URL passes urltestdata.json", "[web]") {
  auto data = load("urltestdata.json");
  if (!data) return;
  TestWorld world;
  CHECK(world.eval("(() => {\n"
                   "const cases = " +
                   *data + R"JS(;
    const members = ["href", "origin", "protocol", "username", "password", "host", "hostname",
                     "port", "pathname", "search", "hash"];
    const wrong = [];
    let count = 0;
    for (const entry of cases) {
      if (typeof entry === "string") continue;
      count++;
      const url = URL.parse(entry.input, entry.base ?? undefined);
      if ((url === null) !== (entry.failure === true)) {
        wrong.push(`${JSON.stringify(entry.input)}: ${url === null ? "refused" : "accepted"}`);
        continue;
      }
      if (url === null) continue;
      for (const member of members) {
        if (entry[member] !== undefined && url[member] !== entry[member]) {
          wrong.push(`${JSON.stringify(entry.input)}.${member}: ${url[member]}`);
        }
      }
      if (entry.searchParams !== undefined && `${url.searchParams}` !== entry.searchParams) {
        wrong.push(`${JSON.stringify(entry.input)}.searchParams: ${url.searchParams}`);
      }
    }
    if (count < 500) wrong.push(`only ${count} cases`);
    return wrong.join("\n");
  })())JS") == "");
}

TEST_CASE("URL passes setters_tests.json", "[web]") {
  auto data = load("setters_tests.json");
  if (!data) return;
  TestWorld world;
  CHECK(world.eval("(() => {\n"
                   "const tests = " +
                   *data + R"JS(;
    const wrong = [];
    let count = 0;
    for (const member of Object.keys(tests)) {
      if (member === "comment") continue;
      for (const { href, new_value, expected } of tests[member]) {
        count++;
        const url = new URL(href);
        url[member] = new_value;
        for (const name of Object.keys(expected)) {
          if (url[name] !== expected[name]) {
            wrong.push(`<${href}>.${member} = ${JSON.stringify(new_value)}: ${name} is ${url[name]}`);
          }
        }
      }
    }
    if (count < 200) wrong.push(`only ${count} cases`);
    return wrong.join("\n");
  })())JS") == "");
}

}  // namespace flamesim::web
