#include "mocks/rrdns.h"

namespace flamesim::mocks {
namespace {

schemas::OwnershipKind toSchema(OwnerKind kind) {
  switch (kind) {
    case OwnerKind::kNone:
      return schemas::OwnershipKind::NONE;
    case OwnerKind::kZone:
      return schemas::OwnershipKind::ZONE;
    case OwnerKind::kCustomHostname:
      return schemas::OwnershipKind::CUSTOM_HOSTNAME;
    case OwnerKind::kLegacyCustomHostname:
      return schemas::OwnershipKind::LEGACY_CUSTOM_HOSTNAME;
    case OwnerKind::kAddress:
      return schemas::OwnershipKind::ADDRESS;
  }
  KJ_UNREACHABLE;
}

std::string_view view(capnp::Text::Reader text) {
  return {text.begin(), text.size()};
}
capnp::Text::Reader reader(const std::string& text) {
  return {text.c_str(), text.size()};
}

class RrdnsServer final : public schemas::Rrdns::Server {
 public:
  explicit RrdnsServer(std::shared_ptr<const RrdnsZones> zones) : zones(std::move(zones)) {}

  kj::Promise<void> lookupOwnership(LookupOwnershipContext context) override {
    auto request = context.getParams().getRequest();
    const Ownership& owner =
        zones->lookup(view(request.getQueryName()), view(request.getConnectViaAddr()));
    auto response = context.getResults().initResponse();
    response.setAccountId(owner.accountId);
    response.setKind(toSchema(owner.kind));
    // Always set, so that JavaScript finds strings.
    response.setAccountTag(reader(owner.accountTag));
    response.setZoneName(reader(owner.zoneName));
    return kj::READY_NOW;
  }

 private:
  std::shared_ptr<const RrdnsZones> zones;
};

}  // namespace

schemas::Rrdns::Client newRrdns(std::shared_ptr<const RrdnsZones> zones) {
  return kj::heap<RrdnsServer>(std::move(zones));
}

}  // namespace flamesim::mocks
