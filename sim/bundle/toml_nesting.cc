#include "sim/bundle/toml_nesting.h"

#include <algorithm>
#include <vector>

#include "sim/bundle/config_tree.h"

namespace flamesim::bundle {

namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text(text) {}

  std::optional<DeepNesting> run() {
    while (position < text.size() && !found) step();
    return found;
  }

 private:
  struct Bracket {
    bool isTable;
    int depth;  // of what stands in it, before the parts of a key
  };

  const std::string_view text;
  size_t position = 0;
  std::optional<DeepNesting> found;
  std::vector<Bracket> open;
  int sectionDepth = 0;  // of the keys below the last [header]
  int keyParts = 0;      // of the key that is being read or whose value is
  size_t keyStart = 0;
  bool inKey = true;
  bool inHeader = false;

  int baseDepth() const { return open.empty() ? (inHeader ? 0 : sectionDepth) : open.back().depth; }

  void step() {
    char c = text[position];
    switch (c) {
      case '#':
        position = std::min(text.find('\n', position), text.size());
        return;
      case '"':
      case '\'':
        beginKey();
        skipString(c);
        return;
      case '\n':
        if (open.empty()) endLine();
        break;
      case ' ':
      case '\t':
      case '\r':
        break;
      case '.':
        if (inKey) addPart();
        break;
      case '=':
        inKey = false;
        break;
      case ',':
        expectItem();
        break;
      case '[':
      case '{':
        openBracket(c);
        break;
      case ']':
      case '}':
        closeBracket();
        break;
      default:
        beginKey();
    }
    ++position;
  }

  void beginKey() {
    if (!inKey || keyParts > 0) return;
    keyStart = position;
    addPart();
  }

  void addPart() {
    ++keyParts;
    if (baseDepth() + keyParts <= kMaxNesting) return;
    found = {keyStart, "this key nests more than 256 deep",
             "each dot in a key goes one level down; a name that has dots in it stands in quotes"};
  }

  void openBracket(char c) {
    if (open.empty() && inKey && keyParts == 0) {  // [header] or [[header]]
      inHeader = true;
      return;
    }
    int depth = baseDepth() + keyParts + (c == '[' ? 1 : 0);
    if (depth > kMaxNesting) {
      found = {position, "values nest more than 256 deep", ""};
      return;
    }
    open.push_back({c == '{', depth});
    expectItem();
  }

  void closeBracket() {
    if (!open.empty()) open.pop_back();
    inKey = open.empty() && inHeader;
  }

  // Behind "{", "[" and ",".
  void expectItem() {
    keyParts = 0;
    inKey = !open.empty() && open.back().isTable;
  }

  void endLine() {
    if (inHeader) sectionDepth = keyParts;
    inHeader = false;
    keyParts = 0;
    inKey = true;
  }

  // Strings over one line end with it, if not before: the fault is the parser's to tell.
  void skipString(char quote) {
    std::string_view triple = quote == '"' ? "\"\"\"" : "'''";
    bool multiline = text.substr(position, 3) == triple;
    position += multiline ? 3 : 1;
    while (position < text.size()) {
      char c = text[position];
      if (c == '\\' && quote == '"') {
        position += 2;
      } else if (multiline ? text.substr(position, 3) == triple : c == quote) {
        position += multiline ? 3 : 1;
        // Up to two quotes may stand at the end of a string in triple ones.
        for (int i = 0; multiline && i < 2 && text.substr(position).starts_with(quote); ++i) {
          ++position;
        }
        return;
      } else if (c == '\n' && !multiline) {
        return;
      } else {
        ++position;
      }
    }
    position = text.size();
  }
};

}  // namespace

std::optional<DeepNesting> findDeepNesting(std::string_view text) {
  return Scanner(text).run();
}

}  // namespace flamesim::bundle
