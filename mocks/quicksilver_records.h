// How the store's databases look inside, and what its two halves share; not for others. All numbers
// are in the machine's order of bytes, as LMDB's own are.
//
//   current   key -> PairRecord, then the value. A deleted key has a record without a value as long
//             as its deletion is in the history.
//   log       index (MDB_INTEGERKEY) -> LogRecord, then the key, the value, and the value before
//   meta      "state" -> StateRecord
//
// A pair as it was after the update I: the current record, if its index is at most I; else the
// update of that index says what was there before it, and which update had written that; and so on.
// Nothing that a reader at or after the log's first update can ask for is outside of the log, so
// the log can be cut off at its old end without a look at what is kept.
#pragma once

#include <kj/exception.h>
#include <lmdb.h>

#include <cstdint>
#include <cstring>
#include <string_view>

namespace flamesim::mocks {

struct PairRecord {
  uint64_t index;
  uint8_t deleted;
  static constexpr size_t kBytes = 9;  // on disk; the value comes straight after them

  static PairRecord read(std::string_view record) {
    PairRecord result{};
    memcpy(&result.index, record.data(), 8);
    result.deleted = uint8_t(record[8]);
    return result;
  }
  void write(char* to) const {
    memcpy(to, &index, 8);
    to[8] = char(deleted);
  }
};

struct LogRecord {
  int64_t time;
  uint64_t hash;
  uint64_t indexBefore;  // of the update that wrote what was there before; 0: nothing was
  uint32_t crc;
  uint32_t keyBytes;
  uint32_t valueBytes;
  uint32_t beforeBytes;
  uint8_t kind;           // UpdateKind
  uint8_t deletedBefore;  // a tombstone was there before
  uint8_t reserved[6];
};
static_assert(sizeof(LogRecord) == 48);

struct StateRecord {
  uint32_t format;
  uint32_t reserved;
  uint64_t index;
  uint64_t start;
  uint64_t hash;
  int64_t time;
};
static_assert(sizeof(StateRecord) == 40);
inline constexpr uint32_t kStoreFormat = 1;

inline MDB_val toVal(std::string_view text) {
  // LMDB's interface is not const-correct; it does not write through keys and values that are put.
  return {text.size(), const_cast<char*>(text.data())};
}
inline MDB_val toVal(const uint64_t& index) {
  return {sizeof(index), const_cast<uint64_t*>(&index)};
}
inline std::string_view toView(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

// Throws kj::Exception unless `code` is MDB_SUCCESS.
void checkLmdb(int code, const char* doing);

// A log record and the three that come after it, in `record`.
struct LogEntry {
  LogRecord header;
  std::string_view key;
  std::string_view value;
  std::string_view before;
  // Throws kj::Exception where the sizes do not fit.
  static LogEntry read(std::string_view record);
};

}  // namespace flamesim::mocks
