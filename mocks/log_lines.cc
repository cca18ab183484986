#include "mocks/log_lines.h"

#include <charconv>
#include <ctime>
#include <nlohmann/json.hpp>

#include "mocks/json_capnp.h"

namespace flamesim::mocks {
namespace {

using capnp::DynamicStruct;
using capnp::DynamicValue;

template <typename T>
std::string digits(T value) {
  char text[64];
  return std::string(text, std::to_chars(text, text + sizeof(text), value).ptr);
}

bool isPlain(std::string_view text) {
  if (text.empty()) return false;
  for (auto c : text) {
    if (uint8_t(c) <= ' ' || c == '"' || c == '\\' || uint8_t(c) == 0x7f) return false;
  }
  return true;
}

// As it is where it is one word, else as a string of JSON.
std::string word(std::string_view text) {
  nlohmann::json quoted = text;
  auto json = quoted.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return isPlain(text) && json.size() == text.size() + 2 ? std::string(text) : json;
}

std::string fieldsOf(DynamicStruct::Reader value);

std::string valueText(const DynamicValue::Reader& value) {
  switch (value.getType()) {
    case DynamicValue::BOOL:
      return value.as<bool>() ? "true" : "false";
    case DynamicValue::INT:
      return digits(value.as<int64_t>());
    case DynamicValue::UINT:
      return digits(value.as<uint64_t>());
    case DynamicValue::FLOAT:
      return digits(value.as<double>());
    case DynamicValue::TEXT: {
      auto text = value.as<capnp::Text>();
      return word({text.begin(), text.size()});
    }
    case DynamicValue::DATA: {
      auto bytes = value.as<capnp::Data>().asChars();
      return word({bytes.begin(), bytes.size()});
    }
    case DynamicValue::LIST: {
      std::string text = "[";
      for (auto element : value.as<capnp::DynamicList>()) {
        if (text.size() > 1) text += ',';
        text += valueText(element);
      }
      return text + "]";
    }
    case DynamicValue::ENUM: {
      auto enumerant = value.as<capnp::DynamicEnum>();
      KJ_IF_MAYBE (known, enumerant.getEnumerant()) {
        return known->getProto().getName().cStr();
      }
      return digits(enumerant.getRaw());
    }
    case DynamicValue::STRUCT:
      return "{" + fieldsOf(value.as<DynamicStruct>()) + "}";
    default:
      return "null";
  }
}

// "a=1 b=2": the fields that are set.
std::string fieldsOf(DynamicStruct::Reader value) {
  std::string text;
  auto add = [&](capnp::StructSchema::Field field) {
    if (!value.has(field)) return;
    auto inner = value.get(field);
    if (!isSetValue(inner)) return;
    if (!text.empty()) text += ' ';
    text += field.getProto().getName().cStr();
    text += '=';
    text += valueText(inner);
  };
  for (auto field : value.getSchema().getNonUnionFields()) add(field);
  KJ_IF_MAYBE (active, value.which()) {
    add(*active);
  }
  return text;
}

int64_t timestampOf(DynamicStruct::Reader message) {
  KJ_IF_MAYBE (field, message.getSchema().findFieldByName("timestamp")) {
    if (field->getType().isInt64()) return message.get(*field).as<int64_t>();
  }
  return 0;
}

std::string memberOf(DynamicStruct::Reader message) {
  KJ_IF_MAYBE (active, message.which()) {
    return active->getProto().getName().cStr();
  }
  return "unknown";
}

}  // namespace

bool isSetValue(const DynamicValue::Reader& value) {
  switch (value.getType()) {
    case DynamicValue::BOOL:
      return value.as<bool>();
    case DynamicValue::INT:
      return value.as<int64_t>() != 0;
    case DynamicValue::UINT:
      return value.as<uint64_t>() != 0;
    case DynamicValue::FLOAT:
      return value.as<double>() != 0;
    case DynamicValue::TEXT:
      return value.as<capnp::Text>().size() > 0;
    case DynamicValue::DATA:
      return value.as<capnp::Data>().size() > 0;
    case DynamicValue::LIST:
      return value.as<capnp::DynamicList>().size() > 0;
    case DynamicValue::ENUM:
      return value.as<capnp::DynamicEnum>().getRaw() != 0;
    default:
      return true;
  }
}

std::string logTime(int64_t nanos) {
  int64_t millis = nanos / 1'000'000 - (nanos % 1'000'000 < 0 ? 1 : 0);
  int64_t rest = ((millis % 1000) + 1000) % 1000;
  time_t seconds = (millis - rest) / 1000;
  struct tm parts {};
  char text[80];
  if (gmtime_r(&seconds, &parts) == nullptr) return digits(nanos);
  size_t size = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
  auto fraction = digits(1000 + rest);
  return std::string(text, size) + "." + fraction.substr(1) + "Z";
}

std::string logLine(DynamicStruct::Reader message) {
  std::string line;
  for (auto field : message.getSchema().getNonUnionFields()) {
    std::string name = field.getProto().getName().cStr();
    auto value = message.get(field);
    if (name == "timestamp" && field.getType().isInt64()) {
      line += logTime(value.as<int64_t>()) + " ";
    } else if (name == "worker") {
      line += (isSetValue(value) ? valueText(value) : "-") + " ";
    } else if (isSetValue(value)) {
      line += name + "=" + valueText(value) + " ";
    }
  }
  line += memberOf(message);
  KJ_IF_MAYBE (active, message.which()) {
    auto value = message.get(*active);
    auto fields = value.getType() == DynamicValue::STRUCT ? fieldsOf(value.as<DynamicStruct>())
                  : value.getType() == DynamicValue::VOID ? std::string()
                                                          : valueText(value);
    if (!fields.empty()) line += " " + fields;
  }
  return line;
}

void LogTotals::add(DynamicStruct::Reader message) {
  auto time = timestampOf(message);
  auto member = memberOf(message);
  if (messages == 0 || time < first) first = time;
  if (messages == 0 || time > last) last = time;
  messages++;
  byMember[member]++;
}

std::string LogTotals::text(const LogExtent& extent, uint64_t dropped) const {
  std::string out = "messages  " + digits(messages) + "\n";
  for (auto& [member, count] : byMember) out += "  " + member + "  " + digits(count) + "\n";
  if (messages > 0) {
    out += "first     " + logTime(first) + "\n";
    out += "last      " + logTime(last) + "\n";
  }
  out += "files     " + digits(extent.files) + "\n";
  out += "bytes     " + digits(extent.bytes) + "\n";
  if (extent.cutOffBytes > 0) out += "cut off   " + digits(extent.cutOffBytes) + " bytes\n";
  return out + "dropped   " + digits(dropped) + "\n";
}

std::string LogTotals::json(const LogExtent& extent, uint64_t dropped) const {
  nlohmann::ordered_json out{{"messages", messages}, {"members", byMember}};
  if (messages > 0) {
    out["first"] = logTime(first);
    out["last"] = logTime(last);
  }
  out["files"] = extent.files;
  out["bytes"] = extent.bytes;
  out["cutOffBytes"] = extent.cutOffBytes;
  out["dropped"] = dropped;
  return out.dump() + "\n";
}

}  // namespace flamesim::mocks
