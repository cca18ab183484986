@0xa7b3f0c1d2e4f596;

struct Thing {
  name @0 :Text;
}
