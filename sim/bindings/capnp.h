// Cap'n Proto in JavaScript (production-runtime.md section 2): a worker's bundled schema as values
// and classes of its isolate, capabilities as objects, objects as capabilities.
#pragma once

#include <capnp/schema-loader.h>

#include <optional>

#include "sim/bindings/capability_port.h"

namespace flamesim::bindings {

// What is to become of the values that production refuses by a fault of its own: a number below
// zero for an Int64 (production-runtime.md section 2).
enum class ProductionBugs : uint8_t { kMended, kKept };

// The schema bundled with one worker, loaded into one isolate. Kept alive by the isolate
// (Isolate::keep).
class CapnpSchemas {
 public:
  // `codeGeneratorRequest`: what `capnp compile -o-` prints. Throws UserError when it is none.
  static std::shared_ptr<CapnpSchemas> load(std::string_view codeGeneratorRequest,
                                            ProductionBugs bugs = ProductionBugs::kMended);
  // One without types: for what is compiled into the binary.
  static std::shared_ptr<CapnpSchemas> withoutTypes();
  virtual ~CapnpSchemas() noexcept(false) = default;

  // By its name in the file ("Rrdns", "Outer.Inner"); nothing when the schema has no such node.
  virtual kj::Maybe<capnp::InterfaceSchema> findInterface(std::string_view name) = 0;
  virtual kj::Maybe<capnp::StructSchema> findStruct(std::string_view name) = 0;
};

// The binding of a Cap'n Proto service: an object with getCapability().
v8::Local<v8::Value> makeCapnpService(js::Lock& js, std::shared_ptr<CapnpSchemas> schemas,
                                      capnp::InterfaceSchema type, CapabilityPort& port);

// A capability whose calls `object` answers, in the current request and only as long as that lives.
// `type`: of `schemas`, or compiled in. `kept` lives as long as the capability.
capnp::Capability::Client serveObject(js::Lock& js, CapnpSchemas& schemas,
                                      capnp::InterfaceSchema type, v8::Local<v8::Object> object,
                                      kj::Own<void> kept);

// Fills `builder` from the JavaScript object; throws js::Throw with production's message.
void structFromJs(js::Lock& js, CapnpSchemas& schemas, capnp::DynamicStruct::Builder builder,
                  v8::Local<v8::Value> object);

// What `import ... from "fileName"` gives: `default` is the file's scope, and each top-level struct
// and interface an export; their nested types are properties. The exports of one file are the same
// types each time. `fileName`: the file's path in the schema, or how that path ends; nothing when
// the schema has no such file.
std::optional<v8::Local<v8::Object>> capnpModuleExports(js::Lock& js, CapnpSchemas& schemas,
                                                        std::string_view fileName);

}  // namespace flamesim::bindings
