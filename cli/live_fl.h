// The running FL of `replay --against`: its options, and captures of what it answers now.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <string>

#include "sim/replay/live.h"

namespace flamesim::cli {

struct LiveArguments {
  std::string url;  // of FL; empty: none is asked
  replay::LiveOptions options;
  bool twice = false;
  bool allMethods = false;
};

void addLiveOptions(CLI::App& command, LiveArguments& arguments);

struct LiveCaptures {
  std::filesystem::path answers;
  std::filesystem::path again;  // of the second round; empty: there was none
};

// Sends the requests of the capture `from` that are `wanted`, and writes fl.cap, and fl-again.cap
// for a second round, into `folder`. Counts go to stderr. Throws UserError, also where FL answered
// none of them.
LiveCaptures askLiveFl(const LiveArguments& arguments, const std::string& from,
                       const std::filesystem::path& folder,
                       const std::function<bool(const net::Exchange&)>& wanted);

}  // namespace flamesim::cli
