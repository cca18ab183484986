#include "sim/record/journal.h"

#include <algorithm>

namespace flamesim::record {

uint64_t Journal::open() {
  unfinished.insert(++lastId);
  return lastId;
}

void Journal::close(net::Exchange exchange, Time now) {
  uint64_t id = exchange.id;
  unfinished.erase(id);
  waiting.emplace(id, Waiting{std::move(exchange), now});
  advance(now);
}

void Journal::drop(uint64_t id, Time now) {
  unfinished.erase(id);
  advance(now);
}

void Journal::advance(Time now) {
  while (!waiting.empty()) {
    auto& [id, first] = *waiting.begin();
    bool older = !unfinished.empty() && *unfinished.begin() < id;
    if (older) {
      // Also when only a younger one has waited long enough: those before it are due with it.
      bool due = std::any_of(waiting.begin(), waiting.end(),
                             [&](auto& entry) { return now - entry.second.since >= patience; });
      if (!due) return;
    }
    writeFirst();
  }
}

void Journal::finish() {
  while (!waiting.empty()) writeFirst();
}

void Journal::writeFirst() {
  auto node = waiting.extract(waiting.begin());
  if (node.key() < lastWritten) ++late;
  lastWritten = std::max(lastWritten, node.key());
  write(std::move(node.mapped().exchange));
}

}  // namespace flamesim::record
