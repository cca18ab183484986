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

// How a backslash in quotes is read.
enum class Quoting {
  kMediaType,  // it escapes the character behind it (RFC 9110 section 5.6.4)
  kForm,       // it stands for itself, see endsQuotes()
};

// Whether the '"' at `at` ends a quoted name. Browsers write '"' inside of names as %22 and a
// backslash as it is, so every '"' does. Older clients write \" instead: where neither ';' nor the
// end of the line follows, a '"' behind a backslash is part of the name.
bool endsQuotes(std::string_view header, size_t at) {
  if (header[at - 1] != '\\') return true;
  size_t next = header.find_first_not_of(" \t", at + 1);
  return next == std::string_view::npos || header[next] == ';';
}

// The value that begins behind the '"' before `at`; leaves `at` behind the '"' that ends it.
std::string readQuoted(std::string_view header, size_t& at, Quoting quoting) {
  std::string value;
  for (; at < header.size(); ++at) {
    if (header[at] == '"') {
      if (quoting == Quoting::kMediaType || endsQuotes(header, at)) {
        ++at;
        break;
      }
      value.back() = '"';  // in place of the backslash
      continue;
    }
    bool escape = quoting == Quoting::kMediaType && header[at] == '\\';
    if (escape && at + 1 < header.size()) ++at;
    value += header[at];
  }
  return value;
}

// Calls `visit(name, value)` for the parameters behind the first ';' of a header's value.
template <typename Visit>
void forParameters(std::string_view header, Quoting quoting, Visit visit) {
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
      value = readQuoted(header, at, quoting);
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

// Names are percent-encoded for '"', CR and LF alone, which is what browsers write.
std::string unescapeName(std::string text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    std::string_view rest(text.data() + i, text.size() - i);
    if (rest.starts_with("%22")) {
      result += '"';
      i += 2;
    } else if (rest.starts_with("%0D") || rest.starts_with("%0d")) {
      result += '\r';
      i += 2;
    } else if (rest.starts_with("%0A") || rest.starts_with("%0a")) {
      result += '\n';
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string withCrLf(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      result += "\r\n";
      if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
    } else if (text[i] == '\n') {
      result += "\r\n";
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string escapeName(std::string_view text) {
  std::string result;
  for (char c : text) {
    if (c == '"') {
      result += "%22";
    } else if (c == '\r') {
      result += "%0D";
    } else if (c == '\n') {
      result += "%0A";
    } else {
      result += c;
    }
  }
  return result;
}

// Reads the header lines of a part up to the empty one; false when they are malformed.
bool readPartHead(std::string_view body, size_t& at, FormPart& part, std::string& error) {
  bool named = false;
  for (;;) {
    size_t end = body.find('\n', at);
    if (end == std::string_view::npos) {
      error = "a part ends inside its headers";
      return false;
    }
    std::string_view line = body.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    at = end + 1;
    if (line.empty()) break;
    size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      error = "a part has a header line without a colon";
      return false;
    }
    std::string_view header = trim(line.substr(0, colon));
    std::string_view value = trim(line.substr(colon + 1));
    if (equalsIgnoringCase(header, "content-disposition")) {
      if (!equalsIgnoringCase(trim(value.substr(0, value.find(';'))), "form-data")) {
        error = "a part's Content-Disposition is not form-data";
        return false;
      }
      forParameters(value, Quoting::kForm, [&](std::string_view name, std::string text) {
        if (equalsIgnoringCase(name, "name")) {
          part.name = unescapeName(std::move(text));
          named = true;
        } else if (equalsIgnoringCase(name, "filename")) {
          part.filename = unescapeName(std::move(text));
        }
      });
    } else if (equalsIgnoringCase(header, "content-type")) {
      part.type = std::string(value);
    }
  }
  if (!named) error = "a part has no name in its Content-Disposition";
  return named;
}

}  // namespace

std::optional<std::string> multipartBoundary(std::string_view contentType) {
  std::optional<std::string> boundary;
  forParameters(contentType, Quoting::kMediaType, [&](std::string_view name, std::string value) {
    if (!boundary && equalsIgnoringCase(name, "boundary") && !value.empty()) boundary = value;
  });
  return boundary;
}

std::optional<std::vector<FormPart>> parseMultipart(std::string_view body,
                                                    std::string_view boundary, std::string& error) {
  const std::string delimiter = "--" + std::string(boundary);
  // What stands before the first delimiter line is a preamble.
  size_t at = 0;
  if (!body.starts_with(delimiter)) {
    at = body.find("\r\n" + delimiter);
    if (at == std::string_view::npos) {
      error = "the boundary does not occur";
      return std::nullopt;
    }
    at += 2;
  }
  std::vector<FormPart> parts;
  for (;;) {
    at += delimiter.size();
    if (body.substr(at).starts_with("--")) return parts;
    while (at < body.size() && (body[at] == ' ' || body[at] == '\t')) ++at;
    if (body.substr(at).starts_with("\r\n")) {
      at += 2;
    } else if (body.substr(at).starts_with("\n")) {
      at += 1;
    } else {
      error = "a boundary line does not end";
      return std::nullopt;
    }
    FormPart part;
    if (!readPartHead(body, at, part, error)) return std::nullopt;
    // An empty part has its delimiter right behind the empty line.
    size_t end = body.find("\n" + delimiter, at == 0 ? 0 : at - 1);
    if (end == std::string_view::npos) {
      error = "the last boundary is missing";
      return std::nullopt;
    }
    size_t contentEnd = end;
    if (contentEnd > at && body[contentEnd - 1] == '\r') --contentEnd;
    if (contentEnd > at) part.content = std::string(body.substr(at, contentEnd - at));
    if (part.filename && part.type.empty()) part.type = "text/plain";
    parts.push_back(std::move(part));
    at = end + 1;
  }
}

std::string formatMultipart(const std::vector<FormPart>& parts, std::string_view boundary) {
  std::string body;
  for (auto& part : parts) {
    body += "--";
    body += boundary;
    body += "\r\nContent-Disposition: form-data; name=\"" + escapeName(withCrLf(part.name)) + '"';
    if (part.filename) {
      body += "; filename=\"" + escapeName(*part.filename) + '"';
      body += "\r\nContent-Type: ";
      body += part.type.empty() ? "application/octet-stream" : part.type;
      body += "\r\n\r\n" + part.content;
    } else {
      body += "\r\n\r\n" + withCrLf(part.content);
    }
    body += "\r\n";
  }
  body += "--";
  body += boundary;
  body += "--\r\n";
  return body;
}

}  // namespace flamesim::web
