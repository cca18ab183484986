#include "sim/capture/har_body.h"

#include "sim/capture/text.h"
#include "sim/net/message.h"

namespace flamesim::capture {

namespace {

using nlohmann::json;

// The parameter `boundary` of a content type (RFC 2046, section 5.1.1); "" when it has none.
std::string boundaryOf(std::string_view contentType) {
  std::string lower = net::toLowerAscii(contentType);
  size_t at = lower.find("boundary=");
  if (at == std::string::npos) return "";
  std::string_view value = contentType.substr(at + 9);
  if (value.starts_with('"')) {
    value.remove_prefix(1);
    return std::string(value.substr(0, value.find('"')));
  }
  return std::string(value.substr(0, value.find_first_of("; \t")));
}

// A parameter of Content-Disposition as browsers write it (HTML, "multipart/form-data").
std::string quotedParameter(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"') {
      out += "%22";
    } else if (c == '\r') {
      out += "%0D";
    } else if (c == '\n') {
      out += "%0A";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string multipartBody(const json& params, const std::string& boundary) {
  std::string out;
  for (auto& param : params) {
    out += "--" + boundary +
           "\r\nContent-Disposition: form-data; name=" + quotedParameter(textField(param, "name"));
    if (param.is_object() && param.contains("fileName")) {
      out += "; filename=" + quotedParameter(textField(param, "fileName"));
    }
    out += "\r\n";
    if (auto type = textField(param, "contentType"); !type.empty()) {
      out += "Content-Type: " + std::string(type) + "\r\n";
    }
    out += "\r\n" + std::string(textField(param, "value")) + "\r\n";
  }
  return out + "--" + boundary + "--\r\n";
}

HarBody fromParams(const json& params, std::string_view contentType) {
  std::string lower = net::toLowerAscii(contentType);
  if (lower.starts_with("multipart/form-data")) {
    std::string boundary = boundaryOf(contentType);
    if (boundary.empty()) return {HarBody::State::kMissing, ""};
    return {HarBody::State::kBytes, multipartBody(params, boundary)};
  }
  std::string out;
  for (auto& param : params) {
    if (!out.empty()) out += '&';
    out += formUrlEncode(textField(param, "name")) + "=" + formUrlEncode(textField(param, "value"));
  }
  return {HarBody::State::kBytes, std::move(out)};
}

HarBody fromText(const json& holder) {
  auto text = textField(holder, "text");
  auto encoding = textField(holder, "encoding");
  // HAR 1.2 has none for request bodies; ours says it so.
  if (encoding.empty()) encoding = textField(holder, "_encoding");
  if (encoding.empty()) return {HarBody::State::kBytes, std::string(text)};
  if (!net::equalsIgnoringCase(encoding, "base64")) return {HarBody::State::kUnreadable, ""};
  auto bytes = fromBase64(text);
  if (!bytes) return {HarBody::State::kUnreadable, ""};
  return {HarBody::State::kBytes, std::move(*bytes)};
}

bool hasText(const json& holder) {
  auto text = holder.find("text");
  return text != holder.end() && text->is_string();
}

}  // namespace

std::string_view textField(const json& object, const char* key) {
  if (!object.is_object()) return "";
  auto field = object.find(key);
  if (field == object.end() || !field->is_string()) return "";
  return field->get_ref<const std::string&>();
}

double numberField(const json& object, const char* key, double otherwise) {
  if (!object.is_object()) return otherwise;
  auto field = object.find(key);
  return field == object.end() || !field->is_number() ? otherwise : field->get<double>();
}

std::string formUrlEncode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '*' || c == '-' || c == '.' || c == '_';
    if (plain) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += '%';
      out += kHex[uint8_t(c) >> 4];
      out += kHex[uint8_t(c) & 15];
    }
  }
  return out;
}

HarBody requestBody(const json& request, std::string_view contentType) {
  bool expected = numberField(request, "bodySize", 0) > 0;
  auto post = request.find("postData");
  if (post == request.end() || !post->is_object()) {
    return {expected ? HarBody::State::kMissing : HarBody::State::kNone, ""};
  }
  auto params = post->find("params");
  bool hasParams = params != post->end() && params->is_array() && !params->empty();
  // Some writers give an empty text beside the params.
  if (hasText(*post) && (!textField(*post, "text").empty() || !hasParams)) {
    if (textField(*post, "text").empty() && expected) return {HarBody::State::kMissing, ""};
    return fromText(*post);
  }
  if (!hasParams) return {expected ? HarBody::State::kMissing : HarBody::State::kNone, ""};
  return fromParams(*params, contentType.empty() ? textField(*post, "mimeType") : contentType);
}

HarBody responseBody(const json& response) {
  auto content = response.find("content");
  bool hasContent = content != response.end() && content->is_object();
  if (hasContent && hasText(*content)) {
    bool lacks = textField(*content, "text").empty() && numberField(*content, "size", 0) > 0;
    return lacks ? HarBody{HarBody::State::kMissing, ""} : fromText(*content);
  }
  // -1 is "not known".
  bool known = hasContent && numberField(*content, "size", -1) == 0;
  bool none = known || numberField(response, "bodySize", -1) == 0;
  return {none ? HarBody::State::kNone : HarBody::State::kMissing, ""};
}

bool isStillCoded(std::string_view bytes, std::string_view contentEncoding) {
  std::string coding = net::toLowerAscii(contentEncoding);
  if (coding == "gzip" || coding == "x-gzip") return bytes.starts_with("\x1f\x8b");
  if (coding == "zstd") return bytes.starts_with("\x28\xb5\x2f\xfd");
  return false;
}

}  // namespace flamesim::capture
