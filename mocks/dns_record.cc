#include "mocks/dns_record.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "mocks/dns_name.h"

namespace flamesim::mocks {
namespace {

const std::vector<RecordType>& recordTypes() {
  using enum RdataField;
  static const std::vector<RecordType> kTypes{
      {"A", {kAddress4}},
      {"AAAA", {kAddress6}},
      {"CNAME", {kName}},
      {"TXT", {kStrings}},
      {"MX", {kU16, kName}},
      {"NS", {kName}},
      {"SRV", {kU16, kU16, kU16, kName}},
      {"CAA", {kU8, kWord, kString}},
      {"PTR", {kName}},
      {"SOA", {kName, kName, kU32, kTime, kTime, kTime, kTime}},
      {"HTTPS", {kU16, kRest}},
      {"SVCB", {kU16, kRest}},
      {"DS", {kU16, kU8, kU8, kRest}},
      {"DNSKEY", {kU16, kU8, kU8, kRest}},
      {"TLSA", {kU8, kU8, kU8, kRest}},
      {"SMIMEA", {kU8, kU8, kU8, kRest}},
      {"SSHFP", {kU8, kU8, kRest}},
      {"URI", {kU16, kU16, kString}},
      {"NAPTR", {kU16, kU16, kString, kString, kString, kName}},
      {"LOC", {kRest}},
      {"CERT", {kRest}},
  };
  return kTypes;
}

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<uint64_t> parseNumber(std::string_view text, uint64_t most) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value > most) return std::nullopt;
  return value;
}

// The byte that the escape after text[at] == '\\' stands for; moves `at` to its last character.
std::optional<char> readEscape(std::string_view text, size_t& at) {
  if (at + 1 >= text.size()) return std::nullopt;
  if (!isDigit(text[at + 1])) return text[++at];
  if (at + 3 >= text.size() || !isDigit(text[at + 2]) || !isDigit(text[at + 3])) {
    return std::nullopt;
  }
  auto value = parseNumber(text.substr(at + 1, 3), 255);
  if (!value) return std::nullopt;
  at += 3;
  return char(*value);
}

std::string quote(std::string_view bytes) {
  std::string out = "\"";
  for (char c : bytes) {
    auto byte = uint8_t(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += '\\';
      out += char('0' + byte / 100);
      out += char('0' + byte / 10 % 10);
      out += char('0' + byte % 10);
    } else {
      out += c;
    }
  }
  return out + '"';
}

constexpr size_t kMostStringBytes = 255;

// Reads the fields of one record.
class RdataReader {
 public:
  RdataReader(std::span<const RdataToken> tokens, std::string_view origin)
      : tokens(tokens), origin(origin) {}

  std::optional<RdataFault> read(const RecordType& type) {
    for (RdataField field : type.fields) {
      if (at == tokens.size()) {
        return RdataFault{at,
                          "the data of this " + std::string(type.name) + " record is incomplete",
                          "expected " + std::string(describe(field)) + " here"};
      }
      bool toTheEnd = field == RdataField::kStrings || field == RdataField::kRest;
      do {
        if (auto fault = add(field)) return fault;
        at++;
      } while (toTheEnd && at < tokens.size());
    }
    if (at == tokens.size()) return std::nullopt;
    return RdataFault{
        at,
        "\"" + tokens[at].text + "\" is too much for a record of type " + std::string(type.name),
        ""};
  }

  std::string data;

 private:
  static std::string_view describe(RdataField field) {
    switch (field) {
      case RdataField::kAddress4:
        return "an IPv4 address";
      case RdataField::kAddress6:
        return "an IPv6 address";
      case RdataField::kName:
        return "a name";
      case RdataField::kU8:
        return "a number from 0 to 255";
      case RdataField::kU16:
        return "a number from 0 to 65535";
      case RdataField::kU32:
        return "a number from 0 to 4294967295";
      case RdataField::kTime:
        return "seconds, or a time such as 1h30m";
      case RdataField::kWord:
        return "a word of letters and digits";
      case RdataField::kString:
      case RdataField::kStrings:
        return "a string";
      case RdataField::kRest:
        return "the data";
    }
    return "";
  }

  RdataFault wrong(RdataField field) const {
    return {at, "\"" + tokens[at].text + "\" is not " + std::string(describe(field)), ""};
  }

  void append(std::string_view text) {
    if (!data.empty()) data += ' ';
    data += text;
  }

  std::optional<RdataFault> add(RdataField field) {
    const std::string& text = tokens[at].text;
    switch (field) {
      case RdataField::kAddress4:
      case RdataField::kAddress6: {
        bool wants4 = field == RdataField::kAddress4;
        auto address = parseAddress(text);
        bool is4 = text.find(':') == text.npos;
        if (!address || text[0] == '[' || is4 != wants4) return wrong(field);
        if (!wants4 && address->size() == 4)
          address = std::string("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) + *address;
        append(addressText(*address));
        return std::nullopt;
      }
      case RdataField::kName:
        return addName(text);
      case RdataField::kU8:
        return addNumber(field, UINT8_MAX);
      case RdataField::kU16:
        return addNumber(field, UINT16_MAX);
      case RdataField::kU32:
        return addNumber(field, UINT32_MAX);
      case RdataField::kTime: {
        auto time = parseTime(text);
        if (!time) return wrong(field);
        append(std::to_string(*time));
        return std::nullopt;
      }
      case RdataField::kWord:
        if (text.empty() || !std::all_of(text.begin(), text.end(), [](char c) {
              return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            })) {
          return wrong(field);
        }
        append(text);
        return std::nullopt;
      case RdataField::kString:
      case RdataField::kStrings:
        return addString(text);
      case RdataField::kRest:
        append(tokens[at].quoted ? "\"" + text + "\"" : text);
        return std::nullopt;
    }
    return std::nullopt;
  }

  std::optional<RdataFault> addNumber(RdataField field, uint64_t most) {
    auto number = parseNumber(tokens[at].text, most);
    if (!number) return wrong(field);
    append(std::to_string(*number));
    return std::nullopt;
  }

  std::optional<RdataFault> addName(const std::string& text) {
    // A lone dot: no mail host (RFC 7505), no service (RFC 2782).
    if (text == ".") {
      append(".");
      return std::nullopt;
    }
    std::string name;
    std::string fault = readName(text, origin, name);
    if (!fault.empty()) return RdataFault{at, "the name \"" + text + "\" " + fault, ""};
    append(name);
    return std::nullopt;
  }

  std::optional<RdataFault> addString(const std::string& text) {
    std::string bytes;
    for (size_t i = 0; i < text.size(); i++) {
      if (text[i] != '\\') {
        bytes += text[i];
        continue;
      }
      auto byte = readEscape(text, i);
      if (!byte) {
        return RdataFault{at, "\"" + text + "\" has an escape that is not one",
                          "it is \\ and a character, or \\ and three digits up to 255"};
      }
      bytes += *byte;
    }
    if (bytes.size() > kMostStringBytes) {
      return RdataFault{at,
                        "a string of " + std::to_string(bytes.size()) + " bytes; 255 is the most",
                        "cut it into several: \"...\" \"...\""};
    }
    append(quote(bytes));
    return std::nullopt;
  }

  std::span<const RdataToken> tokens;
  std::string_view origin;
  size_t at = 0;
};

// The words of a record's content in JSON; a fault where a quote is not closed.
std::optional<RdataFault> splitContent(std::string_view content, std::vector<RdataToken>& tokens) {
  auto isBlank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  size_t at = 0;
  while (true) {
    while (at < content.size() && isBlank(content[at])) at++;
    if (at == content.size()) return std::nullopt;
    RdataToken token{.text = {}, .quoted = content[at] == '"', .offset = at};
    if (token.quoted) at++;
    bool inQuotes = token.quoted;
    for (; at < content.size(); at++) {
      char c = content[at];
      if (c == '\\' && at + 1 < content.size()) {
        token.text += c;
        token.text += content[++at];
        continue;
      }
      if (c == '"') {
        inQuotes = !inQuotes;
        if (token.quoted) break;
      } else if (!inQuotes && isBlank(c)) {
        break;
      }
      token.text += c;
    }
    if (inQuotes) return RdataFault{tokens.size(), "a quote is not closed", ""};
    if (token.quoted) at++;
    tokens.push_back(std::move(token));
  }
}

std::string quoteText(std::string_view text) {
  std::string data;
  do {
    auto piece = text.substr(0, kMostStringBytes);
    if (!data.empty()) data += ' ';
    data += quote(piece);
    text.remove_prefix(piece.size());
  } while (!text.empty());
  return data;
}

}  // namespace

const RecordType* findRecordType(std::string_view name) {
  for (const RecordType& type : recordTypes()) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

std::vector<std::string> recordTypeNames() {
  std::vector<std::string> names;
  for (const RecordType& type : recordTypes()) names.emplace_back(type.name);
  return names;
}

bool canBeProxied(std::string_view type) {
  return type == "A" || type == "AAAA" || type == "CNAME";
}

std::optional<RdataFault> readRdata(const RecordType& type, std::span<const RdataToken> tokens,
                                    std::string_view origin, std::string& data) {
  RdataReader reader(tokens, origin);
  auto fault = reader.read(type);
  if (!fault) data = std::move(reader.data);
  return fault;
}

std::optional<RdataFault> readContent(const RecordType& type, std::string_view content,
                                      std::string& data) {
  if (type.name == "TXT" && !content.starts_with('"')) {
    data = quoteText(content);
    return std::nullopt;
  }
  std::vector<RdataToken> tokens;
  if (auto fault = splitContent(content, tokens)) return fault;
  return readRdata(type, tokens, "", data);
}

std::string readName(std::string_view text, std::string_view origin, std::string& name) {
  if (text.empty()) return "is empty";
  if (text == "@") {
    if (origin.empty()) return "stands for no zone here";
    name = origin;
    return "";
  }
  name.clear();
  bool absolute = false;
  for (size_t i = 0; i < text.size(); i++) {
    char c = text[i];
    absolute = false;
    if (c == '\\') {
      auto byte = readEscape(text, i);
      if (!byte) return "has an escape that is not one";
      if (*byte == '.' || *byte == '\\') {
        // nameFault takes the backslash for any other character of a label.
        name += '\\';
        name += *byte;
        continue;
      }
      c = *byte;
    } else if (c == '.') {
      absolute = true;
    }
    name += c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  }
  if (absolute) {
    name.pop_back();
  } else if (!origin.empty()) {
    name += "." + std::string(origin);
  }
  // An escaped dot does not part labels.
  std::string flat = name;
  for (size_t at = flat.find("\\."); at != flat.npos; at = flat.find("\\.", at)) {
    flat.replace(at, 2, "_");
  }
  return nameFault(flat);
}

std::optional<uint32_t> parseTime(std::string_view text) {
  if (text.empty() || !isDigit(text[0])) return std::nullopt;
  uint64_t total = 0;
  size_t at = 0;
  bool units = false;
  while (at < text.size()) {
    uint64_t value = 0;
    size_t digits = 0;
    for (; at < text.size() && isDigit(text[at]); at++, digits++) {
      value = value * 10 + uint64_t(text[at] - '0');
      if (value > kMostTtl) return std::nullopt;
    }
    if (digits == 0) return std::nullopt;
    if (at == text.size()) {
      // "1h30" is not a time in BIND either.
      if (units) return std::nullopt;
      total = value;
      break;
    }
    units = true;
    switch (text[at++] | 0x20) {
      case 'w':
        value *= 604'800;
        break;
      case 'd':
        value *= 86'400;
        break;
      case 'h':
        value *= 3600;
        break;
      case 'm':
        value *= 60;
        break;
      case 's':
        break;
      default:
        return std::nullopt;
    }
    total += value;
    if (total > kMostTtl) return std::nullopt;
  }
  return uint32_t(total);
}

uint32_t soaMinimum(std::string_view data) {
  size_t blank = data.rfind(' ');
  if (blank == data.npos) return 0;
  return uint32_t(parseNumber(data.substr(blank + 1), UINT32_MAX).value_or(0));
}

}  // namespace flamesim::mocks
