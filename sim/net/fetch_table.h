// A table of HTTP answers in a JSON file, which stands in for FL, the HTTP cache or the Internet:
//
//   {
//     "rows": [
//       {"when": {"method": "GET", "url": "https://api.example.com/users/*"},
//        "then": {"status": 200, "json": {"name": "A"}}},
//       {"when": {"url": "https://slow.example/*"}, "delayMs": 200, "error": "disconnected"},
//       {"sequence": [{"then": {"status": 503}}, {"then": {"body": "well"}}], "then":
//       "repeat-last"}
//     ],
//     "unmatched": "fail"
//   }
//
// The first row whose "when" matches answers. docs/mocks.md has the format in full. A value that
// threads may share; mock_fetcher.h answers from it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/time.h"
#include "sim/net/message.h"

namespace flamesim::net {

// Text in which "*" stands for any characters, none included.
class TextPattern {
 public:
  // Matches everything.
  TextPattern() : parts{"", ""} {}
  explicit TextPattern(std::string_view text);
  bool matches(std::string_view text) const;
  bool matchesEverything() const;

 private:
  std::vector<std::string> parts;  // what stands between the stars; at least one
};

class FetchTable {
 public:
  // Throws UserError with every fault of the file.
  static std::shared_ptr<const FetchTable> load(const std::filesystem::path& file);

  struct Answer {
    uint16_t status = 200;
    std::string statusText;
    HeaderList headers;
    std::shared_ptr<const std::string> body;
    std::string error;  // not empty: there is no response, and this is why
    Duration delay = Duration::zero();
  };
  enum class After : uint8_t { kRepeatLast, kCycle, kFail };
  struct HeaderPattern {
    std::string name;
    std::optional<TextPattern> value;  // nothing: it must be absent
  };
  struct Row {
    TextPattern method;
    TextPattern url;
    std::vector<HeaderPattern> headers;
    std::vector<Answer> answers;  // one after the other; at least one
    After after = After::kRepeatLast;
    std::string place;  // "origin.json:7, rows[2]"
    bool matches(const Request& request) const;
    bool matchesEverything() const;
  };

  std::string file;  // as messages show it
  std::vector<Row> rows;
  bool passUnmatched = false;  // to what stands behind the mock

  // nullptr: none matches.
  const Row* find(const Request& request) const;
};

}  // namespace flamesim::net
