// Which log messages are wanted: expressions over the fields of a message.
//
//   accountId == 7 && (edgeResponseStatus >= 500 || clientRequestUri =~ "^/api/")
//
//   || && ! ( )           as in C; && binds closer than ||
//   name OP value         OP: == != < <= > >=, and =~ for a POSIX extended regular expression
//   name                  true where the field is set: not 0, false or empty
//
// A name is that of a field of the message (timestamp, worker), of a field of its active member
// (accountId), or a path (httplogs.accountId, cookies.name). The name of a member alone is true
// where it is the active one. Values: numbers, true and false, strings in " or '. Names of
// enumerants are strings. Of a list, one element that fits is enough. A comparison with a field
// that the active member does not have is false, != true.
#pragma once

#include <capnp/dynamic.h>

#include <memory>
#include <string>
#include <string_view>

namespace flamesim::mocks {

class LogFilter {
 public:
  // `schema`: of the messages; must outlive the filter. Throws InputError with the place of the
  // fault; `source` names the expression in it.
  static LogFilter parse(std::string_view expression, capnp::StructSchema schema,
                         const std::string& source = "filter");
  LogFilter(LogFilter&&) noexcept;
  ~LogFilter();

  // Throws kj::Exception where the message is damaged.
  bool matches(capnp::DynamicStruct::Reader message) const;

  struct Node;

 private:
  explicit LogFilter(std::unique_ptr<const Node> root);
  std::unique_ptr<const Node> root;
};

}  // namespace flamesim::mocks
