// What JavaScript sees of a volatile cache.
//
// read() finds the value at once, or joins those who want it. Who gets the lease runs its fallback
//
//   resolved(key).then(fallback).then(Production::store).catch(Production::fail)
//
// in its own request; the lease is given up when that request ends first. A read that hits an entry
// which is about to expire does the same in the background.
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/bindings/volatile_cache.h"
#include "sim/js/face.h"
#include "sim/js/v8_version.h"
#include "sim/web/structured_clone.h"

namespace flamesim::bindings {

namespace {

constexpr size_t kMaxKeySize = 2048;  // bytes of UTF-8
constexpr std::string_view kHit = R"({"hit":true})";
constexpr std::string_view kMiss = R"({"hit":false})";
constexpr std::string_view kCoalesced = R"({"hit":false,"coalesced":true})";

std::string quoted(const std::string& text) {
  for (char c : text) {
    if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') return nlohmann::json(text).dump();
  }
  return '"' + text + '"';
}

// A cache operation among the effects of its exchange, if anybody keeps them.
class EffectNote {
 public:
  EffectNote(RequestScope& scope, const std::string& destination, const char* operation,
             const std::string& key, std::string_view output)
      : log(scope.effects()) {
    if (log == nullptr) return;
    start = scope.clock().now();
    index = log->begin({.kind = net::EffectKind::kCache,
                        .worker = scope.workerName(),
                        .destination = destination,
                        .operation = operation,
                        .input = quoted(key),
                        .output = std::string(output),
                        .start = start});
  }

  bool kept() const { return log != nullptr; }
  void end(RequestScope& scope, std::string error = "") {
    // The effects may have been taken away when the exchange ended before the operation.
    if (log == nullptr || index >= log->all().size()) return;
    auto& effect = log->at(index);
    effect.duration = scope.clock().now() - start;
    effect.error = std::move(error);
  }

 private:
  std::shared_ptr<net::EffectLog> log;
  size_t index = 0;
  Time start;
};

// A read() with a fallback that found no value. `scope` is alive as long as the read waits or holds
// the lease.
struct Read {
  Read(js::Lock& js, std::shared_ptr<VolatileCache> cache, RequestScope& scope, std::string key,
       v8::Local<v8::Function> fallback, EffectNote note)
      : cache(std::move(cache)),
        scope(scope),
        key(std::move(key)),
        fallback(js.isolate, fallback),
        asyncFrame(js.isolate, js::continuationData(js.context)),
        note(std::move(note)) {}

  const std::shared_ptr<VolatileCache> cache;
  RequestScope& scope;
  const std::string key;
  v8::Global<v8::Function> fallback;
  v8::Global<v8::Value> asyncFrame;  // of AsyncLocalStorage, where read() was called
  EffectNote note;
};

// The bytes of a value, or the error that production has for one that cannot be cloned.
std::string serialize(js::Lock& js, v8::Local<v8::Value> value) {
  v8::TryCatch caught(js.isolate);
  try {
    return web::serialize(js, value);
  } catch (const js::Pending&) {
    if (caught.HasTerminated()) throw;
    auto error = caught.Exception();
    bool cannotClone =
        error->IsObject() && js.text(js.get(error.As<v8::Object>(), "name")) == "DataCloneError";
    if (!cannotClone) {
      caught.ReThrow();
      throw;
    }
  }
  throw js::Throw("DataCloneError", "failed to serialize " + js.text(value->TypeOf(js.isolate)));
}

// A fallback while it runs: holds the lease for its request, and knows what to do with the result.
class Production final : public js::NativeObject {
 public:
  static const js::ClassFace kFace;

  // Runs the fallback of `read`; the promise is for the caller of read().
  static v8::Local<v8::Promise> start(js::Lock& js, std::shared_ptr<Read> read,
                                      VolatileCache::Lease lease) {
    auto done = kj::newPromiseAndFulfiller<void>();
    auto duty = std::make_shared<Duty>(Duty{std::move(lease), kj::mv(done.fulfiller)});
    read->scope.addBackgroundTask(done.promise.attach(kj::defer([duty] { duty->lease.giveUp(); })));

    auto previousFrame = js::continuationData(js.context);
    js::setContinuationData(js.context, read->asyncFrame.Get(js.isolate));
    auto fallback = read->fallback.Get(js.isolate);
    auto key = js.str(read->key);
    auto self = js::Convert<std::unique_ptr<Production>>::to(
        js, std::make_unique<Production>(std::move(read), std::move(duty)));
    auto resolver = js::check(v8::Promise::Resolver::New(js.context));
    js::check(resolver->Resolve(js.context, key));
    auto made = js::check(resolver->GetPromise()->Then(js.context, fallback));
    auto stored = js::check(made->Then(js.context, callback<&Production::store>(js, self)));
    auto result = js::check(stored->Catch(js.context, callback<&Production::fail>(js, self)));
    js::setContinuationData(js.context, previousFrame);
    return result;
  }

  struct Duty {
    VolatileCache::Lease lease;
    kj::Own<kj::PromiseFulfiller<void>> done;
  };
  Production(std::shared_ptr<Read> read, std::shared_ptr<Duty> duty)
      : read(std::move(read)), duty(std::move(duty)) {}

 private:
  using Step = void (Production::*)(js::Lock&, const js::Arguments&);

  template <Step step>
  static void run(js::Lock& js, const js::Arguments& info) {
    (js::Convert<Production>::from(js, info.Data()).*step)(js, info);
  }
  template <Step step>
  static v8::Local<v8::Function> callback(js::Lock& js, v8::Local<v8::Value> self) {
    return js::check(v8::Function::New(js.context, js::rawFunction<&run<step>>("").callback, self,
                                       1, v8::ConstructorBehavior::kThrow));
  }

  // The fallback returned: keeps and hands out the value; its caller gets the very object.
  void store(js::Lock& js, const js::Arguments& info) {
    if (!info[0]->IsObject()) {
      throw js::Throw("TypeError",
                      "Incorrect type for Promise: the Promise did not resolve to "
                      "'CacheValueProduceResult'.");
    }
    auto result = info[0].As<v8::Object>();
    auto value = js.get(result, "value");
    auto given = js.get(result, "expiration");
    std::optional<double> expiration;
    if (!given->IsUndefined()) expiration = js::check(given->NumberValue(js.context));
    auto bytes = std::make_shared<const std::string>(serialize(js, value));
    if (expiration && std::isnan(*expiration)) {
      throw js::Throw("TypeError", "Expiration time must not be NaN.");
    }
    if (duty->lease.held()) {
      read->cache->complete(duty->lease, read->key, std::move(bytes), expiration,
                            read->scope.nowMillis());
      read->note.end(read->scope);
      duty->done->fulfill();
    }
    info.GetReturnValue().Set(value);
  }

  // The fallback, or what store() found, failed: the next in the queue tries, and the caller gets
  // the error.
  void fail(js::Lock& js, const js::Arguments& info) {
    if (duty->lease.held()) {
      duty->lease.giveUp();
      if (read->note.kept()) read->note.end(read->scope, js.owner.report(js, info[0]).text());
      duty->done->fulfill();
    }
    js.isolate->ThrowException(info[0]);
  }

  const std::shared_ptr<Read> read;
  const std::shared_ptr<Duty> duty;  // shared with the request, which ends it
};
const js::ClassFace Production::kFace{"MemoryCacheFallback", {}};

// A read's turn has come: with the value, or with the lease.
struct Answer {
  VolatileCache::Outcome outcome;
  std::shared_ptr<Read> read;
};

v8::Local<v8::Value> proceed(js::Lock& js, Answer answer) {
  if (auto* value = std::get_if<VolatileCache::Value>(&answer.outcome)) {
    answer.read->note.end(answer.read->scope);
    return web::deserialize(js, **value);
  }
  return Production::start(js, std::move(answer.read),
                           std::get<VolatileCache::Lease>(std::move(answer.outcome)));
}

}  // namespace

}  // namespace flamesim::bindings

template <>
struct flamesim::js::Convert<flamesim::bindings::Answer> {
  static v8::Local<v8::Value> to(Lock& js, bindings::Answer answer) {
    return bindings::proceed(js, std::move(answer));
  }
};

namespace flamesim::bindings {

namespace {

class MemoryCache final : public js::NativeObject {
 public:
  static const js::ClassFace kFace;

  MemoryCache(std::shared_ptr<VolatileCache> cache, std::string destination, uint32_t refreshAhead)
      : cache(std::move(cache)), destination(std::move(destination)), refreshAhead(refreshAhead) {}

  v8::Local<v8::Value> read(js::Lock& js, v8::Local<v8::Value> key, v8::Local<v8::Value> fallback) {
    try {
      return readOrThrow(js, key, fallback);
    } catch (const js::Throw& error) {
      auto resolver = js::check(v8::Promise::Resolver::New(js.context));
      js::check(
          resolver->Reject(js.context, js::errorValue(js.isolate, error.type, error.message)));
      return resolver->GetPromise();
    }
  }

  void remove(js::Lock& js, v8::Local<v8::Value> key) {
    std::string text = keyOf(js, key, "delete");
    EffectNote(RequestScope::current(js), destination, "delete", text, "");
    cache->remove(text);
  }

 private:
  v8::Local<v8::Value> readOrThrow(js::Lock& js, v8::Local<v8::Value> keyValue,
                                   v8::Local<v8::Value> fallback) {
    if (!fallback->IsUndefined() && !fallback->IsFunction()) {
      throw js::Throw("TypeError",
                      "Failed to execute 'read' on 'MemoryCache': parameter 2 is not of type "
                      "'Function'.");
    }
    std::string key = keyOf(js, keyValue, "read");
    auto& scope = RequestScope::current(js);
    if (auto value = cache->find(key, scope.nowMillis())) {
      EffectNote(scope, destination, "read", key, kHit);
      ++cache->counts().hits;
      if (fallback->IsFunction() && isDue(key, scope)) {
        refresh(js, scope, key, fallback.As<v8::Function>());
      }
      return resolved(js, web::deserialize(js, *value));
    }
    if (fallback->IsUndefined()) {
      EffectNote(scope, destination, "read", key, kMiss);
      ++cache->counts().misses;
      return resolved(js, js.undefined());
    }
    bool coalesced = cache->inFlight(key);
    ++(coalesced ? cache->counts().coalesced : cache->counts().misses);
    EffectNote note(scope, destination, "read", key, coalesced ? kCoalesced : kMiss);
    return produce(js, scope, std::move(key), fallback.As<v8::Function>(), std::move(note));
  }

  // A promise of the value that the fallback, or another read's, makes.
  v8::Local<v8::Promise> produce(js::Lock& js, RequestScope& scope, std::string key,
                                 v8::Local<v8::Function> fallback, EffectNote note) {
    auto outcome = cache->join(key);
    auto read = std::make_shared<Read>(js, cache, scope, std::move(key), fallback, std::move(note));
    return js::promiseToJs(js, outcome.then([read](VolatileCache::Outcome&& outcome) {
      return Answer{std::move(outcome), read};
    }));
  }

  // Whether the entry, which is there, is to be made anew by whoever reads it now.
  bool isDue(const std::string& key, RequestScope& scope) const {
    if (refreshAhead == 0 || cache->inFlight(key)) return false;
    auto expiration = cache->expiration(key);
    return expiration && *expiration - scope.nowMillis() < refreshAhead;
  }

  void refresh(js::Lock& js, RequestScope& scope, const std::string& key,
               v8::Local<v8::Function> fallback) {
    ++cache->counts().refreshes;
    EffectNote note(scope, destination, "refresh", key, "");
    scope.beginWait();
    js::whenSettled(
        js, produce(js, scope, key, fallback, std::move(note)),
        [&scope](js::Lock&, v8::Local<v8::Value>) { scope.endWait(); },
        [&scope, cache = cache](js::Lock&, v8::Local<v8::Value>) {
          ++cache->counts().failedRefreshes;
          scope.endWait();
        });
  }

  static v8::Local<v8::Value> resolved(js::Lock& js, v8::Local<v8::Value> value) {
    auto resolver = js::check(v8::Promise::Resolver::New(js.context));
    js::check(resolver->Resolve(js.context, value));
    return resolver->GetPromise();
  }

  static std::string keyOf(js::Lock& js, v8::Local<v8::Value> key, const char* method) {
    if (!key->IsString()) {
      throw js::Throw("TypeError", std::string("Failed to execute '") + method +
                                       "' on 'MemoryCache': parameter 1 is not of type 'string'.");
    }
    std::string text = js.text(key);
    if (text.size() > kMaxKeySize) throw js::Throw("RangeError", "Key too large.");
    return text;
  }

  const std::shared_ptr<VolatileCache> cache;
  const std::string destination;
  const uint32_t refreshAhead;  // ms; 0: never
};

const js::FunctionEntry kMethods[] = {
    js::method<&MemoryCache::read>("read"),
    js::method<&MemoryCache::remove>("delete"),
};
const js::ClassFace MemoryCache::kFace{"MemoryCache", kMethods};

}  // namespace

v8::Local<v8::Value> makeVolatileCache(js::Lock& js, std::shared_ptr<VolatileCache> cache,
                                       std::string bindingName, uint32_t refreshAhead) {
  std::string destination = cache->id().empty() ? bindingName : cache->id();
  return js::Convert<std::unique_ptr<MemoryCache>>::to(
      js, std::make_unique<MemoryCache>(std::move(cache), std::move(destination), refreshAhead));
}

}  // namespace flamesim::bindings
