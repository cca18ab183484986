// The store behind the Quicksilver emulation: an LMDB environment with the pairs and the
// replication index, the number of the last update. A transaction makes each update visible
// together with its number, so no reader ever sees one without the other.
//
// One object is one open environment. LMDB forbids opening an environment twice in one process:
// simulated servers on all threads share one store, and each event loop has a QuicksilverReader of
// its own. Another process may open the same folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct MDB_env;
struct MDB_txn;

namespace flamesim::mocks {

class JsonInput;

enum class StoreMode : uint8_t { kReadWrite, kReadOnly };

class QuicksilverStore {
 public:
  // Keys have from 1 to 511 bytes (LMDB's own limit), values up to 32 MiB.
  static constexpr size_t kMaxKeyBytes = 511;
  static constexpr size_t kMaxValueBytes = 32u << 20;

  // The environment in `folder`, which is made where it is missing (kReadWrite). Throws InputError.
  static std::shared_ptr<QuicksilverStore> open(const std::filesystem::path& folder,
                                                StoreMode mode);
  // An environment in a folder of its own that goes away with the object.
  static std::shared_ptr<QuicksilverStore> openTemporary();
  ~QuicksilverStore();

  // Writes the pairs of a JSON object in the order of the file: a string is the value's bytes,
  // {"$base64": "..."} is bytes, anything else but null is kept as compact JSON text. A pair that
  // is in the store already is not written, so loading the same file again leaves the index where
  // it is; all the others are one transaction, but one update each. Returns how many. Throws
  // InputError.
  uint64_t loadJson(const std::filesystem::path& path);
  uint64_t loadJsonText(std::string text, std::string file);

  // Each returns the index after it. They block on other writers and on the disk, and throw
  // kj::Exception where the key or value breaks a limit or the store is read-only.
  uint64_t put(std::string_view key, std::string_view value);
  // `existed`: out. Deleting what is absent is no update.
  uint64_t remove(std::string_view key, bool& existed);

  const std::filesystem::path& folder() const { return path; }

  QuicksilverStore(const QuicksilverStore&) = delete;
  QuicksilverStore& operator=(const QuicksilverStore&) = delete;

 private:
  friend class QuicksilverReader;
  QuicksilverStore() = default;
  void openEnvironment(StoreMode mode);
  uint64_t loadInput(JsonInput& input);

  std::filesystem::path path;
  bool temporary = false;
  MDB_env* environment = nullptr;
  unsigned pairs = 0;  // MDB_dbi
  unsigned meta = 0;
};

// Reads by one event loop, each a snapshot of its own. Views that it returns are valid until the
// next call on the same reader. Not for several threads at a time.
class QuicksilverReader {
 public:
  explicit QuicksilverReader(std::shared_ptr<const QuicksilverStore> store);
  ~QuicksilverReader();

  // A consistent view; ends when the object dies. One at a time.
  class Snapshot {
   public:
    explicit Snapshot(QuicksilverReader& reader);
    ~Snapshot();
    std::optional<std::string_view> get(std::string_view key) const;
    uint64_t index() const;
    // Calls `visit` for the pairs that start with `prefix` and come after `after` (empty: from the
    // first), in the order of the keys' bytes, until it returns false.
    void scan(std::string_view prefix, std::string_view after,
              const std::function<bool(std::string_view key, std::string_view value)>& visit) const;
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

   private:
    QuicksilverReader& reader;
  };

  QuicksilverReader(const QuicksilverReader&) = delete;
  QuicksilverReader& operator=(const QuicksilverReader&) = delete;

 private:
  std::shared_ptr<const QuicksilverStore> store;
  MDB_txn* transaction = nullptr;  // reset between snapshots, which is far cheaper than a new one
};

}  // namespace flamesim::mocks
