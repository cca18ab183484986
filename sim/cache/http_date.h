// HTTP-date (RFC 9110 section 5.6.7), read as a cache reads it (RFC 9111 section 4.2): all three
// forms, letters in any case, no other zone than GMT, nothing else that is not in the grammar.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/base/time.h"

namespace flamesim::cache {

// `now` gives the century of a year with two digits: one that looks more than 50 years ahead is in
// the past. Times that Time cannot hold become the nearest that it can.
std::optional<Time> parseHttpDate(std::string_view text, Time now);

// "Sun, 06 Nov 1994 08:49:37 GMT"; parts of a second are cut off.
std::string formatHttpDate(Time time);

}  // namespace flamesim::cache
