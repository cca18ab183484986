// A body that comes from the origin while it is stored and read by any number of clients, each at
// its own pace. While it may be stored it is read to its end, whether or not anybody still reads
// it. One that turns out too large is not stored: from then on the slowest reader sets the pace,
// and when the last reader has gone it is let go.
#pragma once

#include <kj/async-io.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace flamesim::cache {

// Bytes of downloads under way, all together.
struct DownloadBudget {
  size_t most = 0;
  size_t used = 0;
};

class Download final : public kj::Refcounted {
 public:
  // `length`: what was announced; a body of another length fails.
  Download(kj::Own<kj::AsyncInputStream> stream, std::optional<uint64_t> length,
           std::shared_ptr<DownloadBudget> budget);
  ~Download() noexcept(false);

  // Reads the body; to be called once and kept. Resolves with all of it, or with nullptr where it
  // is not to be stored. Never rejects: what the stream fails with is for the readers.
  kj::Promise<std::shared_ptr<const std::string>> run();

  // The body from its beginning; only while mayJoin().
  kj::Own<kj::AsyncInputStream> reader();
  bool mayJoin() const { return failed == nullptr && dropped == 0 && !abandoned; }
  std::optional<uint64_t> length() const { return announced; }

 private:
  class Reader;
  static constexpr size_t kPiece = 64 << 10;
  // How far the origin may be ahead of the slowest reader of what is not stored.
  static constexpr size_t kWindow = 256 << 10;

  kj::Promise<void> pump();
  kj::Promise<void> untilRoom();
  void took(size_t bytes);
  void ended();
  void letGoIfUnwanted();
  // The bytes from `position` on that are there.
  std::string_view available(uint64_t position) const;
  void moved();
  uint64_t slowest() const;
  kj::Promise<void> change();
  void wake(std::vector<kj::Own<kj::PromiseFulfiller<void>>>& waiting);

  kj::Own<kj::AsyncInputStream> stream;
  const std::optional<uint64_t> announced;
  const std::shared_ptr<DownloadBudget> budget;
  std::string piece;
  std::string content;                       // from `dropped` on
  std::shared_ptr<const std::string> whole;  // in the place of `content` when it is complete
  uint64_t dropped = 0;                      // bytes at the beginning that are there no more
  bool storing = true;
  bool complete = false;
  bool abandoned = false;  // let go before its end
  kj::Maybe<kj::Exception> failed;
  std::set<Reader*> readers;
  std::vector<kj::Own<kj::PromiseFulfiller<void>>> waitingReaders;
  std::vector<kj::Own<kj::PromiseFulfiller<void>>> waitingPump;
  kj::Own<kj::PromiseFulfiller<void>> abandon;
};

// A part of a stream: `first` bytes are skipped, then `length` are there.
kj::Own<kj::AsyncInputStream> slice(kj::Own<kj::AsyncInputStream> stream, uint64_t first,
                                    uint64_t length);

}  // namespace flamesim::cache
