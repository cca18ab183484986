// Makes exchanges of what passes: a client's request and FL's answer, with the subrequests that FL
// sent for it as effects. A subrequest belongs to the client's request whose CF-Ray it bears (FL
// puts it on what it sends and on its answer), else to the one with the same trace id in
// traceparent. An exchange ends when its answer and its subrequests have passed.
#pragma once

#include <kj/refcount.h>

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "sim/base/clock.h"
#include "sim/net/exchange.h"
#include "sim/record/journal.h"
#include "sim/record/passage.h"
#include "sim/record/selection.h"

namespace flamesim::record {

struct RecorderOptions {
  uint64_t bodyLimit = 8u << 20;  // bytes of a body that are kept; a larger one is not kept at all
  // Client's country where FL has not told it (CF-IPCountry on a subrequest for that address).
  std::string country;
  Duration patience = std::chrono::milliseconds(250);  // see Journal
};

struct RecordCounts {
  uint64_t exchanges = 0;
  uint64_t leftOut = 0;       // by filters and the sample; not among `exchanges`
  uint64_t failed = 0;        // of these, without an answer
  std::string failedExample;  // "GET http://...: why"
  uint64_t subrequests = 0;
  uint64_t bodiesNotKept = 0;  // exchanges and subrequests with a body that is not whole
  uint64_t unpaired = 0;       // subrequests that belong to no exchange: they are not in the file
  std::string unpairedExample;
  uint64_t outOfOrder = 0;  // exchanges that stand behind younger ones
};

class Recorder {
 public:
  // `write` gets each exchange once, roughly in order of arrival; it must not throw. The clock and
  // the recorder must outlive the passages.
  Recorder(const Clock& clock, RecorderOptions options, Selection selection,
           std::function<void(net::Exchange&&)> write);

  // Ids go on behind `id`; before the first passage.
  void startBehind(uint64_t id) { journal.startBehind(id); }

  // `request`: what is about to pass, which decides whether it is kept.
  kj::Own<Passage> beginClient(const net::ClientContext& client, const net::Request& request);
  // `destination`: name of the effect's service.
  kj::Own<Passage> beginUpstream(std::string destination);

  // To be called now and then: writes what waits for order no longer.
  void advance() { journal.advance(clock.now()); }
  // Writes everything. No passage may be under way.
  void finish();

  RecordCounts counts() const;

 private:
  using Keys = std::vector<std::string>;
  struct Upstream {
    net::Effect effect;  // start and destination from the beginning, the rest once it has passed
    Keys keys;
    bool passed = false;
    Passage* passage = nullptr;  // while it has not
  };
  struct Answered {
    net::Exchange exchange;
    Keys keys;
    bool kept = true;
  };

  void clientDone(uint64_t id, const net::ClientContext& client, Passage& passage, bool kept);
  void upstreamDone(Upstream& upstream, Passage& passage);
  // Puts subrequests to the exchanges they belong to, and hands on what is complete.
  void pair();
  bool tryPair(Answered& answered);
  void dropUnpaired();
  void countUnpaired(const Upstream& upstream);
  void hand(Answered answered);
  void writeOut(net::Exchange exchange);

  const Clock& clock;
  RecorderOptions options;
  Selection selection;
  std::function<void(net::Exchange&&)> write;
  Journal journal;
  RecordCounts counted;
  std::map<uint64_t, Time> openClients;
  std::map<uint64_t, Answered> answered;         // waiting for their subrequests
  std::list<Upstream> upstreams;                 // in order of their beginning
  std::map<std::string, std::string> countries;  // address of a client -> what FL said
};

}  // namespace flamesim::record
