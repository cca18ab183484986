// Where bodies go that memory has no room for: a folder of its own inside a configured one, which
// goes with this object. Files are written and read at once; nobody else may touch them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace flamesim::cache {

class SpillFolder {
 public:
  // Throws UserError where there is no such folder and it cannot be made.
  explicit SpillFolder(const std::filesystem::path& parent);
  ~SpillFolder() noexcept(false);
  SpillFolder(const SpillFolder&) = delete;
  SpillFolder& operator=(const SpillFolder&) = delete;

  // The file's number; nothing where the disk took it not.
  std::optional<uint64_t> write(const std::string& bytes);
  // Nothing where the file is not what was written.
  std::optional<std::string> read(uint64_t file, size_t size) const;
  void remove(uint64_t file);

 private:
  std::filesystem::path pathOf(uint64_t file) const { return folder / std::to_string(file); }

  std::filesystem::path folder;
  uint64_t next = 0;
};

}  // namespace flamesim::cache
