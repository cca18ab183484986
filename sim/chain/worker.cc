#include "sim/chain/worker.h"

#include <algorithm>
#include <map>

#include "sim/bindings/capnp.h"
#include "sim/bundle/compatibility_flags.h"
#include "sim/chain/request_context.h"
#include "sim/chain/rpc_session.h"
#include "sim/chain/test_controls.h"
#include "sim/web/entrypoint.h"
#include "sim/web/faces.h"
#include "sim/web/http.h"

namespace flamesim::chain {

struct Worker::Loaded {
  Loaded(std::unique_ptr<js::Isolate> made, std::shared_ptr<const bundle::Bundle> bundle)
      : owned(std::move(made)), isolate(*owned), modules(isolate, std::move(bundle)) {}
  ~Loaded() noexcept(false) {
    entrypoints.clear();
    served.Reset();
    env.Reset();
  }

  const std::unique_ptr<js::Isolate> owned;
  js::Isolate& isolate;
  js::Modules modules;
  std::map<std::string, web::Entrypoint> entrypoints;  // by name
  std::shared_ptr<bindings::CapnpSchemas> schemas;     // nullptr: the bundle has none
  v8::Global<v8::Object> env;
  v8::Global<v8::Object> served;  // what serve() serves, once it has
};

const std::string Worker::kDefaultEntrypoint = "default";

namespace {

// A schema's files are known by where they stand below the schema's base path, a worker names them
// from where it stands itself: what leads up is left out.
std::optional<v8::Local<v8::Object>> schemaModule(js::Lock& js, bindings::CapnpSchemas& schemas,
                                                  std::string_view name) {
  if (!name.ends_with(".capnp")) return std::nullopt;
  while (name.starts_with("../")) name.remove_prefix(3);
  return bindings::capnpModuleExports(js, schemas, name);
}

// The entrypoints, by name, of a main module with these exports. Undefined: in the service-worker
// format, which has none.
std::map<std::string, v8::Local<v8::Value>> entrypointsOf(js::Lock& js,
                                                          v8::Local<v8::Value> exports) {
  std::map<std::string, v8::Local<v8::Value>> found;
  if (!exports->IsObject()) {
    found.emplace(Worker::kDefaultEntrypoint, exports);
    return found;
  }
  auto space = exports.As<v8::Object>();
  auto names = js::check(space->GetOwnPropertyNames(js.context));
  for (uint32_t i = 0; i < names->Length(); ++i) {
    auto name = js::check(names->Get(js.context, i));
    auto value = js::check(space->Get(js.context, name));
    if (value->IsObject()) found.emplace(js.text(name), value);
  }
  // A worker without a handler fails request by request.
  found.try_emplace(Worker::kDefaultEntrypoint, v8::Object::New(js.isolate));
  return found;
}

// Whether service bindings have scheduled() and queue(), which production has behind a flag that is
// experimental. Tests need no flag.
bool bindingsSendEvents(const bundle::Bundle& bundle) {
  return bundle.ofTests ||
         bundle::compatibilityFlagEnabled(bundle, "service_binding_extra_handlers");
}

// With the worker's own limits: of CPU time where it is the smaller, of subrequests in any case.
WorkerOptions limitedBy(const bundle::Bundle& bundle, WorkerOptions options) {
  if (bundle.cpuLimitMillis != 0) {
    auto& limit = options.isolate.cpuLimit;
    limit = std::min(limit, std::chrono::milliseconds(bundle.cpuLimitMillis));
  }
  if (bundle.subrequestLimit != 0) options.subrequestLimit = bundle.subrequestLimit;
  return options;
}

}  // namespace

Worker::Worker(const js::Engine& engine, std::string name,
               std::shared_ptr<const bundle::Bundle> bundle, WorkerOptions options,
               bindings::Ports& ports, Surroundings& surroundings)
    : engine(engine),
      workerName(std::move(name)),
      bundle(std::move(bundle)),
      options(limitedBy(*this->bundle, options)),
      ports(ports),
      surroundings(surroundings) {
  load();
}

Worker::~Worker() noexcept(false) = default;

void Worker::load() {
  bool first = loaded == nullptr;
  auto isolate = first && options.nursery != nullptr
                     ? options.nursery->take(options.isolate)
                     : std::make_unique<js::Isolate>(engine, web::webFaces(), options.isolate);
  auto fresh = std::make_shared<Loaded>(std::move(isolate), bundle);
  try {
    fresh->isolate.enter(nullptr, [&](js::Lock& js) {
      std::shared_ptr<bindings::CapnpSchemas> schemas;
      if (!bundle->capnpSchema.empty()) {
        schemas = bindings::CapnpSchemas::load(bundle->capnpSchema, options.productionBugs);
        js.owner.keep(schemas);
        fresh->schemas = schemas;
        fresh->modules.provideWith([&schemas = *schemas](js::Lock& js, const std::string& name) {
          return schemaModule(js, schemas, name);
        });
      }
      auto env = bindings::buildEnvironment(js, *bundle, schemas, ports);
      fresh->env.Reset(js.isolate, env);
      if (bundle->serviceWorker) {
        // In that format bindings are global variables.
        auto names = js::check(env->GetOwnPropertyNames(js.context));
        for (uint32_t i = 0; i < names->Length(); ++i) {
          auto key = js::check(names->Get(js.context, i));
          js::check(
              js.context->Global()->Set(js.context, key, js::check(env->Get(js.context, key))));
        }
      }
      auto exports = v8::Object::New(js.isolate);
      v8::Local<v8::Value> shared[] = {env, exports};
      auto runtime = js.owner.runtime(js);
      js.call(js.get(runtime, "setWorker").As<v8::Function>(), runtime, shared);
      if (bindingsSendEvents(*bundle)) {
        js.call(js.get(runtime, "letBindingsSendEvents").As<v8::Function>(), runtime, {});
      }
      fresh->modules.evaluate(js, env);
      for (auto& [name, exported] : entrypointsOf(js, fresh->modules.mainNamespace(js))) {
        fresh->entrypoints.try_emplace(name, js, exported, env);
        auto slot = ports.fetcherSlot({.kind = bindings::FetcherTarget::Kind::kWorker,
                                       .name = workerName,
                                       .entrypoint = name});
        js.set(exports, name, web::makeFetcher(js, slot));
      }
    });
  } catch (const js::Uncaught& error) {
    throw UserError(Diagnostic{.message = "worker \"" + workerName + "\": " + error.report.text(),
                               .file = error.report.file,
                               .line = error.report.line,
                               .column = error.report.column,
                               .sourceLine = error.report.sourceLine});
  } catch (const js::Terminated& error) {
    throw UserError("worker \"" + workerName + "\": its global scope was ended: " + error.reason);
  }
  loaded = std::move(fresh);
}

std::vector<std::string> Worker::entrypoints() const {
  std::vector<std::string> names;
  for (auto& [name, entrypoint] : loaded->entrypoints) names.push_back(name);
  return names;
}

std::vector<std::string> Worker::tests() {
  std::vector<std::string> names;
  loaded->isolate.enter(nullptr, [&](js::Lock& js) {
    for (auto& [name, entrypoint] : loaded->entrypoints) {
      if (entrypoint.hasTest(js)) names.push_back(name);
    }
  });
  return names;
}

template <typename Start>
kj::Own<RequestContext> Worker::begin(ExchangeScope& exchange, const std::string& entrypoint,
                                      Start&& start) {
  if (loaded->isolate.condemned()) load();
  auto context =
      kj::refcounted<RequestContext>(*this, loaded->isolate, loaded, kj::addRef(exchange));
  if (!bundle->tailConsumers.empty()) context->beTraced(entrypoint);
  try {
    loaded->isolate.enter(context.get(), [&](js::Lock& js) {
      start(js, loaded->entrypoints.at(entrypoint), *context);
    });
  } catch (const js::Terminated& error) {
    if (!context->ended()) context->endWith(error.reason);
  } catch (const js::Uncaught& error) {
    context->failed(error.report);
  }
  return context;
}

Eventual<TestOutcome> Worker::runTest(const std::string& entrypoint, ExchangeScope& exchange,
                                      const MakeTools& tools) {
  if (options.test != nullptr) options.test->faults->removeAdded();
  auto context =
      begin(exchange, entrypoint,
            [&](js::Lock& js, web::Entrypoint& entrypoint, RequestContext& context) {
              v8::Local<v8::Value> controls = js.undefined();
              if (options.test != nullptr) {
                auto made = std::make_unique<TestControls>(options.test, context.clock());
                controls = js::Convert<std::unique_ptr<TestControls>>::to(js, std::move(made));
              }
              entrypoint.test(js, context, tools ? tools(js) : js.undefined(), controls);
            });
  auto outcome = [](const RequestContext& ended) -> TestOutcome {
    if (auto* failure = std::get_if<RequestContext::Failure>(&ended.end)) return {failure->report};
    return {ended.waitFailure};
  };
  if (context->ended() && !context->waits()) return outcome(*context);
  auto& running = *context;
  return running.whenEnded()
      .then([&running] { return running.whenWaitsEnded(); })
      .then([context = kj::mv(context), outcome] { return outcome(*context); });
}

// The object that answers for a service.
v8::Local<v8::Object> Worker::served(js::Lock& js) {
  if (!loaded->served.IsEmpty()) return loaded->served.Get(js.isolate);
  auto exports = loaded->modules.mainNamespace(js);
  v8::Local<v8::Value> exported = js.undefined();
  if (exports->IsObject()) exported = js.get(exports.As<v8::Object>(), "default");
  if (exported->IsFunction()) {
    exported = js::check(exported.As<v8::Function>()->NewInstance(js.context));
  }
  if (!exported->IsObject()) {
    throw js::Throw("TypeError",
                    "The module has no default export that is an object or a class with the "
                    "methods of the interface.");
  }
  loaded->served.Reset(js.isolate, exported.As<v8::Object>());
  return exported.As<v8::Object>();
}

capnp::Capability::Client Worker::serve(const std::string& interfaceName, ExchangeScope& exchange) {
  struct Hold {
    kj::Own<RequestContext> context;
    // Not at once: whoever drops the capability expects no request to end.
    ~Hold() noexcept(false) {
      if (context.get() == nullptr) return;
      auto& exchange = *context->exchange;
      exchange.letGo(kj::mv(context));
    }
  };
  auto hold = kj::heap<Hold>();
  auto& held = *hold;
  capnp::Capability::Client client = nullptr;
  auto context =
      begin(exchange, kDefaultEntrypoint, [&](js::Lock& js, web::Entrypoint&, RequestContext&) {
        auto type = loaded->schemas->findInterface(interfaceName);
        client = bindings::serveObject(js, *loaded->schemas, KJ_ASSERT_NONNULL(type), served(js),
                                       kj::mv(hold));
      });
  if (auto* failure = std::get_if<RequestContext::Failure>(&context->end)) {
    auto text = "the " + workerName + " cannot be served: " + failure->report.text();
    return kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__,
                         kj::heapString(text.c_str(), text.size()));
  }
  held.context = kj::mv(context);
  return client;
}

void Worker::addFetchHandler(js::Lock& js, const std::string& entrypoint,
                             v8::Local<v8::Function> handler) {
  auto object = v8::Object::New(js.isolate);
  js.set(object, "fetch", handler);
  loaded->entrypoints.erase(entrypoint);
  loaded->entrypoints.try_emplace(entrypoint, js, object, loaded->env.Get(js.isolate));
}

Eventual<web::EventOutcome> Worker::send(web::Event event, ExchangeScope& exchange,
                                         const std::string& entrypoint, const std::string& props) {
  // A worker that sends itself one, if over others, expects no JavaScript of its own in between.
  if (loaded->isolate.v8()->IsInUse()) {
    return kj::evalLater([this, event = kj::mv(event), &exchange, &entrypoint, &props]() mutable {
             return startEvent(kj::mv(event), exchange, entrypoint, props).promise();
           })
        .attach(kj::addRef(exchange));
  }
  return startEvent(kj::mv(event), exchange, entrypoint, props);
}

Eventual<web::EventOutcome> Worker::startEvent(web::Event event, ExchangeScope& exchange,
                                               const std::string& entrypoint,
                                               const std::string& props) {
  auto context = begin(exchange, entrypoint,
                       [&](js::Lock& js, web::Entrypoint& entrypoint, RequestContext& context) {
                         if (context.trace != nullptr) web::note(event, *context.trace);
                         entrypoint.send(js, context, event, props);
                       });
  auto& running = *context;
  auto outcome = [context = kj::mv(context), event = kj::mv(event)]() mutable -> web::EventOutcome {
    context->failedWaitsCount();
    auto& said = context->outcome();
    return {said, context->decisions.outcomeText(event, said)};
  };
  if (running.ended() && !running.waits()) return outcome();
  return running.whenEnded()
      .then([&running] { return running.whenWaitsEnded(); })
      .then(kj::mv(outcome));
}

void Worker::tell(std::shared_ptr<const web::Trace> trace, ExchangeScope& exchange) {
  for (auto& consumer : bundle->tailConsumers) {
    surroundings.tell(consumer.service, trace, exchange);
  }
}

Eventual<net::Response> Worker::handle(net::Request request, ExchangeScope& exchange,
                                       OnException onException, const std::string& entrypoint,
                                       const std::string& props) {
  auto context = begin(exchange, entrypoint,
                       [&](js::Lock& js, web::Entrypoint& entrypoint, RequestContext& context) {
                         if (context.trace != nullptr) context.trace->ofFetch(request);
                         entrypoint.fetch(js, context, kj::mv(request), props);
                       });
  if (context->ended()) return finish(kj::mv(context), onException);
  auto& waiting = *context;
  return waiting.whenEnded().then([this, context = kj::mv(context), onException]() mutable {
    return finish(kj::mv(context), onException).promise();
  });
}

Eventual<web::RpcResult> Worker::call(web::RpcCall call, const std::string& entrypoint,
                                      const std::string& props, RequestContext& caller) {
  // A worker that calls itself, if over others, expects no JavaScript of its own in between.
  if (loaded->isolate.v8()->IsInUse()) {
    return kj::evalLater([this, call = kj::mv(call), &entrypoint, &props, &caller]() mutable {
      return startCall(kj::mv(call), entrypoint, props, caller).promise();
    });
  }
  return startCall(kj::mv(call), entrypoint, props, caller);
}

Eventual<web::RpcResult> Worker::startCall(web::RpcCall call, const std::string& entrypoint,
                                           const std::string& props, RequestContext& caller) {
  kj::Own<RpcSession> session;
  uint32_t id = 0;
  auto context = begin(*caller.exchange, entrypoint,
                       [&](js::Lock& js, web::Entrypoint& entrypoint, RequestContext& callee) {
                         session = kj::refcounted<RpcSession>(caller, callee);
                         if (callee.trace != nullptr && !call.path.empty()) {
                           callee.trace->ofCall(call.path.back());
                         }
                         id = callee.beginCall();
                         entrypoint.call(js, callee, id, props, kj::mv(call));
                       });
  return context->outcomeOf(id).attach(kj::mv(session));
}

Eventual<net::Response> Worker::finish(kj::Own<RequestContext> context, OnException onException) {
  if (auto* response = std::get_if<net::Response>(&context->end)) return kj::mv(*response);

  auto pass = [&](net::Request request) {
    return surroundings.fetch(web::kGlobalFetch, kj::mv(request), *context->exchange);
  };
  if (auto* passed = std::get_if<RequestContext::PassThrough>(&context->end)) {
    return pass(kj::mv(passed->request));
  }
  if (auto* failure = std::get_if<RequestContext::Failure>(&context->end)) {
    context->exchange->error = workerName + ": " + failure->report.text();
    if (!context->passOnException.IsEmpty()) {
      net::Request original;
      context->isolate.enter(nullptr, [&](js::Lock& js) {
        original = web::unwrapRequest(js, context->passOnException.Get(js.isolate));
      });
      return pass(kj::mv(original));
    }
    if (onException == OnException::kRethrow) {
      return js::rejection(failure->report.name.empty() ? "Error" : failure->report.name,
                           failure->report.message);
    }
  }
  net::Response response;
  response.status = 500;
  response.statusText = "Internal Server Error";
  context->exchange->answeredBy = workerName;
  return kj::mv(response);
}

}  // namespace flamesim::chain
