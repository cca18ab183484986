// The one table of binding types: what an upload may name, which fields each takes and who serves
// it in a simulation. A new type is a row here and a binding in sim/bindings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flamesim::bundle {

enum class BindingProvider : uint8_t {
  kItself,      // a value or part of the simulated server: nothing has to be configured
  kCapability,  // field "service" names a service of the simulation
  kLogfwdr,     // the service named "logfwdr"
  kAnalytics,   // the service named "analytics"; none: nowhere
  kWorker,      // field "service" names a worker of the simulation
  kEgress,      // field "to" names fl, cache or internet
  kNobody,      // exists in production, flamesim does not emulate it
};

// kString must not be empty, kText may be; kCount32 fits in 32 bits.
enum class FieldType : uint8_t { kString, kText, kCount, kCount32, kAny };

struct BindingField {
  std::string_view name;
  FieldType type = FieldType::kString;
  bool required = true;
};

struct BindingType {
  std::string_view name;
  BindingProvider provider = BindingProvider::kItself;
  std::vector<BindingField> fields;  // besides name and type
};

const std::vector<BindingType>& bindingTypes();
// nullptr: unknown.
const BindingType* findBindingType(std::string_view name);
std::vector<std::string> bindingTypeNames();

}  // namespace flamesim::bundle
