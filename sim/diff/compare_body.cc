#include "sim/diff/compare_body.h"

#include "sim/diff/json_diff.h"
#include "sim/net/content_coding.h"

namespace flamesim::diff {

namespace {

// A small body can decode to a very large one.
constexpr uint64_t kMaxDecoded = 64 << 20;

std::string sizes(size_t expected, size_t got) {
  return std::to_string(expected) + " bytes, got " + std::to_string(got);
}

bool saysJson(const net::HeaderList& headers) {
  const std::string* type = headers.first("content-type");
  return type != nullptr && isJsonType(*type);
}

// What a content coding hides; the coded bytes where it cannot be undone.
struct Content {
  std::string bytes;
  std::string error;
};

Content decode(std::string_view coding, std::string_view bytes) {
  if (coding.empty() || bytes.empty()) return {std::string(bytes), ""};
  auto result = net::decodeContent(coding, bytes, kMaxDecoded);
  if (result) return {std::move(result.value()), ""};
  return {std::string(bytes), result.error().message};
}

void compareContent(std::string& expected, std::string& got, bool json, const std::string& field,
                    const std::string& worker, Judge& judge) {
  if (expected == got) return;
  judge.map(field, expected, got);
  if (expected == got) return;
  Finding finding{.field = field, .expected = expected, .got = got};
  if (expected.empty() != got.empty()) {
    finding.kind = got.empty() ? DifferenceKind::kMissing : DifferenceKind::kAdditional;
    finding.detail = sizes(expected.size(), got.size());
    if (!judge.excused(finding)) judge.add(std::move(finding), worker);
    return;
  }
  if (json) {
    auto a = parseJson(expected), b = parseJson(got);
    if (a && b) return compareJson(std::move(*a), std::move(*b), field, worker, judge);
    if (a && !b) finding.detail = "the candidate's body is not JSON; ";
    if (!a && b) finding.detail = "the reference's body is not JSON; ";
  }
  FirstDifference first = firstDifference(expected, got);
  finding.detail += first.describe();
  if (expected.size() != got.size()) finding.detail += "; " + sizes(expected.size(), got.size());
  finding.shown.emplace(std::move(first.expected), std::move(first.got));
  if (!judge.excused(finding)) judge.add(std::move(finding), worker);
}

}  // namespace

void compareBodies(const BodySide& reference, const BodySide& candidate, const std::string& field,
                   const std::string& worker, Judge& judge) {
  std::string expectedCoding = reference.headers.get("content-encoding").value_or("");
  std::string gotCoding = candidate.headers.get("content-encoding").value_or("");
  if (reference.bytes == candidate.bytes && expectedCoding == gotCoding) return;

  Content a = decode(expectedCoding, reference.bytes);
  Content b = decode(gotCoding, candidate.bytes);
  if (a.error.empty() != b.error.empty()) {
    Finding finding{.field = field, .expected = a.bytes, .got = b.bytes};
    finding.detail = a.error.empty() ? "the candidate's body cannot be decoded: " + b.error
                                     : "the reference's body cannot be decoded: " + a.error;
    if (!judge.excused(finding)) judge.add(std::move(finding), worker);
    return;
  }
  compareContent(a.bytes, b.bytes, saysJson(reference.headers) || saysJson(candidate.headers),
                 field, worker, judge);
}

}  // namespace flamesim::diff
