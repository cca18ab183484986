#include "sim/net/edge_error.h"

#include <algorithm>

namespace flamesim::net {

namespace {

// By code.
constexpr EdgeError kErrors[] = {
    {520, 520, "Web server returned an unknown error"},
    {521, 521, "Web server is down"},
    {522, 522, "Connection timed out"},
    {523, 523, "Origin is unreachable"},
    {524, 524, "A timeout occurred"},
    {525, 525, "SSL handshake failed"},
    {526, 526, "Invalid SSL certificate"},
    {1000, 403, "DNS points to prohibited IP"},
    {1001, 409, "DNS resolution error"},
    {1014, 403, "CNAME cross-user banned"},
    {1015, 429, "You are being rate limited"},
    {1016, 530, "Origin DNS error"},
    {1019, 500, "Compute server error"},
    {1021, 403, "The host is not configured to be accessed by the worker"},
    {1022, 403, "The domain could not be routed"},
    {1024, 403, "Access to the host is denied"},
    {1027, 429, "Too many requests in a day"},
    {1042, 404, "A worker cannot fetch from another worker on the same zone"},
    {1101, 500, "Worker threw exception"},
    {1102, 503, "Worker exceeded resource limits"},
};

std::string page(const EdgeError& error, std::string_view rayId) {
  std::string code = std::to_string(error.code);
  std::string text = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>" +
                     code + ": " + std::string(error.title) +
                     "</title></head>\n<body>\n<h1>Error " + code + "</h1>\n<p>" +
                     std::string(error.title) + "</p>\n";
  if (!rayId.empty()) text += "<p>Ray ID: " + std::string(rayId) + "</p>\n";
  return text + "</body>\n</html>\n";
}

}  // namespace

const EdgeError* findEdgeError(uint16_t code) {
  auto found = std::ranges::find(kErrors, code, &EdgeError::code);
  return found == std::end(kErrors) ? nullptr : found;
}

const EdgeError& edgeErrorOf(FetchFailure failure) {
  switch (failure) {
    case FetchFailure::kName:
      return *findEdgeError(1016);
    case FetchFailure::kRefused:
      return *findEdgeError(521);
    case FetchFailure::kConnectTimeout:
      return *findEdgeError(522);
    case FetchFailure::kUnreachable:
      return *findEdgeError(523);
    case FetchFailure::kTimeout:
      return *findEdgeError(524);
    case FetchFailure::kHandshake:
      return *findEdgeError(525);
    case FetchFailure::kCertificate:
      return *findEdgeError(526);
    case FetchFailure::kClosed:
    case FetchFailure::kNotHttp:
    case FetchFailure::kOther:
      break;
  }
  return *findEdgeError(520);
}

Response edgeErrorResponse(const EdgeError& error, const HeaderList& request,
                           std::string_view rayId) {
  Response response;
  response.status = error.status;
  auto accept = request.get("accept");
  bool html = accept && toLowerAscii(*accept).find("text/html") != std::string::npos;
  response.headers.append("Content-Type",
                          html ? "text/html; charset=UTF-8" : "text/plain; charset=UTF-8");
  response.headers.append("Cache-Control", "private, no-store");
  if (!rayId.empty()) response.headers.append("CF-RAY", rayId);
  response.body =
      Body::fromBytes(html ? page(error, rayId) : "error code: " + std::to_string(error.code));
  return response;
}

}  // namespace flamesim::net
