#include "sim/bindings/capnp_any_json.h"

#include "sim/bindings/json_text.h"

namespace flamesim::bindings {

namespace {

void appendTarget(std::string& out, capnp::AnyPointer::Reader pointer);

void appendPointers(std::string& out, capnp::List<capnp::AnyPointer>::Reader pointers, uint count) {
  out += '[';
  for (uint i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    appendTarget(out, pointers[i]);
  }
  out += ']';
}

void appendStruct(std::string& out, capnp::AnyStruct::Reader value) {
  auto data = value.getDataSection();
  size_t size = data.size();
  while (size > 0 && data[size - 1] == 0) --size;
  auto pointers = value.getPointerSection();
  uint count = pointers.size();
  while (count > 0 && pointers[count - 1].isNull()) --count;
  out += "{\"data\":";
  appendJsonBase64(out, {data.begin(), size});
  out += ",\"pointers\":";
  appendPointers(out, pointers, count);
  out += '}';
}

void appendBytes(std::string& out, kj::ArrayPtr<const kj::byte> bytes) {
  std::string_view text(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
  if (text.ends_with('\0')) {
    text.remove_suffix(1);
    if (text.find('\0') == std::string_view::npos && isUtf8Text(text)) {
      out += "{\"text\":";
      appendJsonString(out, text);
      out += '}';
      return;
    }
  }
  out += "{\"bytes\":";
  appendJsonBase64(out, {bytes.begin(), bytes.size()});
  out += '}';
}

void appendScalars(std::string& out, capnp::AnyList::Reader list, uint bits) {
  out += "{\"bits\":" + std::to_string(bits) + ",\"count\":" + std::to_string(list.size()) +
         ",\"bytes\":";
  auto bytes = list.getRawBytes();
  appendJsonBase64(out, {bytes.begin(), bytes.size()});
  out += '}';
}

void appendStructs(std::string& out, capnp::AnyList::Reader list) {
  auto structs = list.as<capnp::List<capnp::AnyStruct>>();
  // Without content they take no room in the message, and there may be millions.
  if (structs.size() > 0 && structs[0].getDataSection().size() == 0 &&
      structs[0].getPointerSection().size() == 0) {
    return appendScalars(out, list, 0);
  }
  out += "{\"structs\":[";
  for (uint i = 0; i < structs.size(); ++i) {
    if (i > 0) out += ',';
    appendStruct(out, structs[i]);
  }
  out += "]}";
}

void appendList(std::string& out, capnp::AnyList::Reader list) {
  switch (list.getElementSize()) {
    case capnp::ElementSize::VOID:
      return appendScalars(out, list, 0);
    case capnp::ElementSize::BIT:
      return appendScalars(out, list, 1);
    case capnp::ElementSize::BYTE:
      return appendBytes(out, list.getRawBytes());
    case capnp::ElementSize::TWO_BYTES:
      return appendScalars(out, list, 16);
    case capnp::ElementSize::FOUR_BYTES:
      return appendScalars(out, list, 32);
    case capnp::ElementSize::EIGHT_BYTES:
      return appendScalars(out, list, 64);
    case capnp::ElementSize::POINTER: {
      auto pointers = list.as<capnp::List<capnp::AnyPointer>>();
      out += "{\"list\":";
      appendPointers(out, pointers, pointers.size());
      out += '}';
      return;
    }
    case capnp::ElementSize::INLINE_COMPOSITE:
      return appendStructs(out, list);
  }
}

void appendTarget(std::string& out, capnp::AnyPointer::Reader pointer) {
  switch (pointer.getPointerType()) {
    case capnp::PointerType::NULL_:
      out += "null";
      return;
    case capnp::PointerType::STRUCT:
      return appendStruct(out, pointer.getAs<capnp::AnyStruct>());
    case capnp::PointerType::LIST:
      return appendList(out, pointer.getAs<capnp::AnyList>());
    case capnp::PointerType::CAPABILITY:
      out += "{\"$capability\":\"Capability\"}";
  }
}

}  // namespace

void appendAnyPointer(std::string& out, capnp::AnyPointer::Reader pointer) {
  out += "{\"$anyPointer\":";
  appendTarget(out, pointer);
  out += '}';
}

}  // namespace flamesim::bindings
