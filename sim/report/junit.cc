#include "sim/report/junit.h"

#include <algorithm>
#include <limits>

#include "sim/base/markup.h"
#include "sim/report/test_cases.h"

namespace flamesim::report {

namespace {

// Attribute or content of an element. printable() leaves two characters that XML 1.0 cannot hold
// (section 2.2): U+FFFE and U+FFFF.
std::string xmlText(std::string_view value) {
  std::string text = diff::printable(value, std::numeric_limits<size_t>::max() / 4);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    std::string_view rest = std::string_view(text).substr(i);
    if (rest.starts_with("\xef\xbf\xbe") || rest.starts_with("\xef\xbf\xbf")) {
      out += rest[2] == '\xbe' ? "\\xef\\xbf\\xbe" : "\\xef\\xbf\\xbf";
      i += 2;
      continue;
    }
    auto entity = markupEntity(text[i]);
    out += entity.empty() ? rest.substr(0, 1) : entity;
  }
  return out;
}

std::string xmlProperty(std::string_view name, std::string_view value) {
  return "      <property name=\"" + std::string(name) + "\" value=\"" + xmlText(value) + "\"/>\n";
}

std::string xmlFacts(const TestCase& test) {
  std::string out;
  for (const auto& [label, value] : test.facts) {
    out += xmlText(label) + ": " + xmlText(value) + "\n";
  }
  return out;
}

std::string xmlCase(const TestCase& test) {
  std::string out = "    <testcase classname=\"" + xmlText(test.group) + "\" name=\"" +
                    xmlText(test.name) + "\">\n";
  switch (test.outcome) {
    case TestCase::Outcome::kPassed:
      out += "      <system-out>" + xmlFacts(test) + "</system-out>\n";
      break;
    case TestCase::Outcome::kSkipped:
      out += "      <skipped message=\"" + xmlText(test.message) + "\"/>\n";
      break;
    case TestCase::Outcome::kFailed:
      out += "      <failure type=\"" + xmlText(test.kind) + "\" message=\"" +
             xmlText(test.message) + "\">" + xmlFacts(test) + "</failure>\n";
      break;
  }
  return out + "    </testcase>\n";
}

}  // namespace

std::string toJunit(const RunSummary& summary) {
  auto cases = testCasesOf(summary);
  auto number = [&](TestCase::Outcome outcome) {
    return std::to_string(std::ranges::count(cases, outcome, &TestCase::outcome));
  };
  std::string counts = " tests=\"" + std::to_string(cases.size()) + "\" failures=\"" +
                       number(TestCase::Outcome::kFailed) + "\" errors=\"0\" skipped=\"" +
                       number(TestCase::Outcome::kSkipped) + "\"";
  std::string name =
      summary.project.empty() ? "flamesim diff" : "flamesim replay " + xmlText(summary.project);
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"flamesim\"" +
                    counts + ">\n  <testsuite name=\"" + name + "\"" + counts + ">\n";
  out += "    <properties>\n" + xmlProperty("reference", summary.reference) +
         xmlProperty("candidate", summary.candidate) +
         xmlProperty("exchanges", std::to_string(summary.totals.exchanges)) +
         xmlProperty("result", resultName(resultOf(summary))) + "    </properties>\n";
  for (const auto& test : cases) out += xmlCase(test);
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace flamesim::report
