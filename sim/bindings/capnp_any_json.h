// What an AnyPointer points to, as JSON, without its type: the shape that its encoding shows
// (capnproto.org/encoding.html). Stable: what is zero at the end of a struct is left out, as
// another version of its schema may have it, so equal values have equal texts.
//
//   a struct              {"data":"<base64 of its data section>","pointers":[...]}
//   a list of structs     {"structs":[...]}, of pointers {"list":[...]}
//   a list of bytes       {"text":"..."} where it ends in a zero byte and is UTF-8 without others,
//                         else {"bytes":"<base64>"}
//   a list of others      {"bits":32,"count":2,"bytes":"<base64>"}; bits: of an element, 0 also of
//                         structs without any content
//   a capability          {"$capability":"Capability"}
//   nothing               null
#pragma once

#include <capnp/any.h>

#include <string>

namespace flamesim::bindings {

// Appends {"$anyPointer":...} with one of these in it.
void appendAnyPointer(std::string& out, capnp::AnyPointer::Reader pointer);

}  // namespace flamesim::bindings
