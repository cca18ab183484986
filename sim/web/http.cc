#include "sim/web/http.h"

#include "sim/net/url.h"
#include "sim/web/js_body.h"

namespace flamesim::web {

// --- NativeMessage ----------------------------------------------------------------------------

NativeMessage::NativeMessage(net::Request request)
    : methodText(std::move(request.method)),
      urlText(std::move(request.url)),
      cfJson(std::move(request.cfJson)),
      headerValues(std::move(request.headers)),
      content(kj::mv(request.body)),
      withBody(!content.isNull()) {}

NativeMessage::NativeMessage(net::Response response, IoContext& context)
    : urlText(std::move(response.url)),
      statusCode(response.status),
      reason(std::move(response.statusText)),
      headerValues(std::move(response.headers)),
      content(kj::mv(response.body)),
      withBody(!content.isNull()),
      coding(bodyCodingOf(headerValues)) {
  if (response.webSocket != nullptr) {
    webSocket = std::make_unique<NativeWebSocket>(context, response.webSocket->take());
  }
}

void NativeMessage::comesAsAnswer(bool toHead) {
  bool never = statusCode == 101 || statusCode == 204 || statusCode == 205 || statusCode == 304;
  withBody = !toHead && !never;
}

v8::Local<v8::Value> NativeMessage::header(js::Lock& js, std::string lowerName) {
  auto value = headerValues.get(lowerName);
  if (!value) return v8::Null(js.isolate);
  return headerText(js, *value);
}

kj::Promise<std::optional<js::Bytes>> NativeMessage::read(js::Lock& js, double max) {
  if (reader.get() == nullptr) {
    if (content.isNull()) return std::optional<js::Bytes>();
    reader = takeBody(BodyCoding::kIdentity).takeStream();
  }
  auto size = size_t(std::min(std::max(max, 1.0), 1024.0 * 1024.0));
  auto buffer = kj::heapArray<char>(size);
  auto read = reading.wrap(reader->tryRead(buffer.begin(), 1, size));
  return read.then([buffer = kj::mv(buffer)](size_t n) -> std::optional<js::Bytes> {
    if (n == 0) return std::nullopt;
    return js::Bytes{std::string(buffer.begin(), n)};
  });
}

void NativeMessage::cancel() {
  // A read must not outlive the stream.
  reading.cancel("the body was cancelled");
  reader = nullptr;
  content = net::Body();
}

net::Body NativeMessage::takeRaw() {
  if (reader.get() != nullptr) return net::Body::fromStream(kj::mv(reader));
  return kj::mv(content);
}

net::Body NativeMessage::takeBody(BodyCoding wanted) {
  // What is being read is decoded already.
  auto from = reader.get() != nullptr ? BodyCoding::kIdentity : coding;
  return recode(takeRaw(), from, wanted);
}

net::Request NativeMessage::takeRequest() {
  net::Request request;
  request.method = methodText;
  request.url = urlText;
  request.headers = headerValues;
  request.cfJson = cfJson;
  request.redirect = net::RedirectMode::kManual;
  request.body = takeRaw();
  return request;
}

net::Response NativeMessage::takeResponse(IoContext& context) {
  net::Response response;
  response.status = statusCode;
  response.statusText = reason;
  response.headers = headerValues;
  response.body = takeRaw();
  if (webSocket != nullptr) {
    context.checkUpgrade();
    response.webSocket = std::exchange(webSocket, nullptr)->take(context, false);
  }
  return response;
}

namespace {
Eventual<std::string> allBytes(net::Body body) {
  if (body.bytes() != nullptr) return *body.bytes();
  return body.takeBytes();
}
}  // namespace

Eventual<std::string> NativeMessage::readText() {
  return allBytes(takeBody(BodyCoding::kIdentity)).then([](std::string bytes) {
    // "UTF-8 decode" drops a byte order mark.
    return bytes.starts_with("\xef\xbb\xbf") ? bytes.substr(3) : bytes;
  });
}

Eventual<js::Bytes> NativeMessage::readBytes() {
  return allBytes(takeBody(BodyCoding::kIdentity)).then([](std::string bytes) {
    return js::Bytes{std::move(bytes)};
  });
}

std::unique_ptr<NativeMessage> NativeMessage::cloneBody() {
  auto [mine, theirs] = content.tee();
  content = kj::mv(mine);
  return std::make_unique<NativeMessage>(kj::mv(theirs), coding);
}

namespace {
const js::FunctionEntry kMessageMethods[] = {
    js::method<&NativeMessage::method>("method"),
    js::method<&NativeMessage::url>("url"),
    js::method<&NativeMessage::cf>("cf"),
    js::method<&NativeMessage::status>("status"),
    js::method<&NativeMessage::statusText>("statusText"),
    js::method<&NativeMessage::header>("header"),
    js::method<&NativeMessage::hasBody>("hasBody"),
    js::method<&NativeMessage::leaveEncoded>("leaveEncoded"),
    js::method<&NativeMessage::read>("read"),
    js::method<&NativeMessage::cancel>("cancel"),
    js::method<&NativeMessage::readText>("readText"),
    js::method<&NativeMessage::readBytes>("readBytes"),
    js::method<&NativeMessage::takeWebSocket>("takeWebSocket"),
    js::method<&NativeMessage::cloneBody>("cloneBody"),
};
}  // namespace
const js::ClassFace NativeMessage::kFace{"NativeMessage", kMessageMethods};

// --- The namespace ----------------------------------------------------------------------------

namespace {

// What JavaScript did to a header list: for each change its letter (Append, Set, Delete) before the
// name, NUL, the value, NUL.
void change(net::HeaderList& list, std::string_view changes) {
  while (!changes.empty()) {
    size_t nameEnd = changes.find('\0');
    size_t valueEnd = changes.find('\0', nameEnd + 1);
    auto name = changes.substr(1, nameEnd - 1);
    auto value = changes.substr(nameEnd + 1, valueEnd - nameEnd - 1);
    switch (changes[0]) {
      case 'A':
        list.append(name, value);
        break;
      case 'S':
        list.set(name, value);
        break;
      default:
        list.remove(name);
    }
    changes.remove_prefix(valueEnd + 1);
  }
}

}  // namespace

net::HeaderList headersFrom(js::Lock& js, v8::Local<v8::Value> value) {
  net::HeaderList list;
  if (value->IsArray()) {
    auto pair = value.As<v8::Array>();
    list = js::Convert<NativeMessage>::from(js, js::check(pair->Get(js.context, 0))).headers();
    change(list, js.text(js::check(pair->Get(js.context, 1))));
  } else if (value->IsString()) {
    change(list, js.text(value));
  } else {
    list = js::Convert<NativeMessage>::from(js, value).headers();
  }
  return list;
}

net::Body bodyFrom(js::Lock& js, v8::Local<v8::Value> value, BodyCoding wanted) {
  if (value->IsNullOrUndefined()) return net::Body();
  auto* message = js::unwrapNative(js.owner, value, NativeMessage::kFace);
  if (message != nullptr) return static_cast<NativeMessage*>(message)->takeBody(wanted);
  auto content = value->IsString()            ? net::Body::fromBytes(js.text(value))
                 : value->IsArrayBufferView() ? net::Body::fromBytes(js::bytesOf(js, value).data)
                                              : bodyFromJs(js, value.As<v8::Object>());
  return recode(kj::mv(content), BodyCoding::kIdentity, wanted);
}

namespace {

std::optional<std::string> parseUrl(std::string text, std::optional<std::string> base) {
  std::optional<net::Url> parsedBase;
  if (base) {
    parsedBase = net::Url::parse(*base);
    if (!parsedBase) return std::nullopt;
  }
  auto url = parsedBase ? net::Url::parse(text, *parsedBase) : net::Url::parse(text);
  if (!url) return std::nullopt;
  return std::string(url->href());
}

using Answer = Eventual<std::unique_ptr<NativeMessage>>;

// `context` outlives what its JavaScript waits for.
Answer wrapped(IoContext& context, bool toHead, Eventual<net::Response> answer) {
  return std::move(answer).then([&context, toHead](net::Response&& response) {
    auto message = std::make_unique<NativeMessage>(kj::mv(response), context);
    message->comesAsAnswer(toHead);
    return message;
  });
}

Answer fetch(js::Lock& js, uint32_t slot, std::string method, std::string url,
             v8::Local<v8::Value> headers, v8::Local<v8::Value> body, std::string cf, uint32_t id) {
  auto& context = IoContext::current(js);
  net::Request request;
  bool toHead = method == "HEAD";
  request.method = std::move(method);
  // The fragment never leaves the client (RFC 9110 section 4.2.5).
  request.url = url.substr(0, url.find('#'));
  request.headers = headersFrom(js, headers);
  request.body = bodyFrom(js, body);
  request.cfJson = std::move(cf);
  request.redirect = net::RedirectMode::kManual;
  auto answer = context.fetch(slot, kj::mv(request));
  if (id == 0 || answer.ready()) return wrapped(context, toHead, kj::mv(answer));
  auto paf = kj::newPromiseAndFulfiller<net::Response>();
  context.cancellable[id] = kj::mv(paf.fulfiller);
  return wrapped(
      context, toHead,
      kj::mv(answer).promise().exclusiveJoin(kj::mv(paf.promise)).attach(kj::defer([&context, id] {
        context.cancellable.erase(id);
      })));
}

// fetch() of a request as it came in.
Answer passOn(js::Lock& js, uint32_t slot, NativeMessage& message) {
  auto request = message.takeRequest();
  // The fragment never leaves the client (RFC 9110 section 4.2.5).
  if (auto fragment = request.url.find('#'); fragment != std::string::npos) {
    request.url.resize(fragment);
  }
  auto& context = IoContext::current(js);
  bool toHead = request.method == "HEAD";
  return wrapped(context, toHead, context.fetch(slot, kj::mv(request)));
}

// Messages that leave a worker over RPC.
std::unique_ptr<NativeMessage> makeRequest(js::Lock& js, std::string method, std::string url,
                                           v8::Local<v8::Value> headers, v8::Local<v8::Value> body,
                                           std::string cf) {
  net::Request request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.headers = headersFrom(js, headers);
  request.body = bodyFrom(js, body);
  request.cfJson = std::move(cf);
  return std::make_unique<NativeMessage>(kj::mv(request));
}

std::unique_ptr<NativeMessage> makeResponse(js::Lock& js, uint16_t status, std::string statusText,
                                            std::string url, v8::Local<v8::Value> headers,
                                            v8::Local<v8::Value> body) {
  net::Response response;
  response.status = status;
  response.statusText = std::move(statusText);
  response.url = std::move(url);
  response.headers = headersFrom(js, headers);
  response.body = bodyFrom(js, body);
  auto message = std::make_unique<NativeMessage>(kj::mv(response), IoContext::current(js));
  message->leaveEncoded();
  return message;
}

std::unique_ptr<NativeMessage> makeBody(js::Lock& js, v8::Local<v8::Value> body) {
  return std::make_unique<NativeMessage>(bodyFrom(js, body), BodyCoding::kIdentity);
}

uint32_t newFetchId(js::Lock& js) {
  return ++IoContext::current(js).lastFetchId;
}

void cancelFetch(js::Lock& js, uint32_t id) {
  auto& context = IoContext::current(js);
  auto found = context.cancellable.find(id);
  if (found != context.cancellable.end()) {
    found->second->reject(js::rejection("AbortError", "The operation was aborted"));
  }
}

// name, value, name, value ...
v8::Local<v8::Array> headerList(js::Lock& js, v8::Local<v8::Value> headers) {
  auto list = headersFrom(js, headers);
  std::vector<v8::Local<v8::Value>> flat;
  flat.reserve(list.size() * 2);
  for (auto& header : list.all()) {
    flat.push_back(js.internalized(header.name));
    flat.push_back(headerText(js, header.value));
  }
  return v8::Array::New(js.isolate, flat.data(), flat.size());
}

// The same as a worker iterates over them.
v8::Local<v8::Array> sortedHeaders(js::Lock& js, v8::Local<v8::Value> headers) {
  auto combined = headersFrom(js, headers).sortedAndCombined();
  std::vector<v8::Local<v8::Value>> flat;
  flat.reserve(combined.size() * 2);
  for (auto& header : combined) {
    flat.push_back(js.internalized(header.name));
    flat.push_back(headerText(js, header.value));
  }
  return v8::Array::New(js.isolate, flat.data(), flat.size());
}

std::string withoutHeaders(js::Lock& js, v8::Local<v8::Value> headers,
                           std::vector<std::string> names) {
  net::HeaderList list = headersFrom(js, headers);
  for (auto& name : names) list.remove(name);
  std::string flat;
  for (auto& header : list.all()) {
    flat += 'A' + header.name + '\0' + header.value + '\0';
  }
  return flat;
}

// What dispatch.js calls for a request that it knows by its id. One that is over takes nothing.
IoContext* contextOf(js::Lock& js, uint32_t id) {
  return static_cast<IoContext*>(js.owner.find(id));
}

void respond(js::Lock& js, uint32_t id, uint16_t status, std::string statusText,
             v8::Local<v8::Value> headers, v8::Local<v8::Value> body, bool encode,
             v8::Local<v8::Value> webSocket, bool heldHere) {
  auto* context = contextOf(js, id);
  if (context == nullptr) return;
  net::Response response;
  response.status = status;
  response.statusText = std::move(statusText);
  if (!headers->IsNullOrUndefined()) response.headers = headersFrom(js, headers);
  auto coding = encode ? bodyCodingOf(response.headers) : BodyCoding::kIdentity;
  response.body = bodyFrom(js, body, coding);
  if (!webSocket->IsNullOrUndefined()) {
    context->checkUpgrade();
    auto& end = js::Convert<NativeWebSocket>::from(js, webSocket);
    response.webSocket = end.take(*context, heldHere);
  }
  context->responded(kj::mv(response));
}

// respond() with what came from the next stage.
void passBack(js::Lock& js, uint32_t id, NativeMessage& message) {
  if (auto* context = contextOf(js, id)) context->responded(message.takeResponse(*context));
}

void fail(js::Lock& js, uint32_t id, v8::Local<v8::Value> error) {
  if (auto* context = contextOf(js, id)) context->failed(js.owner.report(js, error));
}

void finished(js::Lock& js, uint32_t id) {
  if (auto* context = contextOf(js, id)) context->finished();
}

void passThrough(js::Lock& js, uint32_t id, NativeMessage& message) {
  if (auto* context = contextOf(js, id)) context->passedThrough(message.takeRequest());
}

void passThroughOnException(js::Lock& js, uint32_t id, v8::Local<v8::Object> message) {
  if (auto* context = contextOf(js, id)) context->passThroughOnException(js, message);
}

void beginWait(js::Lock& js, uint32_t id) {
  if (auto* context = contextOf(js, id)) context->beginWait();
}

void endWait(js::Lock& js, uint32_t id) {
  if (auto* context = contextOf(js, id)) context->endWait();
}

void failWait(js::Lock& js, uint32_t id, v8::Local<v8::Value> error) {
  auto* context = contextOf(js, id);
  if (context == nullptr) return;
  context->waitUntilFailed(js.owner.report(js, error));
  context->endWait();
}

const js::FunctionEntry kHttpFunctions[] = {
    js::function<parseUrl>("parseUrl"),
    js::function<fetch>("fetch"),
    js::function<passOn>("passOn"),
    js::function<makeRequest>("makeRequest"),
    js::function<makeResponse>("makeResponse"),
    js::function<makeBody>("makeBody"),
    js::function<newFetchId>("newFetchId"),
    js::function<cancelFetch>("cancelFetch"),
    js::function<headerList>("headerList"),
    js::function<sortedHeaders>("sortedHeaders"),
    js::function<withoutHeaders>("withoutHeaders"),
    js::function<respond>("respond"),
    js::function<passBack>("passBack"),
    js::function<finished>("finished"),
    js::function<fail>("fail"),
    js::function<passThrough>("passThrough"),
    js::function<passThroughOnException>("passThroughOnException"),
    js::function<beginWait>("beginWait"),
    js::function<endWait>("endWait"),
    js::function<failWait>("failWait"),
};

}  // namespace

const js::NamespaceFace kHttpFace{"http", kHttpFunctions};

net::Request unwrapRequest(js::Lock& js, v8::Local<v8::Object> wrapped) {
  return js::Convert<NativeMessage>::from(js, wrapped).takeRequest();
}

v8::Local<v8::Value> makeFetcher(js::Lock& js, FetcherSlot slot) {
  auto runtime = js.owner.runtime(js);
  v8::Local<v8::Value> arguments[] = {v8::Integer::NewFromUnsigned(js.isolate, slot)};
  return js.call(js.get(runtime, "makeFetcher").As<v8::Function>(), runtime, arguments);
}

}  // namespace flamesim::web
