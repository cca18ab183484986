// A log sink for what must not be lost: messages go to segments in a folder, files
// log-00000001.capnp, log-00000002.capnp, ..., each a stream of unpacked Cap'n Proto messages.
// append() resolves when the message is on the disk (fdatasync); those that wait at that moment
// share one. A writer thread does it, so no event loop waits for a disk.
//
// Back-pressure: messages that wait for the disk are bounded. Where there is no room, append()
// waits for it, for a bounded time; then the message is dropped, append() rejects (OVERLOADED) and
// the drop is counted. The file "dropped" of the folder has the count of all runs.
//
// After a crash: what append() resolved for is there. A message that was cut off at the end is
// removed when the folder is opened again. What cannot be a message is left where it is, and a new
// segment is begun.
#pragma once

#include <chrono>
#include <functional>

#include "mocks/log_sink.h"

namespace flamesim::mocks {

struct SegmentOptions {
  uint64_t segmentBytes = uint64_t(64) << 20;  // a segment is ended before it grows over this
  uint64_t segments = 64;                      // the oldest go when there are more
  uint64_t queue = 4096;                       // messages that may wait for the disk, from 1
  std::chrono::milliseconds wait{1000};        // for room in the queue
  std::function<void()> beforeWrite;  // for tests: called by the writer thread before each batch
};

class SegmentLogSink final : public LogSink {
 public:
  // Makes the folder where it is missing. Throws InputError, also where another process writes
  // there.
  static std::shared_ptr<SegmentLogSink> open(const std::filesystem::path& folder,
                                              SegmentOptions options);
  // Writes what waits.
  ~SegmentLogSink() noexcept(false);

  kj::Promise<void> append(capnp::DynamicStruct::Reader message) override;
  LogCounts counts() const override;

 private:
  class Writer;
  explicit SegmentLogSink(std::unique_ptr<Writer> writer);
  const std::unique_ptr<Writer> writer;
};

}  // namespace flamesim::mocks
