#include "sim/web/web_socket.h"

#include "sim/js/v8_version.h"
#include "sim/web/namespaces.h"
#include "sim/web/structured_clone.h"

namespace flamesim::web {

namespace {

// What web_socket.js calls them.
enum class What : uint32_t { kMessage = 0, kClose = 1, kGone = 2, kFailed = 3 };

constexpr std::string_view kOtherRequest =
    "Cannot perform I/O on behalf of a different request. I/O objects (such as streams, "
    "request/response bodies, and others) created in the context of one request handler cannot be "
    "accessed from a different request's handler. This is a limitation of Cloudflare Workers which "
    "allows us to improve overall performance. (I/O type: WebSocket)";

// A function of JavaScript that native work calls, in the frame of AsyncLocalStorage in which it
// was given.
class Callback {
 public:
  Callback(js::Lock& js, IoContext& context, v8::Local<v8::Function> function)
      : context(context),
        function(js.isolate, function),
        frame(js.isolate, js::continuationData(js.context)) {}

  template <typename Arguments>
  void operator()(Arguments&& arguments) {
    if (!context.aborted().empty()) return;
    context.ioCompleted();
    context.isolate.enter(&context, [&](js::Lock& js) {
      js::setContinuationData(js.context, frame.Get(js.isolate));
      std::vector<v8::Local<v8::Value>> values = arguments(js);
      js.call(function.Get(js.isolate), js.undefined(), values);
      js::setContinuationData(js.context, js.undefined());
    });
  }

  IoContext& context;

 private:
  v8::Global<v8::Function> function;
  v8::Global<v8::Value> frame;
};

v8::Local<v8::Value> what(js::Lock& js, What kind) {
  return v8::Integer::NewFromUnsigned(js.isolate, uint32_t(kind));
}

std::string_view viewOf(kj::ArrayPtr<const char> text) {
  return {text.begin(), text.size()};
}

v8::Local<v8::Value> errorOf(js::Lock& js, const kj::Exception& exception) {
  if (exception.getType() == kj::Exception::Type::DISCONNECTED) {
    return js::errorValue(js.isolate, "Error", "Network connection lost.");
  }
  return js::errorValue(js.isolate, exception);
}

// Hands a message over; false when it was the last.
bool deliver(Callback& callback, kj::WebSocket::Message message) {
  if (message.is<kj::String>()) {
    callback([&](js::Lock& js) -> std::vector<v8::Local<v8::Value>> {
      return {what(js, What::kMessage), js.str(viewOf(message.get<kj::String>().asArray()))};
    });
    return true;
  }
  if (message.is<kj::Array<kj::byte>>()) {
    callback([&](js::Lock& js) -> std::vector<v8::Local<v8::Value>> {
      auto bytes = message.get<kj::Array<kj::byte>>().asChars();
      return {what(js, What::kMessage), js::newArrayBuffer(js, viewOf(bytes))};
    });
    return true;
  }
  callback([&](js::Lock& js) -> std::vector<v8::Local<v8::Value>> {
    auto& close = message.get<kj::WebSocket::Close>();
    return {what(js, What::kClose), js.str(viewOf(close.reason.asArray())),
            v8::Integer::NewFromUnsigned(js.isolate, close.code)};
  });
  return false;
}

void deliverFailure(Callback& callback, const kj::Exception& exception) {
  bool gone = exception.getType() == kj::Exception::Type::DISCONNECTED;
  callback([&](js::Lock& js) -> std::vector<v8::Local<v8::Value>> {
    return {what(js, gone ? What::kGone : What::kFailed), errorOf(js, exception)};
  });
}

// Work of the request that the other end of a socket decides about. `awaited`: that will come to
// something, so that a request which waits for it does not hang. What fails in JavaScript here is a
// limit that it has hit.
void start(IoContext& context, kj::Promise<void> work, bool awaited) {
  auto task = work.catch_([&context](kj::Exception&& exception) {
    context.abort(std::string(exception.getDescription().cStr()));
  });
  if (awaited) {
    context.addTask(kj::mv(task));
  } else {
    context.addBackgroundTask(kj::mv(task));
  }
}

// `end` and `callback` outlive the promise.
kj::Promise<void> readAll(SocketEnd& end, Callback& callback) {
  return end.socket->receive(net::kMostMessageBytes)
      .then(
          [&end, &callback](kj::WebSocket::Message&& message) -> kj::Promise<void> {
            if (!deliver(callback, kj::mv(message))) return kj::READY_NOW;
            return readAll(end, callback);
          },
          [&callback](kj::Exception&& exception) -> kj::Promise<void> {
            deliverFailure(callback, exception);
            return kj::READY_NOW;
          });
}

}  // namespace

NativeWebSocket::NativeWebSocket(IoContext& context, kj::Own<kj::WebSocket> socket)
    : execution(context.id), id(++context.lastSocketId) {
  context.sockets.emplace(id, std::make_shared<SocketEnd>(kj::mv(socket)));
}

std::shared_ptr<SocketEnd> NativeWebSocket::endIn(IoContext& context) {
  if (context.id != execution) throw js::Throw("Error", std::string(kOtherRequest));
  auto found = context.sockets.find(id);
  if (found == context.sockets.end()) throw js::Throw("Error", "The WebSocket is over.");
  return found->second;
}

void NativeWebSocket::accept(js::Lock& js, v8::Local<v8::Function> deliver, bool local) {
  auto& context = IoContext::current(js);
  auto socket = endIn(context);
  auto callback = std::make_unique<Callback>(js, context, deliver);
  auto reading = readAll(*socket, *callback).attach(kj::mv(callback), kj::mv(socket));
  // As production has it: what comes last is heard before the request ends for want of a client.
  context.beginWait();
  start(context, reading.then([&context] { context.endWait(); }), !local);
}

void NativeWebSocket::send(js::Lock& js, v8::Local<v8::Value> message, bool awaited,
                           v8::Local<v8::Function> done) {
  auto& context = IoContext::current(js);
  auto socket = endIn(context);
  bool isText = message->IsString();
  auto bytes = kj::heap<std::string>(isText ? js.text(message) : js::bytesOf(js, message).data);
  auto chars = kj::arrayPtr(bytes->data(), bytes->size());
  auto sent = kj::evalNow(
      [&] { return isText ? socket->socket->send(chars) : socket->socket->send(chars.asBytes()); });
  finish(js, context, sent.attach(kj::mv(bytes), kj::mv(socket)), awaited, done);
}

void NativeWebSocket::close(js::Lock& js, uint16_t code, std::string reason, bool awaited,
                            v8::Local<v8::Function> done) {
  auto& context = IoContext::current(js);
  auto socket = endIn(context);
  auto text = kj::heapString(reason.data(), reason.size());
  auto sent = kj::evalNow([&] { return socket->socket->close(code, text); });
  finish(js, context, sent.attach(kj::mv(text), kj::mv(socket)), awaited, done);
}

void NativeWebSocket::finish(js::Lock& js, IoContext& context, kj::Promise<void> sent, bool awaited,
                             v8::Local<v8::Function> done) {
  auto callback = std::make_shared<Callback>(js, context, done);
  auto told = sent.then(
      [callback] { (*callback)([](js::Lock&) { return std::vector<v8::Local<v8::Value>>(); }); },
      [callback](kj::Exception&& exception) {
        (*callback)([&](js::Lock& js) -> std::vector<v8::Local<v8::Value>> {
          return {errorOf(js, exception)};
        });
      });
  start(context, kj::mv(told), awaited);
}

void NativeWebSocket::abort(js::Lock& js) {
  endIn(IoContext::current(js))->socket->abort();
}

void NativeWebSocket::release(js::Lock& js) {
  auto& context = IoContext::current(js);
  endIn(context);
  context.sockets.erase(id);
}

std::shared_ptr<net::WebSocket> NativeWebSocket::take(IoContext& context, bool heldHere) {
  auto socket = endIn(context);
  context.sockets.erase(id);
  auto own = kj::mv(socket->socket);
  if (heldHere) own = own.attach(context.holdOpen());
  return std::make_shared<net::WebSocket>(kj::mv(own));
}

void abortSockets(IoContext& context) {
  for (auto& [id, end] : context.sockets) end->socket->abort();
}

namespace {

// Two ends of one connection.
v8::Local<v8::Array> pair(js::Lock& js) {
  auto& context = IoContext::current(js);
  auto pipe = kj::newWebSocketPipe();
  v8::Local<v8::Value> ends[2];
  for (size_t i = 0; i < 2; ++i) {
    ends[i] = js::Convert<std::unique_ptr<NativeWebSocket>>::to(
        js, std::make_unique<NativeWebSocket>(context, kj::mv(pipe.ends[i])));
  }
  return v8::Array::New(js.isolate, ends, 2);
}

const js::FunctionEntry kMethods[] = {
    js::method<&NativeWebSocket::accept>("accept"),   js::method<&NativeWebSocket::send>("send"),
    js::method<&NativeWebSocket::close>("close"),     js::method<&NativeWebSocket::abort>("abort"),
    js::method<&NativeWebSocket::release>("release"),
};

js::Bytes serializeValue(js::Lock& js, v8::Local<v8::Value> value) {
  return {serialize(js, value)};
}

v8::Local<v8::Value> deserializeValue(js::Lock& js, js::Bytes bytes) {
  return deserialize(js, bytes.data);
}

const js::FunctionEntry kWebSocketFunctions[] = {
    js::function<pair>("pair"),
    js::function<serializeValue>("serialize"),
    js::function<deserializeValue>("deserialize"),
};

}  // namespace

const js::ClassFace NativeWebSocket::kFace{"NativeWebSocket", kMethods};
const js::NamespaceFace kWebSocketFace{"webSocket", kWebSocketFunctions};

}  // namespace flamesim::web
