#include "sim/faults/fault_plan.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "sim/faults/answer_memory.h"
#include "sim/faults/latency.h"

namespace flamesim::faults {

namespace {

using bundle::FaultRule;
using bundle::FaultTarget;
using bundle::Latency;

constexpr Time kStart{std::chrono::seconds(1000)};

Time at(double seconds) {
  return kStart + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

class AnyCall final : public Question {
 public:
  bool matches(const bundle::FaultWhen&) const override { return true; }
};

FaultRule failing(std::string text = "failing") {
  FaultRule rule{.name = "rrdns", .error = bundle::FaultError{}};
  rule.text = std::move(text);
  return rule;
}

FaultRule slow(Latency latency) {
  FaultRule rule{.name = "rrdns", .latency = latency};
  rule.text = "slow";
  return rule;
}

FaultPlans plansOf(std::vector<FaultRule> rules, uint64_t seed = 7) {
  FaultPlans plans({.seed = seed, .rules = std::move(rules)});
  plans.startAt(kStart);
  return plans;
}

// Which of a number of calls in each of some exchanges fail: '!' or '.'.
std::string failures(FaultPlans plans, int exchanges = 20, int calls = 10) {
  std::string text;
  auto& plan = plans.of(FaultTarget::kService, "rrdns");
  for (int i = 0; i < exchanges; ++i) {
    Draws draws{uint64_t(i)};
    for (int k = 0; k < calls; ++k) {
      auto verdict = plan.decide(AnyCall(), kStart, draws);
      text += verdict && verdict->error ? '!' : '.';
    }
  }
  return text;
}

FaultRule sometimes(double probability) {
  auto rule = failing();
  rule.probability = probability;
  return rule;
}

}  // namespace

TEST_CASE("a plan without rules leaves calls alone") {
  FaultPlans plans;
  CHECK(plans.find(FaultTarget::kService, "rrdns") == nullptr);
  Draws draws(1);
  CHECK_FALSE(plans.of(FaultTarget::kService, "rrdns").decide(AnyCall(), kStart, draws));
}

TEST_CASE("a rule is for its target alone") {
  auto plans = plansOf({failing()});
  CHECK(plans.find(FaultTarget::kService, "rrdns") != nullptr);
  CHECK(plans.find(FaultTarget::kService, "quicksilver") == nullptr);
  CHECK(plans.find(FaultTarget::kWorker, "rrdns") == nullptr);
}

TEST_CASE("schedules count from the start") {
  auto rule = failing();
  rule.schedule = {.from = 12, .length = 3};
  auto plans = plansOf({rule});
  plans.startAt(at(500));  // only the first start counts
  auto fails = [&](double seconds) {
    Draws draws(1);
    return plans.of(FaultTarget::kService, "rrdns")
        .decide(AnyCall(), at(seconds), draws)
        .has_value();
  };
  CHECK_FALSE(fails(0));
  CHECK_FALSE(fails(11.9));
  CHECK(fails(12));
  CHECK(fails(14.9));
  CHECK_FALSE(fails(15));
  CHECK_FALSE(fails(72));
}

TEST_CASE("schedules repeat") {
  auto rule = failing();
  rule.schedule = {.from = 12, .length = 3, .every = 60};
  auto plans = plansOf({rule});
  auto& plan = plans.of(FaultTarget::kService, "rrdns");
  for (auto [seconds, fails] : std::vector<std::pair<double, bool>>{
           {0, false}, {13, true}, {20, false}, {71, false}, {72, true}, {74, true}, {76, false}}) {
    Draws draws(1);
    INFO(seconds);
    CHECK(plan.decide(AnyCall(), at(seconds), draws).has_value() == fails);
  }
}

TEST_CASE("the same seed gives the same faults, another one others") {
  auto first = failures(plansOf({sometimes(0.3)}));
  CHECK(first == failures(plansOf({sometimes(0.3)})));
  CHECK(first != failures(plansOf({sometimes(0.3)}, 8)));
  auto failed = std::count(first.begin(), first.end(), '!');
  CHECK(failed > 35);
  CHECK(failed < 85);
}

TEST_CASE("other rules change nothing in what a rule does") {
  auto before = slow({Latency::Shape::kExponential, 5});
  before.probability = 0.5;
  CHECK(failures(plansOf({before, sometimes(0.3)})) == failures(plansOf({sometimes(0.3)})));
}

TEST_CASE("exchanges change nothing in each other") {
  auto all = failures(plansOf({sometimes(0.3)}), 20);
  CHECK(all.starts_with(failures(plansOf({sometimes(0.3)}), 5)));
}

TEST_CASE("the same rule twice hits twice as often") {
  auto once = failures(plansOf({sometimes(0.3)}));
  auto twice = failures(plansOf({sometimes(0.3), sometimes(0.3)}));
  size_t more = 0;
  for (size_t i = 0; i < once.size(); ++i) {
    CHECK((once[i] == '.' || twice[i] == '!'));
    if (once[i] != twice[i]) ++more;
  }
  CHECK(more > 10);
}

TEST_CASE("latencies add up, and the first rule says how the call ends") {
  auto second = failing();
  second.error->type = bundle::FaultType::kOverloaded;
  second.latency = {Latency::Shape::kConstant, 30};
  auto third = failing("third");
  third.latency = {Latency::Shape::kConstant, 5};
  auto plans = plansOf({slow({Latency::Shape::kConstant, 200}), second, third});
  Draws draws(1);
  auto verdict = plans.of(FaultTarget::kService, "rrdns").decide(AnyCall(), kStart, draws);
  REQUIRE(verdict);
  CHECK(verdict->latency == std::chrono::milliseconds(235));
  REQUIRE(verdict->error);
  CHECK(verdict->error->getType() == kj::Exception::Type::OVERLOADED);
  CHECK(verdict->error->getDescription() == "injected fault: the service rrdns is overloaded");
}

TEST_CASE("rules are added and removed") {
  auto plans = plansOf({failing()});
  auto& plan = plans.of(FaultTarget::kService, "quicksilver");
  auto rule = failing();
  rule.name = "quicksilver";
  rule.schedule = {.from = 1, .length = 1};
  auto handle = plans.add(rule, at(100));
  Draws draws(1);
  CHECK_FALSE(plan.decide(AnyCall(), at(100.5), draws));
  CHECK(plan.decide(AnyCall(), at(101.5), draws));
  CHECK(plans.remove(handle));
  CHECK_FALSE(plans.remove(handle));
  CHECK(plan.empty());
  plans.add(rule, at(100));
  plans.removeAdded();
  CHECK(plan.empty());
  CHECK(plans.find(FaultTarget::kService, "rrdns") != nullptr);
}

TEST_CASE("latencies are distributed as they say") {
  auto drawn = [](Latency latency) {
    Random random(3);
    std::vector<double> all(20'000);
    for (auto& each : all) {
      each = std::chrono::duration<double, std::milli>(draw(latency, random)).count();
    }
    std::sort(all.begin(), all.end());
    return all;
  };
  auto mean = [](const std::vector<double>& all) {
    double sum = 0;
    for (auto each : all) sum += each;
    return sum / double(all.size());
  };
  auto percentile = [](const std::vector<double>& all, size_t percent) {
    return all[all.size() * percent / 100];
  };
  using enum Latency::Shape;
  CHECK(drawn({kConstant, 12}).front() == Approx(12));
  CHECK(drawn({kConstant, 12}).back() == Approx(12));
  auto uniform = drawn({kUniform, 10, 30});
  CHECK(uniform.front() >= 10);
  CHECK(uniform.back() <= 30);
  CHECK(mean(uniform) == Approx(20).epsilon(0.02));
  auto normal = drawn({kNormal, 50, 10});
  CHECK(mean(normal) == Approx(50).epsilon(0.02));
  CHECK(percentile(normal, 84) == Approx(60).epsilon(0.03));
  CHECK(drawn({kNormal, 1, 10}).front() == 0);
  auto exponential = drawn({kExponential, 20});
  CHECK(mean(exponential) == Approx(20).epsilon(0.05));
  auto lognormal = drawn({kLognormal, 20, 400});
  CHECK(percentile(lognormal, 50) == Approx(20).epsilon(0.05));
  CHECK(percentile(lognormal, 99) == Approx(400).epsilon(0.15));
}

TEST_CASE("patterns") {
  CHECK(matchesPattern("*", ""));
  CHECK(matchesPattern("*.example.com", "a.b.example.com"));
  CHECK_FALSE(matchesPattern("*.example.com", "example.com"));
  CHECK(matchesPattern("a*b*c", "axxbyybzc"));
  CHECK_FALSE(matchesPattern("", "a"));
  std::string hard;
  for (int i = 0; i < 50; ++i) hard += "a*";
  CHECK_FALSE(matchesPattern(hard + "b", std::string(2000, 'a')));
}

TEST_CASE("answers are kept by call and time") {
  AnswerMemory<int> memory;
  CHECK(memory.find("a", kStart) == nullptr);
  memory.keep("a", at(1), 1, 1);
  memory.keep("a", at(2), 2, 1);
  memory.keep("b", at(2), 3, 1);
  CHECK(*memory.find("a", at(5)) == 2);
  CHECK(*memory.find("a", at(1.5)) == 1);
  CHECK(memory.find("a", at(0.5)) == nullptr);
  CHECK(*memory.find("b", at(5)) == 3);
}

TEST_CASE("what is kept is bounded") {
  AnswerMemory<int> memory;
  memory.keep("big", at(1), 1, AnswerMemory<int>::kMostBytesOfOne + 1);
  CHECK(memory.find("big", at(2)) == nullptr);
  memory.keep("first", at(1), 1, 1);
  for (size_t i = 0; i < AnswerMemory<int>::kMostCalls; ++i) {
    memory.keep(std::to_string(i), at(1), 1, 1);
  }
  CHECK(memory.find("first", at(2)) == nullptr);
  CHECK(memory.find("0", at(2)) != nullptr);
  AnswerMemory<int> heavy;
  for (int i = 0; i < 20; ++i) heavy.keep(std::to_string(i), at(1), i, 1 << 20);
  CHECK(heavy.find("3", at(2)) == nullptr);
  CHECK(heavy.find("19", at(2)) != nullptr);
}

}  // namespace flamesim::faults
