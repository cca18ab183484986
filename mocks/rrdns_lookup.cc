#include "mocks/rrdns_lookup.h"

#include <algorithm>

#include "mocks/dns_name.h"
#include "mocks/problem.h"

namespace flamesim::mocks {
namespace {

using Zone = RrdnsZones::Zone;

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = char(c - 'a' + 'A');
  }
  return out;
}

// The node that answers for a name of the zone: its own, or the wildcard at its closest encloser
// (RFC 4592 section 3.3.1); nullptr: the name does not exist.
const DnsNode* nodeOf(const Zone& zone, std::string_view name) {
  if (auto own = zone.nodes.find(name); own != zone.nodes.end()) return &own->second;
  auto encloser = parentOf(name);
  while (zone.nodes.find(encloser) == zone.nodes.end()) encloser = parentOf(encloser);
  auto wildcard = zone.nodes.find("*." + std::string(encloser));
  return wildcard == zone.nodes.end() ? nullptr : &wildcard->second;
}

// The topmost name from `name` up to below the apex that other servers answer for; empty: none.
std::string_view delegationOf(const Zone& zone, std::string_view name) {
  std::string_view cut;
  for (auto at = name; at != zone.name; at = parentOf(at)) {
    auto node = zone.nodes.find(at);
    if (node != zone.nodes.end() && node->second.find("NS") != nullptr) cut = at;
  }
  return cut;
}

class Lookup {
 public:
  Lookup(const RrdnsZones& zones, const DnsQuestion& question) : zones(zones), question(question) {}

  DnsAnswer run() {
    current = normalizeName(question.name);
    answer.type = question.type.empty() ? "A" : upper(question.type);
    std::string fault = nameFault(current);
    if (!fault.empty()) {
      answer.type = findRecordType(answer.type) == nullptr ? "" : answer.type;
      fail(DnsRcode::kFormErr, "the name \"" + current.substr(0, 300) + "\" " + fault);
    } else if (findRecordType(answer.type) == nullptr) {
      std::string shown = answer.type.substr(0, 64);
      fail(DnsRcode::kNotImp, "\"" + shown + "\" is not a type that is served; " +
                                  suggestion(shown, recordTypeNames()));
      answer.type.clear();
    } else {
      while (step()) {
      }
    }
    return std::move(answer);
  }

 private:
  // Answers for the current name; true: a CNAME leads on.
  bool step() {
    const Zone* zone = zones.zoneOf(current);
    if (zone == nullptr) return leaveZones();
    if (answer.chain.empty()) answer.zone = zone->name;
    if (auto cut = delegationOf(*zone, current); !cut.empty()) return refer(*zone, cut);
    const DnsNode* node = nodeOf(*zone, current);
    if (node == nullptr) return negative(*zone, DnsRcode::kNxDomain);
    const DnsRecord* cname = node->find("CNAME");
    if (node->proxied && (isAddressType() || answer.type == "CNAME")) return proxied(*zone, cname);
    bool found = false;
    bool hidden = cname != nullptr && flattens(*zone, *node);
    if (answer.type != "CNAME" || !hidden) {
      for (const DnsRecord& record : node->records) {
        // One without data is there for ownership only.
        if (record.type != answer.type || record.data.empty()) continue;
        add(record);
        found = true;
      }
    }
    if (found) return false;
    bool follows = cname != nullptr && !cname->data.empty() && answer.type != "CNAME" &&
                   (!hidden || isAddressType());
    return follows ? follow(*zone, *node, *cname) : negative(*zone, DnsRcode::kNoError);
  }

  bool isAddressType() const { return answer.type == "A" || answer.type == "AAAA"; }

  // Whether zone or record hide the CNAME.
  bool flattens(const Zone& zone, const DnsNode& node) const {
    return current == zone.name || zone.flatten || node.flatten;
  }

  void add(const DnsRecord& record) {
    std::string owner = flattened.empty() ? current : flattened;
    answer.records.push_back(
        {std::move(owner), {record.type, std::min(record.ttl, leastTtl), record.data}});
  }

  bool fail(DnsRcode rcode, std::string text) {
    answer.rcode = rcode;
    answer.text = std::move(text);
    answer.records.clear();
    answer.authority.clear();
    answer.code = 0;
    return false;
  }

  bool leaveZones() {
    if (answer.chain.empty()) {
      return fail(DnsRcode::kRefused, "\"" + current + "\" is in no zone that is known here");
    }
    if (!flattened.empty()) {
      return fail(DnsRcode::kServFail, "the addresses of \"" + current +
                                           "\" are needed to flatten \"" + flattened +
                                           "\", and it is in no zone that is known here");
    }
    return false;
  }

  bool refer(const Zone& zone, std::string_view cut) {
    if (!flattened.empty()) {
      return fail(DnsRcode::kServFail,
                  "\"" + current + "\" is delegated to servers that are not known here");
    }
    for (const DnsRecord& record : zone.nodes.find(cut)->second.records) {
      if (record.type == "NS") answer.authority.push_back({std::string(cut), record});
    }
    return false;
  }

  bool negative(const Zone& zone, DnsRcode rcode) {
    answer.rcode = rcode;
    answer.negativeTtl = std::min(soaMinimum(zone.soa.data), zone.soa.ttl);
    answer.authority.push_back({zone.name, {"SOA", answer.negativeTtl, zone.soa.data}});
    return false;
  }

  bool proxied(const Zone& zone, const DnsRecord* cname) {
    if (cname != nullptr && !cname->data.empty()) checkAccounts(cname->data);
    if (answer.type == "CNAME") return negative(zone, DnsRcode::kNoError);
    auto& edge = answer.type == "A" ? zones.edgeAddresses4() : zones.edgeAddresses6();
    if (edge.empty()) return negative(zone, DnsRcode::kNoError);
    for (const std::string& address : edge) add({answer.type, kProxiedTtl, address});
    return false;
  }

  // A proxied CNAME may lead to a name of another account only where that account has the name as
  // a custom hostname, which makes it the owner of both.
  void checkAccounts(std::string target) {
    int64_t own = zones.lookup(current, "").accountId;
    for (int i = 0; i < kMostCnames; i++) {
      int64_t other = zones.lookup(target, "").accountId;
      if (other != 0) {
        if (own == 0 || other == own) return;
        answer.code = kCrossAccountCname;
        answer.text = "the proxied CNAME of \"" + current + "\" (account " + std::to_string(own) +
                      ") leads to \"" + target + "\" of account " + std::to_string(other);
        return;
      }
      const Zone* zone = zones.zoneOf(target);
      const DnsNode* node = zone == nullptr ? nullptr : nodeOf(*zone, target);
      const DnsRecord* next = node == nullptr ? nullptr : node->find("CNAME");
      if (next == nullptr || next->data.empty()) return;
      target = next->data;
    }
  }

  bool follow(const Zone& zone, const DnsNode& node, const DnsRecord& cname) {
    if (isAddressType() && flattened.empty() && (question.flatten || flattens(zone, node))) {
      flattened = current;
    }
    if (flattened.empty()) {
      add(cname);
    } else {
      leastTtl = std::min(leastTtl, cname.ttl);
    }
    visited.push_back(current);
    current = cname.data;
    answer.chain.push_back(current);
    if (std::find(visited.begin(), visited.end(), current) != visited.end()) {
      return fail(DnsRcode::kServFail, "the CNAMEs are a loop: " + path());
    }
    if (int(answer.chain.size()) > kMostCnames) {
      return fail(DnsRcode::kServFail, "more than 16 CNAMEs: " + path());
    }
    return true;
  }

  std::string path() const {
    std::string text;
    for (const std::string& name : visited) text += name + " -> ";
    return text + current;
  }

  const RrdnsZones& zones;
  const DnsQuestion& question;
  DnsAnswer answer;
  std::string current;
  std::string flattened;  // the name that stands for all that follow; empty: none yet
  uint32_t leastTtl = kMostTtl;
  std::vector<std::string> visited;
};

}  // namespace

DnsAnswer lookupDns(const RrdnsZones& zones, const DnsQuestion& question) {
  return Lookup(zones, question).run();
}

std::string_view nameOf(const DnsAnswer& answer) {
  switch (answer.rcode) {
    case DnsRcode::kNoError:
      return !answer.authority.empty() && answer.authority[0].record.type == "SOA" ? "noData"
                                                                                   : "noError";
    case DnsRcode::kFormErr:
      return "formErr";
    case DnsRcode::kServFail:
      return "servFail";
    case DnsRcode::kNxDomain:
      return "nxDomain";
    case DnsRcode::kNotImp:
      return "notImp";
    case DnsRcode::kRefused:
      return "refused";
  }
  return "";
}

}  // namespace flamesim::mocks
