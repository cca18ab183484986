#include "mocks/universal.h"

#include <capnp/message.h>

#include <unordered_map>

namespace flamesim::mocks {

namespace {

kj::Exception failure(const std::string& text) {
  return kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__,
                       kj::heapString(text.c_str(), text.size()));
}

void place(capnp::DynamicList::Builder parent, const ValuePath& path, size_t step,
           const capnp::DynamicValue::Reader& value);

// Sets what stands at `path` of a struct, seen from its `step`.
void place(capnp::DynamicStruct::Builder parent, const ValuePath& path, size_t step,
           const capnp::DynamicValue::Reader& value) {
  auto field = std::get<capnp::StructSchema::Field>(path[step]);
  if (step + 1 == path.size()) return parent.set(field, value);
  auto child = parent.get(field);
  if (child.getType() == capnp::DynamicValue::LIST) {
    return place(child.as<capnp::DynamicList>(), path, step + 1, value);
  }
  place(child.as<capnp::DynamicStruct>(), path, step + 1, value);
}

void place(capnp::DynamicList::Builder parent, const ValuePath& path, size_t step,
           const capnp::DynamicValue::Reader& value) {
  uint32_t index = std::get<uint32_t>(path[step]);
  if (step + 1 == path.size()) return parent.set(index, value);
  auto child = parent[index];
  if (child.getType() == capnp::DynamicValue::LIST) {
    return place(child.as<capnp::DynamicList>(), path, step + 1, value);
  }
  place(child.as<capnp::DynamicStruct>(), path, step + 1, value);
}

bool isActive(capnp::DynamicStruct::Reader parent, capnp::StructSchema::Field field) {
  if (field.getProto().getDiscriminantValue() == capnp::schema::Field::NO_DISCRIMINANT) return true;
  KJ_IF_MAYBE (active, parent.which()) {
    return *active == field;
  }
  return false;
}

}  // namespace

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

const UniversalTable::Answer* UniversalTable::otherwise(
    const Node& node, capnp::InterfaceSchema::Method method) const {
  MethodId id{method.getContainingInterface().getProto().getId(), method.getOrdinal()};
  for (const Node* candidate : {&node, &root}) {
    if (candidate->methods.count(id) != 0) return nullptr;
  }
  return node.otherwise != nullptr ? node.otherwise.get() : root.otherwise.get();
}

// What the servers of one table on one event loop share.
struct UniversalState {
  std::shared_ptr<const UniversalTable> table;
  Delay delay;
  std::unordered_map<const void*, size_t> calls;  // of rows with a sequence, so far
};

class UniversalServer final : public capnp::DynamicCapability::Server {
 public:
  UniversalServer(std::shared_ptr<UniversalState> state, const UniversalTable::Node& node,
                  capnp::InterfaceSchema type)
      : capnp::DynamicCapability::Server(type), state(std::move(state)), node(node) {}

  using Context = capnp::CallContext<capnp::DynamicStruct, capnp::DynamicStruct>;

  kj::Promise<void> call(capnp::InterfaceSchema::Method method, Context context) override {
    auto& table = *state->table;
    const UniversalTable::Answer* answer = nullptr;
    if (const UniversalTable::Row* row = table.find(node, method, context.getParams())) {
      answer = next(*row);
      if (answer == nullptr) {
        return failure("the sequence of " + row->path + " in the table " + table.file + " has " +
                       std::to_string(row->answers.size()) + " answers, and all are given");
      }
    } else {
      answer = table.otherwise(node, method);
    }
    if (answer == nullptr) return noRow(method, context.getParams());
    if (answer->delay.count() == 0 || !state->delay) return give(*answer, method, context);
    return state->delay(answer->delay).then([this, answer, method, context]() mutable {
      return give(*answer, method, context);
    });
  }

 private:
  // The row's answer to this call; nullptr: its sequence is at an end.
  const UniversalTable::Answer* next(const UniversalTable::Row& row) {
    size_t count = row.answers.size();
    if (count == 1 && row.after == UniversalTable::After::kRepeatLast) return &row.answers[0];
    size_t call = state->calls[&row]++;
    if (call < count) return &row.answers[call];
    switch (row.after) {
      case UniversalTable::After::kRepeatLast:
        return &row.answers[count - 1];
      case UniversalTable::After::kCycle:
        return &row.answers[call % count];
      case UniversalTable::After::kFail:
        break;
    }
    return nullptr;
  }

  kj::Promise<void> give(const UniversalTable::Answer& answer,
                         capnp::InterfaceSchema::Method method, Context context) {
    KJ_IF_MAYBE (error, answer.error) {
      return kj::cp(*error);
    }
    // The results of a streaming method have no fields, and its caller asks for none.
    if (method.isStreaming()) return kj::READY_NOW;
    // Those of a default are empty.
    if (answer.results.size() == 0) {
      context.initResults();
      return kj::READY_NOW;
    }
    context.setResults(capnp::readMessageUnchecked<capnp::AnyPointer>(answer.results.begin())
                           .getAs<capnp::DynamicStruct>(method.getResultType()));
    for (const UniversalTable::Nested& nested : answer.capabilities) {
      capnp::DynamicCapability::Client made =
          kj::heap<UniversalServer>(state, *nested.node, nested.type);
      place(context.getResults(), nested.place, 0, kj::mv(made));
    }
    for (const UniversalTable::Reference& reference : answer.references) {
      copy(reference, context.getParams(), context.getResults());
    }
    return kj::READY_NOW;
  }

  // What the request leaves unset stays unset.
  static void copy(const UniversalTable::Reference& reference, capnp::DynamicStruct::Reader params,
                   capnp::DynamicStruct::Builder results) {
    for (size_t i = 0;; i++) {
      auto field = reference.source[i];
      if (!isActive(params, field) || !params.has(field)) return;
      if (i + 1 == reference.source.size()) {
        return place(results, reference.place, 0, params.get(field));
      }
      params = params.get(field).as<capnp::DynamicStruct>();
    }
  }

  kj::Exception noRow(capnp::InterfaceSchema::Method method, capnp::DynamicStruct::Reader params) {
    return failure("no row of the table " + state->table->file + " answers " +
                   schemaName(method.getContainingInterface()) + "." +
                   method.getProto().getName().cStr() + "(" + encodeText(params) + ")");
  }

  std::shared_ptr<UniversalState> state;
  const UniversalTable::Node& node;
};

capnp::DynamicCapability::Client newUniversal(std::shared_ptr<const UniversalTable> table,
                                              Delay delay) {
  const UniversalTable& view = *table;
  auto state = std::make_shared<UniversalState>();
  state->table = std::move(table);
  state->delay = std::move(delay);
  return kj::heap<UniversalServer>(std::move(state), view.root, view.type);
}

}  // namespace flamesim::mocks
