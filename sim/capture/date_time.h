// Dates as RFC 3339 and ISO 8601 write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/base/time.h"

namespace flamesim::capture {

// "2023-03-29T16:58:59.303-07:00": up to nanoseconds, zone "Z", "+hh:mm", "+hhmm" or none (taken as
// UTC). Nothing for what is no such date, and outside the years 1678 to 2261.
std::optional<Time> parseDateTime(std::string_view text);

// "2023-03-29T23:58:59.303Z", to the millisecond.
std::string formatDateTime(Time time);

}  // namespace flamesim::capture
