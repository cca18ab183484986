// Promises between KJ and V8. A KJ promise handed to JavaScript belongs to the current execution:
// it counts as pending work, is cancelled when the execution ends, and settles in it.
#pragma once

#include "sim/base/eventual.h"
#include "sim/js/convert.h"

namespace flamesim::js {

// Rejects `resolver` with what `exception` says in JavaScript.
void rejectWith(Lock& js, v8::Local<v8::Promise::Resolver> resolver,
                const kj::Exception& exception);

template <typename T>
v8::Local<v8::Promise> promiseToJs(Lock& js, kj::Promise<T> promise) {
  Execution& execution = js.owner.currentOrThrow();
  auto resolver = check(v8::Promise::Resolver::New(js.context));
  auto result = resolver->GetPromise();
  // Both continuations need the resolver, and only one of them runs.
  auto held = std::make_shared<v8::Global<v8::Promise::Resolver>>(js.isolate, resolver);
  auto failed = [&execution, held](kj::Exception&& exception) {
    execution.ioCompleted();
    execution.isolate.enter(&execution,
                            [&](Lock& js) { rejectWith(js, held->Get(js.isolate), exception); });
  };
  if constexpr (std::is_void_v<T>) {
    execution.addTask(promise.then(
        [&execution, held] {
          execution.ioCompleted();
          execution.isolate.enter(&execution, [&](Lock& js) {
            check(held->Get(js.isolate)->Resolve(js.context, js.undefined()));
          });
        },
        kj::mv(failed)));  // then() would keep a reference to an lvalue
  } else {
    execution.addTask(promise.then(
        [&execution, held](T&& value) {
          execution.ioCompleted();
          execution.isolate.enter(&execution, [&](Lock& js) {
            auto resolver = held->Get(js.isolate);
            v8::Local<v8::Value> converted;
            try {
              converted = Convert<T>::to(js, std::move(value));
            } catch (const Throw& error) {
              check(
                  resolver->Reject(js.context, errorValue(js.isolate, error.type, error.message)));
              return;
            }
            check(resolver->Resolve(js.context, converted));
          });
        },
        kj::mv(failed)));  // then() would keep a reference to an lvalue
  }
  return result;
}

// The same for a result that may be there already. JavaScript sees no difference: the promise
// settles after the microtasks that are queued now, as it would after a turn of the event loop.
template <typename T>
v8::Local<v8::Promise> eventualToJs(Lock& js, Eventual<T> eventual) {
  if (!eventual.ready()) return promiseToJs(js, std::move(eventual).promise());
  Execution& execution = js.owner.currentOrThrow();
  auto resolver = check(v8::Promise::Resolver::New(js.context));
  js.owner.resolveLater(execution, resolver, Convert<T>::to(js, std::move(eventual.value())));
  return resolver->GetPromise();
}

// Settled state of a JavaScript promise for C++: exactly one of the callbacks runs, inside the
// isolate; at once when the promise is settled already.
void whenSettled(Lock& js, v8::Local<v8::Value> valueOrPromise,
                 kj::Function<void(Lock&, v8::Local<v8::Value>)> fulfilled,
                 kj::Function<void(Lock&, v8::Local<v8::Value>)> rejected);

template <typename T>
struct Convert<Eventual<T>> {
  static v8::Local<v8::Value> to(Lock& js, Eventual<T> eventual) {
    return eventualToJs(js, std::move(eventual));
  }
};
template <typename T>
struct Convert<kj::Promise<T>> {
  static v8::Local<v8::Value> to(Lock& js, kj::Promise<T> promise) {
    return promiseToJs(js, std::move(promise));
  }
};

}  // namespace flamesim::js
