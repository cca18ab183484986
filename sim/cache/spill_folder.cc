#include "sim/cache/spill_folder.h"

#include <fstream>
#include <system_error>

#include <stdlib.h>

#include "sim/base/error.h"

namespace flamesim::cache {

namespace fs = std::filesystem;

SpillFolder::SpillFolder(const fs::path& parent) {
  std::error_code failed;
  fs::create_directories(parent, failed);
  auto name = (parent / "flamesim-cache-XXXXXX").string();
  if (failed || mkdtemp(name.data()) == nullptr) {
    throw UserError(Diagnostic{.message = "cannot make a folder in " + parent.string(),
                               .help = "\"cache\": {\"diskFolder\"} names a folder to write to"});
  }
  folder = name;
}

SpillFolder::~SpillFolder() noexcept(false) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

std::optional<uint64_t> SpillFolder::write(const std::string& bytes) {
  auto file = next++;
  std::ofstream out(pathOf(file), std::ios::binary);
  out.write(bytes.data(), std::streamsize(bytes.size()));
  out.close();
  if (out) return file;
  remove(file);
  return std::nullopt;
}

std::optional<std::string> SpillFolder::read(uint64_t file, size_t size) const {
  std::string bytes(size, '\0');
  std::ifstream in(pathOf(file), std::ios::binary);
  in.read(bytes.data(), std::streamsize(size));
  if (!in || in.peek() != std::ifstream::traits_type::eof()) return std::nullopt;
  return bytes;
}

void SpillFolder::remove(uint64_t file) {
  std::error_code ignored;
  fs::remove(pathOf(file), ignored);
}

}  // namespace flamesim::cache
