# How often a running server called its services and egress; `flamesim stats` reads it.
@0xe4b1d7a05c63f2a9;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("flamesim::schemas");

interface Counters {
  read @0 () -> (series :List(CallSeries));
}

struct CallSeries {
  # What is counted together; sim/net/call_counters.h.
  isEgress @0 :Bool;
  target @1 :Text;
  operation @2 :Text;
  worker @3 :Text;
  calls @4 :UInt64;
  errors @5 :UInt64;
  open @6 :UInt64;
  totalNanos @7 :UInt64;
  buckets @8 :List(UInt64);
}
