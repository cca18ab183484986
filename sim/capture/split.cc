#include <cstdio>
#include <set>

#include "sim/capture/edit.h"
#include "sim/net/syntax.h"
#include "sim/net/url_parts.h"

namespace flamesim::capture {

namespace {

constexpr WriterOptions kSplitWriter{.compressionLevel = 6, .atomicity = Atomicity::kRenameOnClose};

// A host as the name of a file: what no file system minds stays.
std::string fileNameOf(std::string_view host) {
  std::string name;
  for (char c : host) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '.' || c == '-';
    name += plain ? c : '_';
  }
  constexpr size_t kLongestName = 200;
  if (name.size() > kLongestName) name.resize(kLongestName);
  return name.empty() || name[0] == '.' ? "_" + name : name;
}

class Splitting {
 public:
  Splitting(const std::filesystem::path& folder, const CaptureHeader& header,
            const SplitOptions& options)
      : folder(folder), header(header), options(options) {}

  void take(std::span<const std::byte> message) {
    auto& file = options.by == SplitBy::kHost
                     ? ofHost(net::splitUrl(peekExchange(message).orThrow().url).authority)
                     : part();
    file.writer->writeEncoded(message);
  }

  std::map<std::string, uint64_t> finish() {
    for (auto& [key, file] : files) close(file);
    return std::move(counts);
  }

 private:
  struct OutputFile {
    std::string name;
    std::unique_ptr<CaptureWriter> writer;
  };

  OutputFile& ofHost(std::string_view host) {
    auto found = files.find(std::string(host));
    if (found != files.end()) return found->second;
    if (files.size() >= kMostSplitHosts) {
      throw UserError(Diagnostic{
          .message = "the capture has more than " + std::to_string(kMostSplitHosts) + " hosts",
          .help = "filter it first, or split it by a number: --by 10000"});
    }
    std::string name = fileNameOf(host);
    for (int copy = 2; !names.insert(name).second; ++copy) {
      name = fileNameOf(host) + "_" + std::to_string(copy);
    }
    return open(std::string(host), name + ".cap");
  }

  // The file that is being written, or the next one. Those that are full are closed, or each would
  // cost a descriptor and memory to the end.
  OutputFile& part() {
    if (!files.empty()) {
      auto& last = files.rbegin()->second;
      bool full = options.by == SplitBy::kCount ? last.writer->exchanges() >= options.limit
                                                : last.writer->bytes() >= options.limit;
      if (!full) return last;
      close(last);
      files.clear();
    }
    char name[32];
    std::snprintf(name, sizeof(name), "part-%04zu.cap", counts.size() + 1);
    return open(name, name);
  }

  void close(OutputFile& file) {
    file.writer->close();
    counts[file.name] = file.writer->exchanges();
  }

  OutputFile& open(const std::string& key, const std::string& name) {
    auto& file = files[key];
    file.name = name;
    file.writer = CaptureWriter::create(folder / name, header, kSplitWriter);
    return file;
  }

  const std::filesystem::path& folder;
  const CaptureHeader& header;
  const SplitOptions& options;
  std::map<std::string, OutputFile> files;
  std::set<std::string> names;
  std::map<std::string, uint64_t> counts;  // of files that are closed
};

}  // namespace

Result<SplitOptions> parseSplit(std::string_view text) {
  if (text == "host") return SplitOptions{};
  size_t digits = text.find_first_not_of("0123456789");
  auto unit = digits == std::string_view::npos ? std::string_view() : text.substr(digits);
  SplitOptions options{.by = unit.empty() ? SplitBy::kCount : SplitBy::kBytes};
  uint64_t factor = unit.empty()                  ? 1
                    : unit == "kB" || unit == "k" ? 1000
                    : unit == "MB" || unit == "M" ? 1000 * 1000
                    : unit == "GB" || unit == "G" ? 1000 * 1000 * 1000
                                                  : 0;
  bool valid = net::parseContentLength(text.substr(0, digits), options.limit) && factor != 0 &&
               options.limit != 0 && options.limit < UINT64_MAX / factor;
  if (!valid) {
    return Diagnostic{.message = "\"" + std::string(text) + "\" is nothing to split by",
                      .help = "--by host, --by 10000 (exchanges a file), or --by 64MB"};
  }
  options.limit *= factor;
  return options;
}

std::map<std::string, uint64_t> split(CaptureReader& reader, const std::filesystem::path& folder,
                                      const CaptureHeader& header, const SplitOptions& options) {
  Splitting splitting(folder, header, options);
  while (auto block = reader.nextEncoded()) {
    for (size_t i = 0; i < block->size(); ++i) splitting.take((*block)[i]);
  }
  return splitting.finish();
}

}  // namespace flamesim::capture
