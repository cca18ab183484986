# Quicksilver, the configuration store, as a client on the same host sees it. What the store
# promises is public (sequential consistency; updates numbered without a gap; a log of them with a
# running hash; reads at an older index); the interface is flamesim's own. docs/quicksilver.md
# describes it.
#
# Every answer says the index that it was true at. An answer is a snapshot: all that one call returns
# was true at that index. A replica's index never goes back.
@0xe5cdd14e6f9fb692;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("flamesim::schemas");

interface Quicksilver {
  get @0 (key :Text, at :Pin) -> (found :Bool, value :Data, index :UInt64);
  # A key that is absent is an answer (found = false), not an error.

  getMulti @1 (keys :List(Text), at :Pin) -> (entries :List(Lookup), index :UInt64);
  # One entry for each key, in the order of `keys`, all from one snapshot.

  list @2 (prefix :Text, limit :UInt32, cursor :Text, at :Pin)
      -> (entries :List(Pair), cursor :Text, index :UInt64);
  # The pairs whose key starts with `prefix`, in the order of the keys' bytes, at most `limit` of
  # them (0: the server's own limit, which also caps what is asked for). The cursor that comes back
  # goes into the next call; it is empty when nothing is left. Pages are snapshots one by one: pin
  # the pages after the first to its `index` to have the whole list as it was at one time.

  index @3 () -> (index :UInt64);
  # The number of the last update that this replica has; 0 when there was none.

  has @4 (key :Text, at :Pin) -> (found :Bool, index :UInt64);
  # get() without the value.

  watch @5 (prefix :Text, watcher :QuicksilverWatcher, since :Pin)
      -> (watch :QuicksilverWatch, index :UInt64);
  # Calls `watcher` for the updates of keys that start with `prefix` and come after `index`, which
  # is the replica's at the time of the call, or `since`. Ends when `watch` is dropped, or when a
  # call of `watcher` fails.
}

struct Pin {
  # Where to read: the state after the update of this number. It must not be older than the history
  # that the store keeps, nor newer than what the replica has; either is an error.
  index @0 :UInt64;
  # 0, or no pin at all: the newest that the replica has.
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

interface QuicksilverWatcher {
  changed @0 (changes :List(Change), index :UInt64, missed :Bool) -> ();
  # The next updates, in their order, none left out; all that match up to `index` have been told.
  # The next call comes after this one has returned. `missed`: the watcher was so slow that the
  # history no longer has what comes next: what it knows is to be read anew at `index`.
}

struct Change {
  key @0 :Text;
  deleted @1 :Bool;
  value @2 :Data;
  index @3 :UInt64;
}

interface QuicksilverWatch {
  # Stands for a watch. Dropping it ends the watch.
}

interface QuicksilverWriter {
  # The administrator's side. Workers are never given this capability. Each update that takes place
  # moves the index by exactly one, and the answer has the index after it.

  put @0 (key :Text, value :Data) -> (index :UInt64);
  # Writing the value that is there already counts as an update.

  delete @1 (key :Text) -> (existed :Bool, index :UInt64);
  # Deleting what is absent is no update.
}

interface QuicksilverAdmin extends(QuicksilverWriter) {
  # All that `flamesim quicksilver` does to a running server.

  import @0 (pairs :List(Pair)) -> (written :UInt64, index :UInt64);
  # Writes, in one transaction, the pairs that are not in the store already: one update each.

  log @1 (after :UInt64, limit :UInt32) -> (updates :List(Update), newest :UInt64);
  # Updates after that index, at most `limit` (0: the server's own limit, which also caps it). Fails
  # where `after` is older than the history.

  apply @2 (update :Update) -> (index :UInt64);
  # Takes an update from another store's log. Fails, and writes nothing, where its index is not the
  # next one (an update between was lost), or where its CRC or running hash is not what it must be.

  reader @3 () -> (quicksilver :Quicksilver);
  # What workers have.

  status @4 () -> (status :QuicksilverStatus);

  setLag @5 (milliseconds :UInt64) -> ();
  # From now on the replica has each update so long after it was written. It does not go back: what
  # it has it keeps.

  stick @6 (index :UInt64) -> (index :UInt64);
  # The replica takes no update after that one (0: after the last that it has); fails where it has
  # gone past it.

  unstick @7 () -> ();
}

struct Update {
  index @0 :UInt64;
  deleted @1 :Bool;
  key @2 :Text;
  value @3 :Data;
  time @4 :Int64;
  # Nanoseconds since 1970; never less than that of the update before.
  crc @5 :UInt32;
  # Of this pair: CRC-32 over the key's length (four bytes, least first), the key and the value.
  hash @6 :UInt64;
  # Of the log up to here: FNV-1a (64 bits) over the hash before, the index, a byte that is 1 for a
  # deletion, and the CRC, least bytes first. The hash before the first update is 0.
}

struct QuicksilverStatus {
  newest @0 :UInt64;        # the last update that the store has
  hash @1 :UInt64;          # the running hash at it
  historyStart @2 :UInt64;  # the oldest index that can be read
  replica @3 :UInt64;       # the index that readers see
  lagMillis @4 :UInt64;     # what was set
  stuck @5 :Bool;
  stuckAt @6 :UInt64;
  behindNanos @7 :UInt64;
  # For how long the oldest update has been waiting that the replica lacks; 0: it has them all.
}
