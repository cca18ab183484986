#include "mocks/quicksilver_import.h"

#include <kj/exception.h>

#include <charconv>
#include <fstream>
#include <utility>

#include "mocks/json_capnp.h"

namespace flamesim::mocks {
namespace {

// A value of 32 MiB in base64, with room for its key.
constexpr size_t kMaxLineBytes = 48u << 20;
// Of one transaction of an import by lines: memory is bounded by these.
constexpr size_t kBatchPairs = 20'000;
constexpr size_t kBatchBytes = 32u << 20;

constexpr std::string_view kBase64Key = "$base64";

bool isBase64Object(const Json& value) {
  return value.is_object() && value.size() == 1 && value.begin().key() == kBase64Key;
}

std::optional<std::string> base64Of(JsonInput& input, const Json& value, const std::string& path) {
  const Json& text = value.begin().value();
  auto bytes = text.is_string() ? decodeBase64(text.get<std::string>()) : std::nullopt;
  if (!bytes) input.problem(keyPath(path, kBase64Key), "expected a string in base64");
  return bytes;
}

// The bytes that a value stands for; notes a problem where it stands for none.
std::optional<std::string> valueBytes(JsonInput& input, const Json& value,
                                      const std::string& path) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) {
    input.problem(path, "null is no value: leave the key out");
    return std::nullopt;
  }
  return isBase64Object(value) ? base64Of(input, value, path) : value.dump();
}

void checkSizes(JsonInput& input, const std::string& key, const std::string& keyPath,
                const std::optional<std::string>& value, const std::string& valuePath) {
  if (key.empty() || key.size() > QuicksilverStore::kMaxKeyBytes) {
    input.problem(keyPath,
                  "a key has from 1 to 511 bytes, this one has " + std::to_string(key.size()));
  }
  if (value && value->size() > QuicksilverStore::kMaxValueBytes) {
    input.problem(valuePath, "a value has at most 32 MiB, this one has " +
                                 std::to_string(value->size()) + " bytes");
  }
}

std::string keyBytes(JsonInput& input, const Json* key, const std::string& path) {
  if (key == nullptr) return "";
  if (key->is_string()) return key->get<std::string>();
  if (isBase64Object(*key)) return base64Of(input, *key, path).value_or("");
  input.problem(path, "expected a string, found " + std::string(describeType(*key)));
  return "";
}

// A problem of a line, which was parsed as if it were a file, as one of the file.
InputError atLine(const InputError& error, size_t line, const std::string& file,
                  const std::string& help) {
  auto problems = error.problems;
  for (auto& problem : problems) {
    problem.line = uint32_t(line);
    if (problem.help.empty()) problem.help = help;
  }
  return InputError(file, std::move(problems));
}

// Calls `visit` for every line that is not blank, which has it without its end.
void readLines(std::istream& in, const std::string& file, const std::string& helpAfterSome,
               const std::function<void(const std::string& line)>& visit) {
  std::string line;
  size_t number = 0;
  size_t done = 0;
  auto* buffer = in.rdbuf();
  for (bool ended = false; !ended;) {
    line.clear();
    int c = 0;
    while ((c = buffer->sbumpc()) != std::char_traits<char>::eof() && c != '\n') {
      if (line.size() == kMaxLineBytes) {
        throw InputError(file, "line " + std::to_string(number + 1) + " is longer than 48 MiB");
      }
      line += char(c);
    }
    ended = c == std::char_traits<char>::eof();
    number++;
    if (line.ends_with('\r')) line.pop_back();
    if (line.find_first_not_of(" \t") == line.npos) continue;
    try {
      visit(line);
      done++;
    } catch (const InputError& error) {
      throw atLine(error, number, file, done == 0 ? "" : helpAfterSome);
    }
  }
}

// In a batch that is committed and begun anew when it is full.
class BatchedWriter {
 public:
  explicit BatchedWriter(QuicksilverStore& store) : store(store) {}

  void put(const PairInput& pair) {
    written += current().putIfDifferent(pair.key, pair.value);
    count(pair.key.size() + pair.value.size());
  }
  void apply(const StoreUpdate& update) {
    current().apply(update);
    written++;
    count(update.key.size() + update.value.size());
  }
  // Call it at the end.
  uint64_t finish() {
    if (batch) batch->commit();
    batch.reset();
    pairs = bytes = 0;
    return written;
  }

 private:
  QuicksilverStore::Batch& current() {
    if (!batch) batch.emplace(store);
    return *batch;
  }
  void count(size_t more) {
    bytes += more;
    if (++pairs == kBatchPairs || bytes >= kBatchBytes) finish();
  }

  QuicksilverStore& store;
  std::optional<QuicksilverStore::Batch> batch;
  size_t pairs = 0;
  size_t bytes = 0;
  uint64_t written = 0;
};

uint64_t loadObject(QuicksilverStore& store, JsonInput& input) {
  std::optional<QuicksilverStore::Batch> batch;
  uint64_t written = 0;
  readPairObject(input, [&](const PairInput& pair) {
    if (!batch) batch.emplace(store);
    written += batch->putIfDifferent(pair.key, pair.value);
  });
  if (written > 0) batch->commit();
  return written;
}

// Digits in a string, as 64 bits do not survive JavaScript's numbers; or a number.
template <typename Number>
Number number(JsonInput& input, ObjectReader& reader, std::string_view key) {
  Number result = 0;
  const Json* value = reader.required(key);
  if (value == nullptr) return result;
  if (value->is_number_integer()) return value->get<Number>();
  if (value->is_string()) {
    auto text = value->get<std::string>();
    auto parsed = std::from_chars(text.data(), text.data() + text.size(), result);
    if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()) return result;
  }
  input.problem(reader.pathOf(key), "expected an integer");
  return 0;
}

UpdateInput parseUpdate(const std::string& line, const std::string& file) {
  JsonInput input = JsonInput::parse(line, file);
  UpdateInput result;
  ObjectReader reader(input, input.root(), "$");
  auto& update = result.update;
  update.index = number<uint64_t>(input, reader, "index");
  update.time = number<int64_t>(input, reader, "time");
  update.crc = number<uint32_t>(input, reader, "crc");
  update.hash = number<uint64_t>(input, reader, "hash");
  std::string kind = reader.requiredString("op");
  if (kind != "SET" && kind != "DEL" && !kind.empty()) {
    input.problem("$.op", "expected \"SET\" or \"DEL\"");
  }
  update.kind = kind == "DEL" ? UpdateKind::kDelete : UpdateKind::kSet;
  const Json* key = reader.required("key");
  result.key = keyBytes(input, key, "$.key");
  const Json* value = update.kind == UpdateKind::kSet ? reader.required("value") : nullptr;
  std::optional<std::string> bytes = "";
  if (value != nullptr) bytes = valueBytes(input, *value, "$.value");
  if (key != nullptr) checkSizes(input, result.key, "$.key", bytes, "$.value");
  reader.done();
  input.throwProblems();
  result.value = std::move(*bytes);
  return result;
}

PairInput parsePair(const std::string& line, const std::string& file) {
  JsonInput input = JsonInput::parse(line, file);
  ObjectReader reader(input, input.root(), "$");
  const Json* key = reader.required("key");
  const Json* value = reader.required("value");
  PairInput pair;
  pair.key = keyBytes(input, key, "$.key");
  std::optional<std::string> bytes;
  if (value != nullptr) bytes = valueBytes(input, *value, "$.value");
  // What is wrong with a key has been said where it is of the wrong type.
  if (input.problemCount() == 0) checkSizes(input, pair.key, "$.key", bytes, "$.value");
  reader.done();
  input.throwProblems();
  pair.value = std::move(*bytes);
  return pair;
}

}  // namespace

bool isJsonLines(const std::filesystem::path& path) {
  return path.extension() == ".jsonl" || path.extension() == ".ndjson";
}

uint64_t loadPairs(QuicksilverStore& store, const std::filesystem::path& path) {
  if (!isJsonLines(path)) {
    JsonInput input = JsonInput::load(path);
    return loadObject(store, input);
  }
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path))
    throw InputError(path.string(), "the file cannot be read");
  return loadPairLines(store, in, path.string());
}

uint64_t loadPairLines(QuicksilverStore& store, std::istream& in, const std::string& file) {
  BatchedWriter writer(store);
  readPairLines(in, file, [&](const PairInput& pair) { writer.put(pair); });
  return writer.finish();
}

uint64_t loadUpdates(QuicksilverStore& store, std::istream& in, const std::string& file) {
  BatchedWriter writer(store);
  readUpdateLines(in, file, [&](const UpdateInput& input) { writer.apply(input.update); });
  return writer.finish();
}

uint64_t loadPairsText(QuicksilverStore& store, std::string text, std::string file) {
  JsonInput input = JsonInput::parse(std::move(text), std::move(file));
  return loadObject(store, input);
}

void readPairLines(std::istream& in, const std::string& file,
                   const std::function<void(const PairInput&)>& visit) {
  readLines(in, file, "pairs of lines before this one may have been written already",
            [&](const std::string& line) { visit(parsePair(line, file)); });
}

void readUpdateLines(std::istream& in, const std::string& file,
                     const std::function<void(const UpdateInput&)>& visit) {
  readLines(in, file, "updates of lines before this one may have been written already",
            [&](const std::string& line) {
              UpdateInput input = parseUpdate(line, file);
              input.update.key = input.key;
              input.update.value = input.value;
              try {
                visit(input);
              } catch (const kj::Exception& error) {
                throw InputError(file, error.getDescription().cStr());
              }
            });
}

void readPairObject(JsonInput& input, const std::function<void(const PairInput&)>& visit) {
  if (!input.root().is_object()) {
    input.problem(
        "$", "expected an object of key: value, found " + std::string(describeType(input.root())),
        "for {\"key\": ..., \"value\": ...} on each line, name the file .jsonl");
  } else {
    for (const auto& [key, value] : input.root().items()) {
      std::string here = keyPath("$", key);
      checkSizes(input, key, here, valueBytes(input, value, here), here);
    }
  }
  input.throwProblems();
  for (const auto& [key, value] : input.root().items()) {
    visit(PairInput{key, valueBytes(input, value, "").value()});
  }
}

Json bytesToJson(std::string_view bytes) {
  Json text = std::string(bytes);
  try {
    (void)text.dump();  // the library checks UTF-8 where it writes
    return text;
  } catch (const nlohmann::json::exception&) {
    Json object = Json::object();
    object[std::string(kBase64Key)] = encodeBase64(bytes);
    return object;
  }
}

std::string updateLine(const StoreUpdate& update) {
  Json line = Json::object();
  line["index"] = std::to_string(update.index);
  line["time"] = std::to_string(update.time);
  line["op"] = update.kind == UpdateKind::kSet ? "SET" : "DEL";
  line["key"] = bytesToJson(update.key);
  if (update.kind == UpdateKind::kSet) line["value"] = bytesToJson(update.value);
  line["crc"] = update.crc;
  line["hash"] = std::to_string(update.hash);
  return line.dump();
}

}  // namespace flamesim::mocks
