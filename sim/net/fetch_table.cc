#include "sim/net/fetch_table.h"

#include <algorithm>

#include "sim/net/url.h"

namespace flamesim::net {

TextPattern::TextPattern(std::string_view text) {
  for (;;) {
    size_t star = text.find('*');
    parts.emplace_back(text.substr(0, star));
    if (star == text.npos) return;
    text.remove_prefix(star + 1);
  }
}

bool TextPattern::matchesEverything() const {
  return parts.size() > 1 &&
         std::all_of(parts.begin(), parts.end(), [](auto& part) { return part.empty(); });
}

bool TextPattern::matches(std::string_view text) const {
  auto& first = parts.front();
  if (parts.size() == 1) return text == first;
  auto& last = parts.back();
  if (text.size() < first.size() + last.size()) return false;
  if (!text.starts_with(first) || !text.ends_with(last)) return false;
  text = text.substr(first.size(), text.size() - first.size() - last.size());
  // The other parts in order; the earliest place of each is always good enough.
  for (size_t i = 1; i + 1 < parts.size(); ++i) {
    size_t at = text.find(parts[i]);
    if (at == text.npos) return false;
    text.remove_prefix(at + parts[i].size());
  }
  return true;
}

bool FetchTable::Row::matches(const Request& request) const {
  if (!method.matches(request.method)) return false;
  auto target = std::string_view(request.url);
  if (!url.matches(target.substr(0, target.find('#')))) return false;
  return std::all_of(headers.begin(), headers.end(), [&](auto& wanted) {
    auto value = request.headers.get(wanted.name);
    if (!wanted.value) return !value;
    return value && wanted.value->matches(*value);
  });
}

bool FetchTable::Row::matchesEverything() const {
  return method.matchesEverything() && url.matchesEverything() && headers.empty();
}

const FetchTable::Row* FetchTable::find(const Request& request) const {
  for (auto& row : rows) {
    if (row.matches(request)) return &row;
  }
  return nullptr;
}

}  // namespace flamesim::net
