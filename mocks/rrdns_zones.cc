#include "mocks/rrdns_zones.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>

#include "mocks/json_input.h"

namespace flamesim::mocks {
namespace {

// Lower case, without the final dot.
std::string normalizeName(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::string out(name);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  }
  return out;
}

// An IPv4 or IPv6 address in binary form, 4 or 16 bytes; an IPv6 one may stand in brackets. An
// IPv4-mapped IPv6 address is the IPv4 address.
std::optional<std::string> parseAddress(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  }
  std::string copy(text);
  std::array<char, 16> bytes{};
  if (inet_pton(AF_INET, copy.c_str(), bytes.data()) == 1) return std::string(bytes.data(), 4);
  if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) != 1) return std::nullopt;
  std::string address(bytes.data(), 16);
  static const std::string kMapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  return address.starts_with(kMapped) ? address.substr(12) : address;
}

// What is wrong with a normalized name (RFC 1035 section 2.3.4), or empty. Underscores and the like
// are left alone: such names are in use.
std::string nameFault(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > 253) return "is longer than 253 characters";
  size_t start = 0;
  while (true) {
    size_t dot = std::min(name.find('.', start), name.size());
    std::string_view label = name.substr(start, dot - start);
    if (label.empty()) return "has an empty label";
    if (label.size() > 63) return "has a label of more than 63 characters";
    for (char c : label) {
      if (c <= ' ' || c == 0x7f || c == '/' || c == ':' || c == '@') {
        return "has a character that no hostname has";
      }
      if (uint8_t(c) >= 0x80) return "is not ASCII (write the xn-- form)";
      if (c == '*' && (label.size() > 1 || start > 0)) {
        return "has a \"*\" that is not the whole first label";
      }
    }
    if (dot == name.size()) return "";
    start = dot + 1;
  }
}

constexpr std::array<std::string_view, 20> kRecordTypes{
    "A",  "AAAA",   "CNAME", "TXT", "MX",  "NS",   "SRV",  "CAA",   "PTR",    "HTTPS",
    "DS", "DNSKEY", "TLSA",  "URI", "LOC", "SVCB", "CERT", "NAPTR", "SMIMEA", "SSHFP"};

bool canBeProxied(std::string_view type) {
  return type == "A" || type == "AAAA" || type == "CNAME";
}

}  // namespace

// Reads the file's parts in order and notes every problem.
class ZonesLoader {
 public:
  ZonesLoader(JsonInput& input, RrdnsZones& zones) : input(input), data(zones) {}

  void load() {
    ObjectReader root(input, input.root(), "$");
    const Json& accounts = root.optionalArray("accounts");
    for (size_t i = 0; i < accounts.size(); i++) {
      addAccount(accounts[i], indexPath("$.accounts", i));
    }
    const Json& zones = root.optionalArray("zones");
    for (size_t i = 0; i < zones.size(); i++) addZone(zones[i], indexPath("$.zones", i));
    const Json& hostnames = root.optionalArray("customHostnames");
    for (size_t i = 0; i < hostnames.size(); i++) {
      addHostname(hostnames[i], indexPath("$.customHostnames", i));
    }
    if (const Json* addresses = root.optional("addresses")) addAddresses(*addresses);
    root.done();
    input.throwProblems();
  }

 private:
  void addAccount(const Json& value, const std::string& path) {
    ObjectReader reader(input, value, path);
    int64_t id = reader.requiredInteger("id");
    std::string tag = reader.optionalString("tag");
    reader.optionalString("name");  // for people
    reader.done();
    if (!value.is_object() || !value.contains("id")) return;
    if (id <= 0) {
      input.problem(reader.pathOf("id"), "an account's id is an integer greater than 0");
    } else if (!accounts.emplace(id, std::move(tag)).second) {
      input.problem(reader.pathOf("id"), "account " + std::to_string(id) + " is given twice");
    }
  }

  // An Ownership of the account that is named at `path`.
  Ownership ownerOf(int64_t account, const std::string& path, OwnerKind kind,
                    std::string zoneName) {
    auto found = accounts.find(account);
    if (found == accounts.end()) {
      std::vector<std::string> ids;
      for (const auto& [id, tag] : accounts) ids.push_back(std::to_string(id));
      input.problem(path, "account " + std::to_string(account) + " is not in \"accounts\"",
                    suggestion(std::to_string(account), ids));
      return {};
    }
    return {account, found->second, std::move(zoneName), kind};
  }

  Ownership readOwner(ObjectReader& reader, const Json& value, OwnerKind kind, std::string zone) {
    int64_t account = reader.requiredInteger("account");
    if (!value.is_object() || !value.contains("account")) return {};
    if (!value["account"].is_number_integer()) return {};
    return ownerOf(account, reader.pathOf("account"), kind, std::move(zone));
  }

  // The name in normal form; notes a problem and returns empty where it is not one.
  std::string readName(const std::string& given, const std::string& path) {
    std::string name = normalizeName(given);
    std::string fault = nameFault(name);
    if (fault.empty()) return name;
    if (!given.empty()) input.problem(path, "the name \"" + given + "\" " + fault);
    return "";
  }

  void addZone(const Json& value, const std::string& path) {
    ObjectReader reader(input, value, path);
    std::string name = readName(reader.requiredString("name"), reader.pathOf("name"));
    RrdnsZones::Zone zone{
        .owner = readOwner(reader, value, OwnerKind::kZone, name), .exact = {}, .wildcards = {}};
    const Json& records = reader.optionalArray("records");
    for (size_t i = 0; i < records.size(); i++) {
      addRecord(zone, name, records[i], indexPath(reader.pathOf("records"), i));
    }
    reader.done();
    if (name.empty()) return;
    if (name.starts_with("*")) {
      input.problem(reader.pathOf("name"), "a zone's name cannot be a wildcard");
    } else if (!data.zones.emplace(name, std::move(zone)).second) {
      input.problem(reader.pathOf("name"), "the zone \"" + name + "\" is given twice");
    }
  }

  void addRecord(RrdnsZones::Zone& zone, const std::string& zoneName, const Json& value,
                 const std::string& path) {
    ObjectReader reader(input, value, path);
    std::string given = reader.requiredString("name");
    std::string type = reader.requiredString("type");
    bool proxied = reader.optionalBool("proxied", false);
    reader.optionalString("content");  // for people; ownership does not depend on it
    reader.done();
    if (!type.empty() &&
        std::find(kRecordTypes.begin(), kRecordTypes.end(), type) == kRecordTypes.end()) {
      input.problem(reader.pathOf("type"), "\"" + type + "\" is not a type of record",
                    suggestion(type, {kRecordTypes.begin(), kRecordTypes.end()}));
    } else if (proxied && !type.empty() && !canBeProxied(type)) {
      input.problem(reader.pathOf("proxied"), "a record of type " + type + " cannot be proxied",
                    "only A, AAAA and CNAME can");
    }
    if (given.empty() || zoneName.empty()) return;
    std::string name = given == "@" ? zoneName : normalizeName(given);
    if (name != zoneName && !name.ends_with("." + zoneName)) name += "." + zoneName;
    std::string fault = nameFault(name);
    if (!fault.empty()) {
      return input.problem(reader.pathOf("name"), "the name \"" + given + "\" " + fault);
    }
    if (!proxied) return;
    if (name.starts_with("*.")) {
      zone.wildcards.insert(name.substr(2));
    } else {
      zone.exact.insert(name);
    }
  }

  void addHostname(const Json& value, const std::string& path) {
    ObjectReader reader(input, value, path);
    std::string given = reader.requiredString("hostname");
    std::string kind = reader.requiredString("kind");
    std::string zone = normalizeName(reader.optionalString("zone"));
    bool legacy = kind == "legacy";
    Ownership owner =
        readOwner(reader, value,
                  legacy ? OwnerKind::kLegacyCustomHostname : OwnerKind::kCustomHostname, zone);
    reader.done();
    if (!kind.empty() && !legacy && kind != "new") {
      input.problem(reader.pathOf("kind"), "a custom hostname is \"new\" or \"legacy\"",
                    suggestion(kind, {"new", "legacy"}));
    }
    std::string name = readName(given, reader.pathOf("hostname"));
    if (name.empty()) return;
    bool wildcard = name.starts_with("*.");
    if (wildcard && legacy) {
      return input.problem(reader.pathOf("hostname"),
                           "a legacy custom hostname cannot be a wildcard");
    }
    auto& table = wildcard ? data.newWildcards : legacy ? data.legacyHostnames : data.newHostnames;
    if (!table.emplace(wildcard ? name.substr(2) : name, std::move(owner)).second) {
      input.problem(reader.pathOf("hostname"),
                    "the " + kind + " custom hostname \"" + name + "\" is given twice");
    }
  }

  void addAddresses(const Json& value) {
    const std::string path = "$.addresses";
    if (!value.is_object()) {
      return input.problem(path, "expected an object of address: account, found " +
                                     std::string(describeType(value)));
    }
    for (const auto& [text, account] : value.items()) {
      std::string here = keyPath(path, text);
      auto address = parseAddress(text);
      if (!address) {
        input.problem(here, "\"" + text + "\" is not an IPv4 or IPv6 address");
      } else if (!account.is_number_integer()) {
        input.problem(here,
                      "expected the id of an account, found " + std::string(describeType(account)));
      } else if (!data.addresses
                      .emplace(*address,
                               ownerOf(account.get<int64_t>(), here, OwnerKind::kAddress, ""))
                      .second) {
        input.problem(here, "the address " + text + " is given twice");
      }
    }
  }

  JsonInput& input;
  RrdnsZones& data;
  std::unordered_map<int64_t, std::string> accounts;  // id -> tag
};

std::shared_ptr<const RrdnsZones> RrdnsZones::load(const std::filesystem::path& path) {
  JsonInput input = JsonInput::load(path);
  std::shared_ptr<RrdnsZones> zones(new RrdnsZones());
  ZonesLoader(input, *zones).load();
  return zones;
}

std::shared_ptr<const RrdnsZones> RrdnsZones::parse(std::string text, std::string file) {
  JsonInput input = JsonInput::parse(std::move(text), std::move(file));
  std::shared_ptr<RrdnsZones> zones(new RrdnsZones());
  ZonesLoader(input, *zones).load();
  return zones;
}

const Ownership& RrdnsZones::lookup(std::string_view queryName,
                                    std::string_view connectViaAddr) const {
  std::string name = normalizeName(queryName);
  auto literal = name.empty() ? std::nullopt : parseAddress(name);
  if (!name.empty() && !literal) return byName(name);
  auto connected = connectViaAddr.empty() ? literal : parseAddress(connectViaAddr);
  if (!connected) return nobody;
  auto found = addresses.find(*connected);
  return found == addresses.end() ? nobody : found->second;
}

const Ownership& RrdnsZones::byName(std::string_view name) const {
  if (auto it = newHostnames.find(name); it != newHostnames.end()) return it->second;
  if (auto it = legacyHostnames.find(name); it != legacyHostnames.end()) return it->second;
  const Zone* zone = zoneOf(name);
  if (zone != nullptr && zone->exact.contains(name)) return zone->owner;
  std::string_view parent = name;
  for (size_t dot = parent.find('.'); dot != parent.npos; dot = parent.find('.')) {
    parent.remove_prefix(dot + 1);
    if (zone != nullptr && zone->wildcards.contains(parent)) return zone->owner;
    if (auto it = newWildcards.find(parent); it != newWildcards.end()) return it->second;
  }
  return nobody;
}

const RrdnsZones::Zone* RrdnsZones::zoneOf(std::string_view name) const {
  while (true) {
    if (auto it = zones.find(name); it != zones.end()) return &it->second;
    size_t dot = name.find('.');
    if (dot == name.npos) return nullptr;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace flamesim::mocks
