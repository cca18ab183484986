// The options of curl that the import of command lines knows, and the parsing of a command into
// them. https://curl.se/docs/manpage.html
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/base/error.h"
#include "sim/capture/shell_words.h"

namespace flamesim::capture {

enum class CurlOption : uint8_t {
  kIgnored,  // says how curl behaves, not what it sends
  kUrl,
  kMethod,
  kHeader,
  kData,     // -d: without line ends where it is a file
  kDataRaw,  // the @ stands for itself
  kDataUrlencode,
  kJson,
  kCookie,
  kUser,
  kUserAgent,
  kReferer,
  kRange,
  kHead,
  kGet,
  kCompressed,
  kHttp10,
  kHttp11,
  kHttp2,
  kHttp3,
  kGlobOff,
  kNext,      // another request, with options of its own
  kNotTaken,  // changes the request in a way that is not known here: the command is left out
};

struct CurlArgument {
  CurlOption option;
  std::string name;   // as in the table: "--header"
  std::string value;  // empty where it takes none
};

// `command` without its first word. Words that are no options are kUrl. Fails at what is not in the
// table, and at an option without its value.
Result<std::vector<CurlArgument>> parseCurlArguments(const ShellCommand& command,
                                                     std::string_view text,
                                                     std::string_view fileName);

}  // namespace flamesim::capture
