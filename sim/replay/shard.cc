#include "sim/replay/shard.h"

#include <array>
#include <charconv>

#include "sim/base/error.h"

namespace flamesim::replay {

namespace {

constexpr uint32_t kMostShards = 4096;  // as many as there can be simulated servers

struct Runner {
  const char* index;
  uint32_t first;     // what the first job has as its index
  const char* total;  // nullptr: the runner does not say
};
constexpr std::array kRunners{
    Runner{"JOB_COMPLETION_INDEX", 0, nullptr},
    Runner{"CI_NODE_INDEX", 1, "CI_NODE_TOTAL"},
    Runner{"CIRCLE_NODE_INDEX", 0, "CIRCLE_NODE_TOTAL"},
    Runner{"BUILDKITE_PARALLEL_JOB", 0, "BUILDKITE_PARALLEL_JOB_COUNT"},
};

std::optional<uint32_t> numberOf(std::string_view text) {
  uint32_t number = 0;
  auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

[[noreturn]] void refuse(const std::string& why, const std::string& help) {
  throw UserError(Diagnostic{.message = "--shard: " + why, .help = help});
}

uint32_t variable(const char* name, const std::string& value) {
  auto number = numberOf(value);
  if (!number) refuse(std::string(name) + " is \"" + value + "\", not a number", "");
  return *number;
}

// `count`: of the command line; nothing: the runner's.
Shard ofRunner(std::optional<uint32_t> count, const Environment& environment) {
  for (auto& runner : kRunners) {
    auto index = environment(runner.index);
    if (!index) continue;
    auto total = runner.total == nullptr ? std::nullopt : environment(runner.total);
    if (!count && !total) {
      refuse(std::string(runner.index) + " is set, but not how many jobs there are",
             "write --shard auto/N");
    }
    uint32_t number = variable(runner.index, *index);
    return {.index = number - runner.first,  // wraps where it is too small: out of range then
            .count = count ? *count : variable(runner.total, *total)};
  }
  refuse("no job runner has set its variables",
         "JOB_COMPLETION_INDEX, CI_NODE_INDEX, CIRCLE_NODE_INDEX or BUILDKITE_PARALLEL_JOB; or "
         "write --shard I/N");
}

}  // namespace

std::string Shard::text() const {
  return std::to_string(index + 1) + "/" + std::to_string(count);
}

Shard parseShard(std::string_view text, const Environment& environment) {
  size_t slash = text.find('/');
  auto head = text.substr(0, slash);
  std::optional<uint32_t> count;
  if (slash != std::string_view::npos) count = numberOf(text.substr(slash + 1));
  bool isAuto = head == "auto";
  auto index = numberOf(head);
  bool wellFormed = isAuto ? slash == std::string_view::npos || count : index && count;
  if (!wellFormed) {
    refuse("\"" + std::string(text) + "\" is no part of a run",
           "write 3/8 for the third of eight, or auto");
  }
  Shard shard = isAuto ? ofRunner(count, environment) : Shard{.index = *index - 1, .count = *count};
  if (shard.count == 0 || shard.count > kMostShards || shard.index >= shard.count) {
    refuse("there is no part " + std::to_string(shard.index + 1) + " of " +
               std::to_string(shard.count),
           "parts count from 1; there are at most " + std::to_string(kMostShards));
  }
  return shard;
}

}  // namespace flamesim::replay
