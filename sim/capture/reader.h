// Reads a capture, in bounded memory, from its beginning to the end of its complete frames.
//
//   auto reader = CaptureReader::open(path).orThrow();
//   while (auto exchange = reader.next()) use(*exchange);
//   if (reader.truncatedBytes() != 0) warn(...);
//
// A file that is being written can be read: next() gives nothing where the complete frames end, and
// goes on when called again after more has been written. A reader belongs to one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sim/base/error.h"
#include "sim/capture/codec.h"
#include "sim/capture/frame.h"
#include "sim/net/exchange.h"

struct ZSTD_DCtx_s;

namespace flamesim::capture {

// The messages of one frame, not yet decoded: to be decoded on whichever thread wants them.
class EncodedBlock {
 public:
  size_t size() const { return messages.size(); }
  // The message of one exchange, aligned to 8 bytes; for decodeExchange() and peekExchange(). Valid
  // as long as the block.
  std::span<const std::byte> operator[](size_t i) const { return messages[i]; }
  uint64_t frameNumber() const { return number; }

 private:
  friend class CaptureReader;
  std::unique_ptr<uint64_t[]> words;
  std::vector<std::span<const std::byte>> messages;
  uint64_t number = 0;
};

struct ReaderOptions {
  OnDamage onDamage = OnDamage::kError;
};

class CaptureReader {
 public:
  // Fails when the file cannot be read, is no capture, lacks a whole header or is of a newer
  // version. Also a pipe will do.
  static Result<CaptureReader> open(const std::filesystem::path& path, ReaderOptions options = {});

  const CaptureHeader& header() const { return captureHeader; }
  const std::string& name() const { return frames.name(); }

  // The next exchange; nothing at the end. Throws UserError (ExitCode::kUsage) where the file is
  // damaged, naming file, frame number and byte offset, unless damage is to be skipped.
  std::optional<net::Exchange> next();
  // The exchanges of the next frame (some 100 of the usual size), never an empty vector; the rest
  // of a frame that next() has begun.
  std::optional<std::vector<net::Exchange>> readBlock();
  // As readBlock(), but not decoded and never the rest of a frame: not to be mixed with the others.
  std::optional<EncodedBlock> nextEncoded();

  // Bytes behind the last complete frame; known once the end has been reached. 0: none.
  uint64_t truncatedBytes() const { return frames.truncatedBytes(); }
  // What OnDamage::kSkip left out so far.
  const Skipped& skipped() const { return frames.skipped(); }
  // Where the next frame begins, in bytes from the beginning of the file: how far reading has come.
  uint64_t position() const { return frames.position(); }

 private:
  struct FreeContext {
    void operator()(ZSTD_DCtx_s* context) const;
  };

  CaptureReader(FrameReader frames, ReaderOptions options);
  Result<bool> readHeader();
  // nullptr when the block is sound, else what is wrong with it.
  const char* unpack(const Frame& frame, EncodedBlock& block);
  std::optional<Frame> nextFrame(EncodedBlock& block);
  bool decodeBlock(const Frame& frame, const EncodedBlock& block, std::vector<net::Exchange>& into);

  FrameReader frames;
  ReaderOptions options;
  std::unique_ptr<ZSTD_DCtx_s, FreeContext> context;
  CaptureHeader captureHeader;
  std::vector<net::Exchange> pending;  // of the frame that next() is in
  size_t pendingNext = 0;
};

}  // namespace flamesim::capture
