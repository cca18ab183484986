// One request and its response while they pass through a recording proxy: what has been seen of
// them so far. Filled by the proxy and by the streams that copy bodies; when the response has
// passed whole, has broken off or nobody wants it any more, the passage is done, once.
#pragma once

#include <kj/async-io.h>
#include <kj/debug.h>
#include <kj/refcount.h>

#include <functional>
#include <string>

#include "sim/base/clock.h"
#include "sim/net/exchange.h"
#include "sim/net/message.h"

namespace flamesim::record {

// A body as it passes: its bytes up to a limit, and how it ended.
struct BodyCopy {
  std::string bytes;   // empty again once there were more than the limit
  uint64_t total = 0;  // bytes that passed
  bool overLimit = false;
  bool whole = false;  // its end was seen
  std::string broken;  // why it ended early; empty: it did not

  void add(std::string_view chunk, uint64_t limit);
};

class Passage final : public kj::Refcounted {
 public:
  // `onDone` is called once, at the latest by the destructor.
  Passage(const Clock& clock, uint64_t bodyLimit, std::function<void(Passage&)> onDone);
  ~Passage() noexcept(false);

  // Keeps `request` and gives back the same request with a body that is copied as it is read.
  net::Request takeRequest(net::Request request);
  // Likewise for the response; done() once the body has ended.
  net::Response takeResponse(net::Response response);
  // There is no response: `why`.
  void fail(std::string why);
  // Nobody waits for the response any more.
  void abandon();

  bool answered() const { return hasResponse; }
  bool isDone() const { return doneAt != nullptr; }

  const Time start;
  net::RecordedRequest request;
  net::RecordedResponse response;  // of answered()
  std::string error;               // why there is no response

  // All below hold once it is done.
  Time end() const { return KJ_ASSERT_NONNULL(doneAt); }
  // Moves the bodies into `request` and `response`. What is amiss with one of them, as a text for
  // the `error` beside it (sim/capture/body_note.h); empty: both are whole.
  std::string settleBodies();

 private:
  class CopyingStream;
  net::Body copying(net::Body body, BodyCopy& copy);
  void bodyEnded(BodyCopy& copy, std::string broken);
  void done();
  std::string settle(BodyCopy& copy, std::string& body, const char* which);

  const Clock& clock;
  const uint64_t bodyLimit;
  std::function<void(Passage&)> onDone;
  BodyCopy requestBody;
  BodyCopy responseBody;
  bool hasResponse = false;
  kj::Maybe<Time> doneAt;
};

}  // namespace flamesim::record
