// The outer layer of a capture file: a magic number and frames, each checksummed and compressed on
// its own. docs/capture-format.md is the specification; this knows nothing of exchanges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sim/base/error.h"
#include "sim/capture/file.h"

namespace flamesim::capture {

// 0x89 marks a file as not text; CR LF shows when a transfer "translated" line ends.
inline constexpr std::string_view kMagic =
    "\x89"
    "FLCAP\r\n";
inline constexpr size_t kFrameHeaderBytes = 28;
// A frame that claims more is damaged; an exchange that encodes to more cannot be written.
inline constexpr uint32_t kMaxRawBytes = 256u << 20;

enum class FrameKind : uint32_t { kHeader = 1, kExchanges = 2 };

struct FrameHeader {
  FrameKind kind = FrameKind::kExchanges;
  uint32_t storedBytes = 0;  // of the payload as it stands in the file, compressed
  uint32_t rawBytes = 0;     // of the payload when decompressed
  uint32_t count = 0;        // messages in the payload
  uint32_t payloadCrc = 0;   // CRC-32 of the stored payload
};

// The 28 bytes of `header`.
std::string serializeFrameHeader(const FrameHeader& header);
// Nothing when the marker, the header's own checksum or a length is wrong.
std::optional<FrameHeader> parseFrameHeader(std::span<const std::byte> bytes);

uint32_t crc32Of(std::span<const std::byte> bytes);

struct Frame {
  FrameHeader header;
  std::span<const std::byte> stored;  // valid until the next call of FrameReader::next()
  uint64_t number = 0;                // from 0, the header's frame
  uint64_t offset = 0;                // in bytes, from the beginning of the file
};

enum class OnDamage : uint8_t {
  kError,  // throw UserError
  kSkip,   // go on with the next sound frame, and count
};

struct Skipped {
  uint64_t places = 0;  // damaged stretches
  uint64_t bytes = 0;
  uint64_t exchanges = 0;  // as far as the damaged frames still tell
  bool operator==(const Skipped&) const = default;
};

// Walks the frames of a file from its beginning. A file that is being written can be read: next()
// gives nothing at an incomplete frame, and the frame once the rest of it has been written.
class FrameReader {
 public:
  // Checks the magic number.
  static Result<FrameReader> open(const std::filesystem::path& path, OnDamage onDamage);

  // Nothing at the end of the complete frames. Throws UserError for a damaged frame (kError); the
  // reader is of no use afterwards.
  std::optional<Frame> next();
  // For what is found wrong with the content of the frame that next() just gave: counts it as
  // skipped (kSkip), or throws UserError (kError).
  void damaged(const Frame& frame, std::string_view what);

  // Bytes behind the last complete frame, as of the last next() that gave nothing.
  uint64_t truncatedBytes() const { return truncated; }
  // Where the next frame begins.
  uint64_t position() const { return offset; }
  const Skipped& skipped() const { return skippedSoFar; }
  const std::string& name() const { return fileName; }

 private:
  FrameReader(File file, std::string fileName, OnDamage onDamage)
      : file(std::move(file)), fileName(std::move(fileName)), onDamage(onDamage) {}
  // Makes `bytes` bytes available at `begin`; false when the file has fewer.
  bool fill(size_t bytes);
  std::span<const std::byte> available() const { return {buffer.get() + begin, end - begin}; }
  void consume(size_t bytes);
  bool onlyZerosFollow();
  // Moves on to the next place that looks like a frame, or to the end of the file.
  void resynchronize();
  [[noreturn]] void fail(uint64_t number, uint64_t offset, std::string_view what,
                         std::string_view lost) const;

  File file;
  std::string fileName;
  OnDamage onDamage;
  std::unique_ptr<std::byte[]> buffer;
  size_t capacity = 0;
  size_t begin = 0;
  size_t end = 0;
  uint64_t offset = 0;  // of `begin` in the file
  uint64_t frameNumber = 0;
  uint64_t truncated = 0;
  Skipped skippedSoFar;
};

}  // namespace flamesim::capture
