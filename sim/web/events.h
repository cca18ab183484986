// Events besides requests, as values: what scheduled(), queue() and tail() handlers are called
// with, and what comes of that. A handler's decisions reach the request that it runs in; who sent
// the event gets them with its outcome.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "sim/js/lock.h"
#include "sim/js/native.h"
#include "sim/web/trace.h"

namespace flamesim::web {

extern const js::NamespaceFace kEventsFace;

// What a cron trigger sends.
struct Schedule {
  double timeMillis = 0;
  std::string cron;
};

struct QueueMessage {
  enum class Format : uint8_t {
    kSerialized,  // structured_clone.h
    kJson,
  };
  std::string id;
  double timestampMillis = 0;
  uint32_t attempts = 1;
  std::string body;
  Format format = Format::kSerialized;
};

struct QueueBatch {
  std::string queue;
  std::vector<QueueMessage> messages;
  std::string metadata;  // JSON; empty: as of an empty queue
};

struct TailBatch {
  std::vector<std::shared_ptr<const Trace>> traces;
};

using Event = std::variant<Schedule, QueueBatch, TailBatch>;

// What a handler decided about its event. The last three give production's warning for what has no
// effect any more.
class Decisions {
 public:
  using Warning = std::optional<std::string>;
  void noRetry() { retriesNever = true; }
  Warning ack(const std::string& id);
  Warning retry(const std::string& id, std::optional<int32_t> delaySeconds);
  Warning ackAll();
  Warning retryAll(std::optional<int32_t> delaySeconds);

  // What came of `event`, as {"outcome": ..., ...} with the members that its kind has.
  std::string outcomeText(const Event& event, const std::string& outcome) const;

 private:
  struct Retry {
    std::string id;
    std::optional<int32_t> delaySeconds;
  };
  bool retriesNever = false;
  bool acksAll = false;
  std::optional<Retry> batchRetry;
  std::vector<std::string> acks;  // in their order, as are retries
  std::set<std::string> acked;
  std::vector<Retry> retries;
  std::map<std::string, size_t> retried;  // places in `retries`
};

struct EventOutcome {
  std::string outcome;  // "ok", "exception", "exceededCpu", ...
  std::string text;     // Decisions::outcomeText
};

// Has `trace` say that the event began it.
void note(const Event& event, Trace& trace);

// How dispatch_event.js gets it.
struct EventArguments {
  const char* handler;  // its name
  std::string details;  // JSON
  std::vector<v8::Local<v8::Value>> values;
};
EventArguments argumentsOf(js::Lock& js, const Event& event);

}  // namespace flamesim::web
