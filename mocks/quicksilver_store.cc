#include "mocks/quicksilver_store.h"

#include <kj/debug.h>
#include <lmdb.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "mocks/problem.h"
#include "mocks/quicksilver_records.h"

namespace flamesim::mocks {
namespace {

constexpr std::string_view kStateKey = "state";
constexpr std::string_view kHistoryKey = "history";  // int64_t, seconds
// The address space that is reserved, not memory or disk: the most that a store can grow to.
constexpr size_t kMapBytes = size_t(64) << 30;
// Slots for readers of all processes; a simulated server takes one for each of its event loops.
constexpr unsigned kMaxReaders = 4096;
// Updates that are cut off the old end of the log with each new one: more than one, so that it
// shrinks; few, so that no write takes long.
constexpr int kTrimmedPerUpdate = 4;

void checkKey(std::string_view key) {
  KJ_REQUIRE(!key.empty() && key.size() <= QuicksilverStore::kMaxKeyBytes,
             "a Quicksilver key has from 1 to 511 bytes", key.size());
}

void checkValue(std::string_view value) {
  KJ_REQUIRE(value.size() <= QuicksilverStore::kMaxValueBytes,
             "a Quicksilver value has at most 32 MiB", value.size());
}

template <typename Number>
void appendBytes(std::string& to, Number number) {
  for (size_t i = 0; i < sizeof(Number); i++) to += char(uint8_t(number >> (8 * i)));
}

}  // namespace

int64_t systemNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

uint32_t crcOf(std::string_view key, std::string_view value) {
  std::string length;
  appendBytes(length, uint32_t(key.size()));
  auto add = [](uLong crc, std::string_view bytes) {
    return crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  };
  // zlib takes a null pointer for a start.
  uLong crc = add(add(crc32_z(0, nullptr, 0), length), key);
  return uint32_t(value.empty() ? crc : add(crc, value));
}

uint64_t hashAfter(uint64_t before, uint64_t index, UpdateKind kind, uint32_t crc) {
  std::string bytes;
  appendBytes(bytes, before);
  appendBytes(bytes, index);
  bytes += char(kind);
  appendBytes(bytes, crc);
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : bytes) hash = (hash ^ uint8_t(c)) * 0x100000001b3;
  return hash;
}

void checkLmdb(int code, const char* doing) {
  if (code == MDB_SUCCESS) return;
  std::string text = mdb_strerror(code);
  if (code == MDB_MAP_FULL) text = "the store is full (64 GiB)";
  if (code == EACCES) text = "the store is open for reading only";
  kj::throwFatalException(kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__,
                                        kj::str("Quicksilver store, ", doing, ": ", text.c_str())));
}

LogEntry LogEntry::read(std::string_view record) {
  LogEntry entry{};
  KJ_REQUIRE(record.size() >= sizeof(LogRecord), "the store's log is damaged");
  memcpy(&entry.header, record.data(), sizeof(LogRecord));
  auto& header = entry.header;
  record.remove_prefix(sizeof(LogRecord));
  KJ_REQUIRE(record.size() == size_t(header.keyBytes) + header.valueBytes + header.beforeBytes,
             "the store's log is damaged");
  entry.key = record.substr(0, header.keyBytes);
  entry.value = record.substr(header.keyBytes, header.valueBytes);
  entry.before = record.substr(size_t(header.keyBytes) + header.valueBytes);
  return entry;
}

std::shared_ptr<QuicksilverStore> QuicksilverStore::open(const std::filesystem::path& folder,
                                                         StoreMode mode, StoreOptions options) {
  std::shared_ptr<QuicksilverStore> store(new QuicksilverStore(std::move(options)));
  store->path = folder;
  if (mode == StoreMode::kReadWrite) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
      throw InputError(folder.string(),
                       "the folder of the store cannot be made: " + error.message());
    }
  }
  store->openEnvironment(mode);
  return store;
}

std::shared_ptr<QuicksilverStore> QuicksilverStore::openTemporary(StoreOptions options) {
  std::string name =
      (std::filesystem::temp_directory_path() / "flamesim-quicksilver-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw InputError(name, std::string("a temporary folder cannot be made: ") + strerror(errno));
  }
  std::shared_ptr<QuicksilverStore> store(new QuicksilverStore(std::move(options)));
  store->path = name;
  store->temporary = true;
  store->openEnvironment(StoreMode::kReadWrite);
  return store;
}

namespace {
void requireOpen(const std::filesystem::path& path, int code) {
  if (code == MDB_SUCCESS) return;
  std::string text = code == MDB_INVALID ? "this is not a Quicksilver store" : mdb_strerror(code);
  if (code == MDB_NOTFOUND || code == ENOENT) text = "there is no Quicksilver store here";
  throw InputError(path.string(), text);
}
}  // namespace

void QuicksilverStore::openEnvironment(StoreMode mode) {
  // NOTLS: a read transaction belongs to its reader, several of which may live on one thread.
  unsigned flags = MDB_NOTLS;
  if (mode == StoreMode::kReadOnly) flags |= MDB_RDONLY;
  // A temporary store need not survive a crash of the machine.
  if (temporary) flags |= MDB_NOSYNC | MDB_NOMETASYNC;
  auto tryOpen = [&](unsigned openFlags) {
    requireOpen(path, mdb_env_create(&environment));
    requireOpen(path, mdb_env_set_maxdbs(environment, 4));
    requireOpen(path, mdb_env_set_maxreaders(environment, kMaxReaders));
    requireOpen(path, mdb_env_set_mapsize(environment, kMapBytes));
    return mdb_env_open(environment, path.c_str(), openFlags, 0644);
  };
  int code = tryOpen(flags);
  if (mode == StoreMode::kReadOnly && (code == EACCES || code == EROFS)) {
    // Nobody can write here, so the lock file, which cannot be written either, is not needed.
    mdb_env_close(environment);
    code = tryOpen(flags | MDB_NOLOCK);
  } else if (code == MDB_SUCCESS) {
    // Slots of processes that were killed: they would keep old pages from being used again.
    int dead = 0;
    mdb_reader_check(environment, &dead);
  }
  requireOpen(path, code);
  openDatabases(mode);
}

void QuicksilverStore::openDatabases(StoreMode mode) {
  bool readOnly = mode == StoreMode::kReadOnly;
  MDB_txn* transaction = nullptr;
  requireOpen(path, mdb_txn_begin(environment, nullptr, readOnly ? MDB_RDONLY : 0, &transaction));
  unsigned create = readOnly ? 0 : MDB_CREATE;
  int code = mdb_dbi_open(transaction, "current", create, &current);
  if (code == MDB_SUCCESS) code = mdb_dbi_open(transaction, "log", create | MDB_INTEGERKEY, &log);
  if (code == MDB_SUCCESS) code = mdb_dbi_open(transaction, "meta", create, &meta);
  if (code != MDB_SUCCESS) {
    mdb_txn_abort(transaction);
    requireOpen(path, code);
  }
  requireOpen(path, mdb_txn_commit(transaction));
  requireOpen(path, mdb_txn_begin(environment, nullptr, readOnly ? MDB_RDONLY : 0, &transaction));
  checkFormat(transaction);
  settleHistory(transaction, mode);
  requireOpen(path, mdb_txn_commit(transaction));
}

void QuicksilverStore::settleHistory(MDB_txn* transaction, StoreMode mode) {
  MDB_val key = toVal(kHistoryKey);
  MDB_val value{};
  if (options.history && mode == StoreMode::kReadWrite) {
    int64_t seconds = options.history->count();
    value = {sizeof(seconds), &seconds};
    requireOpen(path, mdb_put(transaction, meta, &key, &value, 0));
  }
  int64_t seconds = 0;
  int code = mdb_get(transaction, meta, &key, &value);
  if (code != MDB_SUCCESS || value.mv_size != sizeof(seconds)) return;
  memcpy(&seconds, value.mv_data, sizeof(seconds));
  history = std::chrono::seconds(seconds);
}

void QuicksilverStore::checkFormat(MDB_txn* transaction) const {
  MDB_val key = toVal(kStateKey);
  MDB_val value{};
  if (mdb_get(transaction, meta, &key, &value) != MDB_SUCCESS) return;  // nothing written yet
  uint32_t format = 0;
  if (value.mv_size == sizeof(StateRecord)) memcpy(&format, value.mv_data, sizeof(format));
  if (format != kStoreFormat) {
    mdb_txn_abort(transaction);
    throw InputError(path.string(), "this store was made by another version of flamesim",
                     "write its pairs into a new one: `flamesim quicksilver import`");
  }
}

QuicksilverStore::~QuicksilverStore() {
  if (environment != nullptr) mdb_env_close(environment);
  if (temporary) {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
}

StoreState QuicksilverStore::readState(MDB_txn* transaction) const {
  MDB_val key = toVal(kStateKey);
  MDB_val value{};
  int code = mdb_get(transaction, meta, &key, &value);
  if (code == MDB_NOTFOUND) return {};
  checkLmdb(code, "read of the index");
  StateRecord record{};
  KJ_REQUIRE(value.mv_size == sizeof(record), "the store's state is damaged");
  memcpy(&record, value.mv_data, sizeof(record));
  return {.index = record.index, .start = record.start, .hash = record.hash, .time = record.time};
}

uint64_t QuicksilverStore::put(std::string_view key, std::string_view value) {
  Batch batch(*this);
  batch.put(key, value);
  batch.commit();
  return batch.index();
}

uint64_t QuicksilverStore::remove(std::string_view key, bool& existed) {
  Batch batch(*this);
  existed = batch.remove(key);
  if (existed) batch.commit();
  return batch.index();
}

// What `current` has of a key. The view is valid until the next write.
struct QuicksilverStore::Batch::Present {
  uint64_t index = 0;  // 0: no record
  bool deleted = false;
  std::string_view value;
  bool exists() const { return index != 0 && !deleted; }
};

QuicksilverStore::Batch::Batch(QuicksilverStore& store) : store(store) {
  checkLmdb(mdb_txn_begin(store.environment, nullptr, 0, &transaction), "begin of an update");
  state = store.readState(transaction);
}

QuicksilverStore::Batch::~Batch() {
  if (transaction != nullptr) mdb_txn_abort(transaction);
}

void QuicksilverStore::Batch::commit() {
  StateRecord record{.format = kStoreFormat,
                     .reserved = 0,
                     .index = state.index,
                     .start = state.start,
                     .hash = state.hash,
                     .time = state.time};
  MDB_val key = toVal(kStateKey);
  MDB_val value{sizeof(record), &record};
  checkLmdb(mdb_put(transaction, store.meta, &key, &value, 0), "write of the index");
  checkLmdb(mdb_txn_commit(std::exchange(transaction, nullptr)), "commit");
}

QuicksilverStore::Batch::Present QuicksilverStore::Batch::find(std::string_view key) {
  checkKey(key);
  MDB_val mdbKey = toVal(key);
  MDB_val value{};
  int code = mdb_get(transaction, store.current, &mdbKey, &value);
  if (code == MDB_NOTFOUND) return {};
  checkLmdb(code, "read");
  auto record = PairRecord::read(toView(value));
  return {record.index, record.deleted != 0, toView(value).substr(PairRecord::kBytes)};
}

void QuicksilverStore::Batch::put(std::string_view key, std::string_view value) {
  checkValue(value);
  write(UpdateKind::kSet, key, value, find(key), store.options.clock());
}

bool QuicksilverStore::Batch::putIfDifferent(std::string_view key, std::string_view value) {
  checkValue(value);
  Present present = find(key);
  if (present.exists() && present.value == value) return false;
  write(UpdateKind::kSet, key, value, present, store.options.clock());
  return true;
}

bool QuicksilverStore::Batch::remove(std::string_view key) {
  Present present = find(key);
  if (!present.exists()) return false;
  write(UpdateKind::kDelete, key, "", present, store.options.clock());
  return true;
}

void QuicksilverStore::Batch::apply(const StoreUpdate& update) {
  checkValue(update.value);
  KJ_REQUIRE(update.index == state.index + 1,
             update.index <= state.index
                 ? "the update is in the store already"
                 : "updates were lost: this one does not follow the last that the store has",
             update.index, state.index);
  Present present = find(update.key);
  KJ_REQUIRE(update.crc == crcOf(update.key, update.value),
             "the update is damaged: its CRC is not that of its key and value", update.index);
  KJ_REQUIRE(update.hash == hashAfter(state.hash, update.index, update.kind, update.crc),
             "the update is of another log: its hash does not follow from the one before",
             update.index);
  write(update.kind, update.key, update.value, present, update.time);
}

void QuicksilverStore::Batch::write(UpdateKind kind, std::string_view key, std::string_view value,
                                    const Present& present, int64_t time) {
  before.assign(present.value);  // a view into a page that the next write may give away
  uint64_t index = state.index + 1;
  LogRecord header{};
  header.time = std::max(time, state.time);
  header.crc = crcOf(key, value);
  header.hash = hashAfter(state.hash, index, kind, header.crc);
  header.indexBefore = present.index;
  header.keyBytes = uint32_t(key.size());
  header.valueBytes = uint32_t(value.size());
  header.beforeBytes = uint32_t(before.size());
  header.kind = uint8_t(kind);
  header.deletedBefore = present.deleted;

  MDB_val logKey = toVal(index);
  MDB_val space{sizeof(header) + key.size() + value.size() + before.size(), nullptr};
  checkLmdb(mdb_put(transaction, store.log, &logKey, &space, MDB_APPEND | MDB_RESERVE),
            "write of the log");
  auto* to = static_cast<char*>(space.mv_data);
  memcpy(to, &header, sizeof(header));
  to += sizeof(header);
  for (std::string_view part : {key, value, std::string_view(before)}) {
    to = std::copy(part.begin(), part.end(), to);
  }

  MDB_val pairKey = toVal(key);
  space = {PairRecord::kBytes + value.size(), nullptr};
  checkLmdb(mdb_put(transaction, store.current, &pairKey, &space, MDB_RESERVE), "write");
  to = static_cast<char*>(space.mv_data);
  PairRecord{index, uint8_t(kind == UpdateKind::kDelete)}.write(to);
  std::copy(value.begin(), value.end(), to + PairRecord::kBytes);

  state.index = index;
  state.hash = header.hash;
  state.time = header.time;
  trim();
}

// Cuts off what is older than the history, and tombstones with their deletions.
void QuicksilverStore::Batch::trim() {
  int64_t oldest = state.time - std::chrono::nanoseconds(store.history).count();
  for (int i = 0; i < kTrimmedPerUpdate && state.start + 1 < state.index; i++) {
    uint64_t index = state.start + 1;
    MDB_val logKey = toVal(index);
    MDB_val value{};
    checkLmdb(mdb_get(transaction, store.log, &logKey, &value), "read of the log");
    LogEntry entry = LogEntry::read(toView(value));
    if (entry.header.time >= oldest) return;
    if (entry.header.kind == uint8_t(UpdateKind::kDelete)) {
      std::string key(entry.key);
      if (find(key).index == index) {
        MDB_val pairKey = toVal(key);
        checkLmdb(mdb_del(transaction, store.current, &pairKey, nullptr), "removal of a tombstone");
      }
    }
    checkLmdb(mdb_del(transaction, store.log, &logKey, nullptr), "cut of the log");
    state.start = index;
  }
}

}  // namespace flamesim::mocks
