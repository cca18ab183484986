// A result that is there already, or will be: what passes from worker to worker of a chain without
// a turn of the event loop where nobody has to wait. Failures are those of its promise.
#pragma once

#include <kj/async.h>

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace flamesim {

template <typename T>
class Eventual;

namespace internal {
template <typename T>
struct EventualOf {
  using Type = Eventual<T>;
};
template <typename T>
struct EventualOf<Eventual<T>> {
  using Type = Eventual<T>;
};
}  // namespace internal

template <typename T>
class [[nodiscard]] Eventual {
 public:
  Eventual(T value) : state(std::move(value)) {}
  Eventual(kj::Promise<T> promise) : state(kj::mv(promise)) {}
  Eventual(kj::Exception exception) : state(kj::Promise<T>(kj::mv(exception))) {}

  bool ready() const { return std::holds_alternative<T>(state); }
  // Only when ready().
  T& value() { return std::get<T>(state); }

  // What there is as a promise; one that is fulfilled already when ready().
  kj::Promise<T> promise() && {
    if (ready()) return std::move(value());
    return kj::mv(std::get<kj::Promise<T>>(state));
  }

  // What `next` makes of the value, at once when it is there. `next` may return an Eventual itself.
  template <typename Next>
  auto then(Next&& next) && ->
      typename internal::EventualOf<std::invoke_result_t<Next, T&&>>::Type {
    if (ready()) return next(std::move(value()));
    return std::get<kj::Promise<T>>(state).then(promising(std::forward<Next>(next)));
  }
  // The same; `failed` makes the value of a kj::Exception&&.
  template <typename Next, typename Failed>
  auto then(Next&& next, Failed&& failed) && ->
      typename internal::EventualOf<std::invoke_result_t<Next, T&&>>::Type {
    if (ready()) return next(std::move(value()));
    return std::get<kj::Promise<T>>(state).then(promising(std::forward<Next>(next)),
                                                std::decay_t<Failed>(std::forward<Failed>(failed)));
  }

  // Keeps `things` until a result that is not there yet has come.
  template <typename... Things>
  Eventual attach(Things&&... things) && {
    if (ready()) return std::move(*this);
    return std::get<kj::Promise<T>>(state).attach(kj::fwd<Things>(things)...);
  }

 private:
  // Continuations of promises return values or promises.
  template <typename Next>
  static auto promising(Next&& next) {
    using Result = std::invoke_result_t<Next, T&&>;
    if constexpr (std::is_same_v<Result, typename internal::EventualOf<Result>::Type>) {
      return [next = std::forward<Next>(next)](T&& value) mutable {
        return next(std::move(value)).promise();
      };
    } else {
      return std::decay_t<Next>(std::forward<Next>(next));
    }
  }

  std::variant<T, kj::Promise<T>> state;
};

}  // namespace flamesim
