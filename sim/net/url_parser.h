// The basic URL parser (WHATWG URL section 4.4), for url.cc alone. The standard's state machine is
// cut at its states: each consumes a stretch of the input at once and appends to the URL's text,
// whose components come in the order of the input. The setters (state overrides) use its parts.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "sim/net/url.h"

namespace flamesim::net {

class UrlParser {
 public:
  static std::optional<Url> parse(std::string_view input, const Url* base);

 private:
  explicit UrlParser(const Url* base) : base(base) {}

  bool run(std::string_view input);
  bool withoutScheme(std::string_view input);
  bool authority(std::string_view rest);
  bool hostAndPort(std::string_view text);
  bool file(std::string_view rest);
  bool fileHost(std::string_view rest);
  bool relative(std::string_view rest);
  bool opaque(std::string_view rest);
  bool pathStart(std::string_view rest);
  bool pathSegments(std::string_view rest);
  bool afterBasePath(std::string_view rest, bool keepPath);
  bool queryAndFragment(std::string_view rest);

  void noHost();
  void emptyHost();
  void copyAuthority();
  void fixPathPrefix();
  // Whether the offsets can hold the length.
  bool fits() const { return url.text.size() <= std::numeric_limits<uint32_t>::max(); }
  uint32_t end() const { return static_cast<uint32_t>(url.text.size()); }

  const Url* const base;
  Url url;
};

inline constexpr size_t kMaxUrlInput = size_t{512} << 20;

// ---- the parts that parser and setters share ----

// Which special scheme, if any; `scheme` is in lower case, without ':'.
UrlScheme schemeKind(std::string_view scheme);
// The default port as text, or "".
std::string_view defaultPort(UrlScheme scheme);
// The length of a scheme that ':' ends, or nothing when the text does not start with one.
std::optional<size_t> schemeLength(std::string_view text);
// Whether the text has an ASCII tab or newline; a copy without them.
bool hasTabOrNewline(std::string_view text);
std::string withoutTabsAndNewlines(std::string_view text);
// Where a host ends: at the first ':' outside brackets, else the text's size.
size_t findPortColon(std::string_view text);
// The end of an authority or host: the first '/', '?' or '#', or '\' when `special`.
size_t findAuthorityEnd(std::string_view text, bool special);
// Appends a file URL's host; "localhost" is none.
bool appendFileHost(std::string& out, std::string_view input);
// Normalizes a port of digits: nothing when it exceeds 65535, "" when it is the default.
std::optional<std::string> normalizePort(std::string_view digits, UrlScheme scheme);
// True when a path and no host would read as an authority: it needs "/." before it.
inline bool needsPathPrefix(bool hostPresent, bool opaquePath, std::string_view path) {
  return !hostPresent && !opaquePath && path.substr(0, 2) == "//";
}

// The path state. Appends the segments of `input` to `out`, whose path begins at `pathBegin`; stops
// at '?' or '#' when kAtQuery. Returns how much of `input` it consumed.
enum class PathEnd { kAtQuery, kAtEndOfInput };
size_t appendPath(std::string& out, size_t pathBegin, std::string_view input, UrlScheme scheme,
                  PathEnd pathEnd);
// Removes the path's last segment, but never a file URL's lone drive letter.
void shortenPath(std::string& out, size_t pathBegin, UrlScheme scheme);
// "Starts with a Windows drive letter": "C:" or "C|", then the end or one of / \ ? #.
bool startsWithDriveLetter(std::string_view text);
inline bool isSlash(char c, bool special) {
  return c == '/' || (special && c == '\\');
}

}  // namespace flamesim::net
