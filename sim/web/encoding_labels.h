// The labels of https://encoding.spec.whatwg.org/#names-and-labels.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flamesim::web {

// The name of an encoding in lower case, as TextDecoder.encoding shows it; nothing for a label that
// is unknown or of the "replacement" encoding, which no decoder may have.
std::optional<std::string_view> encodingOfLabel(std::string_view label);

// ICU's name for an encoding of single bytes.
std::string icuConverterOf(std::string_view encoding);

}  // namespace flamesim::web
