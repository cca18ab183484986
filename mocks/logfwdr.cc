#include "mocks/logfwdr.h"

namespace flamesim::mocks {
namespace {

class LogfwdrServer final : public schemas::Logfwdr::Server {
 public:
  explicit LogfwdrServer(std::shared_ptr<LogSink> sink) : sink(std::move(sink)) {}

  kj::Promise<void> log(LogContext context) override {
    auto kept = sink->append(context.getParams().getMessage());
    context.releaseParams();
    return kept;
  }

 private:
  std::shared_ptr<LogSink> sink;
};

class DynamicLogfwdrServer final : public capnp::DynamicCapability::Server {
 public:
  DynamicLogfwdrServer(std::shared_ptr<LogSink> sink, capnp::InterfaceSchema type,
                       std::shared_ptr<const void> owner)
      : capnp::DynamicCapability::Server(type), owner(std::move(owner)), sink(std::move(sink)) {}

  kj::Promise<void> call(
      capnp::InterfaceSchema::Method method,
      capnp::CallContext<capnp::DynamicStruct, capnp::DynamicStruct> context) override {
    auto params = context.getParams();
    auto fields = params.getSchema().getFields();
    bool wrapped = fields.size() == 1 && fields[0].getType().isStruct();
    auto kept = sink->append(wrapped ? params.get(fields[0]).as<capnp::DynamicStruct>() : params);
    context.releaseParams();
    return kept;
  }

 private:
  std::shared_ptr<const void> owner;
  std::shared_ptr<LogSink> sink;
};

}  // namespace

schemas::Logfwdr::Client newLogfwdr(std::shared_ptr<LogSink> sink) {
  return kj::heap<LogfwdrServer>(std::move(sink));
}

capnp::DynamicCapability::Client newLogfwdr(std::shared_ptr<LogSink> sink,
                                            capnp::InterfaceSchema type,
                                            std::shared_ptr<const void> owner) {
  return kj::heap<DynamicLogfwdrServer>(std::move(sink), type, std::move(owner));
}

}  // namespace flamesim::mocks
