// A partial description of a Cap'n Proto struct: the "when" of a table's row. It matches a value
// that agrees in every field that it names.
//
//   "*"             anything at all, for a field of any type
//   a string        for Text: "*" in it stands for any characters, "\\*" (in JSON) for a star
//   null            a pointer that is not set; for a capability: no capability
//   an object       a struct that agrees in the named fields; a member of a union must be active
//   an array        a list of the same length that agrees element by element
//   anything else   an equal value, written as json_capnp.h says
#pragma once

#include <capnp/dynamic.h>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "mocks/json_input.h"

namespace flamesim::mocks {

// A value; refers to the schema it was made with, which must outlive it.
class Pattern {
 public:
  // Matches everything.
  Pattern() = default;
  // Checks `value`, which stands at `path` of `input`, against the schema and notes what does not
  // fit.
  static Pattern compile(JsonInput& input, const Json& value, const std::string& path,
                         capnp::StructSchema schema);

  bool matches(capnp::DynamicStruct::Reader value) const;
  bool matchesEverything() const;

 private:
  struct Field;
  struct Anything {};
  struct Unset {};
  struct Glob {
    std::vector<std::string> parts;  // what must stand between any characters
  };
  struct Fields {
    std::vector<Field> fields;
  };
  struct Elements {
    std::vector<Pattern> elements;
  };
  struct Bytes {
    std::string bytes;
  };
  using Content = std::variant<Anything, Unset, Glob, Fields, Elements, Bytes, bool, int64_t,
                               uint64_t, double, capnp::Void>;

  static Pattern compileValue(JsonInput& input, const Json& value, const std::string& path,
                              capnp::Type type);
  static Pattern compileFields(JsonInput& input, const Json& value, const std::string& path,
                               capnp::StructSchema schema);
  static Glob compileGlob(const std::string& text);
  static bool matchesGlob(const Glob& glob, std::string_view text);
  bool matchesValue(const capnp::DynamicValue::Reader& value) const;
  bool matchesField(capnp::DynamicStruct::Reader parent, capnp::StructSchema::Field field) const;

  Content content;
};

struct Pattern::Field {
  capnp::StructSchema::Field field;
  Pattern pattern;
};

}  // namespace flamesim::mocks
