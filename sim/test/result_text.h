// Results of tests as text, for every reporter.
#pragma once

#include <string>
#include <string_view>

#include "sim/test/test_file.h"

namespace flamesim::test {

double millisOf(Duration duration);
// Each line behind `indent`, ended by '\n'.
std::string indented(std::string_view text, std::string_view indent);
// The error as JavaScript shows it, its stack included.
std::string errorText(const js::ErrorReport& report);
// Where it was thrown, with the line of the source; empty: nobody knows.
std::string placeOf(const js::ErrorReport& report);
// What the workers printed, a line each.
std::string consoleText(const TestResult& result);

}  // namespace flamesim::test
