// For tests of simulated servers and what stands above them: programs that were never on disk.
#pragma once

#include "sim/chain/testing.h"
#include "sim/server/simulated_server.h"

namespace flamesim::server::testing {

// A chain of these workers, in their order; `outside`: further ones that bindings reach.
inline std::shared_ptr<Program> program(std::vector<chain::WorkerPart> workers,
                                        std::vector<chain::WorkerPart> outside = {}) {
  auto made = std::make_shared<Program>();
  for (auto& part : workers) made->simulation.chain.push_back(part.name);
  made->simulation.internet.allow = {"*"};
  made->workers = std::move(workers);
  for (auto& part : outside) made->workers.push_back(std::move(part));
  return made;
}

inline net::Exchange exchangeOf(uint64_t id, const std::string& url,
                                Time time = chain::testing::kStart) {
  net::Exchange made{.id = id, .time = time, .seed = id};
  made.request = {.method = "GET", .url = url};
  made.outcome.response = {.status = 200, .body = "FL's own"};
  return made;
}

}  // namespace flamesim::server::testing
