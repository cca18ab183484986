// A run as test cases, for the formats that know nothing else: JUnit and TAP. It has a case that
// fails exactly where the run's result is not "same".
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/report/run_summary.h"

namespace flamesim::report {

struct TestCase {
  enum class Outcome : uint8_t { kPassed, kFailed, kSkipped };
  Outcome outcome = Outcome::kPassed;
  std::string group;  // the worker whose code made the difference; "flamesim" where none is known
  std::string name;
  std::string kind;     // of a failure: "changed", "missing", ...
  std::string message;  // of a failure or of what was skipped: one line
  std::vector<std::pair<std::string, std::string>> facts;  // label and value, one line each
};

// What is the same, what was declined, a case for each cluster of behaviour (framing is no
// failure), exchanges without a counterpart, rules that have expired. All text is printable.
std::vector<TestCase> testCasesOf(const RunSummary& summary);

}  // namespace flamesim::report
