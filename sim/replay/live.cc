#include "sim/replay/live.h"

#include <algorithm>
#include <vector>

#include "sim/net/recorded.h"

namespace flamesim::replay {

namespace {

// Answers that wait for an earlier one's are in memory; between batches nothing does.
constexpr size_t kBatch = 1000;
constexpr uint64_t kMostBodyBytes = 64u << 20;

bool isSafe(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE";
}

class LiveFl {
 public:
  LiveFl(kj::AsyncIoContext& io, net::Fetcher& fl, const LiveOptions& options)
      : io(io), timer(io.provider->getTimer()), fl(fl), options(options), due(timer.now()) {}

  bool maySend(const net::Exchange& exchange) const {
    if (exchange.request.headers.has("upgrade")) return false;
    return options.methods == LiveMethods::kAll || isSafe(exchange.request.method);
  }

  // Asks for all of them, and puts the answers in.
  void ask(std::vector<net::Exchange>& batch) {
    size_t next = 0;
    auto lanes = kj::heapArrayBuilder<kj::Promise<void>>(options.concurrency);
    for (uint32_t i = 0; i < options.concurrency; i++) lanes.add(lane(batch, next));
    kj::joinPromises(lanes.finish()).wait(io.waitScope);
  }

 private:
  // One request after the other, until the batch has none.
  kj::Promise<void> lane(std::vector<net::Exchange>& batch, size_t& next) {
    if (next == batch.size()) return kj::READY_NOW;
    auto& exchange = batch[next++];
    return turn().then([this, &exchange] { return one(exchange); }).then([this, &batch, &next] {
      return lane(batch, next);
    });
  }

  // Resolves when the pace allows a request.
  kj::Promise<void> turn() {
    if (options.perSecond <= 0) return kj::evalLater([] {});
    auto mine = std::max(due, timer.now());
    due = mine + int64_t(1e9 / options.perSecond) * kj::NANOSECONDS;
    return timer.atTime(mine);
  }

  kj::Promise<void> one(net::Exchange& exchange) {
    net::Outcome answer;
    answer.effects = std::move(exchange.outcome.effects);
    exchange.outcome = std::move(answer);
    auto& outcome = exchange.outcome;
    auto answered =
        fl.fetch(net::requestOf(exchange.request)).then([&outcome](net::Response response) {
          outcome.response.status = response.status;
          outcome.response.statusText = response.statusText;
          outcome.response.headers = response.headers;
          net::dropConnectionHeaders(outcome.response.headers);
          auto body = response.body.takeBytes(kMostBodyBytes);
          return body
              .then([&outcome](std::string bytes) { outcome.response.body = std::move(bytes); })
              .attach(kj::mv(response));
        });
    auto limit = std::chrono::duration_cast<std::chrono::nanoseconds>(options.timeout).count();
    return timer.timeoutAfter(limit * kj::NANOSECONDS, kj::mv(answered))
        .catch_([&outcome](kj::Exception&& exception) {
          outcome.kind = net::OutcomeKind::kFailed;
          outcome.response = {};
          outcome.error = std::string("FL: ") + exception.getDescription().cStr();
        });
  }

  kj::AsyncIoContext& io;
  kj::Timer& timer;
  net::Fetcher& fl;
  const LiveOptions& options;
  kj::TimePoint due;
};

}  // namespace

LiveTotals askLive(kj::AsyncIoContext& io, net::Fetcher& fl, capture::CaptureReader& reader,
                   const LiveOptions& options,
                   const std::function<void(const net::Exchange&)>& kept) {
  LiveFl live(io, fl, options);
  LiveTotals totals;
  std::vector<net::Exchange> batch;
  auto askBatch = [&] {
    live.ask(batch);
    for (auto& exchange : batch) {
      totals.failed += exchange.outcome.kind == net::OutcomeKind::kFailed;
      kept(exchange);
    }
    totals.sent += batch.size();
    batch.clear();
  };
  while (auto exchange = reader.next()) {
    if (options.wanted && !options.wanted(*exchange)) continue;
    if (!live.maySend(*exchange)) {
      ++totals.leftOut;
      continue;
    }
    batch.push_back(std::move(*exchange));
    if (batch.size() == kBatch) askBatch();
  }
  askBatch();
  return totals;
}

}  // namespace flamesim::replay
