# The administrator's side of the HTTP cache of a running `flamesim dev`.
@0xd3a9c61f0b7e4825;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("flamesim::schemas");

interface HttpCacheAdmin {
  purge @0 (what :Purge) -> (entries :UInt64);
  # How many stored responses went, those of caches.open() included. What is on its way from the
  # origin is stored afterwards.

  stats @1 () -> (stats :HttpCacheStats);
}

struct Purge {
  union {
    everything @0 :Void;
    url @1 :Text;
    # Without its fragment, as workers see it.

    host @2 :Text;
    # With its port or without.

    tag @3 :Text;
    # Of Cache-Tag or of fetch()'s cf.cacheTags, in any case.

    prefix @4 :Text;
    # "www.example.com/folder", with or without a scheme.
  }
}

struct HttpCacheStats {
  entries @0 :UInt64;
  memoryBytes @1 :UInt64;
  diskBytes @2 :UInt64;
  evictions @3 :UInt64;
  # Responses that went for want of room.

  requestsToOrigin @4 :UInt64;
  joined @5 :UInt64;
  # Requests that had the answer to another's request to the origin.

  answers @6 :List(Count);
  # By CF-Cache-Status.

  struct Count {
    status @0 :Text;
    count @1 :UInt64;
  }
}
