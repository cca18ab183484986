// A fetcher that answers from a table (fetch_table.h). Redirects in the table are followed as the
// request asks for it (WHATWG Fetch section 4.4, "HTTP-redirect fetch").
#pragma once

#include <unordered_map>

#include "sim/base/clock.h"
#include "sim/net/fetch_table.h"
#include "sim/net/fetcher.h"

namespace flamesim::net {

class MockFetcher final : public Fetcher {
 public:
  // `name`: of the egress, for messages. `clock` must outlive this. Sequences begin anew with each.
  MockFetcher(std::shared_ptr<const FetchTable> table, std::string name, Clock& clock)
      : table(std::move(table)), name(std::move(name)), clock(clock) {}

  // Whether the table answers the request itself, be it with an error; else whoever stands in front
  // of this hands it on to the real thing.
  bool answers(const Request& request) const {
    return !table->passUnmatched || table->find(request) != nullptr;
  }

  kj::Promise<Response> fetch(Request request) override;

 private:
  kj::Promise<Response> fetch(Request request, uint32_t redirects);
  kj::Promise<Response> answer(const FetchTable::Answer& answer, Request request,
                               uint32_t redirects);
  kj::Promise<Response> redirect(Response response, Request request, uint32_t redirects);
  // nullptr: the row's sequence is at an end.
  const FetchTable::Answer* next(const FetchTable::Row& row);

  const std::shared_ptr<const FetchTable> table;
  const std::string name;
  Clock& clock;
  std::unordered_map<const FetchTable::Row*, size_t> calls;  // of rows with a sequence, so far
};

}  // namespace flamesim::net
