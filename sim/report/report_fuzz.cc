// Fuzz target: the input as a report.json, which reads back the same and renders; then as two
// bodies, cut at its first byte FF, in an HTML report.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "sim/diff/json_diff.h"
#include "sim/diff/testing.h"
#include "sim/report/body_view.h"
#include "sim/report/github.h"
#include "sim/report/html.h"
#include "sim/report/json_reader.h"
#include "sim/report/json_report.h"
#include "sim/report/junit.h"
#include "sim/report/merge.h"
#include "sim/report/tap.h"

using namespace flamesim;
using namespace flamesim::report;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void requireVisible(std::string_view text) {
  for (char c : text) require(uint8_t(c) >= 0x20 || c == '\n' || c == '\t');
}

void readAndRender(std::string_view input) {
  std::optional<RunSummary> summary;
  try {
    summary = fromJson("report.json", std::string(input));
  } catch (const UserError&) {
    return;
  }
  require(fromJson("report.json", toJson(*summary)) == *summary);
  requireVisible(toJunit(*summary));
  requireVisible(toTap(*summary));
  requireVisible(githubAnnotations(*summary));
  requireVisible(toMarkdown(*summary));
  (void)mergeReports({{"a", *summary}, {"b", *summary}});
}

void showBodies(std::string_view input) {
  size_t cut = input.find('\xff');
  std::string a(input.substr(0, cut));
  std::string b(cut == input.npos ? std::string_view() : input.substr(cut + 1));
  if (auto json = diff::parseJson(a)) {
    require(diff::parseJson(layOutJson(a, a.size() * 1000)) == json);
  }
  auto answer = [](std::string body) {
    return diff::testing::exchange(200, {{"Content-Type", "application/json"}}, std::move(body));
  };
  Examples examples;
  examples.pairs[1] = {KeptExchange(answer(a)), KeptExchange(answer(b))};
  RunSummary summary{.reference = a, .project = b};
  summary.clusters.push_back(
      {.field = a, .worker = b, .expected = b, .got = a, .example = {.id = 1}});
  std::string page = toHtml(summary, examples);
  requireVisible(page);
  size_t script = page.find("<script>");
  require(script != page.npos && page.find("<script", script + 1) == page.npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  readAndRender(input);
  showBodies(input);
  return 0;
}
