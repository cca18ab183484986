// The scripts of the runtime that are no part of the startup snapshot: each is compiled in an
// isolate when a worker first asks for what it defines (lazy.js).
#pragma once

#include <string_view>

namespace flamesim::web {

// The text (ASCII) of the script of that name, or the bytes of the WebAssembly module; empty: there
// is none. Lives as long as the process.
std::string_view lazyScript(std::string_view name);

}  // namespace flamesim::web
