// Redacts and writes exchanges on a thread of its own, so that neither a slow disk nor a full one
// holds up what passes. What waits for the disk is bounded; what does not fit is lost, counted, and
// said at once. While the disk takes nothing it is tried again every second, and nothing that waits
// is lost.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "sim/net/exchange.h"
#include "sim/record/capture_files.h"
#include "sim/redact/redactor.h"

namespace flamesim::record {

struct CaptureThreadOptions {
  CaptureFilesOptions files;
  std::optional<redact::Redactor> redactor;  // nothing: exchanges are kept as they are
  uint64_t queueBytes = 64u << 20;           // of exchanges that wait
  std::function<void(const std::string&)> warn = [](const std::string&) {};  // from any thread
};

struct WriteCounts {
  uint64_t onDisk = 0;
  uint64_t lost = 0;
  uint64_t lostBytes = 0;  // as they would have been in memory
  uint64_t fileBytes = 0;
  uint64_t files = 0;
  uint64_t droppedBytes = 0;  // of a cut-off tail, when appending
  std::string failure;        // why the last ones could not be written; empty: they were
};

class CaptureThread {
 public:
  // Opens the capture. Throws UserError.
  explicit CaptureThread(CaptureThreadOptions options);
  ~CaptureThread() noexcept;
  CaptureThread(const CaptureThread&) = delete;
  CaptureThread& operator=(const CaptureThread&) = delete;

  uint64_t lastId() const { return greatestId; }  // that an appended capture holds
  // Never waits for the disk.
  void push(net::Exchange&& exchange);
  // What has been pushed is to be on disk soon. To be called now and then: it is also what makes it
  // try again, and begin new files by time.
  void flushSoon();
  // Writes what it can and ends the thread; may wait for the disk.
  void close();
  WriteCounts counts();

 private:
  struct Waiting {
    net::Exchange exchange;
    uint64_t bytes;
  };
  using Instant = std::chrono::steady_clock::time_point;

  void run();
  void handle(net::Exchange exchange, uint64_t bytes);
  void lose(uint64_t exchanges, uint64_t bytes, const std::string& why);
  void attempt(const std::function<void()>& action);
  void warnOfLosses();
  void finish();

  CaptureThreadOptions options;
  uint64_t greatestId = 0;

  // Of the thread alone.
  CaptureFiles files;
  bool failing = false;
  Instant lastAttempt;

  std::mutex mutex;  // of all below
  std::condition_variable wake;
  std::deque<Waiting> queue;
  uint64_t queuedBytes = 0;
  uint64_t accepted = 0;
  bool flushWanted = false;
  bool stopping = false;
  WriteCounts counted;
  std::string lossReason;
  uint64_t lossesTold = 0;
  Instant lastWarning;

  std::thread thread;
};

// What an exchange takes in memory, roughly.
uint64_t sizeOf(const net::Exchange& exchange);

}  // namespace flamesim::record
