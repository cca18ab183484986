// A JSON file that people write: comments are allowed, duplicate keys are not, and every value can
// be traced to its line. A value's path is written "$.zones[2].account"; a key that is not an
// identifier is quoted: $["a.example.com"].
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "mocks/problem.h"

namespace flamesim::mocks {

// Objects keep the order of the file. Their keys are found by a linear search: iterate over big
// ones.
using Json = nlohmann::ordered_json;

std::string keyPath(const std::string& path, std::string_view key);
std::string indexPath(const std::string& path, size_t index);

class JsonInput {
 public:
  // Throws InputError: file cannot be read, or is not JSON.
  static JsonInput load(const std::filesystem::path& path);
  // `file`: the name to print.
  static JsonInput parse(std::string text, std::string file);

  const Json& root() const { return document; }
  const std::string& file() const { return name; }

  void problem(std::string path, std::string message, std::string help = "");
  // One of another file that this one refers to (Problem::file), with its own position.
  void foreignProblem(Problem problem) { problems.push_back(std::move(problem)); }
  size_t problemCount() const { return problems.size(); }
  // Throws InputError with the problems noted so far, in the order of the file; else does nothing.
  void throwProblems();

 private:
  JsonInput(std::string text, std::string file) : text(std::move(text)), name(std::move(file)) {}

  std::string text;
  std::string name;
  Json document;
  std::vector<Problem> problems;
};

// Reads a JSON object field by field and notes what does not fit. Fields that nobody asked for are
// problems too: call `done` at the end.
class ObjectReader {
 public:
  // Notes a problem when `value` is no object; every field is absent then.
  ObjectReader(JsonInput& input, const Json& value, std::string path);

  // The member, or nullptr where it is absent.
  const Json* optional(std::string_view key);
  // Notes a problem where it is absent.
  const Json* required(std::string_view key);

  std::string requiredString(std::string_view key);
  std::string optionalString(std::string_view key);
  int64_t requiredInteger(std::string_view key);
  bool optionalBool(std::string_view key, bool fallback);
  // An empty array where it is absent.
  const Json& optionalArray(std::string_view key);

  std::string pathOf(std::string_view key) const { return keyPath(path, key); }
  void done();

 private:
  std::string text(std::string_view key, const Json* member);

  JsonInput& input;
  const Json* object;
  std::string path;
  bool isObject = true;  // else an empty object stands in for it
  std::vector<std::string> known;
};

// "a string", "an array", ...; for messages.
std::string_view describeType(const Json& value);

}  // namespace flamesim::mocks
