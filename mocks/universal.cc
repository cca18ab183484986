#include "mocks/universal.h"

#include <capnp/message.h>

namespace flamesim::mocks {

const UniversalTable::Row* UniversalTable::find(const Node& node,
                                                capnp::InterfaceSchema::Method method,
                                                capnp::DynamicStruct::Reader params) const {
  MethodId id{method.getContainingInterface().getProto().getId(), method.getOrdinal()};
  for (const Node* candidate : {&node, &root}) {
    auto rows = candidate->methods.find(id);
    if (rows == candidate->methods.end()) continue;
    for (const Row& row : rows->second) {
      if (row.when.matches(params)) return &row;
    }
  }
  return nullptr;
}

class UniversalServer final : public capnp::DynamicCapability::Server {
 public:
  UniversalServer(std::shared_ptr<const UniversalTable> table, const UniversalTable::Node& node,
                  capnp::InterfaceSchema type)
      : capnp::DynamicCapability::Server(type), table(std::move(table)), node(node) {}

  kj::Promise<void> call(
      capnp::InterfaceSchema::Method method,
      capnp::CallContext<capnp::DynamicStruct, capnp::DynamicStruct> context) override {
    const UniversalTable::Row* row = table->find(node, method, context.getParams());
    if (row == nullptr) return noRow(method, context.getParams());
    KJ_IF_MAYBE (error, row->error) {
      return kj::cp(*error);
    }
    // The results of a streaming method have no fields, and its caller asks for none.
    if (method.isStreaming()) return kj::READY_NOW;
    auto results = capnp::readMessageUnchecked<capnp::AnyPointer>(row->results.begin())
                       .getAs<capnp::DynamicStruct>(method.getResultType());
    context.setResults(results);
    for (const UniversalTable::Nested& nested : row->capabilities) {
      place(context.getResults(), nested.place, 0,
            kj::heap<UniversalServer>(table, *nested.node, nested.type));
    }
    return kj::READY_NOW;
  }

 private:
  static void place(capnp::DynamicStruct::Builder parent, const ValuePath& path, size_t step,
                    capnp::DynamicCapability::Client capability) {
    auto field = std::get<capnp::StructSchema::Field>(path[step]);
    if (step + 1 == path.size()) return parent.set(field, kj::mv(capability));
    auto child = parent.get(field);
    if (child.getType() == capnp::DynamicValue::LIST) {
      return place(child.as<capnp::DynamicList>(), path, step + 1, kj::mv(capability));
    }
    place(child.as<capnp::DynamicStruct>(), path, step + 1, kj::mv(capability));
  }

  static void place(capnp::DynamicList::Builder parent, const ValuePath& path, size_t step,
                    capnp::DynamicCapability::Client capability) {
    uint32_t index = std::get<uint32_t>(path[step]);
    if (step + 1 == path.size()) return parent.set(index, kj::mv(capability));
    auto child = parent[index];
    if (child.getType() == capnp::DynamicValue::LIST) {
      return place(child.as<capnp::DynamicList>(), path, step + 1, kj::mv(capability));
    }
    place(child.as<capnp::DynamicStruct>(), path, step + 1, kj::mv(capability));
  }

  kj::Exception noRow(capnp::InterfaceSchema::Method method, capnp::DynamicStruct::Reader params) {
    std::string text = "no row of the table " + table->file + " answers " +
                       schemaName(method.getContainingInterface()) + "." +
                       method.getProto().getName().cStr() + "(" + encodeText(params) + ")";
    return kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__,
                         kj::heapString(text.c_str(), text.size()));
  }

  std::shared_ptr<const UniversalTable> table;
  const UniversalTable::Node& node;
};

capnp::DynamicCapability::Client newUniversal(std::shared_ptr<const UniversalTable> table) {
  const UniversalTable& view = *table;
  return kj::heap<UniversalServer>(std::move(table), view.root, view.type);
}

}  // namespace flamesim::mocks
