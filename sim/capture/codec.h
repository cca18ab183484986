// An exchange as the bytes of one Cap'n Proto message (schemas/capture.capnp), and back. These are
// the costly half of writing and reading a capture; they share nothing and run on any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "sim/base/error.h"
#include "sim/net/exchange.h"

namespace flamesim::capture {

// One segment with its segment table, a multiple of 8 bytes. Equal exchanges give equal bytes.
std::string encodeExchange(const net::Exchange& exchange);

// Fails on what is not such a message, and on kinds of a newer version; the diagnostic names no
// file. Fastest where `message` is aligned to 8 bytes; otherwise it is copied first.
Result<net::Exchange> decodeExchange(std::span<const std::byte> message);

// What is needed to deal exchanges out to threads, without decoding the rest. `url` points into
// `message`, which must be aligned to 8 bytes.
struct ExchangeKey {
  uint64_t id = 0;
  Time time;
  std::string_view url;
};
Result<ExchangeKey> peekExchange(std::span<const std::byte> message);

struct CaptureHeader {
  uint32_t version = 1;
  std::string creator;  // "flamesim 0.1.0"
  Time created;         // the epoch where output must repeat to the byte
  std::string source;
  std::string notes;
  bool operator==(const CaptureHeader&) const = default;
};
inline constexpr uint32_t kFormatVersion = 1;

std::string encodeHeader(const CaptureHeader& header);
Result<CaptureHeader> decodeHeader(std::span<const std::byte> message);

// The seed of an exchange that was recorded or imported, and so has none of its own: a fixed
// mixture of its id.
uint64_t seedFor(uint64_t id);

}  // namespace flamesim::capture
