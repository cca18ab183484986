// The native half of Request, Response and fetch(): messages that JavaScript holds without copying,
// and bodies that stream between JavaScript and the event loop.
#pragma once

#include "sim/base/eventual.h"
#include "sim/js/face.h"
#include "sim/web/body_coding.h"
#include "sim/web/io_context.h"
#include "sim/web/web_socket.h"

namespace flamesim::web {

extern const js::NamespaceFace kHttpFace;

// A request or response in JavaScript's hands.
class NativeMessage final : public js::NativeObject {
 public:
  static const js::ClassFace kFace;
  explicit NativeMessage(net::Request request);
  // `context`: of the request that the response came for.
  NativeMessage(net::Response response, IoContext& context);
  NativeMessage(net::Body body, BodyCoding coding)
      : content(kj::mv(body)), withBody(!content.isNull()), coding(coding) {}

  std::string method() { return methodText; }
  std::string url() { return urlText; }
  std::string cf() { return cfJson; }
  uint16_t status() { return statusCode; }
  std::string statusText() { return reason; }
  v8::Local<v8::Value> header(js::Lock& js, std::string lowerName);
  // Whether it came with one, taken out since or not.
  bool hasBody() { return withBody; }
  // It is the answer to a request: its body may be empty, but only some are without one.
  void comesAsAnswer(bool toHead);
  // JavaScript is to read the body as it came, encoded.
  void leaveEncoded() { coding = BodyCoding::kIdentity; }

  // At most `max` bytes; null at the end.
  kj::Promise<std::optional<js::Bytes>> read(js::Lock& js, double max);
  void cancel();
  Eventual<std::string> readText();
  Eventual<js::Bytes> readBytes();
  // The WebSocket that it came with, the first time; else null.
  std::unique_ptr<NativeWebSocket> takeWebSocket() { return std::move(webSocket); }
  // A message with the same body; both can be read.
  std::unique_ptr<NativeMessage> cloneBody();

  const net::HeaderList& headers() const { return headerValues; }
  net::Body takeBody(BodyCoding wanted);
  // What it was made of; the body moves out.
  net::Request takeRequest();
  net::Response takeResponse(IoContext& context);

 private:
  bool inert() const override { return reader.get() == nullptr && !content.isStream(); }
  net::Body takeRaw();

  std::string methodText;
  std::string urlText;
  std::string cfJson;
  uint16_t statusCode = 0;
  std::string reason;
  net::HeaderList headerValues;
  net::Body content;
  bool withBody;
  std::unique_ptr<NativeWebSocket> webSocket;
  BodyCoding coding = BodyCoding::kIdentity;  // of `content`
  kj::Own<kj::AsyncInputStream> reader;       // the body, once read() was called
  kj::Canceler reading;
};

// Headers as they come from JavaScript (Headers.toNative): a native message, changes to an empty
// list, or both in an array.
net::HeaderList headersFrom(js::Lock& js, v8::Local<v8::Value> value);
// A body as it comes from JavaScript (Body.toNative), in the coding that is wanted.
net::Body bodyFrom(js::Lock& js, v8::Local<v8::Value> value,
                   BodyCoding wanted = BodyCoding::kIdentity);

// What a worker has left of its request.
net::Request unwrapRequest(js::Lock& js, v8::Local<v8::Object> wrapped);

// The object of a binding whose fetch() goes to `slot`.
v8::Local<v8::Value> makeFetcher(js::Lock& js, FetcherSlot slot);

}  // namespace flamesim::web
