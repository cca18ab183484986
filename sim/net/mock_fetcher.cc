#include "sim/net/mock_fetcher.h"

#include "sim/net/url.h"

namespace flamesim::net {

namespace {

constexpr uint32_t kMostRedirects = 20;  // as WHATWG Fetch has it

kj::Exception failure(const std::string& text) {
  return kj::Exception(kj::Exception::Type::DISCONNECTED, __FILE__, __LINE__,
                       kj::heapString(text.c_str(), text.size()));
}

bool isRedirect(uint16_t status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// Whether the request that follows is a GET without a body.
bool becomesGet(uint16_t status, const std::string& method) {
  if (status == 303) return method != "GET" && method != "HEAD";
  return (status == 301 || status == 302) && method == "POST";
}

}  // namespace

kj::Promise<Response> MockFetcher::fetch(Request request) {
  return fetch(kj::mv(request), 0);
}

kj::Promise<Response> MockFetcher::fetch(Request request, uint32_t redirects) {
  auto* row = table->find(request);
  if (row == nullptr) {
    return failure("no row of the table " + table->file + " answers " + request.method + " " +
                   request.url + " to \"" + name + "\"");
  }
  auto* found = next(*row);
  if (found == nullptr) {
    return failure("the mock of \"" + name + "\" has no further answer: the sequence of " +
                   row->place + " is at its end");
  }
  if (found->delay == Duration::zero()) return answer(*found, kj::mv(request), redirects);
  return clock.after(found->delay)
      .then([this, found, request = kj::mv(request), redirects]() mutable {
        return answer(*found, kj::mv(request), redirects);
      });
}

const FetchTable::Answer* MockFetcher::next(const FetchTable::Row& row) {
  size_t count = row.answers.size();
  if (count == 1 && row.after == FetchTable::After::kRepeatLast) return &row.answers[0];
  size_t call = calls[&row]++;
  if (call < count) return &row.answers[call];
  switch (row.after) {
    case FetchTable::After::kRepeatLast:
      return &row.answers[count - 1];
    case FetchTable::After::kCycle:
      return &row.answers[call % count];
    case FetchTable::After::kFail:
      break;
  }
  return nullptr;
}

kj::Promise<Response> MockFetcher::answer(const FetchTable::Answer& answer, Request request,
                                          uint32_t redirects) {
  if (!answer.error.empty()) return failure(answer.error);
  Response response;
  response.status = answer.status;
  response.statusText = answer.statusText;
  response.headers = HeaderList(answer.headers.all());  // of this thread
  response.url = request.url;
  response.redirected = redirects > 0;
  if (request.method == "HEAD") {
    response.body = Body::fromBytes("");
  } else if (answer.status != 204 && answer.status != 304) {
    response.body = Body::fromShared(answer.body);
  }
  if (request.redirect == RedirectMode::kManual || !isRedirect(answer.status) ||
      !answer.headers.has("location")) {
    return kj::mv(response);
  }
  return redirect(kj::mv(response), kj::mv(request), redirects);
}

kj::Promise<Response> MockFetcher::redirect(Response response, Request request,
                                            uint32_t redirects) {
  if (request.redirect == RedirectMode::kError) {
    return failure("the answer to " + request.url + " is a redirect, which the request refuses");
  }
  if (redirects == kMostRedirects) return failure("too many redirects");
  auto target = Url::parse(*response.headers.get("location"), request.url);
  if (!target) return failure("the redirect of " + request.url + " names no URL");
  request.url = target->href();
  request.headers.set("Host", target->host());
  if (becomesGet(response.status, request.method)) {
    request.method = "GET";
    request.body = Body();
    for (auto* header : {"content-type", "content-length", "content-encoding"}) {
      request.headers.remove(header);
    }
  }
  return fetch(kj::mv(request), redirects + 1);
}

}  // namespace flamesim::net
