#include "sim/chain/test_mocks.h"

#include <algorithm>

#include "schemas/logfwdr.capnp.h"
#include "sim/chain/request_context.h"
#include "sim/js/face.h"

namespace flamesim::chain {

namespace {

const std::vector<std::string> kEgresses{"fl", "cache", "internet"};

std::string textField(const bundle::Binding& binding, const char* key) {
  auto found = binding.fields.find(key);
  return found != binding.fields.end() && found->is_string() ? found->get<std::string>() : "";
}

[[noreturn]] void unknown(const std::string& what, const std::string& name,
                          const std::vector<std::string>& names) {
  std::string text = "There is no " + what + " \"" + name + "\" in the simulation";
  auto near = nearest(name, names);
  if (!near.empty()) {
    text += ": did you mean \"" + near + "\"?";
  } else {
    std::string all;
    for (auto& each : names) all += (all.empty() ? ": it has " : ", ") + each;
    text += all;
  }
  throw js::Throw("Error", text);
}

// The controller's side. May outlive the test, in the hands of what it left behind.
class Tools final : public js::NativeObject {
 public:
  static const js::ClassFace kFace;
  Tools(TestMocks& mocks, std::shared_ptr<const bool> alive)
      : mocks(mocks), alive(std::move(alive)) {}

  void mock(js::Lock& js, std::string service, v8::Local<v8::Object> object) {
    open().mock(js, service, object);
  }
  void unmock(std::string service) { open().unmock(service); }
  void mockFetch(js::Lock& js, std::string egress, v8::Local<v8::Function> handler) {
    open().mockFetch(js, egress, handler);
  }
  void unmockFetch(std::string egress) { open().unmockFetch(egress); }

 private:
  TestMocks& open() {
    if (!*alive) throw js::Throw("Error", "The test of this controller is over.");
    return mocks;
  }
  TestMocks& mocks;
  const std::shared_ptr<const bool> alive;
};

const js::FunctionEntry kMethods[] = {
    js::method<&Tools::mock>("mock"),
    js::method<&Tools::unmock>("unmock"),
    js::method<&Tools::mockFetch>("mockFetch"),
    js::method<&Tools::unmockFetch>("unmockFetch"),
};
const js::ClassFace Tools::kFace{"TestMocks", kMethods};

}  // namespace

v8::Local<v8::Value> TestMocks::tools(js::Lock& js) {
  return js::Convert<std::unique_ptr<Tools>>::to(js, std::make_unique<Tools>(*this, alive));
}

TestMocks::~TestMocks() noexcept(false) {
  *alive = false;
  while (!services.empty()) unmock(std::string(*services.begin()));
  while (!egresses.empty()) unmockFetch(std::string(*egresses.begin()));
}

void TestMocks::mock(js::Lock& js, const std::string& service, v8::Local<v8::Object> object) {
  chain.mock(service, clientFor(js, service, object));
  services.insert(service);
}

// The interface is the one that a worker's binding has for the service.
capnp::Capability::Client TestMocks::clientFor(js::Lock& js, const std::string& service,
                                               v8::Local<v8::Object> object) {
  auto names = chain.serviceNames();
  if (std::find(names.begin(), names.end(), service) == names.end()) {
    unknown("service", service, names);
  }
  // The object is not told of the end of its capability: that is the test's own.
  auto kept = [] { return kj::Own<void>(kj::heap<int>(0)); };
  for (auto& part : workers) {
    for (auto& binding : part.bundle->bindings) {
      if (binding.type == "logfwdr" && service == "logfwdr") {
        auto schemas = bindings::CapnpSchemas::withoutTypes();
        js.owner.keep(schemas);
        return bindings::serveObject(js, *schemas, capnp::Schema::from<schemas::Logfwdr>(), object,
                                     kept());
      }
      if (binding.type != "capnp_service" || textField(binding, "service") != service) continue;
      auto schemas = bindings::CapnpSchemas::load(part.bundle->capnpSchema);
      js.owner.keep(schemas);
      KJ_IF_MAYBE (type, schemas->findInterface(textField(binding, "interface"))) {
        return bindings::serveObject(js, *schemas, *type, object, kept());
      }
    }
  }
  throw js::Throw("Error", "No worker has a binding for the service \"" + service +
                               "\": nothing says which interface it has.");
}

void TestMocks::unmock(const std::string& service) {
  if (services.erase(service) != 0) chain.mock(service, nullptr);
}

void TestMocks::mockFetch(js::Lock& js, const std::string& egress,
                          v8::Local<v8::Function> handler) {
  if (std::find(kEgresses.begin(), kEgresses.end(), egress) == kEgresses.end()) {
    unknown("egress", egress, kEgresses);
  }
  unmockFetch(egress);
  auto entrypoint = "mockFetch " + egress;
  tests.addFetchHandler(js, entrypoint, handler);
  auto answer = [this, entrypoint](net::Request request, ExchangeScope& exchange) {
    auto own = exchange.aside(++lastSeed);
    // Not at once: the test's own JavaScript may be running.
    auto later = kj::evalLater(
        [&tests = tests, entrypoint, request = kj::mv(request), own = kj::mv(own)]() mutable {
          auto answered =
              tests.handle(kj::mv(request), *own, OnException::kRethrow, entrypoint).promise();
          return answered.attach(kj::mv(own));
        });
    return Eventual<net::Response>(kj::mv(later));
  };
  chain.waysOut().mock(egress, answer);
  egresses.insert(egress);
}

void TestMocks::unmockFetch(const std::string& egress) {
  if (egresses.erase(egress) != 0) chain.waysOut().unmock(egress);
}

}  // namespace flamesim::chain
