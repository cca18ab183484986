# A capture: exchanges as they were recorded or replayed. docs/capture-format.md gives the bytes
# around these messages; sim/net/exchange.h the same values in C++, field by field, with their
# meaning. Fields are only ever added.
@0xd0a5c1f4e2b79631;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("flamesim::capture::schema");

# Text holds what is text by its nature (names, URLs, JSON); Data holds bytes that others chose.
# Times are nanoseconds since the Unix epoch.

struct Header {
  # The first frame of a file.
  version @0 :UInt32;    # of this format: 1
  creator @1 :Text;      # program and version that wrote the file
  created @2 :Int64;     # given by the caller, never read from a clock by the writer
  source @3 :Text;       # where the exchanges come from: "record http://...", "har page.har", ...
  notes @4 :Text;        # for people; also what was done to the exchanges (redaction)
}

struct Exchange {
  id @0 :UInt64;
  time @1 :Int64;
  seed @2 :UInt64;
  client @3 :Client;
  request @4 :Request;
  outcome @5 :Outcome;
}

struct Client {
  ip @0 :Text;
  port @1 :UInt16;
  connectedAddress @2 :Text;
  scheme @3 :Text = "http";
  country @4 :Text;
  rayId @5 :Text;
}

struct HttpHeader {
  name @0 :Text;
  value @1 :Data;
}

struct Request {
  method @0 :Text = "GET";
  url @1 :Text;
  httpVersion @2 :Text = "HTTP/1.1";
  headers @3 :List(HttpHeader);
  body @4 :Data;
}

struct Response {
  status @0 :UInt16;
  statusText @1 :Text;
  httpVersion @2 :Text = "HTTP/1.1";
  headers @3 :List(HttpHeader);
  body @4 :Data;
}

enum OutcomeKind {
  response @0;
  declined @1;
  failed @2;
}

struct Outcome {
  kind @0 :OutcomeKind;
  response @1 :Response;
  error @2 :Text;
  answeredBy @3 :Text;
  effects @4 :List(Effect);
  setBy @5 :List(SetBy);  # in the order of `part`
}

# Which worker last set a part of the response.
struct SetBy {
  part @0 :Text;    # "status", "body", "header:<lower-case name>"
  worker @1 :Text;
}

enum EffectKind {
  subrequest @0;
  rpc @1;
  configRead @2;
  cache @3;
  log @4;
  console @5;
  metric @6;
  span @7;
}

struct Effect {
  kind @0 :EffectKind;
  worker @1 :Text;
  destination @2 :Text;
  operation @3 :Text;
  input @4 :Data;
  output @5 :Data;
  error @6 :Text;
  start @7 :Int64;
  duration @8 :Int64;     # nanoseconds
  request @9 :Request;    # null: none
  response @10 :Response; # null: none
}
