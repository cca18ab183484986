// Makes isolates on a thread of its own while the owner's thread reads what is to run in them: of
// the time until `dev` answers, restoring snapshots is the largest part that need not wait for
// anything.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "sim/js/isolate.h"

namespace flamesim::js {

class Nursery {
 public:
  // Begins with one isolate. `engine` must outlive this and all isolates; `options.watchdog` is not
  // used. Belongs to the thread that makes it, as do the isolates that are taken.
  Nursery(const Engine& engine, Faces faces, IsolateOptions options = {});
  ~Nursery();
  Nursery(const Nursery&) = delete;

  // How many will be taken in all.
  void expect(size_t total);
  // An isolate with these options, for the calling thread: one that is there, or else a new one.
  std::unique_ptr<Isolate> take(const IsolateOptions& options);

 private:
  std::unique_ptr<Isolate> ready();
  void close();
  void run();

  const Engine& engine;
  const Faces faces;
  const IsolateOptions options;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::unique_ptr<Isolate>> made;
  size_t wanted = 1;  // not begun
  size_t begun = 0;   // of all that were expected, here or by take()
  bool making = false;
  bool ending = false;
  std::exception_ptr failure;
  std::thread thread;
};

}  // namespace flamesim::js
