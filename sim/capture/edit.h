// Captures made of captures: a part, those that fit an expression, several in one, one in several.
// All of it streams in memory of one frame (split: one for each file it writes), keeps the order,
// and passes exchanges on unchanged, but for the ids of a merge.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/capture/filter.h"
#include "sim/capture/reader.h"
#include "sim/capture/writer.h"

namespace flamesim::capture {

struct EditCounts {
  uint64_t read = 0;
  uint64_t taken = 0;
};

struct IdRange {
  uint64_t first = 0;
  uint64_t last = 0;
};
// "1,5-9"; fails at what is no such list.
Result<std::vector<IdRange>> parseIdRanges(std::string_view text);

enum class SampleBy : uint8_t { kExchange, kHost, kClient, kUrl };

// What an exchange has to be; all of it together.
struct CutOptions {
  std::vector<IdRange> ids;     // empty: any
  std::optional<Time> since;    // not before
  std::optional<Time> until;    // before
  std::optional<double> share;  // 0 to 1: of the values of `by`, as a hash with `seed` has it
  SampleBy by = SampleBy::kExchange;
  uint64_t seed = 1;
  uint64_t first = 0;  // so many of those, then end; 0: all
};
EditCounts cut(CaptureReader& reader, CaptureWriter& writer, const CutOptions& options);

EditCounts filter(CaptureReader& reader, CaptureWriter& writer, const Filter& filter);

enum class MergeIds : uint8_t {
  kRenumber,  // 1..n; seeds stay, and with them what a replay draws
  kKeep,      // throws UserError where two exchanges have the same
};
// By time; of equal times, and where an input is out of order, as the inputs have it.
EditCounts merge(std::vector<CaptureReader>& readers, CaptureWriter& writer, MergeIds ids);

enum class SplitBy : uint8_t { kHost, kCount, kBytes };
struct SplitOptions {
  SplitBy by = SplitBy::kHost;
  uint64_t limit = 0;  // exchanges, or bytes of a file, after which the next one begins
};
// "host", "1000", "64MB"; fails at what is none of them.
Result<SplitOptions> parseSplit(std::string_view text);

// Writes HOST.cap, or part-0001.cap and on, into `folder`; the file's name -> its exchanges. Of
// hosts none appears unless all do; parts appear one by one, each when it is complete. Throws
// UserError for more than kMostSplitHosts hosts.
inline constexpr size_t kMostSplitHosts = 400;
std::map<std::string, uint64_t> split(CaptureReader& reader, const std::filesystem::path& folder,
                                      const CaptureHeader& header, const SplitOptions& options);

}  // namespace flamesim::capture
