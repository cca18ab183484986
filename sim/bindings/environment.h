// `env`: the object that a worker's handlers get, one property for each binding of its bundle.
#pragma once

#include <string>

#include "sim/bindings/capability_port.h"
#include "sim/bundle/bundle.h"

namespace flamesim::bindings {

class CapnpSchemas;
class VolatileCaches;

// Where a fetch of a binding goes.
struct FetcherTarget {
  enum class Kind : uint8_t {
    kNextStage,  // what global fetch() reaches too
    kEgress,     // name: "fl" | "cache" | "internet"
    kWorker,     // name: of a worker, over a service binding
  };
  Kind kind = Kind::kNextStage;
  std::string name;
  std::string entrypoint;  // kWorker: the export of that worker that answers; empty: the default
  std::string props;       // kWorker: what its handlers get as ctx.props, as JSON; empty: nothing
  bundle::Origin origin;   // of the binding that said so
};

// What stands behind the bindings of one worker in one simulated server. Outlives the worker.
class Ports {
 public:
  virtual ~Ports() noexcept(false) = default;
  // Throws UserError when the service is not there (bundle::checkBindings found that before).
  virtual CapabilityPort& capability(const std::string& service) = 0;
  virtual const std::string& workerName() const = 0;
  virtual VolatileCaches& volatileCaches() = 0;
  virtual web::FetcherSlot fetcherSlot(FetcherTarget target) = 0;
};

// `schemas`: of the bundle, the same that its modules import from; nullptr where it has none.
// Throws UserError, naming the binding, where its data cannot be used.
v8::Local<v8::Object> buildEnvironment(js::Lock& js, const bundle::Bundle& bundle,
                                       std::shared_ptr<CapnpSchemas> schemas, Ports& ports);

}  // namespace flamesim::bindings
