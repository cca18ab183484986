#include "sim/cache/range.h"

#include <algorithm>

#include "sim/net/message.h"
#include "sim/net/syntax.h"

namespace flamesim::cache {

RangeAnswer answerRange(std::string_view value, uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  value = net::trimWhitespace(value);
  if (!net::equalsIgnoringCase(value.substr(0, kUnit.size()), kUnit)) return {};
  auto range = net::trimWhitespace(value.substr(kUnit.size()));
  auto dash = range.find('-');
  if (dash == std::string_view::npos) return {};
  auto from = range.substr(0, dash);
  auto to = range.substr(dash + 1);
  uint64_t first = 0;
  uint64_t last = 0;
  if (from.empty()) {  // the last so many
    if (!net::parseContentLength(to, last)) return {};
    if (last == 0 || size == 0) return {.kind = RangeKind::kUnsatisfiable};
    auto length = std::min(last, size);
    return {.kind = RangeKind::kPart, .part = {size - length, length}};
  }
  if (!net::parseContentLength(from, first)) return {};
  if (to.empty()) {
    last = UINT64_MAX;
  } else if (!net::parseContentLength(to, last) || last < first) {
    return {};
  }
  if (first >= size) return {.kind = RangeKind::kUnsatisfiable};
  last = std::min(last, size - 1);
  return {.kind = RangeKind::kPart, .part = {first, last - first + 1}};
}

std::string contentRange(const ByteRange& part, uint64_t size) {
  return "bytes " + std::to_string(part.first) + "-" +
         std::to_string(part.first + part.length - 1) + "/" + std::to_string(size);
}

}  // namespace flamesim::cache
