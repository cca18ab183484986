// Fuzz target: the first byte 'j': any bytes as the JSON of a recorded value; else as a message
// that a service has sent. What can be read has a text, and the text gives the value back.
#include <capnp/serialize.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "sim/bindings/capnp.h"
#include "sim/bindings/capnp_json.h"
#include "sim/bundle/schema_compiler.h"

using namespace flamesim;
using namespace flamesim::bindings;

namespace {

capnp::StructSchema schema() {
  static const std::filesystem::path kFolder = FLAMESIM_SOURCE_DIR "/sim/bindings/testdata";
  static std::vector<Diagnostic> errors;
  static const auto kSchemas =
      CapnpSchemas::load(bundle::compileSchemas(kFolder, {kFolder / "everything.capnp"}, errors));
  return KJ_REQUIRE_NONNULL(kSchemas->findStruct("Values"));
}

std::string textOf(capnp::AnyStruct::Reader value) {
  static StructLayouts layouts;
  std::string out;
  appendJson(out, layouts.of(schema()), value);
  return out;
}

// Nothing where `json` does not fit.
std::optional<std::string> through(std::string_view json) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<capnp::DynamicStruct>(schema());
  auto fault = kj::runCatchingExceptions([&] { structFromJson(json, root); });
  if (fault != nullptr) return std::nullopt;
  return textOf(root.asReader());
}

std::optional<std::string> ofMessage(std::string_view bytes) {
  auto words = kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word));
  std::memcpy(words.begin(), bytes.data(), words.asBytes().size());
  std::string text;
  auto fault = kj::runCatchingExceptions([&] {
    capnp::FlatArrayMessageReader reader(words);
    text = textOf(reader.getRoot<capnp::AnyStruct>());
  });
  if (fault != nullptr) return std::nullopt;
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto text = data[0] == 'j' ? through(rest) : ofMessage(rest);
  if (!text) return 0;
  if (!nlohmann::json::accept(*text)) std::abort();
  // An AnyPointer or a capability does not come back: the second text is without it.
  auto once = through(*text);
  if (!once || through(*once) != once) std::abort();
  return 0;
}
