// Answers that were given, kept for rules that answer with old ones. Bounded: what was not asked
// for the longest goes first. Belongs to the thread of its server.
#pragma once

#include <deque>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>

#include "sim/base/time.h"

namespace flamesim::faults {

template <typename Answer>
class AnswerMemory {
 public:
  static constexpr size_t kMostCalls = 1024;  // that are told apart by their key
  static constexpr size_t kMostAnswers = 16;  // to the same call
  static constexpr size_t kMostBytes = 16 << 20;
  static constexpr size_t kMostBytesOfOne = 1 << 20;

  // `key`: what makes two calls the same. `bytes`: of the answer.
  void keep(const std::string& key, Time now, Answer answer, size_t bytes) {
    if (bytes > kMostBytesOfOne) return;
    auto found = known.find(key);
    if (found == known.end()) {
      order.push_back({key, {}});
      found = known.emplace(key, std::prev(order.end())).first;
    } else {
      order.splice(order.end(), order, found->second);
    }
    auto& answers = found->second->answers;
    answers.push_back({now, std::move(answer), bytes});
    held += bytes;
    if (answers.size() > kMostAnswers) forgetFirst(*found->second);
    while (order.size() > kMostCalls || (held > kMostBytes && order.size() > 1)) {
      auto& oldest = order.front();
      while (!oldest.answers.empty()) forgetFirst(oldest);
      known.erase(oldest.key);
      order.pop_front();
    }
  }

  // The last answer that was there at `asOf`; nullptr: none was. Valid until the next keep().
  const Answer* find(const std::string& key, Time asOf) const {
    auto found = known.find(key);
    if (found == known.end()) return nullptr;
    auto& answers = found->second->answers;
    for (auto it = answers.rbegin(); it != answers.rend(); ++it) {
      if (it->time <= asOf) return &it->answer;
    }
    return nullptr;
  }

 private:
  struct Kept {
    Time time;
    Answer answer;
    size_t bytes;
  };
  struct Call {
    std::string key;
    std::deque<Kept> answers;  // the last at the end
  };
  void forgetFirst(Call& call) {
    held -= call.answers.front().bytes;
    call.answers.pop_front();
  }

  std::list<Call> order;  // the last asked for at the end
  std::unordered_map<std::string, typename std::list<Call>::iterator> known;
  size_t held = 0;  // bytes
};

}  // namespace flamesim::faults
