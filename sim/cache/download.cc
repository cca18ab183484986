#include "sim/cache/download.h"

#include <kj/debug.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace flamesim::cache {

class Download::Reader final : public kj::AsyncInputStream {
 public:
  explicit Reader(kj::Own<Download> download) : download(kj::mv(download)) {
    this->download->readers.insert(this);
  }
  ~Reader() noexcept(false) {
    download->readers.erase(this);
    download->moved();
  }

  kj::Promise<size_t> tryRead(void* buffer, size_t minBytes, size_t maxBytes) override {
    return readOn(static_cast<char*>(buffer), minBytes, maxBytes, 0);
  }
  kj::Maybe<uint64_t> tryGetLength() override {
    if (!download->announced) return nullptr;
    return *download->announced - position;
  }

  uint64_t position = 0;

 private:
  // `had`: what was read already of the `minBytes`.
  kj::Promise<size_t> readOn(char* buffer, size_t minBytes, size_t maxBytes, size_t had) {
    auto bytes = download->available(position);
    size_t n = std::min(bytes.size(), maxBytes - had);
    if (n > 0) {
      memcpy(buffer + had, bytes.data(), n);
      position += n;
      had += n;
      download->moved();
    }
    if (had >= minBytes || had == maxBytes) return had;
    KJ_IF_MAYBE (exception, download->failed) {
      return kj::cp(*exception);
    }
    if (download->complete) return had;
    return download->change().then([this, buffer, minBytes, maxBytes, had] {
      return readOn(buffer, minBytes, maxBytes, had);
    });
  }

  kj::Own<Download> download;
};

Download::Download(kj::Own<kj::AsyncInputStream> stream, std::optional<uint64_t> length,
                   std::shared_ptr<DownloadBudget> budget)
    : stream(kj::mv(stream)), announced(length), budget(std::move(budget)), piece(kPiece, '\0') {
  auto& all = *this->budget;
  if (announced && *announced > all.most - std::min(all.used, all.most)) storing = false;
}

Download::~Download() noexcept(false) {
  if (storing) budget->used -= content.size();
}

kj::Promise<std::shared_ptr<const std::string>> Download::run() {
  auto unwanted = kj::newPromiseAndFulfiller<void>();
  abandon = kj::mv(unwanted.fulfiller);
  return pump()
      .exclusiveJoin(kj::mv(unwanted.promise))
      .then(
          [this] {
            stream = nullptr;
            return whole;
          },
          [this](kj::Exception&& exception) -> std::shared_ptr<const std::string> {
            failed = kj::mv(exception);
            stream = nullptr;
            wake(waitingReaders);
            return nullptr;
          });
}

kj::Own<kj::AsyncInputStream> Download::reader() {
  return kj::heap<Reader>(kj::addRef(*this));
}

kj::Promise<void> Download::pump() {
  return untilRoom().then([this]() -> kj::Promise<void> {
    letGoIfUnwanted();
    if (abandoned) return kj::READY_NOW;
    return stream->tryRead(piece.data(), 1, piece.size()).then([this](size_t n) {
      if (n == 0) {
        ended();
        return kj::Promise<void>(kj::READY_NOW);
      }
      took(n);
      return pump();
    });
  });
}

// What is stored waits for nobody.
kj::Promise<void> Download::untilRoom() {
  if (storing || readers.empty() || dropped + content.size() < slowest() + kWindow) {
    return kj::READY_NOW;
  }
  auto paf = kj::newPromiseAndFulfiller<void>();
  waitingPump.push_back(kj::mv(paf.fulfiller));
  return paf.promise.then([this] { return untilRoom(); });
}

void Download::took(size_t bytes) {
  if (storing) {
    if (budget->used + bytes > budget->most) {
      storing = false;
      budget->used -= content.size();
    } else {
      budget->used += bytes;
    }
  }
  content.append(piece, 0, bytes);
  wake(waitingReaders);
}

void Download::ended() {
  if (announced && dropped + content.size() != *announced) {
    kj::throwFatalException(KJ_EXCEPTION(DISCONNECTED, "the body ended early"));
  }
  complete = true;
  if (storing) {
    budget->used -= content.size();
    storing = false;
    whole = std::make_shared<const std::string>(std::move(content));
    content.clear();
  }
  wake(waitingReaders);
}

std::string_view Download::available(uint64_t position) const {
  if (whole != nullptr) return std::string_view(*whole).substr(position);
  return std::string_view(content).substr(position - dropped);
}

// Nobody reads it, and it is not for later.
void Download::letGoIfUnwanted() {
  if (storing || complete || failed != nullptr || !readers.empty()) return;
  abandoned = true;
  if (abandon.get() != nullptr) abandon->fulfill();
}

// A reader has read on, or gone.
void Download::moved() {
  if (storing || whole != nullptr) return;
  letGoIfUnwanted();
  // What nobody needs any more goes, in pieces that are worth the move.
  auto unneeded = slowest() - dropped;
  if (unneeded >= kWindow || unneeded == content.size()) {
    content.erase(0, unneeded);
    dropped += unneeded;
  }
  wake(waitingPump);
}

uint64_t Download::slowest() const {
  uint64_t least = dropped + content.size();
  for (auto* reader : readers) least = std::min(least, reader->position);
  return least;
}

kj::Promise<void> Download::change() {
  auto paf = kj::newPromiseAndFulfiller<void>();
  waitingReaders.push_back(kj::mv(paf.fulfiller));
  return kj::mv(paf.promise);
}

void Download::wake(std::vector<kj::Own<kj::PromiseFulfiller<void>>>& waiting) {
  auto all = std::exchange(waiting, {});
  for (auto& one : all) one->fulfill();
}

namespace {

class Slice final : public kj::AsyncInputStream {
 public:
  Slice(kj::Own<kj::AsyncInputStream> inner, uint64_t first, uint64_t length)
      : inner(kj::mv(inner)), toSkip(first), left(length) {}

  kj::Promise<size_t> tryRead(void* buffer, size_t minBytes, size_t maxBytes) override {
    if (left == 0) return size_t(0);
    if (toSkip > 0) {
      if (skipped.empty()) skipped.resize(64 << 10);
      return inner->tryRead(skipped.data(), 1, std::min<uint64_t>(skipped.size(), toSkip))
          .then([this, buffer, minBytes, maxBytes](size_t n) -> kj::Promise<size_t> {
            if (n == 0) return size_t(0);
            toSkip -= n;
            return tryRead(buffer, minBytes, maxBytes);
          });
    }
    auto most = size_t(std::min<uint64_t>(maxBytes, left));
    return inner->tryRead(buffer, std::min(minBytes, most), most).then([this](size_t n) {
      left -= n;
      return n;
    });
  }
  kj::Maybe<uint64_t> tryGetLength() override { return left; }

 private:
  kj::Own<kj::AsyncInputStream> inner;
  uint64_t toSkip;
  uint64_t left;
  std::string skipped;
};

}  // namespace

kj::Own<kj::AsyncInputStream> slice(kj::Own<kj::AsyncInputStream> stream, uint64_t first,
                                    uint64_t length) {
  return kj::heap<Slice>(kj::mv(stream), first, length);
}

}  // namespace flamesim::cache
