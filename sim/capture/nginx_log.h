// NGINX's access logs to exchanges. A log has the request line, some headers and the status:
// - Of the answer only the status is known: headers and body are marked so (body_note.h). Answers
//   that nobody saw (499, 444: the client left, NGINX hung up) are outcomes that are not known.
// - Requests that had a body are left out, unless the format has $request_body: what POST, PUT or
//   PATCH did without it is no guide.
// - The time of a line is that of its end; where $request_time is there too it is taken off.
// - Names of headers are made of the variables: $http_user_agent is User-Agent, and their order is
//   that of the format, behind Host.
#pragma once

#include <string>
#include <string_view>

#include "sim/base/error.h"
#include "sim/capture/import_report.h"
#include "sim/capture/nginx_format.h"

namespace flamesim::capture {

struct NginxLogOptions {
  std::string host;             // where the log has none
  std::string scheme = "http";  // likewise
};

// Fails where the format lacks what every request needs: time, request line, and (with no
// options.host) the host. Lines that do not fit are counted.
Result<Import> importNginxLog(std::string_view text, std::string_view fileName,
                              const LogFormat& format, const NginxLogOptions& options);

}  // namespace flamesim::capture
