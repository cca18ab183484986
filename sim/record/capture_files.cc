#include "sim/record/capture_files.h"

#include <array>
#include <cstdio>

namespace flamesim::record {

namespace {

constexpr uint64_t kMostFiles = 9999;

}  // namespace

CaptureFiles::CaptureFiles(CaptureFilesOptions givenOptions) : options(std::move(givenOptions)) {
  bool rotates = options.rotateBytes != 0 || options.rotateEvery != Duration::zero();
  uint64_t last = rotates ? lastThere() : 0;
  if (last != 0 && !options.append) {
    throw UserError(Diagnostic{
        .message = name(last).string() + " is there from an earlier recording",
        .help = "move it away, record to another file, or go on behind it with --append"});
  }
  number = firstNumber = last;
  capture::WriterOptions writing{.compressionLevel = options.compressionLevel};
  auto path = name(number);
  writer = options.append ? capture::CaptureWriter::append(path, options.header, writing)
                          : capture::CaptureWriter::create(path, options.header, writing);
  greatestId = writer->lastId();
  dropped = writer->droppedBytes();
  begun = std::chrono::steady_clock::now();
}

std::filesystem::path CaptureFiles::name(uint64_t number) const {
  if (number == 0) return options.output;
  std::array<char, 32> digits{};
  std::snprintf(digits.data(), digits.size(), ".%04llu", static_cast<unsigned long long>(number));
  auto path = options.output;
  auto ending = path.extension();
  path.replace_extension();
  path += digits.data();
  path += ending;
  return path;
}

uint64_t CaptureFiles::lastThere() const {
  uint64_t last = 0;
  while (last < kMostFiles && std::filesystem::exists(name(last + 1))) ++last;
  return last;
}

void CaptureFiles::begin() {
  auto header = options.header;
  header.created = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  writer = capture::CaptureWriter::create(name(number), header,
                                          {.compressionLevel = options.compressionLevel});
  begun = std::chrono::steady_clock::now();
}

void CaptureFiles::write(std::string_view message) {
  if (!writer) begin();
  writer->writeEncoded(message);
  if (options.rotateBytes != 0 && writer->bytes() >= options.rotateBytes) flush();
}

bool CaptureFiles::isDue() const {
  if (!writer || writer->exchanges() == 0) return false;
  if (options.rotateBytes != 0 && writer->bytes() >= options.rotateBytes) return true;
  return options.rotateEvery != Duration::zero() &&
         std::chrono::steady_clock::now() - begun >= options.rotateEvery;
}

void CaptureFiles::flush() {
  if (!writer) begin();
  writer->flush();
  if (!isDue()) return;
  writer->close();
  closedBytes += writer->bytes();
  closedExchanges += writer->exchanges();
  writer = nullptr;
  ++number;
  begin();
}

void CaptureFiles::close() {
  if (!writer) return;
  writer->close();
}

}  // namespace flamesim::record
