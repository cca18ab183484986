#include "sim/capture/codec.h"

#include <capnp/message.h>
#include <capnp/schema.h>
#include <capnp/serialize.h>

#include <cstring>
#include <memory>

#include "schemas/capture.capnp.h"
#include "sim/base/random.h"

namespace flamesim::capture {

namespace {

using schema::Client;
using schema::HttpHeader;

constexpr size_t kSegmentTableBytes = 8;

// ---- Sizes. A message is built in a buffer of exactly its size: one segment, no copy, and the
// layout depends on nothing but the content. Each sizeOf mirrors the fill() below of the same type.

template <typename T>
uint64_t structWords() {
  static const uint64_t words = [] {
    auto proto = capnp::Schema::from<T>().getProto().getStruct();
    return uint64_t(proto.getDataWordCount()) + proto.getPointerCount();
  }();
  return words;
}

uint64_t dataWords(std::string_view bytes) {
  return (bytes.size() + 7) / 8;
}

// Text that equals the field's default is left null.
uint64_t textWords(std::string_view text, std::string_view byDefault = "") {
  return text == byDefault ? 0 : text.size() / 8 + 1;  // with the terminating NUL
}

uint64_t sizeOf(const net::HeaderList& headers) {
  if (headers.size() == 0) return 0;
  uint64_t words = 1 + headers.size() * structWords<HttpHeader>();
  for (auto& header : headers.all()) words += textWords(header.name) + dataWords(header.value);
  return words;
}

uint64_t sizeOf(const net::RecordedRequest& request) {
  return structWords<schema::Request>() + textWords(request.method, "GET") +
         textWords(request.url) + textWords(request.httpVersion, "HTTP/1.1") +
         sizeOf(request.headers) + dataWords(request.body);
}

uint64_t sizeOf(const net::RecordedResponse& response) {
  return structWords<schema::Response>() + textWords(response.statusText) +
         textWords(response.httpVersion, "HTTP/1.1") + sizeOf(response.headers) +
         dataWords(response.body);
}

uint64_t sizeOf(const net::ClientContext& client) {
  return structWords<Client>() + textWords(client.ip) + textWords(client.connectedAddress) +
         textWords(client.scheme, "http") + textWords(client.country) + textWords(client.rayId);
}

uint64_t sizeOf(const net::Effect& effect) {
  return structWords<schema::Effect>() + textWords(effect.worker) + textWords(effect.destination) +
         textWords(effect.operation) + dataWords(effect.input) + dataWords(effect.output) +
         textWords(effect.error) + (effect.request ? sizeOf(*effect.request) : 0) +
         (effect.response ? sizeOf(*effect.response) : 0);
}

uint64_t sizeOf(const net::Outcome& outcome) {
  uint64_t words = structWords<schema::Outcome>() + sizeOf(outcome.response) +
                   textWords(outcome.error) + textWords(outcome.answeredBy);
  if (!outcome.effects.empty()) ++words;
  for (auto& effect : outcome.effects) words += sizeOf(effect);
  if (!outcome.setBy.empty()) ++words;
  for (auto& [part, worker] : outcome.setBy) {
    words += structWords<schema::SetBy>() + textWords(part) + textWords(worker);
  }
  return words;
}

uint64_t sizeOf(const net::Exchange& exchange) {
  return structWords<schema::Exchange>() + sizeOf(exchange.client) + sizeOf(exchange.request) +
         sizeOf(exchange.outcome);
}

uint64_t sizeOf(const CaptureHeader& header) {
  return structWords<schema::Header>() + textWords(header.creator) + textWords(header.source) +
         textWords(header.notes);
}

// ---- Building.

capnp::Text::Reader text(const std::string& value) {
  return {value.c_str(), value.size()};
}
capnp::Data::Reader data(const std::string& value) {
  return {reinterpret_cast<const kj::byte*>(value.data()), value.size()};
}

template <typename Builder>
void fillHeaders(const net::HeaderList& headers, Builder to) {
  if (headers.size() == 0) return;
  auto list = to.initHeaders(uint(headers.size()));
  for (uint i = 0; i < list.size(); ++i) {
    auto& header = headers.all()[i];
    if (!header.name.empty()) list[i].setName(text(header.name));
    if (!header.value.empty()) list[i].setValue(data(header.value));
  }
}

void fill(const net::RecordedRequest& from, schema::Request::Builder to) {
  if (from.method != "GET") to.setMethod(text(from.method));
  if (!from.url.empty()) to.setUrl(text(from.url));
  if (from.httpVersion != "HTTP/1.1") to.setHttpVersion(text(from.httpVersion));
  fillHeaders(from.headers, to);
  if (!from.body.empty()) to.setBody(data(from.body));
}

void fill(const net::RecordedResponse& from, schema::Response::Builder to) {
  to.setStatus(from.status);
  if (!from.statusText.empty()) to.setStatusText(text(from.statusText));
  if (from.httpVersion != "HTTP/1.1") to.setHttpVersion(text(from.httpVersion));
  fillHeaders(from.headers, to);
  if (!from.body.empty()) to.setBody(data(from.body));
}

void fill(const net::ClientContext& from, Client::Builder to) {
  if (!from.ip.empty()) to.setIp(text(from.ip));
  to.setPort(from.port);
  if (!from.connectedAddress.empty()) to.setConnectedAddress(text(from.connectedAddress));
  if (from.scheme != "http") to.setScheme(text(from.scheme));
  if (!from.country.empty()) to.setCountry(text(from.country));
  if (!from.rayId.empty()) to.setRayId(text(from.rayId));
}

void fill(const net::Effect& from, schema::Effect::Builder to) {
  to.setKind(schema::EffectKind(from.kind));
  if (!from.worker.empty()) to.setWorker(text(from.worker));
  if (!from.destination.empty()) to.setDestination(text(from.destination));
  if (!from.operation.empty()) to.setOperation(text(from.operation));
  if (!from.input.empty()) to.setInput(data(from.input));
  if (!from.output.empty()) to.setOutput(data(from.output));
  if (!from.error.empty()) to.setError(text(from.error));
  to.setStart(nanosOf(from.start));
  to.setDuration(from.duration.count());
  if (from.request) fill(*from.request, to.initRequest());
  if (from.response) fill(*from.response, to.initResponse());
}

void fill(const net::Exchange& from, schema::Exchange::Builder to) {
  to.setId(from.id);
  to.setTime(nanosOf(from.time));
  to.setSeed(from.seed);
  fill(from.client, to.initClient());
  fill(from.request, to.initRequest());
  auto outcome = to.initOutcome();
  outcome.setKind(schema::OutcomeKind(from.outcome.kind));
  fill(from.outcome.response, outcome.initResponse());
  if (!from.outcome.error.empty()) outcome.setError(text(from.outcome.error));
  if (!from.outcome.answeredBy.empty()) outcome.setAnsweredBy(text(from.outcome.answeredBy));
  if (!from.outcome.effects.empty()) {
    auto effects = outcome.initEffects(uint(from.outcome.effects.size()));
    for (uint i = 0; i < effects.size(); ++i) fill(from.outcome.effects[i], effects[i]);
  }
  if (!from.outcome.setBy.empty()) {
    auto setBy = outcome.initSetBy(uint(from.outcome.setBy.size()));
    uint i = 0;
    for (auto& [part, worker] : from.outcome.setBy) {
      auto entry = setBy[i++];
      if (!part.empty()) entry.setPart(text(part));
      if (!worker.empty()) entry.setWorker(text(worker));
    }
  }
}

void fill(const CaptureHeader& from, schema::Header::Builder to) {
  to.setVersion(from.version);
  to.setCreated(nanosOf(from.created));
  if (!from.creator.empty()) to.setCreator(text(from.creator));
  if (!from.source.empty()) to.setSource(text(from.source));
  if (!from.notes.empty()) to.setNotes(text(from.notes));
}

template <typename Struct, typename Value>
std::string encode(const Value& value) {
  uint64_t words = 1 + sizeOf(value);  // with the root pointer
  KJ_REQUIRE(words < (1u << 29), "an exchange of more than 4 GiB");
  std::string out(kSegmentTableBytes + words * 8, '\0');
  uint32_t segmentWords = uint32_t(words);
  std::memcpy(out.data() + 4, &segmentWords, 4);  // table: one segment (0), its size in words
  // More than 15 bytes: on the heap, where operator new aligns to 16.
  auto* segment = reinterpret_cast<capnp::word*>(out.data() + kSegmentTableBytes);
  capnp::FlatMessageBuilder builder(kj::arrayPtr(segment, words));
  fill(value, builder.template initRoot<Struct>());
  builder.requireFilled();
  return out;
}

// ---- Reading.

std::string read(capnp::Text::Reader text) {
  return {text.begin(), text.size()};
}
std::string read(capnp::Data::Reader data) {
  return {reinterpret_cast<const char*>(data.begin()), data.size()};
}

void read(capnp::List<HttpHeader>::Reader from, net::HeaderList& to) {
  std::vector<net::Header> list;
  list.reserve(from.size());
  for (auto header : from) list.push_back({read(header.getName()), read(header.getValue())});
  to = net::HeaderList(std::move(list));
}

void read(schema::Request::Reader from, net::RecordedRequest& to) {
  to.method = read(from.getMethod());
  to.url = read(from.getUrl());
  to.httpVersion = read(from.getHttpVersion());
  read(from.getHeaders(), to.headers);
  to.body = read(from.getBody());
}

void read(schema::Response::Reader from, net::RecordedResponse& to) {
  to.status = from.getStatus();
  to.statusText = read(from.getStatusText());
  to.httpVersion = read(from.getHttpVersion());
  read(from.getHeaders(), to.headers);
  to.body = read(from.getBody());
}

void read(Client::Reader from, net::ClientContext& to) {
  to.ip = read(from.getIp());
  to.port = from.getPort();
  to.connectedAddress = read(from.getConnectedAddress());
  to.scheme = read(from.getScheme());
  to.country = read(from.getCountry());
  to.rayId = read(from.getRayId());
}

void read(schema::Effect::Reader from, net::Effect& to) {
  KJ_REQUIRE(from.getKind() <= schema::EffectKind::SPAN, "an effect of a kind not known here",
             uint(from.getKind()));
  to.kind = net::EffectKind(from.getKind());
  to.worker = read(from.getWorker());
  to.destination = read(from.getDestination());
  to.operation = read(from.getOperation());
  to.input = read(from.getInput());
  to.output = read(from.getOutput());
  to.error = read(from.getError());
  to.start = timeFromNanos(from.getStart());
  to.duration = Duration(from.getDuration());
  if (from.hasRequest()) read(from.getRequest(), to.request.emplace());
  if (from.hasResponse()) read(from.getResponse(), to.response.emplace());
}

void read(schema::Exchange::Reader from, net::Exchange& to) {
  to.id = from.getId();
  to.time = timeFromNanos(from.getTime());
  to.seed = from.getSeed();
  read(from.getClient(), to.client);
  read(from.getRequest(), to.request);
  auto outcome = from.getOutcome();
  KJ_REQUIRE(outcome.getKind() <= schema::OutcomeKind::FAILED,
             "an outcome of a kind not known here", uint(outcome.getKind()));
  to.outcome.kind = net::OutcomeKind(outcome.getKind());
  read(outcome.getResponse(), to.outcome.response);
  to.outcome.error = read(outcome.getError());
  to.outcome.answeredBy = read(outcome.getAnsweredBy());
  auto effects = outcome.getEffects();
  to.outcome.effects.resize(effects.size());
  for (uint i = 0; i < effects.size(); ++i) read(effects[i], to.outcome.effects[i]);
  for (auto entry : outcome.getSetBy()) {
    to.outcome.setBy[read(entry.getPart())] = read(entry.getWorker());
  }
}

// Calls body(root) for the message in `bytes`. What Cap'n Proto rejects becomes a diagnostic.
template <typename Struct, typename Value, typename Body>
Result<Value> decode(std::span<const std::byte> bytes, Body body) {
  std::unique_ptr<uint64_t[]> copy;
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignof(uint64_t) != 0) {
    copy = std::make_unique_for_overwrite<uint64_t[]>(bytes.size() / 8);
    std::memcpy(copy.get(), bytes.data(), bytes.size() / 8 * 8);
  }
  auto* begin = reinterpret_cast<const capnp::word*>(copy ? static_cast<const void*>(copy.get())
                                                          : static_cast<const void*>(bytes.data()));
  auto words = kj::arrayPtr(begin, bytes.size() / 8);
  // Twice the message: a message of ours visits each word once, one that repeats itself is wrong.
  capnp::ReaderOptions options{.traversalLimitInWords = 2 * words.size() + 1024,
                               .nestingLimit = 16};
  Value value;
  auto failure = kj::runCatchingExceptions([&] {
    KJ_REQUIRE(bytes.size() >= 16 && bytes.size() % 8 == 0, "not whole words", bytes.size());
    capnp::FlatArrayMessageReader reader(words, options);
    KJ_REQUIRE(reader.getEnd() == words.end(), "bytes behind the end of the message");
    body(reader.getRoot<Struct>(), value);
  });
  KJ_IF_MAYBE (exception, failure) {
    return Diagnostic{.message = "not a message of this format: " +
                                 std::string(exception->getDescription().cStr())};
  }
  return value;
}

}  // namespace

std::string encodeExchange(const net::Exchange& exchange) {
  return encode<schema::Exchange>(exchange);
}

Result<net::Exchange> decodeExchange(std::span<const std::byte> message) {
  return decode<schema::Exchange, net::Exchange>(
      message, [](auto from, net::Exchange& to) { read(from, to); });
}

Result<ExchangeKey> peekExchange(std::span<const std::byte> message) {
  KJ_REQUIRE(reinterpret_cast<uintptr_t>(message.data()) % alignof(uint64_t) == 0);
  return decode<schema::Exchange, ExchangeKey>(message, [](auto from, ExchangeKey& to) {
    auto url = from.getRequest().getUrl();
    to = {from.getId(), timeFromNanos(from.getTime()), {url.begin(), url.size()}};
  });
}

std::string encodeHeader(const CaptureHeader& header) {
  return encode<schema::Header>(header);
}

Result<CaptureHeader> decodeHeader(std::span<const std::byte> message) {
  return decode<schema::Header, CaptureHeader>(message, [](auto from, CaptureHeader& to) {
    to.version = from.getVersion();
    to.creator = read(from.getCreator());
    to.created = timeFromNanos(from.getCreated());
    to.source = read(from.getSource());
    to.notes = read(from.getNotes());
  });
}

uint64_t seedFor(uint64_t id) {
  return Random(id).next();
}

}  // namespace flamesim::capture
