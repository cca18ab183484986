// JSON (RFC 8259) with // and /* */ comments and trailing commas, as wrangler.jsonc and
// flamesim.jsonc are written, read into a tree that keeps positions.
#pragma once

#include "sim/bundle/config_tree.h"

namespace flamesim::bundle {

// `file`: the name for messages. A byte order mark is passed over. Of a key that stands twice in an
// object the last value counts, with a warning. Values nest at most 256 deep.
Result<ConfigDocument> parseJsonc(std::string file, std::string text);

// Whether `text` is well-formed UTF-8 (RFC 3629).
bool isUtf8(std::string_view text);

}  // namespace flamesim::bundle
