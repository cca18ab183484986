// An exchange: one request with all that decides its answer, and all that came of it. Plain
// values, compared by content; schemas/capture.capnp is their form on disk.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/time.h"
#include "sim/net/message.h"

namespace flamesim::net {

struct RecordedRequest {
  std::string method;
  std::string url;  // absolute
  std::string httpVersion = "HTTP/1.1";
  HeaderList headers;
  std::string body;
  bool operator==(const RecordedRequest&) const = default;
};

struct RecordedResponse {
  uint16_t status = 0;
  std::string statusText;
  std::string httpVersion = "HTTP/1.1";
  HeaderList headers;
  std::string body;  // as on the wire, still content-coded
  bool operator==(const RecordedResponse&) const = default;
};

// What the front knows of a connection before any worker runs.
struct ClientContext {
  std::string ip;  // "" unknown
  uint16_t port = 0;
  std::string connectedAddress;  // the address the client connected to; feeds connect_via_addr
  std::string scheme = "http";   // http | https
  std::string country;           // ISO 3166-1 alpha-2; "" unknown
  std::string rayId;             // "230b030023ae2822-SJC"; "" none
  bool operator==(const ClientContext&) const = default;
};

enum class EffectKind : uint8_t {
  kSubrequest,  // HTTP request to a fetcher
  kRpc,         // Cap'n Proto call
  kConfigRead,  // read of the configuration store
  kCache,       // volatile or HTTP cache operation
  kLog,         // message to the log forwarder
  kConsole,     // console line
  kMetric,
  kSpan,
};

// Something a worker did besides answering. Effects stand in the order in which they began.
struct Effect {
  EffectKind kind = EffectKind::kRpc;
  std::string worker;       // who did it; "" where it is not known (FL)
  std::string destination;  // name of the service: "rrdns", "internet", a log destination, ...
  std::string operation;    // RPC: "Interface.method"; cache: "read"; console: the level
  std::string input;        // JSON: parameters, message; console: the line. Empty for subrequests
  std::string output;       // JSON: results. Empty where there are none
  std::string error;        // why it failed; empty: it did not
  Time start;
  Duration duration{};
  // Subrequests only.
  std::optional<RecordedRequest> request;
  std::optional<RecordedResponse> response;
  bool operator==(const Effect&) const = default;
};

enum class OutcomeKind : uint8_t {
  kResponse,  // a worker, or the egress behind the chain, answered
  kDeclined,  // handed on to FL
  kFailed,    // no answer: see `error`
};

struct Outcome {
  OutcomeKind kind = OutcomeKind::kResponse;
  RecordedResponse response;  // kResponse; kDeclined: FL's answer where it is known
  std::string error;          // kFailed, or the uncaught exception behind a 500
  // Name of the worker that made the response or last changed it, or of the egress.
  std::string answeredBy;
  std::vector<Effect> effects;
  // Which worker last set a part of the response: "status", "body", "header:<lower-case name>" ->
  // its name. A removed header keeps its entry. Empty where it is not known (FL).
  std::map<std::string, std::string> setBy;
  bool operator==(const Outcome&) const = default;
};

struct Exchange {
  uint64_t id = 0;
  Time time;
  uint64_t seed = 0;
  ClientContext client;
  RecordedRequest request;
  Outcome outcome;  // in a recorded capture: what FL did
  bool operator==(const Exchange&) const = default;
};

std::string_view effectKindName(EffectKind kind);    // "subrequest", "rpc", ...
std::string_view outcomeKindName(OutcomeKind kind);  // "response", "declined", "failed"

}  // namespace flamesim::net
