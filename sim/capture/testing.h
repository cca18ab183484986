// For tests of captures: exchanges of any shape from a seed, and a folder that goes away.
#pragma once

#include <filesystem>
#include <string>

#include "sim/base/random.h"
#include "sim/net/exchange.h"

namespace flamesim::capture::testing {

// Any bytes anywhere that a field may hold, effects of every kind included.
net::Exchange randomExchange(Random& random, uint64_t id);
// About 1 KiB with 12 request and 9 response headers: as browsers and servers send them.
net::Exchange typicalExchange(uint64_t id);

// A folder of its own for one test, removed with all it holds.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  std::filesystem::path operator/(std::string_view name) const { return folder / name; }

 private:
  std::filesystem::path folder;
};

std::string slurp(const std::filesystem::path& path);
void spit(const std::filesystem::path& path, std::string_view bytes);

}  // namespace flamesim::capture::testing
