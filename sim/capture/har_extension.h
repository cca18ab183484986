// The member "_flamesim" of a HAR entry: what an exchange has that HAR 1.2 has no place for. Names
// with an underscore are free for that.
//
//   "_flamesim": {
//     "id", "timeNanos", "seed",
//     "url"                        where it is not spelt as the URL standard does
//     "client": {"ip", "port", "connectedAddress", "scheme", "country", "rayId"},
//     "outcome": {"kind", "error", "answeredBy", "setBy": {part: worker}},
//     "codedBody": base64          the response's body as it was coded, where `content` is decoded
//     "stillCoded": true,          `content` is as it was coded, for it cannot be decoded
//     "effects": [{"kind", "worker", "destination", "operation", "input", "output", "error",
//                  "startNanos", "durationNanos", "request", "response"}]
//   }
//
// What is empty is left out. 64-bit numbers are strings: readers of JSON round them. A text that is
// not UTF-8 has "Base64" behind its name. Requests and responses of effects are as `capture show
// --json` has them.
#pragma once

#include <nlohmann/json.hpp>

#include "sim/net/exchange.h"

namespace flamesim::capture {

nlohmann::ordered_json harExtension(const net::Exchange& exchange);

// Puts what `extension` has into an exchange. False where it is not of this form; the exchange is
// then as it was.
bool takeHarExtension(const nlohmann::json& extension, net::Exchange& exchange);

}  // namespace flamesim::capture
