// Percent-encoding of values in queries, forms and paths.
#pragma once

#include <string>
#include <string_view>

namespace flamesim::redact {

enum class Plus : bool { kIsPlus, kIsSpace };

std::string percentDecode(std::string_view text, Plus plus);
// So that it stands as one value, or one segment of a path.
std::string percentEncode(std::string_view text);

}  // namespace flamesim::redact
