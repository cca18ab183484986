// What becomes of the results of tests.
#pragma once

#include <memory>
#include <ostream>
#include <string>

#include "sim/test/test_file.h"

namespace flamesim::test {

class Reporter {
 public:
  virtual ~Reporter() noexcept(false) = default;
  // `file` as the user named it; its results follow.
  virtual void fileBegins(const std::string& file) = 0;
  // The file could not be loaded: a failure of its own. `what`: one or more lines.
  virtual void fileFailed(const std::string& what) = 0;
  virtual void testEnded(const TestResult& result) = 0;
  // The last call. `took`: real time of the whole run.
  virtual void allEnded(Duration took) = 0;
};

// Lines for people; with `colour`, ANSI colours.
std::unique_ptr<Reporter> linesReporter(std::ostream& out, bool colour);
// TAP 14 (https://testanything.org/tap-version-14-specification.html), a line for each test.
std::unique_ptr<Reporter> tapReporter(std::ostream& out);
// JUnit's XML as CI systems read it: a testsuite for each file. Written by allEnded().
std::unique_ptr<Reporter> junitReporter(std::ostream& out);

}  // namespace flamesim::test
