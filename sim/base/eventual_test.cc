#include "sim/base/eventual.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

using namespace flamesim;

namespace {

struct Loop {
  kj::EventLoop loop;
  kj::WaitScope scope{loop};
};

kj::Exception failure() {
  return kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__, kj::heapString("it broke"));
}

std::string text(int number) {
  return std::to_string(number);
}

}  // namespace

TEST_CASE("eventual: what is there goes on without a turn of the loop") {
  std::string seen;
  auto length = Eventual<std::string>("four").then([&](std::string&& value) {
    seen = value;
    return value.size();
  });
  CHECK(seen == "four");
  REQUIRE(length.ready());
  CHECK(length.value() == 4);
}

TEST_CASE_METHOD(Loop, "eventual: what is to come goes on when it has come") {
  auto paf = kj::newPromiseAndFulfiller<int>();
  bool ran = false;
  auto result = Eventual<int>(kj::mv(paf.promise)).then([&](int value) {
    ran = true;
    return value + 1;
  });
  CHECK_FALSE(result.ready());
  scope.poll();
  CHECK_FALSE(ran);
  paf.fulfiller->fulfill(1);
  CHECK(std::move(result).promise().wait(scope) == 2);
}

TEST_CASE_METHOD(Loop, "eventual: a continuation that returns an eventual is flattened") {
  auto later = [](int value) -> Eventual<std::string> {
    if (value == 1) return text(value);
    return kj::evalLater([value] { return text(value); });
  };
  auto now = Eventual<int>(1).then(later);
  REQUIRE(now.ready());
  CHECK(now.value() == "1");
  auto then = Eventual<int>(2).then(later);
  CHECK_FALSE(then.ready());
  CHECK(std::move(then).promise().wait(scope) == "2");
  auto both = Eventual<int>(kj::evalLater([] { return 3; })).then(later);
  CHECK(std::move(both).promise().wait(scope) == "3");
}

TEST_CASE_METHOD(Loop, "eventual: failures go past a continuation, or into the one for them") {
  bool ran = false;
  auto next = [&](int value) {
    ran = true;
    return value;
  };
  CHECK_THROWS_AS(Eventual<int>(failure()).then(next).promise().wait(scope), kj::Exception);
  auto mended = Eventual<int>(failure()).then(
      next, [](kj::Exception&& error) { return int(error.getDescription().size()); });
  CHECK(std::move(mended).promise().wait(scope) == 8);
  CHECK_FALSE(ran);
  // With a value there is nothing to mend.
  CHECK(Eventual<int>(5).then(next, [](kj::Exception&&) { return 0; }).value() == 5);
}

TEST_CASE_METHOD(Loop, "eventual: continuations are kept, not referred to") {
  auto paf = kj::newPromiseAndFulfiller<int>();
  auto result = [&] {
    auto addend = std::make_unique<int>(40);
    auto next = [addend = std::move(addend)](int value) { return value + *addend; };
    auto failed = [](kj::Exception&&) { return 0; };
    return Eventual<int>(kj::mv(paf.promise)).then(std::move(next), failed);
  }();
  paf.fulfiller->fulfill(2);
  CHECK(std::move(result).promise().wait(scope) == 42);
}

TEST_CASE_METHOD(Loop, "eventual: attached things live until the value has come") {
  auto paf = kj::newPromiseAndFulfiller<int>();
  auto thing = std::make_shared<int>(1);
  std::weak_ptr<int> alive = thing;
  auto result = Eventual<int>(kj::mv(paf.promise)).attach(std::move(thing)).promise();
  CHECK_FALSE(alive.expired());
  paf.fulfiller->fulfill(3);
  CHECK(result.wait(scope) == 3);
  result = nullptr;
  CHECK(alive.expired());
}
