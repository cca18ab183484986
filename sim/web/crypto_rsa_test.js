// RSA against the examples of JOSE, its keys in every format, and what is refused.
import { assert, assertEquals, assertRejects, fromBase64Url, hex, test } from "./testing.js";

const { subtle } = crypto;
const utf8 = (text) => new TextEncoder().encode(text);

// RFC 7515, appendix A.2.1.
const rsaJwk = {
  kty: "RSA",
  n: "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
  e: "AQAB",
  d: "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
  p: "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
  q: "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
  dp: "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0",
  dq: "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU",
  qi: "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U",
};
const publicOf = ({ kty, n, e }) => ({ kty, n, e });
const withoutPrimes = ({ kty, n, e, d }) => ({ kty, n, e, d });

const importJwk = (jwk, name, usages, hash = "SHA-256") =>
  subtle.importKey("jwk", jwk, { name, hash }, true, usages);
const pkcs1 = "RSASSA-PKCS1-v1_5";

test("RS256 (RFC 7515, appendix A.2)", async () => {
  const input = utf8(
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
  );
  const expected = fromBase64Url(
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
  );
  for (const jwk of [rsaJwk, withoutPrimes(rsaJwk)]) {
    const key = await importJwk(jwk, pkcs1, ["sign"]);
    assertEquals(hex(await subtle.sign(pkcs1, key, input)), hex(expected));
  }
  const key = await importJwk(publicOf(rsaJwk), pkcs1, ["verify"]);
  assertEquals(key.algorithm, {
    name: pkcs1,
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: { name: "SHA-256" },
  });
  assertEquals(await subtle.verify("rsassa-pkcs1-v1_5", key, expected, input), true);
  assertEquals(await subtle.verify(pkcs1, key, expected, utf8("other")), false);
  assertEquals(await subtle.verify(pkcs1, key, expected.subarray(1), input), false);
  assertEquals(await subtle.verify(pkcs1, key, new Uint8Array(), input), false);
  expected[100] ^= 1;
  assertEquals(await subtle.verify(pkcs1, key, expected, input), false);
});

test("PS384 (RFC 7520, section 4.2)", async () => {
  const jwk = {
    kty: "RSA",
    n: "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw",
    e: "AQAB",
  };
  const input = utf8(
    "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4",
  );
  const signature = fromBase64Url(
    "cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw",
  );
  const key = await importJwk(jwk, "RSA-PSS", ["verify"], "SHA-384");
  const verify = (saltLength, data = input) =>
    subtle.verify({ name: "RSA-PSS", saltLength }, key, signature, data);
  assertEquals(await verify(48), true);
  assertEquals(await verify(32), false);
  assertEquals(await verify(48, utf8("other")), false);
});

test("RSA-OAEP (RFC 7516, appendix A.1)", async () => {
  const jwk = {
    kty: "RSA",
    n: "oahUIoWw0K0usKNuOR6H4wkf4oBUXHTxRvgb48E-BVvxkeDNjbC4he8rUWcJoZmds2h7M70imEVhRU5djINXtqllXI4DFqcI1DgjT9LewND8MW2Krf3Spsk_ZkoFnilakGygTwpZ3uesH-PFABNIUYpOiN15dsQRkgr0vEhxN92i2asbOenSZeyaxziK72UwxrrKoExv6kc5twXTq4h-QChLOln0_mtUZwfsRaMStPs6mS6XrgxnxbWhojf663tuEQueGC-FCMfra36C9knDFGzKsNa7LZK2djYgyD3JR_MB_4NUJW_TqOQtwHYbxevoJArm-L5StowjzGy-_bq6Gw",
    e: "AQAB",
    d: "kLdtIj6GbDks_ApCSTYQtelcNttlKiOyPzMrXHeI-yk1F7-kpDxY4-WY5NWV5KntaEeXS1j82E375xxhWMHXyvjYecPT9fpwR_M9gV8n9Hrh2anTpTD93Dt62ypW3yDsJzBnTnrYu1iwWRgBKrEYY46qAZIrA2xAwnm2X7uGR1hghkqDp0Vqj3kbSCz1XyfCs6_LehBwtxHIyh8Ripy40p24moOAbgxVw3rxT_vlt3UVe4WO3JkJOzlpUf-KTVI2Ptgm-dARxTEtE-id-4OJr0h-K-VFs3VSndVTIznSxfyrj8ILL6MG_Uv8YAu7VILSB3lOW085-4qE3DzgrTjgyQ",
    p: "1r52Xk46c-LsfB5P442p7atdPUrxQSy4mti_tZI3Mgf2EuFVbUoDBvaRQ-SWxkbkmoEzL7JXroSBjSrK3YIQgYdMgyAEPTPjXv_hI2_1eTSPVZfzL0lffNn03IXqWF5MDFuoUYE0hzb2vhrlN_rKrbfDIwUbTrjjgieRbwC6Cl0",
    q: "wLb35x7hmQWZsWJmB_vle87ihgZ19S8lBEROLIsZG4ayZVe9Hi9gDVCOBmUDdaDYVTSNx_8Fyw1YYa9XGrGnDew00J28cRUoeBB_jKI1oma0Orv1T9aXIWxKwd4gvxFImOWr3QRL9KEBRzk2RatUBnmDZJTIAfwTs0g68UZHvtc",
    dp: "ZK-YwE7diUh0qR1tR7w8WHtolDx3MZ_OTowiFvgfeQ3SiresXjm9gZ5KLhMXvo-uz-KUJWDxS5pFQ_M0evdo1dKiRTjVw_x4NyqyXPM5nULPkcpU827rnpZzAJKpdhWAgqrXGKAECQH0Xt4taznjnd_zVpAmZZq60WPMBMfKcuE",
    dq: "Dq0gfgJ1DdFGXiLvQEZnuKEN0UUmsJBxkjydc3j4ZYdBiMRAy86x0vHCjywcMlYYg4yoC4YZa9hNVcsjqA3FeiL19rk8g6Qn29Tt0cj8qqyFpz9vNDBUfCAiJVeESOjJDZPYHdHY8v1b-o-Z2X5tvLx-TCekf7oxyeKDUqKWjis",
    qi: "VIMpMYbPf47dT1w_zDUXfPimsSegnMOA1zTaX7aGk_8urY6R8-ZW1FxU7AlWAyLWybqq6t16VFd7hQd0y6flUK4SlOydB61gwanOsXGOAOv82cHq0E3eL4HrtZkUuKvnPrMnsUUFlfUdybVzxyjz9JF_XyaY14ardLSjf4L_FNY",
  };
  const encrypted = fromBase64Url(
    "OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOMTYUmKoTCVJRgckCL9kiMT03JGeipsEdY3mx_etLbbWSrFr05kLzcSr4qKAq7YN7e9jwQRb23nfa6c9d-StnImGyFDbSv04uVuxIp5Zms1gNxKKK2Da14B8S4rzVRltdYwam_lDp5XnZAYpQdb76FdIKLaVmqgfwX7XWRxv2322i-vDxRfqNzo_tETKzpVLzfiwQyeyPGLBIO56YJ7eObdv0je81860ppamavo35UgoRdbYaBcoh9QcfylQr66oc6vFWXRcZ_ZT2LawVCWTIy3brGPi6UklfCpIMfIjf7iGdXKHzg",
  );
  const contentKey = Uint8Array.of(
    ...[177, 161, 244, 128, 84, 143, 225, 115, 63, 180, 3, 255, 107, 154, 212, 246],
    ...[138, 7, 110, 91, 112, 46, 34, 105, 47, 130, 203, 46, 122, 234, 64, 252],
  );
  const key = await importJwk(jwk, "RSA-OAEP", ["decrypt", "unwrapKey"], "SHA-1");
  assertEquals(hex(await subtle.decrypt("RSA-OAEP", key, encrypted)), hex(contentKey));
  const unwrapped = await subtle.unwrapKey(
    "raw",
    encrypted,
    key,
    "RSA-OAEP",
    { name: "AES-GCM" },
    true,
    ["decrypt"],
  );
  assertEquals(hex(await subtle.exportKey("raw", unwrapped)), hex(contentKey));
  encrypted[7] ^= 1;
  await assertRejects(
    subtle.decrypt("RSA-OAEP", key, encrypted),
    "OperationError",
    "RSA-OAEP failed encrypt/decrypt.",
  );
});

const algorithms = [
  { name: pkcs1, usages: ["sign", "verify"], prefix: "RS" },
  { name: "RSA-PSS", usages: ["sign", "verify"], prefix: "PS" },
  {
    name: "RSA-OAEP",
    usages: ["encrypt", "decrypt", "wrapKey", "unwrapKey"],
    prefix: "RSA-OAEP-",
  },
];

// That the two belong together.
async function use(name, publicKey, privateKey) {
  const data = utf8("some data");
  if (name === "RSA-OAEP") {
    const label = utf8("label");
    const cipher = await subtle.encrypt({ name, label }, publicKey, data);
    assertEquals(hex(await subtle.decrypt({ name, label }, privateKey, cipher)), hex(data));
    await assertRejects(subtle.decrypt({ name }, privateKey, cipher), "OperationError");
    return;
  }
  const algorithm = { name, saltLength: 20 };
  const signature = await subtle.sign(algorithm, privateKey, data);
  assertEquals(signature.byteLength, 256);
  assertEquals(await subtle.verify(algorithm, publicKey, signature, data), true);
  assertEquals(await subtle.verify(algorithm, publicKey, signature, utf8("other")), false);
}

for (const { name, usages, prefix } of algorithms) {
  test(`${name}: keys in every format, with every digest`, async () => {
    const forPublic = usages.filter((usage) => /^(encrypt|verify|wrapKey)$/.test(usage));
    const forPrivate = usages.filter((usage) => !forPublic.includes(usage));
    for (const hash of ["SHA-1", "SHA-256", "SHA-384", "SHA-512"]) {
      const algorithm = { name, hash };
      let privateKey = await subtle.importKey("jwk", rsaJwk, algorithm, true, forPrivate);
      let publicKey = await subtle.importKey("jwk", publicOf(rsaJwk), algorithm, true, forPublic);
      assertEquals([privateKey.type, privateKey.usages], ["private", forPrivate]);
      assertEquals([publicKey.type, publicKey.usages], ["public", forPublic]);

      const pkcs8 = await subtle.exportKey("pkcs8", privateKey);
      const spki = await subtle.exportKey("spki", publicKey);
      privateKey = await subtle.importKey("pkcs8", pkcs8, algorithm, true, forPrivate);
      publicKey = await subtle.importKey("spki", spki, algorithm, true, forPublic);
      const jwk = await subtle.exportKey("jwk", privateKey);
      for (const part of ["n", "e", "d", "p", "q", "dp", "dq", "qi"]) {
        assertEquals(jwk[part], rsaJwk[part], part);
      }
      const alg = name === "RSA-OAEP" && hash === "SHA-1" ? name : prefix + hash.slice(4);
      assertEquals([jwk.alg, jwk.ext, jwk.key_ops], [alg, true, forPrivate]);
      const publicJwk = await subtle.exportKey("jwk", publicKey);
      assertEquals(Object.keys(JSON.parse(JSON.stringify(publicJwk))),
        ["kty", "key_ops", "alg", "ext", "n", "e"]);
      await use(name, publicKey, privateKey);

      await assertRejects(
        subtle.exportKey("raw", publicKey),
        "InvalidAccessError",
        `Cannot export "${name}" in "raw" format.`,
      );
      await assertRejects(
        subtle.exportKey("spki", privateKey),
        "InvalidAccessError",
        'Asymmetric spki export requires public key (not "private").',
      );
      await assertRejects(
        subtle.exportKey("pkcs8", publicKey),
        "InvalidAccessError",
        'Asymmetric pkcs8 export requires private key (not "public").',
      );
    }
  });

  test(`${name}: generated keys`, async () => {
    const publicExponent = Uint8Array.of(1, 0, 1);
    const algorithm = { name, modulusLength: 2048, publicExponent, hash: "SHA-256" };
    const { publicKey, privateKey } = await subtle.generateKey(algorithm, false, usages);
    assertEquals([publicKey.type, privateKey.type], ["public", "private"]);
    assertEquals([publicKey.extractable, privateKey.extractable], [true, false]);
    assertEquals(privateKey.algorithm, {
      name,
      modulusLength: 2048,
      publicExponent,
      hash: { name: "SHA-256" },
    });
    publicExponent[0] = 9;
    assertEquals(privateKey.algorithm.publicExponent, Uint8Array.of(1, 0, 1));
    assertEquals([...publicKey.usages, ...privateKey.usages].sort(), [...usages].sort());
    await use(name, publicKey, privateKey);
    await assertRejects(
      subtle.exportKey("jwk", privateKey),
      "InvalidAccessError",
      `Attempt to export non-extractable ${name} key.`,
    );
  });
}

test("RSA keys that are not generated", async () => {
  const whole = {
    name: pkcs1,
    modulusLength: 1024,
    publicExponent: Uint8Array.of(3),
    hash: "SHA-1",
  };
  const generate = (changes, usages = ["sign"]) =>
    subtle.generateKey({ ...whole, ...changes }, true, usages);
  assertEquals((await generate({})).publicKey.algorithm.publicExponent, Uint8Array.of(3));
  for (const field of ["modulusLength", "publicExponent", "hash"]) {
    await assertRejects(
      generate({ [field]: undefined }),
      "TypeError",
      `Missing field "${field}" in "algorithm".`,
    );
  }
  await assertRejects(
    generate({ publicExponent: Uint8Array.of(1) }),
    "OperationError",
    'The "publicExponent" must be either 3 or 65537, but got 1.',
  );
  await assertRejects(
    generate({ publicExponent: Uint8Array.of(1, 0, 0, 0, 0) }),
    "OperationError",
    'The "publicExponent" must be either 3 or 65537, but got a number larger than 2^32.',
  );
  for (const bits of [255, 248, 16392]) {
    await assertRejects(
      generate({ modulusLength: bits }),
      "OperationError",
      `The modulus length must be a multiple of 8 and between 256 and 16k, but ${bits} was ` +
        "requested.",
    );
  }
  await assertRejects(
    generate({ modulusLength: 1032 }),
    "OperationError",
    "Can't generate key: RSA key size is required to be a multiple of 128",
  );
  await assertRejects(
    generate({ modulusLength: 0 }),
    "OperationError",
    "modulusLength must be greater than zero (requested 0).",
  );
  await assertRejects(
    generate({}, ["verify"]),
    "SyntaxError",
    "Attempt to generate asymmetric keys with no valid private key usages.",
  );
  await assertRejects(
    generate({}, ["encrypt"]),
    "SyntaxError",
    `Attempt to generate ${pkcs1} key with invalid usage "encrypt".`,
  );
});

test("RSA keys that are not imported", async () => {
  const read = (changes, usages = ["sign"], extractable = true, name = pkcs1) =>
    subtle.importKey(
      "jwk",
      { ...rsaJwk, ...changes },
      { name, hash: "SHA-256" },
      extractable,
      usages,
    );
  assertEquals((await read({ alg: "RS256", use: "sig", key_ops: ["sign"] })).type, "private");
  await assertRejects(read({ kty: "EC" }), "DataError", /"kty" \("EC"\) equal to "RSA"\.$/);
  await assertRejects(
    read({ n: undefined }),
    "DataError",
    'Invalid RSA key in JSON Web Key; missing or invalid Modulus parameter ("n").',
  );
  await assertRejects(
    read({ e: "!" }),
    "DataError",
    'Invalid RSA key in JSON Web Key; missing or invalid Exponent parameter ("e").',
  );
  await assertRejects(read({ dq: undefined }), "DataError", /then they must all be present/);
  await assertRejects(read({ qi: "!" }), "DataError", /CRT Coefficient parameter \("qi"\)\.$/);
  await assertRejects(
    read({ oth: [] }),
    "NotSupportedError",
    "Multi-prime private keys not supported.",
  );
  await assertRejects(
    read({ alg: "HS256" }),
    "NotSupportedError",
    'Unrecognized or unimplemented algorithm "HS256" listed in JSON Web Key Algorithm parameter.',
  );
  await assertRejects(read({ alg: "RS512" }), "DataError", /does not match requested hash/);
  await assertRejects(read({ use: "enc" }), "DataError", /parameter "use" \("enc"\)/);
  await assertRejects(read({ key_ops: ["verify"] }), "DataError", /^All specified key usages/);
  await assertRejects(
    read({ key_ops: ["sign", "sign"] }),
    "DataError",
    /not contain duplicates\.$/,
  );
  await assertRejects(
    read({ use: "sig", key_ops: ["sign", "decrypt"] }),
    "DataError",
    /would allow a Key Operations array with only "sign" and\/or "verify" values \(not "decrypt"\)/,
  );
  await assertRejects(read({ key_ops: "sign" }), "TypeError");
  await assertRejects(read({ ext: false }), "DataError");
  await assertRejects(
    read({}, ["verify"]),
    "SyntaxError",
    `Attempt to import private ${pkcs1} key with invalid usage "verify".`,
  );
  await assertRejects(
    read({ d: undefined }, ["sign"]),
    "SyntaxError",
    `Attempt to import public ${pkcs1} key with invalid usage "sign".`,
  );
  await assertRejects(
    read({}, []),
    "SyntaxError",
    "Secret/private CryptoKeys must have at least one usage.",
  );
  assertEquals((await importJwk(publicOf(rsaJwk), pkcs1, [])).usages, []);
  await assertRejects(
    read({ e: "BQ" }),
    "OperationError",
    "Imported RSA key has invalid publicExponent 5.",
  );
  await assertRejects(
    subtle.importKey("jwk", rsaJwk, pkcs1, true, ["sign"]),
    "TypeError",
    'Missing field "hash" in "algorithm".',
  );
  await assertRejects(
    subtle.importKey("raw", utf8("x"), { name: pkcs1, hash: "SHA-1" }, true, ["verify"]),
    "NotSupportedError",
    'Unrecognized key import format "raw".',
  );
});

test("DER that is no RSA key", async () => {
  const algorithm = { name: pkcs1, hash: "SHA-256" };
  const key = await importJwk(rsaJwk, pkcs1, ["sign"]);
  const pkcs8 = new Uint8Array(await subtle.exportKey("pkcs8", key));
  const publicKey = await importJwk(publicOf(rsaJwk), pkcs1, ["verify"]);
  const spki = new Uint8Array(await subtle.exportKey("spki", publicKey));
  const ec = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]);
  for (const [format, der, usages, other, shown] of [
    ["pkcs8", pkcs8, ["sign"], await subtle.exportKey("pkcs8", ec.privateKey), "PKCS8"],
    ["spki", spki, ["verify"], await subtle.exportKey("spki", ec.publicKey), "SPKI"],
  ]) {
    const read = (bytes, asked = usages) => subtle.importKey(format, bytes, algorithm, true, asked);
    assert((await read(der)) instanceof CryptoKey);
    await assertRejects(read(other), "DataError", "Input was not an RSA key.");
    for (const size of [0, 1, 20, der.length - 1]) {
      await assertRejects(read(der.subarray(0, size)), "DataError", `Invalid ${shown} input.`);
    }
    for (const position of [0, 1, 5, 12]) {
      const corrupt = der.slice();
      corrupt[position] ^= 0x15;
      await assertRejects(read(corrupt), "DataError");
    }
    const longer = new Uint8Array(der.length + 3);
    longer.set(der);
    await assertRejects(
      read(longer),
      "DataError",
      `Invalid 3 trailing bytes after ${shown} input.`,
    );
    await assertRejects(read(der, ["encrypt"]), "SyntaxError");
  }
});

test("RSA keys that are too small, and salts that do not fit", async () => {
  const generate = (name, bits, usages) =>
    subtle.generateKey(
      { name, modulusLength: bits, publicExponent: Uint8Array.of(1, 0, 1), hash: "SHA-512" },
      true,
      usages,
    );
  const small = await generate(pkcs1, 512, ["sign"]);
  await assertRejects(
    subtle.sign(pkcs1, small.privateKey, utf8("")),
    "OperationError",
    "key too small for signing with given digest, need at least 768bits.",
  );
  const pss = await generate("RSA-PSS", 1024, ["sign", "verify"]);
  const sign = (saltLength) =>
    subtle.sign({ name: "RSA-PSS", saltLength }, pss.privateKey, utf8(""));
  assertEquals((await sign(62)).byteLength, 128);
  await assertRejects(
    sign(63),
    "OperationError",
    "key too small for signing with given digest and salt length",
  );
  await assertRejects(
    sign(-1),
    "DataError",
    "SaltLength for RSA-PSS must be non-negative (provided -1).",
  );
  await assertRejects(
    sign(undefined),
    "DataError",
    "Failed to provide salt for RSA-PSS key operation which requires a salt",
  );
  await assertRejects(
    subtle.verify("RSA-PSS", pss.publicKey, utf8(""), utf8("")),
    "TypeError",
    "Failed to provide salt for RSA-PSS key operation which requires a salt",
  );
  const oaep = await generate("RSA-OAEP", 1024, ["encrypt", "decrypt"]);
  await assertRejects(
    subtle.encrypt("RSA-OAEP", oaep.publicKey, new Uint8Array(1)),
    "OperationError",
    /^RSA-OAEP failed encrypt\/decrypt/,
  );
});

test("an operation that the other key of the pair is for", async () => {
  const algorithm = {
    name: "RSA-OAEP",
    modulusLength: 1024,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: "SHA-1",
  };
  const pair = await subtle.generateKey(algorithm, true, ["encrypt", "decrypt"]);
  await assertRejects(
    subtle.encrypt("RSA-OAEP", pair.privateKey, utf8("")),
    "InvalidAccessError",
    'Requested key usage "encrypt" does not match any usage listed in this CryptoKey.',
  );
  await assertRejects(subtle.sign("RSA-OAEP", pair.privateKey, utf8("")), "InvalidAccessError");
});

test("keys wrapped by RSA-OAEP, as raw and as JSON", async () => {
  const algorithm = {
    name: "RSA-OAEP",
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: "SHA-256",
  };
  const pair = await subtle.generateKey(algorithm, true, ["wrapKey", "unwrapKey"]);
  const key = await subtle.generateKey({ name: "AES-CTR", length: 256 }, true, ["encrypt"]);
  for (const format of ["raw", "jwk"]) {
    const wrapped = await subtle.wrapKey(format, key, pair.publicKey, "RSA-OAEP");
    const again = await subtle.unwrapKey(
      format,
      wrapped,
      pair.privateKey,
      { name: "RSA-OAEP" },
      "AES-CTR",
      true,
      ["encrypt"],
    );
    assertEquals(
      hex(await subtle.exportKey("raw", again)),
      hex(await subtle.exportKey("raw", key)),
    );
  }
  const hidden = await subtle.generateKey({ name: "AES-CTR", length: 256 }, false, ["encrypt"]);
  await assertRejects(
    subtle.wrapKey("raw", hidden, pair.publicKey, "RSA-OAEP"),
    "InvalidAccessError",
    "Attempt to export non-extractable AES-CTR key.",
  );
});
