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
      if (name == "default" && !hasMethod(type, "default")) {
        readDefault(node, rows, here);
        continue;
      }
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
  static bool hasMethod(InterfaceSchema type, const char* name) {
    return type.findMethodByName(name) != nullptr;
  }

  // true, or {"error": ...}.
  void readDefault(UniversalTable::Node& node, const Json& value, const std::string& path) {
    if (value.is_boolean()) {
      if (value.get<bool>()) node.otherwise = std::make_unique<UniversalTable::Answer>();
      return;
    }
    if (!value.is_object()) {
      return input.problem(
          path, "expected true or {\"error\": ...}, found " + std::string(describeType(value)),
          "true: methods that are not listed answer with the schema's defaults");
    }
    auto answer = std::make_unique<UniversalTable::Answer>();
    ObjectReader reader(input, value, path);
    const Json* error = reader.required("error");
    answer->delay = readDelay(reader);
    reader.done();
    if (error != nullptr) answer->error = readError(input, *error, reader.pathOf("error"));
    node.otherwise = std::move(answer);
  }

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

  std::chrono::milliseconds readDelay(ObjectReader& reader) {
    const Json* delay = reader.optional("delayMs");
    if (delay == nullptr) return {};
    if (delay->is_number_unsigned() && delay->get<uint64_t>() <= kMostDelay) {
      return std::chrono::milliseconds(delay->get<uint64_t>());
    }
    input.problem(reader.pathOf("delayMs"), "expected milliseconds, a whole number from 0 to " +
                                                std::to_string(kMostDelay) + ", found " +
                                                delay->dump());
    return {};
  }

  UniversalTable::Row readRow(const Json& value, const std::string& path,
                              InterfaceSchema::Method method) {
    UniversalTable::Row row;
    row.path = path;
    ObjectReader reader(input, value, path);
    const Json* when = reader.optional("when");
    const Json* sequence = reader.optional("sequence");
    if (when != nullptr && *when != "*") {
      row.when = Pattern::compile(input, *when, reader.pathOf("when"), method.getParamType());
    }
    if (sequence != nullptr) {
      readSequence(row, *sequence, reader, method);
    } else {
      row.answers.push_back(readAnswer(reader, value, path, method));
    }
    reader.done();
    return row;
  }

  // {"then": ...} or {"error": ...}, and "delayMs".
  UniversalTable::Answer readAnswer(ObjectReader& reader, const Json& value,
                                    const std::string& path, InterfaceSchema::Method method) {
    UniversalTable::Answer answer;
    const Json* then = reader.optional("then");
    const Json* error = reader.optional("error");
    answer.delay = readDelay(reader);
    if (value.is_object() && (then == nullptr) == (error == nullptr)) {
      input.problem(path, then == nullptr ? "the row has neither \"then\" nor \"error\""
                                          : "the row has both \"then\" and \"error\"");
    }
    if (error != nullptr) answer.error = readError(input, *error, reader.pathOf("error"));
    if (then != nullptr) readResults(answer, *then, reader.pathOf("then"), method);
    return answer;
  }

  void readSequence(UniversalTable::Row& row, const Json& sequence, ObjectReader& reader,
                    InterfaceSchema::Method method) {
    std::string path = reader.pathOf("sequence");
    const Json* then = reader.optional("then");
    if (then == nullptr || *then == "repeat-last") {
      row.after = UniversalTable::After::kRepeatLast;
    } else if (*then == "cycle") {
      row.after = UniversalTable::After::kCycle;
    } else if (*then == "fail") {
      row.after = UniversalTable::After::kFail;
    } else {
      input.problem(reader.pathOf("then"),
                    "what follows a sequence is \"repeat-last\", \"cycle\" or \"fail\"",
                    then->is_string()
                        ? suggestion(then->get<std::string>(), {"repeat-last", "cycle", "fail"})
                        : "an answer belongs into the sequence");
    }
    if (!sequence.is_array() || sequence.empty()) {
      return input.problem(path,
                           "expected an array of one or more answers, found " +
                               std::string(sequence.is_array() ? "none" : describeType(sequence)));
    }
    for (size_t i = 0; i < sequence.size(); i++) {
      std::string here = indexPath(path, i);
      ObjectReader one(input, sequence[i], here);
      row.answers.push_back(readAnswer(one, sequence[i], here, method));
      one.done();
    }
  }

  void readResults(UniversalTable::Answer& answer, const Json& value, const std::string& path,
                   InterfaceSchema::Method method) {
    capnp::MallocMessageBuilder message;
    auto results = message.initRoot<capnp::DynamicStruct>(method.getResultType());
    decodeStruct(
        input, value, path, results,
        [&](const Json& table, const std::string& here, const ValuePath& place,
            InterfaceSchema nestedType) {
          UniversalTable::Nested nested{place, nestedType,
                                        std::make_unique<UniversalTable::Node>()};
          fill(*nested.node, table, here, nestedType, false);
          answer.capabilities.push_back(std::move(nested));
        },
        [&](const Json& from, const std::string& here, const ValuePath& place, Type type) {
          auto source = readSource(from, keyPath(here, "$from"), method.getParamType(), type);
          if (!source.empty()) answer.references.push_back({place, std::move(source)});
        });
    auto words = kj::heapArray<capnp::word>(results.asReader().totalSize().wordCount + 1);
    memset(words.begin(), 0, words.asBytes().size());
    capnp::copyToUnchecked(results.asReader(), words);
    answer.results = kj::mv(words);
  }

  // The fields that "request.queryName" names, the last of them of `wanted` type. Empty, and a
  // problem noted, where there are none.
  std::vector<StructSchema::Field> readSource(const Json& from, const std::string& path,
                                              StructSchema params, Type wanted) {
    if (!from.is_string()) {
      input.problem(path,
                    "expected the path of a field of the request, such as \"request.name\", "
                    "found " +
                        std::string(describeType(from)));
      return {};
    }
    std::vector<StructSchema::Field> fields;
    Type type = params;
    std::string rest = from.get<std::string>();
    for (bool more = true; more;) {
      size_t dot = rest.find('.');
      std::string name = rest.substr(0, dot);
      more = dot != rest.npos;
      if (more) rest.erase(0, dot + 1);
      if (!type.isStruct()) {
        input.problem(path, "a value of type " + typeName(type) + " has no field \"" + name + "\"");
        return {};
      }
      auto field = findField(input, type.asStruct(), name, path);
      if (!field) return {};
      fields.push_back(*field);
      type = field->getType();
    }
    if (type == wanted && !fields.back().getProto().isGroup()) return fields;
    std::vector<std::string> fitting;
    collectFields(params, wanted, "", 0, fitting);
    std::string help = "no field of the request is of that type";
    if (!fitting.empty()) {
      help = "of that type:";
      for (auto& name : fitting) help += " " + name;
    }
    input.problem(path,
                  "\"" + from.get<std::string>() + "\" is of type " + typeName(type) +
                      ", wanted is " + typeName(wanted),
                  help);
    return {};
  }

  // The paths of fields of type `wanted`.
  static void collectFields(StructSchema schema, Type wanted, const std::string& prefix,
                            size_t depth, std::vector<std::string>& found) {
    if (depth > kMostDepth) return;
    for (auto field : schema.getFields()) {
      if (found.size() >= kMostListed) return;
      std::string name = prefix + field.getProto().getName().cStr();
      Type type = field.getType();
      if (type == wanted && !field.getProto().isGroup()) found.push_back(name);
      if (type.isStruct()) collectFields(type.asStruct(), wanted, name + ".", depth + 1, found);
    }
  }

  static constexpr uint64_t kMostDelay = 3'600'000;  // ms
  static constexpr size_t kMostDepth = 3;            // of paths in help
  static constexpr size_t kMostListed = 8;

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
