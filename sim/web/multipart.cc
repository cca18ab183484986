#include "sim/web/multipart.h"

#include <algorithm>

namespace flamesim::web {

namespace {

bool equalsIgnoringCase(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c + ('a' - 'A')) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trim(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// The value that begins behind the '"' before `at`; leaves `at` behind the '"' that ends it. A
// backslash escapes the character behind it (RFC 9110 section 5.6.4).
std::string readQuoted(std::string_view header, size_t& at) {
  std::string value;
  for (; at < header.size(); ++at) {
    if (header[at] == '"') {
      ++at;
      break;
    }
    if (header[at] == '\\' && at + 1 < header.size()) ++at;
    value += header[at];
  }
  return value;
}

// Calls `visit(name, value)` for the parameters behind the first ';' of a media type.
template <typename Visit>
void forParameters(std::string_view header, Visit visit) {
  size_t at = header.find(';');
  while (at < header.size()) {
    ++at;  // behind ';'
    size_t equals = header.find_first_of("=;", at);
    if (equals == std::string_view::npos) return;
    if (header[equals] == ';') {
      at = equals;
      continue;
    }
    std::string_view name = trim(header.substr(at, equals - at));
    at = equals + 1;
    while (at < header.size() && (header[at] == ' ' || header[at] == '\t')) ++at;
    std::string value;
    if (at < header.size() && header[at] == '"') {
      ++at;
      value = readQuoted(header, at);
      at = header.find(';', at);
    } else {
      size_t end = std::min(header.find(';', at), header.size());
      value = std::string(trim(header.substr(at, end - at)));
      at = end;
    }
    visit(name, std::move(value));
    if (at == std::string_view::npos) return;
  }
}

bool isSpace(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool isNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

// Reads a Content-Disposition as production does: parameters are quoted and not empty, and what
// does not read as one ends them.
class Disposition {
 public:
  explicit Disposition(std::string_view header) : rest(header) {}

  // The value before the parameters; empty: there is none.
  std::string_view kind() {
    skipSpaces();
    auto found = name();
    skipSpaces();
    return found;
  }

  // The next parameter, unescaped.
  std::optional<std::pair<std::string_view, std::string>> parameter() {
    if (!take(';')) return std::nullopt;
    skipSpaces();
    auto found = name();
    skipSpaces();
    if (found.empty() || !take('=')) return std::nullopt;
    skipSpaces();
    if (!take('"')) return std::nullopt;
    std::string value;
    size_t at = 0;
    for (; at < rest.size() && rest[at] != '"' && rest[at] != '\n'; ++at) {
      if (rest[at] == '\\') {
        if (++at == rest.size() || rest[at] == '\n') return std::nullopt;
      }
      value += rest[at];
    }
    rest.remove_prefix(at);
    if (value.empty() || !take('"')) return std::nullopt;
    skipSpaces();
    return std::pair(found, std::move(value));
  }

 private:
  void skipSpaces() {
    while (!rest.empty() && isSpace(rest.front())) rest.remove_prefix(1);
  }
  bool take(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  std::string_view name() {
    size_t size = 0;
    while (size < rest.size() && isNameChar(rest[size])) ++size;
    auto found = rest.substr(0, size);
    rest.remove_prefix(size);
    return found;
  }

  std::string_view rest;
};

// The place behind the first empty line, npos: there is none.
size_t endOfHeaders(std::string_view body) {
  for (size_t at = body.find('\n'); at != std::string_view::npos; at = body.find('\n', at + 1)) {
    auto rest = body.substr(at + 1);
    if (rest.starts_with('\n')) return at + 2;
    if (rest.starts_with("\r\n")) return at + 3;
  }
  return std::string_view::npos;
}

// The headers of a part that count, of the lines in front of its empty line.
struct PartHeaders {
  std::optional<std::string_view> disposition;
  std::string_view type;
};

std::optional<PartHeaders> readHeaders(std::string_view lines) {
  PartHeaders headers;
  while (!lines.empty()) {
    size_t end = std::min(lines.find('\n'), lines.size());
    auto line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    size_t colon = line.find(':');
    auto name = trim(line.substr(0, colon));
    if (colon == std::string_view::npos || colon == 0 ||
        name.find_first_of(" \t\"(),/;<=>?@[]{}\\") != std::string_view::npos) {
      return std::nullopt;
    }
    auto value = trim(line.substr(colon + 1));
    if (equalsIgnoringCase(name, "content-disposition")) {
      if (!headers.disposition) headers.disposition = value;
    } else if (equalsIgnoringCase(name, "content-type")) {
      headers.type = value;
    }
  }
  return headers;
}

// Fills all but the content; else says what is wrong.
std::string readPartHead(std::string_view lines, FormPart& part) {
  auto headers = readHeaders(lines);
  if (!headers) return "FormData part had invalid headers.";
  if (!headers->disposition) {
    return "No valid Content-Disposition header found in FormData part.";
  }
  Disposition disposition(*headers->disposition);
  auto kind = disposition.kind();
  if (kind.empty()) return "Invalid Content-Disposition header found in FormData part.";
  if (kind != "form-data") {
    return "Content-Disposition header for FormData part must have the value \"form-data\", "
           "possibly followed by parameters. Got: \"" +
           std::string(kind) + '"';
  }
  std::optional<std::string> name;
  while (auto parameter = disposition.parameter()) {
    if (parameter->first == "name") {
      name = std::move(parameter->second);
    } else if (parameter->first == "filename") {
      part.filename = std::move(parameter->second);
    }
  }
  if (!name) return "Content-Disposition header in FormData part is missing a name.";
  part.name = std::move(*name);
  if (part.filename) part.type = std::string(headers->type);
  return "";
}

std::string escapeName(std::string_view text) {
  std::string result;
  for (char c : text) {
    if (c == '"') {
      result += "%22";
    } else if (c == '\n') {
      result += "%0A";
    } else if (c == '\\') {
      result += "\\\\";
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace

std::optional<std::string> multipartBoundary(std::string_view contentType) {
  std::optional<std::string> boundary;
  forParameters(contentType, [&](std::string_view name, std::string value) {
    if (!boundary && equalsIgnoringCase(name, "boundary") && !value.empty()) boundary = value;
  });
  return boundary;
}

std::optional<std::vector<FormPart>> parseMultipart(std::string_view body,
                                                    std::string_view boundary, std::string& error) {
  // Behind what comes before `delimiter`, which `before` takes; false: it does not occur, or
  // nothing comes behind it.
  auto splitAt = [&body](std::string_view delimiter, std::string_view& before) {
    size_t at = body.find(delimiter);
    before = body.substr(0, at);
    body.remove_prefix(at == std::string_view::npos ? body.size() : at + delimiter.size());
    return !body.empty();
  };
  // The first delimiter needs no line of its own.
  const std::string delimiter = "\n--" + std::string(boundary);
  std::string_view before;
  if (!splitAt(std::string_view(delimiter).substr(1), before)) {
    error = "No initial boundary string (or you have a truncated message).";
    return std::nullopt;
  }
  std::vector<FormPart> parts;
  for (;;) {
    if (body.starts_with("--")) return parts;
    if (body.starts_with("\n")) {
      body.remove_prefix(1);
    } else if (body.starts_with("\r\n")) {
      body.remove_prefix(2);
    } else {
      error = "Boundary string was not succeeded by CRLF, LF, or '--'.";
      return std::nullopt;
    }
    size_t end = endOfHeaders(body);
    if (end == std::string_view::npos) {
      error = "No multipart message header termination found.";
      return std::nullopt;
    }
    FormPart part;
    error = readPartHead(body.substr(0, end), part);
    if (!error.empty()) return std::nullopt;
    body.remove_prefix(end);
    if (!splitAt(delimiter, before)) {
      error = "No subsequent boundary string after multipart message.";
      return std::nullopt;
    }
    if (before.ends_with('\r')) before.remove_suffix(1);
    part.content = std::string(before);
    parts.push_back(std::move(part));
  }
}

std::string formatMultipart(const std::vector<FormPart>& parts, std::string_view boundary) {
  std::string body;
  for (auto& part : parts) {
    body += "--";
    body += boundary;
    body += "\r\nContent-Disposition: form-data; name=\"" + escapeName(part.name) + '"';
    if (part.filename) {
      body += "; filename=\"" + escapeName(*part.filename) + '"';
      body += "\r\nContent-Type: ";
      body += part.type.empty() ? "application/octet-stream" : part.type;
    }
    body += "\r\n\r\n" + part.content + "\r\n";
  }
  body += "--";
  body += boundary;
  body += "--";
  return body;
}

}  // namespace flamesim::web
