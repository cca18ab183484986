// What the servers of schemas/quicksilver.capnp on one event loop share; not for others.
#pragma once

#include <kj/refcount.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "mocks/quicksilver.h"

namespace flamesim::mocks {

// A replica and the reader of this event loop.
struct QuicksilverView : kj::Refcounted {
  explicit QuicksilverView(std::shared_ptr<QuicksilverReplica> replica)
      : replica(std::move(replica)), reader(this->replica->source()) {}
  const std::shared_ptr<QuicksilverReplica> replica;
  QuicksilverReader reader;
  uint32_t watches = 0;
};

inline std::string_view viewOf(capnp::Text::Reader text) {
  return {text.begin(), text.size()};
}
inline std::string_view viewOf(capnp::Data::Reader data) {
  return {reinterpret_cast<const char*>(data.begin()), data.size()};
}
inline capnp::Data::Reader toData(std::string_view bytes) {
  return {reinterpret_cast<const capnp::byte*>(bytes.data()), bytes.size()};
}
// LMDB's keys are not terminated, a Text is: copied here, so that the caller need not.
inline void copyText(capnp::Text::Builder target, std::string_view source) {
  std::copy(source.begin(), source.end(), target.begin());
}

// Calls `watcher` for what comes after `index`, until the result is dropped.
schemas::QuicksilverWatch::Client newWatch(kj::Own<QuicksilverView> view, std::string prefix,
                                           uint64_t index,
                                           schemas::QuicksilverWatcher::Client watcher);

}  // namespace flamesim::mocks
