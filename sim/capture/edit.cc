#include "sim/capture/edit.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_set>

#include "sim/base/random.h"
#include "sim/net/syntax.h"
#include "sim/net/url_parts.h"

namespace flamesim::capture {

namespace {

// FNV-1a, then mixed: the same on every machine, and fair in its upper bits.
uint64_t sampleHash(std::string_view value, uint64_t seed) {
  uint64_t hash = 0xcbf29ce484222325 ^ seed;
  for (char c : value) hash = (hash ^ uint8_t(c)) * 0x100000001b3;
  return Random(hash).next();
}

// Passes on those that fit, and no more than `first`, as their bytes stand in the file.
template <typename Fits>
EditCounts copyFitting(CaptureReader& reader, CaptureWriter& writer, uint64_t first, Fits fits) {
  EditCounts counts;
  while (auto block = reader.nextEncoded()) {
    for (size_t i = 0; i < block->size(); ++i) {
      ++counts.read;
      if (!fits((*block)[i])) continue;
      writer.writeEncoded((*block)[i]);
      if (++counts.taken == first) return counts;
    }
  }
  return counts;
}

class Cutter {
 public:
  explicit Cutter(const CutOptions& options) : options(options) {
    double share = std::clamp(options.share.value_or(1), 0.0, 1.0);
    takesAll = share >= 1;
    limit = takesAll ? 0 : uint64_t(std::ldexp(share, 64));
  }

  bool fits(std::span<const std::byte> message) const {
    auto key = peekExchange(message).orThrow();
    if (options.since && key.time < *options.since) return false;
    if (options.until && key.time >= *options.until) return false;
    bool listed = options.ids.empty() ||
                  std::any_of(options.ids.begin(), options.ids.end(), [&](const IdRange& range) {
                    return key.id >= range.first && key.id <= range.last;
                  });
    return listed && (takesAll || sampled(key, message));
  }

 private:
  bool sampled(const ExchangeKey& key, std::span<const std::byte> message) const {
    std::string value;
    switch (options.by) {
      case SampleBy::kExchange:
        value = std::to_string(key.id);
        break;
      case SampleBy::kHost:
        value = net::splitUrl(key.url).authority;
        break;
      case SampleBy::kClient:
        value = decodeExchange(message).orThrow().client.ip;
        break;
      case SampleBy::kUrl:
        value = key.url;
        break;
    }
    return sampleHash(value, options.seed) < limit;
  }

  const CutOptions& options;
  bool takesAll = false;
  uint64_t limit = 0;
};

bool parseId(std::string_view text, uint64_t& id) {
  return net::parseContentLength(net::trimWhitespace(text), id);
}

}  // namespace

Result<std::vector<IdRange>> parseIdRanges(std::string_view text) {
  std::vector<IdRange> ranges;
  for (size_t at = 0; at <= text.size();) {
    size_t end = std::min(text.find(',', at), text.size());
    auto part = text.substr(at, end - at);
    size_t dash = part.find('-');
    IdRange range;
    bool valid = parseId(part.substr(0, dash), range.first);
    range.last = range.first;
    if (dash != std::string_view::npos) valid = valid && parseId(part.substr(dash + 1), range.last);
    if (!valid || range.last < range.first) {
      return diagnosticAt("--ids", text, at, "\"" + std::string(part) + "\" is no id and no range",
                          "a list of ids is 1,5-9");
    }
    ranges.push_back(range);
    at = end + 1;
  }
  return ranges;
}

EditCounts cut(CaptureReader& reader, CaptureWriter& writer, const CutOptions& options) {
  Cutter cutter(options);
  return copyFitting(reader, writer, options.first,
                     [&](std::span<const std::byte> message) { return cutter.fits(message); });
}

EditCounts filter(CaptureReader& reader, CaptureWriter& writer, const Filter& filter) {
  return copyFitting(reader, writer, 0, [&](std::span<const std::byte> message) {
    return filter.matches(decodeExchange(message).orThrow());
  });
}

EditCounts merge(std::vector<CaptureReader>& readers, CaptureWriter& writer, MergeIds ids) {
  std::vector<std::optional<net::Exchange>> heads;
  for (auto& reader : readers) heads.push_back(reader.next());
  std::unordered_set<uint64_t> seen;
  EditCounts counts;
  while (true) {
    size_t next = heads.size();
    for (size_t i = 0; i < heads.size(); ++i) {
      if (heads[i] && (next == heads.size() || heads[i]->time < heads[next]->time)) next = i;
    }
    if (next == heads.size()) return counts;
    auto& exchange = *heads[next];
    ++counts.read;
    ++counts.taken;
    if (ids == MergeIds::kRenumber) {
      exchange.id = counts.taken;
    } else if (!seen.insert(exchange.id).second) {
      throw UserError(
          Diagnostic{.message = "two exchanges have the id " + std::to_string(exchange.id),
                     .file = readers[next].name(),
                     .help = "without --keep-ids they are numbered anew"});
    }
    writer.write(exchange);
    heads[next] = readers[next].next();
  }
}

}  // namespace flamesim::capture
