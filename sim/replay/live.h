// A running FL in the place of a recorded one: the requests of a capture are sent to it, and its
// answers become a capture of their own, which replays and comparisons take as any other.
#pragma once

#include <kj/async-io.h>

#include <functional>

#include "sim/base/time.h"
#include "sim/capture/reader.h"
#include "sim/net/fetcher.h"

namespace flamesim::replay {

// Requests that are sent. By default those that change nothing (RFC 9110 section 9.2.1).
enum class LiveMethods : uint8_t { kSafe, kAll };

struct LiveOptions {
  LiveMethods methods = LiveMethods::kSafe;
  uint32_t concurrency = 16;  // requests under way at once; 1: in the order of the capture
  double perSecond = 0;       // requests begun in a second at most; 0: as fast as FL answers
  Duration timeout = std::chrono::seconds(30);  // of one answer, its body too
  // Others are neither sent nor counted; empty: all are wanted.
  std::function<bool(const net::Exchange&)> wanted;
};

struct LiveTotals {
  uint64_t sent = 0;
  uint64_t failed = 0;   // of those: there was no answer
  uint64_t leftOut = 0;  // by their method, or because they ask for a WebSocket
};

// `kept` gets each exchange that was sent, in the order of the capture, with FL's answer of now in
// the place of the recorded one; what FL asked its origin for stays that of the recording. Reads
// `reader` to its end on the calling thread's event loop, in bounded memory.
LiveTotals askLive(kj::AsyncIoContext& io, net::Fetcher& fl, capture::CaptureReader& reader,
                   const LiveOptions& options,
                   const std::function<void(const net::Exchange&)>& kept);

}  // namespace flamesim::replay
