// A big store: how long it takes to load, in how much memory, and gets in a second on one core.
// `ninja quicksilver_bench && ./quicksilver_bench [KEYS]`; 10 million keys by default, which take
// some 3 GB in the folder for temporary files.
#include <kj/async-io.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <istream>
#include <string>

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
  int size = std::snprintf(text, sizeof(text), "%s:%08x.example.com:settings", kind, number);
  return std::string(text, size_t(size));
}

double seconds(std::chrono::steady_clock::time_point from) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
}

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
      line += "{\"key\":\"" + keyOf(scattered(made), "zone") +
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

template <typename Read>
void measure(const char* name, uint64_t keys, Read read) {
  constexpr uint64_t kReads = 2'000'000;
  uint64_t found = 0;
  auto start = std::chrono::steady_clock::now();
  for (uint64_t i = 0; i < kReads; i++) {
    found += read(scattered((i * 7919) % keys));
  }
  std::printf("%-34s %9.0f gets/s  %llu %% found\n", name, double(kReads) / seconds(start),
              static_cast<unsigned long long>(found * 100 / kReads));
}

void measureAll(const std::shared_ptr<QuicksilverStore>& store, uint64_t keys) {
  auto replica = std::make_shared<QuicksilverReplica>(store);
  QuicksilverReader reader(store);
  auto get = [&](const char* kind, uint64_t back) {
    return [&reader, &replica, kind, back](uint32_t number) {
      QuicksilverReader::Snapshot snapshot(reader);
      return snapshot.get(keyOf(number, kind), replica->indexIn(snapshot) - back).has_value();
    };
  };
  measure("reader, present", keys, get("zone", 0));
  measure("reader, absent", keys, get("zonf", 0));
  measure("reader, pinned 1000 updates back", keys, get("zone", 1000));
  replica->setLag(std::chrono::milliseconds(1));
  measure("reader, replica that lags", keys, get("zone", 0));
  replica->setLag(std::chrono::milliseconds(0));

  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  auto client = newQuicksilver(replica);
  auto call = [&](const char* kind) {
    return [&client, &wait, kind](uint32_t number) {
      auto request = client.getRequest();
      request.setKey(keyOf(number, kind).c_str());
      return request.send().wait(wait).getFound();
    };
  };
  measure("capability, present", keys, call("zone"));
  measure("capability, absent", keys, call("zonf"));
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t keys = argc > 1 ? std::stoull(argv[1]) : 10'000'000;
  auto store = QuicksilverStore::openTemporary();
  Lines lines(keys);
  std::istream in(&lines);
  auto start = std::chrono::steady_clock::now();
  uint64_t written = loadPairLines(*store, in, "generated lines");
  double took = seconds(start);
  std::printf("loaded %llu pairs in %.1f s, %.0f pairs/s\n",
              static_cast<unsigned long long>(written), took, double(written) / took);
  std::printf("memory while loading: %.0f MB of its own at most; %.0f MB with pages of the store\n",
              lines.peakOwn, memory("VmHWM"));
  std::printf("store: %.0f MB\n",
              double(std::filesystem::file_size(store->folder() / "data.mdb")) / 1e6);
  measureAll(store, keys);
  return 0;
}
