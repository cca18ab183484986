// Takes out of values and fields what differs from request to request, so that like differences
// fall into one cluster.
#pragma once

#include <string>
#include <string_view>

namespace flamesim::diff {

// UUIDs, hexadecimal numbers of 16 digits or more, decimal ones of 10 or more, HTTP dates and ISO
// 8601 times become <uuid>, <hex>, <number>, <date>, <time>. Everything else stays, short ids and
// status codes too.
std::string abstractValue(std::string_view value);

// Indices become [*], and in the path of an effect's label segments that are numbers become *.
std::string abstractField(std::string_view field);

}  // namespace flamesim::diff
