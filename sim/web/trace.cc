#include "sim/web/trace.h"

#include <nlohmann/json.hpp>

#include "sim/js/face.h"
#include "sim/web/io_context.h"
#include "sim/web/structured_clone.h"

namespace flamesim::web {

namespace {

using nlohmann::json;

constexpr size_t kMostBytes = 256 << 10;
constexpr char kTooMuch[] =
    "Log size limit exceeded: More than 256KB of data (across console.log statements, exception, "
    "request metadata and headers) was logged during a single request. Subsequent data for this "
    "request will not be recorded in logs, appear when tailing this Worker's logs, or in Tail "
    "Workers.";

std::string text(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// The frames of a stack, without the error's own text before them.
std::string framesOf(const std::string& stack) {
  auto first = stack.find("\n    at ");
  return first == std::string::npos ? "" : stack.substr(first + 1);
}

}  // namespace

Trace::Trace(std::string scriptName, std::string entrypoint, double startMillis)
    : name(std::move(scriptName)), entrypoint(std::move(entrypoint)), start(startMillis) {}

void Trace::ofFetch(const net::Request& request) {
  kind = "fetch";
  auto headers = json::object();
  for (auto& header : request.headers.sortedAndCombined()) {
    auto [known, isNew] = headers.emplace(header.name, header.value);
    if (!isNew) *known = known->get<std::string>() + ", " + header.value;
  }
  event = text({{"url", request.url},
                {"method", request.method},
                {"headers", std::move(headers)},
                {"cf", request.cfJson}});
  size += event.size();
}

void Trace::ofCall(const std::string& method) {
  kind = "call";
  event = text({{"rpcMethod", method}});
}

void Trace::ofSchedule(double timeMillis, const std::string& cron) {
  kind = "scheduled";
  event = text({{"cron", cron}, {"scheduledTime", timeMillis}});
}

void Trace::ofQueue(const std::string& queue, size_t batchSize) {
  kind = "queue";
  event = text({{"queue", queue}, {"batchSize", batchSize}});
}

void Trace::ofTail(const std::vector<std::string>& scriptNames) {
  kind = "tail";
  event = text({{"consumed", scriptNames}});
}

bool Trace::takes(size_t bytes, double millis) {
  if (truncated) return false;
  size += bytes;
  if (size <= kMostBytes) return true;
  truncated = true;
  logs.push_back({"warn", text(json::array({kTooMuch})), "", millis});
  return false;
}

void Trace::log(std::string level, std::string message, std::string errors, double millis) {
  if (!takes(message.size() + errors.size(), millis)) return;
  logs.push_back({std::move(level), std::move(message), std::move(errors), millis});
}

void Trace::exception(const js::ErrorReport& report, double millis) {
  auto frames = framesOf(report.stack);
  if (!takes(report.message.size() + frames.size(), millis)) return;
  exceptions.push_back(
      {report.name.empty() ? "Error" : report.name, report.message, std::move(frames), millis});
}

void Trace::publish(std::string channel, std::string message, double millis) {
  if (!takes(message.size(), millis)) return;
  channelEvents.push_back({std::move(channel), std::move(message), millis});
}

void Trace::end(std::string howEnded, double millis) {
  outcome = std::move(howEnded);
  wallMillis = millis - start;
}

json Trace::toJson() const {
  json item{{"scriptName", name},
            {"entrypoint", entrypoint},
            {"eventTimestamp", start},
            {"outcome", outcome},
            {"truncated", truncated},
            {"wallTime", wallMillis},
            {"kind", kind},
            {"event", event},
            {"status", status},
            {"logs", json::array()},
            {"exceptions", json::array()},
            {"channels", json::array()}};
  for (auto& log : logs) {
    item["logs"].push_back({{"level", log.level},
                            {"message", log.message},
                            {"errors", log.errors},
                            {"timestamp", log.millis}});
  }
  for (auto& exception : exceptions) {
    item["exceptions"].push_back({{"name", exception.name},
                                  {"message", exception.message},
                                  {"stack", exception.stack},
                                  {"timestamp", exception.millis}});
  }
  for (auto& event : channelEvents) {
    item["channels"].push_back({{"channel", event.channel}, {"timestamp", event.millis}});
  }
  return item;
}

std::vector<std::string> Trace::published() const {
  std::vector<std::string> messages;
  for (auto& event : channelEvents) messages.push_back(event.message);
  return messages;
}

namespace {

// The running request, where a tail worker is to hear of it; else nullptr.
IoContext* tracedContext(js::Lock& js) {
  auto* context = static_cast<IoContext*>(js.owner.current());
  return context == nullptr || context->trace == nullptr ? nullptr : context;
}

bool active(js::Lock& js) {
  return tracedContext(js) != nullptr;
}

void log(js::Lock& js, std::string level, std::string message, std::string errors) {
  auto* context = tracedContext(js);
  if (context == nullptr) return;
  context->trace->log(std::move(level), std::move(message), std::move(errors),
                      context->nowMillis());
}

void exception(js::Lock& js, v8::Local<v8::Value> error) {
  auto* context = tracedContext(js);
  if (context == nullptr) return;
  context->trace->exception(js.owner.report(js, error), context->nowMillis());
}

// Throws the DataCloneError of a message that cannot be copied.
void publish(js::Lock& js, std::string channel, v8::Local<v8::Value> message) {
  auto bytes = serialize(js, message);
  // Serializing may have run the worker's code.
  auto* context = tracedContext(js);
  if (context == nullptr) return;
  context->trace->publish(std::move(channel), std::move(bytes), context->nowMillis());
}

const js::FunctionEntry kTraceFunctions[] = {
    js::function<active>("active"),
    js::function<log>("log"),
    js::function<exception>("exception"),
    js::function<publish>("publish"),
};

}  // namespace

const js::NamespaceFace kTraceFace{"trace", kTraceFunctions};

}  // namespace flamesim::web
