// Fuzz target for decodeContent: the first byte chooses the coding. No input may make it crash,
// hang or hold more than its limit.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "sim/net/content_coding.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr std::array<std::string_view, 6> kCodings{"gzip", "deflate",  "br",
                                                     "zstd", "gzip, br", "deflate, zstd"};
  constexpr uint64_t kLimit = 1 << 20;
  if (size == 0) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto result = flamesim::net::decodeContent(kCodings[data[0] % kCodings.size()], bytes, kLimit);
  if (result.ok() && result.value().size() > kLimit) std::abort();
  if (!result.ok() && result.error().message.empty()) std::abort();
  return 0;
}
