#include "sim/report/html.h"

#include <openssl/sha.h>

#include <cstdio>
#include <map>
#include <set>
#include <utility>

#include "sim/capture/text.h"
#include "sim/report/cluster_text.h"
#include "sim/report/html_exchange.h"
#include "sim/report/html_text.h"
#include "sim/report/page_assets.h"
#include "sim/report/text.h"

namespace flamesim::report {

namespace {

// Nothing but the page's own script runs, whatever a capture holds; nothing is loaded.
std::string contentPolicy() {
  std::string_view script = pageScript();
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(script.data()), script.size(), digest);
  std::string hash = capture::toBase64({reinterpret_cast<const char*>(digest), sizeof digest});
  return "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + hash +
         "'; base-uri 'none'; form-action 'none'";
}

std::string widthOf(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "width:%.2f%%", share * 100);
  return text;
}

std::string shareBar(double share) {
  std::string bar =
      share > 0 ? "<span class=\"bar\" style=\"" + widthOf(share) + "\"></span>" : std::string();
  return "<span class=\"share\">" + bar + "</span>";
}

class Page {
 public:
  Page(const RunSummary& summary, const Examples& examples)
      : summary(summary), examples(examples) {}

  std::string write() {
    head();
    overview();
    rules();
    deviations();
    clusters();
    out += "</main><script>";
    out += pageScript();
    out += "</script></body></html>\n";
    return std::move(out);
  }

 private:
  void head() {
    std::string name = nameOf(summary);
    std::string result(resultName(resultOf(summary)));
    out +=
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"" +
        contentPolicy() +
        "\"><meta name=\"viewport\" content=\"width=device-width\">"
        "<meta name=\"color-scheme\" content=\"light dark\"><title>" +
        htmlText(name) + ": " + result + " - flamesim</title><style>";
    out += pageStyle();
    out += "</style></head><body><header><h1>" + htmlText(name) + " <span class=\"result " +
           (result == "same" ? "good" : "bad") + "\">" + result + "</span></h1><p>against <code>" +
           htmlText(summary.reference) + "</code>";
    if (!summary.candidate.empty()) {
      out += ", answers in <code>" + htmlText(summary.candidate) + "</code>";
    }
    out += "</p></header><main>";
  }

  void totalRow(std::string_view name, uint64_t count) {
    uint64_t all = summary.totals.exchanges;
    double share = all == 0 ? 0 : double(count) / double(all);
    out += "<tr><th scope=\"row\">" + std::string(name) + "</th><td class=\"count\">" +
           grouped(count) + "</td><td class=\"count\">" + percent(share) + "</td><td>" +
           shareBar(share) + "</td></tr>";
  }

  void note(uint64_t count, const std::string& text) {
    if (count > 0) out += "<p class=\"note\">" + text + "</p>";
  }

  void overview() {
    const diff::Totals& totals = summary.totals;
    out +=
        "<section aria-labelledby=\"overview\"><h2 id=\"overview\">Overview</h2>"
        "<table class=\"totals\"><caption>" +
        counted(totals.exchanges, "exchange") + ", " + counted(totals.differences, "difference") +
        "</caption><tbody>";
    totalRow("same", totals.same);
    totalRow("different", totals.different);
    totalRow("declined", totals.declined);
    totalRow("failed", totals.failed);
    if (!summary.deviations.empty()) totalRow("known", totals.known);
    if (!summary.noise.empty()) totalRow("noise", totals.noise);
    out += "</tbody></table>";
    note(totals.onlyReference, counted(totals.onlyReference, "exchange") + " only in FL's capture");
    note(totals.onlyCandidate, counted(totals.onlyCandidate, "exchange") + " only in the chain's");
    note(totals.omitted, counted(totals.omitted, "more difference") +
                             " in exchanges with very many of them were left out");
    note(totals.unclustered, counted(totals.unclustered, "difference") +
                                 " in other fields are counted but not grouped");
    for (const auto& text : examples.notes) {
      out += "<p class=\"note\">exchanges are not shown: " + htmlText(text) + "</p>";
    }
    out += "</section>";
  }

  void rules() {
    if (summary.rules.empty()) return;
    out +=
        "<section aria-labelledby=\"rules\"><h2 id=\"rules\">Rules</h2><table><thead><tr>"
        "<th scope=\"col\">where</th><th scope=\"col\">field</th><th scope=\"col\">action</th>"
        "<th scope=\"col\">reason</th><th scope=\"col\">owner</th><th scope=\"col\">expires</th>"
        "<th scope=\"col\">excused</th></tr></thead><tbody>";
    for (const auto& rule : summary.rules) {
      out += rule.expired ? "<tr class=\"differs\">" : "<tr>";
      for (const auto* text : {&rule.where, &rule.field, &rule.action, &rule.reason, &rule.owner}) {
        out += "<td>" + htmlText(*text) + "</td>";
      }
      out += "<td>" + htmlText(rule.expires) + (rule.expired ? " (expired)" : "") +
             "</td><td class=\"count\">" + (rule.uses == 0 ? "unused" : grouped(rule.uses)) +
             "</td></tr>";
    }
    out += "</tbody></table></section>";
  }

  void deviations() {
    if (summary.deviations.empty()) return;
    out +=
        "<section aria-labelledby=\"deviations\"><h2 id=\"deviations\">Deviations</h2><table>"
        "<thead><tr><th scope=\"col\">where</th><th scope=\"col\">field</th>"
        "<th scope=\"col\">decision</th><th scope=\"col\">reason</th><th scope=\"col\">owner</th>"
        "<th scope=\"col\">date</th><th scope=\"col\">exchanges</th></tr></thead><tbody>";
    for (const auto& entry : summary.deviations) {
      out += entry.stale ? "<tr class=\"differs\">" : "<tr>";
      for (const auto* text : {&entry.where, &entry.field, &entry.decision, &entry.reason,
                               &entry.owner, &entry.date}) {
        out += "<td>" + htmlText(*text) + "</td>";
      }
      out += "<td class=\"count\">" + (entry.stale ? "stale" : grouped(entry.exchanges)) +
             "</td></tr>";
    }
    out += "</tbody></table></section>";
  }

  static void choice(std::string_view label, const char* id, const std::set<std::string>& values,
                     std::string& out) {
    out += "<label>" + std::string(label) + " <select id=\"" + id +
           "\"><option value=\"\">all</option>";
    for (const auto& value : values) {
      out += "<option value=\"" + htmlText(value) + "\">" +
             (value == "-" ? "not known" : htmlText(value)) + "</option>";
    }
    out += "</select></label>";
  }

  // "-" where it is not known: an empty choice means all.
  static std::string workerOf(const diff::Cluster& cluster) {
    return cluster.worker.empty() ? "-" : cluster.worker;
  }
  std::string kindOf(const diff::Cluster& cluster) const {
    if (cluster.weight == diff::Weight::kFraming) return "framing";
    if (cluster.deviation) return "known";
    if (cluster.noise && summary.noise.at(*cluster.noise).isNoise) return "noise";
    return std::string(differenceKindName(cluster.kind));
  }

  // Those that count first, numbered as everywhere; then what is excused, then framing.
  std::vector<const diff::Cluster*> ordered() const {
    auto result = shownClusters(summary);
    std::set<const diff::Cluster*> shown(result.begin(), result.end());
    for (const auto& cluster : summary.clusters) {
      if (!shown.contains(&cluster)) result.push_back(&cluster);
    }
    return result;
  }

  void clusters() {
    out += "<section aria-labelledby=\"differences\"><h2 id=\"differences\">Differences</h2>";
    if (summary.clusters.empty()) {
      out += "<p class=\"note\">none</p></section>";
      return;
    }
    std::set<std::string> workers, kinds;
    for (const auto& cluster : summary.clusters) {
      workers.insert(workerOf(cluster));
      kinds.insert(kindOf(cluster));
    }
    out +=
        "<form id=\"filter\" role=\"search\"><label>Search <input id=\"search\" type=\"search\" "
        "autocomplete=\"off\"></label>";
    choice("Worker", "worker", workers, out);
    choice("Kind", "kind", kinds, out);
    out += "<output id=\"shown\" for=\"search worker kind\"></output></form>";
    size_t number = 0;
    bool framing = false;  // these come last
    bool excused = false;  // these come behind what counts
    for (const auto* cluster : ordered()) {
      if (number == kShownClusters) break;
      bool isFraming = cluster->weight == diff::Weight::kFraming;
      bool isExcused = kindOf(*cluster) == "known" || kindOf(*cluster) == "noise";
      if (isExcused && !std::exchange(excused, true)) {
        out +=
            "<h3>Known and noise</h3><p class=\"note\">decided, or not repeated by FL itself</p>";
      }
      if (isFraming && !std::exchange(framing, true)) {
        out += "<h3>Framing</h3><p class=\"note\">says nothing of behaviour, does not count</p>";
      }
      clusterHtml(++number, *cluster);
    }
    if (number < summary.clusters.size()) {
      out += "<p class=\"note\">" + counted(summary.clusters.size() - number, "more group") +
             " of differences: see report.json</p>";
    }
    out += "</section>";
  }

  void clusterHtml(size_t number, const diff::Cluster& cluster) {
    std::string id = "c" + std::to_string(number);
    out += "<details class=\"cluster\" id=\"" + id + "\" data-worker=\"" +
           htmlText(workerOf(cluster)) + "\" data-kind=\"" + kindOf(cluster) +
           "\"><summary><span "
           "class=\"rank\">" +
           std::to_string(number) + "</span> <code class=\"field\">" + htmlText(cluster.field) +
           "</code> <span class=\"kind\">" + kindOf(cluster) + "</span>";
    if (!cluster.worker.empty()) {
      out += " <span class=\"by\">by " + htmlText(cluster.worker) + "</span>";
    }
    out += shareBar(cluster.share) + "<span class=\"occurrence\">" +
           occurrenceOf(summary, cluster) + "</span>";
    ShownValues values = shownValues(cluster);
    MarkedPair marked = cluster.kind == diff::DifferenceKind::kMissing ||
                                cluster.kind == diff::DifferenceKind::kAdditional
                            ? MarkedPair{htmlText(values.expected), htmlText(values.got)}
                            : markedPair(values.expected, values.got);
    out += "<span class=\"values\"><span>expected</span> <code>" + marked.expected +
           "</code><span>got</span> <code>" + marked.got + "</code></span></summary>";
    example(id, cluster, values.ofExample);
    out += "</details>";
  }

  void example(const std::string& clusterId, const diff::Cluster& cluster, bool varied) {
    const diff::Example& example = cluster.example;
    out += "<div class=\"example\">";
    if (varied) out += "<p class=\"note\">the values vary; these are the example's</p>";
    out += "<p>Exchange " + std::to_string(example.id) + ": <code>" + htmlText(requestOf(example)) +
           "</code>";
    if (example.field != cluster.field) out += ", at <code>" + htmlText(example.field) + "</code>";
    if (!example.detail.empty()) out += "; " + htmlText(example.detail);
    out += "</p>";
    std::string command = reproduceCommand(summary, example.id);
    if (!command.empty()) {
      out += "<p class=\"command\"><code>$ " + htmlText(command) + "</code></p>";
    }
    exchange(clusterId, example.id);
    out += "</div>";
  }

  void exchange(const std::string& clusterId, uint64_t id) {
    auto [shown, isNew] = shownIn.emplace(id, clusterId);
    if (!isNew) {
      out += "<p>The exchange is shown with <a href=\"#" + shown->second + "\">difference " +
             shown->second.substr(1) + "</a>.</p>";
      return;
    }
    auto pair = examples.pairs.find(id);
    if (pair == examples.pairs.end()) {
      out += "<p class=\"note\">The exchange is not shown: its captures are not here.</p>";
    } else if (out.size() > kPageBytes) {
      out += "<p class=\"note\">The exchange is not shown: the page would be too large.</p>";
    } else {
      out += exchangeHtml(pair->second);
    }
  }

  const RunSummary& summary;
  const Examples& examples;
  std::map<uint64_t, std::string> shownIn;  // exchange -> id of the cluster that shows it
  std::string out;
};

}  // namespace

std::string toHtml(const RunSummary& summary, const Examples& examples) {
  return Page(summary, examples).write();
}

}  // namespace flamesim::report
