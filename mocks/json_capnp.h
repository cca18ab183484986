// Between JSON, as people write it, and Cap'n Proto values of any schema.
//
//   Void                  null
//   Bool                  true, false
//   integers              a JSON integer, or its decimal digits in a string (64 bits do not survive
//                         JavaScript's numbers); 64-bit ones are printed as strings
//   Float32, Float64      a number, or "NaN", "Infinity", "-Infinity"
//   enum                  the enumerant's name; a number for one that the schema does not know
//   Text                  a string
//   Data                  a string in base64 (RFC 4648 section 4), or an array of bytes; printed as
//                         base64
//   List                  an array
//   struct, group, union  an object; of a union at most one member
//   pointers              null leaves them unset
//   AnyPointer            cannot be written; printed as null
#pragma once

#include <capnp/dynamic.h>

#include <functional>
#include <optional>
#include <variant>

#include "mocks/json_input.h"

namespace flamesim::mocks {

// Where in a struct a capability belongs: fields and list indices from the root.
using ValuePath = std::vector<std::variant<capnp::StructSchema::Field, uint32_t>>;

// Called for each JSON value other than null that stands where the schema has an interface.
using CapabilityHandler = std::function<void(const Json& value, const std::string& path,
                                             const ValuePath& place, capnp::InterfaceSchema type)>;

// Called for each object {"$from": ...}, whose value is known only when it is used.
using ReferenceHandler = std::function<void(const Json& from, const std::string& path,
                                            const ValuePath& place, capnp::Type type)>;

// Fills `output` from `value`, which stands at `path` of `input`. What does not fit the schema is
// noted in `input` and left out. Without `onReference`, {"$from": ...} is an object as any other.
void decodeStruct(JsonInput& input, const Json& value, const std::string& path,
                  capnp::DynamicStruct::Builder output, const CapabilityHandler& onCapability,
                  const ReferenceHandler& onReference = nullptr);

// Scalars that are compared or set; each notes a problem and returns nothing where `value` does not
// fit `type`.
std::optional<int64_t> decodeInteger(JsonInput& input, const Json& value, const std::string& path,
                                     capnp::Type type);
std::optional<uint64_t> decodeUnsigned(JsonInput& input, const Json& value, const std::string& path,
                                       capnp::Type type);
std::optional<double> decodeFloat(JsonInput& input, const Json& value, const std::string& path);
std::optional<uint16_t> decodeEnum(JsonInput& input, const Json& value, const std::string& path,
                                   capnp::EnumSchema type);
std::optional<std::string> decodeData(JsonInput& input, const Json& value, const std::string& path);

// The field of that name, or nothing and a problem that names the nearest one.
std::optional<capnp::StructSchema::Field> findField(JsonInput& input, capnp::StructSchema schema,
                                                    const std::string& name,
                                                    const std::string& path);

// The struct as JSON: every number, every pointer that is set, and of a union the active member.
Json encodeStruct(capnp::DynamicStruct::Reader value);
// The same as text; bytes that are not UTF-8 become U+FFFD.
std::string encodeText(capnp::DynamicStruct::Reader value);

// "Text", "UInt16", "List(Text)", "OwnershipRequest": as a schema writes it.
std::string typeName(capnp::Type type);
// The name inside its file: "Outer.Inner".
std::string schemaName(capnp::Schema schema);

std::string encodeBase64(std::string_view bytes);
// Nothing where `text` is not base64. Padding may be missing.
std::optional<std::string> decodeBase64(std::string_view text);

}  // namespace flamesim::mocks
