#include "sim/record/recorder.h"

#include <kj/debug.h>

#include <algorithm>

#include "sim/capture/body_note.h"
#include "sim/capture/codec.h"

namespace flamesim::record {

namespace {

constexpr size_t kMostCountries = 100'000;

// What a message bears to tell whose it is. The colo behind the ray's id is left out: FL may send
// either form.
void addKeys(const net::HeaderList& headers, std::vector<std::string>& keys) {
  auto add = [&](std::string key) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
  };
  if (auto* ray = headers.first("cf-ray")) {
    std::string id = ray->substr(0, ray->find('-'));
    if (!id.empty()) add("ray " + net::toLowerAscii(id));
  }
  // version "-" trace-id "-" parent-id "-" flags (W3C Trace Context, section 3.2)
  if (auto* parent = headers.first("traceparent"); parent != nullptr && parent->size() >= 55) {
    add("trace " + net::toLowerAscii(parent->substr(3, 32)));
  }
}

bool haveCommon(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(),
                     [&](auto& key) { return std::find(b.begin(), b.end(), key) != b.end(); });
}

std::string shortly(const net::RecordedRequest& request) {
  return request.method + " " + request.url.substr(0, 200);
}

}  // namespace

Recorder::Recorder(const Clock& clock, RecorderOptions givenOptions, Selection selection,
                   std::function<void(net::Exchange&&)> write)
    : clock(clock),
      options(std::move(givenOptions)),
      selection(std::move(selection)),
      write(std::move(write)),
      journal(options.patience, [this](net::Exchange&& e) { writeOut(std::move(e)); }) {}

kj::Own<Passage> Recorder::beginClient(const net::ClientContext& client,
                                       const net::Request& request) {
  uint64_t id = journal.open();
  // What is left out is followed all the same: its subrequests are no riddle then.
  bool kept = selection.keeps(request, client);
  auto passage = kj::refcounted<Passage>(
      clock, kept ? options.bodyLimit : 0,
      [this, id, client, kept](Passage& passed) { clientDone(id, client, passed, kept); });
  openClients.emplace(id, passage->start);
  return passage;
}

kj::Own<Passage> Recorder::beginUpstream(std::string destination) {
  auto& upstream = upstreams.emplace_back();
  auto passage = kj::refcounted<Passage>(
      clock, options.bodyLimit,
      [this, &upstream](Passage& passed) { upstreamDone(upstream, passed); });
  upstream.effect.kind = net::EffectKind::kSubrequest;
  upstream.effect.destination = std::move(destination);
  upstream.effect.start = passage->start;
  upstream.passage = passage.get();
  return passage;
}

void Recorder::clientDone(uint64_t id, const net::ClientContext& client, Passage& passage,
                          bool kept) {
  Answered result{.exchange = {}, .keys = {}, .kept = kept};
  auto& exchange = result.exchange;
  std::string note = passage.settleBodies();
  addKeys(passage.response.headers, result.keys);
  addKeys(passage.request.headers, result.keys);
  auto* ray = passage.response.headers.first("cf-ray");
  if (ray == nullptr) ray = passage.request.headers.first("cf-ray");

  exchange.id = id;
  exchange.time = passage.start;
  exchange.seed = capture::seedFor(id);
  exchange.client = client;
  if (ray != nullptr) exchange.client.rayId = *ray;
  exchange.outcome.answeredBy = "fl";
  exchange.outcome.error = std::move(note);
  if (!passage.answered()) {
    exchange.outcome.kind = net::OutcomeKind::kFailed;
    exchange.outcome.answeredBy.clear();
    exchange.outcome.error = std::move(passage.error);
  }
  exchange.request = std::move(passage.request);
  exchange.outcome.response = std::move(passage.response);
  openClients.erase(id);
  answered.emplace(id, std::move(result));
  pair();
}

void Recorder::upstreamDone(Upstream& upstream, Passage& passage) {
  auto& effect = upstream.effect;
  addKeys(passage.request.headers, upstream.keys);
  effect.duration = passage.end() - passage.start;
  effect.error = passage.answered() ? passage.settleBodies() : passage.error;
  if (!passage.answered()) passage.settleBodies();
  if (passage.answered()) effect.response = std::move(passage.response);
  effect.request = std::move(passage.request);
  upstream.passed = true;
  upstream.passage = nullptr;
  pair();
}

void Recorder::pair() {
  for (auto next = answered.begin(); next != answered.end();) {
    auto current = next++;
    if (tryPair(current->second)) {
      Answered complete = std::move(current->second);
      answered.erase(current);
      hand(std::move(complete));
    }
  }
  dropUnpaired();
}

bool Recorder::tryPair(Answered& candidate) {
  auto belongs = [&](Upstream& upstream) {
    if (upstream.effect.start < candidate.exchange.time) return false;
    if (upstream.passed) return haveCommon(upstream.keys, candidate.keys);
    Keys keys;
    addKeys(upstream.passage->request.headers, keys);
    return haveCommon(keys, candidate.keys);
  };
  std::vector<std::list<Upstream>::iterator> mine;
  for (auto upstream = upstreams.begin(); upstream != upstreams.end(); ++upstream) {
    if (!belongs(*upstream)) continue;
    if (!upstream->passed) return false;
    mine.push_back(upstream);
  }
  for (auto upstream : mine) {
    candidate.exchange.outcome.effects.push_back(std::move(upstream->effect));
    upstreams.erase(upstream);
  }
  return true;
}

// A subrequest is of an exchange that began before it: when all of those have ended, it has none.
void Recorder::dropUnpaired() {
  Time oldest = Time::max();
  for (auto& [id, time] : openClients) oldest = std::min(oldest, time);
  for (auto& [id, waiting] : answered) oldest = std::min(oldest, waiting.exchange.time);
  for (auto next = upstreams.begin(); next != upstreams.end();) {
    auto current = next++;
    if (!current->passed || current->effect.start >= oldest) continue;
    countUnpaired(*current);
    upstreams.erase(current);
  }
}

void Recorder::countUnpaired(const Upstream& upstream) {
  if (counted.unpaired++ != 0 || !upstream.effect.request) return;
  counted.unpairedExample = shortly(*upstream.effect.request);
}

void Recorder::hand(Answered complete) {
  auto& exchange = complete.exchange;
  if (countries.size() >= kMostCountries) countries.clear();
  auto& country = countries[exchange.client.ip];
  for (auto& effect : exchange.outcome.effects) {
    auto* told = effect.request ? effect.request->headers.first("cf-ipcountry") : nullptr;
    if (told != nullptr) country = *told;
  }
  exchange.client.country = country.empty() ? options.country : country;
  if (!complete.kept) {
    ++counted.leftOut;
    journal.drop(exchange.id, clock.now());
    return;
  }
  journal.close(std::move(exchange), clock.now());
}

void Recorder::writeOut(net::Exchange exchange) {
  ++counted.exchanges;
  counted.subrequests += exchange.outcome.effects.size();
  if (exchange.outcome.kind == net::OutcomeKind::kFailed && counted.failed++ == 0) {
    counted.failedExample = shortly(exchange.request) + ": " + exchange.outcome.error;
  }
  if (!capture::bodiesComplete(exchange.outcome)) ++counted.bodiesNotKept;
  for (auto& effect : exchange.outcome.effects) {
    if (!capture::bodiesComplete(effect)) ++counted.bodiesNotKept;
  }
  write(std::move(exchange));
}

void Recorder::finish() {
  pair();
  KJ_REQUIRE(openClients.empty() && answered.empty(), "passages are still under way");
  for (auto& upstream : upstreams) countUnpaired(upstream);
  upstreams.clear();
  journal.finish();
}

RecordCounts Recorder::counts() const {
  RecordCounts result = counted;
  result.outOfOrder = journal.outOfOrder();
  return result;
}

}  // namespace flamesim::record
