#include "sim/bindings/volatile_cache_flights.h"

namespace flamesim::bindings {

struct VolatileCacheFlights::Flight {
  std::string key;
  std::deque<kj::Own<kj::PromiseFulfiller<Outcome>>> queue;
};

std::unique_ptr<VolatileCacheFlights::Flight> VolatileCacheFlights::Lease::end() {
  auto entry = table->find(std::exchange(flight, nullptr)->key);
  auto ended = std::move(entry->second);
  table->erase(entry);
  return ended;
}

void VolatileCacheFlights::Lease::land(const Value& value) {
  if (!held()) return;
  auto ended = end();
  for (auto& waiter : ended->queue) waiter->fulfill(Outcome(value));
}

void VolatileCacheFlights::Lease::giveUp() {
  if (!held()) return;
  auto& queue = flight->queue;
  while (!queue.empty()) {
    auto head = kj::mv(queue.front());
    queue.pop_front();
    if (!head->isWaiting()) continue;  // its request has ended
    head->fulfill(Outcome(Lease(table, *std::exchange(flight, nullptr))));
    return;
  }
  end();
}

VolatileCacheFlights::VolatileCacheFlights() : table(std::make_shared<Table>()) {}

bool VolatileCacheFlights::inFlight(const std::string& key) const {
  return table->contains(key);
}

kj::Promise<VolatileCacheFlights::Outcome> VolatileCacheFlights::join(const std::string& key) {
  auto& flight = (*table)[key];
  if (flight == nullptr) {
    flight = std::make_unique<Flight>(Flight{.key = key, .queue = {}});
    return Outcome(Lease(table, *flight));
  }
  auto waiter = kj::newPromiseAndFulfiller<Outcome>();
  flight->queue.push_back(kj::mv(waiter.fulfiller));
  return kj::mv(waiter.promise);
}

}  // namespace flamesim::bindings
