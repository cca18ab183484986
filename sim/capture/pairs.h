// Two captures of the same requests, read side by side.
#pragma once

#include <cstdint>
#include <functional>

#include "sim/capture/reader.h"

namespace flamesim::capture {

struct Unpaired {
  uint64_t first = 0;   // exchanges that only the first capture has
  uint64_t second = 0;  // or the second
};

// Calls `pair` with the exchanges of the same id. Where the orders differ, the one that is ahead
// waits in memory. Throws UserError where a capture is damaged.
Unpaired readPairs(
    CaptureReader& first, CaptureReader& second,
    const std::function<void(const net::Exchange& first, const net::Exchange& second)>& pair);

}  // namespace flamesim::capture
