// How far a long run has come: one line on a terminal, drawn over again; nothing elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace flamesim::cli {

class Progress {
 public:
  // `bytes`: of the input in all; 0: not known. `fileDescriptor`: where to, if it is a terminal.
  Progress(uint64_t bytes, int fileDescriptor);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // May be called as often as one likes: the line is drawn at most every 200 ms.
  void update(uint64_t bytesRead, uint64_t exchanges, uint64_t different);
  // Takes the line away: what follows is printed in its place.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  const uint64_t bytes;
  const int fileDescriptor;
  const bool isTerminal;
  const Clock::time_point start = Clock::now();
  Clock::time_point drawn = start;
  bool shown = false;
};

// "41% 12,345 exchanges, 3,210/s, 12 different, 1 min 5 s left"; the time left where it is known.
std::string progressLine(double seconds, double share, uint64_t exchanges, uint64_t different);

}  // namespace flamesim::cli
