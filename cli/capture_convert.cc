// flamesim capture convert: a capture in another format.
#include <iostream>

#include "cli/capture.h"
#include "sim/capture/convert.h"

namespace flamesim::cli {

namespace {

struct ConvertArguments {
  CaptureInput input;
  std::string output;
  std::string to;
};

void convertTo(const ConvertArguments& arguments) {
  refuseToOverwrite(arguments.input.file, arguments.output);
  auto format = arguments.to.empty() ? capture::exportFormatOf(arguments.output)
                                     : capture::exportFormatNamed(arguments.to);
  if (!format) {
    throw UserError(
        Diagnostic{.message = "the name " + arguments.output + " does not say which format",
                   .help = "end it with .har, .gor, .jsonl or .cap, or say --to har"});
  }
  auto reader = openCapture(arguments.input);
  auto report = capture::convert(reader, arguments.output, *format);
  warnOfDamage(reader);
  std::cerr << report.render("wrote", "exchanges");
}

}  // namespace

void addCaptureConvert(CLI::App& command) {
  auto arguments = std::make_shared<ConvertArguments>();
  auto* convert = command.add_subcommand("convert", "Write a capture in another format");
  addInput(*convert, arguments->input);
  convert->add_option("-o,--output", arguments->output, "the file to write")->required();
  convert->add_option("--to", arguments->to, "the format; default: by the name's extension")
      ->check(CLI::IsMember({"har", "gor", "jsonl", "cap"}));
  convert->callback([arguments] { convertTo(*arguments); });
}

}  // namespace flamesim::cli
