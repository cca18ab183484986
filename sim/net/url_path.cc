// The path state of the URL parser: dot segments, Windows drive letters, percent-encoding.
#include "sim/net/url_encode.h"
#include "sim/net/url_parser.h"

namespace flamesim::net {

namespace {

bool isDriveLetter(std::string_view text) {
  return text.size() == 2 && isAsciiAlpha(text[0]) && (text[1] == ':' || text[1] == '|');
}

// How many dots a segment of nothing but dots is, "%2e" being one; else 0.
int countDots(std::string_view segment) {
  int dots = 0;
  while (!segment.empty()) {
    if (segment[0] == '.') {
      segment.remove_prefix(1);
    } else if (segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' &&
               toAsciiLower(segment[2]) == 'e') {
      segment.remove_prefix(3);
    } else {
      return 0;
    }
    if (++dots > 2) return 0;
  }
  return dots;
}

}  // namespace

// "Shorten a URL's path".
void shortenPath(std::string& out, size_t pathBegin, UrlScheme scheme) {
  const std::string_view path = std::string_view(out).substr(pathBegin);
  if (path.empty()) return;
  if (scheme == UrlScheme::kFile && path.size() == 3 && isAsciiAlpha(path[1]) && path[2] == ':') {
    return;  // a lone drive letter stays
  }
  out.resize(pathBegin + path.rfind('/'));
}

bool startsWithDriveLetter(std::string_view text) {
  return isDriveLetter(text.substr(0, 2)) &&
         (text.size() == 2 || internal::anyOf(static_cast<unsigned char>(text[2]), "/\\?#"));
}

size_t appendPath(std::string& out, size_t pathBegin, std::string_view input, UrlScheme scheme,
                  PathEnd pathEnd) {
  const bool special = scheme != UrlScheme::kOther;
  const bool stopAtQuery = pathEnd == PathEnd::kAtQuery;
  constexpr auto kEncode = static_cast<uint8_t>(EncodeSet::kPath);
  for (size_t begin = 0;;) {
    size_t pos = begin;
    uint8_t seen = 0;
    bool slash = false;
    for (; pos < input.size(); ++pos) {
      const char c = input[pos];
      slash = isSlash(c, special);
      if (slash || (stopAtQuery && (c == '?' || c == '#'))) break;
      seen |= internal::kEncodeTable[static_cast<unsigned char>(c)];
    }
    const std::string_view segment = input.substr(begin, pos - begin);
    const bool mayBeDots = !segment.empty() && (segment[0] == '.' || segment[0] == '%');
    const int dots = mayBeDots ? countDots(segment) : 0;
    if (dots > 0) {
      if (dots == 2) shortenPath(out, pathBegin, scheme);
      if (!slash) out += '/';
    } else {
      out += '/';
      if (scheme == UrlScheme::kFile && out.size() == pathBegin + 1 && isDriveLetter(segment)) {
        out += segment[0];
        out += ':';
      } else if ((seen & kEncode) == 0) {
        out += segment;
      } else {
        appendEncoded(out, segment, EncodeSet::kPath);
      }
    }
    if (!slash) return pos;
    begin = pos + 1;
  }
}

}  // namespace flamesim::net
