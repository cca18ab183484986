#include "sim/net/response_head.h"

#include <charconv>

#include "sim/net/syntax.h"

namespace flamesim::net {

namespace {

enum class Role : uint8_t { kPlain, kContentLength, kTransferEncoding, kHopByHop };

Role roleOf(std::string_view name) {
  switch (name.size()) {
    case 7:
      return equalsIgnoringCase(name, "upgrade") ? Role::kHopByHop : Role::kPlain;
    case 10:
      return equalsIgnoringCase(name, "connection") || equalsIgnoringCase(name, "keep-alive")
                 ? Role::kHopByHop
                 : Role::kPlain;
    case 14:
      return equalsIgnoringCase(name, "content-length") ? Role::kContentLength : Role::kPlain;
    case 16:
      return equalsIgnoringCase(name, "proxy-connection") ? Role::kHopByHop : Role::kPlain;
    case 17:
      return equalsIgnoringCase(name, "transfer-encoding") ? Role::kTransferEncoding : Role::kPlain;
    default:
      return Role::kPlain;
  }
}

void appendNumber(uint64_t number, std::string& out) {
  char digits[20];
  auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  out.append(digits, end);
}

void appendHeader(std::string_view name, std::string_view value, std::string& out) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string whyUnwritable(const Response& response) {
  if (response.status < 200 || response.status > 999) {
    return "status " + std::to_string(response.status) + " cannot end an exchange";
  }
  if (!isFieldValue(response.statusText)) return "the status text has a line break";
  for (const Header& header : response.headers.all()) {
    if (!isToken(header.name)) return "invalid header name \"" + header.name + "\"";
    if (!isFieldValue(header.value)) return "header " + header.name + " has a line break or NUL";
  }
  return "";
}

void appendResponseHead(const Response& response, const HeadShape& shape, std::string& out) {
  out.append("HTTP/1.1 ");
  appendNumber(response.status, out);
  out.push_back(' ');
  if (response.statusText.empty()) {
    out.append(reasonPhrase(response.status));
  } else {
    out.append(response.statusText);
  }
  out.append("\r\n");

  bool framed = shape.framing == Framing::kNone || shape.framing == Framing::kAsListed;
  for (const Header& header : response.headers.all()) {
    switch (roleOf(header.name)) {
      case Role::kHopByHop:
        break;
      case Role::kContentLength:
        if (shape.framing == Framing::kAsListed) {
          appendHeader(header.name, header.value, out);
        } else if (shape.framing == Framing::kLength && !framed) {
          out.append(header.name).append(": ");
          appendNumber(shape.length, out);
          out.append("\r\n");
          framed = true;
        }
        break;
      case Role::kTransferEncoding:
        if (shape.framing == Framing::kChunked && !framed) {
          appendHeader(header.name, "chunked", out);
          framed = true;
        }
        break;
      case Role::kPlain:
        appendHeader(header.name, header.value, out);
        break;
    }
  }
  if (!framed && shape.framing == Framing::kLength) {
    out.append("Content-Length: ");
    appendNumber(shape.length, out);
    out.append("\r\n");
  } else if (!framed && shape.framing == Framing::kChunked) {
    appendHeader("Transfer-Encoding", "chunked", out);
  }
  if (!shape.connection.empty()) appendHeader("Connection", shape.connection, out);
  out.append("\r\n");
}

}  // namespace flamesim::net
