// The startup snapshot that the build made of runtime.js; part of the binary.
#pragma once

#include <span>

namespace flamesim::web {

std::span<const char> embeddedSnapshot();

}  // namespace flamesim::web
