// Runs the *_test.js files of this folder.
#include <catch2/catch.hpp>

#include "sim/web/test_files.h"

namespace flamesim::web {

TEST_CASE("Web APIs, by their tests in JavaScript", "[web]") {
  auto files = testFiles(std::filesystem::path(FLAMESIM_SOURCE_DIR) / "sim/web");
  REQUIRE(files.size() >= 10);
  for (auto& path : files) {
    DYNAMIC_SECTION(path.filename().string()) {
      // The timers are those of the Web.
      TestFile file(path, {"nodejs_als", "no_nodejs_global_timers"});
      CHECK(file.names.size() > 0);
      for (uint32_t i = 0; i < file.names.size(); ++i) {
        std::string failure = file.run(i);
        INFO(path.filename().string() << ": " << file.names[i] << "\n" << failure);
        CHECK(failure.empty());
      }
    }
  }
}

}  // namespace flamesim::web
