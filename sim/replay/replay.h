// Replays a capture through the chain: exchanges are dealt out by host name over a fixed number of
// simulated servers on virtual time, each server belongs to one thread, and what comes out stands
// in the order of the input. The same capture, servers and program give the same outcomes, on any
// number of threads.
#pragma once

#include <kj/async-io.h>

#include <functional>
#include <memory>
#include <set>

#include "sim/capture/reader.h"
#include "sim/replay/shard.h"
#include "sim/server/simulated_server.h"

namespace flamesim::replay {

struct ReplayOptions {
  uint32_t servers = 4;     // simulated servers
  uint32_t threads = 2;     // that carry them
  std::set<uint64_t> only;  // ids to run; empty: all. Others are left out altogether
  Shard shard;              // of the servers; others are not started
};

// Whether a run with these options has the exchange.
bool isPart(const ReplayOptions& options, uint64_t id, std::string_view url);

// What the caller supplies, each called on the thread that carries the server.
struct ReplayHooks {
  // Services and egress of one simulated server.
  std::function<server::ServerParts(kj::AsyncIoProvider& io)> parts;
  // Every exchange with its candidate; `thread` from 0. Never two at a time for one thread.
  std::function<void(uint32_t thread, const net::Exchange& reference,
                     const net::Exchange& candidate)>
      compared;
  // The candidate as the bytes of a capture's message, in the order of the input; main thread.
  // Empty: nobody keeps them.
  std::function<void(std::string_view encoded)> write;
  // So many exchanges have been dealt out; main thread, now and then. Empty: nobody asks.
  std::function<void(uint64_t exchanges)> progress;
};

struct ReplayTotals {
  uint64_t exchanges = 0;
};

// Reads `reader` to its end. Throws UserError where the capture is damaged or a worker does not
// load. Memory is bounded whatever the length of the capture.
ReplayTotals replay(const js::Engine& engine, std::shared_ptr<const server::Program> program,
                    capture::CaptureReader& reader, const ReplayOptions& options,
                    const ReplayHooks& hooks);

}  // namespace flamesim::replay
