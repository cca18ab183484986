#include "sim/chain/transcript.h"

namespace flamesim::chain {

namespace {
std::string_view withoutQuery(std::string_view url) {
  return url.substr(0, url.find('?'));
}
std::string_view pathOf(std::string_view url) {
  size_t authority = url.find("://");
  size_t path = authority == std::string_view::npos ? 0 : url.find('/', authority + 3);
  return path == std::string_view::npos ? "/" : withoutQuery(url.substr(path));
}
}  // namespace

const net::Effect* takeRecordedSubrequest(ExchangeScope& exchange, const std::string& destination,
                                          const net::Request& request) {
  auto& effects = exchange.recorded->outcome.effects;
  exchange.usedRecordings.resize(effects.size());
  auto find = [&](auto matches) -> const net::Effect* {
    for (size_t i = 0; i < effects.size(); ++i) {
      auto& effect = effects[i];
      if (exchange.usedRecordings[i] || effect.kind != net::EffectKind::kSubrequest ||
          effect.destination != destination || !effect.request ||
          effect.request->method != request.method || !matches(*effect.request)) {
        continue;
      }
      exchange.usedRecordings[i] = true;
      return &effect;
    }
    return nullptr;
  };
  auto* exact = find([&](auto& recorded) { return recorded.url == request.url; });
  if (exact != nullptr) return exact;
  return find([&](auto& recorded) { return pathOf(recorded.url) == pathOf(request.url); });
}

}  // namespace flamesim::chain
