// Files of pairs and of updates into a QuicksilverStore.
//
// Pairs as one JSON object (comments allowed): a string is the value's bytes, {"$base64": "..."} is
// bytes, anything else but null is kept as compact JSON text. Such a file is read whole.
//
// JSON lines, for many: {"key": ..., "value": ...} on each line, the value as above; the key may be
// {"$base64": ...} too. They are read one by one, in memory that does not grow with the file.
//
// Updates are JSON lines as `flamesim quicksilver log --json` prints them.
//
// All throw InputError, which says file, line and column.
#pragma once

#include <filesystem>
#include <functional>
#include <istream>
#include <optional>
#include <string>

#include "mocks/json_input.h"
#include "mocks/quicksilver_store.h"

namespace flamesim::mocks {

// A pair that is in the store already is not written, so loading a file again leaves the index
// where it is; each of the others is one update. Each returns how many were written. A JSON object
// is one transaction; lines are many.
uint64_t loadPairs(QuicksilverStore& store, const std::filesystem::path& path);
uint64_t loadPairLines(QuicksilverStore& store, std::istream& in, const std::string& file);
// `file`: the name to print.
uint64_t loadPairsText(QuicksilverStore& store, std::string text, std::string file);

// ".jsonl" and ".ndjson" are JSON lines.
bool isJsonLines(const std::filesystem::path& path);

struct PairInput {
  std::string key;
  std::string value;
};

// The pairs of a stream, in its order. For lines `visit` is called while they are read: what it was
// called with stays done when a later line is wrong, which the error says.
void readPairLines(std::istream& in, const std::string& file,
                   const std::function<void(const PairInput&)>& visit);
// The whole object is checked before the first call.
void readPairObject(JsonInput& input, const std::function<void(const PairInput&)>& visit);

struct UpdateInput {
  StoreUpdate update;  // its views are of the two below
  std::string key;
  std::string value;
};
void readUpdateLines(std::istream& in, const std::string& file,
                     const std::function<void(const UpdateInput&)>& visit);

// Applies them, many in a transaction. Returns how many.
uint64_t loadUpdates(QuicksilverStore& store, std::istream& in, const std::string& file);

// Bytes as files and answers have them: a string where they are UTF-8, else {"$base64": "..."}.
Json bytesToJson(std::string_view bytes);
// One line of updates, without the '\n'.
std::string updateLine(const StoreUpdate& update);

}  // namespace flamesim::mocks
