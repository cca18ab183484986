#include "sim/record/passage.h"

#include <utility>

#include "sim/capture/body_note.h"
#include "sim/net/recorded.h"

namespace flamesim::record {

void BodyCopy::add(std::string_view chunk, uint64_t limit) {
  total += chunk.size();
  if (overLimit) return;
  if (total > limit) {
    overLimit = true;
    bytes = std::string();
    return;
  }
  bytes += chunk;
}

// Hands on what it reads and keeps a copy in the passage.
class Passage::CopyingStream final : public kj::AsyncInputStream {
 public:
  CopyingStream(kj::Own<kj::AsyncInputStream> inner, kj::Own<Passage> passage, BodyCopy& copy,
                std::optional<uint64_t> length)
      : inner(kj::mv(inner)), passage(kj::mv(passage)), copy(copy), length(length) {}

  ~CopyingStream() noexcept(false) { passage->bodyEnded(copy, "its reader went away"); }

  kj::Promise<size_t> tryRead(void* buffer, size_t minBytes, size_t maxBytes) override {
    return inner->tryRead(buffer, minBytes, maxBytes)
        .then(
            [this, buffer, minBytes](size_t n) {
              copy.add({static_cast<const char*>(buffer), n}, passage->bodyLimit);
              // A reader that knows the length does not ask for the end.
              if (n < minBytes || (length && copy.total >= *length)) passage->bodyEnded(copy, "");
              return n;
            },
            [this](kj::Exception&& exception) -> size_t {
              passage->bodyEnded(copy, exception.getDescription().cStr());
              kj::throwRecoverableException(kj::mv(exception));
              return 0;
            });
  }

  kj::Maybe<uint64_t> tryGetLength() override { return inner->tryGetLength(); }

 private:
  kj::Own<kj::AsyncInputStream> inner;
  kj::Own<Passage> passage;
  BodyCopy& copy;
  std::optional<uint64_t> length;
};

Passage::Passage(const Clock& clock, uint64_t bodyLimit, std::function<void(Passage&)> onDone)
    : start(clock.now()), clock(clock), bodyLimit(bodyLimit), onDone(std::move(onDone)) {}

Passage::~Passage() noexcept(false) {
  abandon();
}

net::Body Passage::copying(net::Body body, BodyCopy& copy) {
  if (!body.isStream()) {
    if (auto* bytes = body.bytes()) copy.add(*bytes, bodyLimit);
    bodyEnded(copy, "");
    return body;
  }
  auto length = body.length();
  return net::Body::fromStream(
      kj::heap<CopyingStream>(body.takeStream(), kj::addRef(*this), copy, length), length);
}

void Passage::bodyEnded(BodyCopy& copy, std::string broken) {
  if (copy.whole || !copy.broken.empty()) return;
  copy.whole = broken.empty();
  copy.broken = std::move(broken);
  if (&copy == &responseBody) done();
}

net::Request Passage::takeRequest(net::Request passing) {
  request.method = passing.method;
  request.url = passing.url;
  request.httpVersion = passing.httpVersion;
  request.headers = passing.headers;
  // How the body was framed on that one connection: it is kept without.
  request.headers.remove("transfer-encoding");
  passing.body = copying(std::move(passing.body), requestBody);
  return passing;
}

net::Response Passage::takeResponse(net::Response passing) {
  hasResponse = true;
  response.status = passing.status;
  response.statusText = passing.statusText;
  response.headers = passing.headers;
  net::dropConnectionHeaders(response.headers);
  passing.body = copying(std::move(passing.body), responseBody);
  return passing;
}

void Passage::fail(std::string why) {
  if (isDone()) return;
  error = std::move(why);
  done();
}

void Passage::abandon() {
  if (isDone()) return;
  if (hasResponse) {
    bodyEnded(responseBody, "its reader went away");
  } else {
    fail("broken off by the client, or by the end of the recording, before there was an answer");
  }
}

void Passage::done() {
  if (isDone()) return;
  doneAt = clock.now();
  onDone(*this);
}

std::string Passage::settle(BodyCopy& copy, std::string& body, const char* which) {
  std::string what = std::string("of the ") + which + " ";
  // What may pass later is not kept any more.
  if (std::exchange(copy.overLimit, true)) {
    return what + std::to_string(copy.total) + " bytes, more than the limit of " +
           std::to_string(bodyLimit);
  }
  body = std::move(copy.bytes);
  if (copy.whole) return "";
  return what + std::to_string(body.size()) + " bytes passed" +
         (copy.broken.empty() ? ", then the answer was there" : ", then: " + copy.broken);
}

std::string Passage::settleBodies() {
  std::string ofRequest = settle(requestBody, request.body, "request");
  std::string ofResponse = hasResponse ? settle(responseBody, response.body, "response") : "";
  if (ofRequest.empty() && ofResponse.empty()) return "";
  if (!ofRequest.empty() && !ofResponse.empty()) ofRequest += "; ";
  return capture::bodyNotKept(ofRequest + ofResponse);
}

}  // namespace flamesim::record
