#include "sim/report/github.h"

#include <utility>

#include "sim/report/test_cases.h"

namespace flamesim::report {

namespace {

// What the runner decodes: in messages three characters, in properties two more.
std::string commandData(std::string_view text, bool property) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '%':
        out += "%25";
        break;
      case '\r':
        out += "%0D";
        break;
      case '\n':
        out += "%0A";
        break;
      case ':':
        out += property ? "%3A" : ":";
        break;
      case ',':
        out += property ? "%2C" : ",";
        break;
      default:
        out += c;
    }
  }
  return out;
}

struct Annotation {
  std::string title;
  std::string message;
};

Annotation annotationOf(const TestCase& test) {
  Annotation annotation{test.name, test.message};
  bool first = true;
  for (const auto& [label, value] : test.facts) {
    if (std::exchange(first, false) && label == "expected") annotation.message.clear();
    if (!annotation.message.empty()) annotation.message += "\n";
    annotation.message += label == "command" ? "$ " + value : label + ": " + value;
  }
  return annotation;
}

}  // namespace

std::string githubAnnotations(const RunSummary& summary) {
  std::string out;
  size_t count = 0;
  // Test cases are in the order of the terminal: failures, then by falling number of exchanges.
  for (const auto& test : testCasesOf(summary)) {
    if (test.outcome != TestCase::Outcome::kFailed) continue;
    if (count++ == kMaxAnnotations) break;
    Annotation annotation = annotationOf(test);
    std::string by = test.group == "flamesim" ? "" : " (by " + test.group + ")";
    out += "::error title=" + commandData(annotation.title + by, true) +
           "::" + commandData(annotation.message, false) + "\n";
  }
  return out;
}

std::string githubStopCommands(std::string_view token) {
  return "::stop-commands::" + std::string(token) + "\n";
}

std::string githubResumeCommands(std::string_view token) {
  return "::" + std::string(token) + "::\n";
}

}  // namespace flamesim::report
