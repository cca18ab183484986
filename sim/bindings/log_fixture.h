// For tests of the bindings that send log messages: a log forwarder that keeps them as text.
#pragma once

#include <kj/debug.h>

#include <string>
#include <vector>

#include "schemas/logfwdr.capnp.h"

namespace flamesim::bindings {

class TestLogfwdr final : public schemas::Logfwdr::Server {
 public:
  explicit TestLogfwdr(std::vector<std::string>& messages) : messages(messages) {}
  // Refuses a message in which the word "refuse" stands.
  kj::Promise<void> log(LogContext context) override {
    auto text = kj::str(context.getParams().getMessage());
    messages.push_back(text.cStr());
    KJ_REQUIRE(messages.back().find("refuse") == std::string::npos, "the store is full");
    return kj::READY_NOW;
  }

 private:
  std::vector<std::string>& messages;
};

}  // namespace flamesim::bindings
