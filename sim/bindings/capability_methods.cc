#include "sim/bindings/capability_methods.h"

#include <algorithm>

#include "sim/bindings/capnp_types.h"

namespace flamesim::bindings {

MethodTable::MethodTable(capnp::InterfaceSchema type) {
  addInterface(type);
}

void MethodTable::addInterface(capnp::InterfaceSchema type) {
  uint64_t id = type.getProto().getId();
  if (!interfaces.try_emplace(id).second) return;
  std::string name = nameInFile(type) + ".";
  std::vector<MethodNote> methods;
  for (auto method : type.getMethods()) {
    auto& params = layouts.of(method.getParamType());
    auto& results = layouts.of(method.getResultType());
    std::vector<const StructLayout*> inParams, inResults;
    methods.push_back({.operation = name + method.getProto().getName().cStr(),
                       .params = &params,
                       .results = &results,
                       .paramsHaveCapabilities = hasCapabilities(params, inParams),
                       .resultsHaveCapabilities = hasCapabilities(results, inResults)});
  }
  interfaces[id] = std::move(methods);
  for (auto super : type.getSuperclasses()) addInterface(super);
}

bool MethodTable::hasCapabilities(const StructLayout& layout,
                                  std::vector<const StructLayout*>& seen) {
  if (std::find(seen.begin(), seen.end(), &layout) != seen.end()) return false;
  seen.push_back(&layout);
  bool found = false;
  for (auto& field : layout.fields) {
    if (field.child != nullptr) found |= hasCapabilities(*field.child, seen);
    auto type = field.type;
    while (type.isList()) type = type.asList().getElementType();
    if (!type.isInterface()) continue;
    found = true;
    addInterface(type.asInterface());
  }
  return found;
}

const MethodNote* MethodTable::find(uint64_t interfaceId, uint16_t ordinal) const {
  auto methods = interfaces.find(interfaceId);
  if (methods == interfaces.end() || ordinal >= methods->second.size()) return nullptr;
  return &methods->second[ordinal];
}

std::shared_ptr<const MethodTable> MethodTables::of(RequestScope& scope,
                                                    capnp::InterfaceSchema type) {
  for (auto& entry : known) {
    if (entry.type != type) continue;
    // An expired one was of a schema that is gone, at whose address another one is now.
    if (auto table = entry.table.lock()) return table;
  }
  std::erase_if(known, [](auto& entry) { return entry.table.expired(); });
  auto table = std::make_shared<MethodTable>(type);
  scope.isolate.keep(table);
  known.push_back({type, table});
  return table;
}

}  // namespace flamesim::bindings
