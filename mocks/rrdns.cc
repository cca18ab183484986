#include "mocks/rrdns.h"

#include "mocks/rrdns_lookup.h"

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
capnp::Text::Reader textOf(const std::string& text) {
  return {text.c_str(), text.size()};
}

template <typename List>
void write(const std::vector<NamedRecord>& records, List list) {
  for (uint32_t i = 0; i < records.size(); i++) {
    auto out = list[i];
    out.setName(textOf(records[i].name));
    out.setType(textOf(records[i].record.type));
    out.setTtl(records[i].record.ttl);
    out.setData(textOf(records[i].record.data));
  }
}

void write(const DnsAnswer& answer, schemas::DnsAnswer::Builder out) {
  // The enum has the numbers of the RFC in both.
  out.setRcode(schemas::DnsRcode(uint16_t(answer.rcode)));
  write(answer.records, out.initRecords(uint32_t(answer.records.size())));
  write(answer.authority, out.initAuthority(uint32_t(answer.authority.size())));
  out.setNegativeTtl(answer.negativeTtl);
  auto chain = out.initChain(uint32_t(answer.chain.size()));
  for (uint32_t i = 0; i < answer.chain.size(); i++) chain.set(i, textOf(answer.chain[i]));
  out.setCode(answer.code);
  out.setText(textOf(answer.text));
}

// Zones that change, or ones that do not.
class RrdnsServer final : public schemas::Rrdns::Server {
 public:
  explicit RrdnsServer(std::shared_ptr<const RrdnsZones> zones) : fixed(std::move(zones)) {}
  // `statistics`: nullptr where calls are not counted.
  RrdnsServer(std::shared_ptr<RrdnsHolder> holder, RrdnsStatistics* statistics)
      : holder(std::move(holder)), statistics(statistics) {}

  kj::Promise<void> lookupOwnership(LookupOwnershipContext context) override {
    auto zones = holder == nullptr ? fixed : holder->zones();
    auto request = context.getParams().getRequest();
    const Ownership& owner =
        zones->lookup(view(request.getQueryName()), view(request.getConnectViaAddr()));
    auto response = context.getResults().initResponse();
    response.setAccountId(owner.accountId);
    response.setKind(toSchema(owner.kind));
    // Always set, so that JavaScript finds strings.
    response.setAccountTag(textOf(owner.accountTag));
    response.setZoneName(textOf(owner.zoneName));
    if (statistics != nullptr) statistics->countOwnership(owner.kind, owner.zoneName);
    return kj::READY_NOW;
  }

  kj::Promise<void> lookup(LookupContext context) override {
    auto zones = holder == nullptr ? fixed : holder->zones();
    auto question = context.getParams().getQuestion();
    DnsAnswer answer = lookupDns(*zones, {.name = view(question.getName()),
                                          .type = view(question.getType()),
                                          .flatten = question.getFlatten()});
    write(answer, context.getResults().initAnswer());
    if (statistics != nullptr) statistics->countLookup(answer);
    return kj::READY_NOW;
  }

 private:
  std::shared_ptr<const RrdnsZones> fixed;
  std::shared_ptr<RrdnsHolder> holder;
  RrdnsStatistics* statistics = nullptr;
};

using CountList = capnp::List<schemas::RrdnsStatistics::Count>::Builder;

void write(const RrdnsStatistics::Counts& counts, CountList list) {
  for (uint32_t i = 0; i < counts.size(); i++) {
    list[i].setName(textOf(counts[i].first));
    list[i].setCount(counts[i].second);
  }
}

class RrdnsAdminServer final : public schemas::RrdnsAdmin::Server {
 public:
  explicit RrdnsAdminServer(std::shared_ptr<RrdnsHolder> holder) : holder(std::move(holder)) {}

  kj::Promise<void> reload(ReloadContext context) override {
    auto result = holder->reload();
    auto report = context.getResults().initReport();
    report.setOk(result.ok);
    report.setZones(uint32_t(result.zones));
    report.setRecords(uint32_t(result.records));
    report.setText(textOf(result.errors));
    return kj::READY_NOW;
  }

  kj::Promise<void> statistics(StatisticsContext context) override {
    auto zones = holder->zones();
    auto counts = holder->statistics().snapshot();
    auto out = context.getResults().initStatistics();
    out.setOwnershipCalls(counts.ownershipCalls);
    out.setLookupCalls(counts.lookupCalls);
    write(counts.byKind, out.initByKind(uint32_t(counts.byKind.size())));
    write(counts.byType, out.initByType(uint32_t(counts.byType.size())));
    write(counts.byRcode, out.initByRcode(uint32_t(counts.byRcode.size())));
    write(counts.byZone, out.initByZone(uint32_t(counts.byZone.size())));
    out.setReloads(holder->reloads());
    out.setFailedReloads(holder->failedReloads());
    out.setZones(uint32_t(zones->zoneCount()));
    out.setRecords(uint32_t(zones->recordCount()));
    return kj::READY_NOW;
  }

  kj::Promise<void> reader(ReaderContext context) override {
    context.getResults().setRrdns(kj::heap<RrdnsServer>(holder, nullptr));
    return kj::READY_NOW;
  }

 private:
  std::shared_ptr<RrdnsHolder> holder;
};

}  // namespace

schemas::Rrdns::Client newRrdns(std::shared_ptr<const RrdnsZones> zones) {
  return kj::heap<RrdnsServer>(std::move(zones));
}

schemas::Rrdns::Client newRrdns(std::shared_ptr<RrdnsHolder> holder) {
  RrdnsStatistics* statistics = &holder->statistics();
  return kj::heap<RrdnsServer>(std::move(holder), statistics);
}

schemas::RrdnsAdmin::Client newRrdnsAdmin(std::shared_ptr<RrdnsHolder> holder) {
  return kj::heap<RrdnsAdminServer>(std::move(holder));
}

}  // namespace flamesim::mocks
