// HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/) to exchanges. A HAR file tells what a
// browser saw, not what was on the wire; what is done about that, so that a replay can be compared:
//
// - Entries that no front line answered are left out: other schemes than http(s), no response
//   (status 0: blocked, aborted), answers from the browser's cache or a service worker, requests
//   whose body the file lacks. The report counts each reason.
// - Response bodies stand decoded in the file. Where the headers say Content-Encoding and the body
//   is not coded, Content-Encoding and Content-Length are dropped, so that the exchange is true in
//   itself: this body under these headers. Transfer-Encoding, which is of a hop, always goes.
// - A response body that the file lacks is marked (body_note.h), never taken for an empty one. To
//   HEAD, 204 and 304 there is none on the wire, whatever the file says.
// - HTTP/2 pseudo header fields go; a request without Host gets one from :authority or the URL, as
//   every front line makes one.
// - A header value of several lines (Firefox: all Set-Cookie in one) becomes a header per line.
// - What a file of ours says besides ("_flamesim", har_extension.h) is taken back.
// - Content-Length of a request is set to the length of the body in the file where it differs.
#pragma once

#include <filesystem>
#include <string_view>

#include "sim/base/error.h"
#include "sim/capture/import_report.h"

namespace flamesim::capture {

// `text`: the file, UTF-8 with or without byte order mark. `fileName`: for messages. Fails, with
// line, column and byte offset, on what is not JSON, and on JSON without log.entries. Holds the
// whole file in memory.
Result<Import> importHar(std::string_view text, std::string_view fileName);
Result<Import> importHarFile(const std::filesystem::path& path);

}  // namespace flamesim::capture
