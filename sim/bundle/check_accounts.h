// Whether a worker's account may bind what its bundle binds (accounts.h).
#pragma once

#include <optional>
#include <string>

#include "sim/bundle/simulation.h"

namespace flamesim::bundle {

// The account of a worker: `account` of its entry in flamesim.jsonc, else account_id of its
// wrangler configuration, that of its environment first. Empty: it has none.
std::string accountOf(const WorkerEntry& worker);

// Judges the bindings of one worker. Costs nothing where no registry is configured.
class AccountCheck {
 public:
  // What it is given must outlive it.
  AccountCheck(const Simulation& simulation, const WorkerEntry& worker);

  // Why the binding is refused, or nothing; `help` is the line to ask for.
  struct Refusal {
    std::string rest;  // of the sentence that begins with the binding
    std::string help;
  };
  std::optional<Refusal> refusalOf(const Binding& binding) const;
  // That tail consumer hears of every request.
  std::optional<Refusal> refusalOfConsumer(const std::string& consumer) const;

 private:
  std::optional<Refusal> refusalOfService(const std::string& permission) const;
  std::optional<Refusal> refusalOfGrant(const std::string& grant) const;
  std::optional<Refusal> withoutAccount(const std::string& what, const std::string& key,
                                        const std::string& value) const;
  std::string permissionFor(const std::string& otherWorker) const;

  const Simulation& simulation;
  std::string account;
  const AccountEntry* entry = nullptr;
  std::string worker;
};

}  // namespace flamesim::bundle
