// The mock that serves any interface of any schema from a table of answers in a JSON file:
//
//   {
//     "lookupOwnership": [
//       {"when": {"request": {"queryName": "*.example.com"}}, "then": {"response": {"accountId":
//       1}}},
//       {"when": {"request": {"queryName": "down.test"}},
//        "error": {"type": "overloaded", "message": "too much to do"}},
//       {"then": {"response": {"accountId": 0}}}
//     ]
//   }
//
// The first row whose "when" (pattern.h) matches answers; a row without "when" always does. "then"
// holds the results (json_capnp.h), decoded once, at load; {"$from": "request.queryName"} in them
// is a value of the call's parameters. A "sequence" holds several answers, given one after the
// other. Where the results hold a capability, the table says what answers it: an object is a table
// of its own, and what that lacks is looked up in the outermost table under "Interface.method".
// docs/mocks.md has the format in full.
#pragma once

#include <capnp/dynamic.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mocks/json_capnp.h"
#include "mocks/json_input.h"
#include "mocks/pattern.h"

namespace flamesim::mocks {

// Waits for a row's "delayMs": on whatever time the server runs on.
using Delay = std::function<kj::Promise<void>(std::chrono::milliseconds)>;

// A table, checked against its schema. Immutable: threads may share it.
class UniversalTable {
 public:
  // Throws InputError with every problem of the file. `owner` keeps alive what `type` refers to
  // (its schema loader), as long as the table lives.
  static std::shared_ptr<const UniversalTable> load(const std::filesystem::path& path,
                                                    capnp::InterfaceSchema type,
                                                    std::shared_ptr<const void> owner = nullptr);
  // `file`: the name to print in errors.
  static std::shared_ptr<const UniversalTable> parse(std::string text, std::string file,
                                                     capnp::InterfaceSchema type,
                                                     std::shared_ptr<const void> owner = nullptr);

 private:
  friend class TableLoader;
  friend class UniversalServer;
  friend capnp::DynamicCapability::Client newUniversal(std::shared_ptr<const UniversalTable> table,
                                                       Delay delay);

  struct Node;
  // A capability inside the results.
  struct Nested {
    ValuePath place;
    capnp::InterfaceSchema type;
    std::unique_ptr<Node> node;
  };
  // A value of the results that is one of the parameters.
  struct Reference {
    ValuePath place;
    std::vector<capnp::StructSchema::Field> source;  // from the parameters down; not empty
  };
  struct Answer {
    kj::Array<capnp::word> results;  // an unchecked message, see capnp::readMessageUnchecked
    std::vector<Nested> capabilities;
    std::vector<Reference> references;
    kj::Maybe<kj::Exception> error;
    std::chrono::milliseconds delay{0};
  };
  // What comes after the last answer of a sequence.
  enum class After : uint8_t { kRepeatLast, kCycle, kFail };
  struct Row {
    Pattern when;
    std::vector<Answer> answers;  // one after the other; a faulty row may have none
    After after = After::kRepeatLast;
    std::string path;  // in the file
  };
  using MethodId = std::pair<uint64_t, uint16_t>;  // interface, ordinal
  struct Node {
    std::map<MethodId, std::vector<Row>> methods;
    std::unique_ptr<Answer> otherwise;  // of methods that are not listed; nullptr: they fail
  };

  UniversalTable(std::string file, capnp::InterfaceSchema type, std::shared_ptr<const void> owner)
      : owner(std::move(owner)), file(std::move(file)), type(type) {}

  static std::shared_ptr<const UniversalTable> read(JsonInput input, capnp::InterfaceSchema type,
                                                    std::shared_ptr<const void> owner);
  const Row* find(const Node& node, capnp::InterfaceSchema::Method method,
                  capnp::DynamicStruct::Reader params) const;
  // What answers a method that is not listed; nullptr: nothing does, or it is.
  const Answer* otherwise(const Node& node, capnp::InterfaceSchema::Method method) const;

  std::shared_ptr<const void> owner;
  std::string file;
  capnp::InterfaceSchema type;
  Node root;
};

// A server on the calling thread's event loop; call it directly, or hand it to serve(). A call that
// no row matches fails with an exception that names the method and its parameters. Sequences begin
// anew with each server. `delay`: empty: every row answers at once.
capnp::DynamicCapability::Client newUniversal(std::shared_ptr<const UniversalTable> table,
                                              Delay delay = nullptr);

}  // namespace flamesim::mocks
