#include "cli/quicksilver_text.h"

#include <cstdio>
#include <ctime>

namespace flamesim::cli {

namespace {

std::string_view viewOf(capnp::Data::Reader data) {
  return {reinterpret_cast<const char*>(data.begin()), data.size()};
}
std::string_view viewOf(capnp::Text::Reader text) {
  return {text.begin(), text.size()};
}

mocks::StoreUpdate updateOf(schemas::Update::Reader update) {
  return {.index = update.getIndex(),
          .kind = update.getDeleted() ? mocks::UpdateKind::kDelete : mocks::UpdateKind::kSet,
          .key = viewOf(update.getKey()),
          .value = viewOf(update.getValue()),
          .time = update.getTime(),
          .crc = update.getCrc(),
          .hash = update.getHash()};
}

template <typename... Numbers>
std::string formatted(const char* format, Numbers... numbers) {
  char text[128];
  int length = std::snprintf(text, sizeof(text), format, numbers...);
  return std::string(text, size_t(std::max(0, length)));
}

// 2026-11-24T04:16:00.123Z
std::string timeText(int64_t nanos) {
  auto seconds = time_t(nanos / 1'000'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
  return text + formatted(".%03dZ", int(nanos / 1'000'000 % 1000));
}

std::string hex(uint64_t hash) {
  return formatted("%016llx", static_cast<unsigned long long>(hash));
}

}  // namespace

QuicksilverStatusText statusText(schemas::QuicksilverStatus::Reader status) {
  return {.newest = status.getNewest(),
          .hash = status.getHash(),
          .historyStart = status.getHistoryStart(),
          .replica = status.getReplica(),
          .lagMillis = status.getLagMillis(),
          .stuck = status.getStuck(),
          .stuckAt = status.getStuckAt(),
          .behindNanos = status.getBehindNanos()};
}

std::string QuicksilverStatusText::lines() const {
  std::string text = "store    index " + std::to_string(newest) + ", hash " + hex(hash) +
                     ", history from " + std::to_string(historyStart) + "\nreplica  index " +
                     std::to_string(replica);
  if (newest > replica) {
    text += ", " + std::to_string(newest - replica) + " behind for " +
            formatted("%.3f s", double(behindNanos) / 1e9);
  }
  text += ", lag " + std::to_string(lagMillis) + " ms";
  if (stuck) text += ", stuck at " + std::to_string(stuckAt);
  return text;
}

std::string QuicksilverStatusText::json() const {
  mocks::Json object = mocks::Json::object();
  object["newest"] = newest;
  object["hash"] = std::to_string(hash);
  object["historyStart"] = historyStart;
  object["replica"] = replica;
  object["lagMs"] = lagMillis;
  object["stuckAt"] = stuck ? mocks::Json(stuckAt) : mocks::Json(nullptr);
  object["behindMs"] = double(behindNanos) / 1e6;
  return object.dump();
}

std::string lookupLine(const std::string& key, schemas::Quicksilver::GetResults::Reader results) {
  mocks::Json object = mocks::Json::object();
  object["key"] = mocks::bytesToJson(key);
  object["found"] = results.getFound();
  if (results.getFound()) object["value"] = mocks::bytesToJson(viewOf(results.getValue()));
  object["index"] = results.getIndex();
  return object.dump();
}

std::string pairLine(schemas::Pair::Reader pair) {
  mocks::Json object = mocks::Json::object();
  object["key"] = mocks::bytesToJson(viewOf(pair.getKey()));
  object["value"] = mocks::bytesToJson(viewOf(pair.getValue()));
  return object.dump();
}

std::string updateJson(schemas::Update::Reader update) {
  return mocks::updateLine(updateOf(update));
}

std::string updateText(schemas::Update::Reader update) {
  std::string size =
      update.getDeleted() ? "-" : std::to_string(update.getValue().size()) + " bytes";
  return std::to_string(update.getIndex()) + "  " + timeText(update.getTime()) + "  " +
         (update.getDeleted() ? "DEL" : "SET") + "  " + std::string(viewOf(update.getKey())) +
         "  " + size + "  " + formatted("%08x", update.getCrc()) + "  " + hex(update.getHash());
}

void fillUpdate(schemas::Update::Builder to, const mocks::UpdateInput& from) {
  to.setIndex(from.update.index);
  to.setDeleted(from.update.kind == mocks::UpdateKind::kDelete);
  to.setKey({from.key.c_str(), from.key.size()});
  to.setValue({reinterpret_cast<const capnp::byte*>(from.value.data()), from.value.size()});
  to.setTime(from.update.time);
  to.setCrc(from.update.crc);
  to.setHash(from.update.hash);
}

void LogCheck::add(schemas::Update::Reader reader) {
  auto update = updateOf(reader);
  ++seen;
  std::string here = "update " + std::to_string(update.index);
  if (message.empty() && update.index != index + 1) {
    message = here + " follows update " + std::to_string(index) + ": those between are lost";
  }
  if (message.empty() && update.crc != mocks::crcOf(update.key, update.value)) {
    message = here + " is damaged: its CRC is not that of its key and value";
  }
  if (message.empty() && hashIsKnown &&
      update.hash != mocks::hashAfter(hash, update.index, update.kind, update.crc)) {
    message = here + " does not follow from those before it: its hash is another";
  }
  index = update.index;
  hash = update.hash;
  hashIsKnown = true;
}

}  // namespace flamesim::cli
