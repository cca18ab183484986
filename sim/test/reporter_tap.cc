#include "sim/test/reporter.h"
#include "sim/test/result_text.h"

namespace flamesim::test {

namespace {

class TapReporter final : public Reporter {
 public:
  explicit TapReporter(std::ostream& out) : out(out) { out << "TAP version 14\n"; }

  void fileBegins(const std::string& name) override { file = name; }
  void fileFailed(const std::string& what) override { point(false, "loads", what); }
  void testEnded(const TestResult& result) override {
    point(!result.failure, result.name,
          result.failure
              ? placeOf(*result.failure) + errorText(*result.failure) + "\n" + consoleText(result)
              : "");
  }
  void allEnded(Duration) override {
    out << "1.." << count << "\n";
    out.flush();
  }

 private:
  void point(bool ok, const std::string& name, const std::string& diagnostic) {
    out << (ok ? "ok " : "not ok ") << ++count << " - " << escaped(file + ": " + name) << "\n";
    if (diagnostic.empty()) return;
    out << "  ---\n  message: |\n" << indented(diagnostic, "    ") << "  ...\n";
  }
  // "#" begins a directive.
  static std::string escaped(const std::string& text) {
    std::string result;
    for (char c : text) {
      if (c == '#' || c == '\\') result += '\\';
      result += c == '\n' ? ' ' : c;
    }
    return result;
  }

  std::ostream& out;
  std::string file;
  size_t count = 0;
};

}  // namespace

std::unique_ptr<Reporter> tapReporter(std::ostream& out) {
  return std::make_unique<TapReporter>(out);
}

}  // namespace flamesim::test
