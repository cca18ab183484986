#include "sim/replay/virtual_server.h"

namespace flamesim::replay {

VirtualServer::VirtualServer(kj::WaitScope& waitScope, const js::Engine& engine,
                             std::shared_ptr<const server::Program> program,
                             server::ServerParts parts, Done done)
    : time(waitScope, parts.outside, timeFromNanos(0)),
      server(engine, std::move(program), time.clock, std::move(parts)),
      done(std::move(done)) {}

void VirtualServer::advance(Time until) {
  // While nothing runs no timer matters: the clock can move at once.
  while (!running.empty() && time.step(until)) clear();
}

void VirtualServer::arrive(uint64_t index, net::Exchange recorded) {
  advance(recorded.time);
  time.clock.advanceTo(recorded.time);
  running.push_back({index, std::move(recorded)});
  auto it = std::prev(running.end());
  auto end = [this, it](net::Outcome&& outcome) {
    done(it->index, it->recorded, std::move(outcome));
    ended.push_back(it);
  };
  auto outcome = server.run(it->recorded);
  if (outcome.ready()) {
    end(std::move(outcome.value()));
  } else {
    it->work = std::move(outcome).promise().then(kj::mv(end)).eagerlyEvaluate(nullptr);
  }
  time.settle();
  clear();
}

void VirtualServer::drain() {
  time.settle();
  clear();
  while (!running.empty()) {
    if (time.step()) {
      clear();
    } else {
      giveUp();
    }
  }
}

// Nothing is left to happen, and yet exchanges have not ended: a volatile cache's fallback that
// reads its own key, for one, waits for itself; a service behind a socket may never answer.
void VirtualServer::giveUp() {
  for (auto& waiting : running) {
    waiting.work = nullptr;
    done(waiting.index, waiting.recorded,
         {.kind = net::OutcomeKind::kFailed,
          .error = "the exchange waits for something that never comes"});
  }
  running.clear();
}

void VirtualServer::clear() {
  for (auto it : ended) running.erase(it);
  ended.clear();
}

}  // namespace flamesim::replay
