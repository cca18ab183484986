#include "sim/record/redaction.h"

#include <openssl/hmac.h>

#include <algorithm>

#include "sim/base/random.h"
#include "sim/net/syntax.h"

namespace flamesim::record {

namespace {

enum class Secret : uint8_t { kNone, kCredentials, kCookie, kSetCookie };

Secret secretOf(std::string_view name) {
  using net::equalsIgnoringCase;
  if (equalsIgnoringCase(name, "authorization")) return Secret::kCredentials;
  if (equalsIgnoringCase(name, "proxy-authorization")) return Secret::kCredentials;
  if (equalsIgnoringCase(name, "cookie")) return Secret::kCookie;
  if (equalsIgnoringCase(name, "set-cookie")) return Secret::kSetCookie;
  return Secret::kNone;
}

// credentials = scheme [ 1*SP data ] (RFC 9110, section 11.4)
std::string redactCredentials(const Redactor& redactor, std::string_view value) {
  size_t space = value.find(' ');
  if (space == std::string_view::npos) return redactor.pseudonym(value);
  size_t data = std::min(value.find_first_not_of(' ', space), value.size());
  return std::string(value.substr(0, data)) + redactor.pseudonym(value.substr(data));
}

// name=value (RFC 6265, section 4); without "=" all of it may be secret.
std::string redactPair(const Redactor& redactor, std::string_view pair) {
  size_t begin = std::min(pair.find_first_not_of(" \t"), pair.size());
  size_t equals = pair.find('=', begin);
  size_t value = equals == std::string_view::npos ? begin : equals + 1;
  return std::string(pair.substr(0, value)) +
         redactor.pseudonym(net::trimWhitespace(pair.substr(value)));
}

std::string redactCookies(const Redactor& redactor, std::string_view value) {
  std::string out;
  while (true) {
    size_t end = value.find(';');
    out += redactPair(redactor, value.substr(0, end));
    if (end == std::string_view::npos) return out;
    out += ';';
    value.remove_prefix(end + 1);
  }
}

std::string redactSetCookie(const Redactor& redactor, std::string_view value) {
  size_t end = std::min(value.find(';'), value.size());
  return redactPair(redactor, value.substr(0, end)) + std::string(value.substr(end));
}

}  // namespace

Redactor::Redactor(std::string givenKey) : key(std::move(givenKey)) {
  if (!key.empty()) return;
  for (int i = 0; i < 4; ++i) {
    uint64_t word = systemSeed();
    key.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
}

std::string Redactor::pseudonym(std::string_view secret) const {
  if (secret.empty()) return "";
  static constexpr char kHex[] = "0123456789abcdef";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), int(key.size()),
       reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), digest, &size);
  std::string out = "redacted-";
  for (size_t i = 0; i < 8; ++i) {
    out += kHex[digest[i] >> 4];
    out += kHex[digest[i] & 15];
  }
  return out;
}

void Redactor::redact(net::HeaderList& headers) const {
  auto secret = [](const net::Header& header) { return secretOf(header.name) != Secret::kNone; };
  if (std::none_of(headers.all().begin(), headers.all().end(), secret)) return;
  std::vector<net::Header> list = headers.all();
  for (auto& header : list) {
    switch (secretOf(header.name)) {
      case Secret::kNone:
        break;
      case Secret::kCredentials:
        header.value = redactCredentials(*this, header.value);
        break;
      case Secret::kCookie:
        header.value = redactCookies(*this, header.value);
        break;
      case Secret::kSetCookie:
        header.value = redactSetCookie(*this, header.value);
        break;
    }
  }
  headers = net::HeaderList(std::move(list));
}

void Redactor::redact(net::Exchange& exchange) const {
  redact(exchange.request.headers);
  redact(exchange.outcome.response.headers);
  for (auto& effect : exchange.outcome.effects) {
    if (effect.request) redact(effect.request->headers);
    if (effect.response) redact(effect.response->headers);
  }
}

}  // namespace flamesim::record
