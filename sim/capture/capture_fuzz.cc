// Fuzz target: a file's bytes through the reader, as they are and with damage skipped; then as one
// message.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <span>

#include "sim/capture/codec.h"
#include "sim/capture/reader.h"
#include "sim/capture/show.h"

using namespace flamesim;
using namespace flamesim::capture;

static void readAll(const std::filesystem::path& path, OnDamage onDamage) {
  auto reader = CaptureReader::open(path, {.onDamage = onDamage});
  if (!reader) return;
  try {
    while (auto exchange = reader.value().next()) {
      (void)jsonLine(*exchange);
      // What was read can be written, and comes back the same.
      std::string message = encodeExchange(*exchange);
      auto again = decodeExchange(std::as_bytes(std::span(message)));
      if (!again || !(again.value() == *exchange)) std::abort();
    }
  } catch (const UserError&) {
    if (onDamage == OnDamage::kSkip) std::abort();
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  int fd = ::memfd_create("fuzz", MFD_CLOEXEC);
  if (fd < 0 || ::write(fd, data, size) != ssize_t(size)) std::abort();
  std::filesystem::path path = "/proc/self/fd/" + std::to_string(fd);
  readAll(path, OnDamage::kError);
  readAll(path, OnDamage::kSkip);
  ::close(fd);
  (void)decodeExchange(std::as_bytes(std::span(data, size)));
  (void)decodeHeader(std::as_bytes(std::span(data, size)));
  return 0;
}
