// Strings and bytes as JSON writes them in effects.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace flamesim::bindings {

// RFC 4648 section 4.
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// With its quotes; each byte that is not UTF-8 becomes U+FFFD.
void appendJsonString(std::string& out, std::string_view text);
// The bytes in base64, with quotes.
void appendJsonBase64(std::string& out, std::span<const uint8_t> bytes);

bool isUtf8Text(std::string_view text);

}  // namespace flamesim::bindings
