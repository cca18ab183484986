// GoReplay's files (.gor): payloads of raw HTTP/1, each under a line "TYPE ID TIME ROUNDTRIP" and
// ended by a line of three monkeys. TYPE: 1 request, 2 response, 3 response of a replay; ID ties
// them together; times are in nanoseconds. https://github.com/buger/goreplay, protocol.go
//
// What import does with them:
// - A request and the response of its id become an exchange, at the request's time. Scheme and
//   client are not in the file: the options say the scheme, the client stays unknown.
// - A request without a usable response has an outcome that is not known (body_note.h).
// - A response body that is cut off is marked as not kept; a request that is cut off is left out,
//   as are CONNECT, requests without host, responses of a replay, and what has no request.
// - Chunks are joined, and what is of the connection is dropped (raw_http.h).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/error.h"
#include "sim/capture/import_report.h"

namespace flamesim::capture {

struct GorOptions {
  std::string scheme = "http";
  std::string host;  // of requests without a Host header; empty: such are left out
};

// Of one or more files, as one: ids may pair across them. Each text may be compressed with gzip.
// Fails where nothing in a file looks like a payload. Holds all of it in memory.
struct GorFile {
  std::string name;
  std::string text;
};
Result<Import> importGor(std::vector<GorFile> files, const GorOptions& options);
Result<Import> importGorFiles(const std::vector<std::filesystem::path>& paths,
                              const GorOptions& options);

// The payloads of one exchange: its request, and its response where one is known. A capture has no
// round-trip time: it is 0. What the format cannot hold is counted in `report`: effects, clients,
// headers and bodies that were not kept.
std::string gorPayloads(const net::Exchange& exchange, ImportReport& report);

}  // namespace flamesim::capture
