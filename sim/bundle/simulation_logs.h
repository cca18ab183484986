// What flamesim.jsonc says of log messages and data points: services of the sources logfwdr and
// analytics. Values; docs/logs.md describes what they do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace flamesim::bundle {

class ConfigReader;
struct ConfigNode;

// Of a logfwdr service whose output is a folder.
struct LogSegmentsEntry {
  bool used = false;  // else the output is one file, or nothing
  uint64_t segmentBytes = uint64_t(64) << 20;
  uint64_t segments = 64;       // so many are kept
  uint64_t queue = 4096;        // messages that may wait for the disk
  uint64_t queueWaitMs = 1000;  // how long log() waits for room before its message is dropped
};

// Of an analytics service.
struct AnalyticsEntry {
  uint64_t sampleAbove = 0;  // points per second and index; 0: all are kept
  uint64_t seed = 1;         // of the choice
};

// `where` names the service in messages. `written`: the output as it stands in the file; `output`:
// the same, absolute. Faults go to the reader.
LogSegmentsEntry readLogSegments(ConfigReader& reader, const ConfigNode& service,
                                 std::string_view where, std::string_view written,
                                 const std::filesystem::path& output);
AnalyticsEntry readAnalytics(ConfigReader& reader, const ConfigNode& service,
                             std::string_view where);

}  // namespace flamesim::bundle
