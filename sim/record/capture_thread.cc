#include "sim/record/capture_thread.h"

#include <kj/exception.h>

#include "sim/capture/codec.h"
#include "sim/capture/frame.h"

namespace flamesim::record {

namespace {

constexpr auto kRetryEvery = std::chrono::seconds(1);
constexpr auto kWarnEvery = std::chrono::seconds(1);

std::string megabytes(uint64_t bytes) {
  return std::to_string((bytes + 500'000) / 1'000'000) + " MB";
}

std::string warning(std::string message, std::string help) {
  return Diagnostic{
      .severity = Severity::kWarning, .message = std::move(message), .help = std::move(help)}
      .render();
}

uint64_t sizeOfHeaders(const net::HeaderList& headers) {
  uint64_t size = 0;
  for (const auto& header : headers.all())
    size += sizeof(header) + header.name.size() + header.value.size();
  return size;
}

// Copies of a header list may share their headers within one thread; this one leaves it.
void unshare(net::HeaderList& headers) {
  headers = net::HeaderList(std::vector<net::Header>(headers.all()));
}
void unshare(net::Exchange& exchange) {
  unshare(exchange.request.headers);
  unshare(exchange.outcome.response.headers);
  for (auto& effect : exchange.outcome.effects) {
    if (effect.request) unshare(effect.request->headers);
    if (effect.response) unshare(effect.response->headers);
  }
}

template <typename Message>
uint64_t sizeOfMessage(const Message& message) {
  return sizeof(message) + sizeOfHeaders(message.headers) + message.body.size();
}

}  // namespace

uint64_t sizeOf(const net::Exchange& exchange) {
  uint64_t size = sizeof(exchange) + exchange.request.url.size() + sizeOfMessage(exchange.request) +
                  sizeOfMessage(exchange.outcome.response);
  for (const auto& effect : exchange.outcome.effects) {
    size += sizeof(effect) + effect.input.size() + effect.output.size() + effect.error.size();
    if (effect.request) size += effect.request->url.size() + sizeOfMessage(*effect.request);
    if (effect.response) size += sizeOfMessage(*effect.response);
  }
  return size;
}

CaptureThread::CaptureThread(CaptureThreadOptions givenOptions)
    : options(std::move(givenOptions)), files(options.files) {
  greatestId = files.lastId();
  counted.droppedBytes = files.droppedBytes();
  counted.fileBytes = files.bytes();
  counted.files = files.count();
  thread = std::thread([this] { run(); });
}

CaptureThread::~CaptureThread() noexcept {
  close();
}

void CaptureThread::push(net::Exchange&& exchange) {
  uint64_t bytes = sizeOf(exchange);
  unshare(exchange);
  {
    std::lock_guard lock(mutex);
    ++accepted;
    if (queuedBytes + bytes <= options.queueBytes) {
      queuedBytes += bytes;
      queue.push_back({std::move(exchange), bytes});
      wake.notify_one();
      return;
    }
  }
  lose(1, bytes,
       "the disk does not keep up, and no more than " + std::to_string(options.queueBytes >> 20) +
           " MiB wait for it");
  warnOfLosses();
}

void CaptureThread::flushSoon() {
  std::lock_guard lock(mutex);
  flushWanted = true;
  wake.notify_one();
}

void CaptureThread::close() {
  if (!thread.joinable()) return;
  {
    std::lock_guard lock(mutex);
    stopping = true;
    wake.notify_one();
  }
  thread.join();
}

WriteCounts CaptureThread::counts() {
  std::lock_guard lock(mutex);
  return counted;
}

void CaptureThread::run() {
  std::unique_lock lock(mutex);
  while (true) {
    wake.wait(lock, [&] { return stopping || flushWanted || (!failing && !queue.empty()); });
    if (!failing && !queue.empty()) {
      Waiting next = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      handle(std::move(next.exchange), next.bytes);
      lock.lock();
      // What is being written still takes its memory.
      queuedBytes -= next.bytes;
      continue;
    }
    bool last = stopping;
    flushWanted = false;
    lock.unlock();
    if (last || !failing || std::chrono::steady_clock::now() - lastAttempt >= kRetryEvery) {
      attempt([this] { files.flush(); });
    }
    warnOfLosses();
    lock.lock();
    if (last && (failing || queue.empty())) break;
  }
  lock.unlock();
  finish();
}

void CaptureThread::handle(net::Exchange exchange, uint64_t bytes) {
  std::string message;
  // Whatever goes wrong here, a capture without this exchange is better than one with its secrets.
  auto failure = kj::runCatchingExceptions([&] {
    if (options.redactor) options.redactor->redact(exchange);
    message = capture::encodeExchange(exchange);
  });
  KJ_IF_MAYBE (exception, failure) {
    lose(1, bytes,
         std::string("it cannot be redacted or encoded: ") + exception->getDescription().cStr());
    return;
  }
  if (message.size() + 8 > capture::kMaxRawBytes) {
    lose(1, bytes, "an exchange of " + megabytes(message.size()) + " is too large for a capture");
    return;
  }
  attempt([&] { files.write(message); });
}

void CaptureThread::attempt(const std::function<void()>& action) {
  bool failed = false;
  std::string why;
  try {
    action();
  } catch (const UserError& error) {
    failed = true;
    why = error.diagnostic.message;
  }
  lastAttempt = std::chrono::steady_clock::now();
  {
    std::lock_guard lock(mutex);
    counted.onDisk = files.onDisk();
    counted.fileBytes = files.bytes();
    counted.files = files.count();
    counted.failure = why;
  }
  if (failed && !failing) {
    options.warn(warning(why, "make room: traffic passes on, up to " +
                                  std::to_string(options.queueBytes >> 20) +
                                  " MiB wait, and it is tried again every second"));
  }
  if (!failed && failing) options.warn(warning("the capture can be written again", ""));
  failing = failed;
}

void CaptureThread::lose(uint64_t exchanges, uint64_t bytes, const std::string& why) {
  std::lock_guard lock(mutex);
  counted.lost += exchanges;
  counted.lostBytes += bytes;
  lossReason = why;
}

void CaptureThread::warnOfLosses() {
  std::string text;
  {
    std::lock_guard lock(mutex);
    auto now = std::chrono::steady_clock::now();
    if (counted.lost == lossesTold) return;
    if (lossesTold != 0 && now - lastWarning < kWarnEvery) return;
    lossesTold = counted.lost;
    lastWarning = now;
    text = warning(std::to_string(counted.lost) + " exchanges (" + megabytes(counted.lostBytes) +
                       ") are lost so far: " + lossReason,
                   "");
  }
  options.warn(text);
}

// What could not be written in the end is lost.
void CaptureThread::finish() {
  if (!failing) attempt([this] { files.close(); });
  std::lock_guard lock(mutex);
  uint64_t missing = accepted - counted.lost - counted.onDisk;
  counted.lost += missing;
  for (const auto& waiting : queue) counted.lostBytes += waiting.bytes;
  queue.clear();
}

}  // namespace flamesim::record
