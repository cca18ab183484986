#include "sim/js/nursery.h"

namespace flamesim::js {

Nursery::Nursery(const Engine& engine, Faces faces, IsolateOptions options)
    : engine(engine), faces(std::move(faces)), options(options), thread([this] { run(); }) {}

Nursery::~Nursery() {
  {
    std::lock_guard lock(mutex);
    ending = true;
  }
  changed.notify_all();
  thread.join();
}

void Nursery::expect(size_t total) {
  {
    std::lock_guard lock(mutex);
    wanted = total > begun ? total - begun : 0;
  }
  changed.notify_all();
}

std::unique_ptr<Isolate> Nursery::take(const IsolateOptions& asked) {
  bool fits = asked.heapLimit == options.heapLimit && asked.bufferLimit == options.bufferLimit;
  auto isolate = fits ? ready() : nullptr;
  if (isolate == nullptr) {
    if (!fits) close();
    return std::make_unique<Isolate>(engine, faces, asked);
  }
  isolate->moveToThisThread(asked.watchdog, asked.cpuLimit);
  return isolate;
}

// What is asked for has other options than what would be made: nothing more is.
void Nursery::close() {
  std::lock_guard lock(mutex);
  wanted = 0;
  made.clear();
}

// nullptr: the caller makes one, which is quicker than to wait.
std::unique_ptr<Isolate> Nursery::ready() {
  std::unique_lock lock(mutex);
  if (made.empty() && wanted > 0) {
    --wanted;
    ++begun;
    return nullptr;
  }
  changed.wait(lock, [&] { return !made.empty() || !making || failure; });
  if (failure) std::rethrow_exception(failure);
  if (made.empty()) return nullptr;
  auto isolate = std::move(made.front());
  made.pop_front();
  return isolate;
}

void Nursery::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [&] { return wanted > 0 || ending; });
    if (ending) return;
    --wanted;
    ++begun;
    making = true;
    lock.unlock();
    std::unique_ptr<Isolate> isolate;
    std::exception_ptr error;
    try {
      auto unwatched = options;
      unwatched.watchdog = nullptr;
      isolate = std::make_unique<Isolate>(engine, faces, unwatched);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    making = false;
    if (error) {
      failure = error;
    } else {
      made.push_back(std::move(isolate));
    }
    changed.notify_all();
    if (error) return;
  }
}

}  // namespace flamesim::js
