#include "sim/bundle/simulation_logs.h"

#include "sim/bundle/config_reader.h"
#include "sim/bundle/files.h"

namespace flamesim::bundle {

namespace {

constexpr uint64_t kLeastSegmentBytes = 4096;
constexpr uint64_t kMostSegmentBytes = uint64_t(1) << 40;
constexpr uint64_t kMostSegments = 1'000'000;
constexpr uint64_t kMostQueued = 1'000'000;
constexpr uint64_t kMostWaitMs = 60'000;
constexpr uint64_t kMostPerSecond = 1'000'000'000;
constexpr uint64_t kMostSeed = uint64_t(1) << 53;  // what JSON's numbers hold

}  // namespace

LogSegmentsEntry readLogSegments(ConfigReader& reader, const ConfigNode& service,
                                 std::string_view where, std::string_view written,
                                 const std::filesystem::path& output) {
  LogSegmentsEntry entry;
  entry.used = written.ends_with('/') || (!written.empty() && isFolder(output));
  auto number = [&](std::string_view key, uint64_t least, uint64_t most, uint64_t& value) {
    auto given = reader.integer(service, key, least, most, where);
    if (!given) return;
    value = *given;
    if (!entry.used) {
      reader.warn(service.find(key)->keyOffset,
                  "\"" + std::string(key) + "\" has no effect: the output is not a folder",
                  "end \"output\" with \"/\" to have segments written");
    }
  };
  number("segmentBytes", kLeastSegmentBytes, kMostSegmentBytes, entry.segmentBytes);
  number("segments", 2, kMostSegments, entry.segments);
  number("queue", 1, kMostQueued, entry.queue);
  number("queueWaitMs", 0, kMostWaitMs, entry.queueWaitMs);
  return entry;
}

AnalyticsEntry readAnalytics(ConfigReader& reader, const ConfigNode& service,
                             std::string_view where) {
  AnalyticsEntry entry;
  entry.sampleAbove =
      reader.integer(service, "sampleAbove", 1, kMostPerSecond, where).value_or(entry.sampleAbove);
  entry.seed = reader.integer(service, "seed", 0, kMostSeed, where).value_or(entry.seed);
  return entry;
}

}  // namespace flamesim::bundle
