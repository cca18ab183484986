#include "sim/report/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "sim/report/cluster_text.h"
#include "sim/report/text.h"

namespace flamesim::report {

using diff::Cluster;
using diff::DifferenceKind;
using diff::Weight;

namespace {

constexpr std::string_view kIndent = "    ";
constexpr size_t kLabelWidth = 10;  // "expected  "
constexpr size_t kMinimumWidth = 40;
// A mark below two values helps the eye only where much of them is the same.
constexpr size_t kMarkFrom = 8;

enum class Style { kPlain, kBold, kDim, kRed, kGreen, kYellow };

class Printer {
 public:
  Printer(std::ostream& out, const RunSummary& summary, const TerminalOptions& options)
      : out(out),
        summary(summary),
        options(options),
        width(std::max(options.width, kMinimumWidth)) {}

  void print() {
    auto shown = shownClusters(summary);
    std::vector<const Cluster*> framing;
    for (auto& cluster : summary.clusters) {
      if (cluster.weight == Weight::kFraming) framing.push_back(&cluster);
    }
    size_t number = 0;
    for (auto* cluster : shown) {
      if (number == options.clusters) break;
      printCluster(++number, *cluster);
    }
    if (shown.size() > number) {
      line("", counted(shown.size() - number, "more group") + " of differences " +
                   (shown.size() - number == 1 ? "is" : "are") + " not shown: see the JSON report");
      out << '\n';
    }
    printFraming(framing);
    printBounds();
    printRules();
    printDeviations();
    printNoise();
    printResult();
  }

 private:
  std::string styled(std::string_view text, Style style) const {
    if (!options.colour || style == Style::kPlain || text.empty()) return std::string(text);
    const char* code = "0";
    switch (style) {
      case Style::kPlain:
        break;
      case Style::kBold:
        code = "1";
        break;
      case Style::kDim:
        code = "2";
        break;
      case Style::kRed:
        code = "31";
        break;
      case Style::kGreen:
        code = "32";
        break;
      case Style::kYellow:
        code = "33";
        break;
    }
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
  }

  void line(std::string_view indent, std::string_view text, Style style = Style::kPlain) {
    out << indent << styled(fitted(text, width - indent.size()), style) << '\n';
  }

  void printCluster(size_t number, const Cluster& cluster) {
    std::string head = grouped(number);
    head.insert(0, head.size() < 2 ? 2 - head.size() : 0, ' ');
    std::string by = cluster.worker.empty() ? "" : "by " + diff::printable(cluster.worker);
    size_t room = width - head.size() - 2 - (by.empty() ? 0 : by.size() + 2);
    std::string field = fitted(cluster.field, std::max<size_t>(room, 20));
    out << styled(head, Style::kDim) << "  " << styled(field, Style::kBold);
    if (!by.empty()) {
      size_t used = head.size() + 2 + columns(field) + by.size();
      out << std::string(width > used + 2 ? width - used : 2, ' ') << styled(by, Style::kYellow);
    }
    out << '\n';
    printValues(cluster);
    printWhere(cluster);
    out << '\n';
  }

  void printValues(const Cluster& cluster) {
    ShownValues values = shownValues(cluster);
    if (cluster.kind == DifferenceKind::kAdditional) {
      valueLine("expected", values.expected, Style::kDim);
      valueLine("got", values.got, Style::kRed);
    } else if (cluster.kind == DifferenceKind::kMissing) {
      valueLine("expected", values.expected, Style::kGreen);
      valueLine("got", values.got, Style::kRed);
    } else {
      printPair(values.expected, values.got);
    }
    if (!cluster.example.detail.empty()) line(kIndent, cluster.example.detail, Style::kDim);
    if (values.ofExample) {
      line(kIndent, "the values vary; these are the example's", Style::kDim);
    }
  }

  void valueLine(std::string_view label, std::string_view value, Style style) {
    std::string padded(label);
    padded.resize(kLabelWidth, ' ');
    out << kIndent << styled(padded, Style::kDim)
        << styled(fitted(value, width - kIndent.size() - kLabelWidth), style) << '\n';
  }

  void printPair(std::string_view expected, std::string_view got) {
    AlignedValues values = alignValues(expected, got, width - kIndent.size() - kLabelWidth);
    auto print = [&](std::string_view label, std::string_view value, Style style) {
      std::string padded(label);
      padded.resize(kLabelWidth, ' ');
      size_t middle = value.size() - values.commonStart - values.commonEnd;
      out << kIndent << styled(padded, Style::kDim) << value.substr(0, values.commonStart)
          << styled(value.substr(values.commonStart, middle), style)
          << value.substr(values.commonStart + middle) << '\n';
    };
    print("expected", values.expected, Style::kGreen);
    print("got", values.got, Style::kRed);
    if (values.commonStart + values.commonEnd >= kMarkFrom && values.expected != values.got) {
      out << kIndent << std::string(kLabelWidth + values.partAt, ' ') << styled("^", Style::kDim)
          << '\n';
    }
  }

  void printWhere(const Cluster& cluster) {
    line(kIndent, occurrenceOf(summary, cluster));
    const diff::Example& example = cluster.example;
    std::string id = "  (exchange " + std::to_string(example.id) + ")";
    out << kIndent << fitted(requestOf(example), width - kIndent.size() - id.size())
        << styled(id, Style::kDim) << '\n';
    if (example.field != cluster.field) line(kIndent, "at " + example.field, Style::kDim);
    // A command is to be copied: it is never cut.
    std::string command = reproduceCommand(summary, example.id);
    if (!command.empty()) out << kIndent << styled("$ ", Style::kDim) << command << '\n';
  }

  void printFraming(const std::vector<const Cluster*>& clusters) {
    if (clusters.empty()) return;
    line("",
         "framing differs in " + counted(summary.totals.framing, "exchange") +
             " (says nothing of behaviour, does not count):",
         Style::kDim);
    // Clusters that differ in their values alone read the same here: one line for all of them.
    std::vector<std::pair<std::string, uint64_t>> lines;
    for (auto* cluster : clusters) {
      std::string text = framingText(*cluster);
      auto known = std::ranges::find(lines, text, &std::pair<std::string, uint64_t>::first);
      if (known == lines.end()) known = lines.emplace(known, std::move(text), 0);
      known->second += cluster->exchanges;
    }
    if (lines.size() > options.clusters) lines.resize(options.clusters);
    for (auto& [text, exchanges] : lines) {
      line(kIndent, grouped(exchanges) + " x " + text, Style::kDim);
    }
    out << '\n';
  }

  static std::string framingText(const Cluster& cluster) {
    if (cluster.kind == DifferenceKind::kMissing) return cluster.field + " missing";
    if (cluster.kind == DifferenceKind::kAdditional) return cluster.field + " additional";
    if (cluster.varied) return cluster.field + " changed";
    return cluster.field + " " + cluster.expected + " -> " + cluster.got;
  }

  void printBounds() {
    const diff::Totals& totals = summary.totals;
    if (totals.omitted > 0) {
      line("", counted(totals.omitted, "more difference") +
                   " in exchanges with very many of them were left out");
    }
    if (totals.unclustered > 0) {
      line("", counted(totals.unclustered, "difference") +
                   " in other fields are counted but not grouped");
    }
    if (totals.onlyReference > 0) {
      line("", counted(totals.onlyReference, "exchange") + " only in the reference", Style::kRed);
    }
    if (totals.onlyCandidate > 0) {
      line("", counted(totals.onlyCandidate, "exchange") + " only in the candidate", Style::kRed);
    }
  }

  void printRules() {
    if (summary.rules.empty()) return;
    size_t used = 0, unused = 0, expired = 0;
    for (auto& rule : summary.rules) {
      if (rule.expired) {
        ++expired;
        std::string text = "expired rule " + rule.where + ": " + rule.field + " " + rule.action +
                           ", held until " + rule.expires;
        if (!rule.owner.empty()) text += ", owner " + rule.owner;
        line("", text, Style::kRed);
      } else if (rule.uses == 0) {
        ++unused;
        line("", "unused rule " + rule.where + ": " + rule.field + " " + rule.action,
             Style::kYellow);
      } else {
        ++used;
      }
    }
    line("", "rules: " + grouped(used) + " used, " + grouped(unused) + " unused, " +
                 grouped(expired) + " expired");
  }

  void printDeviations() {
    uint64_t ofBaseline = 0, unseen = 0;
    for (auto& entry : summary.deviations) {
      if (entry.decision == "baseline") {
        ofBaseline += entry.exchanges > 0;
      } else if (entry.stale) {
        line("",
             "stale deviation " + entry.where + ": " + entry.field +
                 ": its difference is gone, remove it",
             Style::kRed);
      } else if (entry.exchanges == 0) {
        ++unseen;
      } else {
        line("", deviationText(entry), Style::kDim);
      }
    }
    if (unseen > 0) {
      line("", counted(unseen, "deviation") + " not met: a part of the capture was run",
           Style::kDim);
    }
    if (ofBaseline > 0) {
      line("", counted(ofBaseline, "difference") + " of the baseline", Style::kDim);
    }
  }

  void printNoise() {
    for (auto& use : summary.noise) {
      if (use.exchanges == 0) continue;
      std::string text = std::string(use.isNoise ? "noise: " : "not noise: ") + "the chain in " +
                         rate(use.exchanges, summary.totals.exchanges) + ", FL itself in " +
                         rate(use.ofFl, use.pairs) + ": " + use.field + " " +
                         std::string(differenceKindName(use.kind));
      line("", text, use.isNoise ? Style::kDim : Style::kYellow);
    }
  }

  static std::string rate(uint64_t part, uint64_t whole) {
    double share = whole == 0 ? 0 : double(part) / double(whole);
    return grouped(part) + " of " + grouped(whole) + " (" + percent(share) + ")";
  }

  static std::string deviationText(const KnownDeviation& entry) {
    return "known: " + entry.where + ": " + entry.decision + ", " +
           counted(entry.exchanges, "exchange") + " on " + (entry.moreHosts ? "more than " : "") +
           counted(entry.hosts, "host") + ": " + entry.field;
  }

  void printResult() {
    const diff::Totals& totals = summary.totals;
    struct Part {
      uint64_t number;
      std::string_view name;
      Style style;
    };
    std::vector<Part> parts{{totals.same, "same", Style::kGreen},
                            {totals.different, "different", Style::kRed},
                            {totals.declined, "declined", Style::kYellow},
                            {totals.failed, "failed", Style::kRed}};
    if (!summary.deviations.empty()) parts.push_back({totals.known, "known", Style::kYellow});
    if (!summary.noise.empty()) parts.push_back({totals.noise, "noise", Style::kDim});
    std::string head = counted(totals.exchanges, "exchange") + ":";
    if (!summary.shard.empty()) head.insert(0, "part " + summary.shard + ": ");
    size_t oneLine = head.size();
    for (auto& part : parts) oneLine += grouped(part.number).size() + part.name.size() + 3;
    bool narrow = oneLine > width;
    out << head;
    for (auto& part : parts) {
      std::string text = grouped(part.number) + " " + std::string(part.name);
      out << (narrow                    ? "\n    "
              : &part == &parts.front() ? " "
                                        : ", ")
          << styled(text, part.number == 0 ? Style::kPlain : part.style);
    }
    Result result = resultOf(summary);
    out << "\nresult: "
        << styled(resultName(result), result == Result::kSame ? Style::kGreen : Style::kRed)
        << '\n';
  }

  std::ostream& out;
  const RunSummary& summary;
  const TerminalOptions& options;
  const size_t width;
};

size_t parseColumns(const char* text) {
  size_t value = 0;
  std::string_view view = text == nullptr ? "" : text;
  std::from_chars(view.data(), view.data() + view.size(), value);
  return value <= 1000 ? value : 0;
}

bool isSet(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

}  // namespace

TerminalOptions terminalOptionsFor(int fileDescriptor) {
  TerminalOptions options;
  size_t fromEnvironment = parseColumns(std::getenv("COLUMNS"));
  if (isatty(fileDescriptor)) {
    const char* term = std::getenv("TERM");
    bool dumb = term != nullptr && std::string_view(term) == "dumb";
    options.colour = !isSet("NO_COLOR") && !dumb;
    winsize size{};
    if (ioctl(fileDescriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
      options.width = size.ws_col;
    }
  }
  if (fromEnvironment > 0) options.width = fromEnvironment;
  return options;
}

void printTerminal(std::ostream& out, const RunSummary& summary, const TerminalOptions& options) {
  Printer(out, summary, options).print();
}

}  // namespace flamesim::report
