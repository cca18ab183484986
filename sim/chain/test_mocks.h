// What stands in for services and for the network while a test runs: controller.mock() and its like
// (docs/testing.md). Belongs to one test; all that it put in place goes with it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/bindings/capnp.h"
#include "sim/chain/chain.h"

namespace flamesim::chain {

class TestMocks final {
 public:
  // `tests`: the worker of the tests, in `chain`. `workers`: those of the chain, whose bindings say
  // which interface a service has. All must outlive this.
  TestMocks(Chain& chain, Worker& tests, const std::vector<WorkerPart>& workers)
      : chain(chain), tests(tests), workers(workers) {}
  ~TestMocks() noexcept(false);
  TestMocks(const TestMocks&) = delete;

  // The object behind the controller's functions. It must not be used after this has gone.
  v8::Local<v8::Value> tools(js::Lock& js);

  // Of the request that is running. Throw JavaScript's errors.
  void mock(js::Lock& js, const std::string& service, v8::Local<v8::Object> object);
  void unmock(const std::string& service);
  void mockFetch(js::Lock& js, const std::string& egress, v8::Local<v8::Function> handler);
  void unmockFetch(const std::string& egress);

 private:
  capnp::Capability::Client clientFor(js::Lock& js, const std::string& service,
                                      v8::Local<v8::Object> object);

  Chain& chain;
  Worker& tests;
  const std::vector<WorkerPart>& workers;
  std::set<std::string> services;
  std::set<std::string> egresses;
  uint64_t lastSeed = 0;
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);
};

}  // namespace flamesim::chain
