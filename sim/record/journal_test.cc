#include <catch2/catch.hpp>

#include "sim/record/journal.h"

using namespace flamesim;
using namespace flamesim::record;

namespace {

constexpr Duration kPatience = std::chrono::milliseconds(100);

struct Fixture {
  std::vector<uint64_t> written;
  Journal journal{kPatience, [this](net::Exchange&& exchange) { written.push_back(exchange.id); }};
  void close(uint64_t id, int millis) { journal.close(net::Exchange{.id = id}, at(millis)); }
  static Time at(int millis) { return Time(std::chrono::milliseconds(millis)); }
};

using Ids = std::vector<uint64_t>;

}  // namespace

TEST_CASE_METHOD(Fixture, "exchanges are written in order of arrival") {
  for (uint64_t id = 1; id <= 4; ++id) CHECK(journal.open() == id);
  close(3, 0);
  close(2, 10);
  CHECK(written.empty());
  close(1, 20);
  CHECK(written == Ids{1, 2, 3});
  close(4, 30);
  CHECK(written == Ids{1, 2, 3, 4});
  CHECK(journal.outOfOrder() == 0);
}

TEST_CASE_METHOD(Fixture, "a slow exchange holds up younger ones for a while only") {
  for (uint64_t id = 1; id <= 4; ++id) journal.open();
  close(3, 0);
  close(2, 60);
  journal.advance(at(99));
  CHECK(written.empty());
  journal.advance(at(100));
  CHECK(written == Ids{2, 3});  // 2 goes with 3: it is due before it
  close(4, 110);
  CHECK(written == Ids{2, 3});
  close(1, 120);
  CHECK(written == Ids{2, 3, 1, 4});
  CHECK(journal.outOfOrder() == 1);
}

TEST_CASE_METHOD(Fixture, "what is not to be written holds nothing up, and leaves a gap") {
  for (uint64_t id = 1; id <= 3; ++id) journal.open();
  close(2, 0);
  journal.drop(1, at(10));
  CHECK(written == Ids{2});
  close(3, 20);
  CHECK(written == Ids{2, 3});
  CHECK(journal.outOfOrder() == 0);
}

TEST_CASE_METHOD(Fixture, "in the end everything that has ended is written") {
  for (uint64_t id = 1; id <= 3; ++id) journal.open();
  close(3, 0);
  close(2, 0);
  CHECK(journal.openCount() == 1);
  CHECK(journal.waitingCount() == 2);
  journal.finish();
  CHECK(written == Ids{2, 3});
}
