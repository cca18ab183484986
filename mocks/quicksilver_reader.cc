// The reading half of quicksilver_store.h.
#include <kj/debug.h>
#include <lmdb.h>

#include <algorithm>

#include "mocks/quicksilver_records.h"
#include "mocks/quicksilver_store.h"

namespace flamesim::mocks {

QuicksilverReader::QuicksilverReader(std::shared_ptr<const QuicksilverStore> store)
    : store(std::move(store)) {
  checkLmdb(mdb_txn_begin(this->store->environment, nullptr, MDB_RDONLY, &transaction),
            "begin of a read");
  mdb_txn_reset(transaction);
}

QuicksilverReader::~QuicksilverReader() {
  mdb_txn_abort(transaction);
}

// The state is read anew each time, not kept by LMDB's number of the transaction: that can be an
// older one's than the data, where two commits fall into the renewal of a read.
QuicksilverReader::Snapshot::Snapshot(QuicksilverReader& reader) : reader(reader) {
  checkLmdb(mdb_txn_renew(reader.transaction), "renewal of a read");
  KJ_ON_SCOPE_FAILURE(mdb_txn_reset(reader.transaction));
  atNewest = reader.store->readState(reader.transaction);
}

// Reading a page that is given back to writers is impossible from here on.
QuicksilverReader::Snapshot::~Snapshot() {
  mdb_txn_reset(reader.transaction);
}

std::optional<std::string_view> QuicksilverReader::Snapshot::get(std::string_view key) const {
  return get(key, atNewest.index);
}

std::optional<std::string_view> QuicksilverReader::Snapshot::get(std::string_view key,
                                                                 uint64_t at) const {
  // A key that no pair can have is absent; LMDB would call it an error.
  if (key.empty() || key.size() > QuicksilverStore::kMaxKeyBytes) return std::nullopt;
  MDB_val mdbKey = toVal(key);
  MDB_val value{};
  int code = mdb_get(reader.transaction, reader.store->current, &mdbKey, &value);
  if (code == MDB_NOTFOUND) return std::nullopt;
  checkLmdb(code, "read");
  return resolve(toView(value), at);
}

// From what `current` has of a key, back to the update `at`.
std::optional<std::string_view> QuicksilverReader::Snapshot::resolve(std::string_view record,
                                                                     uint64_t at) const {
  auto pair = PairRecord::read(record);
  record.remove_prefix(PairRecord::kBytes);
  while (pair.index > at) {
    MDB_val logKey = toVal(pair.index);
    MDB_val value{};
    checkLmdb(mdb_get(reader.transaction, reader.store->log, &logKey, &value), "read of the log");
    LogEntry entry = LogEntry::read(toView(value));
    if (entry.header.indexBefore == 0) return std::nullopt;
    pair = {entry.header.indexBefore, entry.header.deletedBefore};
    record = entry.before;
  }
  if (pair.deleted != 0) return std::nullopt;
  return record;
}

void QuicksilverReader::Snapshot::requireReadable(uint64_t at) const {
  KJ_REQUIRE(at >= atNewest.start, "the index is older than the history that the store keeps", at,
             atNewest.start);
  KJ_REQUIRE(at <= atNewest.index, "the store has not come to this index yet", at, atNewest.index);
}

void QuicksilverReader::Snapshot::scan(
    std::string_view prefix, std::string_view after, uint64_t at,
    const std::function<bool(std::string_view key, std::string_view value)>& visit) const {
  MDB_cursor* cursor = nullptr;
  checkLmdb(mdb_cursor_open(reader.transaction, reader.store->current, &cursor), "scan");
  KJ_DEFER(mdb_cursor_close(cursor));
  std::string_view from = std::max(prefix, after);
  // No key is longer than this, so a longer start is past its own truncation.
  bool truncated = from.size() > QuicksilverStore::kMaxKeyBytes;
  std::string_view seek = from.substr(0, QuicksilverStore::kMaxKeyBytes);
  MDB_val key = toVal(seek);
  MDB_val value{};
  int code = mdb_cursor_get(cursor, &key, &value, seek.empty() ? MDB_FIRST : MDB_SET_RANGE);
  if (code == MDB_SUCCESS && truncated && toView(key) == seek) {
    code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
  }
  for (; code == MDB_SUCCESS; code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
    if (!toView(key).starts_with(prefix)) return;
    if (!after.empty() && toView(key) <= after) continue;
    auto found = resolve(toView(value), at);
    if (found && !visit(toView(key), *found)) return;
  }
  if (code != MDB_NOTFOUND) checkLmdb(code, "scan");
}

std::optional<StoreUpdate> QuicksilverReader::Snapshot::update(uint64_t index) const {
  MDB_val logKey = toVal(index);
  MDB_val value{};
  int code = mdb_get(reader.transaction, reader.store->log, &logKey, &value);
  if (code == MDB_NOTFOUND) return std::nullopt;
  checkLmdb(code, "read of the log");
  LogEntry entry = LogEntry::read(toView(value));
  return StoreUpdate{.index = index,
                     .kind = UpdateKind(entry.header.kind),
                     .key = entry.key,
                     .value = entry.value,
                     .time = entry.header.time,
                     .crc = entry.header.crc,
                     .hash = entry.header.hash};
}

bool QuicksilverReader::Snapshot::writtenBy(uint64_t index, int64_t time) const {
  auto found = update(index);
  KJ_REQUIRE(found != std::nullopt, "the store's log lacks an update", index);
  return found->time <= time;
}

uint64_t QuicksilverReader::Snapshot::lastUpTo(int64_t time, uint64_t from) const {
  uint64_t known = std::max(from, atNewest.start);  // at `time` it was there, or counts as that
  if (known >= atNewest.index || !writtenBy(known + 1, time)) return known;
  // In steps that double, then halve: mostly little has been written since `from`.
  uint64_t step = 1;
  while (known + step <= atNewest.index && writtenBy(known + step, time)) {
    known += step;
    step *= 2;
  }
  for (; step > 0; step /= 2) {
    while (known + step <= atNewest.index && writtenBy(known + step, time)) known += step;
  }
  return known;
}

}  // namespace flamesim::mocks
