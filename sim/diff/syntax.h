// The syntax of header values that differ from run to run, for comparing them by form alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace flamesim::diff {

// How a response or request header is compared. Names are lower-case.
enum class HeaderClass : uint8_t {
  kPlain,     // by value
  kVolatile,  // presence and syntax: Date, Age, CF-Ray, traceparent
  kFraming,   // how the message is delimited: Content-Length, Transfer-Encoding, Connection, ...
  kCookie,    // Set-Cookie: a list whose members are never joined (RFC 6265 section 3)
};
HeaderClass classify(std::string_view lowerName);

// What `value` should look like when it is not valid for the volatile header `lowerName`; nullptr
// when it is valid.
const char* syntaxError(std::string_view lowerName, std::string_view value);

// Seconds since the Unix epoch of an IMF-fixdate, the form that RFC 9110 section 5.6.7 asks for.
std::optional<int64_t> parseHttpDate(std::string_view value);

// Splits an entity tag (RFC 9110 section 8.8.3); nothing when it is none.
struct EntityTag {
  bool weak;
  std::string_view opaque;  // with its quotes
};
std::optional<EntityTag> parseEntityTag(std::string_view value);

}  // namespace flamesim::diff
