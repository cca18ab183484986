#include "sim/capture/writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sim/capture/reader.h"

namespace flamesim::capture {

std::filesystem::path temporaryPath(const std::filesystem::path& path) {
  auto result = path;
  result += ".tmp";
  return result;
}

void CaptureWriter::FreeContext::operator()(ZSTD_CCtx_s* context) const {
  ZSTD_freeCCtx(context);
}

CaptureWriter::CaptureWriter(std::filesystem::path path, WriterOptions options)
    : path(std::move(path)), options(options), context(ZSTD_createCCtx()) {}

CaptureWriter::~CaptureWriter() noexcept {
  if (!file.isOpen()) return;
  if (options.atomicity == Atomicity::kRenameOnClose) {
    ::unlink(temporaryPath(path).c_str());
    return;
  }
  try {
    close();
  } catch (const UserError&) {
    // The contract: only close() itself can report.
  }
}

std::unique_ptr<CaptureWriter> CaptureWriter::create(const std::filesystem::path& path,
                                                     const CaptureHeader& header,
                                                     WriterOptions options) {
  std::unique_ptr<CaptureWriter> writer(new CaptureWriter(path, options));
  writer->openFile(options.atomicity == Atomicity::kRenameOnClose ? temporaryPath(path) : path);
  if (::ftruncate(writer->file.descriptor(), 0) != 0 && errno != EINVAL) {  // EINVAL: a pipe
    throw UserError(systemError("cannot write", path, errno), ExitCode::kRunFailed);
  }
  writer->begin(header);
  return writer;
}

std::unique_ptr<CaptureWriter> CaptureWriter::append(const std::filesystem::path& path,
                                                     const CaptureHeader& header,
                                                     WriterOptions options) {
  options.atomicity = Atomicity::kInPlace;
  std::error_code ignored;
  if (std::filesystem::file_size(path, ignored) == 0 || !std::filesystem::exists(path)) {
    return create(path, header, options);
  }
  std::unique_ptr<CaptureWriter> writer(new CaptureWriter(path, options));
  writer->openFile(path);
  auto reader = CaptureReader::open(path).orThrow();
  while (auto found = reader.nextEncoded()) {
    for (size_t i = 0; i < found->size(); ++i) {
      writer->greatestId = std::max(writer->greatestId, peekExchange((*found)[i]).orThrow().id);
    }
  }
  writer->fileBytes = reader.position();
  writer->dropped = reader.truncatedBytes();
  if (::ftruncate(writer->file.descriptor(), off_t(writer->fileBytes)) != 0 ||
      ::lseek(writer->file.descriptor(), 0, SEEK_END) < 0) {
    throw UserError(systemError("cannot write", path, errno), ExitCode::kRunFailed);
  }
  return writer;
}

void CaptureWriter::openFile(const std::filesystem::path& name) {
  file = File::open(name, O_RDWR | O_CREAT).orThrow();
  if (::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    file.close();  // before the destructor takes it for its own
    throw UserError(Diagnostic{.message = "another writer has " + name.string() + " open",
                               .help = "end the other flamesim, or write to another file"});
  }
}

void CaptureWriter::begin(const CaptureHeader& header) {
  std::string message = encodeHeader(header);
  writeOut(std::string(kMagic) + frame(FrameKind::kHeader, message, 1));
}

void CaptureWriter::writeEncoded(std::string_view message) {
  uint64_t length = message.size();
  if (length + 8 > kMaxRawBytes) {
    throw UserError("an exchange of " + std::to_string(length) +
                        " bytes is too large for a capture (" + path.string() + ")",
                    ExitCode::kRunFailed);
  }
  if (blockCount != 0 && block.size() + 8 + length > kMaxRawBytes) flush();
  for (int shift = 0; shift < 64; shift += 8) block += char(length >> shift);
  block += message;
  ++blockCount;
  ++exchangesWritten;
  if (block.size() >= options.blockBytes) flush();
}

void CaptureWriter::flush() {
  if (blockCount == 0) return;
  writeOut(frame(FrameKind::kExchanges, block, blockCount));
  blockCount = 0;
  // One large exchange must not keep its memory for good.
  if (block.capacity() > 8 * options.blockBytes + (1u << 20)) {
    block = std::string();
  } else {
    block.clear();
  }
}

std::string CaptureWriter::frame(FrameKind kind, std::string_view payload, uint32_t count) {
  std::string out(kFrameHeaderBytes + ZSTD_compressBound(payload.size()), '\0');
  size_t stored = ZSTD_compressCCtx(context.get(), out.data() + kFrameHeaderBytes,
                                    out.size() - kFrameHeaderBytes, payload.data(), payload.size(),
                                    options.compressionLevel);
  if (ZSTD_isError(stored)) {
    throw UserError("cannot compress " + path.string() + ": " + ZSTD_getErrorName(stored),
                    ExitCode::kRunFailed);
  }
  out.resize(kFrameHeaderBytes + stored);
  auto storedBytes = std::as_bytes(std::span(out)).subspan(kFrameHeaderBytes);
  std::string header = serializeFrameHeader({.kind = kind,
                                             .storedBytes = uint32_t(stored),
                                             .rawBytes = uint32_t(payload.size()),
                                             .count = count,
                                             .payloadCrc = crc32Of(storedBytes)});
  std::memcpy(out.data(), header.data(), header.size());
  return out;
}

void CaptureWriter::writeOut(std::string_view bytes) {
  if (torn) throw UserError("cannot write " + path.string() + " any more", ExitCode::kRunFailed);
  try {
    file.write(std::as_bytes(std::span(bytes)), path);
  } catch (const UserError&) {
    // A part of the frame may be there: without it the file is whole, and the frame can be written
    // again. What cannot be cut off (a pipe) has had its last frame.
    torn = ::ftruncate(file.descriptor(), off_t(fileBytes)) != 0 ||
           ::lseek(file.descriptor(), off_t(fileBytes), SEEK_SET) < 0;
    throw;
  }
  fileBytes += bytes.size();
}

void CaptureWriter::close() {
  if (!file.isOpen()) return;
  flush();
  if (options.atomicity == Atomicity::kRenameOnClose) {
    auto temporary = temporaryPath(path);
    // The bytes before the name, also across a loss of power.
    if (::fsync(file.descriptor()) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
      throw UserError(systemError("cannot write", path, errno), ExitCode::kRunFailed);
    }
  }
  file.close();
}

}  // namespace flamesim::capture
