// What the bindings need of the request that is running, beyond what the Web APIs do: who the
// worker is, where effects are noted, and which recorded effects answer for the services.
#pragma once

#include <memory>
#include <vector>

#include "sim/faults/draws.h"
#include "sim/net/effect_log.h"
#include "sim/web/io_context.h"

namespace flamesim::bindings {

class RequestScope;

// What bindings keep for one request, such as the capabilities that its JavaScript holds.
class RequestHoldings {
 public:
  virtual ~RequestHoldings() noexcept(false) = default;
  // The request is over. Its console still works; its JavaScript does not run again.
  virtual void requestEnds(RequestScope& scope) = 0;
};

class RequestScope : public web::IoContext {
 public:
  using web::IoContext::IoContext;

  virtual const std::string& workerName() const = 0;
  // Where this exchange's effects are noted; nullptr: nobody keeps them. Shared, because native
  // work may end after the exchange.
  virtual const std::shared_ptr<net::EffectLog>& effects() = 0;
  // The recorded exchange that is being replayed; nullptr outside of a replay.
  virtual const net::Exchange* recorded() = 0;
  // Where it is marked, by their index, which recorded effects answered a call; nullptr: nobody
  // asks. Shared, because a call may come after the request.
  virtual std::shared_ptr<std::vector<bool>> usedCalls() { return nullptr; }
  // What injected faults are drawn from; nullptr: none are injected into this request.
  virtual faults::Draws* faultDraws() { return nullptr; }

  // Drops what bindings keep for this request, with the warnings that production writes. Whoever
  // derives from this calls it when the handler and waitUntil() are done, at the latest first thing
  // in its destructor. (Without that call all is dropped in silence.)
  void endBindings() {
    if (holdings.get() == nullptr) return;
    auto ending = kj::mv(holdings);
    ending->requestEnds(*this);
  }

  static RequestScope& current(js::Lock& js) {
    return static_cast<RequestScope&>(js.owner.currentOrThrow());
  }

  // For RequestCapabilities alone (capnp_requests.h).
  kj::Own<RequestHoldings> holdings;
  // For analytics_engine.cc alone: writeDataPoint() calls of this request.
  uint32_t dataPoints = 0;
};

}  // namespace flamesim::bindings
