#include "mocks/quicksilver_store.h"

#include <kj/debug.h>
#include <lmdb.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "mocks/json_capnp.h"
#include "mocks/json_input.h"

namespace flamesim::mocks {
namespace {

constexpr std::string_view kIndexKey = "index";
// The address space that is reserved, not memory or disk: the most that a store can grow to.
constexpr size_t kMapBytes = size_t(64) << 30;
// Slots for readers of all processes; a simulated server takes one for each of its event loops.
constexpr unsigned kMaxReaders = 4096;

MDB_val toVal(std::string_view text) {
  // LMDB's interface is not const-correct; it does not write through keys and values that are put.
  return {text.size(), const_cast<char*>(text.data())};
}

std::string_view toView(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

void check(int code, const char* doing) {
  if (code == MDB_SUCCESS) return;
  std::string text = mdb_strerror(code);
  if (code == MDB_MAP_FULL) text = "the store is full (64 GiB)";
  if (code == EACCES) text = "the store is open for reading only";
  kj::throwFatalException(kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__,
                                        kj::str("Quicksilver store, ", doing, ": ", text.c_str())));
}

void checkKey(std::string_view key) {
  KJ_REQUIRE(!key.empty() && key.size() <= QuicksilverStore::kMaxKeyBytes,
             "a Quicksilver key has from 1 to 511 bytes", key.size());
}

void checkValue(std::string_view value) {
  KJ_REQUIRE(value.size() <= QuicksilverStore::kMaxValueBytes,
             "a Quicksilver value has at most 32 MiB", value.size());
}

// Aborts unless it was committed.
class WriteTransaction {
 public:
  explicit WriteTransaction(MDB_env* environment) {
    check(mdb_txn_begin(environment, nullptr, 0, &transaction), "begin of an update");
  }
  ~WriteTransaction() {
    if (transaction != nullptr) mdb_txn_abort(transaction);
  }
  void commit() { check(mdb_txn_commit(std::exchange(transaction, nullptr)), "commit"); }
  MDB_txn* get() const { return transaction; }

  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;

 private:
  MDB_txn* transaction = nullptr;
};

uint64_t readIndex(MDB_txn* transaction, MDB_dbi meta) {
  MDB_val key = toVal(kIndexKey);
  MDB_val value;
  int code = mdb_get(transaction, meta, &key, &value);
  if (code == MDB_NOTFOUND) return 0;
  check(code, "read of the index");
  uint64_t index = 0;
  memcpy(&index, value.mv_data, std::min(sizeof(index), value.mv_size));
  return index;
}

void writeIndex(MDB_txn* transaction, MDB_dbi meta, uint64_t index) {
  MDB_val key = toVal(kIndexKey);
  MDB_val value{sizeof(index), &index};
  check(mdb_put(transaction, meta, &key, &value, 0), "write of the index");
}

// The bytes that a value of the JSON file stands for; notes a problem where it stands for none.
std::optional<std::string> valueBytes(JsonInput& input, const Json& value,
                                      const std::string& path) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) {
    input.problem(path, "null is no value: leave the key out");
    return std::nullopt;
  }
  if (value.is_object() && value.size() == 1 && value.begin().key() == "$base64") {
    const Json& text = value.begin().value();
    auto bytes = text.is_string() ? decodeBase64(text.get<std::string>()) : std::nullopt;
    if (!bytes) input.problem(keyPath(path, "$base64"), "expected a string in base64");
    return bytes;
  }
  return value.dump();
}

}  // namespace

std::shared_ptr<QuicksilverStore> QuicksilverStore::open(const std::filesystem::path& folder,
                                                         StoreMode mode) {
  std::shared_ptr<QuicksilverStore> store(new QuicksilverStore());
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

std::shared_ptr<QuicksilverStore> QuicksilverStore::openTemporary() {
  std::string name =
      (std::filesystem::temp_directory_path() / "flamesim-quicksilver-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw InputError(name, std::string("a temporary folder cannot be made: ") + strerror(errno));
  }
  std::shared_ptr<QuicksilverStore> store(new QuicksilverStore());
  store->path = name;
  store->temporary = true;
  store->openEnvironment(StoreMode::kReadWrite);
  return store;
}

void QuicksilverStore::openEnvironment(StoreMode mode) {
  auto require = [&](int code) {
    if (code == MDB_SUCCESS) return;
    std::string text = code == MDB_INVALID ? "this is not a Quicksilver store" : mdb_strerror(code);
    if (code == MDB_NOTFOUND || code == ENOENT) text = "there is no Quicksilver store here";
    throw InputError(path.string(), text);
  };
  // NOTLS: a read transaction belongs to its reader, several of which may live on one thread.
  unsigned flags = MDB_NOTLS;
  if (mode == StoreMode::kReadOnly) flags |= MDB_RDONLY;
  // A temporary store need not survive a crash of the machine.
  if (temporary) flags |= MDB_NOSYNC | MDB_NOMETASYNC;
  auto tryOpen = [&](unsigned openFlags) {
    require(mdb_env_create(&environment));
    require(mdb_env_set_maxdbs(environment, 4));
    require(mdb_env_set_maxreaders(environment, kMaxReaders));
    require(mdb_env_set_mapsize(environment, kMapBytes));
    return mdb_env_open(environment, path.c_str(), openFlags, 0644);
  };
  int code = tryOpen(flags);
  if (mode == StoreMode::kReadOnly && (code == EACCES || code == EROFS)) {
    // Nobody can write here, so the lock file, which cannot be written either, is not needed.
    mdb_env_close(environment);
    code = tryOpen(flags | MDB_NOLOCK);
  }
  require(code);

  MDB_txn* transaction = nullptr;
  require(mdb_txn_begin(environment, nullptr, mode == StoreMode::kReadOnly ? MDB_RDONLY : 0,
                        &transaction));
  unsigned create = mode == StoreMode::kReadOnly ? 0 : MDB_CREATE;
  code = mdb_dbi_open(transaction, "pairs", create, &pairs);
  if (code == MDB_SUCCESS) code = mdb_dbi_open(transaction, "meta", create, &meta);
  if (code != MDB_SUCCESS) {
    mdb_txn_abort(transaction);
    require(code);
  }
  require(mdb_txn_commit(transaction));
}

QuicksilverStore::~QuicksilverStore() {
  if (environment != nullptr) mdb_env_close(environment);
  if (temporary) {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
}

uint64_t QuicksilverStore::loadJson(const std::filesystem::path& path) {
  JsonInput input = JsonInput::load(path);
  return loadInput(input);
}

uint64_t QuicksilverStore::loadJsonText(std::string text, std::string file) {
  JsonInput input = JsonInput::parse(std::move(text), std::move(file));
  return loadInput(input);
}

uint64_t QuicksilverStore::loadInput(JsonInput& input) {
  if (!input.root().is_object()) {
    input.problem(
        "$", "expected an object of key: value, found " + std::string(describeType(input.root())));
  } else {
    for (const auto& [key, value] : input.root().items()) {
      std::string here = keyPath("$", key);
      if (key.empty() || key.size() > kMaxKeyBytes) {
        input.problem(here,
                      "a key has from 1 to 511 bytes, this one has " + std::to_string(key.size()));
      }
      auto bytes = valueBytes(input, value, here);
      if (bytes && bytes->size() > kMaxValueBytes) {
        input.problem(here, "a value has at most 32 MiB, this one has " +
                                std::to_string(bytes->size()) + " bytes");
      }
    }
  }
  input.throwProblems();

  WriteTransaction transaction(environment);
  uint64_t index = readIndex(transaction.get(), meta);
  uint64_t written = 0;
  for (const auto& [key, value] : input.root().items()) {
    std::string bytes = valueBytes(input, value, "").value();
    MDB_val mdbKey = toVal(key);
    MDB_val present;
    int code = mdb_get(transaction.get(), pairs, &mdbKey, &present);
    if (code == MDB_SUCCESS && toView(present) == bytes) continue;
    if (code != MDB_NOTFOUND) check(code, "read");
    MDB_val mdbValue = toVal(bytes);
    check(mdb_put(transaction.get(), pairs, &mdbKey, &mdbValue, 0), "write");
    written++;
  }
  if (written == 0) return 0;
  writeIndex(transaction.get(), meta, index + written);
  transaction.commit();
  return written;
}

uint64_t QuicksilverStore::put(std::string_view key, std::string_view value) {
  checkKey(key);
  checkValue(value);
  WriteTransaction transaction(environment);
  uint64_t index = readIndex(transaction.get(), meta) + 1;
  MDB_val mdbKey = toVal(key);
  MDB_val mdbValue = toVal(value);
  check(mdb_put(transaction.get(), pairs, &mdbKey, &mdbValue, 0), "write");
  writeIndex(transaction.get(), meta, index);
  transaction.commit();
  return index;
}

uint64_t QuicksilverStore::remove(std::string_view key, bool& existed) {
  checkKey(key);
  WriteTransaction transaction(environment);
  uint64_t index = readIndex(transaction.get(), meta);
  MDB_val mdbKey = toVal(key);
  int code = mdb_del(transaction.get(), pairs, &mdbKey, nullptr);
  existed = code != MDB_NOTFOUND;
  if (!existed) return index;
  check(code, "delete");
  writeIndex(transaction.get(), meta, index + 1);
  transaction.commit();
  return index + 1;
}

QuicksilverReader::QuicksilverReader(std::shared_ptr<const QuicksilverStore> store)
    : store(std::move(store)) {
  check(mdb_txn_begin(this->store->environment, nullptr, MDB_RDONLY, &transaction),
        "begin of a read");
  mdb_txn_reset(transaction);
}

QuicksilverReader::~QuicksilverReader() {
  mdb_txn_abort(transaction);
}

QuicksilverReader::Snapshot::Snapshot(QuicksilverReader& reader) : reader(reader) {
  check(mdb_txn_renew(reader.transaction), "renewal of a read");
}

// Reading a page that is given back to writers is impossible from here on.
QuicksilverReader::Snapshot::~Snapshot() {
  mdb_txn_reset(reader.transaction);
}

std::optional<std::string_view> QuicksilverReader::Snapshot::get(std::string_view key) const {
  // A key that no pair can have is absent; LMDB would call it an error.
  if (key.empty() || key.size() > QuicksilverStore::kMaxKeyBytes) return std::nullopt;
  MDB_val mdbKey = toVal(key);
  MDB_val value;
  int code = mdb_get(reader.transaction, reader.store->pairs, &mdbKey, &value);
  if (code == MDB_NOTFOUND) return std::nullopt;
  check(code, "read");
  return toView(value);
}

uint64_t QuicksilverReader::Snapshot::index() const {
  // Not kept from one snapshot to the next by LMDB's number of the transaction: that can be an
  // older one's than the data, where two commits fall into the renewal of a read.
  return readIndex(reader.transaction, reader.store->meta);
}

void QuicksilverReader::Snapshot::scan(
    std::string_view prefix, std::string_view after,
    const std::function<bool(std::string_view key, std::string_view value)>& visit) const {
  MDB_cursor* cursor = nullptr;
  check(mdb_cursor_open(reader.transaction, reader.store->pairs, &cursor), "scan");
  KJ_DEFER(mdb_cursor_close(cursor));
  std::string_view from = std::max(prefix, after);
  // No key is longer than this, so a longer start is past its own truncation.
  bool truncated = from.size() > QuicksilverStore::kMaxKeyBytes;
  std::string_view seek = from.substr(0, QuicksilverStore::kMaxKeyBytes);
  MDB_val key = toVal(seek);
  MDB_val value;
  int code = mdb_cursor_get(cursor, &key, &value, seek.empty() ? MDB_FIRST : MDB_SET_RANGE);
  if (code == MDB_SUCCESS && truncated && toView(key) == seek) {
    code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
  }
  for (; code == MDB_SUCCESS; code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
    if (!toView(key).starts_with(prefix)) return;
    if (!after.empty() && toView(key) <= after) continue;
    if (!visit(toView(key), toView(value))) return;
  }
  if (code != MDB_NOTFOUND) check(code, "scan");
}

}  // namespace flamesim::mocks
