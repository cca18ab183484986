// Fuzz target: any bytes as JSON for a struct. What fits the schema is printed as JSON that gives
// the same struct; every fault of the rest has its place.
#include <capnp/message.h>

#include <cstdint>
#include <cstdlib>

#include "mocks/json_capnp.h"
#include "mocks/schema_source.h"
#include "mocks/testing.h"

using namespace flamesim::mocks;

namespace {

constexpr auto kSchema = R"(@0xbf5147cbbecf40c1;
enum Colour { red @0; green @1; }
struct Values {
  none @0 :Void; flag @1 :Bool; i8 @2 :Int8; i64 @3 :Int64; u16 @4 :UInt16; u64 @5 :UInt64;
  f32 @6 :Float32; f64 @7 :Float64; text @8 :Text; data @9 :Data; colour @10 :Colour;
  nested @11 :Values; texts @12 :List(Text); values @13 :List(Values);
  matrix @14 :List(List(Int16)); any @15 :AnyPointer; tool @16 :Tool;
  place :group { x @17 :Int32; y @18 :Text; }
  union { either @19 :Text; or @20 :UInt8; spot :group { z @21 :Bool; } }
}
interface Tool { use @0 () -> (); }
)";

capnp::StructSchema schema() {
  static const flamesim::mocks::testing::TemporaryFolder kFolder;
  static const auto kSource = SchemaSource::fromFile(kFolder.write("fuzz.capnp", kSchema));
  return kSource->findStruct("Values");
}

// What is printed of the struct that `text` is; throws InputError.
std::string printed(std::string text) {
  auto input = JsonInput::parse(std::move(text), "fuzz.json");
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<capnp::DynamicStruct>(schema());
  decodeStruct(input, input.root(), "$", root, [](auto&&...) {});
  input.throwProblems();
  return encodeText(root.asReader());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string once;
  try {
    once = printed({reinterpret_cast<const char*>(data), size});
  } catch (const InputError& error) {
    for (auto& problem : error.problems) {
      if (problem.message.empty() || problem.line == 0) std::abort();
    }
    return 0;
  }
  if (printed(once) != once) std::abort();
  return 0;
}
