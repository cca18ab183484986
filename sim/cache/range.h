// Ranges of bytes (RFC 9110 section 14): what a Range header asks of a representation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flamesim::cache {

struct ByteRange {
  uint64_t first = 0;
  uint64_t length = 0;
  bool operator==(const ByteRange&) const = default;
};

enum class RangeKind : uint8_t {
  kWhole,          // no range, several, or none that can be read: the whole answers
  kPart,           // one range
  kUnsatisfiable,  // one range that lies behind the end: 416
};

struct RangeAnswer {
  RangeKind kind = RangeKind::kWhole;
  ByteRange part;  // of kPart
};

// `value`: of the Range header; `size`: of the representation, in bytes.
RangeAnswer answerRange(std::string_view value, uint64_t size);

// "bytes 0-4/10".
std::string contentRange(const ByteRange& part, uint64_t size);

}  // namespace flamesim::cache
