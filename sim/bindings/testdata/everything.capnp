# One of each: what the tests of Cap'n Proto in JavaScript call.
@0xc2f1b6d5a49e7f31;

using Other = import "other.capnp";

enum Colour {
  red @0;
  green @1;
  darkBlue @2;
}

struct Values {
  void @0 :Void;
  flag @1 :Bool;
  int8 @2 :Int8;
  int16 @3 :Int16;
  int32 @4 :Int32;
  int64 @5 :Int64;
  uint8 @6 :UInt8;
  uint16 @7 :UInt16;
  uint32 @8 :UInt32;
  uint64 @9 :UInt64;
  float32 @10 :Float32;
  float64 @11 :Float64;
  text @12 :Text;
  data @13 :Data;
  colour @14 :Colour;
  nested @15 :Values;
  place :group {
    x @16 :Int32;
    y @17 :Text;
  }
  any @18 :AnyPointer;
  service @19 :Echo;
  flags @20 :List(Bool);
  numbers @21 :List(Int32);
  bigs @22 :List(Int64);
  unsignedBigs @23 :List(UInt64);
  floats @24 :List(Float64);
  texts @25 :List(Text);
  blobs @26 :List(Data);
  colours @27 :List(Colour);
  structs @28 :List(Pair);
  matrix @29 :List(List(UInt8));
  services @30 :List(Echo);
  voids @31 :List(Void);
  int8s @32 :List(Int8);
  int16s @33 :List(Int16);
  uint8s @34 :List(UInt8);
  uint16s @35 :List(UInt16);
  uint32s @36 :List(UInt32);
  float32s @37 :List(Float32);
}

struct Pair {
  key @0 :Text;
  value @1 :UInt32;
}

struct Defaults {
  # Numbers are stored XORed with these.
  flag @0 :Bool = true;
  int8 @1 :Int8 = -5;
  uint16 @2 :UInt16 = 500;
  int64 @3 :Int64 = -9000000000;
  float32 @4 :Float32 = 1.5;
  float64 @5 :Float64 = -2.25;
  colour @6 :Colour = darkBlue;
  text @7 :Text = "unset";
}

struct Choice {
  # An unnamed union beside other fields.
  label @0 :Text;
  union {
    nothing @1 :Void;
    number @2 :Int32;
    text @3 :Text;
    pair @4 :Pair;
    list @5 :List(UInt8);
    service @6 :Echo;
    spot :group {
      x @7 :Int32;
      y @8 :Int32;
    }
    named @10 :Text = "by default";
  }
  shape :union {
    circle @9 :Float64;
    square @11 :Float64;
  }

  struct Inner {
    word @0 :Text;
    struct Innermost {}
  }
  interface Tool {
    use @0 () -> ();
  }
  enum Size { small @0; }
  const answer :Int32 = 42;
}

interface Echo {
  values @0 Values -> Values;
  defaults @1 Defaults -> Defaults;
  choice @2 Choice -> Choice;
  say @3 (text :Text) -> (text :Text);
  fail @4 (text :Text) -> ();
  later @5 (text :Text) -> (text :Text);       # answers in a later turn of the loop
  never @6 () -> (text :Text);
  open @7 () -> Opened;
  callBack @8 (callback :Callback, text :Text) -> (text :Text);
  keep @9 (callback :Callback) -> ();
  callKept @10 (text :Text) -> (text :Text);
  forget @11 () -> ();
  giveBack @12 (echo :Echo) -> (echo :Echo);
  feed @13 (chunk :Text) -> stream;
  fed @14 () -> (text :Text);
  openLate @15 () -> (echo :Echo);
  failToOpen @16 () -> (echo :Echo, box :Box);
  newer @17 () -> (colour :Colour, choice :Choice);    # values that this schema does not know
  live @18 () -> (count :UInt32);                      # servers made by open() that are still held
}

struct Opened {
  echo @0 :Echo;
  box @1 :Box;
  place :group {
    echo @2 :Echo;
  }
  union {
    either @3 :Echo;
    or @4 :Void;
  }
  count @5 :UInt32;
}

struct Box {
  echo @0 :Echo;
  box @1 :Box;
}

interface Callback {
  called @0 (text :Text, echo :Echo) -> (text :Text, echo :Echo);
  fed @1 (chunk :Text) -> stream;
}

interface Base {
  common @0 () -> (from :Text);
  base @1 () -> (from :Text);
}
interface Side {
  common @0 () -> (from :Text);
  side @1 () -> (from :Text);
}
interface Derived extends (Base, Side) {
  derived @0 () -> (from :Text);
  takeBase @1 (base :Base) -> (from :Text);
}
interface Override extends (Base) {
  common @0 () -> (from :Text);
}

interface UsesOther {
  use @0 (thing :Other.Thing) -> (thing :Other.Thing);
}

interface Generic(T) {
  get @0 () -> (value :T);
}
