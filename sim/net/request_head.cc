#include "sim/net/request_head.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "sim/net/syntax.h"

namespace flamesim::net {

namespace {

struct Line {
  std::string_view name;
  const char* value;  // after white space, NUL-terminated
  const char* end;    // that NUL

  // Whether kj found `p`, the start of a value, in this line. White space before it may belong to
  // the value: where a folded value begins.
  bool holds(const char* p) const { return p > name.data() + name.size() && p <= end; }
  // Whether the colon before the value at `p` is still there: white space stood before it, and
  // only the first byte behind a name is overwritten.
  bool hasColonBefore(const char* p) const {
    auto begin = name.data() + name.size() + 1;
    return std::string_view(begin, p - begin).find(':') != std::string_view::npos;
  }
};

// A built-in header as kj has it.
struct BuiltIn {
  std::string_view name;
  const char* value;  // in the buffer, unless kj joined duplicates
  size_t size;
  size_t matched = 0;  // bytes of the value that lines have accounted for
  bool started = false;
  bool done() const { return started && matched == size; }
};

const char* skipSpace(const char* p) {
  while (*p == ' ' || *p == '\t') ++p;
  return p;
}

// Never reads beyond the padding: each step there finds a NUL, and the third an empty name, which
// ends the scan. Lines that kj has found lie before it anyway.
class Scanner {
 public:
  Scanner(kj::StringPtr url, RequestHead& head) : head(head) {
    // Where the head ends with the target, as in HTTP/0.9, its newline follows: see kj-http's end
    // mark. There are no lines then.
    if (url.end()[1] == '\n' || url.end()[1] == '\r') return;
    const char* version = skipSpace(url.end() + 1);
    head.version = version;
    endLine(version + head.version.size());
  }

  void addBuiltIn(std::string_view name, kj::StringPtr value) {
    if (builtInCount == builtIns.size()) {
      failed = true;
      return;
    }
    builtIns[builtInCount++] = {name, value.begin(), value.size()};
  }

  // Takes lines up to the one whose value is at `value`.
  void takeOther(kj::StringPtr name, kj::StringPtr value) {
    while (!failed) {
      Line line = nextLine();
      if (line.holds(value.begin())) {
        if (std::string_view(name.begin(), name.size()) != line.name) break;
        if (line.hasColonBefore(value.begin())) head.spaceBeforeColon = true;
        accept(line.name, {value.begin(), value.size()});
        endLine(value.end());
        return;
      }
      if (value.begin() < line.name.data() || !takeBuiltIn(line)) break;
    }
    failed = true;
  }

  // Takes the built-in headers behind the last other header.
  bool finish() {
    auto allDone = [this] {
      for (size_t i = 0; i < builtInCount; ++i) {
        if (!builtIns[i].done()) return false;
      }
      return true;
    };
    while (!failed && !allDone()) failed = !takeBuiltIn(nextLine());
    return !failed;
  }

 private:
  RequestHead& head;
  const char* p = nullptr;
  std::array<BuiltIn, 24> builtIns;
  size_t builtInCount = 0;
  bool failed = false;

  Line nextLine() {
    std::string_view name(p);
    const char* value = skipSpace(p + name.size() + 1);
    return {name, value, value + strlen(value)};
  }

  // `end`: the NUL that took the place of the line's CR or LF.
  void endLine(const char* end) {
    p = end + 1;
    if (*p == '\n') ++p;
  }

  void accept(std::string_view name, std::string_view value) {
    head.headers.append(name, trimWhitespace(value));
  }

  bool takeBuiltIn(const Line& line) {
    if (!isToken(line.name) || !matchBuiltIn(line)) return false;
    accept(line.name, line.value);
    endLine(line.end);
    return true;
  }

  bool matchBuiltIn(const Line& line) {
    for (BuiltIn& header : std::span(builtIns.data(), builtInCount)) {
      if (header.started || !line.holds(header.value)) continue;
      // The value itself lies in this line, where kj found it.
      if (line.hasColonBefore(header.value)) head.spaceBeforeColon = true;
      header.started = true;
      header.matched = header.size;
      return equalsIgnoringCase(header.name, line.name);
    }
    for (BuiltIn& header : std::span(builtIns.data(), builtInCount)) {
      if (equalsIgnoringCase(header.name, line.name)) return matchJoined(line, header);
    }
    // kj takes a header with an empty value for absent.
    return *line.value == '\0';
  }

  // kj joined several values with ", ": this line must be the next of them.
  static bool matchJoined(const Line& line, BuiltIn& header) {
    std::string_view value(line.value);
    std::string_view rest(header.value + header.matched, header.size - header.matched);
    if (header.started) {
      if (!rest.starts_with(", ")) return false;
      rest.remove_prefix(2);
    }
    // Empty, and so absent for kj, as long as no other has come before.
    if (value.empty() && !header.started) return true;
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    if (!rest.starts_with(value)) return false;
    header.matched = header.size - rest.size() + value.size();
    header.started = true;
    return true;
  }
};

}  // namespace

RequestHead scanRequestHead(kj::StringPtr url, const kj::HttpHeaders& headers, HeadBuffer buffer) {
  RequestHead head;
  head.headers.reserve(12);
  Scanner scanner(url, head);
  headers.forEach(
      [&scanner](kj::HttpHeaderId id, kj::StringPtr value) {
        auto name = id.toString();
        scanner.addBuiltIn({name.begin(), name.size()}, value);
      },
      [&scanner](kj::StringPtr name, kj::StringPtr value) { scanner.takeOther(name, value); });
  if (buffer == HeadBuffer::kUnknown || !scanner.finish()) {
    head.fellBack = true;
    head.headers = HeaderList();
    headers.forEach([&head](kj::StringPtr name, kj::StringPtr value) {
      head.headers.append({name.begin(), name.size()},
                          trimWhitespace({value.begin(), value.size()}));
    });
  }
  return head;
}

}  // namespace flamesim::net
