// The entries of a zone file (RFC 1035 section 5.1): a line each, or several where parentheses hold
// them together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mocks/dns_record.h"

namespace flamesim::mocks {

struct BindEntry {
  std::vector<RdataToken> tokens;
  bool startsWithBlank = false;  // the owner is that of the entry before
  std::string comment;           // what follows the last ';' of the entry
  size_t end = 0;                // the offset after it
};

class BindLexer {
 public:
  // The text must outlive the lexer.
  explicit BindLexer(std::string_view text) : text(text) {}

  // The next entry that has tokens; false at the end of the text.
  bool next(BindEntry& entry);

  // What was wrong with the entry that next() returned, with its place; empty: nothing.
  std::string fault;
  std::string help;
  size_t faultOffset = 0;

 private:
  void readEntry(BindEntry& entry);
  void readToken(BindEntry& entry);
  void fail(size_t offset, std::string message, std::string help);

  std::string_view text;
  size_t at = 0;
};

}  // namespace flamesim::mocks
