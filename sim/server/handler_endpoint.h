// /cdn-cgi/handler/scheduled and /cdn-cgi/handler/queue of `dev`: HTTP requests that have a
// worker's handlers called, as a cron trigger or a queue would. docs/handlers.md describes them.
#pragma once

#include <optional>
#include <string_view>

#include "sim/bundle/simulation.h"
#include "sim/net/message.h"
#include "sim/web/events.h"

namespace flamesim::server {

// Whether requests of that URL are for these endpoints.
bool isHandlerUrl(std::string_view url);

// What such a request asks for.
struct HandlerCall {
  enum class Answer : uint8_t { kOutcome, kJson };
  std::string worker;
  web::Event event;
  Answer answer = Answer::kOutcome;
};

// Parses the request; `body`: its bytes, `nowMillis`: when it came. Throws UserError, whose text is
// for the client, where something is wrong with it.
HandlerCall parseHandlerCall(const net::Request& request, const std::string& body, double nowMillis,
                             const bundle::Simulation& simulation);

// The answer for what came of it: 200, or 500 where the outcome is not "ok".
net::Response answerFor(const HandlerCall& call, const web::EventOutcome& outcome);
// 400, with the text of what is wrong.
net::Response answerFor(const UserError& error);

}  // namespace flamesim::server
