# RRDNS, as a worker sees it: who owns a hostname. The call is public, the schema is flamesim's own;
# a team that has the real one bundles it instead, and no C++ changes.
@0xb587f3e5aea939b1;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("flamesim::schemas");

interface Rrdns {
  lookupOwnership @0 (request :OwnershipRequest) -> (response :OwnershipResponse);
  # Which account owns the name that a client asked for. That nobody does is an answer
  # (accountId 0), not an error. Callers keep an answer for 30 seconds.
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
