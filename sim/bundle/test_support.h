// For this folder's tests: small projects in a temporary folder, and the faults of a call.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "sim/bundle/files.h"

namespace flamesim::bundle {

class TestProject {
 public:
  TestProject() : root(std::filesystem::canonical(temporary.path())) {}

  std::filesystem::path write(const std::string& name, std::string_view content) const {
    auto path = root / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  std::filesystem::path at(const std::string& name) const { return root / name; }
  const std::filesystem::path& path() const { return root; }

 private:
  TemporaryFolder temporary;
  std::filesystem::path root;
};

// "src/index.ts:3:10: message [help]" with the file relative to the project.
inline std::string brief(const Diagnostic& diagnostic, const TestProject& project) {
  std::string text = diagnostic.file;
  auto prefix = project.path().string() + "/";
  if (text.starts_with(prefix)) text = text.substr(prefix.size());
  if (diagnostic.line != 0) text += ":" + std::to_string(diagnostic.line);
  if (diagnostic.column != 0) text += ":" + std::to_string(diagnostic.column);
  text += ": " + diagnostic.message;
  if (!diagnostic.help.empty()) text += " [" + diagnostic.help + "]";
  return text;
}

inline std::vector<std::string> briefs(const std::vector<Diagnostic>& diagnostics,
                                       const TestProject& project) {
  std::vector<std::string> all;
  for (auto& diagnostic : diagnostics) all.push_back(brief(diagnostic, project));
  return all;
}

// Every fault that `function` throws as UserError; empty: it threw none.
template <typename Function>
std::vector<Diagnostic> faultsOf(Function function) {
  try {
    function();
  } catch (const UserError& error) {
    std::vector<Diagnostic> all{error.diagnostic};
    all.insert(all.end(), error.others.begin(), error.others.end());
    return all;
  }
  return {};
}

}  // namespace flamesim::bundle
