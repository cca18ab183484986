#include "sim/net/url_search_params.h"

#include <algorithm>

#include "sim/net/url_encode.h"

namespace flamesim::net {

namespace {

std::string decodePart(std::string_view encoded) {
  if (encoded.find_first_of("+%") == std::string_view::npos) {
    return toValidUtf8(std::string(encoded));
  }
  std::string text(encoded);
  std::replace(text.begin(), text.end(), '+', ' ');
  return toValidUtf8(percentDecode(text));
}

void appendPart(std::string& out, std::string_view part) {
  for (size_t begin = 0;;) {
    const size_t space = part.find(' ', begin);
    appendEncoded(out, part.substr(begin, space - begin), EncodeSet::kForm);
    if (space == std::string_view::npos) return;
    out += '+';
    begin = space + 1;
  }
}

// Bytes of UTF-8 compare like code points. UTF-16 differs in one thing: code points past U+FFFF
// (lead bytes F0 to F4) are pairs of surrogates (D800 to DFFF), before U+E000 (lead byte EE).
unsigned utf16Rank(char c) {
  const unsigned byte = static_cast<unsigned char>(c);
  if (byte >= 0xf0) return byte - 2;
  return byte >= 0xee ? byte + 0x10 : byte;
}

bool lessInUtf16(std::string_view a, std::string_view b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](char x, char y) { return utf16Rank(x) < utf16Rank(y); });
}

}  // namespace

UrlSearchParams UrlSearchParams::parse(std::string_view encoded) {
  UrlSearchParams params;
  while (!encoded.empty()) {
    const size_t end = std::min(encoded.find('&'), encoded.size());
    const std::string_view pair = encoded.substr(0, end);
    encoded.remove_prefix(std::min(end + 1, encoded.size()));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = equals < pair.size() ? pair.substr(equals + 1) : "";
    params.list.emplace_back(decodePart(pair.substr(0, equals)), decodePart(value));
  }
  return params;
}

UrlSearchParams UrlSearchParams::fromString(std::string_view init) {
  if (!init.empty() && init.front() == '?') init.remove_prefix(1);
  return parse(init);
}

void UrlSearchParams::append(std::string_view name, std::string_view value) {
  list.emplace_back(name, value);
}

// `name` and `value` may be views of the list itself, hence the copies before it changes.
void UrlSearchParams::remove(std::string_view name) {
  std::erase_if(list,
                [wanted = std::string(name)](const Pair& pair) { return pair.first == wanted; });
}

void UrlSearchParams::remove(std::string_view name, std::string_view value) {
  std::erase_if(list, [wanted = Pair(name, value)](const Pair& pair) { return pair == wanted; });
}

std::optional<std::string_view> UrlSearchParams::get(std::string_view name) const {
  for (const Pair& pair : list) {
    if (pair.first == name) return pair.second;
  }
  return {};
}

std::vector<std::string_view> UrlSearchParams::getAll(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const Pair& pair : list) {
    if (pair.first == name) values.push_back(pair.second);
  }
  return values;
}

bool UrlSearchParams::has(std::string_view name) const {
  return get(name).has_value();
}

bool UrlSearchParams::has(std::string_view name, std::string_view value) const {
  return std::any_of(list.begin(), list.end(),
                     [&](const Pair& pair) { return pair.first == name && pair.second == value; });
}

void UrlSearchParams::set(std::string_view name, std::string_view value) {
  Pair wanted(name, value);
  const auto isWanted = [name = wanted.first](const Pair& pair) { return pair.first == name; };
  const auto first = std::find_if(list.begin(), list.end(), isWanted);
  if (first == list.end()) {
    list.push_back(std::move(wanted));
    return;
  }
  first->second = std::move(wanted.second);
  list.erase(std::remove_if(first + 1, list.end(), isWanted), list.end());
}

void UrlSearchParams::sort() {
  std::stable_sort(list.begin(), list.end(),
                   [](const Pair& a, const Pair& b) { return lessInUtf16(a.first, b.first); });
}

std::string UrlSearchParams::toString() const {
  std::string out;
  for (const auto& [name, value] : list) {
    if (!out.empty()) out += '&';
    appendPart(out, name);
    out += '=';
    appendPart(out, value);
  }
  return out;
}

}  // namespace flamesim::net
