// Which exchanges are wanted: expressions over the fields of an exchange.
//
//   host == "a.example" and (status >= 500 or header("cookie") =~ "session=")
//
//   or || and && not ! ( )    `and` binds closer than `or`
//   FIELD OP VALUE            OP: == != < <= > >=, and =~ for a regular expression (ICU's syntax)
//   FIELD in (VALUE, ...)     true where one of them is equal
//   FIELD                     true where it is set: not 0, false or empty
//
// Of a field with several values (headers, effects) one that fits is enough; != is the opposite of
// ==. The language is that of `flamesim logs --filter` (mocks/log_filter.h) and words besides; the
// two share no code, for mocks and sim do not know each other.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/error.h"
#include "sim/net/exchange.h"

namespace flamesim::capture {

class Filter {
 public:
  // The error has the place of the fault; its file is "filter".
  static Result<Filter> parse(std::string_view expression);

  // May be called on any thread.
  bool matches(const net::Exchange& exchange) const;

  // The names of fields, for the command's help: "id", "header(\"NAME\")", ...
  static std::vector<std::string> fieldNames();

  struct Node;

 private:
  explicit Filter(std::shared_ptr<const Node> root) : root(std::move(root)) {}
  std::shared_ptr<const Node> root;
};

}  // namespace flamesim::capture
