#include "sim/bindings/capnp_layout.h"

namespace flamesim::bindings {

namespace {

uint64_t defaultBits(capnp::schema::Value::Reader value) {
  using Value = capnp::schema::Value;
  switch (value.which()) {
    case Value::BOOL:
      return value.getBool() ? 1 : 0;
    case Value::INT8:
      return uint8_t(value.getInt8());
    case Value::INT16:
      return uint16_t(value.getInt16());
    case Value::INT32:
      return uint32_t(value.getInt32());
    case Value::INT64:
      return uint64_t(value.getInt64());
    case Value::UINT8:
      return value.getUint8();
    case Value::UINT16:
      return value.getUint16();
    case Value::UINT32:
      return value.getUint32();
    case Value::UINT64:
      return value.getUint64();
    case Value::FLOAT32:
      return std::bit_cast<uint32_t>(value.getFloat32());
    case Value::FLOAT64:
      return std::bit_cast<uint64_t>(value.getFloat64());
    case Value::ENUM:
      return value.getEnum();
    default:
      return 0;
  }
}

}  // namespace

bool FieldLayout::isPointer() const {
  if (isGroup) return false;
  switch (kind) {
    case TypeKind::TEXT:
    case TypeKind::DATA:
    case TypeKind::LIST:
    case TypeKind::STRUCT:
    case TypeKind::INTERFACE:
    case TypeKind::ANY_POINTER:
      return true;
    default:
      return false;
  }
}

const FieldLayout* StructLayout::activeMember(capnp::Data::Reader data) const {
  if (byDiscriminant.empty()) return nullptr;
  uint16_t value = 0;
  size_t at = size_t(discriminantOffset) * sizeof(value);
  if (at + sizeof(value) <= data.size()) std::memcpy(&value, data.begin() + at, sizeof(value));
  return value < byDiscriminant.size() ? &fields[byDiscriminant[value]] : nullptr;
}

const StructLayout& StructLayouts::of(capnp::StructSchema schema) {
  if (auto found = layouts.find(schema); found != layouts.end()) return *found->second;
  // In the table before its fields: a struct may contain itself.
  auto& layout = *layouts.emplace(schema, std::make_unique<StructLayout>()).first->second;
  layout.schema = schema;
  auto proto = schema.getProto().getStruct();
  layout.discriminantOffset = proto.getDiscriminantOffset();
  layout.byDiscriminant.resize(proto.getDiscriminantCount());
  layout.words = proto.getDataWordCount() + proto.getPointerCount();
  layout.fields.reserve(schema.getFields().size());
  for (auto field : schema.getFields()) {
    auto fieldProto = field.getProto();
    FieldLayout made;
    made.field = field;
    made.name = fieldProto.getName().cStr();
    if (fieldProto.getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT) {
      made.inUnion = true;
      made.discriminant = fieldProto.getDiscriminantValue();
      layout.byDiscriminant.at(made.discriminant) = uint16_t(layout.fields.size());
    } else {
      layout.plain.push_back(uint16_t(layout.fields.size()));
    }
    made.type = field.getType();
    made.kind = made.type.which();
    if (fieldProto.isGroup()) {
      made.isGroup = true;
    } else {
      made.offset = fieldProto.getSlot().getOffset();
      made.mask = defaultBits(fieldProto.getSlot().getDefaultValue());
    }
    auto element = made.type;
    while (element.isList()) element = element.asList().getElementType();
    if (element.isStruct()) made.child = &of(element.asStruct());
    layout.fields.push_back(std::move(made));
  }
  return layout;
}

}  // namespace flamesim::bindings
