#include "sim/bundle/compatibility_flags.h"

#include <catch2/catch.hpp>
#include <set>

#include "sim/bundle/jsonc.h"

namespace flamesim::bundle {

namespace {

struct Read {
  std::vector<std::string> flags;
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

std::vector<std::string> shown(const std::vector<Diagnostic>& list) {
  std::vector<std::string> lines;
  for (auto& item : list) {
    lines.push_back(std::to_string(item.line) + ":" + std::to_string(item.column) + ": " +
                    item.message + (item.help.empty() ? "" : " [" + item.help + "]"));
  }
  return lines;
}

Read read(const std::string& list) {
  auto parsed = parseJsonc("wrangler.jsonc", "{\n\"compatibility_flags\": " + list + "}");
  REQUIRE(parsed);
  auto document = std::move(parsed.value());
  ConfigReader reader(document);
  Read result;
  result.flags = readCompatibilityFlags(reader, document.root);
  result.errors = shown(reader.errors);
  result.warnings = shown(reader.warnings);
  return result;
}

bool enabled(std::string_view name, std::string_view date,
             const std::vector<std::string>& chosen = {}) {
  for (auto& flag : compatibilityFlags()) {
    if (flag.enable == name) return compatibilityFlagEnabled(flag, date, chosen);
  }
  FAIL("no flag " << name);
  return false;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("no name means two flags, and what a flag is implied by is one", "[bundle]") {
  std::set<std::string_view> names;
  for (auto& flag : compatibilityFlags()) {
    INFO(flag.enable);
    CHECK(names.insert(flag.enable).second);
    if (!flag.disable.empty()) CHECK(names.insert(flag.disable).second);
    CHECK((flag.date.empty() || flag.date.size() == 10));
  }
  for (auto& flag : compatibilityFlags()) {
    INFO(flag.enable);
    CHECK((flag.impliedBy.empty() || names.contains(flag.impliedBy)));
  }
}

TEST_CASE("flags that are followed are taken without a word", "[bundle]") {
  auto result =
      read(R"(["nodejs_compat", "nodejs_als", "url_standard", "no_minimal_subrequests"])");
  CHECK(result.flags ==
        Lines{"nodejs_compat", "nodejs_als", "url_standard", "no_minimal_subrequests"});
  CHECK(result.errors.empty());
  CHECK(result.warnings.empty());
}

TEST_CASE("a flag that does not exist is an error with its place and the nearest", "[bundle]") {
  auto result = read(R"(["rpc", "nodejs_compt", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"])");
  CHECK(result.flags == Lines{"rpc"});
  CHECK(result.errors ==
        Lines{"2:32: there is no compatibility flag \"nodejs_compt\" [did you mean "
              "\"nodejs_compat\"?]",
              "2:48: there is no compatibility flag \"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\""});
}

TEST_CASE("a flag that is not followed is a warning", "[bundle]") {
  auto result = read(R"(["url_original", "enable_request_signal", "disable_request_signal"])");
  CHECK(result.warnings ==
        Lines{"2:25: the compatibility flag \"url_original\" is not followed [the worker runs as "
              "with \"url_standard\"]",
              "2:41: the compatibility flag \"enable_request_signal\" is not followed [what it "
              "enables is not there]"});
  CHECK(result.errors ==
        Lines{"2:66: \"disable_request_signal\" contradicts \"enable_request_signal\""});
}

TEST_CASE("an experimental flag is a warning", "[bundle]") {
  CHECK(read(R"(["precise_timers", "no_precise_timers"])").warnings ==
        Lines{"2:25: the compatibility flag \"precise_timers\" is experimental [production refuses "
              "workers that have it]"});
}

TEST_CASE("dates and other flags enable flags", "[bundle]") {
  CHECK_FALSE(enabled("url_standard", "2022-10-30"));
  CHECK(enabled("url_standard", "2022-10-31"));
  CHECK_FALSE(enabled("url_standard", "2025-01-01", {"url_original"}));
  CHECK(enabled("url_standard", "", {"url_standard"}));
  CHECK_FALSE(enabled("nodejs_als", "2026-01-01"));
  CHECK_FALSE(enabled("nodejs_compat_v2", "2025-01-01"));
  CHECK(enabled("nodejs_compat_v2", "2025-01-01", {"nodejs_compat"}));
  CHECK_FALSE(enabled("nodejs_compat_v2", "2024-01-01", {"nodejs_compat"}));
  CHECK_FALSE(enabled("nodejs_compat_v2", "2025-01-01", {"nodejs_compat", "no_nodejs_compat_v2"}));
  CHECK(enabled("enable_nodejs_http_server_modules", "2025-09-01", {"nodejs_compat"}));
}

}  // namespace flamesim::bundle
