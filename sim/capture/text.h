// Bytes as text, where a text format has to hold them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flamesim::capture {

// Well-formed UTF-8 (Unicode 15, table 3-7): no overlong forms, no surrogates.
bool isUtf8(std::string_view bytes);

std::string toBase64(std::string_view bytes);
// Standard alphabet; white space is passed over, padding may be missing. Nothing for other bytes.
std::optional<std::string> fromBase64(std::string_view text);

// For one line of a terminal: control characters and bytes that are not UTF-8 as \xNN.
std::string printable(std::string_view bytes);

}  // namespace flamesim::capture
