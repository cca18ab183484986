// The files of a recording: one capture, or a series that begins a new file by size or age:
// staging.cap, staging.0001.cap, ... Each is a whole capture.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "sim/base/time.h"
#include "sim/capture/writer.h"

namespace flamesim::record {

struct CaptureFilesOptions {
  std::filesystem::path output;
  capture::CaptureHeader header;  // of each file; those behind the first have a `created` of theirs
  int compressionLevel = 3;
  bool append = false;       // go on behind the last file of the series
  uint64_t rotateBytes = 0;  // a file that has as many bytes is the last of its kind; 0: never
  Duration rotateEvery{};    // likewise by the time since it was begun
};

class CaptureFiles {
 public:
  // Opens the first file. Throws UserError; also where a file that a rotation would make is there.
  explicit CaptureFiles(CaptureFilesOptions options);

  // These throw UserError where the disk does not take it. What was given is not lost then: call
  // flush() again.
  void write(std::string_view message);
  // Everything to disk, and a new file where one is due.
  void flush();
  void close();

  uint64_t lastId() const { return greatestId; }
  // Exchanges of this recording.
  uint64_t onDisk() const { return closedExchanges + (writer ? writer->exchangesOnDisk() : 0); }
  uint64_t bytes() const { return closedBytes + (writer ? writer->bytes() : 0); }
  uint64_t droppedBytes() const { return dropped; }
  uint64_t count() const { return number - firstNumber + 1; }

 private:
  std::filesystem::path name(uint64_t number) const;
  uint64_t lastThere() const;
  void begin();
  bool isDue() const;

  CaptureFilesOptions options;
  std::unique_ptr<capture::CaptureWriter> writer;  // nullptr: the next file could not be begun yet
  uint64_t number = 0;                             // of the file that is written
  uint64_t firstNumber = 0;
  uint64_t greatestId = 0;
  uint64_t dropped = 0;
  uint64_t closedBytes = 0;
  uint64_t closedExchanges = 0;
  std::chrono::steady_clock::time_point begun;
};

}  // namespace flamesim::record
