#include "sim/base/outside_work.h"

namespace flamesim {

OutsideWork::Piece::Piece(std::shared_ptr<OutsideWork> begun) : work(std::move(begun)) {
  ++work->pieces;
  work->changed();
}

OutsideWork::Piece::~Piece() {
  if (work == nullptr) return;
  --work->pieces;
  work->changed();
}

void OutsideWork::changed() {
  lost = false;
  if (waiter.get() != nullptr) kj::mv(waiter)->fulfill();
}

kj::Promise<void> OutsideWork::change() {
  auto paf = kj::newPromiseAndFulfiller<void>();
  waiter = kj::mv(paf.fulfiller);
  auto timeout = timer.afterDelay(patience.count() * kj::NANOSECONDS).then([this] { lost = true; });
  return paf.promise.exclusiveJoin(kj::mv(timeout));
}

}  // namespace flamesim
