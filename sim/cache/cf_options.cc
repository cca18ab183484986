#include "sim/cache/cf_options.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "sim/cache/freshness.h"

namespace flamesim::cache {

namespace {

using nlohmann::json;

constexpr size_t kMostTags = 1000;
constexpr double kMostSeconds = double(int64_t(1) << 31);

std::optional<Seconds> secondsOf(const json& value) {
  if (!value.is_number()) return std::nullopt;
  auto number = std::clamp(value.get<double>(), -1.0, kMostSeconds);
  return Seconds(int64_t(number < 0 ? -1.0 : number));
}

bool readStatus(std::string_view text, uint16_t& status) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
  return error == std::errc() && end == text.data() + text.size();
}

// "404", "200-299".
std::optional<StatusLifetime> statusLifetime(std::string_view statuses, const json& value) {
  StatusLifetime result;
  auto dash = statuses.find('-');
  auto lifetime = secondsOf(value);
  if (!lifetime || !readStatus(statuses.substr(0, dash), result.from)) return std::nullopt;
  result.lifetime = *lifetime;
  result.to = result.from;
  if (dash != std::string_view::npos && !readStatus(statuses.substr(dash + 1), result.to)) {
    return std::nullopt;
  }
  return result;
}

void readMember(CfOptions& options, const std::string& name, const json& value) {
  if (name == "cacheEverything") {
    options.cacheEverything = value.is_boolean() && value.get<bool>();
  } else if (name == "cacheLevel") {
    options.bypass = options.bypass || value == "bypass";
  } else if (name == "cacheForceRevalidate") {
    options.forceRevalidate = value.is_boolean() && value.get<bool>();
  } else if (name == "cacheKey") {
    if (value.is_string()) options.cacheKey = value.get<std::string>();
  } else if (name == "cacheTtl") {
    options.lifetime = secondsOf(value);
  } else if (name == "cacheTags" && value.is_array()) {
    for (auto& tag : value) {
      if (tag.is_string() && options.tags.size() < kMostTags) {
        options.tags.push_back(tag.get<std::string>());
      }
    }
  } else if (name == "cacheTtlByStatus" && value.is_object()) {
    for (auto& [statuses, lifetime] : value.items()) {
      if (auto read = statusLifetime(statuses, lifetime)) options.byStatus.push_back(*read);
    }
  }
}

}  // namespace

std::optional<Seconds> CfOptions::lifetimeOf(uint16_t status) const {
  for (auto& entry : byStatus) {
    if (status >= entry.from && status <= entry.to) return entry.lifetime;
  }
  if (!lifetime) return std::nullopt;
  // As the edge's own lifetime does, it is for answers that are worth keeping.
  bool worthKeeping = status < 400 || defaultLifetime(status).has_value();
  return worthKeeping ? lifetime : std::nullopt;
}

CfOptions parseCfOptions(std::string_view text) {
  CfOptions options;
  // Most requests carry none of it.
  if (text.find("\"cache") == std::string_view::npos) return options;
  auto cf = json::parse(text, nullptr, false);
  if (!cf.is_object()) return options;
  for (auto& [name, value] : cf.items()) readMember(options, name, value);
  if (options.lifetime && *options.lifetime < Seconds(0)) {
    options.lifetime.reset();
    options.bypass = true;
  }
  return options;
}

}  // namespace flamesim::cache
