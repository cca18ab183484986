// What a log message is among the effects of its exchange: noted when it is sent, completed when it
// was taken.
#pragma once

#include "sim/bindings/request_scope.h"

namespace flamesim::bindings {

class LogEffect {
 public:
  LogEffect() = default;
  // `input`: the message as JSON.
  LogEffect(RequestScope& scope, std::string destination, std::string operation, std::string input)
      : log(scope.effects()), start(scope.clock().now()) {
    index = log->begin({.kind = net::EffectKind::kLog,
                        .worker = scope.workerName(),
                        .destination = std::move(destination),
                        .operation = std::move(operation),
                        .input = std::move(input),
                        .start = start});
  }

  void end(Time now, std::string error) const {
    // The effects may have been taken away since.
    if (log == nullptr || index >= log->all().size()) return;
    auto& effect = log->at(index);
    effect.duration = now - start;
    effect.error = std::move(error);
  }

 private:
  std::shared_ptr<net::EffectLog> log;  // nullptr: nobody keeps effects
  Time start;
  size_t index = 0;
};

// Sends the message under waitUntil and completes the effect. JavaScript hears nothing of a
// failure: the forwarder makes no promise.
template <typename Request>
void sendLog(RequestScope& scope, LogEffect effect, Request request) {
  auto& clock = scope.clock();
  scope.waitUntil(
      request.send().ignoreResult().then([effect, &clock] { effect.end(clock.now(), ""); },
                                         [effect, &clock](kj::Exception&& error) {
                                           effect.end(clock.now(), error.getDescription().cStr());
                                         }));
}

}  // namespace flamesim::bindings
