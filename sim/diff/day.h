// Days in files that people write, and today's. UTC.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace flamesim::diff {

// "2027-01-31"; nothing where that is not a day.
std::optional<std::chrono::year_month_day> parseDay(std::string_view text);
std::string dayText(std::chrono::year_month_day day);
// On the computer's clock.
std::chrono::year_month_day today();

}  // namespace flamesim::diff
