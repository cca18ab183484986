// The store behind the Quicksilver emulation: an LMDB environment with the pairs, the log of
// updates and the history. Each update has a number, the index: that of the update before it plus
// one. A transaction makes an update visible together with its number, so no reader sees one
// without the other, nor an update without all those before it.
//
// The history reaches back for a set time. Within it the log has every update with its CRC and the
// running hash (schemas/quicksilver.capnp, Update, says how both are made), and everything can be
// read as it was after any of them. A deleted key leaves a tombstone for as long.
//
// What is where: docs/quicksilver.md. One object is one open environment. LMDB forbids opening one
// twice in one process: simulated servers on all threads share one store, and each event loop has a
// QuicksilverReader of its own. Another process may open the same folder, and write too.
#pragma once

#include <chrono>
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

enum class StoreMode : uint8_t { kReadWrite, kReadOnly };

// Nanoseconds since 1970. Called by any thread that writes.
using StoreClock = std::function<int64_t()>;
int64_t systemNanos();

inline constexpr std::chrono::seconds kDefaultHistory{7200};

struct StoreOptions {
  // Kept in the store; nothing: what it was opened with before, else the default.
  std::optional<std::chrono::seconds> history;
  StoreClock clock = systemNanos;
};

enum class UpdateKind : uint8_t { kSet = 0, kDelete = 1 };

// An entry of the log. Views are valid as long as the snapshot that gave it.
struct StoreUpdate {
  uint64_t index = 0;
  UpdateKind kind = UpdateKind::kSet;
  std::string_view key;
  std::string_view value;  // empty for a deletion
  int64_t time = 0;        // nanoseconds since 1970, never less than that of the one before
  uint32_t crc = 0;
  uint64_t hash = 0;
};

// What `update` must have in these two fields.
uint32_t crcOf(std::string_view key, std::string_view value);
uint64_t hashAfter(uint64_t before, uint64_t index, UpdateKind kind, uint32_t crc);

// What moves with each update.
struct StoreState {
  uint64_t index = 0;  // of the last update
  uint64_t start = 0;  // the oldest index that can be read; the log begins with the one after it
  uint64_t hash = 0;
  int64_t time = 0;  // of the last update
};

class QuicksilverStore {
 public:
  // Keys have from 1 to 511 bytes (LMDB's own limit), values up to 32 MiB.
  static constexpr size_t kMaxKeyBytes = 511;
  static constexpr size_t kMaxValueBytes = 32u << 20;

  // The environment in `folder`, which is made where it is missing (kReadWrite). A commit is on the
  // disk when it returns. Throws InputError.
  static std::shared_ptr<QuicksilverStore> open(const std::filesystem::path& folder, StoreMode mode,
                                                StoreOptions options = {});
  // An environment in a folder of its own that goes away with the object.
  static std::shared_ptr<QuicksilverStore> openTemporary(StoreOptions options = {});
  ~QuicksilverStore();

  // Updates that become visible together, when they are committed; else none of them does. Waits
  // until no other writer is at work, of any process. Throws kj::Exception where a key or value
  // breaks a limit or the store is read-only. Belongs to one thread.
  class Batch {
   public:
    explicit Batch(QuicksilverStore& store);
    ~Batch();
    void put(std::string_view key, std::string_view value);
    // Whether it was not there already; only then it is an update.
    bool putIfDifferent(std::string_view key, std::string_view value);
    // Whether it was there; only then it is an update.
    bool remove(std::string_view key);
    // Takes an update of another store's log, with its time. Throws kj::Exception where its index
    // is not the next one, or its CRC or hash is not what it must be.
    void apply(const StoreUpdate& update);
    uint64_t index() const { return state.index; }
    void commit();

    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

   private:
    struct Present;
    Present find(std::string_view key);
    void write(UpdateKind kind, std::string_view key, std::string_view value,
               const Present& present, int64_t time);
    void trim();

    QuicksilverStore& store;
    MDB_txn* transaction = nullptr;
    StoreState state;
    std::string before;  // the value that is overwritten; here to keep its memory
  };

  // A batch of one. Each returns the index after it.
  uint64_t put(std::string_view key, std::string_view value);
  // `existed`: out. Deleting what is absent is no update.
  uint64_t remove(std::string_view key, bool& existed);

  const std::filesystem::path& folder() const { return path; }

  QuicksilverStore(const QuicksilverStore&) = delete;
  QuicksilverStore& operator=(const QuicksilverStore&) = delete;

 private:
  friend class QuicksilverReader;
  explicit QuicksilverStore(StoreOptions options) : options(std::move(options)) {}
  void openEnvironment(StoreMode mode);
  void openDatabases(StoreMode mode);
  // Aborts the transaction where it throws.
  void checkFormat(MDB_txn* transaction) const;
  void settleHistory(MDB_txn* transaction, StoreMode mode);
  StoreState readState(MDB_txn* transaction) const;

  const StoreOptions options;
  std::chrono::seconds history = kDefaultHistory;
  std::filesystem::path path;
  bool temporary = false;
  MDB_env* environment = nullptr;
  unsigned current = 0;  // MDB_dbi
  unsigned log = 0;
  unsigned meta = 0;
};

// Reads by one event loop, each a snapshot of its own. Not for several threads at a time.
class QuicksilverReader {
 public:
  explicit QuicksilverReader(std::shared_ptr<const QuicksilverStore> store);
  ~QuicksilverReader();

  // A consistent view; ends when the object dies, and what it returned with it. One at a time.
  class Snapshot {
   public:
    explicit Snapshot(QuicksilverReader& reader);
    ~Snapshot();

    const StoreState& state() const { return atNewest; }
    uint64_t index() const { return atNewest.index; }
    // As it is after the last update.
    std::optional<std::string_view> get(std::string_view key) const;
    // As it was after the update `at`, for which requireReadable(at) has returned. Takes time in
    // proportion to how often the key was updated since.
    std::optional<std::string_view> get(std::string_view key, uint64_t at) const;
    // Throws kj::Exception where `at` is older than the history, or in the future.
    void requireReadable(uint64_t at) const;
    // Calls `visit` for the pairs, as they were after the update `at`, that start with `prefix` and
    // come after `after` (empty: from the first), in the order of the keys' bytes, until it returns
    // false.
    void scan(std::string_view prefix, std::string_view after, uint64_t at,
              const std::function<bool(std::string_view key, std::string_view value)>& visit) const;
    // Nothing where the log has no such update (any more).
    std::optional<StoreUpdate> update(uint64_t index) const;
    // The last update that was written at `time` or before; `from` or the history's start where
    // those are later.
    uint64_t lastUpTo(int64_t time, uint64_t from) const;

    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

   private:
    std::optional<std::string_view> resolve(std::string_view record, uint64_t at) const;
    bool writtenBy(uint64_t index, int64_t time) const;

    QuicksilverReader& reader;
    StoreState atNewest;
  };

  QuicksilverReader(const QuicksilverReader&) = delete;
  QuicksilverReader& operator=(const QuicksilverReader&) = delete;

 private:
  std::shared_ptr<const QuicksilverStore> store;
  MDB_txn* transaction = nullptr;  // reset between snapshots, which is far cheaper than a new one
};

}  // namespace flamesim::mocks
