// A simulated server on virtual time: exchanges arrive at their recorded times, and when nothing is
// left to do the clock moves to what is due next. Belongs to the thread that made it.
#pragma once

#include <kj/async-io.h>

#include <list>

#include "sim/server/simulated_server.h"
#include "sim/server/virtual_time.h"

namespace flamesim::replay {

class VirtualServer {
 public:
  using Done =
      std::function<void(uint64_t index, const net::Exchange& recorded, net::Outcome outcome)>;
  // `done`: called as exchanges end, from within the other functions.
  VirtualServer(kj::WaitScope& waitScope, const js::Engine& engine,
                std::shared_ptr<const server::Program> program, server::ServerParts parts,
                Done done);

  // Lets everything happen that is due by `until`.
  void advance(Time until);
  // advance(recorded.time), then starts the exchange.
  void arrive(uint64_t index, net::Exchange recorded);
  // Lets everything end.
  void drain();

 private:
  struct Running {
    uint64_t index;
    net::Exchange recorded;
    kj::Promise<void> work = nullptr;
  };
  // Forgets the exchanges that have ended.
  void clear();
  void giveUp();

  server::VirtualTime time;
  server::SimulatedServer server;
  Done done;
  std::list<Running> running;
  std::vector<std::list<Running>::iterator> ended;
};

}  // namespace flamesim::replay
