// Compares JSON by structure: key order, white space and the spelling of numbers and strings say
// nothing. As in JSON.parse, of a key that stands twice the last value counts, and numbers beyond
// 64-bit integers are doubles.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "sim/diff/judge.h"

namespace flamesim::diff {

// Values nested deeper than this are not taken for JSON: comparing recurses.
inline constexpr size_t kMaxJsonDepth = 256;

// True for application/json, text/json and types that end in +json, with or without parameters.
bool isJsonType(std::string_view contentType);

// Nothing when the text is not JSON or nests too deep.
std::optional<nlohmann::json> parseJson(std::string_view text);

// Reports each difference as `prefix` + ":" + path, such as "body:$.a[2].b", at most
// kMaxJsonDifferences of them. An array that lost or gained members in one place is reported so,
// not as a change of all that follow. Sorts arrays first where a rule says so.
void compareJson(nlohmann::json reference, nlohmann::json candidate, const std::string& prefix,
                 const std::string& worker, Judge& judge);

}  // namespace flamesim::diff
