#!/usr/bin/env python3
"""Applications made of npm packages (examples/apps) as `flamesim dev` serves them."""
import base64
import hashlib
import hmac
import json
import os
import re
import sys
import unittest
import zlib

import end_to_end
from end_to_end import ROOT, Running, free_port, run

APPS = ROOT / "examples/apps"
EMPTY = hashlib.sha256().hexdigest()


def serve(name):
    port = free_port()
    return Running("dev", APPS / name, "--listen", f"127.0.0.1:{port}", port=port)


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class App(unittest.TestCase):
    """One server for the class; what it writes to stderr must match `MESSAGES`."""
    NAME = None
    MESSAGES = r""

    @classmethod
    def setUpClass(cls):
        cls.running = serve(cls.NAME)
        cls.server = cls.running.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.running.__exit__()
        _, _, after = cls.running.stderr.partition("\n")  # the first line says where it listens
        assert re.fullmatch(cls.MESSAGES, after, re.DOTALL), after

    def ask(self, path, method="GET", body=None, headers=(), status=200):
        response, content = self.server.get(path, method, body, headers)
        self.assertEqual(response.status, status, content)
        return response, content

    def json(self, *arguments, **more):
        return json.loads(self.ask(*arguments, **more)[1])


class Hono(App):
    NAME = "hono"
    MESSAGES = r"(\[hono\] log: (<--|-->) [A-Z]+ /.*\n)+"  # its logger's

    def token(self, name):
        answer = self.json(f"/tokens/{name}", "POST", b"", {
            "Authorization": "Basic " + base64.b64encode(b"operator:example").decode()}, status=201)
        return "Bearer " + answer["token"]

    def test_every_answer_has_the_secure_headers(self):
        for path, status in (("/", 200), ("/nothing", 404)):
            response, _ = self.ask(path, status=status)
            self.assertEqual(response.getheader("x-frame-options"), "SAMEORIGIN")
            self.assertEqual(response.getheader("strict-transport-security"),
                             "max-age=15552000; includeSubDomains")
        self.assertEqual(self.json("/nothing", status=404), {"error": "nothing at /nothing"})

    def test_an_etag_saves_the_body(self):
        response, content = self.ask("/notes/1")
        tag = response.getheader("etag")
        self.assertEqual(tag, f'"{hashlib.sha1(content).hexdigest()}"')
        response, content = self.ask("/notes/1", headers={"If-None-Match": tag}, status=304)
        self.assertEqual((response.getheader("etag"), content), (tag, b""))
        self.ask("/notes/1", headers={"If-None-Match": '"other"'})

    def test_cors(self):
        response, _ = self.ask("/notes/1", "OPTIONS", headers={
            "Origin": "https://notes.example", "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "authorization"}, status=204)
        self.assertEqual(response.getheader("access-control-allow-origin"), "https://notes.example")
        self.assertEqual(response.getheader("access-control-allow-methods"), "GET,PUT")
        self.assertEqual(response.getheader("access-control-allow-headers"), "authorization")
        response, _ = self.ask("/notes/1", headers={"Origin": "https://other.example"})
        self.assertIsNone(response.getheader("access-control-allow-origin"))

    def test_basic_authentication_guards_the_tokens(self):
        response, _ = self.ask("/tokens/ada", "POST", b"", status=401)
        self.assertEqual(response.getheader("www-authenticate"), 'Basic realm="operator"')
        wrong = base64.b64encode(b"operator:guess").decode()
        self.ask("/tokens/ada", "POST", b"", {"Authorization": f"Basic {wrong}"}, status=401)

    def test_a_token_writes_the_notes_of_its_owner(self):
        token = self.token("grace")
        head, payload, signature = token.removeprefix("Bearer ").split(".")
        self.assertEqual(json.loads(decoded(payload))["sub"], "grace")
        expected = hmac.digest(b"a secret of the example", f"{head}.{payload}".encode(), "sha256")
        self.assertEqual(decoded(signature), expected)
        note = b'{"text": "A bug was found in a relay."}'
        self.ask("/notes/2", "PUT", note, status=401)
        forged = token[:-1] + ("A" if token[-1] != "A" else "E")
        response, _ = self.ask("/notes/2", "PUT", note, {"Authorization": forged}, status=401)
        self.assertIn('error="invalid_token"', response.getheader("www-authenticate"))
        self.ask("/notes/2", "PUT", note, {"Authorization": token}, status=204)
        self.assertEqual(self.json("/notes/2"),
                         {"owner": "grace", "text": "A bug was found in a relay."})
        _, content = self.ask("/notes/1", "PUT", note, {"Authorization": token}, status=403)
        self.assertEqual(content, b"not yours")
        answer = self.json("/notes/2", "PUT", b"{", {"Authorization": token}, status=500)
        self.assertIn("JSON", answer["error"])

    def test_streams(self):
        response, content = self.ask("/export")
        self.assertEqual(response.getheader("transfer-encoding"), "chunked")
        self.assertTrue(content.startswith(b"1: The engine weaves patterns.\n"), content)
        response, content = self.ask("/events")
        self.assertEqual(response.getheader("content-type"), "text/event-stream")
        self.assertIn(b'event: note\ndata: {"owner":"ada","text":"The engine weaves patterns."}\n'
                      b"id: 1\n\n", content)
        body = os.urandom(300_000)
        self.assertEqual(self.ask("/echo", "POST", body)[1], body)


class Itty(App):
    NAME = "itty"

    def test_links_are_listed_and_found(self):
        response, content = self.ask("/")
        self.assertEqual((response.getheader("content-type"), content),
                         ("text/html", b"<h1>Links</h1>"))
        self.assertEqual(self.json("/links/docs")["to"], "https://docs.example/start")
        self.assertEqual(self.json("/links?prefix=x"), [])
        self.assertEqual(self.json("/links/none", status=404),
                         {"status": 404, "error": "no such link", "name": "none"})
        self.assertEqual(self.json("/a/b", status=404), {"status": 404, "error": "Not Found"})

    def test_staff_add_links_that_redirect_and_count(self):
        link = b'{"to": "https://a.example/b"}'
        content_type = {"Content-Type": "application/json"}
        staff = {**content_type, "Cookie": "other=1; staff=yes"}
        self.assertEqual(self.json("/links/new", "PUT", link, content_type, status=403),
                         {"status": 403, "error": "for staff"})
        self.assertEqual(self.json("/links/new", "PUT", b'{"to": "nowhere"}', staff, status=422),
                         {"status": 422, "error": "to: a URL"})
        self.ask("/links/new", "PUT", link, staff, status=204)
        for path, to in (("/go/new", "https://a.example/b"),
                         ("/go/new/c/d", "https://a.example/b/c/d")):
            response, _ = self.ask(path, status=302)
            self.assertEqual(response.getheader("location"), to)
        self.assertEqual(self.json("/links?prefix=n"),
                         [{"name": "new", "to": "https://a.example/b", "visits": 2}])

    def test_cors(self):
        origin = {"Origin": "https://admin.example"}
        response, content = self.ask("/links", "OPTIONS", headers=origin, status=204)
        self.assertEqual(response.getheader("access-control-allow-methods"), "GET,PUT")
        response, _ = self.ask("/links", headers=origin)
        self.assertEqual(response.getheader("access-control-allow-origin"), origin["Origin"])
        response, _ = self.ask("/links", headers={"Origin": "https://other.example"})
        self.assertIsNone(response.getheader("access-control-allow-origin"))


class Jose(App):
    NAME = "jose"
    SIGNING = ["HS256", "RS256", "PS256", "ES256", "EdDSA"]
    ENCRYPTION = ["dir", "A256KW", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A256KW"]

    def issue(self, algorithm, payload=b'{"sub": "ada", "scope": ["read"]}'):
        return self.ask(f"/issue/{algorithm}", "POST", payload)[1].decode()

    def refused(self, algorithm, token):
        return self.json(f"/check/{algorithm}", "POST", token.encode(), status=401)["code"]

    def test_what_is_issued_is_accepted(self):
        for algorithm in self.SIGNING + self.ENCRYPTION:
            with self.subTest(algorithm):
                token = self.issue(algorithm)
                answer = self.json(f"/check/{algorithm}", "POST", token.encode())
                payload, head = answer["payload"], answer["protectedHeader"]
                self.assertEqual((payload["sub"], payload["scope"], payload["iss"]),
                                 ("ada", ["read"], "issuer.example"))
                self.assertEqual(payload["exp"] - payload["iat"], 600)
                self.assertEqual(head["alg"], algorithm)
                encrypted = algorithm in self.ENCRYPTION
                self.assertEqual(token.count("."), 4 if encrypted else 2)
                self.assertEqual(head.get("enc"), "A256GCM" if encrypted else None)

    def test_the_signatures_of_the_secret_key_are_hmac_s(self):
        head, payload, signature = self.issue("HS256").split(".")
        key = decoded(self.json("/key/HS256")["k"])
        self.assertEqual(decoded(signature),
                         hmac.digest(key, f"{head}.{payload}".encode(), "sha256"))

    def test_the_public_keys_are_of_their_kinds(self):
        for algorithm, expected in {"RS256": {"kty": "RSA", "e": "AQAB"},
                                    "ES256": {"kty": "EC", "crv": "P-256"},
                                    "EdDSA": {"kty": "OKP", "crv": "Ed25519"}}.items():
            key = self.json(f"/key/{algorithm}")
            self.assertEqual(key, {**key, **expected})
            self.assertNotIn("d", key)

    def test_an_rsa_signature_is_one_of_the_public_key(self):
        head, payload, signature = self.issue("RS256").split(".")
        key = self.json("/key/RS256")
        modulus = int.from_bytes(decoded(key["n"]), "big")
        opened = pow(int.from_bytes(decoded(signature), "big"), 65537, modulus)
        digest = hashlib.sha256(f"{head}.{payload}".encode()).hexdigest()
        # RFC 8017 section 9.2: the end of the padding, SHA-256's DigestInfo, the digest.
        self.assertTrue(f"{opened:x}".endswith(
            "ff003031300d060960864801650304020105000420" + digest), f"{opened:x}")

    def test_what_was_tampered_with_is_refused(self):
        for algorithm in self.SIGNING:
            head, payload, signature = self.issue(algorithm).split(".")
            other = base64.urlsafe_b64encode(b'{"sub":"eve"}').rstrip(b"=").decode()
            with self.subTest(algorithm):
                self.assertEqual(self.refused(algorithm, f"{head}.{other}.{signature}"),
                                 "ERR_JWS_SIGNATURE_VERIFICATION_FAILED")
        for algorithm in self.ENCRYPTION:
            head, key, iv, text, tag = self.issue(algorithm).split(".")
            text = ("B" if text[0] == "A" else "A") + text[1:]
            with self.subTest(algorithm):
                self.assertEqual(self.refused(algorithm, ".".join([head, key, iv, text, tag])),
                                 "ERR_JWE_DECRYPTION_FAILED")

    def test_other_tokens_are_refused(self):
        self.assertEqual(self.refused("HS256", self.issue("ES256")), "ERR_JOSE_ALG_NOT_ALLOWED")
        self.assertEqual(self.refused("HS256", "no token"), "ERR_JWS_INVALID")
        self.assertEqual(self.refused("dir", "no token"), "ERR_JWE_INVALID")
        self.assertEqual(self.json("/issue/none", "POST", b"{}", status=404)["algorithms"],
                         self.SIGNING + self.ENCRYPTION)


class Hashes(App):
    NAME = "hashes"

    def text(self, *arguments, **more):
        return self.ask(*arguments, **more)[1].decode()

    def test_digests_are_those_of_python(self):
        for body in (b"", b"abc", os.urandom(200_000)):
            for name in ("sha1", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s",
                         "md5"):
                with self.subTest(name, length=len(body)):
                    self.assertEqual(self.text(f"/digest/{name}", "POST", body),
                                     hashlib.new(name, body).hexdigest())
        self.assertEqual(self.text("/digest/shake128", "POST", b"abc"),
                         hashlib.shake_128(b"abc").hexdigest(16))
        self.assertEqual(self.text("/digest/sha256"), EMPTY)
        self.assertEqual(self.text("/digest/toString", status=404), "no such digest\n")

    def test_digests_that_python_lacks_are_those_of_their_specifications(self):
        for name, digest in {
                "blake3": "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85",
                "keccak_256": "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
                "ripemd160": "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"}.items():
            self.assertEqual(self.text(f"/digest/{name}", "POST", b"abc"), digest)

    def test_hmac(self):
        self.assertEqual(self.text("/hmac/sha512?key=k%C3%BC", "POST", b"message"),
                         hmac.digest("kü".encode(), b"message", "sha512").hex())

    def test_passwords(self):
        salt = bytes(range(16))
        expected = {
            "pbkdf2": hashlib.pbkdf2_hmac("sha256", b"secret", salt, 1000, 32),
            "scrypt": hashlib.scrypt(b"secret", salt=salt, n=1024, r=8, p=1, dklen=32),
            "hkdf": hmac.digest(hmac.digest(salt, b"secret", "sha256"), b"example\1", "sha256"),
        }
        for name, key in expected.items():
            with self.subTest(name):
                answer = self.json(f"/password/{name}?salt={salt.hex()}", "POST", b"secret")
                self.assertEqual(answer, {"salt": salt.hex(), "key": key.hex()})

    def test_a_salt_is_drawn_where_none_is_given(self):
        answers = [self.json("/password/argon2id", "POST", b"secret") for _ in range(2)]
        self.assertNotEqual(answers[0]["salt"], answers[1]["salt"])
        again = self.json(f"/password/argon2id?salt={answers[0]['salt']}", "POST", b"secret")
        self.assertEqual(again, answers[0])


class Wasm(App):
    NAME = "wasm"

    def test_the_module_is_what_its_script_makes(self):
        sys.path.insert(0, str(APPS / "wasm"))
        sys.dont_write_bytecode = True
        import make_wasm
        self.assertEqual((APPS / "wasm/src/sums.wasm").read_bytes(), make_wasm.module)

    def test_sums_of_what_is_sent_also_where_memory_must_grow(self):
        for body in (b"", b"123456789", os.urandom(1_000_000)):
            self.assertEqual(self.ask("/crc32", "POST", body)[1].decode(),
                             f"{zlib.crc32(body):08x}")

    def test_64_bits_and_calls_of_the_host(self):
        self.assertEqual(self.json("/fibonacci?n=90"),
                         {"number": "2880067194370816120", "steps": 90})
        self.assertEqual(self.json("/fibonacci?n=0"), {"number": "0", "steps": 0})

    def test_a_trap_is_an_exception(self):
        self.assertEqual(self.json("/beyond", status=400),
                         {"trapped": True, "message": "memory access out of bounds"})
        self.assertEqual(self.ask("/crc32", "POST", b"a")[1], b"e8b7be43")


class Preact(App):
    NAME = "preact"

    def test_a_page_as_a_string(self):
        response, content = self.ask("/?q=de&currency=EUR")
        self.assertEqual(response.getheader("content-type"), "text/html; charset=utf-8")
        self.assertEqual(content.decode(), (
            '<!doctype html><html lang="en"><head><title>Goods</title></head><body>'
            '<h1 style="color:teal;">Goods</h1><ul data-open="true"><li><a href="/goods/lamp">'
            'Lamp &amp; shade</a> <b class="price">49.00 EUR</b></li><li><a href="/goods/desk">'
            'Desk &lt;oak></a> <b class="price">320.50 EUR</b></li></ul></body></html>'))

    def test_what_a_client_sends_is_escaped(self):
        content = self.ask("/?q=%3Cscript%3E%C3%BC")[1].decode()
        self.assertIn("<p>Nothing is called “&lt;script>ü”.</p>", content)

    def test_a_page_as_a_stream_has_what_is_late_behind_the_rest(self):
        response, content = self.ask("/goods/lamp")
        self.assertEqual(response.getheader("transfer-encoding"), "chunked")
        text = content.decode()
        late = re.search(r'<preact-island hidden data-target="(\d+)">'
                         r'<p id="reviews">Five stars.</p></preact-island>', text)
        early = text.index(f"<!--$s:{late[1]}--><p>Reviews come …</p><!--/$s:{late[1]}-->")
        self.assertLess(early, late.start())

    def test_a_page_of_nothing(self):
        _, content = self.ask("/goods/none", status=404)
        self.assertIn(b"<p>No goods here.</p>", content)


class Zod(App):
    NAME = "zod"
    ORDER = {
        "id": "7d9f2c56-6f5e-4b58-8f7a-7c9b1de0f2a1", "email": "Ada@Shop.example",
        "placed": "2025-02-28T12:00:00Z", "items": [{"sku": "lamp", "count": 2}],
        "payment": {"kind": "invoice", "vat": "DE123456789"}, "coupons": ["a", "b", "a"]}

    def place(self, status, **changes):
        return self.json("/orders", "POST", json.dumps({**self.ORDER, **changes}).encode(),
                         status=status)

    def test_an_order_is_normalized_and_listed(self):
        self.assertEqual(self.place(201), {
            **self.ORDER, "email": "ada@shop.example", "note": "", "coupons": ["a", "b"]})
        self.assertEqual(self.json("/orders?size=5&state=lost"), {
            "page": 1, "size": 5, "state": "open",
            "orders": [{"id": self.ORDER["id"], "email": "ada@shop.example"}]})

    def test_what_is_wrong_is_named(self):
        answer = self.place(422, placed="2025-02-29T12:00:00Z", items=[], more=1)
        self.assertEqual(answer["errors"], {
            "formErrors": ['Unrecognized key: "more"'],
            "fieldErrors": {"placed": ["Invalid ISO datetime"],
                            "items": ["Too small: expected array to have >=1 items"]}})
        answer = self.place(422, payment={"kind": "card", "last4": "12345"})
        self.assertEqual(answer["text"],
                         "✖ Invalid string: must match pattern /^\\d{4}$/\n  → at payment.last4")
        answer = self.json("/orders", "POST", b"{", status=422)
        self.assertEqual(answer["errors"]["formErrors"],
                         ["Invalid input: expected object, received undefined"])

    def test_a_query_is_coerced(self):
        answer = self.json("/orders?page=0&size=x", status=400)
        self.assertEqual(answer["properties"], {
            "page": {"errors": ["Too small: expected number to be >=1"]},
            "size": {"errors": ["Invalid input: expected number, received NaN"]}})
        response, _ = self.ask("/orders", "DELETE", status=405)
        self.assertEqual(response.getheader("allow"), "GET, POST")

    def test_the_schema_describes_itself(self):
        schema = self.json("/schema")
        self.assertEqual(schema["required"], ["id", "email", "placed", "items", "payment"])
        self.assertEqual([one["properties"]["kind"]["const"]
                          for one in schema["properties"]["payment"]["oneOf"]],
                         ["card", "invoice"])

    def test_its_own_tests_pass(self):
        result = run("test", APPS / "zod")
        self.assertEqual(result.returncode, 0, result.stderr + result.stdout)
        self.assertIn("3 passed, 0 failed", result.stdout)


del App  # it has no test of its own

if __name__ == "__main__":
    end_to_end.BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
