// One JavaScript world: a V8 isolate with one context, restored from the engine's snapshot. It
// belongs to the thread that made it. Nothing of it crosses to another Isolate.
//
// C++ enters JavaScript with `isolate.enter(execution, [&](Lock& js) {...})`: handles, context and
// microtasks are seen to, and time, limits and pending work belong to that Execution.
#pragma once

#include <kj/async.h>
#include <kj/function.h>
#include <v8.h>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/js/engine.h"
#include "sim/js/error.h"
#include "sim/js/heap_growth.h"
#include "sim/js/lock.h"
#include "sim/js/native.h"
#include "sim/js/watchdog.h"

namespace flamesim::js {

class SourceMaps;

// What a piece of running JavaScript belongs to: one request in one worker. Pending native work is
// counted here and cancelled when the execution ends.
class Execution : public TimeSource, private kj::TaskSet::ErrorHandler {
 public:
  explicit Execution(Isolate& isolate);
  virtual ~Execution() noexcept(false);
  Execution(const Execution&) = delete;

  Isolate& isolate;
  // Unlike any other of its isolate that still lives: how JavaScript names it.
  const uint32_t id;

  // Milliseconds since the epoch, what Date.now() shows.
  double nowMillis() const override = 0;
  // Called before JavaScript learns that native work has ended.
  virtual void ioCompleted() {}
  // A promise of this execution was rejected and nobody handles it.
  virtual void unhandledRejection(Lock& js, v8::Local<v8::Value> reason) {}

  // Native work that JavaScript waits for. While any is pending the request does not hang.
  void addTask(kj::Promise<void> task);
  // Native work that nobody waits for: cancelled with the execution, but not pending work. How it
  // ends is ignored.
  void addBackgroundTask(kj::Promise<void> task);
  bool hasPendingTasks() { return pending > 0; }
  // Resolves when no task is pending.
  kj::Promise<void> onIdle();

  // Set when a limit ended this execution; the text is production's for that limit.
  const std::string& aborted() const { return abortReason; }
  void abort(std::string reason);

 protected:
  // It was aborted; none of its JavaScript is to run any more.
  virtual void wasAborted() {}

 private:
  void taskFailed(kj::Exception&& exception) override;
  void taskDone();
  uint32_t pending = 0;
  std::vector<kj::Own<kj::PromiseFulfiller<void>>> idleWaiters;
  std::string abortReason;
  kj::TaskSet tasks;
};

struct IsolateOptions {
  size_t heapLimit = 128 << 20;    // bytes of JavaScript heap
  size_t bufferLimit = 128 << 20;  // bytes of ArrayBuffers
  Watchdog* watchdog = nullptr;    // ends what uses too much CPU time; nullptr: nobody does
  std::chrono::milliseconds cpuLimit = std::chrono::seconds(30);  // of each execution
};

// Thrown by enter() when a limit ended the JavaScript inside; the isolate can be used on, unless
// condemned().
class Terminated final : public std::exception {
 public:
  explicit Terminated(std::string reason) : reason(std::move(reason)) {}
  const char* what() const noexcept override { return reason.c_str(); }
  const std::string reason;
};

// Thrown by enter() when JavaScript threw and nothing inside caught it.
class Uncaught final : public std::exception {
 public:
  explicit Uncaught(ErrorReport report) : report(std::move(report)), text(this->report.text()) {}
  const char* what() const noexcept override { return text.c_str(); }
  const ErrorReport report;

 private:
  std::string text;
};

class Isolate {
 public:
  // `faces`: the native classes and functions that the snapshot's JavaScript gets.
  Isolate(const Engine& engine, const Faces& faces, IsolateOptions options = {});
  ~Isolate() noexcept(false);
  Isolate(const Isolate&) = delete;

  // From now on this belongs to the calling thread, and `watchdog` (which may be null) holds it to
  // the limit. Nothing has run in it yet.
  void moveToThisThread(Watchdog* watchdog, std::chrono::milliseconds cpuLimit);

  static Isolate& from(v8::Isolate* isolate) { return *static_cast<Isolate*>(isolate->GetData(0)); }

  // Runs `body(Lock&)` inside JavaScript for `execution` (nullptr: the global scope). At the
  // outermost exit microtasks run until none is left. Throws Uncaught or Terminated.
  template <typename Body>
  auto enter(Execution* execution, Body&& body);

  v8::Isolate* v8() { return isolate; }
  // The execution whose JavaScript is running; nullptr in global scope.
  Execution* current() { return execution; }
  // The same, or throws the JavaScript error for what global scope may not do.
  Execution& currentOrThrow();

  // The execution of that id; nullptr when it is over.
  Execution* find(uint32_t id) const;

  // Resolves when the microtasks that are queued have run, within the outermost enter(). Dropped
  // when the execution ends before.
  void resolveLater(Execution& execution, v8::Local<v8::Promise::Resolver> resolver,
                    v8::Local<v8::Value> value);

  // Exports of the snapshot's runtime script; empty without a snapshot.
  v8::Local<v8::Object> runtime(Lock& js);

  // The heap limit was hit: let running work end, then replace this isolate.
  bool condemned() const { return heapExhausted; }

  SourceMaps& sourceMaps() { return *maps; }
  ErrorReport report(Lock& js, v8::Local<v8::Value> error,
                     v8::Local<v8::Message> message = v8::Local<v8::Message>());

  // What instances of the class are made of.
  v8::Local<v8::ObjectTemplate> instanceTemplate(const ClassFace& face);
  // Room for what a higher floor keeps for an isolate (parsed schemas, templates): owned here,
  // destroyed before V8's isolate.
  void keep(std::shared_ptr<void> thing) { kept.push_back(std::move(thing)); }

  // For NativeObject alone.
  NativeObject* firstNative = nullptr;

 private:
  class Scope;
  static size_t nearHeapLimit(void* data, size_t current, size_t initial);
  static void collectionBegins(v8::Isolate* isolate, v8::GCType type, v8::GCCallbackFlags flags,
                               void* data);
  static void promiseRejected(v8::PromiseRejectMessage message);
  void handleUnhandledRejections(Lock& js);
  static v8::MaybeLocal<v8::Value> prepareStack(v8::Local<v8::Context> context,
                                                v8::Local<v8::Value> error,
                                                v8::Local<v8::Array> sites);
  void installRuntime(const Faces& faces);
  void locate(Lock& js, v8::Local<v8::Message> message, ErrorReport& report);
  [[noreturn]] void raise(Lock& js, v8::TryCatch& caught);
  std::string takeTermination();

  const Engine& engine;
  const IsolateOptions options;
  const size_t bufferLimit;
  std::unique_ptr<v8::ArrayBuffer::Allocator> buffers;
  v8::StartupData startup;
  v8::Isolate* isolate = nullptr;
  v8::Global<v8::Context> context;
  v8::Global<v8::Object> runtimeExports;
  v8::Global<v8::Function> stackPreparer;
  std::vector<std::pair<const ClassFace*, v8::Global<v8::ObjectTemplate>>> templates;
  std::unique_ptr<SourceMaps> maps;
  std::unique_ptr<Watchdog::Watch> watch;
  std::vector<std::shared_ptr<void>> kept;
  struct Rejection {
    v8::Global<v8::Promise> promise;
    v8::Global<v8::Value> reason;
    Execution* execution;
  };
  std::vector<Rejection> rejections;
  struct Resolution {
    Execution* execution;
    v8::Global<v8::Promise::Resolver> resolver;
    v8::Global<v8::Value> value;
  };
  void runMicrotasks(Lock& js);
  void forgetCpuOfEnded();
  std::deque<Resolution> resolutions;
  std::unordered_map<uint32_t, Execution*> executions;
  uint32_t lastExecutionId = 0;
  Execution* execution = nullptr;
  uint32_t depth = 0;
  uint32_t leaves = 0;  // of the outermost enter()
  std::optional<HeapGrowth> growth;
  bool heapExhausted = false;
  friend class Execution;
};

class Isolate::Scope {
 public:
  Scope(Isolate& owner, Execution* execution);
  ~Scope();
  void leave(Lock& js);  // microtasks, rejections, posted tasks: at the outermost level

 private:
  Isolate& owner;
  v8::Isolate::Scope isolateScope;
  v8::HandleScope handles;
  Execution* previous;
  Watchdog::Running previouslyRunning = 0;

 public:
  Lock lock;
  v8::Context::Scope contextScope;
};

template <typename Body>
auto Isolate::enter(Execution* execution, Body&& body) {
  Scope scope(*this, execution);
  v8::TryCatch caught(isolate);
  try {
    if constexpr (std::is_void_v<decltype(body(scope.lock))>) {
      body(scope.lock);
      scope.leave(scope.lock);
      if (caught.HasCaught()) raise(scope.lock, caught);
    } else {
      auto result = body(scope.lock);
      scope.leave(scope.lock);
      if (caught.HasCaught()) raise(scope.lock, caught);
      return result;
    }
  } catch (const Pending&) {
    raise(scope.lock, caught);
  } catch (const Throw& error) {
    throw Uncaught({.name = error.type, .message = error.message});
  }
}

}  // namespace flamesim::js
