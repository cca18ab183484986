// Who produces the value of a key that a volatile cache does not have, and who waits for it
// (production-runtime.md section 1, "per key"). Of all who want a key one holds its lease: the
// right to produce the value. When it succeeds everybody who waits gets the value; when it does
// not, by giving up or by being destroyed, the lease passes to the one who has waited longest. Keys
// are independent. Belongs to one thread; promises wake on its event loop, never inside a call.
#pragma once

#include <kj/async.h>

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

#include "sim/bindings/volatile_cache_store.h"

namespace flamesim::bindings {

class VolatileCacheFlights {
  struct Flight;
  using Table = std::unordered_map<std::string, std::unique_ptr<Flight>>;

 public:
  using Value = VolatileCacheStore::Value;

  class Lease {
   public:
    Lease(Lease&& other) noexcept
        : table(std::move(other.table)), flight(std::exchange(other.flight, nullptr)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() { giveUp(); }

    // False once it was used.
    bool held() const { return flight != nullptr; }
    // Hands the value to all who wait.
    void land(const Value& value);
    // The next in the queue gets the lease.
    void giveUp();

   private:
    friend class VolatileCacheFlights;
    Lease(std::shared_ptr<Table> table, Flight& flight)
        : table(std::move(table)), flight(&flight) {}
    // Takes the flight out of the table.
    std::unique_ptr<Flight> end();

    std::shared_ptr<Table> table;
    Flight* flight;  // in `table`; nullptr once the lease was used
  };

  // What became of the wish for a key: somebody's value, or the lease.
  using Outcome = std::variant<Value, Lease>;

  VolatileCacheFlights();

  bool inFlight(const std::string& key) const;
  // Takes the lease where nobody has it, else joins the end of the key's queue. Who drops the
  // promise leaves the queue, or gives up the lease that had just come.
  kj::Promise<Outcome> join(const std::string& key);

 private:
  std::shared_ptr<Table> table;
};

}  // namespace flamesim::bindings
