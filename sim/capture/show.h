// What `flamesim capture show` and `flamesim capture stat` print.
#pragma once

#include <cstdint>
#include <map>
#include <ostream>
#include <string>

#include "sim/capture/reader.h"
#include "sim/net/exchange.h"

namespace flamesim::capture {

enum class ShowFormat : uint8_t {
  kText,  // one line an exchange: id time method url -> status bytes effects
  kJson,  // JSON lines, one exchange a line
};
enum class ShowBodies : uint8_t { kOmit, kInclude };

struct ShowOptions {
  ShowFormat format = ShowFormat::kText;
  ShowBodies bodies = ShowBodies::kInclude;  // JSON only; kOmit leaves "bodyBytes" alone
  uint64_t limit = 0;                        // exchanges; 0: all
};

// From where `reader` stands to the end; returns how many exchanges were shown. Says at the end, as
// a line of its own beginning with "#" (text only), what was cut off or skipped. Throws UserError
// where the reader does. Stops early when `out` fails (a closed pipe).
uint64_t show(CaptureReader& reader, std::ostream& out, const ShowOptions& options = {});

std::string textLine(const net::Exchange& exchange);
// A body stands as "body" when it is UTF-8, else as "bodyBase64", always with "bodyBytes"; a header
// is [name, value], or [name, value in base64, "base64"] when the value is not UTF-8.
std::string jsonLine(const net::Exchange& exchange, ShowBodies bodies = ShowBodies::kInclude);

struct CaptureStat {
  uint64_t exchanges = 0;
  uint64_t requestBytes = 0;  // of bodies
  uint64_t responseBytes = 0;
  uint64_t effects = 0;
  uint64_t bodiesNotKept = 0;  // see sim/capture/body_note.h
  Time first{};                // both of exchange.time
  Time last{};
  std::map<std::string, uint64_t> byHost;  // "host" or "host:port" as in the URL
  std::map<std::string, uint64_t> byMethod;
  std::map<uint16_t, uint64_t> byStatus;  // of responses
  std::map<std::string, uint64_t> byOutcome;
  std::map<std::string, uint64_t> byEffect;  // "subrequest internet", "rpc rrdns", ...
  Skipped skipped;
  uint64_t truncatedBytes = 0;

  void add(const net::Exchange& exchange);
};

// Reads to the end.
CaptureStat stat(CaptureReader& reader);
void print(const CaptureStat& stat, std::ostream& out, ShowFormat format = ShowFormat::kText);

}  // namespace flamesim::capture
