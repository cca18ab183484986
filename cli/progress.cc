#include "cli/progress.h"

#include <unistd.h>

#include <cmath>

#include "sim/report/text.h"

namespace flamesim::cli {

namespace {

constexpr auto kInterval = std::chrono::milliseconds(200);
// Before that, what is left cannot be told.
constexpr double kLeastShare = 0.01;

std::string durationText(uint64_t seconds) {
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 3600) {
    return std::to_string(seconds / 60) + " min " + std::to_string(seconds % 60) + " s";
  }
  return std::to_string(seconds / 3600) + " h " + std::to_string(seconds / 60 % 60) + " min";
}

void put(int fileDescriptor, const std::string& text) {
  // A line that is lost is drawn again.
  [[maybe_unused]] auto written = write(fileDescriptor, text.data(), text.size());
}

}  // namespace

std::string progressLine(double seconds, double share, uint64_t exchanges, uint64_t different) {
  std::string line;
  if (share > 0) line = std::to_string(int(share * 100)) + "% ";
  line += report::counted(exchanges, "exchange");
  if (seconds > 0) line += ", " + report::grouped(uint64_t(double(exchanges) / seconds)) + "/s";
  line += ", " + report::grouped(different) + " different";
  if (share >= kLeastShare) {
    line += ", " + durationText(uint64_t(std::llround(seconds / share * (1 - share)))) + " left";
  }
  return line;
}

Progress::Progress(uint64_t bytes, int fileDescriptor)
    : bytes(bytes), fileDescriptor(fileDescriptor), isTerminal(isatty(fileDescriptor) == 1) {}

Progress::~Progress() {
  clear();
}

void Progress::update(uint64_t bytesRead, uint64_t exchanges, uint64_t different) {
  auto now = Clock::now();
  if (!isTerminal || now - drawn < kInterval) return;
  drawn = now;
  shown = true;
  double share = bytes == 0 ? 0 : double(bytesRead) / double(bytes);
  double seconds = std::chrono::duration<double>(now - start).count();
  put(fileDescriptor, "\r\x1b[K" + progressLine(seconds, share, exchanges, different));
}

void Progress::clear() {
  if (shown) put(fileDescriptor, "\r\x1b[K");
  shown = false;
}

}  // namespace flamesim::cli
