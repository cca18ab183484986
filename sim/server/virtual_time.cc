#include "sim/server/virtual_time.h"

namespace flamesim::server {

VirtualTime::VirtualTime(kj::WaitScope& waitScope, std::shared_ptr<OutsideWork> outside, Time start)
    : clock(start), waitScope(waitScope), outside(std::move(outside)) {}

void VirtualTime::settle() {
  if (outside == nullptr) {
    // What poll() does, without asking the operating system for events that cannot come.
    kj::evalLast([] {}).wait(waitScope);
    return;
  }
  waitScope.poll();
  while (outside->any()) {
    outside->change().wait(waitScope);
    waitScope.poll();
  }
}

bool VirtualTime::step(Time limit) {
  KJ_IF_MAYBE (next, clock.next()) {
    if (*next <= limit) {
      clock.advanceTo(*next);
      settle();
      return true;
    }
  }
  return false;
}

}  // namespace flamesim::server
