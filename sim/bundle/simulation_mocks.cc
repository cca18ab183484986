#include "sim/bundle/simulation_mocks.h"

#include "sim/bundle/config_reader.h"
#include "sim/bundle/files.h"

namespace flamesim::bundle {

bool isScript(const std::filesystem::path& file) {
  auto extension = file.extension().string();
  return extension == ".js" || extension == ".mjs" || extension == ".ts" || extension == ".mts";
}

FetchMocks readFetchMocks(ConfigReader& reader, const ConfigNode& root,
                          const std::filesystem::path& folder) {
  FetchMocks mocks;
  auto* object = reader.member(root, "mockFetch", NodeKind::kObject);
  if (object == nullptr) return mocks;
  reader.warnOfUnknownKeys(*object, {"fl", "cache", "internet"}, "mockFetch");
  for (auto* name : {"fl", "cache", "internet"}) {
    auto* node = reader.member(*object, name, NodeKind::kString, "mockFetch");
    if (node == nullptr) continue;
    FetchMock mock{.file = absolutePath(node->text(), folder)};
    mock.isTable = !isScript(mock.file);
    mock.origin = reader.originAt(node->offset);
    if (!isRegularFile(mock.file)) {
      reader.error(node->offset, "there is no file \"" + node->text() + "\"",
                   "it is a table (JSON) or a module (.js, .ts); paths are relative to " +
                       displayPath(folder) + "/");
    }
    mocks.emplace(name, std::move(mock));
  }
  return mocks;
}

}  // namespace flamesim::bundle
