#include "sim/capture/curl_options.h"

#include <algorithm>
#include <array>
#include <optional>

namespace flamesim::capture {

namespace {

struct Known {
  char letter;  // '\0': none
  std::string_view name;
  bool takesValue;
  CurlOption option;
};

using enum CurlOption;

constexpr auto kOptions = std::to_array<Known>({
    {'\0', "url", true, kUrl},
    {'X', "request", true, kMethod},
    {'H', "header", true, kHeader},
    {'d', "data", true, kData},
    {'\0', "data-ascii", true, kData},
    {'\0', "data-binary", true, kData},
    {'\0', "data-raw", true, kDataRaw},
    {'\0', "data-urlencode", true, kDataUrlencode},
    {'\0', "json", true, kJson},
    {'b', "cookie", true, kCookie},
    {'u', "user", true, kUser},
    {'A', "user-agent", true, kUserAgent},
    {'e', "referer", true, kReferer},
    {'r', "range", true, kRange},
    {'I', "head", false, kHead},
    {'G', "get", false, kGet},
    {'\0', "compressed", false, kCompressed},
    {'0', "http1.0", false, kHttp10},
    {'\0', "http1.1", false, kHttp11},
    {'\0', "http2", false, kHttp2},
    {'\0', "http2-prior-knowledge", false, kHttp2},
    {'\0', "http3", false, kHttp3},
    {'\0', "http3-only", false, kHttp3},
    {'g', "globoff", false, kGlobOff},
    {':', "next", false, kNext},
    {'F', "form", true, kNotTaken},
    {'\0', "form-string", true, kNotTaken},
    {'T', "upload-file", true, kNotTaken},
    {'K', "config", true, kNotTaken},
    {'\0', "url-query", true, kNotTaken},
    {'\0', "digest", false, kNotTaken},
    {'\0', "ntlm", false, kNotTaken},
    {'\0', "negotiate", false, kNotTaken},
    {'\0', "anyauth", false, kNotTaken},
    {'\0', "oauth2-bearer", true, kNotTaken},
    {'\0', "aws-sigv4", true, kNotTaken},
    {'n', "netrc", false, kNotTaken},
    {'z', "time-cond", true, kNotTaken},
    {'C', "continue-at", true, kNotTaken},
    {'\0', "request-target", true, kNotTaken},
    {'\0', "path-as-is", false, kNotTaken},
    {'\0', "basic", false, kIgnored},
    {'k', "insecure", false, kIgnored},
    {'s', "silent", false, kIgnored},
    {'S', "show-error", false, kIgnored},
    {'L', "location", false, kIgnored},
    {'\0', "location-trusted", false, kIgnored},
    {'\0', "max-redirs", true, kIgnored},
    {'v', "verbose", false, kIgnored},
    {'i', "include", false, kIgnored},
    {'\0', "show-headers", false, kIgnored},
    {'f', "fail", false, kIgnored},
    {'\0', "fail-with-body", false, kIgnored},
    {'N', "no-buffer", false, kIgnored},
    {'#', "progress-bar", false, kIgnored},
    {'\0', "no-progress-meter", false, kIgnored},
    {'o', "output", true, kIgnored},
    {'O', "remote-name", false, kIgnored},
    {'J', "remote-header-name", false, kIgnored},
    {'\0', "create-dirs", false, kIgnored},
    {'w', "write-out", true, kIgnored},
    {'D', "dump-header", true, kIgnored},
    {'c', "cookie-jar", true, kIgnored},
    {'\0', "trace", true, kIgnored},
    {'\0', "trace-ascii", true, kIgnored},
    {'\0', "stderr", true, kIgnored},
    {'m', "max-time", true, kIgnored},
    {'\0', "connect-timeout", true, kIgnored},
    {'\0', "expect100-timeout", true, kIgnored},
    {'\0', "keepalive-time", true, kIgnored},
    {'\0', "no-keepalive", false, kIgnored},
    {'\0', "retry", true, kIgnored},
    {'\0', "retry-delay", true, kIgnored},
    {'\0', "retry-max-time", true, kIgnored},
    {'\0', "retry-all-errors", false, kIgnored},
    {'\0', "retry-connrefused", false, kIgnored},
    {'\0', "limit-rate", true, kIgnored},
    {'4', "ipv4", false, kIgnored},
    {'6', "ipv6", false, kIgnored},
    {'\0', "interface", true, kIgnored},
    {'\0', "resolve", true, kIgnored},
    {'\0', "connect-to", true, kIgnored},
    {'\0', "unix-socket", true, kIgnored},
    {'\0', "dns-servers", true, kIgnored},
    {'\0', "doh-url", true, kIgnored},
    {'x', "proxy", true, kIgnored},
    {'\0', "noproxy", true, kIgnored},
    {'U', "proxy-user", true, kIgnored},
    {'E', "cert", true, kIgnored},
    {'\0', "key", true, kIgnored},
    {'\0', "cacert", true, kIgnored},
    {'\0', "capath", true, kIgnored},
    {'\0', "ciphers", true, kIgnored},
    {'\0', "tls-max", true, kIgnored},
    {'1', "tlsv1", false, kIgnored},
    {'\0', "tlsv1.0", false, kIgnored},
    {'\0', "tlsv1.1", false, kIgnored},
    {'\0', "tlsv1.2", false, kIgnored},
    {'\0', "tlsv1.3", false, kIgnored},
    {'\0', "ssl-reqd", false, kIgnored},
    {'\0', "post301", false, kIgnored},
    {'\0', "post302", false, kIgnored},
    {'\0', "post303", false, kIgnored},
    {'q', "disable", false, kIgnored},
    {'Z', "parallel", false, kIgnored},
    {'\0', "parallel-max", true, kIgnored},
    {'\0', "tcp-nodelay", false, kIgnored},
    {'\0', "styled-output", false, kIgnored},
});

const Known* byName(std::string_view name) {
  auto found = std::find_if(kOptions.begin(), kOptions.end(),
                            [&](const Known& known) { return known.name == name; });
  return found == kOptions.end() ? nullptr : &*found;
}

const Known* byLetter(char letter) {
  auto found = std::find_if(kOptions.begin(), kOptions.end(), [&](const Known& known) {
    return known.letter == letter && letter != '\0';
  });
  return found == kOptions.end() ? nullptr : &*found;
}

class ArgumentParser {
 public:
  ArgumentParser(const ShellCommand& command, std::string_view text, std::string_view fileName)
      : command(command), text(text), fileName(fileName) {}

  Result<std::vector<CurlArgument>> run() {
    for (at = 1; at < command.size() && !failed; ++at) {
      std::string_view word = command[at].text;
      if (!onlyUrls && word == "--") {
        onlyUrls = true;
      } else if (!onlyUrls && word.starts_with("--")) {
        longOption(word.substr(2));
      } else if (!onlyUrls && word.size() > 1 && word.starts_with('-')) {
        letters(word.substr(1));
      } else {
        arguments.push_back({kUrl, "URL", std::string(word)});
      }
    }
    if (failed) return error;
    return std::move(arguments);
  }

 private:
  void fail(std::string message, std::string help) {
    error = diagnosticAt(fileName, text, command[std::min(at, command.size() - 1)].offset,
                         std::move(message), std::move(help));
    constexpr size_t kLongestShown = 400;
    if (error.sourceLine.size() > kLongestShown) error.sourceLine.clear();
    failed = true;
  }

  void take(const Known& known, std::string_view shown, std::optional<std::string_view> value) {
    if (known.takesValue && !value) {
      if (at + 1 >= command.size()) {
        return fail("the option " + std::string(shown) + " needs a value", "");
      }
      value = command[++at].text;
    }
    arguments.push_back({known.option, "--" + std::string(known.name),
                         std::string(known.takesValue ? *value : std::string_view())});
  }

  void longOption(std::string_view name) {
    const Known* known = byName(name);
    // --no-NAME undoes a switch; --NAME=VALUE is not curl's.
    if (known == nullptr && name.starts_with("no-")) {
      known = byName(name.substr(3));
      if (known != nullptr && !known->takesValue && known->option == kIgnored) return;
      known = nullptr;
    }
    if (known == nullptr) {
      std::vector<std::string> names;
      for (const auto& each : kOptions) names.emplace_back(each.name);
      auto near = nearest(name, names);
      return fail("the option --" + std::string(name) + " is not known here",
                  near.empty() ? "take it out if it does not change what is sent"
                               : "did you mean --" + near + "?");
    }
    take(*known, "--" + std::string(name), std::nullopt);
  }

  // "-sSL", "-XPOST".
  void letters(std::string_view word) {
    for (size_t i = 0; i < word.size() && !failed; ++i) {
      const Known* known = byLetter(word[i]);
      std::string shown = "-" + std::string(1, word[i]);
      if (known == nullptr) {
        return fail("the option " + shown + " is not known here",
                    "take it out if it does not change what is sent");
      }
      if (known->takesValue) {
        auto rest = word.substr(i + 1);
        return take(*known, shown, rest.empty() ? std::nullopt : std::optional(rest));
      }
      take(*known, shown, std::nullopt);
    }
  }

  const ShellCommand& command;
  std::string_view text;
  std::string_view fileName;
  size_t at = 1;
  bool onlyUrls = false;
  bool failed = false;
  Diagnostic error;
  std::vector<CurlArgument> arguments;
};

}  // namespace

Result<std::vector<CurlArgument>> parseCurlArguments(const ShellCommand& command,
                                                     std::string_view text,
                                                     std::string_view fileName) {
  return ArgumentParser(command, text, fileName).run();
}

}  // namespace flamesim::capture
