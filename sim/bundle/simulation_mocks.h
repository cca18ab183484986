// "mockFetch" of flamesim.jsonc: what answers in the place of FL, the HTTP cache or the Internet.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "sim/bundle/bundle.h"

namespace flamesim::bundle {

class ConfigReader;
struct ConfigNode;

struct FetchMock {
  std::filesystem::path file;  // absolute
  bool isTable = true;         // else JavaScript, whose fetch handler answers
  Origin origin;
};
using FetchMocks = std::map<std::string, FetchMock>;  // by egress: "fl", "cache", "internet"

// `folder`: of flamesim.jsonc, for relative paths.
FetchMocks readFetchMocks(ConfigReader& reader, const ConfigNode& root,
                          const std::filesystem::path& folder);

// Whether a file's name says that it is JavaScript or TypeScript.
bool isScript(const std::filesystem::path& file);

// The bundle of a module that stands for a service or an egress, in an isolate of its own. `name`:
// of the worker. `schema`: the .capnp of its interface, absolute; empty: none. Configuration of
// wrangler is not looked at; Node's modules can be imported. Throws UserError.
Bundle loadMock(const std::filesystem::path& module, const std::string& name,
                const std::filesystem::path& schema = {});

}  // namespace flamesim::bundle
