#include "sim/capture/gunzip.h"

#include <zlib.h>

#include <algorithm>
#include <memory>

namespace flamesim::capture {

namespace {

constexpr int kGzipWindow = 15 + 16;  // 16: with gzip's header and checksum
constexpr size_t kGunzipStep = 1u << 20;

struct EndInflate {
  void operator()(z_stream* stream) const { inflateEnd(stream); }
};

}  // namespace

bool isGzip(std::string_view bytes) {
  return bytes.starts_with("\x1f\x8b");
}

Result<Gunzipped> gunzip(std::string_view bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK)
    return Diagnostic{.message = "zlib has no memory"};
  std::unique_ptr<z_stream, EndInflate> end(&stream);
  Gunzipped result;
  int status = Z_OK;
  while (!bytes.empty()) {
    if (status == Z_STREAM_END) {
      // Zeros pad what comes from tapes; anything else is the next member.
      if (bytes.find_first_not_of('\0') == std::string_view::npos) break;
      inflateReset(&stream);
    }
    size_t used = result.bytes.size();
    result.bytes.resize(used + kGunzipStep);
    auto given = uInt(std::min<size_t>(bytes.size(), kGunzipStep));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = given;
    stream.next_out = reinterpret_cast<Bytef*>(result.bytes.data() + used);
    stream.avail_out = uInt(kGunzipStep);
    status = inflate(&stream, Z_NO_FLUSH);
    result.bytes.resize(used + kGunzipStep - stream.avail_out);
    bytes.remove_prefix(given - stream.avail_in);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      return Diagnostic{.message = std::string("the gzip data is damaged: ") +
                                   (stream.msg == nullptr ? "unknown" : stream.msg)};
    }
  }
  // What zlib holds back when the input ends.
  while (status == Z_OK) {
    size_t used = result.bytes.size();
    result.bytes.resize(used + kGunzipStep);
    stream.next_out = reinterpret_cast<Bytef*>(result.bytes.data() + used);
    stream.avail_out = uInt(kGunzipStep);
    status = inflate(&stream, Z_NO_FLUSH);
    result.bytes.resize(used + kGunzipStep - stream.avail_out);
  }
  result.cutOff = status != Z_STREAM_END;
  return result;
}

}  // namespace flamesim::capture
