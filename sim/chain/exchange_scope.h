// One exchange on its way through a chain: what all its workers share. Belongs to the thread of the
// simulated server; workers that outlive the answer (waitUntil) keep it alive.
#pragma once

#include <kj/async.h>
#include <kj/refcount.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/clock.h"
#include "sim/base/random.h"
#include "sim/chain/provenance.h"
#include "sim/faults/draws.h"
#include "sim/net/effect_log.h"
#include "sim/net/passes.h"

namespace flamesim::chain {

using ConsoleSink =
    std::function<void(const std::string& worker, std::string_view level, const std::string& text)>;

// Keeps what nobody waits for any more, and lets things go outside of whatever is running when they
// end. It must outlive the exchanges, and go before the workers that they ran in: what it keeps
// then ends with it.
class Endings final : private kj::TaskSet::ErrorHandler {
 public:
  Endings() : tasks(*this) {}
  ~Endings() noexcept(false);
  void letGo(kj::Own<void> thing);
  void run(kj::Promise<void> work);
  // Keeps `thing` until drop() of the same key, which lets it go.
  void keep(const void* key, kj::Own<void> thing) { kept.emplace(key, kj::mv(thing)); }
  void drop(const void* key);

 private:
  void taskFailed(kj::Exception&& exception) override;
  bool closed = false;
  kj::TaskSet tasks;
  std::map<const void*, kj::Own<void>> kept;
};

class ExchangeScope final : public kj::Refcounted {
 public:
  ExchangeScope(Clock& clock, uint64_t seed, net::ClientContext client, Endings& endings)
      : clock(clock), random(seed), faultDraws(seed), client(std::move(client)), endings(endings) {}
  KJ_DISALLOW_COPY(ExchangeScope);

  // An exchange of its own that begins within this one, for what stands in for a service: with the
  // same clock, client and console. Nothing of it is noted.
  kj::Own<ExchangeScope> aside(uint64_t seed) {
    auto made = kj::refcounted<ExchangeScope>(clock, seed, client, endings);
    made->console = console;
    made->passes = passes;
    return made;
  }

  Clock& clock;
  Random random;
  faults::Draws faultDraws;
  const net::ClientContext client;
  std::shared_ptr<net::EffectLog> effects;  // nullptr: nobody keeps them
  const net::Exchange* recorded = nullptr;  // what is replayed; its effects answer for services
  const ConsoleSink* console = nullptr;
  net::Passes passes;  // of the request that came in

  std::vector<bool> usedRecordings;  // by index of recorded->outcome.effects
  // The same for calls of services; nullptr: nobody asks.
  std::shared_ptr<std::vector<bool>> usedCalls;

  // What became of it, filled in on the way.
  std::string answeredBy;                    // worker or egress that made the response
  std::string error;                         // the uncaught exception behind a 500
  bool declined = false;                     // handed on to FL
  std::map<std::string, std::string> setBy;  // net::Outcome::setBy
  std::optional<Snapshot> below;             // the latest answer of a next stage; replay only

  // Requests in workers whose waitUntil is still pending; idle() resolves when there are none.
  uint32_t pendingWork = 0;
  kj::Promise<void> idle();
  // Lets `thing` go outside of whatever is running.
  void letGo(kj::Own<void> thing) { endings.letGo(kj::mv(thing)); }
  // One of them began, and is kept until it ends.
  void workBegan(const void* key, kj::Own<void> thing);
  void workEnded(const void* key);
  // The same for one that something else keeps, and gives back in the end.
  void workBegan() { ++pendingWork; }
  void workEnded(kj::Own<void> thing);
  // Work of the exchange that nobody waits for.
  void run(kj::Promise<void> work);

 private:
  void oneLess();
  Endings& endings;
  kj::Own<kj::PromiseFulfiller<void>> idleWaiter;
};

}  // namespace flamesim::chain
