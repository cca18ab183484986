// Digests of what is sent, as it arrives, on @noble/hashes.
import { argon2id } from "@noble/hashes/argon2.js";
import { blake2b, blake2s } from "@noble/hashes/blake2.js";
import { blake3 } from "@noble/hashes/blake3.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { md5, ripemd160, sha1 } from "@noble/hashes/legacy.js";
import { pbkdf2Async } from "@noble/hashes/pbkdf2.js";
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { keccak_256, sha3_256, shake128 } from "@noble/hashes/sha3.js";
import { bytesToHex, hexToBytes, randomBytes } from "@noble/hashes/utils.js";

const digests = { sha1, sha256, sha384, sha512, sha3_256, keccak_256, shake128, blake2b, blake2s,
  blake3, md5, ripemd160 };

const passwords = {
  pbkdf2: (password, salt) => pbkdf2Async(sha256, password, salt, { c: 1000, dkLen: 32 }),
  scrypt: (password, salt) => scryptAsync(password, salt, { N: 1024, r: 8, p: 1, dkLen: 32 }),
  argon2id: (password, salt) => argon2id(password, salt, { t: 1, m: 256, p: 1 }),
  hkdf: (password, salt) => hkdf(sha256, password, salt, new TextEncoder().encode("example"), 32),
};

async function digest(hash, body) {
  for await (const chunk of body ?? []) hash.update(chunk);
  return new Response(bytesToHex(hash.digest()));
}

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const [, kind, name] = pathname.split("/");
    if (kind === "digest" && Object.hasOwn(digests, name)) {
      return digest(digests[name].create(), request.body);
    }
    if (kind === "hmac" && Object.hasOwn(digests, name)) {
      const key = new TextEncoder().encode(searchParams.get("key") ?? "");
      return digest(hmac.create(digests[name], key), request.body);
    }
    if (kind === "password" && Object.hasOwn(passwords, name)) {
      const given = searchParams.get("salt");
      const salt = given ? hexToBytes(given) : randomBytes(16);
      const password = new TextEncoder().encode(await request.text());
      const key = await passwords[name](password, salt);
      return Response.json({ salt: bytesToHex(salt), key: bytesToHex(key) });
    }
    return new Response("no such digest\n", { status: 404 });
  },
};
