// RPC between workers (production: "JS RPC"). Values pass from isolate to isolate as bytes; what
// cannot be copied, a function or an object derived from RpcTarget, stays where it is, and what
// passes is a reference to it: a stub, which is called from the other side.
//
// A stub belongs to the request that got it: it ends when it is disposed of, or with the request.
// JavaScript knows it by a number, so that the garbage collector has no part in it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sim/js/face.h"
#include "sim/web/io_context.h"

namespace flamesim::web {

extern const js::NamespaceFace kRpcFace;

class LocalTarget;
class RpcTarget;

// A value on its way between isolates.
struct RpcValue {
  using Message = std::variant<net::Request, net::Response, net::Body>;
  std::string bytes;                        // structured_clone.h; empty: undefined
  std::vector<kj::Own<RpcTarget>> targets;  // of the stubs in it, by their numbers there
  std::vector<Message> messages;            // of requests, responses and streams in it, likewise
};

struct RpcCall {
  std::vector<std::string> path;  // names of properties, from the target on; empty: the target
  // A list; nothing: the property is read instead of called.
  std::optional<RpcValue> arguments;
};

// What the callee's JavaScript threw.
struct RpcThrown {
  std::string type;  // "TypeError", or "DOMException"; empty: it is an object, but no error
  std::string message;
  std::string name;     // where it is not that of the type
  std::string details;  // the properties of the error, or the object, as bytes; may be empty
};

struct RpcResult {
  std::variant<RpcValue, RpcThrown> value;
  kj::Own<RpcTarget> pipeline;  // takes calls on the value; nullptr: it takes none
  bool disposable = false;      // the value has a disposer, which runs when `pipeline` goes
};

// What calls can be sent to, from any isolate of the thread. Rejects where the callee has no answer
// of its own: its request ended, or a limit ended it.
class RpcTarget : public kj::Refcounted {
 public:
  virtual kj::Promise<RpcResult> call(RpcCall call) = 0;
};

// What RPC keeps for one request.
class RpcHost {
 public:
  explicit RpcHost(IoContext& context) : context(context) {}
  virtual ~RpcHost() noexcept(false);
  KJ_DISALLOW_COPY(RpcHost);
  // That of the running request. Throws the JavaScript error where there is none.
  static RpcHost& current(js::Lock& js);

  // Calls the entrypoint behind a binding's fetcher.
  virtual Eventual<RpcResult> callEntrypoint(FetcherSlot slot, RpcCall call) = 0;
  // What keeps this request alive for a caller that gets a stub out of it; nullptr where stubs do
  // not keep it.
  virtual kj::Own<void> holdForCaller() = 0;

  // The stubs that JavaScript holds.
  uint32_t addStub(kj::Own<RpcTarget> target);
  RpcTarget* findStub(uint32_t id);
  void releaseStub(uint32_t id);

  // Calls that this request serves.
  uint32_t beginCall() { return ++lastCall; }
  bool servesCalls() const { return lastCall > 0; }
  // What becomes of it: there already where JavaScript answered at once.
  Eventual<RpcResult> outcomeOf(uint32_t call);
  void answer(uint32_t call, RpcResult result);
  // Whether somebody waits for one.
  bool hasCalls() const { return !waiting.empty(); }
  // Rejects those that are waited for, and all that begin later.
  void failCalls(kj::Exception exception);

  // Has JavaScript serve `request`, for what it exports as an entrypoint. Call inside
  // isolate.enter(). `props`: JSON, or empty.
  void serveEntrypoint(js::Lock& js, uint32_t call, v8::Local<v8::Value> exported,
                       v8::Local<v8::Value> env, const std::string& props, RpcCall request);

  IoContext& context;

 protected:
  // The request is over: lets go of what it holds, and of what others hold of it.
  void endRpc();
  // Somebody waits for a call's outcome from now on.
  virtual void callPending() {}

 private:
  friend class LocalTarget;
  uint32_t lastStub = 0;
  std::map<uint32_t, kj::Own<RpcTarget>> stubs;
  uint32_t lastCall = 0;
  std::map<uint32_t, RpcResult> answered;
  std::map<uint32_t, kj::Own<kj::PromiseFulfiller<RpcResult>>> waiting;
  kj::Maybe<kj::Exception> failure;
  LocalTarget* firstLocal = nullptr;  // objects of this request that others can call
};

}  // namespace flamesim::web
