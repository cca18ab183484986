// How often each service and egress was called, how often that failed, and how long it took: the
// counters of one simulated server. Belong to its thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "sim/base/time.h"

namespace flamesim::net {

// What is counted together.
struct CallSeries {
  bool isEgress = false;  // else a service
  std::string target;     // "rrdns", "fl"
  std::string operation;  // "Rrdns.lookupOwnership", "GET"
  std::string worker;     // who called
  auto operator<=>(const CallSeries&) const = default;
};

// Upper bounds of the buckets of latencies, in ms; one more bucket holds what took longer.
inline constexpr std::array<uint32_t, 13> kLatencyBuckets{1,   2,   5,    10,   20,   50,   100,
                                                          200, 500, 1000, 2000, 5000, 10000};

struct CallCount {
  uint64_t calls = 0;   // that have ended
  uint64_t errors = 0;  // of them; of an egress: there was no response at all
  uint64_t open = 0;    // under way
  Duration total{};     // time that those took which have ended
  std::array<uint64_t, kLatencyBuckets.size() + 1> buckets{};
  bool operator==(const CallCount&) const = default;
};

using CallCounts = std::map<CallSeries, CallCount>;

class CallCounters {
 public:
  // Stays where it is as long as this lives.
  CallCount& of(const CallSeries& series) { return counts[series]; }
  const CallCounts& all() const { return counts; }

 private:
  CallCounts counts;
};

// One call under way. Goes without end() when nobody waits for it any more: it is not counted then.
class CountedCall {
 public:
  CountedCall(std::shared_ptr<CallCounters> counters, CallCount& count, Time start)
      : counters(std::move(counters)), count(count), start(start) {
    ++count.open;
  }
  CountedCall(CountedCall&&) noexcept = default;
  ~CountedCall() {
    if (counters != nullptr) --count.open;
  }
  void end(Time now, bool failed);

 private:
  std::shared_ptr<CallCounters> counters;  // keeps `count`; nullptr: was moved from
  CallCount& count;
  Time start;
};

// The text format of Prometheus, version 0.0.4; seconds throughout.
std::string prometheusText(const CallCounts& counts);
// A list of objects, one for each series; milliseconds throughout.
std::string jsonText(const CallCounts& counts);

}  // namespace flamesim::net
