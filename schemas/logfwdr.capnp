# logfwdr, the edge's log forwarder. A message is one member of the union in LogMessage; a binding
# of type logfwdr knows which member it fills (`destination` is the member's name) and hands the
# worker an object with log(fields). The union, the method and the framing are flamesim's own; field
# names follow the public log fields of HTTP requests (ClientIP is clientIp, RayID is rayId, ...).
#
# To add a destination, add a member. To replace all this, bundle another schema: any interface
# whose methods take a struct with a union can be served.
@0xebdfa6435b6f929e;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("flamesim::schemas");

interface Logfwdr {
  log @0 (message :LogMessage) -> ();
  # An answer means that the forwarder has the message, not that it has reached any store.
}

struct LogMessage {
  timestamp @0 :Int64;
  # When the worker logged it: nanoseconds since 1970, on the clock of the (simulated) server.

  worker @1 :Text;
  # Name of the worker that logged it.

  union {
    none @2 :Void;
    httplogs @3 :HttpLog;
    events @4 :EventLog;
  }
}

struct HttpLog {
  # One HTTP request, as the worker saw it. A field that was not set is empty or 0.

  rayId @0 :Text;
  # "230b030023ae2822-SJC"
  accountId @1 :Int64;
  zoneName @2 :Text;

  clientIp @3 :Text;
  country @4 :Text;
  # Two letters, ISO 3166-1; XX unknown, T1 Tor.
  clientRequestScheme @5 :Text;
  clientRequestMethod @6 :Text;
  clientRequestHost @7 :Text;
  clientRequestUri @8 :Text;
  # Path and query.
  clientRequestProtocol @9 :Text;
  # "HTTP/1.1"
  clientRequestUserAgent @10 :Text;
  clientRequestReferer @11 :Text;
  clientRequestBytes @12 :UInt64;

  edgeColoCode @13 :Text;
  edgeStartTimestamp @14 :Int64;
  # Nanoseconds since 1970, as is the next.
  edgeEndTimestamp @15 :Int64;
  edgeResponseStatus @16 :UInt16;
  edgeResponseBytes @17 :UInt64;
  edgeResponseContentType @18 :Text;

  cacheCacheStatus @19 :Text;
  # "hit", "miss", "dynamic", ...
  originResponseStatus @20 :UInt16;
  # 0: the origin was not asked.

  workerStatus @21 :Text;
  # "ok", "exception", "cpuExceeded", ...
  workerSubrequestCount @22 :UInt32;
  workerCpuTimeUs @23 :UInt64;
  # Microseconds.

  securityAction @24 :Text;
  # What a security rule did: "block", "challenge", "log", ...; empty: nothing.
  securityRuleId @25 :Text;
}

struct EventLog {
  # Anything else that is worth a line.

  name @0 :Text;
  rayId @1 :Text;
  accountId @2 :Int64;
  level @3 :Level;
  message @4 :Text;
  fields @5 :List(Field);

  enum Level {
    debug @0;
    info @1;
    warning @2;
    error @3;
  }

  struct Field {
    name @0 :Text;
    value @1 :Text;
  }
}
