# DoS protection as a worker may ask for it. Made up for the example: what the real service's calls
# look like is not public.
@0x9d3a1f0e5b7c2a41;

interface DosProtection {
  check @0 (request :Suspect) -> (verdict :Verdict);
  # What to do with a request. Each check counts as a request of its client.

  watch @1 () -> (counter :Counter);
  # For whoever wants to see the counts.
}

struct Suspect {
  clientIp @0 :Text;
  host @1 :Text;
  path @2 :Text;
}

struct Verdict {
  action @0 :Action;
  requests @1 :UInt32;
  # Of this client to this host in the window of ten seconds, this one included.
  retryAfterSeconds @2 :UInt32;
}

enum Action {
  pass @0;
  challenge @1;
  drop @2;
}

interface Counter {
  total @0 (clientIp :Text) -> (requests :UInt32);
}
