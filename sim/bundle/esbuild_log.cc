// esbuild's log on a terminal without colours:
//
//   ✘ [ERROR] Could not resolve "nope"
//
//       src/index.ts:1:14:
//         1 │ import z from "nope";
//           ╵               ~~~~~~
//
//     You can mark the path "nope" as external ...
//
// Lines count from 1, columns from 0 in bytes. The line it shows may be cut: the file is read.
#include <charconv>

#include "sim/bundle/esbuild.h"
#include "sim/bundle/files.h"

namespace flamesim::bundle {

namespace {

std::string_view trimmed(std::string_view text) {
  size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \r") - first + 1);
}

std::optional<uint32_t> numberOf(std::string_view text) {
  uint32_t value = 0;
  auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// "src/index.ts:1:14:"
bool readPlace(std::string_view line, const std::filesystem::path& folder, Diagnostic& into) {
  if (!line.ends_with(':')) return false;
  line.remove_suffix(1);
  size_t second = line.rfind(':');
  size_t first = second == std::string_view::npos || second == 0 ? std::string_view::npos
                                                                 : line.rfind(':', second - 1);
  if (first == std::string_view::npos) return false;
  auto row = numberOf(line.substr(first + 1, second - first - 1));
  auto column = numberOf(line.substr(second + 1));
  if (!row || !column) return false;
  auto path = absolutePath(std::filesystem::path(line.substr(0, first)), folder);
  into.file = displayPath(path);
  into.line = *row;
  into.column = *column + 1;
  auto text = readFile(path);
  if (!text) return true;
  size_t start = 0;
  for (uint32_t i = 1; i < *row; ++i) {
    size_t end = text.value().find('\n', start);
    if (end == std::string::npos) return true;
    start = end + 1;
  }
  auto position = positionOf(text.value(), start + *column);
  if (position.line == *row) into.column = position.column;
  into.sourceLine = positionOf(text.value(), start).lineText;
  return true;
}

// "✘ [ERROR] text" and "▲ [WARNING] text".
std::optional<Diagnostic> readHead(std::string_view line) {
  for (auto [mark, severity] : {std::pair{std::string_view("[ERROR] "), Severity::kError},
                                std::pair{std::string_view("[WARNING] "), Severity::kWarning}}) {
    size_t at = line.find(mark);
    if (at <= 4 && !line.starts_with(' ')) {
      return Diagnostic{.severity = severity,
                        .message = std::string(line.substr(at + mark.size()))};
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<Diagnostic> parseEsbuildLog(std::string_view log,
                                        const std::filesystem::path& workingFolder) {
  std::vector<Diagnostic> found;
  bool placed = false;
  bool noteBegun = false;
  while (!log.empty()) {
    size_t end = std::min(log.find('\n'), log.size());
    auto line = log.substr(0, end);
    log.remove_prefix(std::min(end + 1, log.size()));
    if (auto head = readHead(line)) {
      found.push_back(std::move(*head));
      placed = noteBegun = false;
      continue;
    }
    if (found.empty() || trimmed(line).empty()) continue;
    if (line.starts_with("    ")) {
      // The first place is the fault's own; later ones belong to notes.
      if (!placed && !noteBegun) placed = readPlace(trimmed(line), workingFolder, found.back());
    } else if (line.starts_with("  ")) {
      noteBegun = true;
      auto& help = found.back().help;
      if (!help.empty()) help += " ";
      help += trimmed(line);
    }
  }
  return found;
}

}  // namespace flamesim::bundle
