#include "sim/diff/align.h"

#include <algorithm>
#include <map>

namespace flamesim::diff {

namespace {

constexpr size_t kMaxTable = 1'000'000;

// For each member of the reference the candidate's index in a longest common subsequence.
std::vector<std::optional<size_t>> commonSubsequence(const std::vector<std::string>& reference,
                                                     const std::vector<std::string>& candidate) {
  size_t rows = reference.size(), columns = candidate.size();
  std::vector<std::optional<size_t>> paired(rows);
  if (rows * columns > kMaxTable) return paired;
  // length[i][j]: of the longest common subsequence of reference[i..] and candidate[j..].
  std::vector<uint32_t> length((rows + 1) * (columns + 1));
  auto at = [&](size_t i, size_t j) -> uint32_t& { return length[i * (columns + 1) + j]; };
  for (size_t i = rows; i-- > 0;) {
    for (size_t j = columns; j-- > 0;) {
      at(i, j) = reference[i] == candidate[j] ? at(i + 1, j + 1) + 1
                                              : std::max(at(i + 1, j), at(i, j + 1));
    }
  }
  for (size_t i = 0, j = 0; i < rows && j < columns;) {
    if (reference[i] == candidate[j]) {
      paired[i++] = j++;
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      ++i;
    } else {
      ++j;
    }
  }
  return paired;
}

}  // namespace

std::vector<Aligned> align(const std::vector<std::string>& reference,
                           const std::vector<std::string>& candidate) {
  bool byOrder = reference.size() * candidate.size() <= kMaxTable;
  auto paired = commonSubsequence(reference, candidate);
  std::vector<bool> taken(candidate.size());
  for (auto& index : paired) {
    if (index) taken[*index] = true;
  }
  std::map<std::string, std::vector<size_t>> left;  // unpaired candidates by key, last first
  for (size_t j = candidate.size(); j-- > 0;) {
    if (!taken[j]) left[candidate[j]].push_back(j);
  }
  std::vector<Aligned> result;
  for (size_t i = 0; i < reference.size(); ++i) {
    Aligned entry{.reference = i, .candidate = paired[i]};
    if (!paired[i]) {
      auto found = left.find(reference[i]);
      if (found != left.end() && !found->second.empty()) {
        entry.candidate = found->second.back();
        entry.moved = byOrder;
        taken[*entry.candidate] = true;
        found->second.pop_back();
      }
    }
    result.push_back(entry);
  }
  // Additional members stand after the paired member that they follow in the candidate.
  std::vector<std::vector<size_t>> following(result.size() + 1);
  std::vector<size_t> placeOf(candidate.size());
  for (size_t place = 0; place < result.size(); ++place) {
    if (result[place].candidate) placeOf[*result[place].candidate] = place + 1;
  }
  size_t place = 0;
  for (size_t j = 0; j < candidate.size(); ++j) {
    if (taken[j]) {
      place = placeOf[j];
    } else {
      following[place].push_back(j);
    }
  }
  std::vector<Aligned> merged;
  for (size_t i = 0; i <= result.size(); ++i) {
    if (i > 0) merged.push_back(result[i - 1]);
    for (size_t j : following[i]) merged.push_back({.reference = std::nullopt, .candidate = j});
  }
  return merged;
}

}  // namespace flamesim::diff
