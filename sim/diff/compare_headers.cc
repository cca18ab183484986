#include "sim/diff/compare_headers.h"

#include <algorithm>
#include <charconv>

#include "sim/diff/align.h"
#include "sim/diff/syntax.h"

namespace flamesim::diff {

namespace {

struct Entry {
  std::string name;  // lower-case
  std::string_view value;
};
using Values = std::vector<std::string_view>;

std::vector<Entry> sorted(const net::HeaderList& headers) {
  std::vector<Entry> entries;
  entries.reserve(headers.size());
  for (auto& header : headers.all()) {
    entries.push_back({net::toLowerAscii(header.name), header.value});
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return entries;
}

std::string joined(const Values& values) {
  std::string out;
  for (size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out += ", ";
    out += values[i];
  }
  return out;
}

class Comparer {
 public:
  Comparer(const HeaderSide& reference, const HeaderSide& candidate,
           const HeaderComparison& comparison, Judge& judge)
      : reference(reference), candidate(candidate), comparison(comparison), judge(judge) {}

  // True when both lists stand in the same order and differ in volatile values at most: the usual
  // case, without a copy.
  bool sameInPlace() {
    auto& a = reference.headers.all();
    auto& b = candidate.headers.all();
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i) {
      if (a[i].name != b[i].name && !net::equalsIgnoringCase(a[i].name, b[i].name)) return false;
      if (a[i].value != b[i].value &&
          !excusedAsVolatile(net::toLowerAscii(a[i].name), a[i].value, b[i].value)) {
        return false;
      }
    }
    return !contradicts(candidate) || contradicts(reference);
  }

  void compare() {
    std::vector<Entry> a = sorted(reference.headers), b = sorted(candidate.headers);
    Values expected, got;
    for (size_t i = 0, j = 0; i < a.size() || j < b.size();) {
      expected.clear();
      got.clear();
      bool fromA = j == b.size() || (i < a.size() && a[i].name <= b[j].name);
      const std::string& name = fromA ? a[i].name : b[j].name;
      while (i < a.size() && a[i].name == name) expected.push_back(a[i++].value);
      while (j < b.size() && b[j].name == name) got.push_back(b[j++].value);
      compareOne(name, expected, got);
    }
  }

 private:
  bool excusedAsVolatile(const std::string& name, std::string_view expected, std::string_view got) {
    return classify(name) == HeaderClass::kVolatile && syntaxError(name, expected) == nullptr &&
           syntaxError(name, got) == nullptr && !judge.isExact(field(name));
  }

  void compareOne(const std::string& name, Values& expected, Values& got) {
    HeaderClass kind = classify(name);
    if (kind == HeaderClass::kCookie) return compareCookies(name, expected, got);
    if (name == "content-length") return compareLength(name, expected, got);
    if (name == "host") {
      if (expected.empty() && !reference.implied.empty()) expected.push_back(reference.implied);
      if (got.empty() && !candidate.implied.empty()) got.push_back(candidate.implied);
    }
    if (expected == got) return;
    std::string a = joined(expected), b = joined(got);
    if (!expected.empty() && !got.empty()) {
      if (a == b || excusedAsVolatile(name, a, b)) return;
    }
    Finding finding{.field = field(name), .expected = a, .got = b};
    if (expected.empty()) finding.kind = DifferenceKind::kAdditional;
    if (got.empty()) finding.kind = DifferenceKind::kMissing;
    if (kind == HeaderClass::kFraming) finding.weight = Weight::kFraming;
    if (kind == HeaderClass::kVolatile && !got.empty()) {
      if (const char* error = syntaxError(name, b)) finding.detail = error;
    }
    if (name == "etag") finding.detail = explainTags(a, b);
    report(std::move(finding));
  }

  static std::string explainTags(std::string_view a, std::string_view b) {
    auto expected = parseEntityTag(a), got = parseEntityTag(b);
    if (!expected || !got || expected->opaque != got->opaque) return "";
    return got->weak ? "the tag became weak" : "the tag became strong";
  }

  void compareCookies(const std::string& name, const Values& expected, const Values& got) {
    if (expected == got) return;
    auto keys = [](const Values& cookies) {
      std::vector<std::string> names;
      for (auto cookie : cookies) names.emplace_back(cookie.substr(0, cookie.find('=')));
      return names;
    };
    bool moved = false;
    for (auto& entry : align(keys(expected), keys(got))) {
      moved = moved || entry.moved;
      size_t index = entry.reference ? *entry.reference : *entry.candidate;
      Finding finding{.field = field(name) + "[" + std::to_string(index) + "]"};
      if (entry.reference) finding.expected = expected[*entry.reference];
      if (entry.candidate) finding.got = got[*entry.candidate];
      if (!entry.reference) finding.kind = DifferenceKind::kAdditional;
      if (!entry.candidate) finding.kind = DifferenceKind::kMissing;
      if (entry.reference && entry.candidate && finding.expected == finding.got) continue;
      report(std::move(finding));
    }
    if (!moved) return;
    auto names = [&](const Values& cookies) {
      std::string list;
      for (auto& key : keys(cookies)) list += (list.empty() ? "" : ", ") + key;
      return list;
    };
    std::string a = names(expected), b = names(got);
    report({.field = field(name), .kind = DifferenceKind::kOrder, .expected = a, .got = b});
  }

  // Content-Length says how the message is delimited, so its value counts only where it is untrue,
  // or where it tells of a body that is not sent (RFC 9110 section 8.6).
  void compareLength(const std::string& name, const Values& expected, const Values& got) {
    std::string a = joined(expected), b = joined(got);
    Finding finding{.field = field(name), .expected = a, .got = b};
    if (expected.empty() || got.empty()) {
      finding.kind = got.empty() ? DifferenceKind::kMissing : DifferenceKind::kAdditional;
      finding.weight = Weight::kFraming;
      if (contradicts(candidate)) finding.weight = Weight::kBehaviour;
    } else if (comparison.bodyless) {
      if (a == b) return;
    } else if (!contradicts(candidate) || contradicts(reference)) {
      return;
    }
    std::string actual = std::to_string(candidate.bodySize);
    if (contradicts(candidate)) {
      finding.detail = "contradicts the body of " + actual + " bytes";
      finding.kind = DifferenceKind::kChanged;
      finding.expected = actual;
    }
    report(std::move(finding));
  }

  bool contradicts(const HeaderSide& side) const {
    if (comparison.bodyless) return false;
    const std::string* first = side.headers.first("content-length");
    if (first == nullptr) return false;
    uint64_t length = 0;
    auto parsed = std::from_chars(first->data(), first->data() + first->size(), length);
    return parsed.ec != std::errc() || parsed.ptr != first->data() + first->size() ||
           length != side.bodySize || side.headers.getAll("content-length").size() > 1;
  }

  std::string field(std::string_view name) const {
    return comparison.prefix + "header:" + std::string(name);
  }

  void report(Finding finding) {
    if (comparison.worker != nullptr) {
      judge.report(std::move(finding), *comparison.worker);
    } else {
      judge.report(std::move(finding));
    }
  }

  const HeaderSide& reference;
  const HeaderSide& candidate;
  const HeaderComparison& comparison;
  Judge& judge;
};

}  // namespace

void compareHeaders(const HeaderSide& reference, const HeaderSide& candidate,
                    const HeaderComparison& comparison, Judge& judge) {
  Comparer comparer(reference, candidate, comparison, judge);
  if (!comparer.sameInPlace()) comparer.compare();
}

}  // namespace flamesim::diff
