// Writes a capture. Bytes depend on nothing but the header, the exchanges, the options and the
// calls of flush(): no clock is read. docs/capture-format.md is the specification.
//
//   auto writer = CaptureWriter::create(path, header, {.atomicity = Atomicity::kRenameOnClose});
//   for (auto& exchange : exchanges) writer->write(exchange);
//   writer->close();
//
// Each frame is one write(2): whoever reads the file meanwhile sees whole frames. What has been
// written survives the end of the process. A writer belongs to one thread at a time; to use several
// cores let them call encodeExchange() and hand the results to writeEncoded().
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "sim/capture/codec.h"
#include "sim/capture/file.h"
#include "sim/capture/frame.h"
#include "sim/net/exchange.h"

struct ZSTD_CCtx_s;

namespace flamesim::capture {

enum class Atomicity : uint8_t {
  kInPlace,        // the file is there from the start and grows
  kRenameOnClose,  // PATH.tmp, which close() renames to PATH; gone when never closed
};

struct WriterOptions {
  int compressionLevel = 1;        // of zstd: 1 (fast) to 19 (small); below 0 is faster yet
  size_t blockBytes = 128u << 10;  // a frame is written when it holds this many, uncompressed
  Atomicity atomicity = Atomicity::kInPlace;
};

class CaptureWriter {
 public:
  // Replaces what is at `path`. Throws UserError when the file cannot be written or another
  // CaptureWriter has it open.
  static std::unique_ptr<CaptureWriter> create(const std::filesystem::path& path,
                                               const CaptureHeader& header,
                                               WriterOptions options = {});
  // Goes on behind the last complete frame of `path`; a cut-off tail is removed, droppedBytes()
  // tells. The header stays that of the file; `header` serves where there is none yet. Throws
  // UserError when the file is no capture or is damaged. Always in place.
  static std::unique_ptr<CaptureWriter> append(const std::filesystem::path& path,
                                               const CaptureHeader& header,
                                               WriterOptions options = {});

  // Without close(): flushes as close() does but cannot report a failure (kInPlace), or removes
  // the temporary file (kRenameOnClose).
  ~CaptureWriter() noexcept;
  CaptureWriter(const CaptureWriter&) = delete;
  CaptureWriter& operator=(const CaptureWriter&) = delete;

  // All of these throw UserError (ExitCode::kRunFailed) when the file cannot be written, or for an
  // exchange of more than kMaxRawBytes. When the disk was full the file ends behind its last whole
  // frame, and flush() can be tried again: what was given to write() before it threw is not lost.
  void write(const net::Exchange& exchange) { writeEncoded(encodeExchange(exchange)); }
  // `message`: of encodeExchange(), or of a reader's EncodedBlock.
  void writeEncoded(std::string_view message);
  void writeEncoded(std::span<const std::byte> message) {
    writeEncoded({reinterpret_cast<const char*>(message.data()), message.size()});
  }
  // Writes the frame that has been begun. Frames end here, so do not call it on a timer where
  // bytes must repeat.
  void flush();
  // Flushes and closes; no write may follow.
  void close();

  uint64_t exchanges() const { return exchangesWritten; }  // by this writer
  uint64_t exchangesOnDisk() const { return exchangesWritten - blockCount; }
  uint64_t bytes() const { return fileBytes; }       // of the file so far
  uint64_t droppedBytes() const { return dropped; }  // by append()
  // The greatest id that append() found; 0: none. Ids of what follows go on from here.
  uint64_t lastId() const { return greatestId; }

 private:
  struct FreeContext {
    void operator()(ZSTD_CCtx_s* context) const;
  };

  CaptureWriter(std::filesystem::path path, WriterOptions options);
  void openFile(const std::filesystem::path& name);
  void begin(const CaptureHeader& header);
  // The frame in which `payload` of `count` messages stands in the file.
  std::string frame(FrameKind kind, std::string_view payload, uint32_t count);
  void writeOut(std::string_view bytes);

  std::filesystem::path path;
  WriterOptions options;
  File file;
  std::unique_ptr<ZSTD_CCtx_s, FreeContext> context;
  std::string block;  // messages of the frame that has been begun, each behind its length
  uint32_t blockCount = 0;
  uint64_t exchangesWritten = 0;
  uint64_t fileBytes = 0;
  uint64_t dropped = 0;
  uint64_t greatestId = 0;
  bool torn = false;  // the file ends in a part of a frame
};

// Where Atomicity::kRenameOnClose writes before close(): PATH.tmp.
std::filesystem::path temporaryPath(const std::filesystem::path& path);

}  // namespace flamesim::capture
