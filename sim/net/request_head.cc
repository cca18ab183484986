#include "sim/net/request_head.h"

#include <array>
#include <cstring>
#include <span>

#include "sim/net/syntax.h"

namespace flamesim::net {

namespace {

struct Line {
  std::string_view name;
  const char* value;  // after white space, NUL-terminated
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

class Scanner {
 public:
  Scanner(kj::StringPtr url, RequestHead& head) : head(head) {
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
      const char* end = line.value + strlen(line.value);
      if (value.begin() >= line.value && value.begin() <= end) {
        if (std::string_view(name.begin(), name.size()) != line.name) break;
        if (value.begin() != line.value) head.spaceBeforeColon = true;
        accept(line.name, {value.begin(), value.size()});
        endLine(value.end());
        return;
      }
      if (value.begin() < line.value || !takeBuiltIn(line)) break;
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
    return {name, skipSpace(p + name.size() + 1)};
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
    if (!isToken(line.name)) return false;
    std::string_view value(line.value);
    if (value.empty()) {
      // kj takes an empty value for an absent header, unless another one came before it.
      for (BuiltIn& header : std::span(builtIns.data(), builtInCount)) {
        if (header.started && equalsIgnoringCase(header.name, line.name)) header.matched += 2;
      }
    } else if (!matchBuiltIn(line, value)) {
      return false;
    }
    accept(line.name, value);
    endLine(line.value + value.size());
    return true;
  }

  bool matchBuiltIn(const Line& line, std::string_view value) {
    for (BuiltIn& header : std::span(builtIns.data(), builtInCount)) {
      if (!header.started && header.value >= line.value &&
          header.value <= line.value + value.size()) {
        // The value itself lies in this line, where kj found it.
        if (header.value != line.value) head.spaceBeforeColon = true;
        header.started = true;
        header.matched = header.size;
        return equalsIgnoringCase(header.name, line.name);
      }
    }
    for (BuiltIn& header : std::span(builtIns.data(), builtInCount)) {
      if (!equalsIgnoringCase(header.name, line.name)) continue;
      // kj joined several values with ", ": this must be the next of them.
      std::string_view rest(header.value + header.matched, header.size - header.matched);
      if (header.started) {
        if (!rest.starts_with(", ")) return false;
        rest.remove_prefix(2);
      }
      if (!rest.starts_with(value)) return false;
      header.matched = header.size - rest.size() + value.size();
      header.started = true;
      return true;
    }
    return false;
  }
};

}  // namespace

RequestHead scanRequestHead(kj::StringPtr url, const kj::HttpHeaders& headers) {
  RequestHead head;
  head.headers.reserve(12);
  Scanner scanner(url, head);
  headers.forEach(
      [&scanner](kj::HttpHeaderId id, kj::StringPtr value) {
        auto name = id.toString();
        scanner.addBuiltIn({name.begin(), name.size()}, value);
      },
      [&scanner](kj::StringPtr name, kj::StringPtr value) { scanner.takeOther(name, value); });
  if (!scanner.finish()) {
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
