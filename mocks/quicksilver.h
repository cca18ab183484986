// The Quicksilver emulation: schemas/quicksilver.capnp, answered from a QuicksilverReplica. Nothing
// that newQuicksilver() returns, and nothing that it leads to, can write.
#pragma once

#include <memory>

#include "mocks/quicksilver_replica.h"
#include "schemas/quicksilver.capnp.h"

namespace flamesim::mocks {

// The most pairs in one answer of list(), or updates in one of log(), and the most bytes of keys
// and values, whichever comes first; one is always returned. Calls of a watcher hold as many.
inline constexpr uint32_t kMaxListPairs = 1000;
inline constexpr size_t kMaxListBytes = 16u << 20;
// Watches that one capability of newQuicksilver() keeps at a time.
inline constexpr uint32_t kMaxWatches = 10'000;

// Servers on the calling thread's event loop; call them directly, or hand them to serve().
schemas::Quicksilver::Client newQuicksilver(std::shared_ptr<QuicksilverReplica> replica);
// Writes to `store`, which is the one that `replica` follows.
schemas::QuicksilverAdmin::Client newQuicksilverAdmin(std::shared_ptr<QuicksilverStore> store,
                                                      std::shared_ptr<QuicksilverReplica> replica);

}  // namespace flamesim::mocks
