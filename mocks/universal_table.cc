#include <capnp/message.h>

#include <algorithm>
#include <set>

#include "mocks/universal.h"

namespace flamesim::mocks {
namespace {

using capnp::InterfaceSchema;
using capnp::StructSchema;
using capnp::Type;

// Every interface that calls on one interface can lead to, by its name.
class Reachable {
 public:
  explicit Reachable(InterfaceSchema start) { visit(start); }

  const std::map<std::string, InterfaceSchema>& all() const { return interfaces; }

 private:
  void visit(InterfaceSchema type) {
    if (!seen.insert(type.getProto().getId()).second) return;
    interfaces.emplace(schemaName(type), type);
    for (auto super : type.getSuperclasses()) visit(super);
    for (auto method : type.getMethods()) {
      visit(method.getParamType());
      visit(method.getResultType());
    }
  }

  void visit(StructSchema type) {
    if (!seen.insert(type.getProto().getId()).second) return;
    for (auto field : type.getFields()) visit(field.getType());
  }

  void visit(Type type) {
    if (type.isList()) visit(type.asList().getElementType());
    if (type.isStruct()) visit(type.asStruct());
    if (type.isInterface()) visit(type.asInterface());
  }

  std::map<std::string, InterfaceSchema> interfaces;
  std::set<uint64_t> seen;
};

void collectMethods(InterfaceSchema type, std::vector<std::string>& names) {
  for (auto method : type.getMethods()) names.emplace_back(method.getProto().getName().cStr());
  for (auto super : type.getSuperclasses()) collectMethods(super, names);
}

constexpr std::pair<std::string_view, kj::Exception::Type> kErrorTypes[] = {
    {"failed", kj::Exception::Type::FAILED},
    {"overloaded", kj::Exception::Type::OVERLOADED},
    {"disconnected", kj::Exception::Type::DISCONNECTED},
    {"unimplemented", kj::Exception::Type::UNIMPLEMENTED},
};

kj::Exception readError(JsonInput& input, const Json& value, const std::string& path) {
  ObjectReader reader(input, value, path);
  std::string typeText =
      reader.optional("type") == nullptr ? "failed" : reader.optionalString("type");
  std::string message = reader.requiredString("message");
  reader.done();
  kj::Exception::Type type = kj::Exception::Type::FAILED;
  bool known = false;
  std::vector<std::string> names;
  for (const auto& [name, candidate] : kErrorTypes) {
    names.emplace_back(name);
    if (name != typeText) continue;
    known = true;
    type = candidate;
  }
  if (!known && !typeText.empty()) {
    input.problem(keyPath(path, "type"), "\"" + typeText + "\" is not a type of error",
                  suggestion(typeText, names));
  }
  return kj::Exception(type, "table", 0, kj::heapString(message.c_str(), message.size()));
}

}  // namespace

class TableLoader {
 public:
  TableLoader(JsonInput& input, InterfaceSchema type) : input(input), reachable(type) {}

  // `outermost`: only there may "Interface.method" name an interface other than `type`.
  void fill(UniversalTable::Node& node, const Json& value, const std::string& path,
            InterfaceSchema type, bool outermost) {
    if (!value.is_object()) {
      return input.problem(path, "expected a table of \"" + schemaName(type) +
                                     "\", which is an object of method: rows; found " +
                                     std::string(describeType(value)));
    }
    for (const auto& [name, rows] : value.items()) {
      std::string here = keyPath(path, name);
      auto method = findMethod(name, here, type, outermost);
      if (!method) continue;
      UniversalTable::MethodId id{method->getContainingInterface().getProto().getId(),
                                  method->getOrdinal()};
      auto [entry, isNew] = node.methods.try_emplace(id);
      if (!isNew) {
        input.problem(here,
                      "the rows of this method are given twice, with and without the "
                      "interface's name");
        continue;
      }
      readRows(entry->second, rows, here, *method);
    }
  }

 private:
  std::optional<InterfaceSchema::Method> findMethod(const std::string& name,
                                                    const std::string& path, InterfaceSchema type,
                                                    bool outermost) {
    size_t dot = name.rfind('.');
    std::string methodName = dot == name.npos ? name : name.substr(dot + 1);
    if (dot != name.npos) {
      std::string interfaceName = name.substr(0, dot);
      auto found = reachable.all().find(interfaceName);
      if (found == reachable.all().end() || (!outermost && !type.extends(found->second))) {
        std::vector<std::string> names;
        for (const auto& [candidate, schema] : reachable.all()) names.push_back(candidate);
        input.problem(path,
                      "no interface \"" + interfaceName + "\" is reached from " + schemaName(type),
                      suggestion(interfaceName, names));
        return std::nullopt;
      }
      type = found->second;
    }
    KJ_IF_MAYBE (method, type.findMethodByName(methodName.c_str())) {
      return *method;
    }
    std::vector<std::string> names;
    collectMethods(type, names);
    input.problem(path, "\"" + methodName + "\" is not a method of " + schemaName(type),
                  suggestion(methodName, names));
    return std::nullopt;
  }

  void readRows(std::vector<UniversalTable::Row>& rows, const Json& value, const std::string& path,
                InterfaceSchema::Method method) {
    if (!value.is_array()) {
      return input.problem(path,
                           "expected an array of rows, found " + std::string(describeType(value)));
    }
    std::string always;  // the row that answers whatever is left
    for (size_t i = 0; i < value.size(); i++) {
      std::string here = indexPath(path, i);
      if (!always.empty()) {
        input.problem(here, "this row is never reached: " + always + " answers every call",
                      "put the row that answers everything last");
      }
      size_t problemsBefore = input.problemCount();
      rows.push_back(readRow(value[i], here, method));
      // A faulty "when" matches more than was meant; one report of it is enough.
      bool sound = input.problemCount() == problemsBefore ||
                   (value[i].is_object() && !value[i].contains("when"));
      if (sound && always.empty() && rows.back().when.matchesEverything()) {
        always = here;
      }
    }
  }

  UniversalTable::Row readRow(const Json& value, const std::string& path,
                              InterfaceSchema::Method method) {
    UniversalTable::Row row;
    ObjectReader reader(input, value, path);
    const Json* when = reader.optional("when");
    const Json* then = reader.optional("then");
    const Json* error = reader.optional("error");
    reader.done();
    if (when != nullptr && *when != "*") {
      row.when = Pattern::compile(input, *when, reader.pathOf("when"), method.getParamType());
    }
    if (value.is_object() && (then == nullptr) == (error == nullptr)) {
      input.problem(path, then == nullptr ? "the row has neither \"then\" nor \"error\""
                                          : "the row has both \"then\" and \"error\"");
    }
    if (error != nullptr) row.error = readError(input, *error, reader.pathOf("error"));
    if (then != nullptr) readResults(row, *then, reader.pathOf("then"), method.getResultType());
    return row;
  }

  void readResults(UniversalTable::Row& row, const Json& value, const std::string& path,
                   StructSchema type) {
    capnp::MallocMessageBuilder message;
    auto results = message.initRoot<capnp::DynamicStruct>(type);
    decodeStruct(input, value, path, results,
                 [&](const Json& table, const std::string& here, const ValuePath& place,
                     InterfaceSchema nestedType) {
                   UniversalTable::Nested nested{place, nestedType,
                                                 std::make_unique<UniversalTable::Node>()};
                   fill(*nested.node, table, here, nestedType, false);
                   row.capabilities.push_back(std::move(nested));
                 });
    auto words = kj::heapArray<capnp::word>(results.asReader().totalSize().wordCount + 1);
    memset(words.begin(), 0, words.asBytes().size());
    capnp::copyToUnchecked(results.asReader(), words);
    row.results = kj::mv(words);
  }

  JsonInput& input;
  Reachable reachable;
};

std::shared_ptr<const UniversalTable> UniversalTable::load(const std::filesystem::path& path,
                                                           InterfaceSchema type,
                                                           std::shared_ptr<const void> owner) {
  return read(JsonInput::load(path), type, std::move(owner));
}

std::shared_ptr<const UniversalTable> UniversalTable::parse(std::string text, std::string file,
                                                            InterfaceSchema type,
                                                            std::shared_ptr<const void> owner) {
  return read(JsonInput::parse(std::move(text), std::move(file)), type, std::move(owner));
}

std::shared_ptr<const UniversalTable> UniversalTable::read(JsonInput input, InterfaceSchema type,
                                                           std::shared_ptr<const void> owner) {
  std::shared_ptr<UniversalTable> table(new UniversalTable(input.file(), type, std::move(owner)));
  TableLoader(input, type).fill(table->root, input.root(), "$", type, true);
  input.throwProblems();
  return table;
}

}  // namespace flamesim::mocks
