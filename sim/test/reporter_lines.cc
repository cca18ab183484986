#include "sim/test/reporter.h"

#include <iomanip>

#include "sim/test/result_text.h"

namespace flamesim::test {

namespace {

class LinesReporter final : public Reporter {
 public:
  LinesReporter(std::ostream& out, bool colour) : out(out), colour(colour) {}

  void fileBegins(const std::string& file) override { out << file << "\n"; }
  void fileFailed(const std::string& what) override {
    ++failed;
    out << "  " << red("FAIL") << "  the file could not be loaded\n" << indented(what, "        ");
  }
  void testEnded(const TestResult& result) override {
    ++(result.failure ? failed : passed);
    out << "  " << (result.failure ? red("FAIL") : green("ok  ")) << "  " << result.name << "  ("
        << std::fixed << std::setprecision(1) << millisOf(result.took) << " ms)\n";
    if (!result.failure) {
      out << indented(consoleText(result), "        ");
      return;
    }
    out << indented(placeOf(*result.failure), "        ")
        << indented(errorText(*result.failure), "        ");
    out << indented(consoleText(result), "        ");
  }
  void allEnded(Duration took) override {
    out << passed << " passed, " << failed << " failed (" << std::fixed << std::setprecision(1)
        << millisOf(took) << " ms)\n";
    out.flush();
  }

 private:
  std::string red(const std::string& text) const { return paint("31", text); }
  std::string green(const std::string& text) const { return paint("32", text); }
  std::string paint(const char* code, const std::string& text) const {
    return colour ? std::string("\x1b[") + code + "m" + text + "\x1b[0m" : text;
  }

  std::ostream& out;
  const bool colour;
  size_t passed = 0;
  size_t failed = 0;
};

}  // namespace

std::unique_ptr<Reporter> linesReporter(std::ostream& out, bool colour) {
  return std::make_unique<LinesReporter>(out, colour);
}

}  // namespace flamesim::test
