#include "sim/bindings/analytics_engine.h"

#include <charconv>
#include <cmath>

#include "schemas/logfwdr.capnp.h"
#include "sim/bindings/json_text.h"
#include "sim/bindings/log_effect.h"
#include "sim/js/convert.h"
#include "sim/js/face.h"

namespace flamesim::bindings {

namespace {

using Event = schemas::AnalyticsEngineEvent;

constexpr size_t kMostIndexes = 1;
constexpr size_t kMostIndexBytes = 96;
constexpr size_t kMostMembers = 20;  // of blobs, of doubles
constexpr size_t kMostBlobBytes = 16'000;
constexpr uint32_t kMostPoints = 25;  // of a request, over all data sets

// Words of a message with some text: more are added where they do not do.
constexpr capnp::MessageSize kUsualSize{128, 0};

using Blob = std::optional<std::string>;  // nothing: null, which leaves the column empty

struct DataPoint {
  std::optional<std::vector<Blob>> indexes;
  std::optional<std::vector<double>> doubles;
  std::optional<std::vector<Blob>> blobs;
};

// Reads what JavaScript gave, by the rules and in the order of the runtime's own structs.
class PointReader {
 public:
  explicit PointReader(js::Lock& js) : js(js) {}

  DataPoint read(v8::Local<v8::Value> value) {
    DataPoint point;
    if (value->IsNullOrUndefined()) return point;
    if (!value->IsObject()) {
      throw js::Throw("TypeError",
                      "Failed to execute 'writeDataPoint' on 'AnalyticsEngine': parameter 1 is not "
                      "of type 'AnalyticsEngineEvent'.");
    }
    auto object = value.As<v8::Object>();
    point.indexes = list<Blob>(object, "indexes");
    point.doubles = list<double>(object, "doubles");
    point.blobs = list<Blob>(object, "blobs");
    return point;
  }

 private:
  template <typename T>
  std::optional<std::vector<T>> list(v8::Local<v8::Object> object, const char* name) {
    auto value = js.get(object, name);
    if (value->IsUndefined()) return std::nullopt;
    if (!value->IsArray()) {
      throw js::Throw("TypeError", std::string("Incorrect type for the '") + name +
                                       "' field on 'AnalyticsEngineEvent': the provided value is "
                                       "not of type 'Array'.");
    }
    auto array = value.As<v8::Array>();
    std::vector<T> items;
    for (uint32_t i = 0; i < array->Length(); ++i) {
      items.push_back(item<T>(js::check(array->Get(js.context, i))));
      // More are refused whatever they are, and JavaScript may lie about its length.
      if (items.size() > kMostMembers) break;
    }
    return items;
  }

  template <typename T>
  T item(v8::Local<v8::Value> value) {
    if constexpr (std::is_same_v<T, double>) {
      return js::check(value->NumberValue(js.context));
    } else {
      if (value->IsNullOrUndefined()) return std::nullopt;
      if (auto bytes = js::viewOf(value)) return std::string(bytes->begin(), bytes->end());
      return js.text(js::check(value->ToString(js.context)));
    }
  }

  js::Lock& js;
};

[[noreturn]] void refuse(const std::string& text) {
  throw js::Throw("TypeError", "writeDataPoint(): " + text);
}

void checkLimits(const DataPoint& point) {
  if (point.indexes) {
    if (point.indexes->size() > kMostIndexes) {
      refuse("Maximum of " + std::to_string(kMostIndexes) + " indexes supported.");
    }
    // The bracket at the end is production's.
    if (!point.indexes->empty() && point.indexes->front() &&
        point.indexes->front()->size() > kMostIndexBytes) {
      refuse("Size of indexes[0] exceeds " + std::to_string(kMostIndexBytes) + " bytes).");
    }
  }
  if (point.blobs) {
    if (point.blobs->size() > kMostMembers) {
      refuse("Maximum of " + std::to_string(kMostMembers) + " blobs supported.");
    }
    size_t sum = 0;
    for (auto& blob : *point.blobs) sum += blob ? blob->size() : 0;
    if (sum > kMostBlobBytes) {
      refuse("Cumulative size of blobs exceeds " + std::to_string(kMostBlobBytes) + " bytes).");
    }
  }
  if (point.doubles && point.doubles->size() > kMostMembers) {
    refuse("Maximum of " + std::to_string(kMostMembers) + " doubles supported.");
  }
}

// --- The point as the JSON of an effect
// -----------------------------------------------------------

void appendBlobs(std::string& out, const char* key, const std::optional<std::vector<Blob>>& blobs) {
  if (!blobs) return;
  out += out.size() > 1 ? ",\"" : "\"";
  out += key;
  out += "\":[";
  for (size_t i = 0; i < blobs->size(); ++i) {
    if (i > 0) out += ',';
    auto& blob = (*blobs)[i];
    if (!blob) {
      out += "null";
    } else if (isUtf8Text(*blob)) {
      appendJsonString(out, *blob);
    } else {
      out += "{\"$base64\":";
      appendJsonBase64(out, {reinterpret_cast<const uint8_t*>(blob->data()), blob->size()});
      out += '}';
    }
  }
  out += ']';
}

void appendDouble(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
  } else if (std::isinf(value)) {
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else {
    char digits[32];
    out.append(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr);
  }
}

std::string toJson(const DataPoint& point) {
  std::string out = "{";
  appendBlobs(out, "indexes", point.indexes);
  appendBlobs(out, "blobs", point.blobs);
  if (point.doubles) {
    out += out.size() > 1 ? ",\"doubles\":[" : "\"doubles\":[";
    for (size_t i = 0; i < point.doubles->size(); ++i) {
      if (i > 0) out += ',';
      appendDouble(out, (*point.doubles)[i]);
    }
    out += ']';
  }
  out += '}';
  return out;
}

// --- The binding
// ------------------------------------------------------------------------------------

capnp::Data::Reader dataOf(const std::string& bytes) {
  return {reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()};
}

class AnalyticsEngine final : public js::NativeObject {
 public:
  static const js::ClassFace kFace;
  AnalyticsEngine(std::string dataset, CapabilityPort* port)
      : dataset(std::move(dataset)), port(port) {
    auto schema = capnp::Schema::from<Event>();
    for (size_t i = 1; i <= kMostMembers; ++i) {
      auto number = std::to_string(i);
      doubleFields.push_back(schema.getFieldByName(("double" + number).c_str()));
      blobFields.push_back(schema.getFieldByName(("blob" + number).c_str()));
    }
  }

  void writeDataPoint(js::Lock& js, v8::Local<v8::Value> value) {
    auto point = PointReader(js).read(value);
    auto& scope = RequestScope::current(js);
    if (scope.dataPoints >= kMostPoints) {
      throw js::Throw("Error", "Analytics Engine write limit exceeded.");
    }
    ++scope.dataPoints;
    checkLimits(point);
    LogEffect effect;
    if (scope.effects() != nullptr) {
      effect = LogEffect(scope, "analytics:" + dataset, "writeDataPoint", toJson(point));
    }
    if (port != nullptr) send(scope, std::move(effect), point);
  }

 private:
  void send(RequestScope& scope, LogEffect effect, const DataPoint& point) {
    auto client = port->connect(scope, capnp::Schema::from<schemas::Logfwdr>());
    auto request = client.castAs<schemas::Logfwdr>().logRequest(kUsualSize);
    auto message = request.initMessage();
    auto now = nanosOf(scope.clock().now());
    message.setTimestamp(now);
    auto& worker = scope.workerName();
    message.setWorker(capnp::Text::Reader(worker.c_str(), worker.size()));
    auto event = message.initAnalyticsEngine();
    event.setDataset(dataOf(dataset));
    event.setTimestamp(now);
    if (point.indexes && !point.indexes->empty() && point.indexes->front()) {
      event.setIndex1(dataOf(*point.indexes->front()));
    }
    auto fields = capnp::toDynamic(event);
    for (size_t i = 0; point.blobs && i < point.blobs->size(); ++i) {
      if (auto& blob = (*point.blobs)[i]) fields.set(blobFields[i], dataOf(*blob));
    }
    for (size_t i = 0; point.doubles && i < point.doubles->size(); ++i) {
      fields.set(doubleFields[i], (*point.doubles)[i]);
    }
    sendLog(scope, std::move(effect), kj::mv(request));
  }

  const std::string dataset;
  CapabilityPort* const port;
  std::vector<capnp::StructSchema::Field> doubleFields;
  std::vector<capnp::StructSchema::Field> blobFields;
};

const js::FunctionEntry kMethods[] = {
    js::method<&AnalyticsEngine::writeDataPoint>("writeDataPoint")};
const js::ClassFace AnalyticsEngine::kFace{"AnalyticsEngine", kMethods};

}  // namespace

v8::Local<v8::Value> makeAnalyticsEngine(js::Lock& js, std::string dataset, CapabilityPort* port) {
  return js::Convert<std::unique_ptr<AnalyticsEngine>>::to(
      js, std::make_unique<AnalyticsEngine>(std::move(dataset), port));
}

}  // namespace flamesim::bindings
