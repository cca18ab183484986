// Faults as flamesim.jsonc describes them: what goes wrong, where, when and how often. Values;
// sim/faults makes them happen. docs/faults.md describes them for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/bundle/bundle.h"

namespace flamesim::bundle {

// How long something takes; milliseconds throughout. A draw below zero counts as zero.
struct Latency {
  enum class Shape : uint8_t {
    kNone,
    kConstant,     // a
    kUniform,      // from a to b
    kNormal,       // mean a, standard deviation b
    kExponential,  // mean a
    kLognormal,    // median a, and b is the 99th percentile
  };
  Shape shape = Shape::kNone;
  double a = 0;
  double b = 0;
};

// The kinds of failure that Cap'n Proto knows (kj::Exception::Type).
enum class FaultType : uint8_t { kFailed, kOverloaded, kDisconnected, kUnimplemented };

struct FaultError {
  FaultType type = FaultType::kFailed;
  std::string message;  // empty: one that names the type
};

struct FaultDrop {
  enum class When : uint8_t {
    kNever,
    kBefore,  // the call does not reach the service
    kAfter,   // it does, and the answer is lost
    kBody,    // the body of the response breaks off; fetchers only
  };
  When when = When::kNever;
  std::optional<uint64_t> bytes;  // kBody: so many are there; else `share` of them
  double share = 0;
};

// An old answer in the place of a new one.
struct FaultStale {
  bool on = false;
  double ageSeconds = 0;  // the answer as of so long ago; 0: the one before
};

// Which calls a rule is for; what is empty matches all. In patterns `*` stands for any run of
// characters.
struct FaultWhen {
  std::vector<std::string> methods;  // "GET"; "lookupOwnership" or "Rrdns.lookupOwnership"
  std::string host;                  // fetchers: pattern of the hostname
  std::string url;                   // fetchers: pattern of the whole URL
  // Capabilities: the path of a parameter ("request.queryName") and a pattern of its value.
  std::vector<std::pair<std::string, std::string>> params;
  bool callbacks = false;  // capabilities: calls that the service makes on what it was given
};

// Seconds since the server started: from `from`, for `length`; again `every` so many seconds.
struct FaultSchedule {
  double from = 0;
  std::optional<double> length;  // nothing: to the end
  double every = 0;              // 0: once
};

enum class FaultTarget : uint8_t { kService, kEgress, kWorker };

struct FaultRule {
  FaultTarget target = FaultTarget::kService;
  std::string name;  // of the service, egress or worker
  FaultWhen when;
  Latency latency;
  std::optional<FaultError> error;
  FaultDrop drop;
  FaultStale stale;
  double probability = 1;
  FaultSchedule schedule;
  std::string text;  // the rule as JSON: rules with the same text are one and the same
  Origin origin;
};

struct FaultSettings {
  uint64_t seed = 0;
  std::vector<FaultRule> rules;
};

}  // namespace flamesim::bundle
