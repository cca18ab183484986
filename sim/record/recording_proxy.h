// `flamesim record`: an HTTP proxy in front of FL, and one between FL and its origin, that keep in
// a capture what passes, and pass it on as it comes: bodies stream, headers keep order and casing.
//
//   clients -> listen =record= to -> FL -> upstream.listen =record= upstream.to -> origin
//
// What the proxy says itself: 502 with a line of text where `to` or `upstream.to` cannot be
// reached; 400 and the like for what is not HTTP. The first is kept: as a failed exchange, or as
// the answer that FL got; the second never becomes an exchange. A server that closes the connection
// without an answer makes the proxy close its client's, and is kept as a failure.
#pragma once

#include <kj/async-io.h>
#include <kj/async-unix.h>

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "sim/base/clock.h"
#include "sim/net/curl_fetcher.h"
#include "sim/net/ingress.h"
#include "sim/record/capture_thread.h"
#include "sim/record/recorder.h"

namespace flamesim::record {

struct UpstreamPair {
  std::string listen;             // "127.0.0.1:9001"
  std::string to;                 // "http://127.0.0.1:9000"
  std::string name = "internet";  // destination of the effects
};

struct RecordOptions {
  std::string listen;  // "127.0.0.1:8080", "[::1]:8080", "unix:/path"; port 0: any free one
  std::string to;      // origin of FL: "http://127.0.0.1:9080"
  std::vector<UpstreamPair> upstreams;
  std::filesystem::path output;
  std::string source;  // for the capture's header; empty: "record " + to
  std::string creator = "flamesim record";
  int compressionLevel = 3;
  bool append = false;       // go on behind what `output` holds
  uint64_t rotateBytes = 0;  // see CaptureFilesOptions
  Duration rotateEvery{};
  uint64_t queueBytes = 64u << 20;  // of exchanges that wait for the disk
  RecorderOptions recorder;
  SelectionOptions selection;
  redact::Redaction redaction = redact::Redaction::kOn;
  redact::RedactionSettings redacting;
  std::function<void(const std::string&)> warn = [](const std::string&) {};  // from any thread
  Duration flushInterval = std::chrono::milliseconds(500);
  Duration drainTimeout = std::chrono::seconds(5);
};

struct RecordSummary {
  RecordCounts counts;
  WriteCounts written;
  // Some lines for the terminal, each ended by '\n'.
  std::string render() const;
};

class RecordingProxy {
 public:
  // Listens and opens the capture. Throws UserError for addresses and files that cannot be used,
  // before it has touched the file. The context's and the clock's thread; both must outlive it.
  RecordingProxy(kj::AsyncIoContext& io, Clock& clock, RecordOptions options);
  ~RecordingProxy() noexcept(false);
  KJ_DISALLOW_COPY(RecordingProxy);

  uint16_t port() const;
  uint16_t upstreamPort(size_t i) const;

  // Serves until stop() has ended, whatever becomes of the capture: see summary().
  kj::Promise<void> serve();
  // Accepts nothing new, lets what is under way end (at most drainTimeout), closes the capture,
  // which may wait for the disk. Call once.
  kj::Promise<void> stop();
  RecordSummary summary() const;

 private:
  class Relay;

  kj::Own<Relay> relay(const std::string& listen, const std::string& to, std::string name);
  void openCapture();
  kj::Promise<void> flushLoop();

  kj::AsyncIoContext& io;
  Clock& clock;
  RecordOptions options;
  std::unique_ptr<CaptureThread> writer;
  kj::ForkedPromise<void> ended;
  kj::Own<kj::PromiseFulfiller<void>> endedFulfiller;
  Recorder recorder;
  net::CurlFetcher fetcher;
  kj::Own<Relay> front;
  std::vector<kj::Own<Relay>> upstreams;
  kj::Promise<void> flushing = nullptr;

  RecordingProxy(kj::AsyncIoContext& io, Clock& clock, RecordOptions options,
                 kj::PromiseFulfillerPair<void> paf);
};

// Runs a RecordingProxy until SIGINT or SIGTERM; `log` gets a line when it listens. Throws
// UserError.
RecordSummary record(const RecordOptions& options, std::ostream& log);

}  // namespace flamesim::record
