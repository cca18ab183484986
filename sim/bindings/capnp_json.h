// Cap'n Proto values as JSON text: what effects hold as input and output. Compact, and one value
// has one text, so that texts can be compared: fields in the order of their ordinals, then the
// active member of the union; numbers and groups always, pointers where they are set.
//
//   Void                          null
//   interface                     {"$capability":"Echo"}: that one was there, by the schema's name
//   AnyPointer                    {"$anyPointer":...}: see capnp_any_json.h
//   integers, floats              a number; of 64 bits its digits in a string; "NaN", "Infinity"
//   enum                          the enumerant's name; unknown ones: the number
//   Text                          a string; bytes that are not UTF-8 become U+FFFD
//   Data                          base64 (RFC 4648 section 4)
#pragma once

#include <string>
#include <string_view>

#include "sim/bindings/capnp_layout.h"

namespace flamesim::bindings {

// Whether numbers and booleans that are 0 or false are written. Leaving them out is for structs of
// many fields in which 0 means "not set"; it holds for the struct itself, not for those in it.
enum class Zeros : uint8_t { kWritten, kLeftOut };

void appendJson(std::string& out, const StructLayout& layout, capnp::AnyStruct::Reader value,
                Zeros zeros = Zeros::kWritten);

// Fills `builder` from such a text; interfaces and AnyPointers stay null, whatever it has for them.
// Throws kj::Exception that says where the text does not fit the schema.
void structFromJson(std::string_view json, capnp::DynamicStruct::Builder builder);

}  // namespace flamesim::bindings
