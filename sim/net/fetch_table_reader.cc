#include <kj/encoding.h>

#include <algorithm>

#include "sim/bundle/config_reader.h"
#include "sim/bundle/files.h"
#include "sim/net/fetch_table.h"
#include "sim/net/url.h"

namespace flamesim::net {

namespace {

using bundle::ConfigDocument;
using bundle::ConfigNode;
using bundle::ConfigReader;
using bundle::NodeKind;

constexpr uint64_t kMostDelay = 3'600'000;     // ms
constexpr uintmax_t kMostBytes = 64ull << 20;  // of a file with a body

bool isToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(char(c)) != std::string_view::npos;
  });
}

bool isHeaderValue(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

class TableReader {
 public:
  TableReader(const ConfigDocument& document, const std::filesystem::path& file, FetchTable& table)
      : reader(document), folder(file.parent_path()), table(table) {}

  void read() {
    auto& root = reader.document.root;
    reader.warnOfUnknownKeys(root, {"$schema", "rows", "unmatched"});
    readUnmatched(root);
    auto* rows = reader.member(root, "rows", NodeKind::kArray);
    if (root.find("rows") == nullptr) {
      reader.error(root.offset, "the table has no \"rows\"",
                   "add \"rows\": [{\"when\": {\"url\": \"*\"}, \"then\": {\"status\": 200}}]");
    }
    if (rows != nullptr) readRows(*rows);
    // A misspelt key would match, or answer, something else than was meant.
    for (auto& warning : reader.warnings) {
      warning.severity = Severity::kError;
      reader.errors.push_back(warning);
    }
    reader.finish();
  }

 private:
  void readUnmatched(const ConfigNode& root) {
    auto* node = reader.member(root, "unmatched", NodeKind::kString);
    if (node == nullptr) return;
    table.passUnmatched = node->text() == "pass";
    if (node->text() == "pass" || node->text() == "fail") return;
    reader.error(node->offset,
                 "\"unmatched\" must be \"fail\" or \"pass\", not \"" + node->text() + "\"",
                 "\"pass\" hands on to what stands behind the mock what no row matches");
  }

  void readRows(const ConfigNode& rows) {
    std::string always;
    for (size_t i = 0; i < rows.items.size(); ++i) {
      auto where = "rows[" + std::to_string(i) + "]";
      auto& node = rows.items[i];
      if (!reader.expect(node, NodeKind::kObject, where)) continue;
      if (!always.empty()) {
        reader.error(node.offset, where + " is never reached: " + always + " answers everything",
                     "put the row that answers everything last");
      }
      size_t before = reader.errors.size();
      table.rows.push_back(readRow(node, where));
      bool sound = reader.errors.size() == before;
      if (sound && table.rows.back().matchesEverything()) always = where;
    }
  }

  FetchTable::Row readRow(const ConfigNode& node, const std::string& where) {
    FetchTable::Row row;
    row.place = table.file + ":" + std::to_string(reader.originAt(node.offset).line) + ", " + where;
    reader.warnOfUnknownKeys(node, {"when", "then", "error", "sequence", "delayMs"}, where);
    if (auto* when = reader.member(node, "when", NodeKind::kObject, where)) {
      readWhen(*when, where + ".when", row);
    }
    if (node.find("sequence") == nullptr) {
      row.answers.push_back(readAnswer(node, where));
    } else {
      readSequence(node, where, row);
    }
    return row;
  }

  void readWhen(const ConfigNode& when, const std::string& where, FetchTable::Row& row) {
    reader.warnOfUnknownKeys(when, {"method", "url", "headers"}, where);
    if (auto* method = reader.member(when, "method", NodeKind::kString, where)) {
      row.method = TextPattern(method->text());
      if (!isToken(method->text())) {
        reader.error(method->offset, "\"" + method->text() + "\" is not a method",
                     "such as \"GET\"; \"*\" is any");
      }
    }
    if (auto* url = reader.member(when, "url", NodeKind::kString, where)) {
      row.url = TextPattern(url->text());
      if (!url->text().starts_with("*") && url->text().find("://") == std::string::npos) {
        reader.error(url->offset, "\"" + url->text() + "\" matches no URL: it lacks a scheme",
                     "such as \"https://example.com/*\", or \"*/path\" for any host");
      }
    }
    auto* headers = reader.member(when, "headers", NodeKind::kObject, where);
    if (headers == nullptr) return;
    for (auto& member : headers->members) {
      checkName(member);
      FetchTable::HeaderPattern pattern{.name = member.key};
      auto name = where + ".headers." + member.key;
      if (!member.value.is(NodeKind::kNull)) {
        if (!reader.expect(member.value, NodeKind::kString, name)) continue;
        pattern.value = TextPattern(member.value.text());
      }
      row.headers.push_back(std::move(pattern));
    }
  }

  void checkName(const bundle::ConfigMember& member) {
    if (isToken(member.key)) return;
    reader.error(member.keyOffset, "\"" + member.key + "\" is not the name of a header");
  }

  void readSequence(const ConfigNode& node, const std::string& where, FetchTable::Row& row) {
    if (auto* then = reader.member(node, "then", NodeKind::kString, where)) {
      const std::vector<std::string> names{"repeat-last", "cycle", "fail"};
      auto found = std::find(names.begin(), names.end(), then->text());
      if (found == names.end()) {
        auto near = nearest(then->text(), names);
        reader.error(then->offset,
                     "what follows a sequence is \"repeat-last\", \"cycle\" or \"fail\"",
                     near.empty() ? "" : "did you mean \"" + near + "\"?");
      } else {
        row.after = FetchTable::After(found - names.begin());
      }
    }
    if (auto* error = node.find("error")) {
      reader.error(error->keyOffset, where + " has both \"sequence\" and \"error\"",
                   "an error can stand in the sequence: {\"error\": \"...\"}");
    }
    if (auto* delay = node.find("delayMs")) {
      reader.error(delay->keyOffset, where + " has both \"sequence\" and \"delayMs\"",
                   "each answer of the sequence has a \"delayMs\" of its own");
    }
    auto* answers = reader.member(node, "sequence", NodeKind::kArray, where);
    if (answers == nullptr) return;
    if (answers->items.empty()) reader.error(answers->offset, where + ".sequence is empty");
    for (size_t i = 0; i < answers->items.size(); ++i) {
      auto name = where + ".sequence[" + std::to_string(i) + "]";
      auto& item = answers->items[i];
      if (!reader.expect(item, NodeKind::kObject, name)) continue;
      reader.warnOfUnknownKeys(item, {"then", "error", "delayMs"}, name);
      row.answers.push_back(readAnswer(item, name));
    }
  }

  FetchTable::Answer readAnswer(const ConfigNode& node, const std::string& where) {
    FetchTable::Answer answer;
    auto delay = reader.integer(node, "delayMs", 0, kMostDelay, where).value_or(0);
    answer.delay = std::chrono::milliseconds(delay);
    bool fails = node.find("error") != nullptr;
    bool answers = node.find("then") != nullptr;
    if (fails == answers) {
      reader.error(node.offset, where + (fails ? " has both \"then\" and \"error\""
                                               : " has neither \"then\" nor \"error\""));
    }
    if (fails) {
      answer.error = reader.requiredString(node, "error", where).value_or("");
      if (answer.error == "disconnected") answer.error = "Network connection lost.";
    }
    if (auto* then = answers ? reader.member(node, "then", NodeKind::kObject, where) : nullptr) {
      readResponse(*then, where + ".then", answer);
    }
    return answer;
  }

  void readResponse(const ConfigNode& then, const std::string& where, FetchTable::Answer& answer) {
    reader.warnOfUnknownKeys(then, {"status", "statusText", "headers", "body", "json", "bodyFile"},
                             where);
    answer.status = uint16_t(reader.integer(then, "status", 200, 599, where).value_or(200));
    answer.statusText =
        reader.string(then, "statusText", where).value_or(std::string(reasonPhrase(answer.status)));
    if (auto* headers = reader.member(then, "headers", NodeKind::kObject, where)) {
      for (auto& member : headers->members) readHeader(member, where, answer.headers);
    }
    readBody(then, where, answer);
  }

  void readHeader(const bundle::ConfigMember& member, const std::string& where,
                  HeaderList& headers) {
    checkName(member);
    auto name = where + ".headers." + member.key;
    auto add = [&](const ConfigNode& value) {
      if (!reader.expect(value, NodeKind::kString, name)) return;
      if (!isHeaderValue(value.text())) {
        reader.error(value.offset, "the value of a header is one line");
      }
      headers.append(member.key, value.text());
    };
    if (!member.value.is(NodeKind::kArray)) return add(member.value);
    for (auto& item : member.value.items) add(item);
  }

  void readBody(const ConfigNode& then, const std::string& where, FetchTable::Answer& answer) {
    std::string first;
    for (auto* key : {"body", "json", "bodyFile"}) {
      auto* member = then.find(key);
      if (member == nullptr) continue;
      if (!first.empty()) {
        reader.error(member->keyOffset, where + " has both \"" + first + "\" and \"" + key + "\"");
        return;
      }
      first = key;
    }
    std::string bytes;
    if (first == "json") {
      bytes = then.find("json")->value.toJson().dump();
      if (!answer.headers.has("content-type")) {
        answer.headers.append("Content-Type", "application/json");
      }
    } else if (first == "bodyFile") {
      bytes = readBodyFile(then, where);
    } else if (first == "body") {
      bytes = readText(then.find("body")->value, where + ".body");
    }
    if (!first.empty() && (answer.status == 204 || answer.status == 304)) {
      reader.error(then.find(first)->keyOffset,
                   "an answer with status " + std::to_string(answer.status) + " has no body");
    }
    answer.body = std::make_shared<const std::string>(std::move(bytes));
  }

  // A string, or {"$base64": "..."}.
  std::string readText(const ConfigNode& node, const std::string& where) {
    if (node.is(NodeKind::kString)) return node.text();
    auto* encoded =
        node.is(NodeKind::kObject) && node.members.size() == 1 ? node.find("$base64") : nullptr;
    if (encoded == nullptr) {
      reader.error(node.offset, "\"" + where + "\" must be a string or {\"$base64\": \"...\"}",
                   "JSON goes into \"json\"");
      return "";
    }
    if (!reader.expect(encoded->value, NodeKind::kString, where + ".$base64")) return "";
    auto& text = encoded->value.text();
    auto decoded = kj::decodeBase64(kj::ArrayPtr<const char>(text.data(), text.size()));
    if (decoded.hadErrors) reader.error(encoded->value.offset, "this is not base64");
    return std::string(decoded.asChars().begin(), decoded.size());
  }

  std::string readBodyFile(const ConfigNode& then, const std::string& where) {
    auto written = reader.requiredString(then, "bodyFile", where);
    if (!written) return "";
    auto path = bundle::absolutePath(*written, folder);
    auto offset = then.find("bodyFile")->value.offset;
    std::error_code failed;
    auto size = std::filesystem::file_size(path, failed);
    if (!failed && size > kMostBytes) {
      reader.error(offset, "the file \"" + *written + "\" has more than 64 MiB");
      return "";
    }
    auto bytes = bundle::readFile(path);
    if (bytes) return std::move(bytes.value());
    reader.error(offset, "the file \"" + *written + "\" cannot be read: " + bytes.error().message,
                 "paths are relative to the table's file");
    return "";
  }

  ConfigReader reader;
  const std::filesystem::path folder;
  FetchTable& table;
};

}  // namespace

std::shared_ptr<const FetchTable> FetchTable::load(const std::filesystem::path& file) {
  auto document = bundle::readConfigDocument(file);
  auto table = std::make_shared<FetchTable>();
  table->file = document.file;
  TableReader(document, file, *table).read();
  return table;
}

}  // namespace flamesim::net
