// A capture in another format: `flamesim capture convert`.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "sim/capture/import_report.h"
#include "sim/capture/reader.h"

namespace flamesim::capture {

enum class ExportFormat : uint8_t {
  kCapture,
  kHar,        // har_export.h
  kGor,        // gor.h
  kJsonLines,  // as `capture show --json`: for reading, no import takes it
};

// "cap", "har", "gor", "jsonl".
std::optional<ExportFormat> exportFormatNamed(std::string_view name);
// By its extension; nothing for others.
std::optional<ExportFormat> exportFormatOf(const std::filesystem::path& path);

// Reads `reader` to its end, in memory of one frame. The file appears when it is complete. Throws
// UserError where the reader does, and when the file cannot be written.
ImportReport convert(CaptureReader& reader, const std::filesystem::path& output,
                     ExportFormat format);

}  // namespace flamesim::capture
