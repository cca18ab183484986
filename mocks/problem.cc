#include "mocks/problem.h"

#include <algorithm>
#include <numeric>

namespace flamesim::mocks {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
}

size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t(0));
  for (size_t i = 0; i < a.size(); i++) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); j++) {
      size_t cost = lower(a[i]) == lower(b[j]) ? 0 : 1;
      size_t best = std::min({row[j] + 1, row[j + 1] + 1, diagonal + cost});
      diagonal = row[j + 1];
      row[j + 1] = best;
    }
  }
  return row.back();
}

std::string render(const std::string& file, const Problem& problem) {
  std::string out = "error: " + problem.message + "\n  --> " + file;
  if (problem.line > 0) {
    out += ":" + std::to_string(problem.line);
    if (problem.column > 0) out += ":" + std::to_string(problem.column);
  }
  if (!problem.path.empty()) out += " at " + problem.path;
  out += "\n";
  std::string number = std::to_string(problem.line);
  std::string margin(number.size(), ' ');
  if (!problem.sourceLine.empty()) {
    // Very long lines (minified JSON) are cut to what stands around the column.
    constexpr size_t kWidth = 96;
    size_t column = problem.column > 0 ? problem.column - 1 : 0;
    size_t from =
        problem.sourceLine.size() > kWidth && column > kWidth / 2 ? column - kWidth / 2 : 0;
    out +=
        "   " + margin + "|\n " + number + " | " + problem.sourceLine.substr(from, kWidth) + "\n";
    out += "   " + margin + "| " + std::string(column - from, ' ') + "^\n";
  }
  if (!problem.help.empty()) out += "   " + margin + "= help: " + problem.help + "\n";
  return out;
}

}  // namespace

InputError::InputError(std::string file, std::vector<Problem> problems)
    : file(std::move(file)), problems(std::move(problems)) {
  for (const Problem& problem : this->problems) {
    text += render(problem.file.empty() ? this->file : problem.file, problem);
  }
}

InputError::InputError(std::string file, std::string message, std::string help)
    : InputError(std::move(file),
                 std::vector<Problem>{{.message = std::move(message), .help = std::move(help)}}) {}

std::string nearestName(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  size_t bestDistance = std::max<size_t>(1, word.size() / 3) + 1;  // nothing beyond this is near
  for (const std::string& candidate : candidates) {
    size_t distance = editDistance(word, candidate);
    // Half a name is near, too.
    constexpr size_t kMinPrefix = 4;
    bool isPrefix = word.size() >= kMinPrefix && candidate.starts_with(word);
    if (isPrefix) distance = std::min<size_t>(distance, 2);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  std::string near = nearestName(word, candidates);
  if (!near.empty()) return "did you mean \"" + near + "\"?";
  std::string list;
  constexpr size_t kMost = 12;
  for (size_t i = 0; i < candidates.size() && i < kMost; i++) {
    list += (list.empty() ? "there is " : ", ") + candidates[i];
  }
  if (candidates.size() > kMost) list += ", ...";
  return list;
}

void setPosition(Problem& problem, std::string_view text, size_t offset) {
  offset = std::min(offset, text.size());
  size_t lineStart = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  lineStart = lineStart == std::string_view::npos ? 0 : lineStart + 1;
  size_t lineEnd = std::min(text.find('\n', offset), text.size());
  problem.line = uint32_t(std::count(text.begin(), text.begin() + ptrdiff_t(lineStart), '\n') + 1);
  problem.column = uint32_t(offset - lineStart + 1);
  problem.sourceLine = std::string(text.substr(lineStart, lineEnd - lineStart));
  if (!problem.sourceLine.empty() && problem.sourceLine.back() == '\r')
    problem.sourceLine.pop_back();
}

}  // namespace flamesim::mocks
