// Runs the *_test.js files of this folder: each test in a request of its own.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/js/face.h"
#include "sim/js/modules.h"
#include "sim/web/test_world.h"

namespace flamesim::web {

namespace {

namespace fs = std::filesystem;

std::string readFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream content;
  content << in.rdbuf();
  return content.str();
}

std::vector<std::string> consoleLines(js::Lock& js) {
  return static_cast<TestIoContext&>(js.owner.currentOrThrow()).lines;
}

std::vector<fs::path> testFiles() {
  std::vector<fs::path> files;
  for (auto& entry : fs::directory_iterator(fs::path(FLAMESIM_SOURCE_DIR) / "sim/web")) {
    if (entry.path().filename().string().ends_with("_test.js")) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

// One file's tests, loaded in global scope.
class TestFile {
 public:
  explicit TestFile(const fs::path& path) {
    auto bundle = std::make_shared<bundle::Bundle>();
    bundle->mainModule = path.filename().string();
    bundle->modules.push_back({.name = bundle->mainModule, .content = readFile(path)});
    bundle->modules.push_back(
        {.name = "testing.js", .content = readFile(path.parent_path() / "testing.js")});
    modules.emplace(world.isolate, bundle);
    world.isolate.enter(nullptr, [&](js::Lock& js) {
      auto lines = js::check(v8::Function::New(
          js.context, js::rawFunction<&TestFile::lines>("consoleLines").callback));
      js.set(js.context->Global(), "__consoleLines", lines);
      modules->evaluate(js);
      auto list = js.get(js.context->Global(), "__tests").As<v8::Array>();
      for (uint32_t i = 0; i < list->Length(); ++i) {
        auto entry = js::check(list->Get(js.context, i)).As<v8::Object>();
        names.push_back(js.text(js.get(entry, "name")));
      }
    });
  }

  // Empty, or what went wrong and where.
  std::string run(uint32_t index) {
    world.newRequest(index + 1);
    try {
      world.settle([&](js::Lock& js) {
        auto list = js.get(js.context->Global(), "__tests").As<v8::Array>();
        auto entry = js::check(list->Get(js.context, index)).As<v8::Object>();
        return js.call(js.get(entry, "run").As<v8::Function>(), entry, {});
      });
    } catch (const js::Uncaught& error) {
      return error.report.text() + "\n" + error.report.stack;
    } catch (const std::exception& error) {
      return error.what();
    }
    if (!world.request->failures.empty()) return world.request->failures.front();
    return "";
  }

  std::vector<std::string> names;

 private:
  static void lines(js::Lock& js, const js::Arguments& info) {
    info.GetReturnValue().Set(js::Convert<std::vector<std::string>>::to(js, consoleLines(js)));
  }

  TestWorld world;
  std::optional<js::Modules> modules;
};

}  // namespace

TEST_CASE("Web APIs, by their tests in JavaScript", "[web]") {
  auto files = testFiles();
  REQUIRE(files.size() >= 10);
  for (auto& path : files) {
    DYNAMIC_SECTION(path.filename().string()) {
      TestFile file(path);
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
