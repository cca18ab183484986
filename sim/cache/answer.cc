#include "sim/cache/answer.h"

#include <algorithm>

#include "sim/cache/conditional.h"
#include "sim/cache/range.h"

namespace flamesim::cache {

namespace {

std::optional<uint64_t> sizeOf(const BodySource& body) {
  if (auto* download = std::get_if<Download*>(&body)) return (*download)->length();
  auto& bytes = std::get<SharedBytes>(body);
  return bytes == nullptr ? 0 : bytes->size();
}

net::Body wholeOf(const BodySource& body) {
  if (auto* download = std::get_if<Download*>(&body)) {
    return net::Body::fromStream((*download)->reader(), (*download)->length());
  }
  auto& bytes = std::get<SharedBytes>(body);
  return bytes == nullptr ? net::Body() : net::Body::fromShared(bytes);
}

net::Body partOf(const BodySource& body, const ByteRange& part) {
  if (auto* download = std::get_if<Download*>(&body)) {
    return net::Body::fromStream(slice((*download)->reader(), part.first, part.length),
                                 part.length);
  }
  return net::Body::fromBytes(std::get<SharedBytes>(body)->substr(part.first, part.length));
}

void becomeNotModified(net::Response& response) {
  response.status = 304;
  response.statusText = net::reasonPhrase(304);
  // What describes a body that is not sent (RFC 9110 section 15.4.5).
  for (auto name : {"content-length", "content-type", "content-encoding", "content-language"}) {
    response.headers.remove(name);
  }
}

void becomeRange(net::Response& response, const BodySource& body, const std::string& range,
                 uint64_t size) {
  auto answer = answerRange(range, size);
  if (answer.kind == RangeKind::kWhole) {
    response.body = wholeOf(body);
  } else if (answer.kind == RangeKind::kPart) {
    response.status = 206;
    response.headers.set("Content-Range", contentRange(answer.part, size));
    response.headers.set("Content-Length", std::to_string(answer.part.length));
    response.body = partOf(body, answer.part);
  } else {
    response.status = 416;
    response.headers.set("Content-Range", "bytes */" + std::to_string(size));
    response.headers.remove("content-length");
    response.body = net::Body::fromBytes("");
  }
  if (response.status != 200) response.statusText = net::reasonPhrase(response.status);
}

}  // namespace

std::string_view nameOf(CacheStatus status) {
  switch (status) {
    case CacheStatus::kHit:
      return "HIT";
    case CacheStatus::kMiss:
      return "MISS";
    case CacheStatus::kExpired:
      return "EXPIRED";
    case CacheStatus::kStale:
      return "STALE";
    case CacheStatus::kBypass:
      return "BYPASS";
    case CacheStatus::kRevalidated:
      return "REVALIDATED";
    case CacheStatus::kUpdating:
      return "UPDATING";
    case CacheStatus::kDynamic:
      return "DYNAMIC";
  }
  return "";
}

net::Response answerFrom(const Entry& entry, BodySource body, std::string_view method,
                         const net::HeaderList& request, CacheStatus status, Time now) {
  net::Response response;
  response.status = entry.status;
  response.statusText = entry.statusText;
  response.headers = entry.headers;
  removeOwnHeaders(response.headers);
  response.headers.set("CF-Cache-Status", nameOf(status));
  if (status != CacheStatus::kMiss && status != CacheStatus::kExpired) {
    auto age = std::chrono::duration_cast<Seconds>(entry.freshness.age(now));
    response.headers.set("Age", std::to_string(std::max<int64_t>(0, age.count())));
  }
  if (entry.status == 200 && isNotModified(request, entry.headers, now)) {
    becomeNotModified(response);
    return response;
  }
  auto size = sizeOf(body);
  if (method == "HEAD") {
    if (size && !response.headers.has("content-length") && entry.status == 200) {
      response.headers.set("Content-Length", std::to_string(*size));
    }
    return response;
  }
  auto* range = request.first("range");
  if (range != nullptr && entry.status == 200 && size && mayAnswerRange(request, entry.headers)) {
    becomeRange(response, body, *range, *size);
  } else {
    response.body = wholeOf(body);
  }
  return response;
}

}  // namespace flamesim::cache
