#include "sim/web/rpc_arrival.h"

#include "sim/web/http.h"
#include "sim/web/structured_clone.h"

namespace flamesim::web {

namespace {
const js::FunctionEntry kMethods[] = {
    js::method<&RpcArrival::thrown>("thrown"),
    js::method<&RpcArrival::takeStubs>("takeStubs"),
    js::method<&RpcArrival::takeMessage>("takeMessage"),
    js::method<&RpcArrival::value>("value"),
    js::method<&RpcArrival::disposable>("disposable"),
};
}  // namespace

const js::ClassFace RpcArrival::kFace{"RpcArrival", kMethods};

v8::Local<v8::Value> RpcArrival::ofArguments(js::Lock& js, std::optional<RpcValue> arguments) {
  if (!arguments) return js.undefined();
  return js::Convert<std::unique_ptr<RpcArrival>>::to(
      js, std::make_unique<RpcArrival>(std::move(*arguments)));
}

v8::Local<v8::Value> RpcArrival::thrown(js::Lock& js) {
  KJ_IF_MAYBE (exception, failure) {
    js.isolate->ThrowException(js::errorValue(js.isolate, *exception));
    throw js::Pending();
  }
  auto* error = std::get_if<RpcThrown>(&content);
  if (error == nullptr) return v8::Null(js.isolate);
  v8::Local<v8::Value> parts[] = {
      js.str(error->type), js.str(error->message), js.str(error->name),
      error->details.empty() ? js.undefined() : deserialize(js, error->details)};
  return v8::Array::New(js.isolate, parts, std::size(parts));
}

std::vector<uint32_t> RpcArrival::takeStubs(js::Lock& js) {
  std::vector<uint32_t> ids;
  auto targets = std::exchange(std::get<RpcValue>(content).targets, {});
  if (targets.empty()) return ids;
  auto& host = RpcHost::current(js);
  for (auto& target : targets) ids.push_back(host.addStub(kj::mv(target)));
  return ids;
}

v8::Local<v8::Value> RpcArrival::takeMessage(js::Lock& js, uint32_t number) {
  auto taken = std::move(std::get<RpcValue>(content).messages.at(number));
  std::unique_ptr<NativeMessage> message;
  if (auto* request = std::get_if<net::Request>(&taken)) {
    message = std::make_unique<NativeMessage>(kj::mv(*request));
  } else if (auto* response = std::get_if<net::Response>(&taken)) {
    message = std::make_unique<NativeMessage>(kj::mv(*response), IoContext::current(js));
    message->leaveEncoded();
  } else {
    message =
        std::make_unique<NativeMessage>(kj::mv(std::get<net::Body>(taken)), BodyCoding::kIdentity);
  }
  return js::Convert<std::unique_ptr<NativeMessage>>::to(js, std::move(message));
}

v8::Local<v8::Value> RpcArrival::value(js::Lock& js) {
  auto& bytes = std::get<RpcValue>(content).bytes;
  return bytes.empty() ? js.undefined() : deserialize(js, bytes);
}

}  // namespace flamesim::web
