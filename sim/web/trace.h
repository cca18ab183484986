// What a tail worker hears of one request in another worker: production's TraceItem. Filled while
// the request runs; trace_items.js makes objects of its text.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sim/js/error.h"
#include "sim/js/native.h"
#include "sim/net/message.h"

namespace flamesim::web {

extern const js::NamespaceFace kTraceFace;

class Trace {
 public:
  // `entrypoint`: empty for the default one.
  Trace(std::string scriptName, std::string entrypoint, double startMillis);

  // What began the request.
  void ofFetch(const net::Request& request);
  void ofCall(const std::string& method);
  void ofSchedule(double timeMillis, const std::string& cron);
  void ofQueue(const std::string& queue, size_t batchSize);
  void ofTail(const std::vector<std::string>& scriptNames);

  // `message`: the arguments as a list in JSON. `errors`: what those that are errors say, likewise;
  // empty: none is one.
  void log(std::string level, std::string message, std::string errors, double millis);
  void exception(const js::ErrorReport& report, double millis);
  // `message`: as bytes (structured_clone.h).
  void publish(std::string channel, std::string message, double millis);
  void responded(uint16_t code) { status = code; }
  void end(std::string outcome, double millis);

  const std::string& scriptName() const { return name; }
  nlohmann::json toJson() const;
  // Of diagnostics channels, in the order of toJson().
  std::vector<std::string> published() const;

 private:
  bool takes(size_t bytes, double millis);

  struct Log {
    std::string level;
    std::string message;
    std::string errors;
    double millis;
  };
  struct Exception {
    std::string name;
    std::string message;
    std::string stack;  // without the error's own text
    double millis;
  };
  struct Published {
    std::string channel;
    std::string message;
    double millis;
  };

  const std::string name;
  const std::string entrypoint;
  const double start;
  std::string kind;   // of `event`, as trace_items.js knows it; empty: a test
  std::string event;  // JSON
  uint16_t status = 0;
  std::vector<Log> logs;
  std::vector<Exception> exceptions;
  std::vector<Published> channelEvents;
  size_t size = 0;  // of all text in it
  bool truncated = false;
  std::string outcome;
  double wallMillis = 0;
};

}  // namespace flamesim::web
