#include "sim/base/error.h"

#include <algorithm>

namespace flamesim {

std::string Diagnostic::render() const {
  std::string out = severity == Severity::kError ? "error: " : "warning: ";
  out += message + "\n";
  std::string number = std::to_string(line);
  std::string margin(number.size() + 1, ' ');
  if (!file.empty()) {
    out += margin + "--> " + file;
    if (line != 0) out += ":" + number;
    if (line != 0 && column != 0) out += ":" + std::to_string(column);
    out += "\n";
  }
  if (!sourceLine.empty() && line != 0) {
    std::string shown = sourceLine.substr(0, 200);
    std::string pad;
    for (size_t i = 0; i + 1 < column && i < shown.size(); ++i) {
      pad += shown[i] == '\t' ? '\t' : ' ';
    }
    out += margin + "|\n" + number + " | " + shown + "\n";
    out += margin + "| " + (column != 0 && column <= 201 ? pad + "^" : "") + "\n";
  }
  if (!help.empty()) out += margin + "= help: " + help + "\n";
  return out;
}

UserError UserError::ofAll(std::vector<Diagnostic> all, ExitCode code) {
  UserError error(all.at(0), code);
  error.others.assign(all.begin() + 1, all.end());
  for (auto& other : error.others) error.text += other.render();
  return error;
}

SourcePosition positionOf(std::string_view text, size_t offset) {
  offset = std::min(offset, text.size());
  uint32_t line = 1 + uint32_t(std::count(text.begin(), text.begin() + ptrdiff_t(offset), '\n'));
  size_t start = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  start = start == std::string_view::npos ? 0 : start + 1;
  size_t end = std::min(text.find('\n', offset), text.size());
  if (end > start && text[end - 1] == '\r') --end;
  uint32_t column = 1;
  for (size_t i = start; i < offset; ++i) {
    if ((uint8_t(text[i]) & 0xc0) != 0x80) ++column;
  }
  return {line, column, std::string(text.substr(start, end < start ? 0 : end - start))};
}

Diagnostic diagnosticAt(std::string_view file, std::string_view text, size_t offset,
                        std::string message, std::string help) {
  auto position = positionOf(text, offset);
  return Diagnostic{.message = std::move(message),
                    .file = std::string(file),
                    .line = position.line,
                    .column = position.column,
                    .sourceLine = std::move(position.lineText),
                    .help = std::move(help)};
}

static size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t cost = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = row[j];
      row[j] = cost;
    }
  }
  return row[b.size()];
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  size_t bestDistance = std::max<size_t>(2, word.size() / 3) + 1;
  for (auto& candidate : candidates) {
    size_t distance = editDistance(word, candidate);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace flamesim
