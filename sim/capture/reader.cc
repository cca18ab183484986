#include "sim/capture/reader.h"

#include <zstd.h>

#include <cstring>

namespace flamesim::capture {

void CaptureReader::FreeContext::operator()(ZSTD_DCtx_s* context) const {
  ZSTD_freeDCtx(context);
}

CaptureReader::CaptureReader(FrameReader frames, ReaderOptions options)
    : frames(std::move(frames)), options(options), context(ZSTD_createDCtx()) {}

Result<CaptureReader> CaptureReader::open(const std::filesystem::path& path,
                                          ReaderOptions options) {
  auto frames = FrameReader::open(path, options.onDamage);
  if (!frames) return frames.error();
  CaptureReader reader(std::move(frames.value()), options);
  auto header = reader.readHeader();
  if (!header && options.onDamage == OnDamage::kSkip && reader.skipped().places != 0) {
    // The header is lost; the exchanges need not be. Frames are walked from the beginning again.
    frames = FrameReader::open(path, options.onDamage);
    if (frames) return CaptureReader(std::move(frames.value()), options);
  }
  if (!header) {
    Diagnostic error = header.error();
    error.file = path.string();
    return error;
  }
  return reader;
}

Result<bool> CaptureReader::readHeader() {
  std::optional<Frame> frame;
  try {
    frame = frames.next();
  } catch (const UserError& error) {
    return error.diagnostic;
  }
  if (!frame) {
    return Diagnostic{.message = "the capture is cut off within its header and holds no exchange"};
  }
  if (frame->header.kind != FrameKind::kHeader) {
    return Diagnostic{.message = "the capture's first frame is not its header"};
  }
  std::vector<uint64_t> words((frame->header.rawBytes + 7) / 8);
  size_t size = ZSTD_decompressDCtx(context.get(), words.data(), frame->header.rawBytes,
                                    frame->stored.data(), frame->stored.size());
  if (ZSTD_isError(size) || size != frame->header.rawBytes) {
    return Diagnostic{.message = "the capture's header is damaged: it does not decompress"};
  }
  auto header = decodeHeader(std::as_bytes(std::span(words)).first(size));
  if (!header) {
    return Diagnostic{.message = "the capture's header is damaged: " + header.error().message};
  }
  if (header.value().version > kFormatVersion) {
    return Diagnostic{.message = "the capture is of version " +
                                 std::to_string(header.value().version) +
                                 " of the format; this flamesim reads up to version " +
                                 std::to_string(kFormatVersion),
                      .help = "read it with the flamesim that wrote it: " + header.value().creator};
  }
  captureHeader = std::move(header.value());
  return true;
}

const char* CaptureReader::unpack(const Frame& frame, EncodedBlock& block) {
  if (frame.header.kind == FrameKind::kHeader) return "a second header";
  if (frame.header.kind != FrameKind::kExchanges) return "a frame of a kind not known here";
  size_t rawBytes = frame.header.rawBytes;
  // Before memory is taken for it.
  if (ZSTD_getFrameContentSize(frame.stored.data(), frame.stored.size()) != rawBytes ||
      rawBytes % 8 != 0) {
    return "its length is not what its header says";
  }
  block.words = std::make_unique_for_overwrite<uint64_t[]>(rawBytes / 8);
  size_t size = ZSTD_decompressDCtx(context.get(), block.words.get(), rawBytes, frame.stored.data(),
                                    frame.stored.size());
  if (ZSTD_isError(size) || size != rawBytes) return "it does not decompress";

  auto* bytes = reinterpret_cast<const std::byte*>(block.words.get());
  block.messages.clear();
  block.number = frame.number;
  for (size_t at = 0; at < rawBytes;) {
    uint64_t length = 0;
    for (size_t i = 0; i < 8; ++i) length |= uint64_t(bytes[at + i]) << (8 * i);
    at += 8;
    if (length % 8 != 0 || length < 16 || length > rawBytes - at) {
      return "a message in it has an impossible length";
    }
    block.messages.emplace_back(bytes + at, length);
    at += length;
  }
  if (block.messages.size() != frame.header.count) return "it holds another number of messages";
  return nullptr;
}

std::optional<Frame> CaptureReader::nextFrame(EncodedBlock& block) {
  while (auto frame = frames.next()) {
    const char* wrong = unpack(*frame, block);
    if (wrong == nullptr && block.size() != 0) return frame;
    if (wrong != nullptr) frames.damaged(*frame, wrong);
  }
  return std::nullopt;
}

std::optional<EncodedBlock> CaptureReader::nextEncoded() {
  EncodedBlock block;
  if (!nextFrame(block)) return std::nullopt;
  return block;
}

bool CaptureReader::decodeBlock(const Frame& frame, const EncodedBlock& block,
                                std::vector<net::Exchange>& into) {
  into.clear();
  into.reserve(block.size());
  for (size_t i = 0; i < block.size(); ++i) {
    auto exchange = decodeExchange(block[i]);
    if (!exchange) {
      frames.damaged(frame,
                     "message " + std::to_string(i) + " in it is " + exchange.error().message);
      return false;
    }
    into.push_back(std::move(exchange.value()));
  }
  return true;
}

std::optional<std::vector<net::Exchange>> CaptureReader::readBlock() {
  std::vector<net::Exchange> result;
  if (pendingNext < pending.size()) {
    result.assign(std::make_move_iterator(pending.begin() + ptrdiff_t(pendingNext)),
                  std::make_move_iterator(pending.end()));
    pending.clear();
    pendingNext = 0;
    return result;
  }
  EncodedBlock block;
  while (auto frame = nextFrame(block)) {
    if (decodeBlock(*frame, block, result)) return result;
  }
  return std::nullopt;
}

std::optional<net::Exchange> CaptureReader::next() {
  if (pendingNext == pending.size()) {
    auto block = readBlock();
    if (!block) return std::nullopt;
    pending = std::move(*block);
    pendingNext = 0;
  }
  return std::move(pending[pendingNext++]);
}

}  // namespace flamesim::capture
