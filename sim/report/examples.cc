#include "sim/report/examples.h"

#include <algorithm>
#include <set>

#include "sim/capture/reader.h"

namespace flamesim::report {

namespace {

// Effects show less of their bodies than the exchange of its own.
constexpr size_t kKeptEffectBytes = 16 << 10;

void cut(std::string& text, size_t limit) {
  if (text.size() <= limit) return;
  text.resize(limit);
  text.shrink_to_fit();
}

// Takes the ids that it finds out of `wanted`.
template <typename Take>
void readWanted(const std::filesystem::path& path, std::set<uint64_t>& wanted, Take take) {
  auto reader = capture::CaptureReader::open(path).orThrow();
  while (!wanted.empty()) {
    auto block = reader.nextEncoded();
    if (!block) return;
    for (size_t i = 0; i < block->size(); ++i) {
      auto key = capture::peekExchange((*block)[i]);
      if (!key || wanted.erase(key.value().id) == 0) continue;
      take(capture::decodeExchange((*block)[i]).orThrow());
    }
  }
}

std::string firstLine(const std::exception& error) {
  std::string text = error.what();
  text.resize(std::min(text.find('\n'), text.size()));
  constexpr std::string_view kPrefix = "error: ";
  if (text.starts_with(kPrefix)) text.erase(0, kPrefix.size());
  return text;
}

}  // namespace

KeptExchange::KeptExchange(net::Exchange whole)
    : exchange(std::move(whole)),
      requestBytes(exchange.request.body.size()),
      responseBytes(exchange.outcome.response.body.size()) {
  cut(exchange.request.body, kKeptBodyBytes);
  cut(exchange.outcome.response.body, kKeptBodyBytes);
  for (auto& effect : exchange.outcome.effects) {
    cut(effect.input, kKeptEffectBytes);
    cut(effect.output, kKeptEffectBytes);
    if (effect.request) cut(effect.request->body, kKeptEffectBytes);
    if (effect.response) cut(effect.response->body, kKeptEffectBytes);
  }
}

Examples readExamples(const RunSummary& summary,
                      const std::vector<std::filesystem::path>& candidates) {
  Examples examples;
  std::set<uint64_t> wanted;
  for (const auto& cluster : summary.clusters) {
    if (wanted.size() == kShownClusters) break;
    wanted.insert(cluster.example.id);
  }
  auto read = [&](const std::filesystem::path& path, std::set<uint64_t>& ids, auto take) {
    try {
      readWanted(path, ids, take);
    } catch (const UserError& error) {
      examples.notes.push_back(firstLine(error));
    }
  };
  std::set<uint64_t> left = wanted;
  read(summary.reference, left, [&](net::Exchange exchange) {
    uint64_t id = exchange.id;
    examples.pairs[id].reference.emplace(std::move(exchange));
  });
  left = std::move(wanted);
  for (const auto& path : candidates) {
    read(path, left, [&](net::Exchange exchange) {
      uint64_t id = exchange.id;
      examples.pairs[id].candidate.emplace(std::move(exchange));
    });
  }
  return examples;
}

}  // namespace flamesim::report
