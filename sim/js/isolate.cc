#include "sim/js/isolate.h"

#include <limits>

#include "sim/js/buffers.h"
#include "sim/js/snapshot.h"
#include "sim/js/source_map.h"
#include "sim/js/v8_version.h"
#include "sim/js/wasm.h"
#include "sim/js/watchdog.h"

namespace flamesim::js {

// What V8 posts to itself (a part of a garbage collection, say) can wait for a few entries; asking
// whether there is any takes a lock and the time.
constexpr uint32_t kLeavesBetweenTasks = 16;

// --- Lock -------------------------------------------------------------------------------------

v8::Local<v8::String> Lock::str(std::string_view utf8) const {
  // V8 takes the length as an int, and what is negative for one that it has to find out.
  if (utf8.size() > size_t(std::numeric_limits<int>::max())) {
    throw Throw("RangeError", "Invalid string length");
  }
  bool ascii = true;
  for (char c : utf8) {
    if (uint8_t(c) >= 0x80) {
      ascii = false;
      break;
    }
  }
  v8::Local<v8::String> result;
  bool made =
      ascii ? v8::String::NewFromOneByte(isolate, reinterpret_cast<const uint8_t*>(utf8.data()),
                                         v8::NewStringType::kNormal, int(utf8.size()))
                  .ToLocal(&result)
            : v8::String::NewFromUtf8(isolate, utf8.data(), v8::NewStringType::kNormal,
                                      int(utf8.size()))
                  .ToLocal(&result);
  if (!made) throw Throw("RangeError", "Invalid string length");
  return result;
}

v8::Local<v8::String> Lock::internalized(std::string_view ascii) const {
  return v8::String::NewFromOneByte(isolate, reinterpret_cast<const uint8_t*>(ascii.data()),
                                    v8::NewStringType::kInternalized, int(ascii.size()))
      .ToLocalChecked();
}

v8::Local<v8::Value> Lock::get(v8::Local<v8::Object> object, std::string_view key) const {
  return check(object->Get(context, internalized(key)));
}

void Lock::set(v8::Local<v8::Object> object, std::string_view key,
               v8::Local<v8::Value> value) const {
  check(object->CreateDataProperty(context, str(key), value));
}

v8::Local<v8::Value> Lock::call(v8::Local<v8::Function> function, v8::Local<v8::Value> self,
                                std::span<v8::Local<v8::Value>> arguments) const {
  return check(function->Call(context, self, int(arguments.size()), arguments.data()));
}

std::string Lock::text(v8::Local<v8::Value> value) const {
  auto string = check(value->ToString(context));
  std::string result;
  if (string->IsOneByte()) {
    // Latin-1 grows to at most twice its length; ASCII, the common case, not at all.
    result.resize(size_t(string->Length()));
    string->WriteOneByte(isolate, reinterpret_cast<uint8_t*>(result.data()), 0, int(result.size()),
                         v8::String::NO_NULL_TERMINATION);
    bool ascii = true;
    for (char c : result) ascii &= uint8_t(c) < 0x80;
    if (ascii) return result;
  }
  result.resize(size_t(string->Utf8Length(isolate)));
  string->WriteUtf8(isolate, result.data(), int(result.size()), nullptr,
                    v8::String::NO_NULL_TERMINATION | v8::String::REPLACE_INVALID_UTF8);
  return result;
}

// --- Execution --------------------------------------------------------------------------------

Execution::Execution(Isolate& isolate)
    : isolate(isolate), id(++isolate.lastExecutionId), tasks(*this) {
  isolate.executions.emplace(id, this);
}

Execution::~Execution() noexcept(false) {
  isolate.executions.erase(id);
  // What is noted for this execution must not outlive it.
  auto mine = [this](auto& noted) { return noted.execution == this; };
  if (!isolate.rejections.empty()) std::erase_if(isolate.rejections, mine);
  if (!isolate.resolutions.empty()) std::erase_if(isolate.resolutions, mine);
  if (isolate.watch != nullptr && isolate.watch->hasSums()) isolate.forgetCpuOfEnded();
}

void Execution::abort(std::string reason) {
  if (!abortReason.empty()) return;
  abortReason = std::move(reason);
  wasAborted();
}

void Execution::addTask(kj::Promise<void> task) {
  ++pending;
  tasks.add(task.then([this] { taskDone(); }));
}

void Execution::addBackgroundTask(kj::Promise<void> task) {
  tasks.add(task.catch_([](kj::Exception&&) {}));
}

void Execution::taskDone() {
  if (--pending > 0) return;
  auto waiters = std::move(idleWaiters);
  idleWaiters.clear();
  for (auto& waiter : waiters) waiter->fulfill();
}

void Execution::taskFailed(kj::Exception&& exception) {
  // A task fails only when a limit ended its continuation, or by an uncaught error in it.
  abort(std::string(exception.getDescription().cStr()));
  taskDone();
}

kj::Promise<void> Execution::onIdle() {
  if (pending == 0) return kj::READY_NOW;
  auto paf = kj::newPromiseAndFulfiller<void>();
  idleWaiters.push_back(kj::mv(paf.fulfiller));
  return kj::mv(paf.promise);
}

namespace {
std::string lineOf(std::string_view text, uint32_t line) {
  for (uint32_t n = 1; n < line; ++n) {
    size_t end = text.find('\n');
    if (end == std::string_view::npos) return "";
    text.remove_prefix(end + 1);
  }
  return std::string(text.substr(0, text.find('\n')));
}
}  // namespace

// --- Isolate ----------------------------------------------------------------------------------

Isolate::Isolate(const Engine& engine, const Faces& faces, IsolateOptions options)
    : engine(engine),
      options(options),
      bufferLimit(options.bufferLimit),
      buffers(boundedBuffers(options.bufferLimit)),
      maps(std::make_unique<SourceMaps>()) {
  v8::Isolate::CreateParams params;
  params.array_buffer_allocator = buffers.get();
  params.constraints.ConfigureDefaultsFromHeapSize(0, options.heapLimit);
  if (!engine.snapshot().empty()) {
    startup = {engine.snapshot().data(), int(engine.snapshot().size())};
    params.snapshot_blob = &startup;
  }
  isolate = v8::Isolate::New(params);
  isolate->SetData(0, this);
  isolate->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
  isolate->SetPromiseRejectCallback(&Isolate::promiseRejected);
  isolate->AddNearHeapLimitCallback(&Isolate::nearHeapLimit, this);
  // What is outside the heap grew a good deal before V8 begins a collection for it.
  isolate->AddGCPrologueCallback(&Isolate::collectionBegins, this);
  growth.emplace(isolate);
  isolate->SetCaptureStackTraceForUncaughtExceptions(true, 10);
  if (options.watchdog != nullptr) {
    watch = std::make_unique<Watchdog::Watch>(*options.watchdog, isolate, options.cpuLimit);
  }
  v8::Isolate::Scope isolateScope(isolate);
  v8::HandleScope handles(isolate);
  auto fresh = v8::Context::New(isolate);
  fresh->AllowCodeGenerationFromStrings(false);
  refuseWasmFromScripts(isolate);
  context.Reset(isolate, fresh);
  if (!engine.snapshot().empty()) installRuntime(faces);
}

Isolate::~Isolate() noexcept(false) {
  {
    v8::Isolate::Scope isolateScope(isolate);
    kept.clear();
    rejections.clear();
    resolutions.clear();
    while (firstNative != nullptr) {
      firstNative->wrapper.Reset();
      delete firstNative;
    }
    templates.clear();
    runtimeExports.Reset();
    stackPreparer.Reset();
    context.Reset();
  }
  watch.reset();
  growth.reset();
  isolate->Dispose();
}

void Isolate::moveToThisThread(Watchdog* watchdog, std::chrono::milliseconds cpuLimit) {
  // V8 took the limit from the stack of the thread that made the isolate.
  constexpr uintptr_t kStack = 984 << 10;  // bytes: what V8 takes by itself on 64-bit machines
  char here = 0;
  isolate->SetStackLimit(reinterpret_cast<uintptr_t>(&here) - kStack);
  watch.reset();
  if (watchdog != nullptr) {
    watch = std::make_unique<Watchdog::Watch>(*watchdog, isolate, cpuLimit);
  }
}

void Isolate::installRuntime(const Faces& faces) {
  auto local = context.Get(isolate);
  v8::Context::Scope contextScope(local);
  Lock js{*this, isolate, local};
  auto exports = local->GetDataFromSnapshotOnce<v8::Object>(0).ToLocalChecked();
  runtimeExports.Reset(isolate, exports);

  auto natives = v8::Object::New(isolate);
  for (auto* face : faces.namespaces) {
    auto space = v8::ObjectTemplate::New(isolate);
    for (auto& entry : face->functions) {
      space->Set(isolate, entry.name,
                 v8::FunctionTemplate::New(isolate, entry.callback, {}, {}, 0,
                                           v8::ConstructorBehavior::kThrow));
    }
    js.set(natives, face->name, check(space->NewInstance(local)));
  }
  v8::TryCatch caught(isolate);
  auto install = js.get(exports, "install");
  auto prepare = js.get(exports, "prepareStackTrace");
  if (prepare->IsFunction()) {
    stackPreparer.Reset(isolate, prepare.As<v8::Function>());
    isolate->SetPrepareStackTraceCallback(&Isolate::prepareStack);
  }
  v8::Local<v8::Value> arguments[] = {natives};
  if (install->IsFunction()) js.call(install.As<v8::Function>(), exports, arguments);
}

v8::MaybeLocal<v8::Value> Isolate::prepareStack(v8::Local<v8::Context> context,
                                                v8::Local<v8::Value> error,
                                                v8::Local<v8::Array> sites) {
  Isolate& self = from(context->GetIsolate());
  v8::Local<v8::Value> arguments[] = {error, sites};
  return self.stackPreparer.Get(self.isolate)
      ->Call(context, v8::Undefined(self.isolate), int(std::size(arguments)), arguments);
}

v8::Local<v8::Object> Isolate::runtime(Lock& js) {
  return runtimeExports.Get(isolate);
}

v8::Local<v8::ObjectTemplate> Isolate::instanceTemplate(const ClassFace& face) {
  for (auto& [known, made] : templates) {
    if (known == &face) return made.Get(isolate);
  }
  // Only wrapNative makes instances: one that JavaScript made would have no object behind it.
  auto made =
      v8::FunctionTemplate::New(isolate, [](const v8::FunctionCallbackInfo<v8::Value>& info) {
        info.GetIsolate()->ThrowException(v8::Exception::TypeError(
            v8::String::NewFromUtf8Literal(info.GetIsolate(), "Illegal constructor")));
      });
  made->SetClassName(v8::String::NewFromUtf8(isolate, face.name, v8::NewStringType::kInternalized)
                         .ToLocalChecked());
  made->InstanceTemplate()->SetInternalFieldCount(1);
  auto signature = v8::Signature::New(isolate, made);
  for (auto& entry : face.methods) {
    made->PrototypeTemplate()->Set(isolate, entry.name,
                                   v8::FunctionTemplate::New(isolate, entry.callback, {}, signature,
                                                             0, v8::ConstructorBehavior::kThrow));
  }
  auto instances = made->InstanceTemplate();
  templates.emplace_back(&face, v8::Global<v8::ObjectTemplate>(isolate, instances));
  return instances;
}

Execution& Isolate::currentOrThrow() {
  if (execution == nullptr) {
    throw Throw(
        "Error",
        "Disallowed operation called within global scope. Asynchronous I/O (ex: fetch() or "
        "connect()), setting a timeout, and generating random values are not allowed within global "
        "scope. To fix this error, perform this operation within a handler. "
        "https://developers.cloudflare.com/workers/runtime-apis/handlers/");
  }
  return *execution;
}

Execution* Isolate::find(uint32_t id) const {
  auto found = executions.find(id);
  return found == executions.end() ? nullptr : found->second;
}

void Isolate::forgetCpuOfEnded() {
  watch->dropSums([this](uint32_t id) { return id != 0 && find(id) == nullptr; });
}

void Isolate::resolveLater(Execution& execution, v8::Local<v8::Promise::Resolver> resolver,
                           v8::Local<v8::Value> value) {
  resolutions.push_back({&execution, v8::Global<v8::Promise::Resolver>(isolate, resolver),
                         v8::Global<v8::Value>(isolate, value)});
}

void Isolate::runMicrotasks(Lock& js) {
  isolate->PerformMicrotaskCheckpoint();
  while (!resolutions.empty()) {
    auto next = std::move(resolutions.front());
    resolutions.pop_front();
    if (isolate->IsExecutionTerminating()) throw Pending();
    execution = next.execution;
    setThreadTimeSource(execution);
    if (watch != nullptr) watch->switchedTo(execution->id);
    execution->ioCompleted();
    check(next.resolver.Get(isolate)->Resolve(js.context, next.value.Get(isolate)));
    isolate->PerformMicrotaskCheckpoint();
  }
}

size_t Isolate::nearHeapLimit(void* data, size_t current, size_t initial) {
  auto& self = *static_cast<Isolate*>(data);
  self.heapExhausted = true;
  self.isolate->TerminateExecution();
  // Room to unwind; the isolate is replaced afterwards. A builtin runs to its end before anything
  // is thrown, and V8 ends the process where it finds no memory: the longest string takes 1 GiB.
  constexpr size_t kUnwinding = size_t(2) << 30;
  return current + kUnwinding;
}

// Buffers are bounded by their allocator; the memories of WebAssembly, which V8 counts with them,
// have as much again.
void Isolate::collectionBegins(v8::Isolate* isolate, v8::GCType, v8::GCCallbackFlags, void* data) {
  auto& self = *static_cast<Isolate*>(data);
  if (isolate->AdjustAmountOfExternalAllocatedMemory(0) <= int64_t(2 * self.bufferLimit)) return;
  self.heapExhausted = true;
  isolate->TerminateExecution();
}

void Isolate::promiseRejected(v8::PromiseRejectMessage message) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  Isolate& self = from(isolate);
  if (message.GetEvent() == v8::kPromiseRejectWithNoHandler) {
    self.rejections.push_back({v8::Global<v8::Promise>(isolate, message.GetPromise()),
                               v8::Global<v8::Value>(isolate, message.GetValue()), self.execution});
  } else if (message.GetEvent() == v8::kPromiseHandlerAddedAfterReject) {
    std::erase_if(self.rejections, [&](auto& r) { return r.promise == message.GetPromise(); });
  }
}

// Tells listeners of the global scope. False: one of them asks that it be reported no further.
static bool tellOfRejection(Lock& js, v8::Local<v8::Promise> promise, v8::Local<v8::Value> reason) {
  auto dispatch = js.get(js.owner.runtime(js), "dispatchRejection");
  if (!dispatch->IsFunction()) return true;
  v8::Local<v8::Value> arguments[] = {js.internalized("unhandledrejection"), promise, reason};
  v8::TryCatch caught(js.isolate);
  v8::Local<v8::Value> result;
  bool told =
      dispatch.As<v8::Function>()->Call(js.context, js.undefined(), 3, arguments).ToLocal(&result);
  if (!told && caught.HasTerminated()) throw Pending();
  return !told || result->IsTrue();
}

void Isolate::handleUnhandledRejections(Lock& js) {
  while (!rejections.empty()) {
    auto batch = std::move(rejections);
    rejections.clear();
    for (auto& rejection : batch) {
      auto promise = rejection.promise.Get(isolate);
      auto reason = rejection.reason.Get(isolate);
      if (promise->HasHandler() || !tellOfRejection(js, promise, reason)) continue;
      if (rejection.execution != nullptr) rejection.execution->unhandledRejection(js, reason);
    }
  }
}

ErrorReport Isolate::report(Lock& js, v8::Local<v8::Value> error, v8::Local<v8::Message> message) {
  ErrorReport report;
  v8::TryCatch ignore(isolate);
  auto text = [&](v8::Local<v8::Value> value) -> std::string {
    v8::Local<v8::String> string;
    if (!value->ToString(js.context).ToLocal(&string)) {
      ignore.Reset();
      return "";
    }
    return js.text(string);
  };
  if (error->IsNativeError() || (error->IsObject() && !error->IsFunction())) {
    auto object = error.As<v8::Object>();
    auto property = [&](std::string_view key) -> v8::Local<v8::Value> {
      v8::Local<v8::Value> value;
      if (!object->Get(js.context, js.internalized(key)).ToLocal(&value)) {
        ignore.Reset();
        return js.undefined();
      }
      return value;
    };
    auto name = property("name");
    auto what = property("message");
    auto stack = property("stack");
    if (name->IsString()) report.name = text(name);
    report.message = what->IsString() ? text(what) : text(error);
    if (stack->IsString()) report.stack = maps->mapStack(text(stack));
  } else {
    report.message = text(error);
  }
  if (message.IsEmpty()) message = v8::Exception::CreateMessage(isolate, error);
  locate(js, message, report);
  return report;
}

// The position of the error: where it was thrown, or where the worker called what threw.
void Isolate::locate(Lock& js, v8::Local<v8::Message> message, ErrorReport& report) {
  auto resource = message->GetScriptOrigin().ResourceName();
  if (resource.IsEmpty() || !resource->IsString()) return;
  report.file = js.text(resource);
  if (report.file != kRuntimeScript) {
    report.line = uint32_t(message->GetLineNumber(js.context).FromMaybe(0));
    report.column = uint32_t(message->GetStartColumn(js.context).FromMaybe(0)) + 1;
    v8::Local<v8::String> line;
    if (message->GetSourceLine(js.context).ToLocal(&line)) report.sourceLine = js.text(line);
  } else {
    report.file.clear();
    auto stack = message->GetStackTrace();
    for (int i = 0; !stack.IsEmpty() && i < stack->GetFrameCount(); ++i) {
      auto frame = stack->GetFrame(isolate, uint32_t(i));
      auto script = frame->GetScriptName();
      if (script.IsEmpty() || script->Length() == 0) continue;
      auto name = js.text(script);
      if (name == kRuntimeScript) continue;
      report.file = name;
      report.line = uint32_t(frame->GetLineNumber());
      report.column = uint32_t(frame->GetColumn());
      auto source = frame->GetScriptSource();
      if (!source.IsEmpty()) report.sourceLine = lineOf(js.text(source), report.line);
      break;
    }
  }
  if (auto mapped = maps->map({report.file, report.line, report.column})) {
    report.file = mapped->file;
    report.line = mapped->line;
    report.column = mapped->column;
    report.sourceLine = maps->sourceLine(mapped->file, mapped->line).value_or(report.sourceLine);
  }
}

std::string Isolate::takeTermination() {
  isolate->CancelTerminateExecution();
  bool cpu = watch != nullptr && watch->takeExpired();
  if (heapExhausted) return std::string(kHeapLimitExceeded);
  if (cpu) return std::string(kCpuLimitExceeded);
  return "Worker was terminated.";
}

void Isolate::raise(Lock& js, v8::TryCatch& caught) {
  if (caught.HasTerminated() || isolate->IsExecutionTerminating() || heapExhausted) {
    std::string reason = takeTermination();
    if (execution != nullptr) execution->abort(reason);
    // What others wait for in this entry, they get in one of their own.
    std::erase_if(resolutions, [this](auto& r) { return r.execution == execution; });
    for (auto& resolution : resolutions) {
      auto* other = resolution.execution;
      other->addTask(kj::evalLater([other] { other->isolate.enter(other, [](Lock&) {}); }));
    }
    throw Terminated(reason);
  }
  if (!caught.HasCaught()) throw Terminated("JavaScript ended without a result.");
  auto error = caught.Exception();
  auto message = caught.Message();
  caught.Reset();
  throw Uncaught(report(js, error, message));
}

Isolate::Scope::Scope(Isolate& owner, Execution* execution)
    : owner(owner),
      isolateScope(owner.isolate),
      handles(owner.isolate),
      previous(owner.execution),
      lock{owner, owner.isolate, owner.context.Get(owner.isolate)},
      contextScope(lock.context) {
  owner.execution = execution;
  setThreadTimeSource(execution);
  // What enterWith() left behind belongs to the work that did it.
  if (owner.depth++ == 0) setContinuationData(lock.context, lock.undefined());
  if (owner.watch != nullptr) {
    previouslyRunning = owner.watch->entered(execution == nullptr ? 0 : execution->id);
  }
}

Isolate::Scope::~Scope() {
  owner.execution = previous;
  setThreadTimeSource(previous);
  --owner.depth;
  if (owner.watch != nullptr) owner.watch->left(previouslyRunning);
}

void Isolate::Scope::leave(Lock& js) {
  if (owner.depth > 1) return;
  owner.runMicrotasks(js);
  if (owner.leaves++ % kLeavesBetweenTasks == 0) owner.engine.runPostedTasks(owner.isolate);
  owner.growth->left();
  if (owner.isolate->IsExecutionTerminating() || owner.heapExhausted) throw Pending();
  if (!owner.rejections.empty()) owner.handleUnhandledRejections(js);
}

}  // namespace flamesim::js
