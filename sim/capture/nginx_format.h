// NGINX's log_format, and lines of a log split by it.
// https://nginx.org/en/docs/http/ngx_http_log_module.html
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/error.h"

namespace flamesim::capture {

// How a value is written so that it cannot break out of its place.
enum class LogEscape : uint8_t {
  kDefault,  // `"`, `\` and what is no printable ASCII as \xNN
  kJson,     // as in a JSON string
  kNone,     // not at all
};

inline constexpr std::string_view kCombinedLog =
    "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent "
    "\"$http_referer\" \"$http_user_agent\"";

class LogFormat {
 public:
  // `text`: what stands between the quotes of log_format, or the whole directive as the
  // configuration has it (`log_format NAME [escape=...] '...' '...';`), whose escape then holds.
  // Fails with the place of the fault, also where nothing would tell two values apart.
  static Result<LogFormat> parse(std::string_view text, LogEscape escape = LogEscape::kDefault);

  struct Value {
    std::string_view name;  // of the variable, without '$'; lives as long as the format
    std::string value;      // unescaped
    bool missing = false;   // NGINX wrote its sign for "not there": "-"; "" in JSON
  };
  // Nothing when the line is not of this format.
  std::optional<std::vector<Value>> split(std::string_view line) const;

  bool has(std::string_view variable) const;

 private:
  struct Part {
    std::string variable;  // empty: none, a literal alone (at the beginning)
    std::string literal;   // behind it
  };
  std::vector<Part> parts;
  LogEscape escaping = LogEscape::kDefault;
};

}  // namespace flamesim::capture
