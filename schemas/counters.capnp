# How often a running server called its services and egress; `flamesim stats` reads it.
@0xe4b1d7a05c63f2a9;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("flamesim::schemas");

interface Counters {
  read @0 () -> (series :List(CallSeries));
  volatileCaches @1 () -> (caches :List(VolatileCache));
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

struct VolatileCache {
  # sim/bindings/volatile_cache.h, VolatileCacheStats.
  name @0 :Text;
  entries @1 :UInt64;
  valueBytes @2 :UInt64;
  evictions @3 :UInt64;
  workers @4 :List(Worker);

  struct Worker {
    name @0 :Text;
    hits @1 :UInt64;
    misses @2 :UInt64;
    coalesced @3 :UInt64;
    refreshes @4 :UInt64;
    failedRefreshes @5 :UInt64;
  }
}
