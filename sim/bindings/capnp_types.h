// What one isolate knows of Cap'n Proto types: names of fields and enumerants as strings of V8,
// classes of interfaces, and the slots behind its objects. Belongs to the isolate's thread; the
// schemas outlive it.
#pragma once

#include <deque>

#include "sim/bindings/capnp_layout.h"
#include "sim/bindings/capnp_requests.h"
#include "sim/js/face.h"

namespace flamesim::bindings {

class JsTypes;

struct StructFace {
  StructFace(js::Lock& js, const StructLayout& layout);
  const StructLayout& layout;
  std::vector<v8::Global<v8::String>> names;  // by the field's index
  // Of groups, structs, and structs in lists; made on first use.
  StructFace& child(js::Lock& js, JsTypes& types, size_t index);
  // The index of the field named `key`, or -1. Looks first at `hint`.
  int find(js::Lock& js, v8::Local<v8::String> key, size_t hint) const;
  // The fields that can be called before the struct has arrived: structs, groups and interfaces
  // outside of unions, with the functions that read them.
  struct Pipelined {
    size_t index;
    StructFace* owner;
    JsTypes* types;
    v8::Global<v8::Function> getter;
  };
  std::deque<Pipelined>& pipelined(js::Lock& js, JsTypes& types);

 private:
  std::vector<StructFace*> children;
  bool pipelinedMade = false;
  std::deque<Pipelined> pipelinedFields;
};

struct EnumFace {
  EnumFace(js::Lock& js, capnp::EnumSchema schema);
  capnp::EnumSchema schema;
  std::vector<v8::Global<v8::String>> names;  // by value
};

struct MethodFace {
  JsTypes& types;
  const InterfaceFace& face;
  capnp::InterfaceSchema::Method method;
  v8::Global<v8::String> name;
  uint64_t interfaceId;
  uint16_t ordinal;
  bool streaming;
  StructFace& params;
  StructFace& results;
  uint32_t sizeHint;  // words that parameters usually need
};

struct InterfaceFace {
  JsTypes& types;
  capnp::InterfaceSchema schema;
  std::string name;
  // Own methods, then those of the super-interfaces. Of two with one name JavaScript can call the
  // first; a server answers both.
  std::deque<MethodFace> methods;
  v8::Global<v8::FunctionTemplate> constructor;
  v8::Global<v8::ObjectTemplate> instance;
  MethodFace* findMethod(capnp::InterfaceSchema::Method method);
};

class JsTypes {
 public:
  JsTypes() = default;
  JsTypes(const JsTypes&) = delete;

  StructFace& structFace(js::Lock& js, const StructLayout& layout);
  StructFace& structFace(js::Lock& js, capnp::StructSchema schema) {
    return structFace(js, layouts.of(schema));
  }
  EnumFace& enumFace(js::Lock& js, capnp::EnumSchema schema);
  InterfaceFace& interfaceFace(js::Lock& js, capnp::InterfaceSchema schema);
  // CapnpCapability, from which the classes of all interfaces inherit.
  v8::Local<v8::FunctionTemplate> baseClass(js::Lock& js);
  // The property of a promise that has the SlotId of its call's pipeline.
  v8::Local<v8::Private> pipelineKey(js::Lock& js);

  // An object's own enumerable keys as strings: Object.keys as it was before the worker's code ran,
  // which is quicker than what V8's interface offers.
  v8::Local<v8::Array> keysOf(js::Lock& js, v8::Local<v8::Object> object);

  bool keepsProductionBugs = false;  // ProductionBugs
  StructLayouts layouts;
  SlotTable slots;
  // Knows the capabilities that are objects of this isolate.
  capnp::CapabilityServerSet<capnp::Capability> servers;

 private:
  struct Hash {
    size_t operator()(const capnp::Schema& schema) const { return schema.hashCode(); }
  };
  std::unordered_map<const StructLayout*, std::unique_ptr<StructFace>> structs;
  std::unordered_map<capnp::Schema, std::unique_ptr<EnumFace>, Hash> enums;
  std::unordered_map<capnp::Schema, std::unique_ptr<InterfaceFace>, Hash> interfaces;
  v8::Global<v8::FunctionTemplate> base;
  v8::Global<v8::Private> key;
  v8::Global<v8::Function> objectKeys;
};

// "Outer.Inner": the name inside its file.
std::string nameInFile(capnp::Schema schema);

// --- Values (capnp_to_js.cc, capnp_from_js.cc) -------------------------------------------------

v8::Local<v8::Object> structToJs(js::Lock& js, JsTypes& types, StructFace& face,
                                 const StructReader& reader);
// Throws js::Throw with production's text for what does not fit.
void fillStruct(js::Lock& js, JsTypes& types, StructFace& face,
                capnp::DynamicStruct::Builder builder, v8::Local<v8::Object> object);
// Takes only what fits, without JavaScript's conversions but that of numbers, booleans and BigInts
// to text. Throws js::Throw that names the field and what would fit.
void fillStructStrictly(js::Lock& js, JsTypes& types, StructFace& face,
                        capnp::DynamicStruct::Builder builder, v8::Local<v8::Object> object);

}  // namespace flamesim::bindings
