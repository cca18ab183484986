#include "sim/web/test_files.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "sim/js/face.h"

namespace flamesim::web {

namespace {

namespace fs = std::filesystem;

std::string readFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream content;
  content << in.rdbuf();
  return content.str();
}

void consoleLines(js::Lock& js, const js::Arguments& info) {
  auto& lines = static_cast<TestIoContext&>(js.owner.currentOrThrow()).lines;
  info.GetReturnValue().Set(js::Convert<std::vector<std::string>>::to(js, lines));
}

}  // namespace

std::vector<fs::path> testFiles(const fs::path& folder) {
  std::vector<fs::path> files;
  for (auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().ends_with("_test.js")) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

TestFile::TestFile(const fs::path& path, std::vector<std::string> flags) {
  auto bundle = std::make_shared<bundle::Bundle>();
  bundle->compatibilityFlags = std::move(flags);
  bundle->mainModule = path.filename().string();
  bundle->modules.push_back({.name = bundle->mainModule, .content = readFile(path)});
  auto testing = path.parent_path().parent_path() / "web" / "testing.js";
  bundle->modules.push_back({.name = "testing.js", .content = readFile(testing)});
  modules.emplace(world.isolate, bundle);
  world.isolate.enter(nullptr, [&](js::Lock& js) {
    auto lines = js::check(
        v8::Function::New(js.context, js::rawFunction<&consoleLines>("consoleLines").callback));
    js.set(js.context->Global(), "__consoleLines", lines);
    modules->evaluate(js);
    auto list = js.get(js.context->Global(), "__tests").As<v8::Array>();
    for (uint32_t i = 0; i < list->Length(); ++i) {
      auto entry = js::check(list->Get(js.context, i)).As<v8::Object>();
      names.push_back(js.text(js.get(entry, "name")));
    }
  });
}

std::string TestFile::run(uint32_t index) {
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

}  // namespace flamesim::web
