// HTTP messages as native values (RFC 9110). A message passes between the workers of a chain by
// move: no serialization, no copy of its body.
#pragma once

#include <kj/async-io.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace flamesim::net {

class WebSocket;  // web_socket.h

// ASCII case-insensitive equality (RFC 9110 section 5.1).
bool equalsIgnoringCase(std::string_view a, std::string_view b);
std::string toLowerAscii(std::string_view text);

struct Header {
  std::string name;   // in its original casing
  std::string value;  // bytes, without surrounding white space
  bool operator==(const Header&) const = default;
};

// A header list in original order and casing; names match without regard to case. Copies share the
// headers until one of them is changed; copies of one list belong to one thread.
class HeaderList {
 public:
  HeaderList() = default;
  explicit HeaderList(std::vector<Header> list)
      : shared(std::make_shared<std::vector<Header>>(std::move(list))) {}

  // All values of `name` joined with ", " (RFC 9110 section 5.3); nothing when absent.
  std::optional<std::string> get(std::string_view name) const;
  // The first value without a copy; nullptr when absent. Valid until the list changes.
  const std::string* first(std::string_view name) const;
  std::vector<std::string> getAll(std::string_view name) const;
  bool has(std::string_view name) const { return first(name) != nullptr; }
  // Names in lower case and in order, each once with its values joined, but Set-Cookie as often as
  // it stands there (WHATWG Fetch section 2.2.2, "sort and combine").
  std::vector<Header> sortedAndCombined() const;
  void append(std::string_view name, std::string_view value);
  // Replaces the first and removes the others; appends when absent.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);

  const std::vector<Header>& all() const { return shared == nullptr ? kNone : *shared; }
  size_t size() const { return shared == nullptr ? 0 : shared->size(); }
  void reserve(size_t n) { own().reserve(n); }
  // Whether one is an unchanged copy of the other: a cheap sign that they are equal.
  bool sameAs(const HeaderList& other) const { return shared == other.shared; }
  bool operator==(const HeaderList& other) const { return sameAs(other) || all() == other.all(); }

 private:
  static const std::vector<Header> kNone;
  std::vector<Header>& own();
  std::shared_ptr<std::vector<Header>> shared;  // nullptr: no headers
};

// A message body: absent, bytes in memory, or a stream. Streams belong to the event loop that made
// them and are read once.
class Body {
 public:
  Body() = default;
  // What is moved from is null afterwards.
  Body(Body&& other) noexcept : content(std::exchange(other.content, std::monostate())) {}
  Body& operator=(Body&& other) noexcept {
    content = std::exchange(other.content, std::monostate());
    return *this;
  }
  static Body fromBytes(std::string bytes);
  static Body fromShared(std::shared_ptr<const std::string> bytes);
  // `length`: in bytes, where it is known.
  static Body fromStream(kj::Own<kj::AsyncInputStream> stream,
                         std::optional<uint64_t> length = std::nullopt);
  // A null body, as of `new Response(null)`; not the same as an empty one.
  bool isNull() const { return std::holds_alternative<std::monostate>(content); }
  // The bytes when the body is in memory, else nullptr.
  const std::string* bytes() const;
  std::shared_ptr<const std::string> sharedBytes() const;
  bool isStream() const { return std::holds_alternative<Stream>(content); }
  std::optional<uint64_t> length() const;

  // Each of these takes the content out: the body is null afterwards.
  kj::Own<kj::AsyncInputStream> takeStream();
  // All bytes; rejects when there are more than `limit`.
  kj::Promise<std::string> takeBytes(uint64_t limit = kj::maxValue);
  // Two bodies with the same content; a stream is teed, buffering what one side has yet to read.
  std::pair<Body, Body> tee();

 private:
  struct Stream {
    kj::Own<kj::AsyncInputStream> stream;
    std::optional<uint64_t> length;
  };
  std::variant<std::monostate, std::shared_ptr<const std::string>, Stream> content;
};

enum class RedirectMode : uint8_t { kFollow, kManual, kError };

struct Request {
  std::string method = "GET";
  std::string url;  // absolute, as serialized by the URL standard
  HeaderList headers;
  Body body;
  RedirectMode redirect = RedirectMode::kFollow;
  std::string cfJson;  // the `cf` object as JSON; empty: none
  // What the client spoke. Of a client's request alone: those of workers are HTTP/1.1 here.
  std::string httpVersion = "HTTP/1.1";
};

struct Response {
  uint16_t status = 200;
  std::string statusText;
  HeaderList headers;
  Body body;
  std::shared_ptr<WebSocket> webSocket;  // of a response with status 101; has one owner
  std::string url;                       // final URL after redirects; empty: none
  bool redirected = false;
};

// The standard reason phrase (RFC 9110 section 15), or "" for an unknown status.
std::string_view reasonPhrase(uint16_t status);

}  // namespace flamesim::net
