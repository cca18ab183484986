// flamesim capture cut, filter, merge, split: captures made of captures.
#include <iostream>

#include "cli/capture.h"
#include "sim/capture/date_time.h"
#include "sim/capture/edit.h"

namespace flamesim::cli {

namespace {

// Headers keep the notes of what they come from: which say what was done to secrets.
capture::CaptureHeader headerOf(const char* name, const capture::CaptureReader& reader) {
  std::string command = std::string("flamesim capture ") + name;
  return {.creator = command,
          .source = std::string(name) + " of " + reader.name(),
          .notes = reader.header().notes};
}

std::unique_ptr<capture::CaptureWriter> writerOf(const std::string& output,
                                                 const capture::CaptureHeader& header) {
  return capture::CaptureWriter::create(
      output, header, {.compressionLevel = 6, .atomicity = capture::Atomicity::kRenameOnClose});
}

void printCounts(const capture::EditCounts& counts) {
  std::cerr << "took " << counts.taken << " of " << counts.read << " exchanges, left "
            << counts.read - counts.taken << "\n";
}

struct CutArguments {
  CaptureInput input;
  std::string output;
  std::optional<uint64_t> from;
  std::optional<uint64_t> to;
  std::string since;
  std::string until;
  std::string ids;
  std::string by;
  capture::CutOptions options;
};

std::optional<Time> timeOption(const char* name, const std::string& text) {
  if (text.empty()) return std::nullopt;
  auto time = capture::parseDateTime(text);
  if (!time) {
    throw UserError(Diagnostic{.message = std::string(name) + ": \"" + text + "\" is no time",
                               .help = "a time is 2026-11-29T12:00:00Z"});
  }
  return time;
}

void cutInto(CutArguments& arguments) {
  auto& options = arguments.options;
  if (arguments.from || arguments.to) {
    options.ids.push_back({arguments.from.value_or(0), arguments.to.value_or(UINT64_MAX)});
  }
  if (!arguments.ids.empty()) options.ids = capture::parseIdRanges(arguments.ids).orThrow();
  options.since = timeOption("--since", arguments.since);
  options.until = timeOption("--until", arguments.until);
  if (arguments.by == "host") options.by = capture::SampleBy::kHost;
  if (arguments.by == "client") options.by = capture::SampleBy::kClient;
  if (arguments.by == "url") options.by = capture::SampleBy::kUrl;
  refuseToOverwrite(arguments.input.file, arguments.output);
  auto reader = openCapture(arguments.input);
  auto writer = writerOf(arguments.output, headerOf("cut", reader));
  auto counts = capture::cut(reader, *writer, options);
  writer->close();
  warnOfDamage(reader);
  if (options.first != 0 && counts.taken == options.first) {
    std::cerr << "took the first " << counts.taken << " exchanges\n";
  } else {
    printCounts(counts);
  }
}

void addCut(CLI::App& command) {
  auto arguments = std::make_shared<CutArguments>();
  auto& options = arguments->options;
  auto* cut = command.add_subcommand("cut", "Take a part: what fits all of the options");
  addInput(*cut, arguments->input);
  cut->add_option("-o,--output", arguments->output, "the capture to write")->required();
  auto* from = cut->add_option("--from", arguments->from, "the first id");
  auto* to = cut->add_option("--to", arguments->to, "the last id");
  cut->add_option("--ids", arguments->ids, "ids and ranges: 1,5-9")->excludes(from)->excludes(to);
  cut->add_option("--since", arguments->since, "not before this time");
  cut->add_option("--until", arguments->until, "before this time");
  cut->add_option("--first", options.first, "end after so many");
  auto* sample = cut->add_option("--sample", options.share, "a share, such as 0.01, by a hash")
                     ->check(CLI::Range(0.0, 1.0));
  cut->add_option("--by", arguments->by,
                  "of what the share is; default: of exchanges. All of a host, client or URL stay "
                  "together")
      ->check(CLI::IsMember({"host", "client", "url"}))
      ->needs(sample);
  cut->add_option("--seed", options.seed, "another one takes other exchanges")
      ->needs(sample)
      ->capture_default_str();
  cut->callback([arguments] { cutInto(*arguments); });
}

struct FilterArguments {
  CaptureInput input;
  std::string output;
  std::string expression;
};

void filterInto(const FilterArguments& arguments) {
  auto filter = capture::Filter::parse(arguments.expression).orThrow();
  refuseToOverwrite(arguments.input.file, arguments.output);
  auto reader = openCapture(arguments.input);
  auto writer = writerOf(arguments.output, headerOf("filter", reader));
  auto counts = capture::filter(reader, *writer, filter);
  writer->close();
  warnOfDamage(reader);
  printCounts(counts);
}

void addFilter(CLI::App& command) {
  auto arguments = std::make_shared<FilterArguments>();
  auto* filter = command.add_subcommand("filter", "Take those for which an expression holds");
  addInput(*filter, arguments->input);
  filter
      ->add_option("expression", arguments->expression,
                   "as in 'host == \"a.example\" and status >= 500'")
      ->required();
  filter->add_option("-o,--output", arguments->output, "the capture to write")->required();
  filter->callback([arguments] { filterInto(*arguments); });
}

struct MergeArguments {
  std::vector<std::string> files;
  std::string output;
  bool keepIds = false;
};

void mergeInto(const MergeArguments& arguments) {
  std::vector<capture::CaptureReader> readers;
  capture::CaptureHeader header{.creator = "flamesim capture merge", .source = "merge of"};
  for (const auto& file : arguments.files) {
    refuseToOverwrite(file, arguments.output);
    readers.push_back(openCapture({.file = file}));
    header.source += " " + file;
    const auto& notes = readers.back().header().notes;
    if (header.notes.find(notes) != std::string::npos) continue;
    header.notes += (header.notes.empty() ? "" : "; ") + notes;
  }
  auto writer = writerOf(arguments.output, header);
  auto ids = arguments.keepIds ? capture::MergeIds::kKeep : capture::MergeIds::kRenumber;
  auto counts = capture::merge(readers, *writer, ids);
  writer->close();
  for (const auto& reader : readers) warnOfDamage(reader);
  std::cerr << "took " << counts.taken << " exchanges of " << readers.size() << " captures"
            << (arguments.keepIds ? "\n" : ", and numbered them anew\n");
}

void addMerge(CLI::App& command) {
  auto arguments = std::make_shared<MergeArguments>();
  auto* merge = command.add_subcommand("merge", "Make one capture of several, by time");
  merge->add_option("files", arguments->files, "captures")->required();
  merge->add_option("-o,--output", arguments->output, "the capture to write")->required();
  merge->add_flag("--keep-ids", arguments->keepIds,
                  "keep the ids; an id that comes twice is an error");
  merge->callback([arguments] { mergeInto(*arguments); });
}

struct SplitArguments {
  CaptureInput input;
  std::string folder;
  std::string by;
};

void splitInto(const SplitArguments& arguments) {
  auto options = capture::parseSplit(arguments.by).orThrow();
  auto reader = openCapture(arguments.input);
  std::filesystem::path folder = arguments.folder;
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    throw UserError("cannot make the folder " + folder.string() + ": " + failed.message());
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    // Captures of two runs in one folder would be taken for those of one.
    if (entry.path().extension() != ".cap") continue;
    throw UserError(Diagnostic{.message = "there are captures in the folder " + folder.string() +
                                          " already, such as " + entry.path().filename().string(),
                               .help = "split into a folder of its own"});
  }
  auto counts = capture::split(reader, folder, headerOf("split", reader), options);
  warnOfDamage(reader);
  for (const auto& [name, count] : counts) {
    std::cerr << (folder / name).string() << ": " << count << " exchanges\n";
  }
}

void addSplit(CLI::App& command) {
  auto arguments = std::make_shared<SplitArguments>();
  auto* split = command.add_subcommand("split", "Make several captures of one");
  addInput(*split, arguments->input);
  split->add_option("-o,--output", arguments->folder, "the folder to write to")->required();
  split->add_option("--by", arguments->by, "host; 1000: exchanges a file; 64MB: size of a file")
      ->required();
  split->callback([arguments] { splitInto(*arguments); });
}

}  // namespace

void addCaptureEdit(CLI::App& command) {
  addCut(command);
  addFilter(command);
  addMerge(command);
  addSplit(command);
}

}  // namespace flamesim::cli
