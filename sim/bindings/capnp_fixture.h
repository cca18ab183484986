// For the tests of this folder: a worker with the schema testdata/everything.capnp, and the service
// Echo in C++, reached directly or over RPC on a Unix socket pair.
//
//   CapnpWorld world;
//   CHECK(world.run("const { text } = await echo().say({ text: 'hi' }); return text;") == "hi");
#pragma once

#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>

#include "sim/bindings/capability_decorators.h"
#include "sim/bindings/capnp.h"
#include "sim/js/promise.h"
#include "sim/web/faces.h"
#include "sim/web/test_world.h"

namespace flamesim::bindings {

// What `capnp compile -o-` prints for a file of testdata/.
inline std::string compileSchema(const std::string& file) {
  std::string folder = FLAMESIM_SOURCE_DIR "/sim/bindings/testdata";
  std::string command = "capnp compile --src-prefix=" + folder + " -o- " + folder + "/" + file;
  FILE* output = popen(command.c_str(), "r");
  if (output == nullptr) throw std::runtime_error("cannot run capnp");
  std::string bytes;
  char chunk[4096];
  while (size_t count = fread(chunk, 1, sizeof(chunk), output)) bytes.append(chunk, count);
  if (pclose(output) != 0) throw std::runtime_error("capnp compile failed: " + file);
  return bytes;
}

inline const std::string& everythingSchema() {
  static const std::string bytes = compileSchema("everything.capnp");
  return bytes;
}

struct EchoState {
  kj::Maybe<capnp::DynamicCapability::Client> kept;
  std::string fed;
  uint32_t calls = 0;
  uint32_t live = 0;     // servers, the first one included
  uint32_t pending = 0;  // calls of never()
};

class EchoServer final : public capnp::DynamicCapability::Server {
 public:
  using Context = capnp::CallContext<capnp::DynamicStruct, capnp::DynamicStruct>;
  EchoServer(capnp::InterfaceSchema type, EchoState& state)
      : capnp::DynamicCapability::Server(type), state(state) {
    ++state.live;
  }
  ~EchoServer() noexcept(false) { --state.live; }

  kj::Promise<void> call(capnp::InterfaceSchema::Method method, Context context) override {
    ++state.calls;
    auto params = context.getParams();
    std::string name = method.getProto().getName().cStr();
    if (name == "values" || name == "defaults" || name == "choice" || name == "giveBack" ||
        name == "say" || name == "use") {
      context.initResults();
      copy(params, context.getResults());
      return kj::READY_NOW;
    }
    if (name == "fail") return failure(params.get("text").as<capnp::Text>());
    if (name == "later") {
      return afterTurns(3).then([context]() mutable {
        context.getResults().set("text", context.getParams().get("text"));
      });
    }
    if (name == "never") {
      ++state.pending;
      context.allowCancellation();
      kj::Promise<void> promise = kj::NEVER_DONE;
      return promise.attach(kj::defer([this] { --state.pending; }));
    }
    if (name == "open") {
      auto results = context.getResults();
      results.set("echo", another());
      auto box = results.init("box").as<capnp::DynamicStruct>();
      box.set("echo", another());
      box.init("box").as<capnp::DynamicStruct>().set("echo", another());
      results.get("place").as<capnp::DynamicStruct>().set("echo", another());
      results.set("either", another());
      results.set("count", 5u);
      return kj::READY_NOW;
    }
    if (name == "callBack") {
      return callback(params.get("callback").as<capnp::DynamicCapability>(), context);
    }
    if (name == "keep") {
      state.kept = params.get("callback").as<capnp::DynamicCapability>();
      return kj::READY_NOW;
    }
    if (name == "callKept") return callback(KJ_REQUIRE_NONNULL(state.kept), context);
    if (name == "forget") {
      state.kept = nullptr;
      return kj::READY_NOW;
    }
    if (name == "feed") {
      state.fed += params.get("chunk").as<capnp::Text>().cStr();
      KJ_REQUIRE(state.fed.find("poison") == state.fed.npos, "cannot eat that");
      return kj::READY_NOW;
    }
    if (name == "fed") {
      context.getResults().set("text", state.fed.c_str());
      return kj::READY_NOW;
    }
    if (name == "openLate") {
      return afterTurns(3).then(
          [this, context]() mutable { context.getResults().set("echo", another()); });
    }
    if (name == "failToOpen") {
      return afterTurns(3).then([] { return failure("not today"); });
    }
    if (name == "newer") {
      auto results = context.getResults();
      auto field = results.getSchema().getFieldByName("colour");
      results.set(field, capnp::DynamicEnum(field.getType().asEnum(), 99));
      auto choice = results.init("choice").as<capnp::DynamicStruct>();
      choice.set("label", "new");
      auto offset = choice.getSchema().getProto().getStruct().getDiscriminantOffset();
      capnp::AnyStruct::Builder(choice).getDataSection()[offset * 2] = 77;
      return kj::READY_NOW;
    }
    if (name == "live") {
      context.getResults().set("count", state.live);
      return kj::READY_NOW;
    }
    if (name == "takeBase") {
      auto base = params.get("base").as<capnp::DynamicCapability>();
      return base.newRequest("base").send().then(
          [context](capnp::Response<capnp::DynamicStruct>&& answer) mutable {
            context.getResults().set("from", answer.get("from"));
          });
    }
    // Base, Side, Derived: which method of which interface was called.
    std::string interface = method.getContainingInterface().getProto().getDisplayName().cStr();
    auto from = interface.substr(interface.rfind(':') + 1) + "." + name;
    context.getResults().set("from", from.c_str());
    return kj::READY_NOW;
  }

 private:
  static kj::Promise<void> afterTurns(int turns) {
    if (turns == 0) return kj::READY_NOW;
    return kj::evalLater([turns] { return afterTurns(turns - 1); });
  }
  static kj::Promise<void> failure(kj::StringPtr text) {
    return kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__, kj::heapString(text));
  }
  // By name: parameters and results are two types with the same fields.
  static void copy(capnp::DynamicStruct::Reader from, capnp::DynamicStruct::Builder to) {
    for (auto field : from.getSchema().getNonUnionFields()) {
      auto name = field.getProto().getName();
      if (field.getType().isAnyPointer()) continue;
      if (field.getProto().isGroup()) {
        copy(from.get(field).as<capnp::DynamicStruct>(), to.get(name).as<capnp::DynamicStruct>());
      } else if (from.has(field)) {
        to.set(name, from.get(field));
      }
    }
    KJ_IF_MAYBE (active, from.which()) {
      auto name = active->getProto().getName();
      if (active->getProto().isGroup()) {
        copy(from.get(*active).as<capnp::DynamicStruct>(),
             to.init(name).as<capnp::DynamicStruct>());
      } else if (from.has(*active)) {
        to.set(name, from.get(*active));
      } else {
        to.clear(name);
      }
    }
  }
  capnp::DynamicCapability::Client another() { return kj::heap<EchoServer>(getSchema(), state); }
  kj::Promise<void> callback(capnp::DynamicCapability::Client target, Context context) {
    auto request = target.newRequest("called");
    request.set("text", context.getParams().get("text"));
    request.set("echo", another());
    return request.send().then([context](capnp::Response<capnp::DynamicStruct>&& answer) mutable {
      context.getResults().set("text", answer.get("text"));
    });
  }

  EchoState& state;
};

class CapnpScope final : public RequestScope {
 public:
  CapnpScope(js::Isolate& isolate, Clock& clock) : RequestScope(isolate), time(clock) {
    refreshTime();
  }
  ~CapnpScope() noexcept(false) { endBindings(); }

  Clock& clock() override { return time; }
  Random& random() override { return source; }
  Eventual<net::Response> fetch(web::FetcherSlot, net::Request) override {
    throw std::logic_error("no network here");
  }
  void console(std::string_view level, std::string text) override {
    if (lines != nullptr) lines->push_back(std::string(level) + ": " + text);
  }
  void responded(net::Response) override {}
  void failed(js::ErrorReport) override {}
  void passedThrough(net::Request) override {}
  void passThroughOnException(js::Lock&, v8::Local<v8::Object>) override {}
  void beginWait() override { ++waits; }
  void endWait() override { --waits; }
  kj::Own<void> holdOpen() override { return {}; }
  web::CacheStore& cacheStore() override { throw std::logic_error("no cache here"); }
  void waitUntilFailed(js::ErrorReport) override {}
  void unhandledRejection(js::Lock& js, v8::Local<v8::Value> reason) override {
    console("unhandled", isolate.report(js, reason).text());
  }
  const std::string& workerName() const override { return worker; }
  const std::shared_ptr<net::EffectLog>& effects() override { return log; }
  const net::Exchange* recorded() override { return exchange; }
  std::shared_ptr<std::vector<bool>> usedCalls() override { return used; }
  faults::Draws* faultDraws() override { return draws; }

  std::string worker = "tester";
  std::shared_ptr<net::EffectLog> log;
  const net::Exchange* exchange = nullptr;
  std::shared_ptr<std::vector<bool>> used;
  faults::Draws* draws = nullptr;
  std::vector<std::string>* lines = nullptr;

  int waits = 0;  // of waitUntil() that have not ended

 private:
  Clock& time;
  Random source{1};
};

enum class Transport { kDirect, kSocket };

class CapnpWorld {
 public:
  explicit CapnpWorld(Transport transport = Transport::kDirect,
                      ProductionBugs bugs = ProductionBugs::kMended)
      : clock(timeFromNanos(web::TestWorld::kStartMillis * 1'000'000)),
        isolate(web::testEngine(), web::webFaces()),
        schemas(CapnpSchemas::load(everythingSchema(), bugs)),
        remoteSchemas(CapnpSchemas::load(everythingSchema())) {
    if (transport == Transport::kSocket) {
      int fds[2];
      KJ_SYSCALL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
      auto own = kj::LowLevelAsyncIoProvider::TAKE_OWNERSHIP;
      connection = io.lowLevelProvider->wrapSocketFd(fds[0], own);
      server = kj::heap<capnp::TwoPartyServer>(makeServer("Echo"));
      server->accept(io.lowLevelProvider->wrapSocketFd(fds[1], own));
      client = kj::heap<capnp::TwoPartyClient>(*connection);
    }
    ports["echo"] = factoryPort([this] { return bootstrap("Echo"); });
    newRequest();
    isolate.enter(nullptr, [&](js::Lock& js) {
      js.owner.keep(schemas);
      auto global = js.context->Global();
      js.set(global, "types", *capnpModuleExports(js, *schemas, "everything.capnp"));
      run(js, kPrelude);
    });
    addService("echo", "Echo");
  }
  ~CapnpWorld() noexcept(false) { scope = nullptr; }

  // The capability of a server in C++, directly or over the socket.
  capnp::Capability::Client bootstrap(const char* interface) {
    if (client.get() != nullptr && std::string_view(interface) == "Echo") {
      return client->bootstrap();
    }
    return makeServer(interface);
  }

  // A global function that gives a capability through the port of that name.
  void addService(const std::string& name, const char* interface) {
    if (ports[name] == nullptr) {
      ports[name] = factoryPort([this, interface] { return bootstrap(interface); });
    }
    isolate.enter(nullptr, [&](js::Lock& js) {
      auto type = KJ_REQUIRE_NONNULL(schemas->findInterface(interface));
      auto service = makeCapnpService(js, schemas, type, *ports[name]);
      js.set(js.context->Global(), name + "Service", service);
      run(js, "globalThis." + name + " = () => " + name + "Service.getCapability()");
    });
  }

  void newRequest() {
    scope = nullptr;
    scope = kj::refcounted<CapnpScope>(isolate, clock);
    scope->lines = &lines;
    scope->log = effects;
    scope->exchange = exchange;
    scope->used = used;
    scope->draws = &faultDraws;
  }

  // Runs the body of an async function. Its value as show() prints it, or "name: message" of what
  // it throws, or "pending".
  std::string run(const std::string& body) {
    std::string outcome = "pending";
    bool settled = false;
    isolate.enter(scope.get(), [&](js::Lock& js) {
      auto value = run(js, "(async () => {" + body + "})().then(show)");
      js::whenSettled(
          js, value,
          [&](js::Lock& js, v8::Local<v8::Value> value) {
            outcome = js.text(value);
            settled = true;
          },
          [&](js::Lock& js, v8::Local<v8::Value> error) {
            outcome = isolate.report(js, error).text();
            settled = true;
          });
    });
    turn([&] { return settled; });
    return outcome;
  }

  // Runs the event loop until `done`, or nothing happens any more.
  void turn(kj::Function<bool()> done = [] { return false; }) {
    for (int idle = 0; !done() && idle < 20; ++idle) {
      io.waitScope.poll();
      KJ_IF_MAYBE (next, clock.next()) {
        clock.advanceTo(*next);
        idle = 0;
      } else if (client.get() != nullptr) {
        usleep(200);
      }
    }
  }

  kj::AsyncIoContext io = kj::setupAsyncIo();
  VirtualClock clock;
  EchoState state;
  std::map<std::string, std::unique_ptr<CapabilityPort>> ports;
  js::Isolate isolate;
  std::shared_ptr<CapnpSchemas> schemas;
  std::shared_ptr<net::EffectLog> effects;  // of requests that are begun from now on
  const net::Exchange* exchange = nullptr;  // what they replay
  std::shared_ptr<std::vector<bool>> used;  // which recordings of it they used
  faults::Draws faultDraws{1};
  std::vector<std::string> lines;  // of the console, of all requests
  kj::Own<CapnpScope> scope;

 private:
  // Values as text: like JSON, with 1n for BigInts, <01 ff> for ArrayBuffers, and class names.
  static constexpr char kPrelude[] = R"js(
    globalThis.show = (v) => {
      if (typeof v === "string") return v;
      const text = (v) => {
        if (typeof v === "bigint") return v + "n";
        if (v === undefined) return "undefined";
        if (typeof v === "number" && !Number.isFinite(v)) return String(v);
        if (v === null || typeof v !== "object") return JSON.stringify(v) ?? String(v);
        if (v instanceof ArrayBuffer) {
          const bytes = [...new Uint8Array(v)].map((b) => b.toString(16).padStart(2, "0"));
          return "<" + bytes.join(" ") + ">";
        }
        if (Array.isArray(v)) return "[" + v.map(text).join(",") + "]";
        if (Object.getPrototypeOf(v) !== Object.prototype) return v.constructor.name;
        return "{" + Object.keys(v).map((k) => k + ":" + text(v[k])).join(",") + "}";
      };
      return text(v);
    };
    globalThis.thrown = (f) => {
      try { f(); return "nothing"; } catch (e) { return e.name + ": " + e.message; }
    };
    globalThis.rejected = async (p) => {
      try { await p; return "nothing"; } catch (e) { return e.name + ": " + e.message; }
    };
  )js";

  static v8::Local<v8::Value> run(js::Lock& js, const std::string& source) {
    return js::check(js::check(v8::Script::Compile(js.context, js.str(source)))->Run(js.context));
  }

  capnp::Capability::Client makeServer(const char* interface) {
    auto type = KJ_REQUIRE_NONNULL(remoteSchemas->findInterface(interface));
    return capnp::DynamicCapability::Client(kj::heap<EchoServer>(type, state));
  }

  std::shared_ptr<CapnpSchemas> remoteSchemas;  // the server's own, as in another process
  kj::Own<kj::AsyncIoStream> connection;
  kj::Own<capnp::TwoPartyServer> server;
  kj::Own<capnp::TwoPartyClient> client;
};

}  // namespace flamesim::bindings
