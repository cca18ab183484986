# How other commands reach a running `flamesim dev` or `flamesim mocks serve`: over a Unix socket that
# only the same user can open. Workers never see it.
@0xc0e1d2b0c5a7f913;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("flamesim::schemas");

interface Control {
  admin @0 (name :Text) -> (admin :Capability);
  # The administrator's side of a part, such as QuicksilverWriter for a service whose source is
  # quicksilver: the name is the service's in flamesim.jsonc, or that of a part of the server itself
  # (cli/control.h lists them). Fails where there is no such part, or nothing to administer.

  parts @1 () -> (parts :List(Part));
  # Those that admin() knows.
}

struct Part {
  name @0 :Text;
  kind @1 :Text;
  # The source of a service ("quicksilver", "rrdns", ...), or "server".
}
