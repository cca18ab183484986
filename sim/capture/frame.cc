#include "sim/capture/frame.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>

namespace flamesim::capture {

namespace {

constexpr uint32_t kMarker = 0x50a7c4f1;  // "\xf1\xc4\xa7\x50" in the file

void put32(std::string& out, uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out += char(value >> shift);
}

uint32_t get32(std::span<const std::byte> bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value |= uint32_t(bytes[at + i]) << (8 * i);
  return value;
}

bool allZero(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte(0); });
}

std::string lostText(const FrameHeader& header) {
  if (header.kind != FrameKind::kExchanges) return "";
  return ", " + std::to_string(header.count) + (header.count == 1 ? " exchange" : " exchanges");
}

}  // namespace

uint32_t crc32Of(std::span<const std::byte> bytes) {
  return uint32_t(::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::string serializeFrameHeader(const FrameHeader& header) {
  std::string out;
  out.reserve(kFrameHeaderBytes);
  put32(out, kMarker);
  put32(out, uint32_t(header.kind));
  put32(out, header.storedBytes);
  put32(out, header.rawBytes);
  put32(out, header.count);
  put32(out, header.payloadCrc);
  put32(out, crc32Of(std::as_bytes(std::span(out))));
  return out;
}

std::optional<FrameHeader> parseFrameHeader(std::span<const std::byte> bytes) {
  if (bytes.size() < kFrameHeaderBytes || get32(bytes, 0) != kMarker) return std::nullopt;
  if (get32(bytes, 24) != crc32Of(bytes.first(24))) return std::nullopt;
  FrameHeader header{.kind = FrameKind(get32(bytes, 4)),
                     .storedBytes = get32(bytes, 8),
                     .rawBytes = get32(bytes, 12),
                     .count = get32(bytes, 16),
                     .payloadCrc = get32(bytes, 20)};
  // Compression may lengthen what cannot be compressed, by far less than this.
  if (header.rawBytes > kMaxRawBytes || header.storedBytes > kMaxRawBytes + (2u << 20)) {
    return std::nullopt;
  }
  return header;
}

Result<FrameReader> FrameReader::open(const std::filesystem::path& path, OnDamage onDamage) {
  auto file = File::open(path, O_RDONLY);
  if (!file) return file.error();
  FrameReader reader(std::move(file.value()), path.string(), onDamage);
  bool complete = reader.fill(kMagic.size());
  auto seen = reader.available().first(std::min(kMagic.size(), reader.available().size()));
  if (!complete || std::memcmp(seen.data(), kMagic.data(), kMagic.size()) != 0) {
    bool cutOff = !seen.empty() && std::memcmp(seen.data(), kMagic.data(), seen.size()) == 0;
    std::string message = seen.empty() ? "the file is empty, not a capture"
                          : cutOff     ? "the capture is cut off within its first 8 bytes"
                                       : "this is not a capture file";
    return Diagnostic{.message = std::move(message),
                      .file = path.string(),
                      .help =
                          "captures are written by flamesim record, flamesim replay and "
                          "flamesim capture import"};
  }
  reader.consume(kMagic.size());
  return reader;
}

void FrameReader::consume(size_t bytes) {
  begin += bytes;
  offset += bytes;
}

bool FrameReader::fill(size_t bytes) {
  if (end - begin >= bytes) return true;
  // At least 256 KiB at a time: two blocks of the usual size, with one system call.
  size_t wanted = std::max<size_t>(bytes, 256u << 10);
  if (begin + wanted > capacity) {
    if (wanted > capacity) {
      auto larger = std::make_unique_for_overwrite<std::byte[]>(wanted);
      if (end > begin) std::memcpy(larger.get(), buffer.get() + begin, end - begin);
      buffer = std::move(larger);
      capacity = wanted;
    } else {
      std::memmove(buffer.get(), buffer.get() + begin, end - begin);
    }
    end -= begin;
    begin = 0;
  }
  while (end - begin < bytes) {
    size_t n = file.read({buffer.get() + end, capacity - end}, fileName);
    if (n == 0) return false;
    end += n;
  }
  return true;
}

std::optional<Frame> FrameReader::next() {
  while (true) {
    if (!fill(kFrameHeaderBytes)) {
      truncated = available().size();
      return std::nullopt;
    }
    auto header = parseFrameHeader(available());
    if (!header) {
      if (onlyZerosFollow()) return std::nullopt;
      if (onDamage == OnDamage::kError) {
        fail(frameNumber, offset, "its header is not that of a frame", "");
      }
      resynchronize();
      continue;
    }
    size_t total = kFrameHeaderBytes + header->storedBytes;
    if (!fill(total)) {
      // A length that was damaged would have failed the header's checksum: the file ends early.
      truncated = available().size();
      return std::nullopt;
    }
    Frame frame{.header = *header,
                .stored = available().subspan(kFrameHeaderBytes, header->storedBytes),
                .number = frameNumber,
                .offset = offset};
    if (crc32Of(frame.stored) != header->payloadCrc) {
      damaged(frame, "its checksum does not match");
      consume(total);
      ++frameNumber;
      continue;
    }
    truncated = 0;
    consume(total);
    ++frameNumber;
    return frame;
  }
}

void FrameReader::damaged(const Frame& frame, std::string_view what) {
  if (onDamage == OnDamage::kError) {
    fail(frame.number, frame.offset, what, lostText(frame.header));
  }
  ++skippedSoFar.places;
  skippedSoFar.bytes += kFrameHeaderBytes + frame.header.storedBytes;
  if (frame.header.kind == FrameKind::kExchanges) skippedSoFar.exchanges += frame.header.count;
}

// A file system that lost power may have lengthened the file without having written the bytes.
bool FrameReader::onlyZerosFollow() {
  if (!allZero(available())) return false;
  struct stat status;
  if (::fstat(file.descriptor(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  uint64_t at = offset + available().size();
  std::byte chunk[65536];
  while (true) {
    ssize_t n = ::pread(file.descriptor(), chunk, sizeof(chunk), off_t(at));
    if (n <= 0) break;
    if (!allZero({chunk, size_t(n)})) return false;
    at += uint64_t(n);
  }
  truncated = at - offset;
  return true;
}

void FrameReader::resynchronize() {
  uint64_t from = offset;
  const std::byte first{uint8_t(kMarker & 0xff)};
  do {
    auto bytes = available();
    auto found = std::find(bytes.begin() + 1, bytes.end(), first);
    consume(size_t(found - bytes.begin()));
  } while (fill(kFrameHeaderBytes) && !parseFrameHeader(available()));
  if (available().size() < kFrameHeaderBytes) consume(available().size());
  ++skippedSoFar.places;
  skippedSoFar.bytes += offset - from;
  ++frameNumber;
}

void FrameReader::fail(uint64_t number, uint64_t at, std::string_view what,
                       std::string_view lost) const {
  throw UserError(Diagnostic{
      .message = "frame " + std::to_string(number) + " at byte " + std::to_string(at) +
                 " is damaged" + std::string(lost) + ": " + std::string(what),
      .file = fileName,
      .help = "the frames before it can be read; --skip-damaged reads those behind it too"});
}

}  // namespace flamesim::capture
