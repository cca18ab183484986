// What a body is, and parts of multipart bodies.
#include <algorithm>

#include "sim/capture/text.h"
#include "sim/net/syntax.h"
#include "sim/redact/characters.h"
#include "sim/redact/names.h"
#include "sim/redact/replacer.h"

namespace flamesim::redact {

namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// The value of a parameter of a header: name="secret" or name=secret.
std::string_view parameterOf(std::string_view value, std::string_view name) {
  size_t at = value.find(name);
  while (at != std::string_view::npos && at != 0 && value[at - 1] != ' ' && value[at - 1] != ';') {
    at = value.find(name, at + 1);
  }
  if (at == std::string_view::npos) return "";
  value.remove_prefix(at + name.size());
  if (value.starts_with('"')) {
    value.remove_prefix(1);
    return value.substr(0, value.find('"'));
  }
  return value.substr(0, value.find_first_of("; \r\n"));
}

bool looksLikeText(std::string_view bytes) {
  constexpr size_t kSample = 512;
  return bytes.substr(0, kSample).find('\0') == std::string_view::npos && capture::isUtf8(bytes);
}

}  // namespace

bool isBinaryType(std::string_view contentType) {
  std::string type = net::toLowerAscii(contentType.substr(0, contentType.find(';')));
  if (has(type, "xml")) return false;
  return type.starts_with("image/") || type.starts_with("video/") || type.starts_with("audio/") ||
         type.starts_with("font/") || type == "application/wasm" || type == "application/zip" ||
         type == "application/pdf";
}

std::string_view boundaryOf(std::string_view contentType) {
  return parameterOf(contentType, "boundary=");
}

BodyShape bodyShape(std::string_view contentType, std::string_view body) {
  if (isBinaryType(contentType)) return BodyShape::kBinary;
  std::string type = net::toLowerAscii(contentType.substr(0, contentType.find(';')));
  if (type.starts_with("multipart/") && !boundaryOf(contentType).empty()) {
    return BodyShape::kMultipart;
  }
  bool typeSaysText = type.starts_with("text/") || has(type, "json") || has(type, "xml") ||
                      has(type, "javascript") || has(type, "urlencoded");
  if (!typeSaysText && !looksLikeText(body)) return BodyShape::kBinary;
  if (has(type, "json")) return BodyShape::kJson;
  if (has(type, "urlencoded")) return BodyShape::kForm;
  bool script =
      has(type, "javascript") || has(type, "html") || has(type, "css") || has(type, "xml");
  size_t first = body.find_first_not_of(" \t\r\n");
  bool looks = first != std::string_view::npos && (body[first] == '{' || body[first] == '[');
  return looks && !script ? BodyShape::kJson : BodyShape::kText;
}

// `head`: the part's header lines.
bool Replacer::part(std::string& text, std::string_view head) {
  std::string lower = net::toLowerAscii(head);
  auto name = parameterOf(lower, "name=");
  if (!has(lower, "filename")) {
    auto found = parameter(name, text);
    if (!found) return false;
    text = std::move(*found);
    return true;
  }
  size_t type = lower.find("content-type:");
  auto contentType = type == std::string::npos
                         ? std::string_view()
                         : net::trimWhitespace(std::string_view(lower).substr(
                               type + 13, lower.find('\r', type) - type - 13));
  auto shape = bodyShape(contentType, text);
  if (shape == BodyShape::kBinary) return false;
  return shape == BodyShape::kJson ? json(text) : this->text(text);
}

// RFC 2046, section 5.1.1.
bool Replacer::multipart(std::string& text, std::string_view boundary) {
  const std::string delimiter = "--" + std::string(boundary);
  std::string out;
  bool changed = false;
  std::string_view rest = text;
  while (true) {
    size_t begin = rest.find(delimiter);
    size_t head = begin == std::string_view::npos ? begin : rest.find("\r\n", begin);
    size_t body = head == std::string_view::npos ? head : rest.find("\r\n\r\n", head);
    if (body == std::string_view::npos) break;
    body += 4;
    size_t end = std::min(rest.find("\r\n" + delimiter, body), rest.size());
    std::string content(rest.substr(body, end - body));
    changed = part(content, rest.substr(head, body - head)) || changed;
    out += rest.substr(0, body);
    out += content;
    rest.remove_prefix(end);
  }
  out += rest;
  if (changed) text = std::move(out);
  return changed;
}

}  // namespace flamesim::redact
