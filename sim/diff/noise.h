// What FL itself does not repeat: a capture of FL, A, beside a second one of the same requests, A'.
// A field is noise in a run only when it differs there about as often as between A and A'; one that
// differs more often has a difference of the chain's own in it, and counts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/diff/difference.h"

namespace flamesim::diff {

// A field in which A and A' differ.
struct NoisyField {
  std::string field;  // abstracted, see abstract.h
  DifferenceKind kind = DifferenceKind::kChanged;
  uint64_t exchanges = 0;  // pairs of A and A' that differ in it
  bool operator==(const NoisyField&) const = default;
};

class Noise {
 public:
  // A pair of A and A', compared under the rules of the run. Differences of framing are none.
  void observe(const Comparison& comparison);
  uint64_t pairs() const { return observed; }
  // In the order of their names. Known once every pair was observed.
  std::vector<NoisyField> list() const;

 private:
  friend class NoiseFilter;
  using Key = std::pair<std::string, DifferenceKind>;
  uint64_t observed = 0;
  std::map<Key, uint64_t> fields;
};

// Marks what may be noise. A value; threads may share it.
class NoiseFilter {
 public:
  NoiseFilter() = default;
  explicit NoiseFilter(const Noise& noise);

  const std::vector<NoisyField>& list() const { return fields; }
  uint64_t pairs() const { return observed; }

  // Marks the differences in noisy fields that no deviation covers. Where nothing else is left of
  // behaviour the verdict becomes kNoise, which the rates of the whole run may take back. More
  // differences than are kept cannot all be noise.
  void judge(Comparison& comparison) const;

  // Whether `exchanges` of `total` that differ in field `index` are about as many as FL has itself:
  // at most half as many again, and what chance adds (three standard deviations of both samples).
  bool isComparable(uint32_t index, uint64_t exchanges, uint64_t total) const;

 private:
  uint64_t observed = 0;
  std::vector<NoisyField> fields;
  std::map<Noise::Key, uint32_t> indices;
};

}  // namespace flamesim::diff
