// What a simulated server waits for outside of its process: calls to a service behind a socket.
// It takes real time, in which virtual time stands still. Belongs to the thread of its event loop.
#pragma once

#include <kj/async.h>
#include <kj/timer.h>

#include <memory>

#include "sim/base/time.h"

namespace flamesim {

class OutsideWork : public std::enable_shared_from_this<OutsideWork> {
 public:
  // Virtual time stands still for at most `patience` of real time after anything began or ended:
  // what never answers must not stop a run. `timer`, of real time, must outlive this.
  OutsideWork(kj::Timer& timer, Duration patience) : timer(timer), patience(patience) {}

  // Something begins; it is over when the result goes.
  class Piece {
   public:
    explicit Piece(std::shared_ptr<OutsideWork> work);
    Piece(Piece&&) noexcept = default;
    ~Piece();

   private:
    std::shared_ptr<OutsideWork> work;
  };
  Piece begin() { return Piece(shared_from_this()); }

  // Whether anything is under way for which time has to stand still.
  bool any() const { return pieces > 0 && !lost; }
  // Resolves when something ended, or patience did.
  kj::Promise<void> change();

 private:
  void changed();

  kj::Timer& timer;
  const Duration patience;
  size_t pieces = 0;
  bool lost = false;  // patience ended, and nothing has happened since
  kj::Own<kj::PromiseFulfiller<void>> waiter;
};

}  // namespace flamesim
