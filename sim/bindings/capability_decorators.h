// Ports of capabilities that stand on others: what records calls, counts them, makes them fail,
// what answers them from a recorded exchange; the port at the bottom, and the whole stack.
#pragma once

#include <kj/function.h>

#include <chrono>
#include <memory>
#include <string>

#include "sim/base/outside_work.h"
#include "sim/bindings/capability_port.h"
#include "sim/faults/fault_plan.h"
#include "sim/net/call_counters.h"

namespace flamesim::bindings {

// A port over whatever makes capabilities. `factory` is called for each one that a worker asks for.
std::unique_ptr<CapabilityPort> factoryPort(kj::Function<capnp::Capability::Client()> factory);
// A port over one capability: a mock in this process, a connection's bootstrap.
std::unique_ptr<CapabilityPort> clientPort(capnp::Capability::Client client);

// Notes every call as an effect of the request that makes it, in scope.effects(): `kind` is kRpc,
// or kConfigRead for the configuration store; destination `service`; operation "Interface.method";
// input and output as capnp_json.h writes them. Calls on capabilities in results are noted too, and
// those that the service makes on capabilities in parameters: their destination is the service's
// name and "<-". Where nobody keeps effects it costs nothing.
std::unique_ptr<CapabilityPort> recordingPort(std::string service, net::EffectKind kind,
                                              std::unique_ptr<CapabilityPort> inner);

// Answers from scope.recorded(): a call gets the first unused effect of `service` with its
// operation and equal input, else the first unused one with its operation; which are used is kept
// for the whole exchange, all workers of the chain together. Recorded errors fail again. Where the
// exchange has nothing of `service`, `inner` answers; where it has, but nothing is left, the call
// fails and names the nearest recorded call. Capabilities in results are null. `kind`: that of the
// effects; kRpc and kConfigRead pass for each other, because who recorded may not have known what
// the service was. kStrict: the input must be equal, and `inner` is never asked; which recordings
// are left unused is in scope.usedCalls() at the end. Calls that the service made on what it was
// given are not made again.
enum class Matching : uint8_t { kNearest, kStrict };
std::unique_ptr<CapabilityPort> transcriptPort(std::string service, net::EffectKind kind,
                                               std::unique_ptr<CapabilityPort> inner,
                                               Matching matching = Matching::kNearest);

// Calls go wrong as `plan` has it, which must outlive the port: by the request's clock, and drawn
// from scope.faultDraws(). A capability that was given out while the plan had no rules stays as it
// is; calls after the end of the request are left alone. Costs nothing while there are no rules.
std::unique_ptr<CapabilityPort> faultPort(faults::FaultPlan& plan,
                                          std::unique_ptr<CapabilityPort> inner);

// Counts calls of the service in `counters`: their number, those that failed, and how long they
// took; by method and worker.
std::unique_ptr<CapabilityPort> countingPort(std::string service,
                                             std::shared_ptr<net::CallCounters> counters,
                                             std::unique_ptr<CapabilityPort> inner);

// A call that has no answer after `most`, on the scope's clock, fails (OVERLOADED) and says so;
// what `inner` then still does is cancelled. Calls on capabilities in results have the same time.
std::unique_ptr<CapabilityPort> timeoutPort(std::string service, std::chrono::milliseconds most,
                                            std::unique_ptr<CapabilityPort> inner);

// Notes in `work` each call that is under way, those on capabilities in results too: `inner` goes
// out of the process.
std::unique_ptr<CapabilityPort> outsidePort(std::shared_ptr<OutsideWork> work,
                                            std::unique_ptr<CapabilityPort> inner);

// What stands between the workers and the source of a service, whatever that is: from the bottom
// the notes of calls that leave the process, the limit of time, the transcript, faults, recording,
// counts.
struct ServiceDecorators {
  net::EffectKind kind = net::EffectKind::kRpc;
  // Its calls are effects, and are answered by recorded ones. Not of services whose bindings note
  // effects themselves.
  bool recorded = true;
  Matching matching = Matching::kNearest;
  std::chrono::milliseconds timeout{0};         // 0: a call may take any time
  std::shared_ptr<OutsideWork> outside;         // nullptr: it is in this process, or nobody minds
  std::shared_ptr<faults::FaultPlans> faults;   // nullptr: nothing goes wrong
  std::shared_ptr<net::CallCounters> counters;  // nullptr: nobody counts
};
std::unique_ptr<CapabilityPort> decorated(const std::string& service,
                                          const ServiceDecorators& decorators,
                                          std::unique_ptr<CapabilityPort> source);

}  // namespace flamesim::bindings
