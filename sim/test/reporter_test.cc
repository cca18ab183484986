#include "sim/test/reporter.h"

#include <catch2/catch.hpp>
#include <sstream>

using namespace flamesim;
using namespace flamesim::test;

namespace {

using Make = std::unique_ptr<Reporter> (*)(std::ostream&);

// A file with a test that passes and one that fails, and a file that does not load.
std::string reported(Make make) {
  std::ostringstream out;
  auto reporter = make(out);
  reporter->fileBegins("a.test.js");
  reporter->testEnded({.name = "good"});
  js::ErrorReport failure{.name = "Error",
                          .message = "1 < 2 & \"no\"",
                          .stack = "Error: 1 < 2 & \"no\"\n    at a.test.js:3:7",
                          .file = "a.test.js",
                          .line = 3,
                          .column = 7,
                          .sourceLine = "      throw error;"};
  reporter->testEnded({.name = "bad #1", .failure = failure, .console = {{"test", "log", "seen"}}});
  reporter->fileBegins("b.test.js");
  reporter->fileFailed("error: no such module");
  reporter->allEnded(Duration::zero());
  return out.str();
}

std::unique_ptr<Reporter> plainLines(std::ostream& out) {
  return linesReporter(out, false);
}

}  // namespace

TEST_CASE("reporter: lines show the place, the stack and what was printed") {
  CHECK(reported(plainLines) ==
        "a.test.js\n"
        "  ok    good  (0.0 ms)\n"
        "  FAIL  bad #1  (0.0 ms)\n"
        "        a.test.js:3:7\n"
        "        3 |       throw error;\n"
        "          |       ^\n"
        "        Error: 1 < 2 & \"no\"\n"
        "            at a.test.js:3:7\n"
        "        [test] log: seen\n"
        "b.test.js\n"
        "  FAIL  the file could not be loaded\n"
        "        error: no such module\n"
        "1 passed, 2 failed (0.0 ms)\n");
}

TEST_CASE("reporter: TAP counts over all files and escapes directives") {
  CHECK(reported(tapReporter) ==
        "TAP version 14\n"
        "ok 1 - a.test.js: good\n"
        "not ok 2 - a.test.js: bad \\#1\n"
        "  ---\n"
        "  message: |\n"
        "    a.test.js:3:7\n"
        "    3 |       throw error;\n"
        "      |       ^\n"
        "    Error: 1 < 2 & \"no\"\n"
        "        at a.test.js:3:7\n"
        "    [test] log: seen\n"
        "  ...\n"
        "not ok 3 - b.test.js: loads\n"
        "  ---\n"
        "  message: |\n"
        "    error: no such module\n"
        "  ...\n"
        "1..3\n");
}

TEST_CASE("reporter: JUnit is XML with a suite for each file") {
  auto text = reported(junitReporter);
  for (auto* part : {"<testsuite name=\"a.test.js\" tests=\"2\" failures=\"1\">",
                     "<testcase name=\"good\" classname=\"a.test.js\" time=\"0.000000\"/>",
                     "<failure message=\"Error: 1 &lt; 2 &amp; &quot;no&quot;\">",
                     "<testsuite name=\"b.test.js\" tests=\"1\" failures=\"1\">"}) {
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("reporter: what XML cannot hold is replaced") {
  std::ostringstream out;
  auto reporter = junitReporter(out);
  reporter->fileBegins("a");
  reporter->testEnded({.name = std::string("b\x01") + "c"});
  reporter->allEnded(Duration::zero());
  CHECK(out.str().find("name=\"b?c\"") != std::string::npos);
}
