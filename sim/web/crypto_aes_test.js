// AES against the vectors of NIST and of the RFCs, and what each mode refuses.
import { assert, assertEquals, assertRejects, assertThrows, fromHex, hex, test } from "./testing.js";

const { subtle } = crypto;
const utf8 = (text) => new TextEncoder().encode(text);

const importAes = (name, key, usages = ["encrypt", "decrypt"]) =>
  subtle.importKey("raw", key, name, true, usages);

// The plaintext of NIST SP 800-38A, appendix F.
const blocks = fromHex(`
  6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51
  30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710`);
const keys = {
  128: fromHex("2b7e151628aed2a6abf7158809cf4f3c"),
  192: fromHex("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b"),
  256: fromHex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),
};

test("AES-CBC (SP 800-38A, F.2.1, F.2.3, F.2.5)", async () => {
  const iv = fromHex("000102030405060708090a0b0c0d0e0f");
  // The standard's ciphertexts; a block of padding follows them.
  const expected = {
    128: `7649abac8119b246cee98e9b12e9197d 5086cb9b507219ee95db113a917678b2
          73bed6b8e3c1743b7116e69e22229516 3ff1caa1681fac09120eca307586e1a7`,
    192: `4f021db243bc633d7178183a9fa071e8 b4d9ada9ad7dedf4e5e738763f69145a
          571b242012fb7ae07fa9baac3df102e0 08b0e27988598881d920a9e64f5615cd`,
    256: `f58c4c04d6e5f1ba779eabfb5f7bfbd6 9cfc4e967edb808d679f777bc6702c7d
          39f23369a9d9bacfa530e26304231461 b2eb05e2c39be9fcda6c19078c6a9d1b`,
  };
  for (const bits of [128, 192, 256]) {
    const key = await importAes("AES-CBC", keys[bits]);
    assertEquals(key.algorithm, { name: "AES-CBC", length: bits });
    const cipher = await subtle.encrypt({ name: "AES-CBC", iv }, key, blocks);
    assertEquals(hex(cipher.slice(0, 64)), hex(fromHex(expected[bits])));
    assertEquals(cipher.byteLength, 80);
    assertEquals(hex(await subtle.decrypt({ name: "aes-cbc", iv }, key, cipher)), hex(blocks));
  }
});

test("AES-CBC pads every length, and refuses what does not fit", async () => {
  const key = await importAes("AES-CBC", keys[256]);
  const algorithm = { name: "AES-CBC", iv: new Uint8Array(16) };
  for (let size = 0; size <= 33; size++) {
    const cipher = await subtle.encrypt(algorithm, key, blocks.subarray(0, size));
    assertEquals(cipher.byteLength, size - (size % 16) + 16);
    assertEquals(hex(await subtle.decrypt(algorithm, key, cipher)), hex(blocks.subarray(0, size)));
  }
  const cipher = await subtle.encrypt(algorithm, key, utf8("a text"));
  const failed = (length, output) =>
    "Decryption failed. This could be due to a ciphertext authentication failure, bad padding, " +
    "incorrect CryptoKey, or another algorithm-specific reason. Input length was " +
    `${length}, output length expected to be ${output} for AES-CBC`;
  const cut = subtle.decrypt(algorithm, key, cipher.slice(0, 15));
  await assertRejects(cut, "OperationError", failed(15, 0));
  await assertRejects(subtle.decrypt(algorithm, key, new Uint8Array()), "OperationError");
  const other = await importAes("AES-CBC", keys[128]);
  await assertRejects(subtle.decrypt(algorithm, other, cipher), "OperationError", failed(16, 0));
  await assertRejects(
    subtle.encrypt({ name: "AES-CBC", iv: new Uint8Array(15) }, key, blocks),
    "OperationError",
    "AES-CBC IV must be 16 bytes long (provided 15 bytes).",
  );
  await assertRejects(
    subtle.encrypt("AES-CBC", key, blocks),
    "TypeError",
    'Missing field "iv" in "algorithm".',
  );
  await assertRejects(subtle.encrypt({ name: "AES-CBC", iv: "iv" }, key, blocks), "TypeError");
});

const initialCounter = fromHex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");

test("AES-CTR (SP 800-38A, F.5.1, F.5.3, F.5.5)", async () => {
  const expected = {
    128: `874d6191b620e3261bef6864990db6ce 9806f66b7970fdff8617187bb9fffdff
          5ae4df3edbd5d35e5b4f09020db03eab 1e031dda2fbe03d1792170a0f3009cee`,
    192: `1abc932417521ca24f2b0459fe7e6e0b 090339ec0aa6faefd5ccc2c6f4ce8e94
          1e36b26bd1ebc670d1bd1d665620abf7 4f78a7f6d29809585a97daec58c6b050`,
    256: `601ec313775789a5b7a7f504bbf3d228 f443e3ca4d62b59aca84e990cacaf5c5
          2b0930daa23de94ce87017ba2d84988d dfc9c58db67aada613c2dd08457941a6`,
  };
  for (const bits of [128, 192, 256]) {
    const key = await importAes("AES-CTR", keys[bits]);
    const algorithm = { name: "AES-CTR", counter: initialCounter, length: 64 };
    const cipher = await subtle.encrypt(algorithm, key, blocks);
    assertEquals(hex(cipher), hex(fromHex(expected[bits])));
    assertEquals(hex(await subtle.decrypt(algorithm, key, cipher)), hex(blocks));
    const part = await subtle.encrypt(algorithm, key, blocks.subarray(0, 20));
    assertEquals(hex(part), hex(cipher.slice(0, 20)));
  }
});

// One block under a counter block, by itself.
async function oneBlock(key, counter, data) {
  return hex(await subtle.encrypt({ name: "AES-CTR", counter, length: 128 }, key, data));
}

test("an AES-CTR counter wraps within its bits", async () => {
  const key = await importAes("AES-CTR", keys[128]);
  const zeros = new Uint8Array(48);
  const blockWith = async (digits) => oneBlock(key, fromHex(digits), zeros.subarray(0, 16));
  for (const [length, start, wrapped, after] of [
    [8, "000102030405060708090a0b0c0d0eff", "000102030405060708090a0b0c0d0e00", 1],
    [4, "000102030405060708090a0b0c0d0eaf", "000102030405060708090a0b0c0d0ea0", 1],
    [128, "ffffffffffffffffffffffffffffffff", "00000000000000000000000000000000", 1],
    [127, "ffffffffffffffffffffffffffffffff", "80000000000000000000000000000000", 1],
  ]) {
    const counter = fromHex(start);
    const cipher = hex(await subtle.encrypt({ name: "AES-CTR", counter, length }, key, zeros));
    assertEquals(cipher.slice(0, 32), await blockWith(start));
    assertEquals(cipher.slice(32, 64), await blockWith(wrapped));
    const next = fromHex(wrapped);
    next[15] += after;
    assertEquals(cipher.slice(64), await oneBlock(key, next, zeros.subarray(0, 16)));
    assertEquals(hex(counter), start, "the counter is the worker's");
  }
});

test("AES-CTR refuses counters that repeat or have the wrong size", async () => {
  const key = await importAes("AES-CTR", keys[128]);
  const encrypt = (algorithm, size = 16) =>
    subtle.encrypt({ name: "AES-CTR", ...algorithm }, key, new Uint8Array(size));
  const counter = new Uint8Array(16);
  assertEquals((await encrypt({ counter, length: 1 }, 32)).byteLength, 32);
  assertEquals((await encrypt({ counter, length: 1 }, 0)).byteLength, 0);
  await assertRejects(
    encrypt({ counter, length: 1 }, 33),
    "OperationError",
    "Counter block values will repeat.",
  );
  for (const length of [0, 129, -1]) {
    await assertRejects(
      encrypt({ counter, length }),
      "OperationError",
      `Invalid counter of ${length} bits length provided.`,
    );
  }
  await assertRejects(
    encrypt({ counter: new Uint8Array(15), length: 64 }),
    "OperationError",
    "Counter must have length of 16 bytes (provided 15).",
  );
  await assertRejects(
    encrypt({ length: 64 }),
    "TypeError",
    'Missing "counter" member in "algorithm".',
  );
  await assertRejects(encrypt({ counter }), "TypeError", 'Missing "length" member in "algorithm".');
});

// "The Galois/Counter Mode of Operation (GCM)", McGrew and Viega, appendix B.
const gcmPlain = `d9313225f88406e5a55909c5aff5269a 86a7a9531534f7da2e4c303d8a318a72
  1c3c0c95956809532fcf0e2449a6b525 b16aedf5aa0de657ba637b39`;
const gcmAdditional = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
const gcmIv = "cafebabefacedbaddecaf888";
const gcmKey = "feffe9928665731c6d6a8f9467308308";
const gcmCases = [
  ["1", "0".repeat(32), "0".repeat(24), "", "", "58e2fccefa7e3061367f1d57a4e7455a"],
  [
    "2",
    "0".repeat(32),
    "0".repeat(24),
    "0".repeat(32),
    "",
    "0388dace60b6a392f328c2b971b2fe78 ab6e47d42cec13bdf53a67b21257bddf",
  ],
  [
    "4",
    gcmKey,
    gcmIv,
    gcmPlain,
    gcmAdditional,
    `42831ec2217774244b7221b784d0d49c e3aa212f2c02a4e035c17e2329aca12e
     21d514b25466931c7d8f6a5aac84aa05 1ba30b396a0aac973d58e091 5bc94fbc3221a5db94fae95ae7121a47`,
  ],
  [
    "5",
    gcmKey,
    "cafebabefacedbad",
    gcmPlain,
    gcmAdditional,
    `61353b4c2806934a777ff51fa22a4755 699b2a714fcdc6f83766e5f97b6c7423
     73806900e49f24b22b097544d4896b42 4989b5e1ebac0f07c23f4598 3612d2e79e3b0785561be14aaca2fccb`,
  ],
  [
    "16",
    gcmKey + gcmKey,
    gcmIv,
    gcmPlain,
    gcmAdditional,
    `522dc1f099567d07f47f37a32a84427d 643a8cdcbfe5c0c97598a2bd2555d1aa
     8cb08e48590dbb3da7b08b1056828838 c5f61e6393ba7a0abcc9f662 76fc6ece0f4e1768cddf8853bb2d551b`,
  ],
];

for (const [number, keyDigits, iv, plain, additional, expected] of gcmCases) {
  test(`AES-GCM, test case ${number}`, async () => {
    const key = await importAes("AES-GCM", fromHex(keyDigits));
    const algorithm = { name: "AES-GCM", iv: fromHex(iv), additionalData: fromHex(additional) };
    const cipher = await subtle.encrypt(algorithm, key, fromHex(plain));
    assertEquals(hex(cipher), hex(fromHex(expected)));
    assertEquals(hex(await subtle.decrypt(algorithm, key, cipher)), hex(fromHex(plain)));
  });
}

test("AES-GCM tags: each length, and what was changed", async () => {
  const key = await importAes("AES-GCM", fromHex(gcmKey));
  const iv = fromHex(gcmIv);
  const data = utf8("to be sealed");
  const whole = hex(await subtle.encrypt({ name: "AES-GCM", iv }, key, data));
  for (const tagLength of [32, 64, 96, 104, 112, 120, 128]) {
    const algorithm = { name: "AES-GCM", iv, tagLength };
    const cipher = await subtle.encrypt(algorithm, key, data);
    assertEquals(hex(cipher), whole.slice(0, 2 * (data.length + tagLength / 8)));
    assertEquals(hex(await subtle.decrypt(algorithm, key, cipher)), hex(data));
    for (const position of [0, data.length - 1, data.length, cipher.byteLength - 1]) {
      const changed = new Uint8Array(cipher.slice(0));
      changed[position] ^= 1;
      await assertRejects(
        subtle.decrypt(algorithm, key, changed),
        "OperationError",
        /^Decryption failed\. .* Input length was 12, output length expected to be 12 for AES-GCM$/,
      );
    }
    const otherwise = { ...algorithm, additionalData: utf8("x") };
    await assertRejects(subtle.decrypt(otherwise, key, cipher), "OperationError");
  }
});

test("AES-GCM refuses other tag lengths, empty IVs and what is shorter than a tag", async () => {
  const key = await importAes("AES-GCM", fromHex(gcmKey));
  const iv = fromHex(gcmIv);
  for (const method of ["encrypt", "decrypt"]) {
    const run = (algorithm, size = 32) =>
      subtle[method]({ name: "AES-GCM", ...algorithm }, key, new Uint8Array(size));
    await assertRejects(
      run({ iv, tagLength: 127 }),
      "OperationError",
      "Invalid AES-GCM tag length 127.",
    );
    await assertRejects(
      run({ iv: new ArrayBuffer(0) }),
      "OperationError",
      "AES-GCM IV must not be empty.",
    );
    await assertRejects(run({}), "TypeError", 'Missing field "iv" in "algorithm".');
    await assertRejects(
      run({ iv, tagLength: NaN }),
      "OperationError",
      "Invalid AES-GCM tag length 0.",
    );
    await assertRejects(
      run({ iv, additionalData: "text" }),
      "TypeError",
      "Incorrect type for the 'additionalData' field on 'EncryptAlgorithm': the provided value is " +
        "not of type 'BufferSource'.",
    );
  }
  await assertRejects(
    subtle.decrypt({ name: "AES-GCM", iv }, key, new Uint8Array(15)),
    "OperationError",
    "Ciphertext length of 120 bits must be greater than or equal to the size of the AES-GCM tag " +
      "length of 128 bits.",
  );
});

test("AES-GCM IVs of other lengths", async () => {
  const key = await importAes("AES-GCM", fromHex(gcmKey));
  const seen = new Set();
  for (const size of [1, 7, 12, 16, 60, 128]) {
    const algorithm = { name: "AES-GCM", iv: new Uint8Array(size).fill(1) };
    const cipher = await subtle.encrypt(algorithm, key, blocks);
    seen.add(hex(cipher));
    assertEquals(hex(await subtle.decrypt(algorithm, key, cipher)), hex(blocks));
  }
  assertEquals(seen.size, 6);
});

test("AES-GCM IVs that OpenSSL does not take", async () => {
  const key = await importAes("AES-GCM", fromHex(gcmKey));
  const tooLong = { name: "AES-GCM", iv: new Uint8Array(129) };
  await assertRejects(subtle.encrypt(tooLong, key, blocks), "OperationError");
});

// RFC 3394, section 4.
const wrapKeys = {
  128: "000102030405060708090a0b0c0d0e0f",
  192: "000102030405060708090a0b0c0d0e0f1011121314151617",
  256: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
};
for (const [section, bits, data, expected] of [
  [
    "4.1",
    128,
    "00112233445566778899aabbccddeeff",
    "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5",
  ],
  [
    "4.2",
    192,
    "00112233445566778899aabbccddeeff",
    "96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d",
  ],
  [
    "4.3",
    256,
    "00112233445566778899aabbccddeeff",
    "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7",
  ],
  [
    "4.6",
    256,
    "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f",
    "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
  ],
]) {
  test(`AES-KW (RFC 3394, section ${section})`, async () => {
    const wrapping = await importAes("AES-KW", fromHex(wrapKeys[bits]), ["wrapKey", "unwrapKey"]);
    const key = await importAes("AES-GCM", fromHex(data));
    const wrapped = await subtle.wrapKey("raw", key, wrapping, "AES-KW");
    assertEquals(hex(wrapped), expected);
    const again = await subtle.unwrapKey("raw", wrapped, wrapping, "AES-KW", "AES-GCM", true, [
      "encrypt",
    ]);
    assertEquals(hex(await subtle.exportKey("raw", again)), data);
    new Uint8Array(wrapped)[3] ^= 1;
    await assertRejects(
      subtle.unwrapKey("raw", wrapped, wrapping, "AES-KW", "AES-GCM", true, ["encrypt"]),
      "OperationError",
      "AES-KW key unwrapping failed.",
    );
  });
}

test("AES-KW refuses keys that are no blocks", async () => {
  const wrapping = await importAes("AES-KW", keys[128], ["wrapKey", "unwrapKey"]);
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const wrap = async (size) => {
    const key = await subtle.importKey("raw", new Uint8Array(size), hmac, true, ["sign"]);
    return subtle.wrapKey("raw", key, wrapping, "AES-KW");
  };
  await assertRejects(
    wrap(17),
    "OperationError",
    "Unwrapped key bit length must be a multiple of 64 bits but unwrapped key has a length of " +
      "136 bits.",
  );
  await assertRejects(wrap(8), "OperationError", /^Unwrapped key has length 8 bytes but/);
  const unwrap = (size) =>
    subtle.unwrapKey("raw", new Uint8Array(size), wrapping, "AES-KW", hmac, true, ["sign"]);
  await assertRejects(
    unwrap(23),
    "OperationError",
    /184 bits which isn't a multiple of 64 bits\.$/,
  );
  await assertRejects(unwrap(16), "OperationError", /minimal length of 192 bits\.$/);
});

test("AES keys: generated, exported, imported, in every mode and length", async () => {
  for (const name of ["AES-CBC", "AES-CTR", "AES-GCM", "AES-KW"]) {
    const usages = name === "AES-KW" ? ["wrapKey", "unwrapKey"] : ["encrypt", "decrypt"];
    for (const length of [128, 192, 256]) {
      const key = await subtle.generateKey({ name, length }, true, usages);
      assertEquals([key.type, key.extractable, key.usages], ["secret", true, usages]);
      assertEquals(key.algorithm, { name, length });
      const raw = hex(await subtle.exportKey("raw", key));
      assertEquals(raw.length, length / 4);
      const jwk = await subtle.exportKey("jwk", key);
      assertEquals([jwk.kty, jwk.alg, jwk.ext], ["oct", `A${length}${name.slice(4)}`, true]);
      assertEquals(jwk.key_ops, usages);
      const again = await subtle.importKey("jwk", jwk, name, true, usages);
      assertEquals(hex(await subtle.exportKey("raw", again)), raw);
      const other = await subtle.generateKey({ name, length }, true, usages);
      assert(hex(await subtle.exportKey("raw", other)) !== raw);
    }
    await assertRejects(
      subtle.generateKey({ name, length: 129 }, true, usages),
      "OperationError",
      "Generated AES key length must be 128, 192, or 256 bits but requested 129.",
    );
    await assertRejects(
      subtle.generateKey(name, true, usages),
      "TypeError",
      'Missing field "length" in "algorithm".',
    );
    await assertRejects(
      subtle.generateKey({ name, length: 128 }, true, []),
      "SyntaxError",
      "Secret/private CryptoKeys must have at least one usage.",
    );
    await assertRejects(
      subtle.generateKey({ name, length: 128 }, true, ["sign"]),
      "SyntaxError",
      `Attempt to generate ${name} key with invalid usage "sign".`,
    );
    await assertRejects(
      subtle.importKey("raw", new Uint8Array(15), name, true, usages),
      "DataError",
      "Imported AES key length must be 128, 192, or 256 bits but provided 120.",
    );
    for (const format of ["spki", "pkcs8"]) {
      await assertRejects(
        subtle.importKey(format, new Uint8Array(16), name, true, usages),
        "NotSupportedError",
        `Unrecognized key import format "${format}".`,
      );
    }
  }
});

test("AES keys as JSON Web Keys, and what is refused", async () => {
  const jwk = { kty: "oct", k: "K34VFiiu0qar9xWICc9PPA" };
  const read = (changes, usages = ["encrypt"], extractable = true) =>
    subtle.importKey("jwk", { ...jwk, ...changes }, "AES-GCM", extractable, usages);
  assertEquals(hex(await subtle.exportKey("raw", await read({}))), hex(keys[128]));
  await assertRejects(read({ kty: "RSA" }), "DataError", /equal to "oct" \(encountered "RSA"\)\.$/);
  await assertRejects(read({ kty: undefined }), "DataError", /encountered "undefined"\)\.$/);
  await assertRejects(read({ k: undefined }), "DataError", /requires a base64Url encoding/);
  await assertRejects(read({ k: "!" }), "DataError", /requires a base64Url encoding/);
  await assertRejects(read({ k: "AAAA" }), "DataError", /but provided 24\.$/);
  await assertRejects(
    read({ alg: "A128CBC" }),
    "DataError",
    'Symmetric "jwk" key contains invalid "alg" value "A128CBC", expected "A128GCM".',
  );
  await assertRejects(read({ use: "sig" }), "DataError", /"use" of "enc", not "sig"/);
  await assertRejects(read({ key_ops: ["decrypt"] }), "DataError", /missing usage "encrypt"/);
  await assertRejects(
    read({ key_ops: ["encrypt", "decrypt", "encrypt"] }),
    "DataError",
    /duplicate value "encrypt"/,
  );
  await assertRejects(
    read({ ext: false }),
    "DataError",
    'JWK ext field for "AES-GCM" is set to false but extractable is true',
  );
  const hidden = await read({ ext: false, alg: "A128GCM", use: "enc" }, ["encrypt"], false);
  assertEquals(hidden.extractable, false);
  await assertRejects(
    subtle.exportKey("jwk", hidden),
    "InvalidAccessError",
    "Attempt to export non-extractable AES-GCM key.",
  );
  await assertRejects(
    subtle.importKey("jwk", keys[128], "AES-GCM", true, ["encrypt"]),
    "TypeError",
    'Import data provided for "jwk" import format must be a JsonWebKey.',
  );
  await assertRejects(
    subtle.importKey("raw", jwk, "AES-GCM", true, ["encrypt"]),
    "TypeError",
    "Import data provided for buffer-based import formats must be a buffer source.",
  );
});

test("what a key was not made for", async () => {
  const iv = new Uint8Array(16);
  const key = await importAes("AES-CBC", keys[128], ["decrypt"]);
  await assertRejects(
    subtle.encrypt({ name: "AES-CBC", iv }, key, blocks),
    "InvalidAccessError",
    'Requested key usage "encrypt" does not match any usage listed in this CryptoKey.',
  );
  await assertRejects(
    subtle.decrypt({ name: "AES-GCM", iv }, key, blocks),
    "InvalidAccessError",
    'Requested algorithm "AES-GCM" does not match this CryptoKey\'s algorithm "AES-CBC".',
  );
  await assertRejects(
    subtle.exportKey("spki", key),
    "NotSupportedError",
    'AES-CBC key only supports exporting "raw", "raw-secret" & "jwk", not "spki".',
  );
  await assertRejects(
    subtle.encrypt({ name: "AES-CBC", iv }, {}, blocks),
    "TypeError",
    "Failed to execute 'encrypt' on 'SubtleCrypto': parameter 2 is not of type 'CryptoKey'.",
  );
  await assertRejects(subtle.encrypt({ name: "AES-CBC", iv }, key), "TypeError");
});

test("what a script does to a key's description changes no key", async () => {
  const key = await importAes("AES-CBC", keys[128], ["decrypt"]);
  assertEquals(Object.keys(key), ["usages", "algorithm", "extractable", "type"]);
  key.algorithm.name = "AES-GCM";
  key.usages.push("encrypt");
  assertEquals([key.algorithm.name, key.usages], ["AES-GCM", ["decrypt", "encrypt"]]);
  assertThrows(() => (key.usages = ["encrypt"]), "TypeError");
  const iv = new Uint8Array(16);
  await assertRejects(subtle.encrypt({ name: "AES-CBC", iv }, key, blocks), "InvalidAccessError",
    'Requested key usage "encrypt" does not match any usage listed in this CryptoKey.');
  await assertRejects(subtle.decrypt({ name: "AES-GCM", iv }, key, blocks), "InvalidAccessError",
    'Requested algorithm "AES-GCM" does not match this CryptoKey\'s algorithm "AES-CBC".');
});
