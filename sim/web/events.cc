#include "sim/web/events.h"

#include <nlohmann/json.hpp>

#include "sim/js/face.h"
#include "sim/web/io_context.h"
#include "sim/web/structured_clone.h"

namespace flamesim::js {

template <>
struct Convert<web::EventOutcome> {
  static v8::Local<v8::Value> to(Lock& js, const web::EventOutcome& outcome) {
    return check(v8::JSON::Parse(js.context, js.str(outcome.text)));
  }
};

}  // namespace flamesim::js

namespace flamesim::web {

namespace {

using Json = nlohmann::ordered_json;

std::string text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void addDelay(Json& object, std::optional<int32_t> delaySeconds) {
  if (delaySeconds) object["delaySeconds"] = *delaySeconds;
}

std::string withoutEffect(const std::string& call, const std::string& earlier) {
  return "Received a call to " + call + " after " + earlier + " was already called. Calling ";
}

}  // namespace

Decisions::Warning Decisions::ack(const std::string& id) {
  if (acksAll) return std::nullopt;
  if (batchRetry) {
    return withoutEffect("ack() on message " + id, "retryAll()") +
           "ack() on a message after calling retryAll() has no effect.";
  }
  if (retried.contains(id)) {
    return withoutEffect("ack() on message " + id, "retry()") +
           "ack() on a message after calling retry() has no effect.";
  }
  if (acked.insert(id).second) acks.push_back(id);
  return std::nullopt;
}

Decisions::Warning Decisions::retry(const std::string& id, std::optional<int32_t> delaySeconds) {
  if (acksAll) {
    return withoutEffect("retry() on message " + id, "ackAll()") +
           "retry() on a message after calling ackAll() has no effect.";
  }
  if (acked.contains(id)) {
    return withoutEffect("retry() on message " + id, "ack()") +
           "retry() on a message after calling ack() has no effect.";
  }
  auto [known, isNew] = retried.try_emplace(id, retries.size());
  if (isNew) retries.push_back({id, std::nullopt});
  retries[known->second].delaySeconds = delaySeconds;
  return std::nullopt;
}

Decisions::Warning Decisions::ackAll() {
  if (batchRetry) {
    return withoutEffect("ackAll()", "retryAll()") +
           "ackAll() after calling retryAll() has no effect.";
  }
  acksAll = true;
  return std::nullopt;
}

Decisions::Warning Decisions::retryAll(std::optional<int32_t> delaySeconds) {
  if (acksAll) {
    return withoutEffect("retryAll()", "ackAll()") +
           "retryAll() after calling ackAll() has no effect.";
  }
  batchRetry = Retry{"", delaySeconds};
  return std::nullopt;
}

std::string Decisions::outcomeText(const Event& event, const std::string& outcome) const {
  Json said{{"outcome", outcome}};
  if (std::holds_alternative<Schedule>(event)) {
    said["noRetry"] = retriesNever;
  } else if (std::holds_alternative<QueueBatch>(event)) {
    said["ackAll"] = acksAll;
    said["retryBatch"] = {{"retry", batchRetry.has_value()}};
    if (batchRetry) addDelay(said["retryBatch"], batchRetry->delaySeconds);
    said["explicitAcks"] = acks;
    said["retryMessages"] = Json::array();
    for (auto& retry : retries) {
      Json message{{"msgId", retry.id}};
      addDelay(message, retry.delaySeconds);
      said["retryMessages"].push_back(std::move(message));
    }
  }
  return text(said);
}

void note(const Event& event, Trace& trace) {
  if (auto* schedule = std::get_if<Schedule>(&event)) {
    trace.ofSchedule(schedule->timeMillis, schedule->cron);
  } else if (auto* batch = std::get_if<QueueBatch>(&event)) {
    trace.ofQueue(batch->queue, batch->messages.size());
  } else {
    std::vector<std::string> names;
    for (auto& consumed : std::get<TailBatch>(event).traces) {
      names.push_back(consumed->scriptName());
    }
    trace.ofTail(names);
  }
}

namespace {

EventArguments argumentsOf(js::Lock&, const Schedule& schedule) {
  Json details{{"scheduledTime", schedule.timeMillis}, {"cron", schedule.cron}};
  return {.handler = "scheduled", .details = text(details), .values = {}};
}

v8::Local<v8::Value> bodyOf(js::Lock& js, const QueueMessage& message) {
  return message.format == QueueMessage::Format::kJson
             ? js::check(v8::JSON::Parse(js.context, js.str(message.body)))
             : deserialize(js, message.body);
}

EventArguments argumentsOf(js::Lock& js, const QueueBatch& batch) {
  EventArguments arguments{.handler = "queue", .details = "", .values = {}};
  Json details{{"queue", batch.queue}, {"metadata", batch.metadata}, {"messages", Json::array()}};
  for (auto& message : batch.messages) {
    details["messages"].push_back({{"id", message.id},
                                   {"timestamp", message.timestampMillis},
                                   {"attempts", message.attempts}});
    arguments.values.push_back(bodyOf(js, message));
  }
  arguments.details = text(details);
  return arguments;
}

EventArguments argumentsOf(js::Lock& js, const TailBatch& batch) {
  EventArguments arguments{.handler = "tail", .details = "", .values = {}};
  auto details = nlohmann::json::array();
  for (auto& trace : batch.traces) {
    details.push_back(trace->toJson());
    for (auto& message : trace->published()) arguments.values.push_back(deserialize(js, message));
  }
  arguments.details = details.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return arguments;
}

}  // namespace

EventArguments argumentsOf(js::Lock& js, const Event& event) {
  return std::visit([&](auto& one) { return argumentsOf(js, one); }, event);
}

namespace {

Eventual<EventOutcome> sendScheduled(js::Lock& js, uint32_t slot, double timeMillis,
                                     std::string cron) {
  return IoContext::current(js).send(slot, Schedule{timeMillis, std::move(cron)});
}

// `messages`: [id, timestamp, attempts, body, whether that is bytes already] each.
Eventual<EventOutcome> sendQueue(js::Lock& js, uint32_t slot, std::string queue,
                                 v8::Local<v8::Array> messages, std::string metadata) {
  QueueBatch batch{.queue = std::move(queue), .messages = {}, .metadata = std::move(metadata)};
  for (uint32_t i = 0; i < messages->Length(); ++i) {
    auto parts = js::check(messages->Get(js.context, i)).As<v8::Array>();
    auto part = [&](uint32_t at) { return js::check(parts->Get(js.context, at)); };
    auto body = part(3);
    batch.messages.push_back(
        {.id = js.text(part(0)),
         .timestampMillis = js::Convert<double>::from(js, part(1)),
         .attempts = js::Convert<uint32_t>::from(js, part(2)),
         .body = part(4)->IsTrue() ? js::bytesOf(js, body).data : serialize(js, body)});
  }
  return IoContext::current(js).send(slot, std::move(batch));
}

// The request of that id in which a handler decides. One that is over takes nothing.
Decisions* decisionsOf(js::Lock& js, uint32_t request) {
  auto* context = static_cast<IoContext*>(js.owner.find(request));
  return context == nullptr ? nullptr : &context->decisions;
}

void noRetry(js::Lock& js, uint32_t request) {
  if (auto* decisions = decisionsOf(js, request)) decisions->noRetry();
}

// Each of these gives a warning, or null.
Decisions::Warning ack(js::Lock& js, uint32_t request, std::string id) {
  auto* decisions = decisionsOf(js, request);
  return decisions == nullptr ? std::nullopt : decisions->ack(id);
}

Decisions::Warning retry(js::Lock& js, uint32_t request, std::string id,
                         std::optional<int32_t> delaySeconds) {
  auto* decisions = decisionsOf(js, request);
  return decisions == nullptr ? std::nullopt : decisions->retry(id, delaySeconds);
}

Decisions::Warning ackAll(js::Lock& js, uint32_t request) {
  auto* decisions = decisionsOf(js, request);
  return decisions == nullptr ? std::nullopt : decisions->ackAll();
}

Decisions::Warning retryAll(js::Lock& js, uint32_t request, std::optional<int32_t> delaySeconds) {
  auto* decisions = decisionsOf(js, request);
  return decisions == nullptr ? std::nullopt : decisions->retryAll(delaySeconds);
}

const js::FunctionEntry kEventsFunctions[] = {
    js::function<sendScheduled>("sendScheduled"),
    js::function<sendQueue>("sendQueue"),
    js::function<noRetry>("noRetry"),
    js::function<ack>("ack"),
    js::function<retry>("retry"),
    js::function<ackAll>("ackAll"),
    js::function<retryAll>("retryAll"),
};

}  // namespace

const js::NamespaceFace kEventsFace{"events", kEventsFunctions};

}  // namespace flamesim::web
