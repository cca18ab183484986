#include "sim/chain/test_controls.h"

#include <nlohmann/json.hpp>

#include "sim/bundle/simulation_faults.h"

namespace flamesim::chain {

namespace {

// The faults of a rule in one line: a JavaScript error shows no source.
std::string textOf(const UserError& error) {
  auto line = [](const Diagnostic& each) {
    return each.message + (each.help.empty() ? "" : " (" + each.help + ")");
  };
  auto text = line(error.diagnostic);
  for (auto& other : error.others) text += "; " + line(other);
  return text;
}

}  // namespace

double TestControls::addFault(std::string rule) {
  try {
    auto parsed = bundle::parseFaultRule(std::move(rule), *parts->simulation);
    return double(parts->faults->add(std::move(parsed), clock.now()));
  } catch (const UserError& error) {
    throw js::Throw("TypeError", textOf(error));
  }
}

bool TestControls::removeFault(double handle) {
  return handle >= 1 && handle < 9e15 && parts->faults->remove(uint64_t(handle));
}

void TestControls::clearFaults() {
  parts->faults->removeAdded();
}

std::string TestControls::calls(std::string target) {
  using Json = nlohmann::ordered_json;
  auto counts = [](const net::CallCount& count) {
    return Json{{"calls", count.calls}, {"errors", count.errors}};
  };
  net::CallCount all;
  std::map<std::string, net::CallCount> methods;
  for (auto& [series, count] : parts->counters->all()) {
    if (series.target != target) continue;
    for (auto* sum : {&all, &methods[series.operation]}) {
      sum->calls += count.calls;
      sum->errors += count.errors;
    }
  }
  auto result = counts(all);
  result["methods"] = Json::object();
  for (auto& [name, count] : methods) result["methods"][name] = counts(count);
  return result.dump(-1, ' ', false, Json::error_handler_t::replace);
}

static const js::FunctionEntry kMethods[] = {
    js::method<&TestControls::addFault>("addFault"),
    js::method<&TestControls::removeFault>("removeFault"),
    js::method<&TestControls::clearFaults>("clearFaults"),
    js::method<&TestControls::calls>("calls"),
};
const js::ClassFace TestControls::kFace{"TestControls", kMethods};

}  // namespace flamesim::chain
