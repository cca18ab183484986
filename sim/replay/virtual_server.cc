#include "sim/replay/virtual_server.h"

namespace flamesim::replay {

VirtualServer::VirtualServer(kj::WaitScope& waitScope, const js::Engine& engine,
                             std::shared_ptr<const server::Program> program,
                             server::ServerParts parts, Done done)
    : waitScope(waitScope),
      outside(parts.outside),
      clock(timeFromNanos(0)),
      server(engine, std::move(program), clock, std::move(parts)),
      done(std::move(done)) {}

void VirtualServer::advance(Time time) {
  // While nothing runs no timer matters: the clock can move at once.
  while (!running.empty()) {
    bool due = false;
    KJ_IF_MAYBE (next, clock.next()) {
      if (*next <= time) {
        clock.advanceTo(*next);
        due = true;
      }
    }
    if (!due) break;
    settle();
  }
}

void VirtualServer::arrive(uint64_t index, net::Exchange recorded) {
  advance(recorded.time);
  clock.advanceTo(recorded.time);
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
  settle();
}

void VirtualServer::drain() {
  settle();
  while (!running.empty()) {
    KJ_IF_MAYBE (next, clock.next()) {
      clock.advanceTo(*next);
      settle();
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

void VirtualServer::settle() {
  if (outside == nullptr) {
    // What poll() does, without asking the operating system for events that cannot come.
    kj::evalLast([] {}).wait(waitScope);
  } else {
    waitScope.poll();
    while (outside->any()) {
      outside->change().wait(waitScope);
      waitScope.poll();
    }
  }
  for (auto it : ended) running.erase(it);
  ended.clear();
}

}  // namespace flamesim::replay
