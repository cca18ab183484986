// The registry of accounts: which privileged services the workers of each may bind. A value. The
// key "accounts" of flamesim.jsonc; docs/permissions.md.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/bundle/bundle.h"

namespace flamesim::bundle {

struct AccountEntry {
  std::string name;  // for people
  // Names of services; "worker:NAME" of another account, "egress:fl", "analytics_engine",
  // "internal_service_http:NAME".
  std::vector<std::string> services;
  std::vector<std::string> grants;  // internalCapabilityGrants
  Origin origin;
};

struct AccountRegistry {
  bool configured = false;  // else every account may bind all
  std::string file;         // that holds it, as messages show it
  std::map<std::string, AccountEntry> accounts;
  const AccountEntry* find(std::string_view account) const {
    auto found = accounts.find(std::string(account));
    return found == accounts.end() ? nullptr : &found->second;
  }
};

}  // namespace flamesim::bundle
