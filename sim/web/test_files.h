// Runs the *_test.js files of a folder, which use testing.js: each test in a request of its own.
#pragma once

#include <filesystem>
#include <optional>

#include "sim/js/modules.h"
#include "sim/web/test_world.h"

namespace flamesim::web {

// In the order of their names.
std::vector<std::filesystem::path> testFiles(const std::filesystem::path& folder);

// One file's tests, loaded in global scope.
class TestFile {
 public:
  explicit TestFile(const std::filesystem::path& path, std::vector<std::string> flags = {});

  // Empty, or what went wrong and where.
  std::string run(uint32_t index);

  std::vector<std::string> names;

 private:
  TestWorld world;
  std::optional<js::Modules> modules;
};

}  // namespace flamesim::web
