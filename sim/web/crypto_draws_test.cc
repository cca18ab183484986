// That WebCrypto draws from the request's source: a replay repeats what it generates and signs.
#include <catch2/catch.hpp>

#include "sim/web/test_world.h"

namespace flamesim::web {

namespace {

// Makes `hex`, a function of a buffer, and `exported`, of a private key.
constexpr const char* kHelpers = R"(
  globalThis.hex = (buffer) => Array.from(new Uint8Array(buffer), (b) => b.toString(16)).join();
  globalThis.exported = async (pair) =>
    hex(await crypto.subtle.exportKey("pkcs8", pair.privateKey ?? pair));
)";

struct Case {
  const char* name;
  const char* script;  // an async function that gives what was drawn, as text
};

constexpr Case kCases[] = {
    {"AES key", R"(async () => hex(await crypto.subtle.exportKey("raw",
        await crypto.subtle.generateKey({name: "AES-GCM", length: 256}, true, ["encrypt"]))))"},
    {"RSA key", R"(async () => exported(await crypto.subtle.generateKey({name: "RSA-PSS",
        modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: "SHA-256"}, true,
        ["sign"])))"},
    {"P-256 key", R"(async () => exported(await crypto.subtle.generateKey(
        {name: "ECDSA", namedCurve: "P-256"}, true, ["sign"])))"},
    {"P-521 key", R"(async () => exported(await crypto.subtle.generateKey(
        {name: "ECDH", namedCurve: "P-521"}, true, ["deriveBits"])))"},
    {"Ed25519 key", R"(async () =>
        exported(await crypto.subtle.generateKey("Ed25519", true, ["sign"])))"},
    {"X25519 key", R"(async () =>
        exported(await crypto.subtle.generateKey("X25519", true, ["deriveBits"])))"},
    {"ECDSA signature", R"(async () => hex(await crypto.subtle.sign(
        {name: "ECDSA", hash: "SHA-256"}, keys.ecdsa.privateKey, new Uint8Array(9))))"},
    {"RSA-PSS signature", R"(async () => hex(await crypto.subtle.sign(
        {name: "RSA-PSS", saltLength: 32}, keys.pss.privateKey, new Uint8Array(9))))"},
    {"RSA-OAEP ciphertext", R"(async () => hex(await crypto.subtle.encrypt(
        "RSA-OAEP", keys.oaep.publicKey, new Uint8Array(9))))"},
};

constexpr const char* kKeys = R"((async () => {
  const rsa = {modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: "SHA-256"};
  globalThis.keys = {
    ecdsa: await crypto.subtle.generateKey({name: "ECDSA", namedCurve: "P-256"}, true, ["sign"]),
    pss: await crypto.subtle.generateKey({name: "RSA-PSS", ...rsa}, true, ["sign"]),
    oaep: await crypto.subtle.generateKey({name: "RSA-OAEP", ...rsa}, true, ["decrypt", "encrypt"]),
  };
})())";

// The result, and what the request draws next.
std::string drawn(TestWorld& world, uint64_t seed, const char* script) {
  world.newRequest(seed);
  return world.eval(std::string("(") + script + ")().then((text) => text + Math.random())");
}

}  // namespace

TEST_CASE("The seed of a request decides what WebCrypto generates, signs and encrypts", "[web]") {
  TestWorld world;
  world.eval(kHelpers);
  world.eval(kKeys);
  for (auto& [name, script] : kCases) {
    INFO(name);
    std::string first = drawn(world, 7, script);
    CHECK(first.size() > 60);
    CHECK(drawn(world, 7, script) == first);
    CHECK(drawn(world, 8, script) != first);
  }
}

// Blinding draws when a key is first used, and again now and then: not from the request, or what a
// request draws would depend on what other requests did with the key.
TEST_CASE("What a key was used for before changes nothing that a request draws", "[web]") {
  TestWorld world;
  world.eval(kHelpers);
  world.eval(kKeys);
  constexpr const char* kSign = R"(async () => hex(await crypto.subtle.sign(
      {name: "RSA-PSS", saltLength: 32}, keys.pss.privateKey, new Uint8Array(9))))";
  std::string fresh = drawn(world, 7, kSign);
  for (int i = 0; i < 40; ++i) drawn(world, 100 + uint64_t(i), kSign);
  CHECK(drawn(world, 7, kSign) == fresh);
}

TEST_CASE("Global scope has no random source for keys; what draws nothing works there", "[web]") {
  TestWorld world;
  world.evalInGlobalScope(R"(
    globalThis.generated = crypto.subtle
      .generateKey({name: "ECDSA", namedCurve: "P-256"}, true, ["sign"])
      .then(() => "made", (error) => error.message);
    globalThis.imported = crypto.subtle
      .importKey("raw", new Uint8Array(16), "AES-GCM", true, ["encrypt"])
      .then((key) => key.algorithm.name);)");
  CHECK(world.eval("generated").starts_with("Disallowed operation called within global scope."));
  CHECK(world.eval("imported") == "AES-GCM");
}

}  // namespace flamesim::web
