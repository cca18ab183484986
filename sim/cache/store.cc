#include "sim/cache/store.h"

#include <algorithm>

#include "sim/net/url.h"

namespace flamesim::cache {

namespace {

// An entry without a body takes room as well.
constexpr size_t kOverhead = 256;
// Of one key: they are looked through one by one.
constexpr size_t kMostVariants = 100;

std::string_view withoutScheme(std::string_view url) {
  auto end = url.find("://");
  return end == std::string_view::npos ? url : url.substr(end + 3);
}

// Whether `url` begins with `prefix`, both without a scheme; the host in any case.
bool hasPrefix(std::string_view url, std::string_view prefix) {
  auto host = std::min(prefix.find('/'), prefix.size());
  return url.size() >= prefix.size() &&
         net::equalsIgnoringCase(url.substr(0, host), prefix.substr(0, host)) &&
         url.substr(host, prefix.size() - host) == prefix.substr(host);
}

}  // namespace

size_t Entry::headSize() const {
  size_t size = kOverhead + key.size() + url.size() + statusText.size();
  for (auto& header : headers.all()) size += header.name.size() + header.value.size() + 32;
  for (auto& [name, value] : selection) size += name.size() + value.value_or("").size() + 32;
  for (auto& tag : tags) size += tag.size() + 32;
  return size;
}

Store::Store(const StoreLimits& limits) : limits(limits) {
  if (limits.diskBytes > 0) disk = std::make_unique<SpillFolder>(limits.diskFolder);
}

std::optional<Found> Store::find(const CacheName& cache, const std::string& key,
                                 const net::HeaderList& request) {
  auto found = byKey.find({cache, key});
  if (found == byKey.end()) return std::nullopt;
  auto& all = found->second;
  for (auto it = all.rbegin(); it != all.rend(); ++it) {
    auto slot = *it;
    if (!selects(request, slot->entry->selection)) continue;
    if (!load(*slot)) {
      erase(slot);
      return std::nullopt;
    }
    Found result{slot->entry, slot->body};
    slots.splice(slots.begin(), slots, slot);
    makeRoom();
    return result;
  }
  return std::nullopt;
}

std::vector<std::string> Store::selectingNames(const CacheName& cache,
                                               const std::string& key) const {
  std::vector<std::string> names;
  auto found = byKey.find({cache, key});
  if (found == byKey.end()) return names;
  for (auto slot : found->second) {
    for (auto& [name, value] : slot->entry->selection) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

bool Store::put(std::shared_ptr<const Entry> entry, SharedBytes body) {
  size_t bodySize = body == nullptr ? 0 : body->size();
  if (entry->headSize() + bodySize > limits.memoryBytes) return false;
  // What the same request would select: the same headers with the same values, or other headers,
  // which tells of an answer that was made differently. The latter stays until it is unused.
  auto same = byKey.find({entry->cache, entry->key});
  if (same != byKey.end()) {
    for (auto slot : same->second) {
      if (slot->entry->selection == entry->selection) {
        erase(slot);
        break;
      }
    }
  }
  Key key{entry->cache, entry->key};
  memoryBytes += entry->headSize() + bodySize;
  slots.push_front({std::move(entry), std::move(body), std::nullopt, bodySize});
  auto& variants = byKey[std::move(key)];
  variants.push_back(slots.begin());
  if (variants.size() > kMostVariants) {
    erase(variants.front());
    ++evictions;
  }
  makeRoom();
  return true;
}

void Store::replace(const std::shared_ptr<const Entry>& old, std::shared_ptr<const Entry> entry) {
  auto found = byKey.find({old->cache, old->key});
  if (found == byKey.end()) return;
  for (auto slot : found->second) {
    if (slot->entry != old) continue;
    memoryBytes -= old->headSize();
    memoryBytes += entry->headSize();
    slot->entry = std::move(entry);
    makeRoom();
    return;
  }
}

size_t Store::remove(const CacheName& cache, const std::string& key) {
  auto found = byKey.find({cache, key});
  if (found == byKey.end()) return 0;
  auto all = found->second;
  for (auto slot : all) erase(slot);
  return all.size();
}

template <typename Condition>
size_t Store::eraseIf(Condition condition) {
  size_t count = 0;
  for (auto slot = slots.begin(); slot != slots.end();) {
    if (condition(*slot->entry)) {
      slot = erase(slot);
      ++count;
    } else {
      ++slot;
    }
  }
  return count;
}

size_t Store::purgeUrl(std::string_view url) {
  return eraseIf([&](const Entry& entry) { return entry.url == url; });
}

size_t Store::purgeHost(std::string_view host) {
  return eraseIf([&](const Entry& entry) {
    auto url = net::Url::parse(entry.url);
    return url && (net::equalsIgnoringCase(url->host(), host) ||
                   net::equalsIgnoringCase(url->hostname(), host));
  });
}

size_t Store::purgeTag(std::string_view tag) {
  auto wanted = net::toLowerAscii(tag);
  return eraseIf([&](const Entry& entry) {
    return std::find(entry.tags.begin(), entry.tags.end(), wanted) != entry.tags.end();
  });
}

size_t Store::purgePrefix(std::string_view prefix) {
  return eraseIf([&](const Entry& entry) {
    return hasPrefix(withoutScheme(entry.url), withoutScheme(prefix));
  });
}

size_t Store::purgeEverything() {
  return eraseIf([](const Entry&) { return true; });
}

StoreSizes Store::sizes() const {
  return {slots.size(), memoryBytes, diskBytes, evictions};
}

Store::Slots::iterator Store::erase(Slots::iterator slot) {
  memoryBytes -= slot->entry->headSize();
  if (slot->file) {
    disk->remove(*slot->file);
    diskBytes -= slot->bodySize;
  } else {
    memoryBytes -= slot->bodySize;
  }
  auto found = byKey.find({slot->entry->cache, slot->entry->key});
  std::erase(found->second, slot);
  if (found->second.empty()) byKey.erase(found);
  return slots.erase(slot);
}

// Brings a body back from the disk; false where it cannot be read.
bool Store::load(Slot& slot) {
  if (!slot.file) return true;
  auto bytes = disk->read(*slot.file, slot.bodySize);
  if (!bytes) return false;
  disk->remove(*slot.file);
  slot.file.reset();
  diskBytes -= slot.bodySize;
  memoryBytes += slot.bodySize;
  slot.body = std::make_shared<const std::string>(std::move(*bytes));
  return true;
}

void Store::makeRoom() {
  // First the bodies go to disk, from the least recently used on; then whole entries go.
  if (disk != nullptr) {
    for (auto slot = slots.end(); memoryBytes > limits.memoryBytes && slot != slots.begin();) {
      --slot;
      if (slot->file || slot->body == nullptr || slot->bodySize > limits.diskBytes) continue;
      slot->file = disk->write(*slot->body);
      if (!slot->file) break;
      slot->body = nullptr;
      memoryBytes -= slot->bodySize;
      diskBytes += slot->bodySize;
    }
    makeRoomOnDisk();
  }
  while (memoryBytes > limits.memoryBytes && !slots.empty()) {
    erase(std::prev(slots.end()));
    ++evictions;
  }
}

void Store::makeRoomOnDisk() {
  for (auto slot = slots.end(); diskBytes > limits.diskBytes && slot != slots.begin();) {
    --slot;
    if (!slot->file) continue;
    slot = erase(slot);
    ++evictions;
  }
}

}  // namespace flamesim::cache
