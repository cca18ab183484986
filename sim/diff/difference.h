// What differs between the reference's answer to a request and the candidate's. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flamesim::diff {

enum class DifferenceKind : uint8_t {
  kChanged,     // both have it, with different values
  kMissing,     // the reference has it, the candidate has not
  kAdditional,  // the candidate has it, the reference has not
  kOrder,       // the same things in another order
};

// kFraming differences (how a message is delimited on the wire) say nothing about behaviour: they
// are listed apart and do not make an exchange different.
enum class Weight : uint8_t { kBehaviour, kFraming };

struct Difference {
  // Where: "outcome", "status", "header:content-type", "header:set-cookie[1]", "body",
  // "body:$.a[2].b", "effect:subrequest internet GET /x header:foo". Header names are lower-case.
  std::string field;
  DifferenceKind kind = DifferenceKind::kChanged;
  Weight weight = Weight::kBehaviour;
  std::string expected;  // the reference's value, printable and short; empty when additional
  std::string got;       // the candidate's; empty when missing
  std::string worker;    // whose code made it; "" where it is not known
  std::string detail;    // more for the reader, such as the first differing byte; may be empty
  std::optional<uint32_t> deviation = std::nullopt;  // that covers it: index in Deviations::list()
  std::optional<uint32_t> noise =
      std::nullopt;  // FL may not repeat it: index in NoiseFilter::list()
  bool operator==(const Difference&) const = default;
};

enum class Verdict : uint8_t {
  kSame,
  kDifferent,
  kDeclined,  // the candidate handed the request on to FL: nothing to judge
  kFailed,    // the candidate gave no answer; there is an "outcome" difference
  kNoise,     // different or failed only in what FL does not repeat (noise.h), or is known
  kKnown,     // different or failed, and the ledger has every difference (deviations.h)
};

struct Comparison {
  Verdict verdict = Verdict::kSame;
  std::vector<Difference> differences;
  uint32_t omitted = 0;             // differences beyond the bounds of compare.h
  std::vector<uint32_t> rulesUsed;  // index in Rules::list(), once per difference that it excused
  bool operator==(const Comparison&) const = default;
};

std::string_view differenceKindName(DifferenceKind kind);  // "changed", "missing", ...
std::string_view weightName(Weight weight);                // "behaviour", "framing"
std::string_view verdictName(Verdict verdict);             // "same", "different", ...

// `bytes` made printable: UTF-8 is kept, control characters and stray bytes become \n, \t, \xNN,
// and a value of more than `limit` bytes is cut in the middle, saying how many bytes are left out.
// The result of printable() can be longer than `limit` by what escaping adds.
inline constexpr size_t kShownBytes = 160;
std::string printable(std::string_view bytes, size_t limit = kShownBytes);

// True for UTF-8 without control characters other than tab, LF, CR and form feed.
bool isText(std::string_view bytes);

// Where two byte strings part, for a reader: the line of text around the first difference, or
// bytes in hex where one side is not text.
struct FirstDifference {
  size_t offset = 0;  // in bytes, from 0
  uint32_t line = 0;  // of text, from 1; 0: not text
  std::string expected;
  std::string got;
  std::string describe() const;  // "first difference at byte 120, line 4"
};
FirstDifference firstDifference(std::string_view reference, std::string_view candidate);

}  // namespace flamesim::diff
