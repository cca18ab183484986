#include "sim/net/exchange.h"

namespace flamesim::net {

std::string_view effectKindName(EffectKind kind) {
  switch (kind) {
    case EffectKind::kSubrequest:
      return "subrequest";
    case EffectKind::kRpc:
      return "rpc";
    case EffectKind::kConfigRead:
      return "config";
    case EffectKind::kCache:
      return "cache";
    case EffectKind::kLog:
      return "log";
    case EffectKind::kConsole:
      return "console";
    case EffectKind::kMetric:
      return "metric";
    case EffectKind::kSpan:
      return "span";
  }
  return "unknown";
}

std::string_view outcomeKindName(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::kResponse:
      return "response";
    case OutcomeKind::kDeclined:
      return "declined";
    case OutcomeKind::kFailed:
      return "failed";
  }
  return "unknown";
}

}  // namespace flamesim::net
