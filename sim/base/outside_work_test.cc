#include "sim/base/outside_work.h"

#include <kj/async-io.h>

#include <catch2/catch.hpp>
#include <optional>

using namespace flamesim;
using std::chrono::hours;
using std::chrono::milliseconds;

TEST_CASE("outside work: it is under way until its last piece goes") {
  auto io = kj::setupAsyncIo();
  auto work = std::make_shared<OutsideWork>(io.provider->getTimer(), hours(1));
  CHECK_FALSE(work->any());
  std::optional<OutsideWork::Piece> first(work->begin());
  std::optional<OutsideWork::Piece> second(work->begin());
  first.reset();
  CHECK(work->any());
  second.reset();
  CHECK_FALSE(work->any());
}

TEST_CASE("outside work: a change is a piece that goes") {
  auto io = kj::setupAsyncIo();
  auto work = std::make_shared<OutsideWork>(io.provider->getTimer(), hours(1));
  std::optional<OutsideWork::Piece> piece(work->begin());
  auto change = work->change();
  CHECK_FALSE(change.poll(io.waitScope));
  piece.reset();
  change.wait(io.waitScope);
}

TEST_CASE("outside work: patience ends, and comes back when something happens") {
  auto io = kj::setupAsyncIo();
  auto work = std::make_shared<OutsideWork>(io.provider->getTimer(), milliseconds(1));
  auto piece = work->begin();
  CHECK(work->any());
  work->change().wait(io.waitScope);
  CHECK_FALSE(work->any());
  { auto other = work->begin(); }
  CHECK(work->any());
}
