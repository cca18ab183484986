#include "sim/bundle/suggestions.h"

#include <algorithm>

#include "sim/bundle/files.h"

namespace flamesim::bundle {

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string didYouMean(std::string_view word, const std::vector<std::string>& names,
                       std::string otherwise) {
  auto near = nearest(word, names);
  return near.empty() ? otherwise : "did you mean \"" + near + "\"?";
}

std::string nearestFile(const std::string& written, const std::filesystem::path& missing,
                        const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator it(missing.parent_path(), error), end;
  for (; !error && it != end; it.increment(error)) names.push_back(it->path().filename().string());
  std::sort(names.begin(), names.end());
  auto near = nearest(missing.filename().string(), names);
  if (near.empty()) return "paths are relative to " + displayPath(folder) + "/";
  auto parent = std::filesystem::path(written).parent_path();
  return "did you mean \"" + (parent / near).generic_string() + "\"?";
}

}  // namespace flamesim::bundle
