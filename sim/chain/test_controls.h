// What the controller of a test handler does besides running it: adds faults, reads counts.
// dispatch.js has its JavaScript face. Belongs to the thread of the simulated server.
#pragma once

#include <memory>
#include <string>

#include "sim/base/clock.h"
#include "sim/bundle/simulation.h"
#include "sim/faults/fault_plan.h"
#include "sim/js/face.h"
#include "sim/net/call_counters.h"

namespace flamesim::chain {

// What tests reach of their server.
struct TestParts {
  std::shared_ptr<faults::FaultPlans> faults;
  std::shared_ptr<net::CallCounters> counters;
  std::shared_ptr<const bundle::Simulation> simulation;  // that rules are checked against
};

class TestControls final : public js::NativeObject {
 public:
  static const js::ClassFace kFace;
  TestControls(std::shared_ptr<const TestParts> parts, Clock& clock)
      : parts(std::move(parts)), clock(clock) {}

  // `rule`: as JSON (docs/faults.md). The result names it.
  double addFault(std::string rule);
  bool removeFault(double handle);
  void clearFaults();
  // {"calls": 2, "errors": 1, "methods": {"Rrdns.lookupOwnership": {...}}} of a service or egress,
  // as JSON; counted since the file's tests began.
  std::string calls(std::string target);

 protected:
  bool inert() const override { return true; }

 private:
  const std::shared_ptr<const TestParts> parts;
  Clock& clock;
};

}  // namespace flamesim::chain
