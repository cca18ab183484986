#include "sim/diff/day.h"

#include <array>
#include <charconv>
#include <cstdio>

namespace flamesim::diff {

std::optional<std::chrono::year_month_day> parseDay(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  std::array<int, 3> parts{};
  std::array<std::string_view, 3> pieces{text.substr(0, 4), text.substr(5, 2), text.substr(8, 2)};
  for (size_t i = 0; i < 3; ++i) {
    const char* end = pieces[i].data() + pieces[i].size();
    auto result = std::from_chars(pieces[i].data(), end, parts[i]);
    if (result.ec != std::errc() || result.ptr != end || parts[i] < 0) return std::nullopt;
  }
  std::chrono::year_month_day day{std::chrono::year(parts[0]),
                                  std::chrono::month(unsigned(parts[1])),
                                  std::chrono::day(unsigned(parts[2]))};
  if (!day.ok()) return std::nullopt;
  return day;
}

std::string dayText(std::chrono::year_month_day day) {
  char text[16];
  std::snprintf(text, sizeof(text), "%04d-%02u-%02u", int(day.year()), unsigned(day.month()),
                unsigned(day.day()));
  return text;
}

std::chrono::year_month_day today() {
  return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
}

}  // namespace flamesim::diff
