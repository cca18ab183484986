// How RrdnsZones come out of JSON and zone files.
#include <algorithm>
#include <optional>

#include "mocks/bind_zone.h"
#include "mocks/dns_name.h"
#include "mocks/json_input.h"
#include "mocks/rrdns_zones.h"

namespace flamesim::mocks {
namespace {

namespace fs = std::filesystem;

// Of the blocks that are kept for documentation (RFC 5737, RFC 3849).
constexpr const char* kDefaultEdge[] = {"192.0.2.10", "192.0.2.20", "2001:db8::10", "2001:db8::20"};

// A zone that says nothing of it.
constexpr uint32_t kDefaultSoaTtl = 3600;
constexpr const char* kDefaultSoaTimes = " 1 10000 2400 604800 1800";

// A name of a zone as people write it: "@", "www", "*.api", or whole.
std::string nameInZone(std::string_view given, const std::string& zone) {
  std::string name = given == "@" ? zone : normalizeName(given);
  return isWithin(name, zone) ? name : name + "." + zone;
}

}  // namespace

// Reads the file's parts in order and notes every problem.
class ZonesLoader {
 public:
  // `input`: nullptr where there is no JSON file.
  ZonesLoader(JsonInput* input, RrdnsZones& zones, std::vector<fs::path>* seen)
      : json(input), data(zones), seen(seen) {}

  void load(const RrdnsSources& sources) {
    if (json != nullptr) loadJson();
    for (const ZoneFile& each : sources.zoneFiles) addZoneFile(each);
    for (const std::string& address : sources.edgeAddresses) addEdgeAddress(address);
    finish();
  }

 private:
  void finish() {
    if (json != nullptr) {
      for (Problem& problem : foreign) json->foreignProblem(std::move(problem));
      json->throwProblems();
    } else if (!foreign.empty()) {
      std::string first = foreign[0].file;
      throw InputError(std::move(first), std::move(foreign));
    }
    if (data.edge4.empty() && data.edge6.empty()) {
      for (const char* address : kDefaultEdge) addEdgeAddress(address);
    }
    for (auto& [name, zone] : data.zones) complete(zone);
  }

  void loadJson() {
    JsonInput& input = *json;
    ObjectReader root(input, input.root(), "$");
    const Json& accountList = root.optionalArray("accounts");
    for (size_t i = 0; i < accountList.size(); i++) {
      addAccount(accountList[i], indexPath("$.accounts", i));
    }
    const Json& zones = root.optionalArray("zones");
    for (size_t i = 0; i < zones.size(); i++) addZone(zones[i], indexPath("$.zones", i));
    const Json& hostnames = root.optionalArray("customHostnames");
    for (size_t i = 0; i < hostnames.size(); i++) {
      addHostname(hostnames[i], indexPath("$.customHostnames", i));
    }
    if (const Json* addresses = root.optional("addresses")) addAddresses(*addresses);
    const Json& edge = root.optionalArray("edgeAddresses");
    for (size_t i = 0; i < edge.size(); i++) {
      bool good = edge[i].is_string() && addEdgeAddress(edge[i].get<std::string>());
      if (!good) {
        input.problem(indexPath("$.edgeAddresses", i), "this is not an IPv4 or IPv6 address",
                      "such as \"192.0.2.10\"");
      }
    }
    root.done();
  }

  void problem(const std::string& path, std::string message, std::string help = "") {
    json->problem(path, std::move(message), std::move(help));
  }

  bool addEdgeAddress(const std::string& text) {
    auto address = parseAddress(text);
    if (!address) return false;
    (address->size() == 4 ? data.edge4 : data.edge6).push_back(addressText(*address));
    return true;
  }

  void addAccount(const Json& value, const std::string& path) {
    ObjectReader reader(*json, value, path);
    int64_t id = reader.requiredInteger("id");
    std::string tag = reader.optionalString("tag");
    reader.optionalString("name");  // for people
    reader.done();
    if (!value.is_object() || !value.contains("id")) return;
    if (id <= 0) {
      problem(reader.pathOf("id"), "an account's id is an integer greater than 0");
    } else if (!accounts.emplace(id, std::move(tag)).second) {
      problem(reader.pathOf("id"), "account " + std::to_string(id) + " is given twice");
    }
  }

  // An Ownership of the account that is named at `path`.
  Ownership ownerOf(int64_t account, const std::string& path, OwnerKind kind,
                    std::string zoneName) {
    auto found = accounts.find(account);
    if (found == accounts.end()) {
      std::vector<std::string> ids;
      for (const auto& [id, tag] : accounts) ids.push_back(std::to_string(id));
      problem(path, "account " + std::to_string(account) + " is not in \"accounts\"",
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
    if (!given.empty()) problem(path, "the name \"" + given + "\" " + fault);
    return "";
  }

  void addZone(const Json& value, const std::string& path) {
    ObjectReader reader(*json, value, path);
    std::string name = readName(reader.requiredString("name"), reader.pathOf("name"));
    RrdnsZones::Zone zone;
    zone.name = name;
    zone.owner = readOwner(reader, value, OwnerKind::kZone, name);
    zone.flatten = reader.optionalBool("flatten", false);
    const Json& records = reader.optionalArray("records");
    for (size_t i = 0; i < records.size(); i++) {
      addRecord(zone, records[i], indexPath(reader.pathOf("records"), i));
    }
    std::string file = reader.optionalString("file");
    std::vector<std::string> proxied = readStrings(reader, "proxied");
    reader.done();
    if (name.empty()) return;
    if (name.starts_with("*")) {
      return problem(reader.pathOf("name"), "a zone's name cannot be a wildcard");
    }
    if (!file.empty()) addFileOf(zone, reader, file, proxied);
    if (file.empty() && value.contains("proxied")) {
      problem(reader.pathOf("proxied"), "\"proxied\" is for zones with a \"file\"",
              "records say themselves whether they are proxied");
    }
    if (!data.zones.emplace(name, std::move(zone)).second) {
      problem(reader.pathOf("name"), "the zone \"" + name + "\" is given twice");
    }
  }

  std::vector<std::string> readStrings(ObjectReader& reader, std::string_view key) {
    std::vector<std::string> strings;
    const Json& list = reader.optionalArray(key);
    for (size_t i = 0; i < list.size(); i++) {
      if (list[i].is_string()) {
        strings.push_back(list[i].get<std::string>());
      } else {
        problem(indexPath(reader.pathOf(key), i),
                "expected a string, found " + std::string(describeType(list[i])));
      }
    }
    return strings;
  }

  void addFileOf(RrdnsZones::Zone& zone, ObjectReader& reader, const std::string& file,
                 const std::vector<std::string>& proxied) {
    fs::path path = file;
    if (path.is_relative()) path = fs::path(json->file()).parent_path() / path;
    std::error_code error;
    if (!fs::is_regular_file(path, error)) {
      if (seen != nullptr) seen->push_back(path);
      return problem(reader.pathOf("file"), "there is no file \"" + file + "\"",
                     "paths are relative to the file that names them: " + path.string());
    }
    if (!addRecordsOf(zone, path)) return;
    for (size_t i = 0; i < proxied.size(); i++) {
      std::string fault = setProxied(zone, proxied[i]);
      if (!fault.empty()) problem(indexPath(reader.pathOf("proxied"), i), fault);
    }
  }

  // A zone that flamesim.jsonc refers to.
  void addZoneFile(const ZoneFile& given) {
    RrdnsZones::Zone zone;
    zone.name = normalizeName(given.name);
    auto account = accounts.find(given.account);
    zone.owner = {given.account, account == accounts.end() ? "" : account->second, zone.name,
                  OwnerKind::kZone};
    auto fail = [&](std::string message) {
      foreign.push_back({.path = "", .message = std::move(message), .file = given.file.string()});
    };
    std::string fault = nameFault(zone.name);
    if (fault.empty() && zone.name.starts_with("*")) fault = "is a wildcard";
    if (!fault.empty()) return fail("the zone's name \"" + given.name + "\" " + fault);
    if (!addRecordsOf(zone, given.file)) return;
    for (const std::string& name : given.proxied) {
      fault = setProxied(zone, name);
      if (!fault.empty()) fail(fault);
    }
    std::string name = zone.name;
    if (!data.zones.emplace(name, std::move(zone)).second) {
      fail("the zone \"" + name + "\" is given twice");
    }
  }

  // False: the file had errors.
  bool addRecordsOf(RrdnsZones::Zone& zone, const fs::path& path) {
    size_t before = foreign.size();
    try {
      BindZone parsed = parseBindZone(path, zone.name, readZoneFileFromDisk(), seen);
      for (BindRecord& record : parsed.records) {
        std::string fault =
            add(zone, record.name, std::move(record.record), record.proxied, record.flatten);
        if (!fault.empty()) foreign.push_back(parsed.problemAt(record.position, fault));
      }
    } catch (const InputError& error) {
      for (Problem problem : error.problems) {
        if (problem.file.empty()) problem.file = error.file;
        foreign.push_back(std::move(problem));
      }
    }
    return foreign.size() == before;
  }

  // Marks what a zone file has at the name; returns a fault, or empty.
  static std::string setProxied(RrdnsZones::Zone& zone, const std::string& given) {
    std::string name = nameInZone(given, zone.name);
    auto found = zone.nodes.find(name);
    if (found == zone.nodes.end() ||
        std::none_of(found->second.records.begin(), found->second.records.end(),
                     [](auto& record) { return canBeProxied(record.type); })) {
      return "\"" + given + "\" is to be proxied, but the zone file has no A, AAAA or CNAME there";
    }
    markProxied(zone, name, found->second);
    return "";
  }

  static void markProxied(RrdnsZones::Zone& zone, const std::string& name, DnsNode& node) {
    node.proxied = true;
    if (name.starts_with("*.")) {
      zone.wildcards.insert(name.substr(2));
    } else {
      zone.exact.insert(name);
    }
  }

  void addRecord(RrdnsZones::Zone& zone, const Json& value, const std::string& path) {
    ObjectReader reader(*json, value, path);
    std::string given = reader.requiredString("name");
    std::string type = reader.requiredString("type");
    bool proxied = reader.optionalBool("proxied", false);
    bool flatten = reader.optionalBool("flatten", false);
    std::string content = reader.optionalString("content");
    uint32_t ttl = readTtl(reader);
    if (value.is_object() && value.contains("priority")) {
      content = std::to_string(reader.requiredInteger("priority")) + " " + content;
    }
    reader.done();
    auto* known = findRecordType(type);
    if (!type.empty() && known == nullptr) {
      problem(reader.pathOf("type"), "\"" + type + "\" is not a type of record",
              suggestion(type, recordTypeNames()));
    } else if (proxied && !type.empty() && !canBeProxied(type)) {
      problem(reader.pathOf("proxied"), "a record of type " + type + " cannot be proxied",
              "only A, AAAA and CNAME can");
    }
    if (given.empty() || zone.name.empty()) return;
    std::string name = nameInZone(given, zone.name);
    std::string fault = nameFault(name);
    if (!fault.empty()) {
      return problem(reader.pathOf("name"), "the name \"" + given + "\" " + fault);
    }
    if (known == nullptr) return;
    DnsRecord record{.type = type, .ttl = ttl, .data = {}};
    if (!content.empty()) {
      if (auto wrong = readContent(*known, content, record.data)) {
        return problem(reader.pathOf("content"), wrong->message, wrong->help);
      }
    }
    if (type == "SOA" && (name != zone.name || record.data.empty())) {
      return problem(reader.pathOf("type"),
                     "an SOA stands at the zone's own name, with its content");
    }
    fault = add(zone, name, std::move(record), proxied, flatten);
    if (!fault.empty()) problem(path, fault);
  }

  uint32_t readTtl(ObjectReader& reader) {
    const Json* member = reader.optional("ttl");
    if (member == nullptr) return kAutomaticTtl;
    // 1 is "automatic", as in Cloudflare's API.
    if (member->is_number_unsigned() && member->get<uint64_t>() <= kMostTtl) {
      auto ttl = uint32_t(member->get<uint64_t>());
      return ttl == 1 ? kAutomaticTtl : ttl;
    }
    problem(reader.pathOf("ttl"), "a TTL is a whole number of seconds from 0 to 2147483647",
            "1 stands for automatic, 300 seconds");
    return kAutomaticTtl;
  }

  // Returns a fault, or empty. A record without data is there for ownership only.
  std::string add(RrdnsZones::Zone& zone, const std::string& name, DnsRecord record, bool proxied,
                  bool flatten) {
    for (auto parent = std::string_view(name); parent != zone.name; parent = parentOf(parent)) {
      if (auto at = zone.nodes.find(parent); at != zone.nodes.end()) break;
      zone.nodes.emplace(parent, DnsNode{});
    }
    DnsNode& node = zone.nodes[name];
    if (proxied) markProxied(zone, name, node);
    if (flatten) node.flatten = true;
    if (record.type == "SOA") {
      if (zone.soa.data.empty()) zone.soa = record;
      return "";
    }
    if (std::find(node.records.begin(), node.records.end(), record) != node.records.end()) {
      return "";
    }
    std::string fault = conflict(zone, name, node, record);
    if (!fault.empty()) return fault;
    node.records.push_back(std::move(record));
    data.records++;
    return "";
  }

  // RFC 1034 section 3.6.2: beside a CNAME there is nothing else. The apex is flattened; only
  // addresses are in the way there.
  static std::string conflict(const RrdnsZones::Zone& zone, const std::string& name,
                              const DnsNode& node, const DnsRecord& record) {
    bool apex = name == zone.name;
    auto inTheWay = [&](const std::string& type) {
      return type == "CNAME" || !apex || canBeProxied(type);
    };
    for (const DnsRecord& other : node.records) {
      bool one = other.type == "CNAME" && inTheWay(record.type);
      bool two = record.type == "CNAME" && inTheWay(other.type);
      if (!one && !two) continue;
      return other.type == record.type
                 ? "\"" + name + "\" has a second CNAME"
                 : "\"" + name + "\" has a CNAME and a record of type " +
                       (one ? record.type : other.type) + ": a CNAME stands alone";
    }
    return "";
  }

  // What a zone has without saying so.
  static void complete(RrdnsZones::Zone& zone) {
    DnsNode& apex = zone.nodes[zone.name];
    if (zone.soa.data.empty()) {
      const DnsRecord* ns = apex.find("NS");
      std::string first = ns != nullptr && !ns->data.empty() ? ns->data : "ns." + zone.name;
      zone.soa = {.type = "SOA",
                  .ttl = kDefaultSoaTtl,
                  .data = first + " dns." + zone.name + kDefaultSoaTimes};
    }
    apex.records.insert(apex.records.begin(), zone.soa);
  }

  void addHostname(const Json& value, const std::string& path) {
    ObjectReader reader(*json, value, path);
    std::string given = reader.requiredString("hostname");
    std::string kind = reader.requiredString("kind");
    std::string zone = normalizeName(reader.optionalString("zone"));
    bool legacy = kind == "legacy";
    Ownership owner =
        readOwner(reader, value,
                  legacy ? OwnerKind::kLegacyCustomHostname : OwnerKind::kCustomHostname, zone);
    reader.done();
    if (!kind.empty() && !legacy && kind != "new") {
      problem(reader.pathOf("kind"), "a custom hostname is \"new\" or \"legacy\"",
              suggestion(kind, {"new", "legacy"}));
    }
    std::string name = readName(given, reader.pathOf("hostname"));
    if (name.empty()) return;
    bool wildcard = name.starts_with("*.");
    if (wildcard && legacy) {
      return problem(reader.pathOf("hostname"), "a legacy custom hostname cannot be a wildcard");
    }
    auto& table = wildcard ? data.newWildcards : legacy ? data.legacyHostnames : data.newHostnames;
    if (!table.emplace(wildcard ? name.substr(2) : name, std::move(owner)).second) {
      problem(reader.pathOf("hostname"),
              "the " + kind + " custom hostname \"" + name + "\" is given twice");
    }
  }

  void addAddresses(const Json& value) {
    const std::string path = "$.addresses";
    if (!value.is_object()) {
      return problem(path, "expected an object of address: account, found " +
                               std::string(describeType(value)));
    }
    for (const auto& [text, account] : value.items()) {
      std::string here = keyPath(path, text);
      auto address = parseAddress(text);
      if (!address) {
        problem(here, "\"" + text + "\" is not an IPv4 or IPv6 address");
      } else if (!account.is_number_integer()) {
        problem(here, "expected the id of an account, found " + std::string(describeType(account)));
      } else if (!data.addresses
                      .emplace(*address,
                               ownerOf(account.get<int64_t>(), here, OwnerKind::kAddress, ""))
                      .second) {
        problem(here, "the address " + text + " is given twice");
      }
    }
  }

  JsonInput* json;
  RrdnsZones& data;
  std::vector<fs::path>* seen;
  std::vector<Problem> foreign;                       // of zone files
  std::unordered_map<int64_t, std::string> accounts;  // id -> tag
};

std::shared_ptr<const RrdnsZones> RrdnsZones::load(const RrdnsSources& sources,
                                                   std::vector<fs::path>* seen) {
  std::shared_ptr<RrdnsZones> zones(new RrdnsZones());
  if (sources.json.empty()) {
    ZonesLoader(nullptr, *zones, seen).load(sources);
    return zones;
  }
  if (seen != nullptr) seen->push_back(sources.json);
  JsonInput input = JsonInput::load(sources.json);
  ZonesLoader(&input, *zones, seen).load(sources);
  return zones;
}

std::shared_ptr<const RrdnsZones> RrdnsZones::load(const fs::path& json) {
  return load(RrdnsSources{.json = json, .zoneFiles = {}, .edgeAddresses = {}});
}

std::shared_ptr<const RrdnsZones> RrdnsZones::parse(std::string text, std::string file) {
  JsonInput input = JsonInput::parse(std::move(text), std::move(file));
  std::shared_ptr<RrdnsZones> zones(new RrdnsZones());
  ZonesLoader(&input, *zones, nullptr).load({});
  return zones;
}

}  // namespace flamesim::mocks
