#include "sim/net/passes.h"

#include <algorithm>
#include <charconv>

namespace flamesim::net {

namespace {

constexpr std::string_view kCdn = "cloudflare";

std::string_view trimmed(std::string_view text) {
  size_t start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

// A whole number and nothing else; `otherwise` for anything else.
uint32_t numberOf(std::string_view text, uint32_t otherwise) {
  uint32_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : otherwise;
}

// "cloudflare; loops=2": 2; without the parameter 1.
uint32_t loopsOf(std::string_view parameters) {
  while (!parameters.empty()) {
    size_t end = std::min(parameters.find(';'), parameters.size());
    auto parameter = trimmed(parameters.substr(0, end));
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    if (parameter.starts_with("loops=")) return numberOf(parameter.substr(6), 1);
  }
  return 1;
}

void readCdnLoop(std::string_view value, Passes& passes) {
  while (!value.empty()) {
    size_t end = std::min(value.find(','), value.size());
    auto entry = trimmed(value.substr(0, end));
    value.remove_prefix(std::min(end + 1, value.size()));
    if (entry.empty()) continue;
    size_t name = std::min(entry.find(';'), entry.size());
    if (equalsIgnoringCase(trimmed(entry.substr(0, name)), kCdn)) {
      passes.loops += loopsOf(entry.substr(std::min(name + 1, entry.size())));
    } else {
      passes.otherCdns += (passes.otherCdns.empty() ? "" : ", ") + std::string(entry);
    }
  }
}

}  // namespace

Passes passesOf(const HeaderList& headers) {
  Passes passes;
  if (auto* via = headers.first("cf-ew-via")) {
    passes.left = std::min(numberOf(trimmed(*via), Passes::kMost), Passes::kMost);
  }
  if (auto loop = headers.get("cdn-loop")) readCdnLoop(*loop, passes);
  return passes;
}

void markPass(HeaderList& headers, const Passes& passes) {
  std::string loop = passes.otherCdns.empty() ? "" : passes.otherCdns + ", ";
  headers.set("CDN-Loop", loop + std::string(kCdn) + "; loops=" + std::to_string(passes.loops + 1));
  headers.set("CF-EW-Via", std::to_string(passes.left - 1));
}

}  // namespace flamesim::net
