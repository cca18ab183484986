// A big store: how long it takes to load, in how much memory, and gets in a second on one core.
// `ninja quicksilver_bench && ./quicksilver_bench [KEYS]`; 10 million keys by default, which take
// some 3 GB in the folder for temporary files.
#include <kj/async-io.h>
#include <lmdb.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <istream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "mocks/quicksilver.h"
#include "mocks/quicksilver_import.h"

using namespace flamesim::mocks;

namespace {

// Every number below 2^32 once, in an order that looks random: keys come as they come.
uint32_t scattered(uint64_t i) {
  return uint32_t(i * 2654435761u);
}

std::string keyOf(uint32_t number, const char* kind) {
  char text[48];
  int size = std::snprintf(text, sizeof(text), "zone:%08x.example.com:%s", number, kind);
  return std::string(text, size_t(size));
}

// Since it was made: seconds, and those of them that this process had a processor.
class Stopwatch {
 public:
  double passed() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  double processor() const { return double(std::clock() - clockStart) / CLOCKS_PER_SEC; }

 private:
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  std::clock_t clockStart = std::clock();
};

// Megabytes, of /proc/self/status.
double memory(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field + ":")) return std::stod(line.substr(field.size() + 1)) / 1000;
  }
  return 0;
}

// JSON lines of so many pairs, made while they are read.
class Lines final : public std::streambuf {
 public:
  explicit Lines(uint64_t count) : count(count) {}
  double peakOwn = 0;  // memory of the process's own, not pages of the store; sampled

 private:
  int_type underflow() override {
    if (made == count) return traits_type::eof();
    line.clear();
    for (int i = 0; i < 1000 && made < count; i++, made++) {
      line += "{\"key\":\"" + keyOf(scattered(made), "settings") +
              "\",\"value\":{\"plan\":\"free\",\"waf\":true,\"level\":" + std::to_string(made % 7) +
              "}}\n";
    }
    if (made % 100'000 == 0) peakOwn = std::max(peakOwn, memory("RssAnon"));
    setg(line.data(), line.data(), line.data() + line.size());
    return traits_type::to_int_type(line[0]);
  }

  const uint64_t count;
  uint64_t made = 0;
  std::string line;
};

// So many keys that no cache has them, made before the clock runs.
std::vector<std::string> someKeys(uint64_t keys, const char* kind) {
  std::vector<std::string> some(std::min<uint64_t>(keys, 1'000'000));
  for (uint64_t i = 0; i < some.size(); i++) {
    some[i] = keyOf(scattered((i * 7919) % keys), kind);
  }
  return some;
}

// `read` takes `step` keys from an index on and returns how many it has found.
template <typename Read>
void measure(const char* name, const std::vector<std::string>& keys, size_t step, Read read,
             int rounds = 2) {
  uint64_t reads = 0;
  uint64_t found = 0;
  Stopwatch watch;
  for (int round = 0; round < rounds; round++) {
    for (size_t i = 0; i + step <= keys.size(); i += step, reads += step) found += read(i);
  }
  std::printf("%-34s %9.0f gets/s  %9.0f in a second of processor time, %llu %% found\n", name,
              double(reads) / watch.passed(), double(reads) / watch.processor(),
              static_cast<unsigned long long>(found * 100 / reads));
}

void measureReader(const std::shared_ptr<QuicksilverReplica>& replica,
                   const std::vector<std::string>& present,
                   const std::vector<std::string>& absent) {
  QuicksilverReader reader(replica->source());
  auto get = [&](const std::vector<std::string>& keys, uint64_t back) {
    return [&reader, &replica, &keys, back](size_t i) {
      QuicksilverReader::Snapshot snapshot(reader);
      return snapshot.get(keys[i], replica->indexIn(snapshot) - back).has_value();
    };
  };
  measure("reader, present, pages not mapped", present, 1, get(present, 0), 1);
  measure("reader, present", present, 1, get(present, 0));
  measure("reader, absent", absent, 1, get(absent, 0));
  measure("reader, pinned 1000 updates back", present, 1, get(present, 1000));
  replica->setLag(std::chrono::milliseconds(1));
  measure("reader, replica that lags", present, 1, get(present, 0));
  replica->setLag(std::chrono::milliseconds(0));
}

// What LMDB itself does with the same pages: one transaction for all reads, no history.
void measureLmdb(const QuicksilverStore& store, const std::vector<std::string>& present) {
  MDB_env* environment = nullptr;
  MDB_txn* transaction = nullptr;
  MDB_dbi current = 0;
  auto require = [](int code) {
    if (code != MDB_SUCCESS) throw std::runtime_error(mdb_strerror(code));
  };
  require(mdb_env_create(&environment));
  require(mdb_env_set_maxdbs(environment, 4));
  require(mdb_env_open(environment, store.folder().c_str(), MDB_RDONLY | MDB_NOLOCK, 0));
  require(mdb_txn_begin(environment, nullptr, MDB_RDONLY, &transaction));
  require(mdb_dbi_open(transaction, "current", 0, &current));
  measure("LMDB alone, present", present, 1, [&](size_t i) {
    MDB_val key{present[i].size(), const_cast<char*>(present[i].data())};
    MDB_val value{};
    return mdb_get(transaction, current, &key, &value) == MDB_SUCCESS;
  });
  mdb_txn_abort(transaction);
  mdb_env_close(environment);
}

// Readers on every core, as the threads of a replay have them.
void measureThreads(const std::shared_ptr<QuicksilverReplica>& replica,
                    const std::vector<std::string>& present) {
  unsigned count = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> threads;
  Stopwatch watch;
  for (unsigned t = 0; t < count; t++) {
    threads.emplace_back([&, t] {
      QuicksilverReader reader(replica->source());
      for (size_t i = 0; i < present.size(); i++) {
        QuicksilverReader::Snapshot snapshot(reader);
        auto& key = present[(i + t * present.size() / count) % present.size()];
        if (!snapshot.get(key, replica->indexIn(snapshot))) std::abort();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::printf("reader, present, %u threads         %9.0f gets/s  in all\n", count,
              double(count * present.size()) / watch.passed());
}

void measureCapability(const std::shared_ptr<QuicksilverReplica>& replica,
                       const std::vector<std::string>& present,
                       const std::vector<std::string>& absent) {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  auto client = newQuicksilver(replica);
  auto get = [&](const std::vector<std::string>& keys) {
    return [&client, &wait, &keys](size_t i) {
      auto request = client.getRequest();
      request.setKey(keys[i].c_str());
      return request.send().wait(wait).getFound();
    };
  };
  measure("capability, get, present", present, 1, get(present));
  measure("capability, get, absent", absent, 1, get(absent));
  constexpr size_t kKeys = 100;
  measure("capability, getMulti of 100", present, kKeys, [&](size_t i) {
    auto request = client.getMultiRequest();
    auto keys = request.initKeys(kKeys);
    for (uint32_t k = 0; k < kKeys; k++) keys.set(k, present[i + k].c_str());
    auto response = request.send().wait(wait);
    uint64_t found = 0;
    for (auto entry : response.getEntries()) found += entry.getFound();
    return found;
  });
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t keys = argc > 1 ? std::stoull(argv[1]) : 10'000'000;
  auto store = QuicksilverStore::openTemporary();
  Lines lines(keys);
  std::istream in(&lines);
  Stopwatch watch;
  uint64_t written = loadPairLines(*store, in, "generated lines");
  std::printf("loaded %llu pairs in %.1f s, of which %.1f s of processor time\n",
              static_cast<unsigned long long>(written), watch.passed(), watch.processor());
  std::printf("memory while loading: %.0f MB of its own at most; %.0f MB with pages of the store\n",
              lines.peakOwn, memory("VmHWM"));
  std::printf("store: %.0f MB\n",
              double(std::filesystem::file_size(store->folder() / "data.mdb")) / 1e6);
  auto replica = std::make_shared<QuicksilverReplica>(store);
  auto present = someKeys(keys, "settings");
  auto absent = someKeys(keys, "nothing");
  measureReader(replica, present, absent);
  measureLmdb(*store, present);
  measureThreads(replica, present);
  measureCapability(replica, present, absent);
  return 0;
}
