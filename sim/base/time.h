// Time in flamesim: nanoseconds since the Unix epoch, on the clock of the simulated server.
#pragma once

#include <chrono>
#include <cstdint>

namespace flamesim {

using Duration = std::chrono::nanoseconds;
using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

inline Time timeFromNanos(int64_t nanos) {
  return Time(Duration(nanos));
}
inline int64_t nanosOf(Time time) {
  return time.time_since_epoch().count();
}
inline double millisOf(Time time) {
  return double(nanosOf(time) / 1000) / 1000.0;
}

}  // namespace flamesim
