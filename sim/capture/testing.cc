#include "sim/capture/testing.h"

#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace flamesim::capture::testing {

namespace {

std::string randomText(Random& random, size_t limit) {
  static constexpr std::string_view kAlphabet =
      "abcdefghijklmnopqrstuvwxyz0123456789 -_\xc3\xa9\"\n";
  std::string out(random.next() % limit, ' ');
  for (char& c : out) c = kAlphabet[random.next() % kAlphabet.size()];
  return out;
}

std::string randomBytes(Random& random, size_t limit) {
  std::string out(random.next() % limit, ' ');
  random.fill({reinterpret_cast<uint8_t*>(out.data()), out.size()});
  return out;
}

net::HeaderList randomHeaders(Random& random) {
  std::vector<net::Header> list(random.next() % 12);
  for (auto& header : list) header = {randomText(random, 30), randomBytes(random, 60)};
  return net::HeaderList(std::move(list));
}

// Defaults have their own encoding (none): half of the time.
std::string oftenDefault(Random& random, const char* byDefault) {
  return random.next() % 2 == 0 ? byDefault : randomText(random, 10);
}

net::RecordedRequest randomRequest(Random& random) {
  return {.method = oftenDefault(random, "GET"),
          .url = "https://" + randomText(random, 80),
          .httpVersion = oftenDefault(random, "HTTP/1.1"),
          .headers = randomHeaders(random),
          .body = randomBytes(random, 300)};
}

net::RecordedResponse randomResponse(Random& random) {
  return {.status = uint16_t(random.next()),
          .statusText = oftenDefault(random, ""),
          .httpVersion = oftenDefault(random, "HTTP/1.1"),
          .headers = randomHeaders(random),
          .body = randomBytes(random, random.next() % 8 == 0 ? 60000 : 300)};
}

net::Effect randomEffect(Random& random) {
  net::Effect effect{.kind = net::EffectKind(random.next() % 8),
                     .worker = randomText(random, 12),
                     .destination = randomText(random, 12),
                     .operation = randomText(random, 12),
                     .input = randomBytes(random, 100),
                     .output = randomBytes(random, 100),
                     .error = oftenDefault(random, ""),
                     .start = timeFromNanos(int64_t(random.next())),
                     .duration = Duration(int64_t(random.next())),
                     .request = std::nullopt,
                     .response = std::nullopt};
  if (random.next() % 2 == 0) effect.request = randomRequest(random);
  if (random.next() % 2 == 0) effect.response = randomResponse(random);
  return effect;
}

}  // namespace

net::Exchange randomExchange(Random& random, uint64_t id) {
  net::Exchange exchange{.id = id,
                         .time = timeFromNanos(int64_t(random.next())),
                         .seed = random.next(),
                         .client = {.ip = randomText(random, 40),
                                    .port = uint16_t(random.next()),
                                    .connectedAddress = randomText(random, 40),
                                    .scheme = oftenDefault(random, "http"),
                                    .country = randomText(random, 3),
                                    .rayId = randomText(random, 24)},
                         .request = randomRequest(random),
                         .outcome = {.kind = net::OutcomeKind(random.next() % 3),
                                     .response = randomResponse(random),
                                     .error = oftenDefault(random, ""),
                                     .answeredBy = randomText(random, 12),
                                     .effects = {}}};
  for (uint64_t n = random.next() % 4; n > 0; --n) {
    exchange.outcome.setBy[randomText(random, 12)] = oftenDefault(random, "");
  }
  for (uint64_t n = random.next() % 5; n > 0; --n) {
    exchange.outcome.effects.push_back(randomEffect(random));
  }
  return exchange;
}

net::Exchange typicalExchange(uint64_t id) {
  std::string number = std::to_string(id);
  return {
      .id = id,
      .time = timeFromNanos(1'700'000'000'000'000'000 + int64_t(id) * 1'000'000),
      .seed = id * 0x9e3779b97f4a7c15,
      .client = {.ip = "203.0.113." + std::to_string(id % 250),
                 .port = uint16_t(20000 + id % 30000),
                 .connectedAddress = "198.51.100.1",
                 .scheme = "https",
                 .country = "PT",
                 .rayId = "230b03" + number + "-SJC"},
      .request = {.method = "GET",
                  .url = "https://host" + std::to_string(id % 100) + ".example.com/item/" + number,
                  .httpVersion = "HTTP/1.1",
                  .headers = net::HeaderList(
                      {{"Host", "host" + std::to_string(id % 100) + ".example.com"},
                       {"Connection", "keep-alive"},
                       {"User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0 Safari/537.36"},
                       {"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"},
                       {"Sec-Fetch-Site", "none"},
                       {"Sec-Fetch-Mode", "navigate"},
                       {"Accept-Encoding", "gzip, deflate, br"},
                       {"Accept-Language", "en-US,en;q=0.9"}}),
                  .body = ""},
      .outcome = {.kind = net::OutcomeKind::kResponse,
                  .response = {.status = 200,
                               .statusText = "OK",
                               .httpVersion = "HTTP/1.1",
                               .headers = net::HeaderList({{"Server", "front-line"},
                                                           {"Content-Type", "application/json"},
                                                           {"Content-Length", "120"},
                                                           {"Cache-Control", "max-age=60"},
                                                           {"CF-Ray", "230b03" + number + "-SJC"}}),
                               .body = "{\"item\":" + number + ",\"name\":\"" +
                                       std::string(80, char('a' + id % 26)) + "\"}"},
                  .error = "",
                  .answeredBy = "fl",
                  .effects = {}}};
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "flamesim-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  folder = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void spit(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), std::streamsize(bytes.size()));
}

}  // namespace flamesim::capture::testing
