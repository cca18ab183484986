// The native half of cache.js: from JavaScript's requests and responses to the CacheStore.
#include "sim/web/http.h"
#include "sim/web/namespaces.h"

namespace flamesim::web {

namespace {

net::Request requestFor(js::Lock& js, std::string url, v8::Local<v8::Value> headers) {
  net::Request request;
  request.url = url.substr(0, url.find('#'));
  request.headers = headersFrom(js, headers);
  return request;
}

// A native message, or null.
Eventual<std::unique_ptr<NativeMessage>> match(js::Lock& js, std::optional<std::string> cache,
                                               std::string url, v8::Local<v8::Value> headers) {
  auto& context = IoContext::current(js);
  return context.cacheStore()
      .match(cache, requestFor(js, std::move(url), headers), context.clock().now())
      .then([&context](std::optional<net::Response>&& found) {
        if (!found) return std::unique_ptr<NativeMessage>();
        auto message = std::make_unique<NativeMessage>(kj::mv(*found), context);
        message->comesAsAnswer(false);
        return message;
      });
}

kj::Promise<void> put(js::Lock& js, std::optional<std::string> cache, std::string url,
                      v8::Local<v8::Value> headers, uint16_t status, std::string statusText,
                      v8::Local<v8::Value> responseHeaders, v8::Local<v8::Value> body,
                      bool encode) {
  auto& context = IoContext::current(js);
  net::Response response;
  response.status = status;
  response.statusText = std::move(statusText);
  if (!responseHeaders->IsNullOrUndefined()) response.headers = headersFrom(js, responseHeaders);
  auto coding = encode ? bodyCodingOf(response.headers) : BodyCoding::kIdentity;
  response.body = bodyFrom(js, body, coding);
  return context.cacheStore().put(cache, requestFor(js, std::move(url), headers), kj::mv(response),
                                  context.clock().now());
}

Eventual<bool> remove(js::Lock& js, std::optional<std::string> cache, std::string url,
                      v8::Local<v8::Value> headers) {
  auto& context = IoContext::current(js);
  return context.cacheStore().remove(cache, requestFor(js, std::move(url), headers));
}

const js::FunctionEntry kCacheFunctions[] = {
    js::function<match>("match"),
    js::function<put>("put"),
    js::function<remove>("remove"),
};

}  // namespace

const js::NamespaceFace kCacheFace{"cache", kCacheFunctions};

}  // namespace flamesim::web
