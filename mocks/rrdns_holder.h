// The zones that are in use now, which a reload exchanges as a whole: whoever holds the shared
// pointer goes on with the old ones. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "mocks/rrdns_statistics.h"
#include "mocks/rrdns_zones.h"

namespace flamesim::mocks {

class RrdnsHolder {
 public:
  // Loads; throws InputError. Nothing is watched.
  explicit RrdnsHolder(RrdnsSources sources);

  // From now on zones() looks at most once a second whether a file was changed, and reloads then.
  // `now`: milliseconds of any clock that does not go back. `report` gets what a person should
  // know, lines each ended by '\n'; called on the thread that asked. Call it before there are other
  // threads.
  void watch(std::function<int64_t()> now, std::function<void(const std::string&)> report);

  std::shared_ptr<const RrdnsZones> zones();

  struct Reload {
    bool ok = false;
    size_t zones = 0;  // that are in use now
    size_t records = 0;
    std::string errors;  // empty where it is ok
  };
  // Reads the files anew. Where one has errors the zones stay as they are.
  Reload reload();

  RrdnsStatistics& statistics() { return counts; }
  uint64_t reloads() const { return done; }
  uint64_t failedReloads() const { return failed; }

 private:
  struct FileState {
    std::filesystem::path path;
    int64_t modified = 0;  // 0: not there
    uint64_t size = 0;
    bool operator==(const FileState&) const = default;
  };
  static FileState stateOf(const std::filesystem::path& path);
  std::vector<FileState> statesOf(std::vector<std::filesystem::path> paths) const;
  void lookForChanges();
  Reload reloadLocked();

  const RrdnsSources sources;
  RrdnsStatistics counts;
  std::function<int64_t()> now;  // empty: nothing is watched
  std::function<void(const std::string&)> report;
  std::atomic<int64_t> nextLook = 0;  // milliseconds
  std::atomic<uint64_t> done = 0;
  std::atomic<uint64_t> failed = 0;

  std::mutex loading;  // one reload at a time; held for `files`
  std::vector<FileState> files;
  std::mutex mutex;  // for `current`
  std::shared_ptr<const RrdnsZones> current;
};

}  // namespace flamesim::mocks
