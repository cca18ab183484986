#include "sim/report/tap.h"

#include <nlohmann/json.hpp>

#include "sim/report/test_cases.h"

namespace flamesim::report {

namespace {

// "#" would begin a directive.
std::string tapEscaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '#' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// A string of JSON is one of YAML.
std::string yamlString(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string tapDiagnostic(const TestCase& test) {
  std::string out = "  ---\n";
  if (!test.message.empty()) out += "  message: " + yamlString(test.message) + "\n";
  if (!test.kind.empty()) out += "  kind: " + yamlString(test.kind) + "\n";
  for (const auto& [label, value] : test.facts) {
    out += "  " + label + ": " + yamlString(value) + "\n";
  }
  return out + "  ...\n";
}

}  // namespace

std::string toTap(const RunSummary& summary) {
  auto cases = testCasesOf(summary);
  std::string out = "TAP version 14\n1.." + std::to_string(cases.size()) + "\n";
  for (size_t i = 0; i < cases.size(); ++i) {
    const TestCase& test = cases[i];
    bool failed = test.outcome == TestCase::Outcome::kFailed;
    out += (failed ? "not ok " : "ok ") + std::to_string(i + 1) + " - " +
           tapEscaped(test.group + ": " + test.name);
    if (test.outcome == TestCase::Outcome::kSkipped) {
      out += " # SKIP " + tapEscaped(test.message) + "\n";
      continue;
    }
    out += "\n" + tapDiagnostic(test);
  }
  return out;
}

}  // namespace flamesim::report
