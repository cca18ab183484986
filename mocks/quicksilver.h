// The Quicksilver emulation: schemas/quicksilver.capnp answered from a QuicksilverStore.
#pragma once

#include <memory>

#include "mocks/quicksilver_store.h"
#include "schemas/quicksilver.capnp.h"

namespace flamesim::mocks {

// The most pairs in one answer of list(), and the most bytes of keys and values, whichever comes
// first; one pair is always returned.
inline constexpr uint32_t kMaxListPairs = 1000;
inline constexpr size_t kMaxListBytes = 16u << 20;

// Servers on the calling thread's event loop; call them directly, or hand them to serve().
schemas::Quicksilver::Client newQuicksilver(std::shared_ptr<const QuicksilverStore> store);
schemas::QuicksilverWriter::Client newQuicksilverWriter(std::shared_ptr<QuicksilverStore> store);

}  // namespace flamesim::mocks
