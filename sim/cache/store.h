// Stored responses in memory, with an overflow on disk: found by cache, key and the headers that
// selected them, bounded by their bytes; what was used least recently goes first, from memory to
// disk where there is one, and from there for good. Knows nothing of freshness.
#pragma once

#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <string_view>

#include "sim/cache/entry.h"
#include "sim/cache/spill_folder.h"

namespace flamesim::cache {

struct StoreLimits {
  size_t memoryBytes = size_t(64) << 20;
  size_t diskBytes = 0;              // 0: no disk
  std::filesystem::path diskFolder;  // needed where there are diskBytes
};

struct StoreSizes {
  size_t entries = 0;
  size_t memoryBytes = 0;
  size_t diskBytes = 0;
  uint64_t evictions = 0;  // entries that went for want of room
};

class Store {
 public:
  // Throws UserError where the folder cannot be used.
  explicit Store(const StoreLimits& limits);

  // What a request with these headers selects; the most recent of several.
  std::optional<Found> find(const CacheName& cache, const std::string& key,
                            const net::HeaderList& request);
  // The names by which the entries of a key are selected; empty where there is none.
  std::vector<std::string> selectingNames(const CacheName& cache, const std::string& key) const;
  // In the place of what the same request would select. False: it never fits.
  bool put(std::shared_ptr<const Entry> entry, SharedBytes body);
  // In the place of `old`, where that is still there, with its body.
  void replace(const std::shared_ptr<const Entry>& old, std::shared_ptr<const Entry> entry);

  // These return how many entries went.
  size_t remove(const CacheName& cache, const std::string& key);
  size_t purgeUrl(std::string_view url);
  size_t purgeHost(std::string_view host);  // with its port, or without
  size_t purgeTag(std::string_view tag);    // in any case
  // "www.example.com/folder", with or without a scheme: URLs that begin so.
  size_t purgePrefix(std::string_view prefix);
  size_t purgeEverything();

  StoreSizes sizes() const;
  // The size that no body can exceed.
  size_t mostBodyBytes() const { return limits.memoryBytes; }

 private:
  struct Slot {
    std::shared_ptr<const Entry> entry;
    SharedBytes body;              // nullptr: null, or on disk
    std::optional<uint64_t> file;  // on disk
    size_t bodySize = 0;
  };
  // The most recently used first; heads stay in memory, wherever the body is.
  using Slots = std::list<Slot>;
  using Key = std::pair<CacheName, std::string>;

  template <typename Condition>
  size_t eraseIf(Condition condition);
  Slots::iterator erase(Slots::iterator slot);
  bool load(Slot& slot);
  void makeRoom();
  void makeRoomOnDisk();

  const StoreLimits limits;
  std::unique_ptr<SpillFolder> disk;
  Slots slots;
  std::map<Key, std::vector<Slots::iterator>> byKey;  // the most recently stored last
  size_t memoryBytes = 0;
  size_t diskBytes = 0;
  uint64_t evictions = 0;
};

}  // namespace flamesim::cache
