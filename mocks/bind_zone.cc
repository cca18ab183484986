#include "mocks/bind_zone.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "mocks/bind_lexer.h"
#include "mocks/dns_name.h"

namespace flamesim::mocks {
namespace {

namespace fs = std::filesystem;

constexpr int kMostDepth = 10;
constexpr size_t kMostFiles = 1000;
constexpr size_t kMostBytes = 64u << 20;
constexpr size_t kMostProblems = 100;

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = char(c - 'a' + 'A');
  }
  return out;
}

// The tags of a comment as Cloudflare's export writes them: "people's text cf_tags=a:b,c".
void readTags(std::string_view comment, BindRecord& record) {
  constexpr std::string_view kKey = "cf_tags=";
  size_t at = comment.find(kKey);
  if (at == comment.npos) return;
  auto tags = comment.substr(at + kKey.size());
  while (!tags.empty()) {
    size_t end = std::min(tags.find_first_of(", \t\r"), tags.size());
    auto tag = tags.substr(0, end);
    if (tag == "cf-proxied:true") record.proxied = true;
    if (tag == "cf-flatten-cname" || tag == "cf-flatten-cname:true") record.flatten = true;
    tags.remove_prefix(std::min(end + 1, tags.size()));
  }
  if (record.record.ttl == 1) record.record.ttl = kAutomaticTtl;
}

class ZoneParser {
 public:
  ZoneParser(std::string_view zoneName, const ZoneFileReader& read, std::vector<fs::path>* seen)
      : zoneName(zoneName), read(read), seen(seen) {}

  BindZone parse(const fs::path& path) {
    auto text = look(path);
    if (!text) throw InputError(path.string(), "the zone file cannot be read");
    State state{.origin = std::string(zoneName), .owner = {}};
    addFile(path, std::move(*text), state, 0);
    if (!problems.empty()) throw InputError(path.string(), std::move(problems));
    return std::move(zone);
  }

 private:
  struct State {
    std::string origin;
    std::string owner;  // empty: none yet
  };

  // One entry, with its place.
  struct Line {
    size_t file;
    BindEntry& entry;
    size_t next = 0;  // the token to read

    bool atEnd() const { return next == entry.tokens.size(); }
    const RdataToken& token() const { return entry.tokens[next]; }
  };

  std::optional<std::string> look(const fs::path& path) {
    if (seen != nullptr) seen->push_back(path);
    return read(path);
  }

  void error(size_t file, size_t offset, std::string message, std::string help = "") {
    if (problems.size() >= kMostProblems) return;
    problems.push_back(zone.problemAt({file, offset}, std::move(message), std::move(help)));
  }
  // At the next token, or after the last one.
  void error(const Line& line, std::string message, std::string help = "") {
    error(line.file, offsetOf(line, line.next), std::move(message), std::move(help));
  }
  static size_t offsetOf(const Line& line, size_t token) {
    auto& tokens = line.entry.tokens;
    if (token < tokens.size()) return tokens[token].offset;
    return tokens.back().offset + tokens.back().text.size() + (tokens.back().quoted ? 2 : 0);
  }

  // `state` is the includer's own copy: what a file changes ends with it.
  void addFile(const fs::path& path, std::string text, State state, int depth) {
    size_t index = zone.files.size();
    bytes += text.size();
    zone.files.push_back({path, std::move(text)});
    if (bytes > kMostBytes) return error(index, 0, "the zone's files have more than 64 MiB");
    BindLexer lexer(zone.files[index].text);
    BindEntry entry;
    while (problems.size() < kMostProblems && lexer.next(entry)) {
      if (!lexer.fault.empty()) {
        error(index, lexer.faultOffset, lexer.fault, lexer.help);
        continue;
      }
      Line line{index, entry};
      auto& first = entry.tokens[0];
      if (!first.quoted && first.text.starts_with('$')) {
        readDirective(line, state, depth);
      } else {
        readRecord(line, state);
      }
    }
  }

  void readDirective(Line& line, State& state, int depth) {
    std::string name = upper(line.token().text);
    size_t count = line.entry.tokens.size();
    size_t most = name == "$INCLUDE" ? 3 : 2;
    if (name != "$ORIGIN" && name != "$TTL" && name != "$INCLUDE") {
      return error(line, "\"" + line.token().text + "\" is not a directive that flamesim knows",
                   suggestion(name, {"$ORIGIN", "$TTL", "$INCLUDE"}));
    }
    line.next = 1;
    if (count < 2) {
      return error(line, name + " lacks its value",
                   name == "$ORIGIN" ? "such as $ORIGIN example.com."
                   : name == "$TTL"  ? "such as $TTL 1h"
                                     : "such as $INCLUDE hosts.zone");
    }
    if (count > most) {
      line.next = most;
      return error(line, "\"" + line.token().text + "\" is too much for " + name);
    }
    if (name == "$ORIGIN") {
      readOrigin(line, state);
      return;
    }
    if (name == "$INCLUDE") return include(line, state, depth);
    defaultTtl = parseTime(line.token().text);
    if (!defaultTtl) {
      error(line, "\"" + line.token().text + "\" is not a time",
            "it is seconds, or such as 1h30m, up to 2147483647 seconds");
    }
  }

  bool readOrigin(const Line& line, State& state) {
    std::string name;
    std::string fault = line.token().text == "." ? "is the root, which is above the zone"
                                                 : readName(line.token().text, state.origin, name);
    if (!fault.empty()) {
      error(line, "the origin \"" + line.token().text + "\" " + fault);
      return false;
    }
    state.origin = name;
    return true;
  }

  void include(Line& line, const State& state, int depth) {
    State inner = state;
    const RdataToken given = line.token();
    if (line.entry.tokens.size() == 3) {
      line.next = 2;
      if (!readOrigin(line, inner)) return;
      line.next = 1;
    }
    if (depth + 1 > kMostDepth) {
      return error(line, "files include each other more than 10 deep",
                   "look whether one includes itself");
    }
    if (zone.files.size() >= kMostFiles) return error(line, "more than 1000 files are included");
    if (given.text.empty()) return error(line, "the name of the file is empty");
    fs::path path = given.text;
    if (path.is_relative()) path = zone.files[line.file].path.parent_path() / path;
    auto text = look(path);
    if (!text) {
      return error(line, "the file \"" + given.text + "\" cannot be read",
                   "paths are relative to the file that includes: " + path.string());
    }
    addFile(path, std::move(*text), std::move(inner), depth + 1);
  }

  void readRecord(Line& line, State& state) {
    BindRecord record;
    record.position = {line.file, line.entry.tokens[0].offset};
    if (!line.entry.startsWithBlank && !readOwner(line, state)) return;
    if (state.owner.empty()) {
      return error(line, "a record without a name, and none before it has one",
                   "begin the line with a name, or with @ for the zone itself");
    }
    record.name = state.owner;
    std::optional<uint32_t> ttl;
    if (!readTtlAndClass(line, ttl)) return;
    auto* type = readType(line);
    if (type == nullptr) return;
    record.record.type = type->name;
    auto data = std::span(line.entry.tokens).subspan(line.next);
    if (auto fault = readRdata(*type, data, state.origin, record.record.data)) {
      line.next += fault->token;
      return error(line, std::move(fault->message), std::move(fault->help));
    }
    if (type->name == "SOA" && !ttl && !defaultTtl) ttl = soaMinimum(record.record.data);
    if (!ttl) ttl = defaultTtl ? defaultTtl : lastTtl;
    if (!ttl) {
      return error(record.position.file, record.position.offset, "the record has no TTL",
                   "add \"$TTL 1h\" at the top of the file");
    }
    lastTtl = record.record.ttl = std::min(*ttl, kMostTtl);
    readTags(line.entry.comment, record);
    addRecord(std::move(record));
  }

  bool readOwner(Line& line, State& state) {
    std::string name;
    std::string fault = readName(line.token().text, state.origin, name);
    if (fault.empty() && name.find('\\') != name.npos) {
      fault = "has a dot or backslash inside a label, which flamesim does not serve";
    }
    if (!fault.empty()) {
      error(line, "the name \"" + line.token().text + "\" " + fault);
      return false;
    }
    if (!isWithin(name, zoneName)) {
      error(line, "the name \"" + name + "\" is outside of the zone " + std::string(zoneName),
            "names that end in a dot are whole, all others are below the origin");
      return false;
    }
    state.owner = name;
    line.next = 1;
    return true;
  }

  // Either may come first (RFC 1035 section 5.1).
  bool readTtlAndClass(Line& line, std::optional<uint32_t>& ttl) {
    bool hasClass = false;
    while (!line.atEnd() && !line.token().quoted) {
      const std::string& text = line.token().text;
      std::string word = upper(text);
      if (!hasClass && (word == "CH" || word == "HS" || word == "CS")) {
        error(line, "the class " + word + " is not served", "records are of class IN");
        return false;
      }
      if (!hasClass && word == "IN") {
        hasClass = true;
      } else if (!ttl && !text.empty() && text[0] >= '0' && text[0] <= '9') {
        ttl = parseTime(text);
        if (!ttl) {
          error(line, "\"" + text + "\" is not a TTL",
                "it is seconds, or such as 1h30m, up to 2147483647 seconds");
          return false;
        }
      } else {
        break;
      }
      line.next++;
    }
    return true;
  }

  const RecordType* readType(Line& line) {
    if (line.atEnd()) {
      error(line, "the record has no type", "such as: www 300 IN A 192.0.2.1");
      return nullptr;
    }
    std::string word = upper(line.token().text);
    auto* type = findRecordType(word);
    if (type == nullptr) {
      error(line, "\"" + line.token().text + "\" is not a type of record",
            suggestion(word, recordTypeNames()));
      return nullptr;
    }
    line.next++;
    return type;
  }

  void addRecord(BindRecord record) {
    if (record.record.type == "SOA") {
      auto& at = record.position;
      if (record.name != zoneName) {
        return error(at.file, at.offset, "the SOA is not at the zone's own name",
                     "it belongs to " + std::string(zoneName));
      }
      if (hasSoa) return error(at.file, at.offset, "the zone has a second SOA");
      hasSoa = true;
    }
    if (record.proxied && !canBeProxied(record.record.type)) {
      return error(record.position.file, record.position.offset,
                   "a record of type " + record.record.type + " cannot be proxied",
                   "only A, AAAA and CNAME can");
    }
    zone.records.push_back(std::move(record));
  }

  const std::string_view zoneName;
  const ZoneFileReader& read;
  std::vector<fs::path>* seen;
  BindZone zone;
  std::vector<Problem> problems;
  std::optional<uint32_t> defaultTtl;
  std::optional<uint32_t> lastTtl;
  size_t bytes = 0;
  bool hasSoa = false;
};

}  // namespace

Problem BindZone::problemAt(const BindPosition& position, std::string message,
                            std::string help) const {
  Problem problem{.path = "", .message = std::move(message), .help = std::move(help)};
  auto& file = files[position.file];
  setPosition(problem, file.text, position.offset);
  problem.file = file.path.string();
  return problem;
}

ZoneFileReader readZoneFileFromDisk() {
  return [](const fs::path& path) -> std::optional<std::string> {
    std::error_code error;
    if (!fs::is_regular_file(path, error)) return std::nullopt;
    uint64_t size = fs::file_size(path, error);
    std::ifstream stream(path, std::ios::binary);
    if (error || !stream) return std::nullopt;
    // One byte too many is what the parser refuses.
    std::string text(size_t(std::min<uint64_t>(size, kMostBytes + 1)), '\0');
    stream.read(text.data(), std::streamsize(text.size()));
    text.resize(size_t(stream.gcount()));
    return text;
  };
}

BindZone parseBindZone(const fs::path& path, std::string_view origin, const ZoneFileReader& read,
                       std::vector<fs::path>* seen) {
  return ZoneParser(origin, read, seen).parse(path);
}

}  // namespace flamesim::mocks
