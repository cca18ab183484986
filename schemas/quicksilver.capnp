# Quicksilver, the configuration store, as a client on the same host sees it. What the store
# promises is public (sequential consistency; updates numbered without a gap); the interface is
# flamesim's own.
#
# Every answer says the index of the last update it has seen. An answer is a snapshot: all that one
# call returns was true at that index. Methods take parameter lists that can grow: reads pinned
# to an index and watches will be new fields and new methods.
@0xe5cdd14e6f9fb692;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("flamesim::schemas");

interface Quicksilver {
  get @0 (key :Text) -> (found :Bool, value :Data, index :UInt64);
  # A key that is absent is an answer (found = false), not an error.

  getMulti @1 (keys :List(Text)) -> (entries :List(Lookup), index :UInt64);
  # One entry for each key, in the order of `keys`, all from one snapshot.

  list @2 (prefix :Text, limit :UInt32, cursor :Text)
      -> (entries :List(Pair), cursor :Text, index :UInt64);
  # The pairs whose key starts with `prefix`, in the order of the keys' bytes, at most `limit` of
  # them (0: the server's own limit, which also caps what is asked for). The cursor that comes back
  # goes into the next call; it is empty when nothing is left. Pages are snapshots one by one:
  # compare `index` to learn whether something was written between two of them.

  index @3 () -> (index :UInt64);
  # The number of the last update that this replica has; 0 when there was none.
}

struct Lookup {
  key @0 :Text;
  found @1 :Bool;
  value @2 :Data;
}

struct Pair {
  key @0 :Text;
  value @1 :Data;
}

interface QuicksilverWriter {
  # The administrator's side. Workers are never given this capability. Each update that takes place
  # moves the index by exactly one, and the answer has the index after it.

  put @0 (key :Text, value :Data) -> (index :UInt64);
  # Writing the value that is there already counts as an update.

  delete @1 (key :Text) -> (existed :Bool, index :UInt64);
  # Deleting what is absent is no update.
}
