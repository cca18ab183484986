#include "sim/redact/text_scanner.h"

#include <algorithm>
#include <array>

#include "sim/net/message.h"
#include "sim/redact/card_number.h"
#include "sim/redact/characters.h"
#include "sim/redact/known_tokens.h"
#include "sim/redact/names.h"
#include "sim/redact/pseudonyms.h"

namespace flamesim::redact {

namespace {

constexpr size_t kLongestName = 48;
constexpr size_t kLongestLocalPart = 256;
constexpr size_t kLongestAddress = 45;
constexpr size_t kFarBack = 256;

enum class Stop : uint8_t { kNone, kWord, kSign };

constexpr std::array<Stop, 256> makeStops() {
  std::array<Stop, 256> stops{};
  for (size_t c = 0; c < 256; ++c) {
    if (isAlnum(char(c))) stops[c] = Stop::kWord;
  }
  for (char c : {'@', '%', '=', '"', '-', ':'}) stops[uint8_t(c)] = Stop::kSign;
  return stops;
}
constexpr auto kStops = makeStops();

// Endings of names of files that look like the end of a domain: "logo@2x.png".
bool isFileEnding(std::string_view word) {
  static constexpr std::array<std::string_view, 14> kEndings{"avif", "css", "gif",  "html", "jpeg",
                                                             "jpg",  "js",  "json", "map",  "mjs",
                                                             "png",  "svg", "ts",   "webp"};
  std::string lower = net::toLowerAscii(word);
  return std::find(kEndings.begin(), kEndings.end(), lower) != kEndings.end();
}

class Scanner {
 public:
  Scanner(std::string_view text, DottedNumbers dotted, std::vector<Span>& spans)
      : text(text), dotted(dotted), spans(spans) {}

  void run() {
    size_t i = 0;
    while (i < text.size()) {
      switch (kStops[uint8_t(text[i])]) {
        case Stop::kNone:
          ++i;
          break;
        case Stop::kWord:
          i = word(i);
          break;
        case Stop::kSign:
          i = sign(i);
          break;
      }
    }
  }

 private:
  char at(size_t i) const { return i < text.size() ? text[i] : '\0'; }
  char before(size_t i) const { return i == 0 ? '\0' : text[i - 1]; }

  size_t take(size_t begin, size_t end, Kind kind, bool percentEncoded = false) {
    if (begin < done) return end;
    spans.push_back({begin, end, kind, percentEncoded});
    done = end;
    return end;
  }

  // What ends here is a pseudonym: nothing that begins in it is looked for.
  size_t pass(size_t end) {
    done = std::max(done, end);
    return end;
  }

  // Each of these gives the place where scanning goes on; the ones named try... give 0 where there
  // is nothing of theirs.
  size_t word(size_t begin) {
    size_t end = begin + 1;
    bool hex = isHex(text[begin]);
    for (; end < text.size() && isAlnum(text[end]); ++end) hex = hex && isHex(text[end]);
    size_t size = end - begin;
    if (isDigit(text[begin])) {
      size_t card = cardNumberLength(text, begin);
      if (card != 0 && !isMailSign(begin + card)) return take(begin, begin + card, Kind::kCard);
      if (size <= 3) {
        if (size_t next = tryAddressV4(begin)) return next;
      }
    } else if (size_t length = knownTokenLength(text, begin, end)) {
      // "Bearer " and "Basic " stay.
      size_t value = begin + schemeLength(text, begin, end);
      if (isPseudonym(text.substr(value, begin + length - value))) return pass(begin + length);
      return take(value, begin + length, value == begin ? Kind::kToken : Kind::kCredentials);
    }
    if (hex && size <= 4 && at(end) == ':') {
      if (size_t next = tryAddressV6(begin)) return next;
    }
    return end;
  }

  size_t sign(size_t i) {
    size_t next = 0;
    switch (text[i]) {
      case '@':
        next = tryMail(i, 1);
        break;
      case '%':
        if (text.substr(i + 1, 2) == "40") next = tryMail(i, 3);
        break;
      case '=':
        next = tryParameter(i);
        break;
      case '"':
        next = tryMember(i);
        break;
      case '-':
        next = tryPrivateKey(i);
        break;
      case ':':
        if (at(i + 1) == ':') next = tryAddressV6(i);
        break;
      default:
        break;
    }
    return next == 0 ? i + 1 : next;
  }

  size_t tryAddressV4(size_t begin) {
    if (dotted == DottedNumbers::kVersions) return 0;
    size_t end = begin;
    for (int group = 0; group < 4; ++group) {
      if (group != 0 && at(end++) != '.') return 0;
      int value = 0;
      size_t first = end;
      for (; isDigit(at(end)) && end - first < 4; ++end) value = value * 10 + (text[end] - '0');
      if (end == first || value > 255 || (end - first > 1 && text[first] == '0')) return 0;
    }
    bool longer = isAlnum(at(end)) || at(end) == '_' || (at(end) == '.' && isAlnum(at(end + 1))) ||
                  (before(begin) == '.' && begin > 1 && isAlnum(text[begin - 2]));
    if (longer || isMailSign(end)) return 0;
    if (isHost(begin)) return end;
    if (dotted == DottedNumbers::kByContext && isVersion(begin, end)) return end;
    if (staysAsAddress(text.substr(begin, end - begin))) return end;
    return take(begin, end, Kind::kAddress);
  }

  // Then what stands before it is a local part, whatever it looks like.
  bool isMailSign(size_t i) const { return at(i) == '@' || text.substr(i, 3) == "%40"; }

  bool isHost(size_t begin) const { return begin >= 3 && text.substr(begin - 3, 3) == "://"; }

  bool isVersion(size_t begin, size_t end) const {
    if (at(end) == '-' && isAlpha(at(end + 1))) return true;  // 1.2.3.4-beta
    if (before(begin) == '/' && begin > 1 && isAlnum(text[begin - 2])) return !inPath(begin);
    size_t i = begin;
    while (i > 0 && begin - i < 4 &&
           std::string_view(" \t\"'=:(_-\\").find(text[i - 1]) != std::string_view::npos) {
      --i;
    }
    size_t last = i;
    while (i > 0 && last - i < kLongestName && isAlpha(text[i - 1])) --i;
    std::string name = net::toLowerAscii(text.substr(i, last - i));
    static constexpr std::array<std::string_view, 6> kWords{"v",  "ver",   "rev",
                                                            "rv", "build", "release"};
    return name.ends_with("version") ||
           std::find(kWords.begin(), kWords.end(), name) != kWords.end();
  }

  // Whether the word of a text around `i` is a URL or a path, not "product/1.2.3.4".
  bool inPath(size_t i) const {
    size_t first = i;
    while (first > 0 && i - first < kFarBack && !isSpace(text[first - 1]) &&
           text[first - 1] != '"' && text[first - 1] != '\'') {
      --first;
    }
    auto run = text.substr(first, i - first);
    return run.starts_with('/') || run.find("://") != std::string_view::npos;
  }

  size_t tryAddressV6(size_t begin) {
    if (isAlnum(before(begin)) || before(begin) == ':' || before(begin) == '.') return 0;
    size_t end = begin;
    while (end < text.size() && end - begin < kLongestAddress &&
           (isHex(text[end]) || text[end] == ':' || text[end] == '.')) {
      ++end;
    }
    if (isAlnum(at(end)) || at(end) == '_' || isMailSign(end)) return 0;
    while (end > begin + 2 &&
           (text[end - 1] == '.' || (text[end - 1] == ':' && text[end - 2] != ':'))) {
      --end;
    }
    auto found = text.substr(begin, end - begin);
    if (std::count(found.begin(), found.end(), ':') < 2 || !isAddress(found)) return 0;
    if (begin >= 4 && text.substr(begin - 4, 4) == "://[") return end;
    if (staysAsAddress(found) || looksLikeWords(found)) return end;
    return take(begin, end, Kind::kAddress);
  }

  // "add::bee" is more often a name in a program than an address.
  bool looksLikeWords(std::string_view found) const {
    if (dotted == DottedNumbers::kAddresses) return false;
    auto first = found.substr(0, found.find(':'));
    if (first.size() >= 3 && std::any_of(first.begin(), first.end(), isDigit)) return false;
    return std::count(found.begin(), found.end(), ':') < 4;
  }

  // `width`: of "@" or "%40".
  size_t tryMail(size_t i, size_t width) {
    size_t begin = localPart(i, width);
    if (begin == i || i - begin >= kLongestLocalPart) return 0;
    if (size_t next = tryUserInfo(begin, i)) return next;
    size_t end = domainEnd(i + width);
    if (end == 0) return 0;
    if (isPseudonym(text.substr(begin, i - begin))) return pass(end);
    return take(begin, end, Kind::kEmail, width == 3);
  }

  // Where the local part before `i` begins; `i`: there is none.
  size_t localPart(size_t i, size_t width) const {
    size_t begin = i;
    while (begin > done && i - begin < kLongestLocalPart) {
      char c = text[begin - 1];
      if (c == '%' && width == 3) {
        auto code = text.substr(begin - 1, 3);
        bool ofName = code == "%2B" || code == "%2b" || code == "%2E" || code == "%2e";
        if (!ofName) return std::min(i, begin + 2);
        --begin;
        continue;
      }
      // Letters of two bytes in UTF-8 are part of names; those of three are words beside them.
      bool wide =
          (uint8_t(c) & 0xc0) == 0x80 && begin >= 2 && (uint8_t(text[begin - 2]) & 0xe0) == 0xc0;
      if (wide && begin - 2 >= done) {
        begin -= 2;
        continue;
      }
      if (!isAlnum(c) && std::string_view("._+~-").find(c) == std::string_view::npos) break;
      --begin;
    }
    while (begin < i && (text[begin] == '.' || text[begin] == '-')) ++begin;
    return begin;
  }

  // Where the domain at `begin` ends; 0: there is none.
  size_t domainEnd(size_t begin) const {
    size_t end = begin;
    while (
        end < text.size() && end - begin < 255 &&
        (isAlnum(text[end]) || text[end] == '-' || text[end] == '.' || (text[end] & 0x80) != 0)) {
      ++end;
    }
    while (end > begin && !isAlnum(text[end - 1]) && (text[end - 1] & 0x80) == 0) --end;
    size_t dot = text.substr(begin, end - begin).rfind('.');
    if (dot == std::string_view::npos || dot == 0) return 0;
    dot += begin;
    if (dot + 2 >= end) return 0;
    auto top = text.substr(dot + 1, end - dot - 1);
    bool letters =
        std::all_of(top.begin(), top.end(), [](char c) { return isAlpha(c) || (c & 0x80) != 0; });
    if (!letters && !top.starts_with("xn--")) return 0;
    return isFileEnding(top) ? 0 : end;
  }

  // https://user:password@host: 0 where that is not what `begin` to `i` is the end of.
  size_t tryUserInfo(size_t begin, size_t i) {
    size_t first = begin;
    while (first > done && i - first < kFarBack && !isSpace(text[first - 1]) &&
           std::string_view("/?#\"'<>").find(text[first - 1]) == std::string_view::npos) {
      --first;
    }
    if (!isHost(first) || first < done) return 0;
    if (isPseudonym(text.substr(first, i - first))) return pass(i) + 1;
    return take(first, i, Kind::kCredentials, true) + 1;
  }

  // ?name=value, &name=value, #name=value, &amp;name=value
  size_t tryParameter(size_t i) {
    size_t name = i;
    while (name > done && i - name < kLongestName && isNameChar(text[name - 1])) --name;
    char start = before(name);
    bool behind = start == '?' || start == '#' ||
                  (start == '&' && (name < 2 || text[name - 2] != '&')) ||
                  (start == ';' && name >= 5 && text.substr(name - 5, 5) == "&amp;");
    if (!behind || !isSecretName(text.substr(name, i - name), NamePlace::kParameter)) return 0;
    size_t end = i + 1;
    while (end < text.size() && !isSpace(text[end]) &&
           std::string_view("&#\"'<>\\`;,()[]{}|").find(text[end]) == std::string_view::npos) {
      ++end;
    }
    constexpr size_t kShortest = 4;
    auto value = text.substr(i + 1, end - i - 1);
    bool none = value.size() < kShortest || at(end) == '(' || isPseudonym(value) ||
                !isSecretValue(text.substr(name, i - name), value);
    // A long one is not gone through once more for each name in it.
    if (none) return value.size() < kFarBack ? 0 : end;
    return take(i + 1, end, Kind::kToken, true);
  }

  // "name": "value", at the second quotation mark.
  size_t tryMember(size_t i) {
    size_t next = i + 1;
    while (isSpace(at(next))) ++next;
    if (at(next) != ':') return 0;
    ++next;
    while (isSpace(at(next))) ++next;
    if (at(next) != '"') return 0;
    size_t name = i;
    while (name > done && i - name < kLongestName && isNameChar(text[name - 1])) --name;
    if (before(name) != '"' || !isSecretName(text.substr(name, i - name), NamePlace::kMember)) {
      return 0;
    }
    size_t end = next + 1;
    while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    end = std::min(end, text.size());
    auto value = text.substr(next + 1, end - next - 1);
    if (value.empty() || isPseudonym(value)) return end;
    return take(next + 1, end, Kind::kToken);
  }

  // PEM (RFC 7468).
  size_t tryPrivateKey(size_t i) {
    constexpr std::string_view kBegin = "-----BEGIN ";
    constexpr std::string_view kEnd = "-----END ";
    constexpr std::string_view kName = "PRIVATE KEY-----";
    if (text.substr(i, kBegin.size()) != kBegin) return 0;
    size_t name = text.substr(0, std::min(text.size(), i + 64)).find(kName, i);
    if (name == std::string_view::npos) return 0;
    size_t end = text.find(kEnd, name);
    if (end == std::string_view::npos) return take(i, text.size(), Kind::kCredentials);
    end = text.find(kName, end);
    if (end == std::string_view::npos) return take(i, text.size(), Kind::kCredentials);
    return take(i, end + kName.size(), Kind::kCredentials);
  }

  std::string_view text;
  DottedNumbers dotted;
  std::vector<Span>& spans;
  size_t done = 0;  // the end of the last span
};

}  // namespace

void scanText(std::string_view text, DottedNumbers dotted, std::vector<Span>& spans) {
  Scanner(text, dotted, spans).run();
}

}  // namespace flamesim::redact
