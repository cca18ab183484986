// The shape of Cap'n Proto structs, worked out once: where each field lies in its message, so that
// values are read and written without a look-up in the schema (capnproto.org/encoding.html). The
// dynamic API does the rest: lists, and what is rare.
#pragma once

#include <capnp/dynamic.h>

#include <bit>
#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace flamesim::bindings {

static_assert(std::endian::native == std::endian::little, "messages are read in place");

using TypeKind = capnp::schema::Type::Which;

struct StructLayout;

struct FieldLayout {
  capnp::StructSchema::Field field;
  std::string name;
  bool isGroup = false;
  TypeKind kind = TypeKind::VOID;  // of a slot; STRUCT for a group
  capnp::Type type;                // of a slot
  uint32_t offset = 0;             // in units of the type's size; of pointers: their index
  uint64_t mask = 0;               // bits of the default, by which a number is XORed
  bool inUnion = false;
  uint16_t discriminant = 0;
  // Of a group or a struct; of a list the struct that is in it, however deep.
  const StructLayout* child = nullptr;

  bool isPointer() const;
};

struct StructLayout {
  capnp::StructSchema schema;
  // In the order of their ordinals; the members of the unnamed union among them.
  std::vector<FieldLayout> fields;
  std::vector<uint16_t> plain;           // indices of the fields outside of the union
  std::vector<uint16_t> byDiscriminant;  // indices of the union's members
  uint32_t discriminantOffset = 0;       // in units of 16 bits
  uint32_t words = 0;                    // size of the struct itself

  // The member of the union that is set; nullptr: there is no union, or it is not in this schema.
  const FieldLayout* activeMember(capnp::Data::Reader data) const;
};

// Layouts by schema. Whoever owns one sees to it that the schemas outlive it.
class StructLayouts {
 public:
  const StructLayout& of(capnp::StructSchema schema);

 private:
  struct Hash {
    size_t operator()(const capnp::Schema& schema) const { return schema.hashCode(); }
  };
  std::unordered_map<capnp::Schema, std::unique_ptr<StructLayout>, Hash> layouts;
};

// The data section of a struct and its pointers, of groups those of the struct around them.
struct StructReader {
  explicit StructReader(capnp::AnyStruct::Reader any)
      : data(any.getDataSection()), pointers(any.getPointerSection()) {}
  capnp::Data::Reader data;
  capnp::List<capnp::AnyPointer>::Reader pointers;

  // The field's bits. A sender with an older schema sends less: then the default holds.
  template <typename T>
  T number(const FieldLayout& field) const {
    T bits{};
    size_t at = size_t(field.offset) * sizeof(T);
    if (at + sizeof(T) <= data.size()) std::memcpy(&bits, data.begin() + at, sizeof(T));
    return T(bits ^ T(field.mask));
  }
  bool boolean(const FieldLayout& field) const {
    size_t at = field.offset / 8;
    bool bit = at < data.size() && (data[at] >> (field.offset % 8) & 1) != 0;
    return bit != (field.mask != 0);
  }
  // Null where the field is not set.
  capnp::AnyPointer::Reader pointer(const FieldLayout& field) const {
    if (field.offset < pointers.size()) return pointers[field.offset];
    return capnp::AnyPointer::Reader();
  }
};

}  // namespace flamesim::bindings
