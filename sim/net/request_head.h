// The header list of a request in its original order and casing, from what kj-http has parsed.
//
// kj-http keeps its built-in headers (Host, Content-Type, ...) in slots: their place, their casing
// and the borders between duplicates are lost. But its parser works in place: after the request
// target the buffer still holds every line, as name NUL value NUL. This walks those lines beside
// kj's own result and accepts them only when both agree on every header, so that nothing that kj
// did not take for a header is ever taken for one here.
#pragma once

#include <kj/compat/http.h>

#include <optional>
#include <string_view>

#include "sim/net/message.h"

namespace flamesim::net {

struct RequestHead {
  HeaderList headers;
  std::string_view version;  // "HTTP/1.1"; lives as long as `url`
  // White space between a name and its colon: such a request must be refused (RFC 9112
  // section 5.1).
  bool spaceBeforeColon = false;
  // The lines did not agree with kj's result, or had no known end; `headers` holds kj's view:
  // built-in headers first, in their usual casing, duplicates of them joined.
  bool fellBack = false;
};

// Whether zeros stand behind the bytes that kj-http's buffer holds, kHeadPadding of them at least.
// Only then can the end of the head be searched for: without, the head falls back.
enum class HeadBuffer : uint8_t { kPadded, kUnknown };
constexpr size_t kHeadPadding = 4;

// `url` and `headers` as HttpService::request() got them, before the body is first read. A built-in
// header with an empty value at the very end of the head is lost.
RequestHead scanRequestHead(kj::StringPtr url, const kj::HttpHeaders& headers, HeadBuffer buffer);

}  // namespace flamesim::net
