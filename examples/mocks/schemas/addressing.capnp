# Addressing as a worker may ask for it: what an address of ours stands for. Made up for the example.
@0xc1b6a9f2d3e48507;

interface Addressing {
  describe @0 (address :Text) -> (info :AddressInfo);
  assign @1 (account :Int64, hostname :Text) -> (info :AddressInfo);
}

struct AddressInfo {
  address @0 :Text;
  account @1 :Int64;
  # 0: shared by all.
  pool @2 :Text;
  hostname @3 :Text;
}
