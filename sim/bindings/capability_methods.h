// The methods that can be called through a capability of one interface, also on the
// capabilities in its parameters and results: what decorators need to know of each.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "sim/bindings/capnp_layout.h"
#include "sim/bindings/request_scope.h"

namespace flamesim::bindings {

struct MethodNote {
  std::string operation;  // "Interface.method"
  const StructLayout* params;
  const StructLayout* results;
  bool paramsHaveCapabilities;
  bool resultsHaveCapabilities;
};

class MethodTable {
 public:
  explicit MethodTable(capnp::InterfaceSchema type);
  // nullptr: the schema has no such method.
  const MethodNote* find(uint64_t interfaceId, uint16_t ordinal) const;

 private:
  void addInterface(capnp::InterfaceSchema type);
  // Also adds the interfaces that are in there.
  bool hasCapabilities(const StructLayout& layout, std::vector<const StructLayout*>& seen);

  StructLayouts layouts;
  std::unordered_map<uint64_t, std::vector<MethodNote>> interfaces;
};

// Tables by type. A table is kept by the isolate whose worker bundled the schema, as the schema is.
class MethodTables {
 public:
  std::shared_ptr<const MethodTable> of(RequestScope& scope, capnp::InterfaceSchema type);

 private:
  struct Known {
    capnp::InterfaceSchema type;
    std::weak_ptr<const MethodTable> table;
  };
  std::vector<Known> known;
};

}  // namespace flamesim::bindings
