#include "sim/diff/noise.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "sim/diff/abstract.h"

namespace flamesim::diff {

namespace {
// How much more often than with FL alone a field may differ and still be called noise.
constexpr double kFactor = 1.5;
constexpr double kDeviations = 3;
}  // namespace

void Noise::observe(const Comparison& comparison) {
  ++observed;
  std::set<Key> seen;
  for (auto& difference : comparison.differences) {
    if (difference.weight != Weight::kBehaviour) continue;
    Key key(abstractField(difference.field), difference.kind);
    if (seen.insert(key).second) ++fields[std::move(key)];
  }
}

std::vector<NoisyField> Noise::list() const {
  std::vector<NoisyField> result;
  result.reserve(fields.size());
  for (auto& [key, count] : fields) result.push_back({key.first, key.second, count});
  return result;
}

NoiseFilter::NoiseFilter(const Noise& noise) : observed(noise.observed), fields(noise.list()) {
  for (uint32_t i = 0; i < fields.size(); i++) {
    indices.emplace(Noise::Key(fields[i].field, fields[i].kind), i);
  }
}

void NoiseFilter::judge(Comparison& comparison) const {
  if (fields.empty() || comparison.differences.empty()) return;
  bool allNoise = comparison.omitted == 0;
  for (auto& difference : comparison.differences) {
    if (difference.weight != Weight::kBehaviour || difference.deviation) continue;
    auto found = indices.find(Noise::Key(abstractField(difference.field), difference.kind));
    if (found == indices.end()) {
      allNoise = false;
    } else {
      difference.noise = found->second;
    }
  }
  bool judged = comparison.verdict == Verdict::kDifferent || comparison.verdict == Verdict::kFailed;
  if (judged && allNoise) comparison.verdict = Verdict::kNoise;
}

bool NoiseFilter::isComparable(uint32_t index, uint64_t exchanges, uint64_t total) const {
  if (total == 0 || observed == 0) return false;
  double ofFl = double(fields[index].exchanges) / double(observed);
  double ofRun = double(exchanges) / double(total);
  double variance = ofFl * (1 - ofFl) * (1 / double(observed) + 1 / double(total));
  return ofRun <= std::min(1.0, ofFl * kFactor) + kDeviations * std::sqrt(variance);
}

}  // namespace flamesim::diff
