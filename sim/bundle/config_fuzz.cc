// Fuzz target: any bytes as a configuration file. The first byte chooses which: j wrangler.jsonc,
// t wrangler.toml, else flamesim.jsonc. It is read, or every fault says where it stands.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sim/bundle/simulation.h"
#include "sim/bundle/test_support.h"
#include "sim/bundle/toml.h"
#include "sim/bundle/wrangler.h"

using namespace flamesim;
using namespace flamesim::bundle;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

std::string nameFor(uint8_t choice) {
  if (choice == 'j') return "wrangler.jsonc";
  return choice == 't' ? "wrangler.toml" : "flamesim.jsonc";
}

int depthOf(const ConfigNode& node) {
  int depth = 0;
  for (auto& item : node.items) depth = std::max(depth, 1 + depthOf(item));
  for (auto& member : node.members) depth = std::max(depth, 1 + depthOf(member.value));
  return depth;
}

void read(const std::string& name, const std::filesystem::path& file) {
  if (name == "flamesim.jsonc") {
    loadSimulation(file);
    return;
  }
  // What can be read can be read for any environment, but for a fault that tells.
  for (auto environment : {"", "staging"}) {
    auto faults = faultsOf([&] { readWrangler(file, environment, MainModule::kOptional); });
    for (auto& fault : faults) require(!fault.render().empty());
  }
  peekWranglerName(file);
  readWrangler(file, "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const TestProject kProject;
  if (size == 0) return 0;
  std::string name = nameFor(data[0]);
  std::string_view content(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto file = kProject.write(name, content);
  uint32_t lines = 1;
  for (char c : content) lines += c == '\n' ? 1 : 0;
  for (auto& fault : faultsOf([&] { read(name, file); })) {
    require(!fault.message.empty() && fault.file.ends_with(name));
    require(fault.line <= lines);
    require(!fault.render().empty());
  }
  if (name == "wrangler.toml") {
    // An array of tables makes two levels of each part of its name.
    auto tree = parseToml(name, std::string(content));
    if (tree) require(depthOf(tree.value().root) <= 2 * kMaxNesting);
  }
  std::filesystem::remove(file);
  return 0;
}
