#include "sim/redact/names.h"

#include <algorithm>
#include <array>
#include <span>

#include "sim/net/message.h"

namespace flamesim::redact {

namespace {

constexpr std::array<std::string_view, 34> kSecretNames{"accesskey",
                                                        "apikey",
                                                        "assertion",
                                                        "auth",
                                                        "authcode",
                                                        "authkey",
                                                        "authorization",
                                                        "clientassertion",
                                                        "credential",
                                                        "credentials",
                                                        "csrf",
                                                        "jsessionid",
                                                        "jwt",
                                                        "otp",
                                                        "pass",
                                                        "passphrase",
                                                        "passwd",
                                                        "password",
                                                        "phpsessid",
                                                        "privatekey",
                                                        "pwd",
                                                        "samlresponse",
                                                        "secret",
                                                        "secretkey",
                                                        "session",
                                                        "sessionid",
                                                        "sessid",
                                                        "sid",
                                                        "sig",
                                                        "signature",
                                                        "signingkey",
                                                        "token",
                                                        "xamzcredential",
                                                        "xsrf"};

// Of queries and forms alone.
constexpr std::array<std::string_view, 5> kParameterNames{"code", "hmac", "key", "ticket",
                                                          "viewstate"};

constexpr std::array<std::string_view, 9> kSecretEnds{"accesskey", "apikey",     "passwd",
                                                      "password",  "privatekey", "secret",
                                                      "secretkey", "signature",  "token"};

struct NamedHeader {
  std::string_view name;
  HeaderKind kind;
};
using enum HeaderKind;
// In order of the names.
constexpr std::array<NamedHeader, 71> kHeaders{{
    {"accept", kOpaque},
    {"accept-encoding", kOpaque},
    {"accept-language", kOpaque},
    {"age", kOpaque},
    {"alt-svc", kOpaque},
    {"api-key", kSecret},
    {"authorization", kCredentials},
    {"cache-control", kOpaque},
    {"cf-access-client-id", kSecret},
    {"cf-access-client-secret", kSecret},
    {"cf-access-jwt-assertion", kSecret},
    {"cf-connecting-ip", kAddresses},
    {"cf-connecting-ipv6", kAddresses},
    {"cf-connecting-o2o", kAddresses},
    {"cf-pseudo-ipv4", kAddresses},
    {"cf-ray", kOpaque},
    {"client-ip", kAddresses},
    {"connection", kOpaque},
    {"content-encoding", kOpaque},
    {"content-length", kOpaque},
    {"content-location", kUrl},
    {"content-type", kOpaque},
    {"cookie", kCookie},
    {"date", kOpaque},
    {"dnt", kOpaque},
    {"etag", kOpaque},
    {"expires", kOpaque},
    {"fastly-client-ip", kAddresses},
    {"forwarded", kAddresses},
    {"host", kOpaque},
    {"if-match", kOpaque},
    {"if-modified-since", kOpaque},
    {"if-none-match", kOpaque},
    {"if-unmodified-since", kOpaque},
    {"last-modified", kOpaque},
    {"location", kUrl},
    {"private-token", kSecret},
    {"proxy-authorization", kCredentials},
    {"referer", kUrl},
    {"sec-websocket-key", kOpaque},
    {"server", kVersions},
    {"set-cookie", kSetCookie},
    {"traceparent", kOpaque},
    {"true-client-ip", kAddresses},
    {"user-agent", kVersions},
    {"vary", kOpaque},
    {"via", kText},
    {"x-access-token", kSecret},
    {"x-amz-security-token", kSecret},
    {"x-amz-signature", kSecret},
    {"x-api-key", kSecret},
    {"x-auth-key", kSecret},
    {"x-auth-token", kSecret},
    {"x-client-ip", kAddresses},
    {"x-cluster-client-ip", kAddresses},
    {"x-csrf-token", kSecret},
    {"x-forwarded", kAddresses},
    {"x-forwarded-for", kAddresses},
    {"x-forwarded-host", kOpaque},
    {"x-generator", kVersions},
    {"x-goog-api-key", kSecret},
    {"x-hub-signature", kSecret},
    {"x-hub-signature-256", kSecret},
    {"x-original-forwarded-for", kAddresses},
    {"x-original-url", kUrl},
    {"x-powered-by", kVersions},
    {"x-real-ip", kAddresses},
    {"x-rewrite-url", kUrl},
    {"x-session-id", kSecret},
    {"x-vault-token", kSecret},
    {"x-xsrf-token", kSecret},
}};

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Lower case, without '-', '_', '.'; "" where the name is too long to be one.
std::string_view plain(std::string_view name, std::array<char, 48>& into) {
  size_t size = 0;
  if (name.size() > into.size()) name.remove_prefix(name.size() - into.size());
  for (char c : name) {
    if (c == '-' || c == '_' || c == '.' || c == '[' || c == ']') continue;
    into[size++] = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  }
  return {into.data(), size};
}

}  // namespace

bool isSecretName(std::string_view name, NamePlace place) {
  std::array<char, 48> buffer;
  auto word = plain(name, buffer);
  if (word.size() < 2) return false;
  if (place == NamePlace::kParameter && contains(kParameterNames, word)) return true;
  return contains(kSecretNames, word) ||
         std::any_of(kSecretEnds.begin(), kSecretEnds.end(),
                     [word](auto end) { return word.ends_with(end); });
}

bool isSecretValue(std::string_view name, std::string_view value) {
  std::array<char, 48> buffer;
  auto word = plain(name, buffer);
  if (word != "code" && word != "key") return true;
  constexpr size_t kShortest = 12;
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return value.size() >= kShortest && std::any_of(value.begin(), value.end(), digit);
}

HeaderKind headerKind(std::string_view name) {
  std::string lower = net::toLowerAscii(name);
  auto found = std::lower_bound(kHeaders.begin(), kHeaders.end(), lower,
                                [](const auto& header, const auto& n) { return header.name < n; });
  if (found != kHeaders.end() && found->name == lower) return found->kind;
  if (lower.starts_with("sec-ch-ua")) return kVersions;
  if (lower.starts_with("sec-")) return kOpaque;
  return isSecretName(lower, NamePlace::kMember) ? kSecret : kText;
}

}  // namespace flamesim::redact
