#include "mocks/json_input.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <unordered_set>

namespace flamesim::mocks {
namespace {

bool isIdentifier(std::string_view key) {
  auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
  };
  return !key.empty() && letter(key[0]) && std::all_of(key.begin(), key.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9');
  });
}

// Counts what the lexer has consumed, so that an event of the parser can be placed in the text.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** furthest) : at(at), furthest(furthest) {}
  const char& operator*() const { return *at; }
  CountingIterator& operator++() {
    at++;
    if (furthest != nullptr) *furthest = at;
    return *this;
  }
  bool operator==(const CountingIterator& other) const { return at == other.at; }
  bool operator!=(const CountingIterator& other) const { return at != other.at; }

 private:
  const char* at;
  const char** furthest;
};

// One pass over the text: builds the document, refuses duplicate keys, and notes where the values
// stand whose paths are asked for.
class Handler final : public nlohmann::json_sax<Json> {
 public:
  Handler(std::string_view text, Json& document, std::map<std::string, size_t>* wanted)
      : text(text), furthest(text.data()), document(document), wanted(wanted) {}

  const char** counter() { return &furthest; }
  std::vector<Problem> problems;

  bool null() override { return scalar(nullptr); }
  bool boolean(bool value) override { return scalar(value); }
  bool number_integer(int64_t value) override { return scalar(value); }
  bool number_unsigned(uint64_t value) override { return scalar(value); }
  bool number_float(double value, const std::string&) override { return scalar(value); }
  bool string(std::string& value) override { return scalar(std::move(value)); }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(size_t) override { return open(Json::object()); }
  bool start_array(size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    Level& level = levels.back();
    level.key = name;
    note(pathHere());
    if (!level.keys.insert(name).second) {
      Problem problem{.path = pathHere(),
                      .message = "the key \"" + name + "\" is given twice",
                      .help = "the first one would be lost; remove one of the two"};
      setPosition(problem, text, tokenStart());
      problems.push_back(std::move(problem));
    }
    return true;
  }

  bool parse_error(size_t position, const std::string&,
                   const nlohmann::json::exception& e) override {
    std::string what = e.what();
    // The library's text opens with its own name and position; keep what is after them.
    size_t colon = what.find(": ", what.find("column"));
    Problem problem{.message =
                        "not valid JSON: " + (colon == what.npos ? what : what.substr(colon + 2))};
    setPosition(problem, text, position > 0 ? position - 1 : 0);
    problems.push_back(std::move(problem));
    return false;
  }

 private:
  struct Level {
    Json* container;
    std::string path;
    std::string key;
    size_t index = 0;
    std::unordered_set<std::string> keys;
  };

  std::string pathHere() const {
    if (levels.empty()) return "$";
    const Level& level = levels.back();
    return level.container->is_array() ? indexPath(level.path, level.index)
                                       : keyPath(level.path, level.key);
  }

  // Where the token begins that the lexer has just read.
  size_t tokenStart() const {
    size_t end = size_t(furthest - text.data());
    size_t at = end == 0 ? 0 : end - 1;
    if (at < text.size() && text[at] == '"') {
      while (at > 0) {
        at--;
        if (text[at] != '"') continue;
        size_t slashes = 0;
        while (slashes < at && text[at - 1 - slashes] == '\\') slashes++;
        if (slashes % 2 == 0) break;
      }
      return at;
    }
    if (text[at] == '{' || text[at] == '[') return at;
    // A number or a word; after a number the lexer has read one character more.
    auto inWord = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
             c == '-' || c == '+' || c == '.';
    };
    if (!inWord(text[at]) && at > 0) at--;
    while (at > 0 && inWord(text[at - 1])) at--;
    return at;
  }

  void note(const std::string& path) {
    if (wanted == nullptr) return;
    auto found = wanted->find(path);
    if (found != wanted->end() && found->second == std::string::npos) found->second = tokenStart();
  }

  Json* add(Json value) {
    if (wanted != nullptr) note(pathHere());
    if (levels.empty()) {
      document = std::move(value);
      return &document;
    }
    Level& level = levels.back();
    if (level.container->is_array()) {
      level.container->push_back(std::move(value));
      level.index++;
      return &level.container->back();
    }
    // Straight into the vector below the ordered map, whose own insert searches from the start.
    using Members = std::vector<Json::object_t::value_type, Json::object_t::allocator_type>;
    Members& members = level.container->get_ref<Json::object_t&>();
    members.emplace_back(level.key, std::move(value));
    return &members.back().second;
  }

  bool scalar(Json value) {
    add(std::move(value));
    return true;
  }

  bool open(Json value) {
    // So deep a file is an attack on the stack of what walks it, not data.
    constexpr size_t kMaxDepth = 100;
    if (levels.size() >= kMaxDepth) {
      Problem problem{.path = pathHere(), .message = "nested more than 100 levels deep"};
      setPosition(problem, text, tokenStart());
      problems.push_back(std::move(problem));
      return false;
    }
    std::string path = pathHere();
    Json* container = add(std::move(value));
    levels.push_back(Level{.container = container, .path = std::move(path), .key = {}, .keys = {}});
    return true;
  }

  bool close() {
    levels.pop_back();
    return true;
  }

  std::string_view text;
  const char* furthest;
  Json& document;
  std::map<std::string, size_t>* wanted;
  // Pointers to containers stay valid: only the innermost one grows.
  std::vector<Level> levels;
};

std::vector<Problem> readJson(std::string_view text, Json& document,
                              std::map<std::string, size_t>* wanted) {
  Handler handler(text, document, wanted);
  CountingIterator begin(text.data(), handler.counter());
  CountingIterator end(text.data() + text.size(), nullptr);
  Json::sax_parse(begin, end, &handler, Json::input_format_t::json, /*strict=*/true,
                  /*ignore_comments=*/true);
  return std::move(handler.problems);
}

}  // namespace

std::string keyPath(const std::string& path, std::string_view key) {
  if (isIdentifier(key)) return path + "." + std::string(key);
  return path + "[" + Json(key).dump(-1, ' ', false, Json::error_handler_t::replace) + "]";
}

std::string indexPath(const std::string& path, size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

JsonInput JsonInput::load(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    throw InputError(path.string(), "this is a folder, a JSON file was expected");
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    throw InputError(path.string(), std::filesystem::exists(path, error)
                                        ? "the file cannot be read"
                                        : "the file does not exist");
  }
  std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  return parse(std::move(text), path.string());
}

JsonInput JsonInput::parse(std::string text, std::string file) {
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  JsonInput input(std::move(text), std::move(file));
  input.problems = readJson(input.text, input.document, nullptr);
  if (!input.problems.empty()) throw InputError(input.name, std::move(input.problems));
  return input;
}

void JsonInput::problem(std::string path, std::string message, std::string help) {
  problems.push_back(
      Problem{.path = std::move(path), .message = std::move(message), .help = std::move(help)});
}

void JsonInput::throwProblems() {
  if (problems.empty()) return;
  std::map<std::string, size_t> wanted;
  for (const Problem& problem : problems) wanted.emplace(problem.path, std::string::npos);
  Json ignored;
  readJson(text, ignored, &wanted);
  auto offset = [&](const Problem& problem) { return wanted.at(problem.path); };
  std::stable_sort(problems.begin(), problems.end(),
                   [&](const Problem& a, const Problem& b) { return offset(a) < offset(b); });
  for (Problem& problem : problems) {
    if (offset(problem) != std::string::npos) setPosition(problem, text, offset(problem));
  }
  throw InputError(name, std::move(problems));
}

ObjectReader::ObjectReader(JsonInput& input, const Json& value, std::string path)
    : input(input), object(&value), path(std::move(path)) {
  if (!value.is_object()) {
    static const Json kEmpty = Json::object();
    object = &kEmpty;
    isObject = false;
    input.problem(this->path, "expected an object, found " + std::string(describeType(value)));
  }
}

const Json* ObjectReader::optional(std::string_view key) {
  known.emplace_back(key);
  auto found = object->find(std::string(key));
  return found == object->end() ? nullptr : &*found;
}

const Json* ObjectReader::required(std::string_view key) {
  const Json* member = optional(key);
  if (member == nullptr && isObject) {
    input.problem(path, "\"" + std::string(key) + "\" is missing here");
  }
  return member;
}

std::string ObjectReader::text(std::string_view key, const Json* member) {
  if (member == nullptr) return "";
  if (member->is_string()) return member->get<std::string>();
  input.problem(pathOf(key), "expected a string, found " + std::string(describeType(*member)));
  return "";
}

std::string ObjectReader::requiredString(std::string_view key) {
  return text(key, required(key));
}
std::string ObjectReader::optionalString(std::string_view key) {
  return text(key, optional(key));
}

int64_t ObjectReader::requiredInteger(std::string_view key) {
  const Json* member = required(key);
  if (member == nullptr) return 0;
  if (member->is_number_integer()) {
    if (!member->is_number_unsigned() || member->get<uint64_t>() <= uint64_t(INT64_MAX)) {
      return member->get<int64_t>();
    }
  }
  input.problem(pathOf(key), "expected an integer, found " + std::string(describeType(*member)));
  return 0;
}

bool ObjectReader::optionalBool(std::string_view key, bool fallback) {
  const Json* member = optional(key);
  if (member == nullptr) return fallback;
  if (member->is_boolean()) return member->get<bool>();
  input.problem(pathOf(key), "expected true or false, found " + std::string(describeType(*member)));
  return fallback;
}

const Json& ObjectReader::optionalArray(std::string_view key) {
  static const Json kEmpty = Json::array();
  const Json* member = optional(key);
  if (member == nullptr) return kEmpty;
  if (member->is_array()) return *member;
  input.problem(pathOf(key), "expected an array, found " + std::string(describeType(*member)));
  return kEmpty;
}

void ObjectReader::done() {
  for (const auto& [key, value] : object->items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    input.problem(pathOf(key), "unknown key \"" + key + "\"", suggestion(key, known));
  }
}

std::string_view describeType(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::boolean:
      return "a boolean";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return "an integer";
    case Json::value_t::number_float:
      return "a number";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::array:
      return "an array";
    case Json::value_t::object:
      return "an object";
    default:
      return "something else";
  }
}

}  // namespace flamesim::mocks
