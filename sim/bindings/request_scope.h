// What the bindings need of the request that is running, beyond what the Web APIs do: who the worker
// is, where effects are noted, and which recorded effects answer for the services.
#pragma once

#include <memory>

#include "sim/net/effect_log.h"
#include "sim/web/io_context.h"

namespace flamesim::bindings {

class RequestScope : public web::IoContext {
 public:
  using web::IoContext::IoContext;

  virtual const std::string& workerName() const = 0;
  // Where this exchange's effects are noted; nullptr: nobody keeps them. Shared, because native work
  // may end after the exchange.
  virtual const std::shared_ptr<net::EffectLog>& effects() = 0;
  // The recorded exchange that is being replayed; nullptr outside of a replay.
  virtual const net::Exchange* recorded() = 0;

  static RequestScope& current(js::Lock& js) {
    return static_cast<RequestScope&>(js.owner.currentOrThrow());
  }
};

}  // namespace flamesim::bindings
