#include "sim/web/js_body.h"

#include <cstring>

namespace flamesim::web {

namespace {

class JsBody final : public kj::AsyncInputStream {
 public:
  JsBody(js::Lock& js, IoContext& context, v8::Local<v8::Object> source)
      : context(kj::addRef(context)), source(js.isolate, source) {}

  ~JsBody() noexcept(false) {
    if (ended || !context->aborted().empty()) return;
    // Dropped before its end: let the producer know.
    try {
      context->isolate.enter(context.get(), [&](js::Lock& js) { callCancel(js); });
    } catch (const std::exception&) {
      // What the producer throws on being cancelled concerns nobody any more.
    }
  }

  kj::Promise<size_t> tryRead(void* buffer, size_t minBytes, size_t maxBytes) override {
    return readSome(static_cast<char*>(buffer), minBytes, maxBytes, 0);
  }

 private:
  kj::Promise<size_t> readSome(char* buffer, size_t minBytes, size_t maxBytes, size_t have) {
    size_t n = std::min(maxBytes - have, pending.size() - at);
    if (n > 0) {
      std::memcpy(buffer + have, pending.data() + at, n);
      at += n;
      have += n;
    }
    if (have >= minBytes || ended) return have;
    return nextChunk().then([this, buffer, minBytes, maxBytes, have] {
      return readSome(buffer, minBytes, maxBytes, have);
    });
  }

  // Fills `pending` or sets `ended`.
  kj::Promise<void> nextChunk() {
    auto paf = kj::newPromiseAndFulfiller<void>();
    auto fulfiller = std::make_shared<kj::Own<kj::PromiseFulfiller<void>>>(kj::mv(paf.fulfiller));
    try {
      context->isolate.enter(context.get(), [&](js::Lock& js) {
        auto object = source.Get(js.isolate);
        auto read = js.get(object, "read").As<v8::Function>();
        auto promise = js.call(read, object, {});
        js::whenSettled(
            js, promise,
            [this, fulfiller](js::Lock& js, v8::Local<v8::Value> chunk) {
              if (!(*fulfiller)->isWaiting()) return;
              at = 0;
              if (chunk->IsNull()) {
                pending.clear();
                ended = true;
              } else {
                pending = js::bytesOf(js, chunk).data;
              }
              (*fulfiller)->fulfill();
            },
            [this, fulfiller](js::Lock& js, v8::Local<v8::Value> error) {
              if (!(*fulfiller)->isWaiting()) return;
              ended = true;
              auto report = js.owner.report(js, error);
              (*fulfiller)->reject(js::rejection("Error", report.text()));
            });
      });
    } catch (const std::exception& error) {
      ended = true;
      return js::rejection("Error", error.what());
    }
    return kj::mv(paf.promise);
  }

  void callCancel(js::Lock& js) {
    auto object = source.Get(js.isolate);
    js.call(js.get(object, "cancel").As<v8::Function>(), object, {});
  }

  kj::Own<IoContext> context;
  v8::Global<v8::Object> source;
  std::string pending;
  size_t at = 0;
  bool ended = false;
};

bool isUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    auto c = uint8_t(text[i]);
    size_t n = c < 0x80                ? 1
               : c >= 0xc2 && c < 0xe0 ? 2
               : (c & 0xf0) == 0xe0    ? 3
               : c >= 0xf0 && c < 0xf5 ? 4
                                       : 0;
    if (n == 0 || i + n > text.size()) return false;
    for (size_t k = 1; k < n; ++k) {
      if ((uint8_t(text[i + k]) & 0xc0) != 0x80) return false;
    }
    i += n;
  }
  return true;
}

}  // namespace

net::Body bodyFromJs(js::Lock& js, v8::Local<v8::Object> source) {
  auto length = js::Convert<std::optional<double>>::from(js, js.get(source, "length"));
  auto stream = kj::heap<JsBody>(js, IoContext::current(js), source);
  return net::Body::fromStream(kj::mv(stream),
                               length ? std::optional(uint64_t(*length)) : std::nullopt);
}

v8::Local<v8::Value> headerText(js::Lock& js, const std::string& value) {
  if (isUtf8(value)) return js.str(value);
  return js::Convert<js::ByteString>::to(js, js::ByteString{value});
}

}  // namespace flamesim::web
