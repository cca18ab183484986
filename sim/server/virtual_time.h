// Runs an event loop on virtual time: what needs no time happens at once, and the clock moves only
// when a driver moves it. Belongs to the thread of the event loop.
#pragma once

#include <kj/async.h>

#include <memory>

#include "sim/base/clock.h"
#include "sim/base/outside_work.h"

namespace flamesim::server {

class VirtualTime {
 public:
  // `outside`: the calls for which time stands still; nullptr: nothing leaves the process.
  VirtualTime(kj::WaitScope& waitScope, std::shared_ptr<OutsideWork> outside, Time start);

  VirtualClock clock;

  // Lets everything happen that needs no time, and waits for what happens outside.
  void settle();
  // Moves the clock to what is due next, if that is at `limit` at the latest, and settles. False:
  // nothing is.
  bool step(Time limit = Time::max());

 private:
  kj::WaitScope& waitScope;
  const std::shared_ptr<OutsideWork> outside;
};

}  // namespace flamesim::server
