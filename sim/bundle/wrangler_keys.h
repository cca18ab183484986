// The keys of wrangler's configuration (cloudflare/workers-sdk at f8308360), by what flamesim does
// with them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flamesim::bundle {

// Every key that may stand at the top of the file.
const std::vector<std::string>& topLevelKeys();
// Every key that may stand under env.NAME.
const std::vector<std::string>& environmentKeys();
// Whether env.NAME takes the top level's value where it has none of its own.
bool isInherited(std::string_view key);

// A section that declares bindings which flamesim does not emulate, and where the names stand.
struct UnservedSection {
  std::string_view key;
  std::string_view list;  // the array's key inside of the section; empty: the section is the array
                          // or, for a single binding, an object
  std::string_view name;  // the key of the binding's name
};
const std::vector<UnservedSection>& unservedSections();

}  // namespace flamesim::bundle
