// The native half of Request, Response and fetch(): messages that JavaScript holds without copying,
// and bodies that stream between JavaScript and the event loop.
#pragma once

#include "sim/js/face.h"
#include "sim/web/io_context.h"

namespace flamesim::web {

extern const js::NamespaceFace kHttpFace;

// A request or response in JavaScript's hands.
class NativeMessage final : public js::NativeObject {
 public:
  static const js::ClassFace kFace;
  explicit NativeMessage(net::Request request);
  explicit NativeMessage(net::Response response);
  explicit NativeMessage(net::Body body) : content(kj::mv(body)) {}

  std::string method() { return methodText; }
  std::string url() { return urlText; }
  std::string cf() { return cfJson; }
  uint16_t status() { return statusCode; }
  std::string statusText() { return reason; }
  v8::Local<v8::Value> header(js::Lock& js, std::string lowerName);
  bool hasBody() { return !content.isNull() || reader.get() != nullptr; }

  // At most `max` bytes; null at the end.
  kj::Promise<std::optional<js::Bytes>> read(js::Lock& js, double max);
  void cancel();
  kj::Promise<std::string> readText();
  kj::Promise<js::Bytes> readBytes();
  // A message with the same body; both can be read.
  std::unique_ptr<NativeMessage> cloneBody();

  const net::HeaderList& headers() const { return headerValues; }
  net::Body takeBody();
  // Method, URL, headers and cf again; the body moves out.
  net::Request takeRequest();

 private:
  std::string methodText;
  std::string urlText;
  std::string cfJson;
  uint16_t statusCode = 0;
  std::string reason;
  net::HeaderList headerValues;
  net::Body content;
  kj::Own<kj::AsyncInputStream> reader;  // the body, once read() was called
};

// The native request that a handler answers, as JavaScript holds it. It outlives its context when
// a worker keeps it; calls then do nothing.
class ContextHandle final : public js::NativeObject {
 public:
  static const js::ClassFace kFace;
  explicit ContextHandle(IoContext& context);
  ~ContextHandle() noexcept(false) override;
  IoContext* context;
};

// The JavaScript side of an incoming request. While it is held, unwrapRequest() gives back what
// the worker has left of it.
v8::Local<v8::Object> wrapRequest(js::Lock& js, net::Request request);
net::Request unwrapRequest(js::Lock& js, v8::Local<v8::Object> wrapped);

// Starts the handler of a worker. `handler`: its default export; undefined for the service-worker
// format. The answer comes to `context`. Call inside isolate.enter(&context, ...).
void dispatchFetch(js::Lock& js, IoContext& context, v8::Local<v8::Value> handler,
                   v8::Local<v8::Value> env, v8::Local<v8::Object> request);

// The object of a binding whose fetch() goes to `slot`.
v8::Local<v8::Value> makeFetcher(js::Lock& js, FetcherSlot slot);

}  // namespace flamesim::web
