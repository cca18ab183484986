#include "sim/net/message.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace flamesim::net {

namespace {

constexpr char lowerAscii(char c) {
  return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c;
}

// The bytes of a body in memory as a stream.
class MemoryStream final : public kj::AsyncInputStream {
 public:
  explicit MemoryStream(std::shared_ptr<const std::string> bytes)
      : bytes(std::move(bytes)), rest(*this->bytes) {}

  kj::Promise<size_t> tryRead(void* buffer, size_t minBytes, size_t maxBytes) override {
    size_t n = std::min(maxBytes, rest.size());
    if (n > 0) memcpy(buffer, rest.data(), n);
    rest.remove_prefix(n);
    return n;
  }

  kj::Maybe<uint64_t> tryGetLength() override { return uint64_t(rest.size()); }

  kj::Promise<uint64_t> pumpTo(kj::AsyncOutputStream& output, uint64_t amount) override {
    auto piece = rest.substr(0, std::min<uint64_t>(amount, rest.size()));
    rest.remove_prefix(piece.size());
    if (piece.empty()) return uint64_t(0);
    auto size = uint64_t(piece.size());
    return output.write(piece.data(), piece.size()).then([size, keep = bytes] { return size; });
  }

 private:
  std::shared_ptr<const std::string> bytes;
  std::string_view rest;
};

kj::Exception tooLarge(uint64_t limit) {
  return kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__,
                       kj::str("the body is larger than the limit of ", limit, " bytes"));
}

// Reads a stream to its end into a string.
class Collector {
 public:
  Collector(kj::Own<kj::AsyncInputStream> stream, uint64_t limit, uint64_t expected)
      : stream(kj::mv(stream)), limit(limit) {
    // One byte more than is expected, so that the read after the last byte finds room and sees EOF.
    bytes.resize(std::clamp<uint64_t>(expected + 1, kFirst, kMostAtFirst));
  }

  kj::Promise<std::string> run() {
    return stream->tryRead(bytes.data() + used, 1, bytes.size() - used)
        .then([this](size_t n) -> kj::Promise<std::string> {
          if (n == 0) {
            bytes.resize(used);
            return std::move(bytes);
          }
          used += n;
          if (used > limit) return tooLarge(limit);
          if (used == bytes.size()) bytes.resize(bytes.size() * 2);
          return run();
        });
  }

 private:
  static constexpr uint64_t kFirst = 4096;
  static constexpr uint64_t kMostAtFirst = 16 << 20;  // a false length must not cost more than this
  kj::Own<kj::AsyncInputStream> stream;
  const uint64_t limit;
  std::string bytes;
  size_t used = 0;
};

}  // namespace

bool equalsIgnoringCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && lowerAscii(a[i]) != lowerAscii(b[i])) return false;
  }
  return true;
}

std::string toLowerAscii(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = lowerAscii(c);
  return result;
}

const std::vector<Header> HeaderList::kNone;

std::vector<Header>& HeaderList::own() {
  if (shared == nullptr) {
    shared = std::make_shared<std::vector<Header>>();
  } else if (shared.use_count() > 1) {
    shared = std::make_shared<std::vector<Header>>(*shared);
  }
  return *shared;
}

std::optional<std::string> HeaderList::get(std::string_view name) const {
  std::optional<std::string> result;
  for (const Header& header : all()) {
    if (!equalsIgnoringCase(header.name, name)) continue;
    if (!result) {
      result = header.value;
    } else {
      result->append(", ").append(header.value);
    }
  }
  return result;
}

const std::string* HeaderList::first(std::string_view name) const {
  for (const Header& header : all()) {
    if (equalsIgnoringCase(header.name, name)) return &header.value;
  }
  return nullptr;
}

std::vector<std::string> HeaderList::getAll(std::string_view name) const {
  std::vector<std::string> result;
  for (const Header& header : all()) {
    if (equalsIgnoringCase(header.name, name)) result.push_back(header.value);
  }
  return result;
}

std::vector<Header> HeaderList::sortedAndCombined() const {
  std::vector<Header> sorted;
  sorted.reserve(size());
  for (const Header& header : all()) sorted.push_back({toLowerAscii(header.name), header.value});
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Header& a, const Header& b) { return a.name < b.name; });
  std::vector<Header> combined;
  combined.reserve(sorted.size());
  for (Header& header : sorted) {
    if (!combined.empty() && combined.back().name == header.name && header.name != "set-cookie") {
      combined.back().value += ", " + header.value;
    } else {
      combined.push_back(std::move(header));
    }
  }
  return combined;
}

void HeaderList::append(std::string_view name, std::string_view value) {
  own().push_back({std::string(name), std::string(value)});
}

void HeaderList::set(std::string_view name, std::string_view value) {
  auto same = [name](const Header& header) { return equalsIgnoringCase(header.name, name); };
  auto& list = own();
  auto found = std::find_if(list.begin(), list.end(), same);
  if (found == list.end()) return append(name, value);
  found->value = value;
  list.erase(std::remove_if(found + 1, list.end(), same), list.end());
}

void HeaderList::remove(std::string_view name) {
  if (!has(name)) return;
  std::erase_if(own(), [name](const Header& h) { return equalsIgnoringCase(h.name, name); });
}

Body Body::fromBytes(std::string bytes) {
  return fromShared(std::make_shared<const std::string>(std::move(bytes)));
}

Body Body::fromShared(std::shared_ptr<const std::string> bytes) {
  Body body;
  body.content = std::move(bytes);
  return body;
}

Body Body::fromStream(kj::Own<kj::AsyncInputStream> stream, std::optional<uint64_t> length) {
  Body body;
  body.content = Stream{kj::mv(stream), length};
  return body;
}

const std::string* Body::bytes() const {
  auto held = std::get_if<std::shared_ptr<const std::string>>(&content);
  return held == nullptr ? nullptr : held->get();
}

std::shared_ptr<const std::string> Body::sharedBytes() const {
  auto held = std::get_if<std::shared_ptr<const std::string>>(&content);
  return held == nullptr ? nullptr : *held;
}

std::optional<uint64_t> Body::length() const {
  if (auto held = bytes()) return held->size();
  if (auto held = std::get_if<Stream>(&content)) return held->length;
  return 0;
}

kj::Own<kj::AsyncInputStream> Body::takeStream() {
  auto taken = std::exchange(content, std::monostate());
  if (auto held = std::get_if<Stream>(&taken)) return kj::mv(held->stream);
  if (auto held = std::get_if<std::shared_ptr<const std::string>>(&taken)) {
    return kj::heap<MemoryStream>(std::move(*held));
  }
  return kj::heap<MemoryStream>(std::make_shared<const std::string>());
}

kj::Promise<std::string> Body::takeBytes(uint64_t limit) {
  auto known = length();
  if (known && *known > limit) {
    content = std::monostate();
    return tooLarge(limit);
  }
  auto taken = std::exchange(content, std::monostate());
  if (auto held = std::get_if<std::shared_ptr<const std::string>>(&taken)) return **held;
  if (std::holds_alternative<std::monostate>(taken)) return std::string();
  auto collector =
      kj::heap<Collector>(kj::mv(std::get<Stream>(taken).stream), limit, known.value_or(0));
  auto promise = collector->run();
  return promise.attach(kj::mv(collector));
}

std::pair<Body, Body> Body::tee() {
  auto taken = std::exchange(content, std::monostate());
  if (auto held = std::get_if<Stream>(&taken)) {
    auto tee = kj::newTee(kj::mv(held->stream));
    return {fromStream(kj::mv(tee.branches[0]), held->length),
            fromStream(kj::mv(tee.branches[1]), held->length)};
  }
  if (auto held = std::get_if<std::shared_ptr<const std::string>>(&taken)) {
    return {fromShared(*held), fromShared(*held)};
  }
  return {};
}

std::string_view reasonPhrase(uint16_t status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 102:
      return "Processing";  // RFC 2518
    case 103:
      return "Early Hints";  // RFC 8297
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 203:
      return "Non-Authoritative Information";
    case 204:
      return "No Content";
    case 205:
      return "Reset Content";
    case 206:
      return "Partial Content";
    case 207:
      return "Multi-Status";  // RFC 4918
    case 208:
      return "Already Reported";  // RFC 5842
    case 226:
      return "IM Used";  // RFC 3229
    case 300:
      return "Multiple Choices";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 305:
      return "Use Proxy";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 407:
      return "Proxy Authentication Required";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Payload Too Large";  // RFC 7231, as production says
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 418:
      return "I'm a teapot";  // RFC 2324
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Entity";  // RFC 4918, as production says
    case 423:
      return "Locked";  // RFC 4918
    case 424:
      return "Failed Dependency";  // RFC 4918
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";  // RFC 6585
    case 429:
      return "Too Many Requests";  // RFC 6585
    case 431:
      return "Request Header Fields Too Large";  // RFC 6585
    case 451:
      return "Unavailable For Legal Reasons";  // RFC 7725
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 506:
      return "Variant Also Negotiates";  // RFC 2295
    case 507:
      return "Insufficient Storage";  // RFC 4918
    case 508:
      return "Loop Detected";  // RFC 5842
    case 510:
      return "Not Extended";  // RFC 2774
    case 511:
      return "Network Authentication Required";  // RFC 6585
    default:
      return "";
  }
}

}  // namespace flamesim::net
