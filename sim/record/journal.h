// Puts exchanges that end in any order into the order in which they arrived, as far as waiting for
// it costs no more than a short time: whoever is killed loses what ended in that time, no more.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>

#include "sim/base/time.h"
#include "sim/net/exchange.h"

namespace flamesim::record {

class Journal {
 public:
  // `write` gets each exchange once. `patience`: how long one that has ended waits for older ones.
  Journal(Duration patience, std::function<void(net::Exchange&&)> write)
      : patience(patience), write(std::move(write)) {}

  // An exchange has arrived: its id, from 1 upwards, or from behind `startBehind`.
  uint64_t open();
  void startBehind(uint64_t id) { lastId = id; }
  // It has ended, and stands in the file when all older ones do or patience has run out.
  void close(net::Exchange exchange, Time now);
  // It has ended and is not to be written.
  void drop(uint64_t id, Time now);
  // Writes what is due at `now`.
  void advance(Time now);
  // Writes everything that has ended.
  void finish();

  size_t openCount() const { return unfinished.size(); }
  size_t waitingCount() const { return waiting.size(); }
  // Exchanges that stand in the file behind younger ones.
  uint64_t outOfOrder() const { return late; }

 private:
  struct Waiting {
    net::Exchange exchange;
    Time since;
  };
  void writeFirst();

  Duration patience;
  std::function<void(net::Exchange&&)> write;
  uint64_t lastId = 0;
  uint64_t lastWritten = 0;
  uint64_t late = 0;
  std::set<uint64_t> unfinished;
  std::map<uint64_t, Waiting> waiting;
};

}  // namespace flamesim::record
