// The logfwdr emulation: takes log messages and appends them to a sink.
#pragma once

#include <memory>

#include "mocks/log_sink.h"
#include "schemas/logfwdr.capnp.h"

namespace flamesim::mocks {

// A server on the calling thread's event loop; call it directly, or hand it to serve(). An answer
// to log() means that the sink has the message.
schemas::Logfwdr::Client newLogfwdr(std::shared_ptr<LogSink> sink);

// The same for a schema of one's own: any call on `type` appends the one struct in its parameters,
// or the parameters themselves where they are not just one struct. `owner` keeps the schema alive.
capnp::DynamicCapability::Client newLogfwdr(std::shared_ptr<LogSink> sink,
                                            capnp::InterfaceSchema type,
                                            std::shared_ptr<const void> owner = nullptr);

}  // namespace flamesim::mocks
