// The startup snapshot: a context in which the runtime's script has run. Built once, at build time
// (snapshot_main.cc), and restored by every Isolate.
#pragma once

#include <string>
#include <string_view>

namespace flamesim::js {

// The file name of the runtime's script. What runs there is left out of stacks and reports.
inline constexpr std::string_view kRuntimeScript = "flamesim:runtime";

// Runs `script` in a fresh context and keeps the object that it leaves in the global variable
// __runtime (which is removed); Isolate calls that object's install(natives) at restore.
// Needs a live Engine. While the script runs V8 hides Object.hasOwn, Array.prototype.at, findLast
// and SharedArrayBuffer: it must not test for features. Throws std::runtime_error.
std::string buildSnapshot(std::string_view script, std::string_view fileName);

}  // namespace flamesim::js
