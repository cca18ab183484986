// Positions of bundled code back in the files that the team wrote: source maps, revision 3
// (ECMA-426), as esbuild and wrangler write them. Maps are decoded when a position is first asked.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace flamesim::js {

struct SourceLocation {
  std::string file;
  uint32_t line = 0;    // from 1
  uint32_t column = 0;  // from 1
};

// One decoded map.
class SourceMap;

class SourceMaps {
 public:
  SourceMaps();
  ~SourceMaps();
  // `module`: name of the generated file. A malformed map maps nothing.
  void add(std::string module, std::string json);
  std::optional<SourceLocation> map(const SourceLocation& generated);
  // The text of a line of an original file, where the map carries its content.
  std::optional<std::string> sourceLine(const std::string& file, uint32_t line);
  // A JavaScript stack trace with every position mapped that can be.
  std::string mapStack(const std::string& stack);

 private:
  struct Entry {
    std::string json;
    std::unique_ptr<SourceMap> decoded;
  };
  SourceMap* decoded(const std::string& module);
  std::map<std::string, Entry> entries;
};

}  // namespace flamesim::js
