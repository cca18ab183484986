// The compatibility flags of the production runtime: which there are, from which compatibility date
// on they are enabled, and which of them flamesim follows. As of November 2026.
#pragma once

#include <span>
#include <string_view>

#include "sim/bundle/bundle.h"
#include "sim/bundle/config_reader.h"

namespace flamesim::bundle {

// How a worker's choice of a flag fares here.
enum class Follows : uint8_t {
  kChoice,    // it is followed
  kEnabled,   // flamesim is as with the flag enabled
  kDisabled,  // flamesim is as with the flag disabled, or lacks what it concerns
  kNowhere,   // it concerns nothing that a worker sees in the chain
};

struct CompatibilityFlag {
  std::string_view enable;
  std::string_view disable;    // empty: there is no name for that
  std::string_view date;       // from when on it is enabled without being named; empty: never
  std::string_view impliedBy;  // by itself where this one is enabled alone; empty: always
  Follows follows;
  bool experimental = false;  // production refuses it
};

std::span<const CompatibilityFlag> compatibilityFlags();

// Whether a worker of that compatibility date and with those flags has it enabled.
bool compatibilityFlagEnabled(const CompatibilityFlag& flag, std::string_view date,
                              const std::vector<std::string>& chosen);

// Whether that worker has the flag of that name enabled. A bundle without a date is as of today.
bool compatibilityFlagEnabled(const Bundle& bundle, std::string_view enable);

// Every flag that is not experimental, "+" before those that the worker has enabled and "-" before
// the others, with a space between.
std::string compatibilityFlagsOf(const Bundle& bundle);

// Reads "compatibility_flags" of `object`. A name that is no flag's is an error; one that flamesim
// does not follow a warning.
std::vector<std::string> readCompatibilityFlags(ConfigReader& reader, const ConfigNode& object,
                                                std::string_view where = "");

}  // namespace flamesim::bundle
