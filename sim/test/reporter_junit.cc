#include "sim/test/reporter.h"

#include <iomanip>
#include <sstream>
#include <vector>

#include "sim/base/markup.h"
#include "sim/test/result_text.h"

namespace flamesim::test {

namespace {

// XML 1.0: text without the characters that it cannot hold.
std::string xml(std::string_view text) {
  std::string result;
  for (char c : text) {
    auto entity = markupEntity(c);
    if (!entity.empty()) {
      result += entity;
      continue;
    }
    bool allowed = uint8_t(c) >= 0x20 || c == '\n' || c == '\t';
    result += allowed ? c : '?';
  }
  return result;
}

class JunitReporter final : public Reporter {
 public:
  explicit JunitReporter(std::ostream& out) : out(out) {}

  void fileBegins(const std::string& name) override { suites.push_back({.file = name}); }
  void fileFailed(const std::string& what) override { add("loads", Duration::zero(), what, what); }
  void testEnded(const TestResult& result) override {
    if (!result.failure) return add(result.name, result.took, "", "");
    add(result.name, result.took, result.failure->text(),
        placeOf(*result.failure) + errorText(*result.failure) + "\n" + consoleText(result));
  }
  void allEnded(Duration took) override {
    out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites time=\"" << seconds(took)
        << "\">\n";
    for (auto& suite : suites) {
      out << "  <testsuite name=\"" << xml(suite.file) << "\" tests=\"" << suite.tests
          << "\" failures=\"" << suite.failures << "\">\n"
          << suite.cases << "  </testsuite>\n";
    }
    out << "</testsuites>\n";
    out.flush();
  }

 private:
  struct Suite {
    std::string file;
    size_t tests = 0;
    size_t failures = 0;
    std::string cases;
  };

  static std::string seconds(Duration duration) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(6) << millisOf(duration) / 1000;
    return text.str();
  }

  void add(const std::string& name, Duration took, const std::string& message,
           const std::string& details) {
    auto& suite = suites.back();
    ++suite.tests;
    suite.cases += "    <testcase name=\"" + xml(name) + "\" classname=\"" + xml(suite.file) +
                   "\" time=\"" + seconds(took) + "\"";
    if (message.empty() && details.empty()) {
      suite.cases += "/>\n";
      return;
    }
    ++suite.failures;
    suite.cases += ">\n      <failure message=\"" + xml(message) + "\">" + xml(details) +
                   "</failure>\n    </testcase>\n";
  }

  std::ostream& out;
  std::vector<Suite> suites;
};

}  // namespace

std::unique_ptr<Reporter> junitReporter(std::ostream& out) {
  return std::make_unique<JunitReporter>(out);
}

}  // namespace flamesim::test
