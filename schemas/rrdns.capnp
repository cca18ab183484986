# RRDNS, as a worker sees it: who owns a hostname, and what DNS answers for it. lookupOwnership is
# public, the schema is flamesim's own; a team that has the real one bundles it instead, and no C++
# changes. RrdnsAdmin is the administrator's side.
@0xb587f3e5aea939b1;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("flamesim::schemas");

interface Rrdns {
  lookupOwnership @0 (request :OwnershipRequest) -> (response :OwnershipResponse);
  # Which account owns the name that a client asked for. That nobody does is an answer
  # (accountId 0), not an error. Callers keep an answer for 30 seconds.

  lookup @1 (question :DnsQuestion) -> (answer :DnsAnswer);
  # What DNS answers. That a name does not exist, or that a question is refused, is an answer with
  # an rcode, not an error. Nothing is asked of other servers: a chain of CNAMEs that leaves the
  # zones ends there.
}

struct OwnershipRequest {
  queryName @0 :Text;
  # The hostname, in any case, with or without the final dot. Empty when the client named none.

  connectViaAddr @1 :Text;
  # The address that the client connected to, IPv4 or IPv6. It decides only where no hostname is
  # known: no SNI, or a Host header that holds an IP address.
}

struct OwnershipResponse {
  # No union, so that JavaScript reads `response.accountId` whatever the answer is.

  accountId @0 :Int64;
  # 0: nobody owns the name, and every other field is at its default.

  accountTag @1 :Text;
  # The account's public id, 32 hexadecimal digits.

  zoneName @2 :Text;
  # The zone that serves the name: the DNS zone, or the one that the custom hostname was added to.
  # Empty where an address decided.

  kind @3 :OwnershipKind;
}

enum OwnershipKind {
  none @0;
  # Nobody owns the name.

  zone @1;
  # A proxied record of a DNS zone.

  customHostname @2;
  # A custom hostname of the new kind.

  legacyCustomHostname @3;

  address @4;
  # No hostname was known; the address that the client connected to decided.
}

struct DnsQuestion {
  name @0 :Text;
  # In any case, with or without the final dot.

  type @1 :Text;
  # "A", "AAAA", "CNAME", "TXT", ... in any case. Empty: "A".

  flatten @2 :Bool;
  # For A and AAAA: the addresses at the end of a chain of CNAMEs, as records of the name that was
  # asked for, without the CNAMEs. At the apex of a zone it is always so.
}

enum DnsRcode {
  # RFC 1035 section 4.1.1, with its numbers.
  noError @0;
  formErr @1;   # The name is not one; `text` says why.
  servFail @2;  # A loop, too many CNAMEs, or a flattened chain that leaves the zones.
  nxDomain @3;  # The name does not exist; `authority` has the zone's SOA.
  notImp @4;    # The type is not one that is served.
  refused @5;   # The name is in no zone that is known here.
}

struct DnsRecord {
  name @0 :Text;  # lower case, without the final dot
  type @1 :Text;
  ttl @2 :UInt32;  # seconds
  data @3 :Text;
  # In the form of zone files, names without the final dot: "10 mail.example.com", "\"v=spf1 -all\"".
}

struct DnsAnswer {
  rcode @0 :DnsRcode;

  records @1 :List(DnsRecord);
  # CNAMEs in the order in which they were followed, then the records asked for. No record and
  # noError: the name exists, the type does not (NODATA).

  authority @2 :List(DnsRecord);
  # Of a negative answer the zone's SOA, its TTL already as RFC 2308 has it; of a name that is
  # delegated to other servers their NS records.

  negativeTtl @3 :UInt32;
  # For how long NXDOMAIN and NODATA may be kept: the lesser of the SOA's minimum and its TTL.
  # 0: the answer is not negative.

  chain @4 :List(Text);
  # The names that CNAMEs led to, flattened ones too, in their order. The name asked for is not
  # among them.

  code @5 :UInt32;
  # The error that a request for this name is answered with at the edge: 1014, a proxied CNAME
  # leads to a name of another account. 0: none. The records are there all the same.

  text @6 :Text;
  # For people: why it failed.
}

interface RrdnsAdmin {
  # The administrator's side. Workers are never given this capability, and a Rrdns is none.

  reload @0 () -> (report :RrdnsReload);
  # Reads the files anew. Where one has errors the zones stay as they are.

  statistics @1 () -> (statistics :RrdnsStatistics);

  reader @2 () -> (rrdns :Rrdns);
  # To ask what workers ask. These calls are not counted.
}

struct RrdnsReload {
  ok @0 :Bool;
  zones @1 :UInt32;
  records @2 :UInt32;
  text @3 :Text;  # The errors, as `flamesim dev` prints them.
}

struct RrdnsStatistics {
  # Since the service was started.

  ownershipCalls @0 :UInt64;
  lookupCalls @1 :UInt64;
  byKind @2 :List(Count);   # of ownership: zone, customHostname, ..., none
  byType @3 :List(Count);   # of lookups: A, AAAA, ...; "other" for what is not a type
  byRcode @4 :List(Count);  # of lookups: noError, noData, nxDomain, ..., and "1014"
  byZone @5 :List(Count);   # of both; the most asked first, at most 100
  reloads @6 :UInt64;
  failedReloads @7 :UInt64;
  zones @8 :UInt32;
  records @9 :UInt32;

  struct Count {
    name @0 :Text;
    count @1 :UInt64;
  }
}
