// Help lines of faults in configuration: what there is, and which of it was meant.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace flamesim::bundle {

// "a, b, c"
std::string listed(const std::vector<std::string>& names);
// Names the one of `names` that is near to `word`; `otherwise` where none is.
std::string didYouMean(std::string_view word, const std::vector<std::string>& names,
                       std::string otherwise);
// Names the entry nearest to `missing` in its folder, as `written` would have it; where none is
// near, that paths are relative to `folder`.
std::string nearestFile(const std::string& written, const std::filesystem::path& missing,
                        const std::filesystem::path& folder);

}  // namespace flamesim::bundle
