#include "sim/capture/convert.h"

#include "sim/capture/file.h"
#include "sim/capture/gor.h"
#include "sim/capture/har_export.h"
#include "sim/capture/show.h"
#include "sim/capture/writer.h"

namespace flamesim::capture {

namespace {

// Of bytes that are no UTF-8 where only text can be, such as an HTTP version.
using Replace = nlohmann::ordered_json::error_handler_t;

ImportReport toCapture(CaptureReader& reader, const std::filesystem::path& output) {
  ImportReport report;
  auto writer = CaptureWriter::create(
      output, reader.header(), {.compressionLevel = 6, .atomicity = Atomicity::kRenameOnClose});
  while (auto exchange = reader.next()) {
    writer->write(*exchange);
    ++report.entries;
    ++report.imported;
  }
  writer->close();
  return report;
}

ImportReport toHar(CaptureReader& reader, const std::filesystem::path& output) {
  ImportReport report;
  AtomicFile file(output);
  file.write(harBegin());
  while (auto exchange = reader.next()) {
    if (report.imported != 0) file.write(",\n");
    file.write(harEntry(*exchange, report).dump(-1, ' ', false, Replace::replace));
  }
  file.write(harEnd());
  file.close();
  return report;
}

template <typename Text>
ImportReport toText(CaptureReader& reader, const std::filesystem::path& output, Text text) {
  ImportReport report;
  AtomicFile file(output);
  while (auto exchange = reader.next()) file.write(text(*exchange, report));
  file.close();
  return report;
}

}  // namespace

std::optional<ExportFormat> exportFormatNamed(std::string_view name) {
  if (name == "cap") return ExportFormat::kCapture;
  if (name == "har") return ExportFormat::kHar;
  if (name == "gor") return ExportFormat::kGor;
  if (name == "jsonl") return ExportFormat::kJsonLines;
  return std::nullopt;
}

std::optional<ExportFormat> exportFormatOf(const std::filesystem::path& path) {
  auto extension = path.extension().string();
  return extension.empty() ? std::nullopt : exportFormatNamed(extension.substr(1));
}

ImportReport convert(CaptureReader& reader, const std::filesystem::path& output,
                     ExportFormat format) {
  switch (format) {
    case ExportFormat::kCapture:
      return toCapture(reader, output);
    case ExportFormat::kHar:
      return toHar(reader, output);
    case ExportFormat::kGor:
      return toText(reader, output, gorPayloads);
    case ExportFormat::kJsonLines:
      return toText(reader, output, [](const net::Exchange& exchange, ImportReport& report) {
        ++report.entries;
        ++report.imported;
        return jsonLine(exchange) + "\n";
      });
  }
  return {};
}

}  // namespace flamesim::capture
