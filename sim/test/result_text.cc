#include "sim/test/result_text.h"

namespace flamesim::test {

double millisOf(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

std::string indented(std::string_view text, std::string_view indent) {
  std::string result;
  while (!text.empty()) {
    auto end = text.find('\n');
    auto line = text.substr(0, end);
    if (!line.empty()) result.append(indent).append(line);
    result += '\n';
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
  }
  return result;
}

std::string errorText(const js::ErrorReport& report) {
  return report.stack.empty() ? report.text() : report.stack;
}

std::string placeOf(const js::ErrorReport& report) {
  if (report.file.empty() || report.line == 0) return "";
  std::string place =
      report.file + ":" + std::to_string(report.line) + ":" + std::to_string(report.column) + "\n";
  if (!report.sourceLine.empty()) {
    auto number = std::to_string(report.line);
    place += number + " | " + report.sourceLine + "\n";
    if (report.column > 0) {
      place +=
          std::string(number.size(), ' ') + " | " + std::string(report.column - 1, ' ') + "^\n";
    }
  }
  return place;
}

std::string consoleText(const TestResult& result) {
  std::string text;
  for (auto& line : result.console) {
    text += "[" + line.worker + "] " + line.level + ": " + line.text + "\n";
  }
  return text;
}

}  // namespace flamesim::test
