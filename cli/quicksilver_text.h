// What `flamesim quicksilver` prints, and the check of a log that it reads.
#pragma once

#include <string>

#include "mocks/quicksilver_import.h"
#include "schemas/quicksilver.capnp.h"

namespace flamesim::cli {

// A status as a value.
struct QuicksilverStatusText {
  uint64_t newest = 0;
  uint64_t hash = 0;
  uint64_t historyStart = 0;
  uint64_t replica = 0;
  uint64_t lagMillis = 0;
  bool stuck = false;
  uint64_t stuckAt = 0;
  uint64_t behindNanos = 0;
  // Without the last '\n'.
  std::string lines() const;
  std::string json() const;
};
QuicksilverStatusText statusText(schemas::QuicksilverStatus::Reader status);

// {"key":...,"found":...,"value":...,"index":...}
std::string lookupLine(const std::string& key, schemas::Quicksilver::GetResults::Reader results);
// {"key":...,"value":...}
std::string pairLine(schemas::Pair::Reader pair);
std::string updateJson(schemas::Update::Reader update);
// Index, time, SET or DEL, key, bytes of the value, CRC, hash.
std::string updateText(schemas::Update::Reader update);
void fillUpdate(schemas::Update::Builder to, const mocks::UpdateInput& from);

// Takes the updates of a log in their order and remembers the first that cannot be right.
class LogCheck {
 public:
  // `after`: the index before the first.
  explicit LogCheck(uint64_t after) : index(after), hashIsKnown(after == 0) {}
  void add(schemas::Update::Reader update);
  uint64_t count() const { return seen; }
  // Empty: there is none.
  const std::string& fault() const { return message; }

 private:
  uint64_t index;
  uint64_t hash = 0;
  bool hashIsKnown;
  uint64_t seen = 0;
  std::string message;
};

}  // namespace flamesim::cli
