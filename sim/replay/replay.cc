#include "sim/replay/replay.h"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "sim/capture/codec.h"
#include "sim/replay/virtual_server.h"

namespace flamesim::replay {

namespace {

constexpr size_t kQueuedBatches = 4;  // per thread: what bounds memory

struct Item {
  uint64_t index;
  uint32_t server;
  size_t inBlock;
};
struct Batch {
  std::shared_ptr<const capture::EncodedBlock> block;
  std::vector<Item> items;
  Time first;  // when the capture's first exchange arrived
  Time until;  // when the block's last exchange arrived, on whichever server
};
using Encoded = std::vector<std::pair<uint64_t, std::string>>;

uint32_t serverOf(std::string_view url, uint32_t servers) {
  size_t start = url.find("://");
  start = start == std::string_view::npos ? 0 : start + 3;
  std::string_view host = url.substr(start, url.find_first_of(":/?#", start) - start);
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a: the same everywhere
  for (char c : host) hash = (hash ^ uint8_t(c)) * 0x100000001b3;
  return uint32_t(hash % servers);
}

// Puts results back into the order of the input.
class Output {
 public:
  explicit Output(std::function<void(std::string_view)> write) : write(std::move(write)) {}

  void add(Encoded results) {
    std::lock_guard lock(mutex);
    for (auto& [index, encoded] : results) waiting.emplace(index, std::move(encoded));
  }
  // Main thread: writes what is next in order.
  void flush() {
    std::vector<std::string> ready;
    {
      std::lock_guard lock(mutex);
      for (auto it = waiting.begin(); it != waiting.end() && it->first == next;) {
        ready.push_back(std::move(it->second));
        it = waiting.erase(it);
        ++next;
      }
    }
    for (auto& encoded : ready) write(encoded);
  }

 private:
  std::function<void(std::string_view)> write;
  std::mutex mutex;
  std::map<uint64_t, std::string> waiting;
  uint64_t next = 0;
};

// One thread and the simulated servers that it carries.
class Carrier {
 public:
  Carrier(uint32_t number, const js::Engine& engine, std::shared_ptr<const server::Program> program,
          const ReplayHooks& hooks, Output& output)
      : number(number), engine(engine), program(std::move(program)), hooks(hooks), output(output) {
    thread = std::thread([this] { run(); });
  }
  ~Carrier() {
    close();
    if (thread.joinable()) thread.join();
  }

  // Blocks while the thread has enough to do. False when it has failed.
  bool push(Batch batch) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return queue.size() < kQueuedBatches || failed; });
    if (failed) return false;
    queue.push_back(std::move(batch));
    changed.notify_all();
    return true;
  }
  void close() {
    std::lock_guard lock(mutex);
    closed = true;
    changed.notify_all();
  }
  // Waits for the end; throws what ended the thread.
  void join() {
    close();
    thread.join();
    if (failure) std::rethrow_exception(failure);
  }

 private:
  void run() {
    try {
      work();
    } catch (...) {
      std::lock_guard lock(mutex);
      failure = std::current_exception();
      failed = true;
      changed.notify_all();
    }
  }

  void work() {
    auto io = kj::setupAsyncIo();
    std::map<uint32_t, std::unique_ptr<VirtualServer>> servers;
    Encoded results;
    auto done = [&](uint64_t index, const net::Exchange& recorded, net::Outcome outcome) {
      net::Exchange candidate{.id = recorded.id,
                              .time = recorded.time,
                              .seed = recorded.seed,
                              .client = recorded.client,
                              .request = recorded.request,
                              .outcome = std::move(outcome)};
      if (hooks.compared) hooks.compared(number, recorded, candidate);
      if (hooks.write) results.emplace_back(index, capture::encodeExchange(candidate));
    };
    while (auto batch = pop()) {
      for (auto& item : batch->items) {
        auto& server = servers[item.server];
        if (server == nullptr) {
          auto parts = hooks.parts(*io.provider);
          // All servers of a capture have started when it begins.
          if (parts.faults != nullptr) parts.faults->startAt(batch->first);
          server = std::make_unique<VirtualServer>(io.waitScope, engine, program, std::move(parts),
                                                   done);
        }
        auto exchange = capture::decodeExchange((*batch->block)[item.inBlock]).orThrow();
        server->arrive(item.index, std::move(exchange));
      }
      // Servers without an arrival go on too: results that wait for one of theirs pile up.
      for (auto& [name, server] : servers) server->advance(batch->until);
      output.add(std::move(results));
      results.clear();
    }
    for (auto& [name, server] : servers) server->drain();
    output.add(std::move(results));
  }

  std::optional<Batch> pop() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return !queue.empty() || closed; });
    if (queue.empty()) return std::nullopt;
    Batch batch = std::move(queue.front());
    queue.pop_front();
    changed.notify_all();
    return batch;
  }

  const uint32_t number;
  const js::Engine& engine;
  const std::shared_ptr<const server::Program> program;
  const ReplayHooks& hooks;
  Output& output;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Batch> queue;
  bool closed = false;
  bool failed = false;
  std::exception_ptr failure;
  std::thread thread;
};

}  // namespace

bool isPart(const ReplayOptions& options, uint64_t id, std::string_view url) {
  if (!options.only.empty() && !options.only.contains(id)) return false;
  return options.shard.takes(serverOf(url, options.servers));
}

ReplayTotals replay(const js::Engine& engine, std::shared_ptr<const server::Program> program,
                    capture::CaptureReader& reader, const ReplayOptions& options,
                    const ReplayHooks& hooks) {
  Output output(hooks.write);
  std::vector<std::unique_ptr<Carrier>> carriers;
  for (uint32_t i = 0; i < options.threads; ++i) {
    carriers.push_back(std::make_unique<Carrier>(i, engine, program, hooks, output));
  }
  ReplayTotals totals;
  std::optional<Time> first;
  bool running = true;
  while (running) {
    auto block = reader.nextEncoded();
    if (!block) break;
    auto shared = std::make_shared<const capture::EncodedBlock>(std::move(*block));
    std::vector<Batch> batches(options.threads);
    Time until;
    for (size_t i = 0; i < shared->size(); ++i) {
      auto key = capture::peekExchange((*shared)[i]).orThrow();
      if (!first) first = key.time;
      if (!isPart(options, key.id, key.url)) continue;
      uint32_t server = serverOf(key.url, options.servers);
      until = key.time;
      // The servers of a shard are every so many, and are shared out among all threads.
      uint32_t thread = server / options.shard.count % options.threads;
      batches[thread].items.push_back({totals.exchanges++, server, i});
    }
    for (uint32_t i = 0; i < options.threads; ++i) {
      batches[i].block = shared;
      batches[i].first = first.value_or(Time());
      batches[i].until = until;
      running = carriers[i]->push(std::move(batches[i])) && running;
    }
    output.flush();
    if (hooks.progress) hooks.progress(totals.exchanges);
  }
  for (auto& carrier : carriers) carrier->close();
  for (auto& carrier : carriers) carrier->join();
  output.flush();
  return totals;
}

}  // namespace flamesim::replay
