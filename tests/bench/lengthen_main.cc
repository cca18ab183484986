// A long capture out of a short one, for measuring what length does to a replay:
//
//   bench_lengthen FROM TO EXCHANGES
//
// Writes FROM again and again until TO holds EXCHANGES of them. Ids go on consecutively. Each
// repetition is later than the one before by the time that FROM spans and a second, so that hosts
// and paths come back as they do in real traffic, and no sooner than caches may forget them.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "sim/capture/reader.h"
#include "sim/capture/writer.h"

using namespace flamesim;

namespace {

// From the first beginning to the last sign of life: effects may go on behind the last arrival.
Duration spanOf(const char* path) {
  auto reader = capture::CaptureReader::open(path).orThrow();
  std::optional<Time> first;
  Time last;
  while (auto exchange = reader.next()) {
    first = std::min(first.value_or(exchange->time), exchange->time);
    last = std::max(last, exchange->time);
    for (auto& effect : exchange->outcome.effects) {
      last = std::max(last, effect.start + effect.duration);
    }
  }
  if (!first) throw UserError(std::string(path) + ": holds no exchange");
  return last - *first;
}

void shift(net::Exchange& exchange, Duration by) {
  exchange.time += by;
  for (auto& effect : exchange.outcome.effects) effect.start += by;
}

void lengthen(const char* from, const char* to, uint64_t exchanges) {
  const Duration step = spanOf(from) + std::chrono::seconds(1);
  auto header = capture::CaptureReader::open(from).orThrow().header();
  auto writer =
      capture::CaptureWriter::create(to, header, {.atomicity = capture::Atomicity::kRenameOnClose});
  uint64_t written = 0;
  for (int64_t repetition = 0; written < exchanges; ++repetition) {
    auto reader = capture::CaptureReader::open(from).orThrow();
    for (auto exchange = reader.next(); exchange && written < exchanges; exchange = reader.next()) {
      exchange->id = ++written;
      exchange->seed = capture::seedFor(exchange->id);
      shift(*exchange, repetition * step);
      writer->write(*exchange);
    }
  }
  writer->close();
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t exchanges = 0;
  std::string_view count = argc == 4 ? argv[3] : "";
  auto parsed = std::from_chars(count.data(), count.data() + count.size(), exchanges);
  if (exchanges == 0 || parsed.ptr != count.data() + count.size()) {
    std::fprintf(stderr, "usage: bench_lengthen FROM TO EXCHANGES\n");
    return 2;
  }
  try {
    lengthen(argv[1], argv[2], exchanges);
  } catch (const UserError& error) {
    std::fputs(error.what(), stderr);
    return int(error.code);
  }
  return 0;
}
