// Why a fetch had no answer, beside the text that says it: kj::Exception has but four types, and
// the front line answers each of these with an error of its own (edge_error.h).
#pragma once

#include <kj/exception.h>

#include <cstdint>
#include <string_view>

namespace flamesim::net {

enum class FetchFailure : uint8_t {
  kOther,           // also of any exception that was not made by fetchFailure()
  kName,            // the host's name could not be resolved
  kRefused,         // nobody listens there
  kUnreachable,     // no way to the address
  kConnectTimeout,  // no connection in time
  kTimeout,         // connected, but no answer in time
  kHandshake,       // TLS could not be agreed on
  kCertificate,     // the server's certificate is not to be trusted
  kClosed,          // closed, or cut off in its head, before the answer was there
  kNotHttp,         // what came is no HTTP
};

// A DISCONNECTED exception of that text. Copies of it keep the kind.
kj::Exception fetchFailure(FetchFailure kind, std::string_view text);
FetchFailure fetchFailureOf(const kj::Exception& exception);

}  // namespace flamesim::net
