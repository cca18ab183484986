// Which part of a capture a run takes, where several machines share one: whole simulated servers,
// so that every part answers as it does in the run of all.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace flamesim::replay {

struct Shard {
  uint32_t index = 0;  // from 0
  uint32_t count = 1;
  bool isWhole() const { return count == 1; }
  bool takes(uint32_t server) const { return server % count == index; }
  std::string text() const;  // "3/8", from 1
  bool operator==(const Shard&) const = default;
};

// An environment variable; nothing where it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// "3/8": the third of eight. "auto": as the job runner's variables say: GitLab's CI_NODE_INDEX and
// CI_NODE_TOTAL, CircleCI's CIRCLE_NODE_INDEX and CIRCLE_NODE_TOTAL, Buildkite's
// BUILDKITE_PARALLEL_JOB and BUILDKITE_PARALLEL_JOB_COUNT. "auto/8": the index of a Kubernetes
// Indexed Job (JOB_COMPLETION_INDEX), which does not know its number of completions, or one of
// those above. Throws UserError.
Shard parseShard(std::string_view text, const Environment& environment);

}  // namespace flamesim::replay
