// A URL as the WHATWG URL standard defines it (https://url.spec.whatwg.org/): the parser with its
// state overrides (as setters), the serializer, and the members of the `URL` interface.
//
// A Url is a value: one normalized string and where its components lie in it, so that getters are
// views and parsing a plain URL takes one allocation. Views hold until the Url changes.
// Input is UTF-8; the result is ASCII throughout. Reading may happen on any threads at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flamesim::net {

// The special schemes, and everything else.
enum class UrlScheme : uint8_t { kOther, kHttp, kHttps, kWs, kWss, kFtp, kFile };

class Url {
 public:
  // Nothing when `input` is not a valid URL, or a relative one that `base` cannot complete. Inputs
  // of more than 512 MiB are refused.
  static std::optional<Url> parse(std::string_view input);
  static std::optional<Url> parse(std::string_view input, const Url& base);
  static std::optional<Url> parse(std::string_view input, std::string_view base);

  // The members of the JavaScript interface, by the same names.
  std::string_view href() const { return text; }
  std::string origin() const;                                        // "null" when it is opaque
  std::string_view protocol() const { return slice(0, schemeEnd); }  // with its ':'
  std::string_view username() const;
  std::string_view password() const;
  std::string_view host() const;  // with the port, when that is not the default
  std::string_view hostname() const { return slice(hostBegin, hostEnd); }
  std::string_view port() const;  // "" when absent or the default of the scheme
  std::string_view pathname() const { return slice(pathBegin, queryBegin); }
  std::string_view search() const;  // with its '?'; "" when the query is absent or empty
  std::string_view hash() const;    // with its '#'; "" when the fragment is absent or empty

  // What the interface does not tell apart or tell at all.
  UrlScheme scheme() const { return kind; }
  bool isSpecial() const { return kind != UrlScheme::kOther; }
  bool hasHost() const { return hostPresent; }  // an empty host is one, too
  bool hasOpaquePath() const { return opaquePath; }
  bool hasCredentials() const { return hostPresent && hostBegin != schemeEnd + 2; }
  std::optional<std::string_view> query() const;     // without '?'; nothing when absent
  std::optional<std::string_view> fragment() const;  // without '#'; nothing when absent
  std::string_view hrefWithoutFragment() const { return slice(0, fragmentBegin); }

  // The setters of the interface. Where the standard ignores a value, nothing changes. A value may
  // be a view of this Url. To write URLSearchParams back: setSearch(params.toString()).
  bool setHref(std::string_view value);  // false, and no change: not a valid URL
  void setProtocol(std::string_view value);
  void setUsername(std::string_view value);
  void setPassword(std::string_view value);
  void setHost(std::string_view value);
  void setHostname(std::string_view value);
  void setPort(std::string_view value);
  void setPathname(std::string_view value);
  void setSearch(std::string_view value);
  void setHash(std::string_view value);

  bool operator==(const Url& other) const { return text == other.text; }

 private:
  friend class UrlParser;
  struct Pieces;

  Url() = default;
  std::string_view slice(uint32_t begin, uint32_t end) const {
    return std::string_view(text.data() + begin, end - begin);
  }
  bool cannotHaveCredentialsOrPort() const;
  void setHostParts(std::string_view value, bool withPort);
  Pieces pieces() const;
  void assemble(const Pieces& parts);

  // https://user:pass@example.com:8080/path?query#fragment
  //       |     |     |          |    |    |     |        |
  //       |     |     |          |    |    |     |        text.size()
  //       |     |     |          |    |    |     fragmentBegin (at '#', or the end)
  //       |     |     |          |    |    queryBegin (at '?', or fragmentBegin)
  //       |     |     |          |    pathBegin (behind the "/." of a path "//x" without a host)
  //       |     |     |          hostEnd
  //       |     |     hostBegin (behind '@'; schemeEnd + 2 without credentials)
  //       |     usernameEnd
  //       schemeEnd (behind ':')
  // Without a host, usernameEnd, hostBegin and hostEnd equal schemeEnd.
  std::string text;
  uint32_t schemeEnd = 0;
  uint32_t usernameEnd = 0;
  uint32_t hostBegin = 0;
  uint32_t hostEnd = 0;
  uint32_t pathBegin = 0;
  uint32_t queryBegin = 0;
  uint32_t fragmentBegin = 0;
  UrlScheme kind = UrlScheme::kOther;
  bool hostPresent = false;
  bool opaquePath = false;
};

}  // namespace flamesim::net
