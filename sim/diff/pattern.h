// The field patterns of a rules file; what they are made of is in base.
#pragma once

#include <string_view>

#include "sim/base/pattern.h"

namespace flamesim::diff {

// True when `pattern` matches `field` or something that `field` is a part of: "body" covers
// "body:$.a", "header:set-cookie" covers "header:set-cookie[1]", "effect:log" covers every log
// effect. "body:$.a" does not cover "body:$.ab".
bool fieldCovers(std::string_view pattern, std::string_view field);

}  // namespace flamesim::diff
