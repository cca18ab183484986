#include "sim/net/fetch_failure.h"

namespace flamesim::net {

namespace {
// Marks the context that carries the kind, in the place of a line.
constexpr char kMark[] = "fetch failure";
}  // namespace

kj::Exception fetchFailure(FetchFailure kind, std::string_view text) {
  kj::Exception exception(kj::Exception::Type::DISCONNECTED, __FILE__, __LINE__,
                          kj::heapString(text.data(), text.size()));
  exception.wrapContext(kMark, int(kind), kj::str(""));
  return exception;
}

FetchFailure fetchFailureOf(const kj::Exception& exception) {
  auto context = exception.getContext();
  for (;;) {
    KJ_IF_MAYBE (found, context) {
      if (found->file == kMark) return FetchFailure(found->line);
      KJ_IF_MAYBE (next, found->next) {
        context = **next;
        continue;
      }
    }
    return FetchFailure::kOther;
  }
}

}  // namespace flamesim::net
