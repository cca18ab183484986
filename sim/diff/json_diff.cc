#include "sim/diff/json_diff.h"

#include <algorithm>

#include "sim/net/message.h"

namespace flamesim::diff {

using nlohmann::json;

namespace {

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool isPlainKey(std::string_view key) {
  auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  return !key.empty() && std::all_of(key.begin(), key.end(), plain);
}

size_t nesting(std::string_view text) {
  size_t depth = 0, deepest = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

// One walk over two values. `path` is the place, kept as one growing and shrinking string.
class Walk {
 public:
  Walk(std::string path, const std::string& worker, Judge& judge)
      : path(std::move(path)), worker(worker), judge(judge) {}

  void sort(json& value) {
    if (value.is_object()) {
      for (auto& [key, member] : value.items()) {
        Step step(path, key);
        sort(member);
      }
    } else if (value.is_array()) {
      for (size_t i = 0; i < value.size(); ++i) {
        Step step(path, i);
        sort(value[i]);
      }
      if (auto rule = judge.sortRule(path)) sortMembers(value, *rule);
    }
  }

  void compare(const json& reference, const json& candidate) {
    if (reference == candidate) return;
    if (reference.is_object() && candidate.is_object()) {
      compareObjects(reference, candidate);
    } else if (reference.is_array() && candidate.is_array()) {
      compareArrays(reference, candidate);
    } else {
      report(DifferenceKind::kChanged, &reference, &candidate);
    }
  }

 private:
  // Extends the path for the length of a scope.
  class Step {
   public:
    Step(std::string& path, const std::string& key) : path(path), length(path.size()) {
      if (isPlainKey(key)) {
        path += "." + key;
      } else {
        path += "[" + dump(json(key)) + "]";
      }
    }
    Step(std::string& path, size_t index) : path(path), length(path.size()) {
      path += "[" + std::to_string(index) + "]";
    }
    ~Step() { path.resize(length); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    std::string& path;
    size_t length;
  };

  void sortMembers(json& array, uint32_t rule) {
    std::vector<std::pair<std::string, size_t>> order;
    for (size_t i = 0; i < array.size(); ++i) order.emplace_back(dump(array[i]), i);
    if (std::is_sorted(order.begin(), order.end())) return;
    std::sort(order.begin(), order.end());
    json sorted = json::array();
    for (auto& [text, index] : order) sorted.push_back(std::move(array[index]));
    array = std::move(sorted);
    judge.used(rule);
  }

  void compareObjects(const json& reference, const json& candidate) {
    for (auto& [key, value] : reference.items()) {
      Step step(path, key);
      auto other = candidate.find(key);
      if (other == candidate.end()) {
        report(DifferenceKind::kMissing, &value, nullptr);
      } else {
        compare(value, *other);
      }
    }
    for (auto& [key, value] : candidate.items()) {
      if (reference.contains(key)) continue;
      Step step(path, key);
      report(DifferenceKind::kAdditional, nullptr, &value);
    }
  }

  // What both begin and end with is set aside; what is left is compared by position.
  void compareArrays(const json& reference, const json& candidate) {
    size_t shorter = std::min(reference.size(), candidate.size());
    size_t head = 0;
    if (reference.size() != candidate.size()) {
      while (head < shorter && reference[head] == candidate[head]) ++head;
    }
    size_t tail = 0;
    if (reference.size() != candidate.size()) {
      while (tail < shorter - head &&
             reference[reference.size() - 1 - tail] == candidate[candidate.size() - 1 - tail]) {
        ++tail;
      }
    }
    size_t referenceEnd = reference.size() - tail, candidateEnd = candidate.size() - tail;
    for (size_t i = head; i < std::max(referenceEnd, candidateEnd); ++i) {
      Step step(path, i);
      if (i >= candidateEnd) {
        report(DifferenceKind::kMissing, &reference[i], nullptr);
      } else if (i >= referenceEnd) {
        report(DifferenceKind::kAdditional, nullptr, &candidate[i]);
      } else {
        compare(reference[i], candidate[i]);
      }
    }
  }

  // Strings are judged by their content and shown with their quotes.
  static std::string rawText(const json* value) {
    if (value == nullptr) return "";
    return value->is_string() ? value->get<std::string>() : dump(*value);
  }
  static std::string shownText(const json* value) {
    return value == nullptr ? "" : printable(dump(*value));
  }

  void report(DifferenceKind kind, const json* reference, const json* candidate) {
    std::string expected = rawText(reference), got = rawText(candidate);
    Finding finding{.field = path,
                    .kind = kind,
                    .expected = expected,
                    .got = got,
                    .shown = std::pair(shownText(reference), shownText(candidate))};
    if (reference != nullptr && candidate != nullptr &&
        std::string_view(reference->type_name()) != candidate->type_name()) {
      finding.detail = std::string(reference->type_name()) + " became " + candidate->type_name();
    }
    if (judge.excused(finding)) return;
    if (found++ < kMaxJsonDifferences) {
      judge.add(std::move(finding), worker);
    } else {
      judge.omit();
    }
  }

  std::string path;
  const std::string& worker;
  Judge& judge;
  size_t found = 0;
};

}  // namespace

bool isJsonType(std::string_view contentType) {
  std::string_view type = contentType.substr(0, contentType.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  if (net::equalsIgnoringCase(type, "application/json")) return true;
  if (net::equalsIgnoringCase(type, "text/json")) return true;
  return type.size() > 5 && net::equalsIgnoringCase(type.substr(type.size() - 5), "+json");
}

std::optional<json> parseJson(std::string_view text) {
  if (nesting(text) > kMaxJsonDepth) return std::nullopt;
  json value = json::parse(text, nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

void compareJson(json reference, json candidate, const std::string& prefix,
                 const std::string& worker, Judge& judge) {
  Walk walk(prefix + ":$", worker, judge);
  if (judge.hasSortRules()) {
    walk.sort(reference);
    walk.sort(candidate);
  }
  walk.compare(reference, candidate);
}

}  // namespace flamesim::diff
