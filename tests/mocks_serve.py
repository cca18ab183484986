#!/usr/bin/env python3
"""`flamesim mocks` as other programs see it: served to a client in Python over Unix sockets and TCP,
checked, and read with the capnp tool."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

import end_to_end
from capnp_client import Client, Failed
from end_to_end import ROOT, run

EXAMPLE = ROOT / "examples/mocks"
FRONT_LINE = ROOT / "examples/front-line"
RRDNS = (0xf70c60270cda4e24, 0, ROOT / "schemas/rrdns.capnp", "OwnershipRequest",
         "OwnershipResponse")
LOGFWDR_SCHEMA = ROOT / "schemas/logfwdr.capnp"


def interface_id(schema, name):
    """As the schema's compiler gives it."""
    listed = subprocess.run(["capnp", "compile", "-ocapnp", schema], capture_output=True, text=True,
                            check=True).stdout
    return int(re.search(rf"interface {name} @(0x[0-9a-f]+)", listed).group(1), 16)


DDOS_SCHEMA = EXAMPLE / "schemas/ddos.capnp"


def ddos():
    return interface_id(DDOS_SCHEMA, "DosProtection"), 0, DDOS_SCHEMA, "Suspect", "Verdict"


class Serving:
    """`flamesim mocks serve` until the block ends; `addresses` by service."""

    def __init__(self, project, *arguments):
        self.process = subprocess.Popen(
            [end_to_end.BINARY, "mocks", "serve", str(project), *map(str, arguments)],
            stderr=subprocess.PIPE, text=True)
        self.addresses = {}
        self.lines = []

    def __enter__(self):
        wanted = None
        while wanted is None or len(self.addresses) < wanted:
            line = self.process.stderr.readline()
            if not line:
                raise AssertionError("ended early: " + "".join(self.lines))
            self.lines.append(line)
            match = re.match(r"flamesim: (\S+) on (\S+)$", line)
            if match:
                self.addresses[match.group(1)] = match.group(2)
                wanted = self.expected()
        return self

    def expected(self):
        services = re.sub(r"//.*", "", (pathlib.Path(self.process.args[3]) / "flamesim.jsonc")
                          .read_text().replace("http://", ""))
        listen = [a for a in self.process.args if "=" in a]
        return len(listen) or len(json.loads(services)["services"])

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.stderr = "".join(self.lines) + self.process.communicate(timeout=30)[1]
        assert self.process.returncode == 0, f"ended with {self.process.returncode}: {self.stderr}"


class Serve(unittest.TestCase):
    def owner(self, client, name):
        return client.call(*RRDNS, f'(queryName = "{name}")')

    def test_a_client_in_python_over_both_kinds_of_socket(self):
        with tempfile.TemporaryDirectory() as folder:
            sock = f"unix:{folder}/rrdns.sock"
            for listen in (f"rrdns={sock}", "rrdns=127.0.0.1:0"):
                with Serving(FRONT_LINE, "--listen", listen) as served:
                    client = Client(served.addresses["rrdns"])
                    self.assertIn("accountId = 1", self.owner(client, "secure.example"))
                    self.assertIn("accountId = 0", self.owner(client, "nobody.example"))
                    client.close()

    def test_a_folder_has_a_socket_for_each_service(self):
        with tempfile.TemporaryDirectory() as folder:
            home = pathlib.Path(folder) / "sockets"
            with Serving(EXAMPLE, "--listen", home) as served:
                self.assertEqual({"ddos", "addressing"}, set(served.addresses))
                self.assertEqual({"ddos.sock", "addressing.sock"},
                                 {path.name for path in home.iterdir()})
            self.assertEqual([], list(home.iterdir()))

    def test_without_an_address_every_service_is_on_a_port(self):
        with Serving(EXAMPLE) as served:
            self.assertEqual({"ddos", "addressing"}, set(served.addresses))
            for address in served.addresses.values():
                self.assertTrue(address.startswith("127.0.0.1:"), address)

    def test_a_module_is_served_and_its_state_is_that_of_the_server(self):
        suspect = '(clientIp = "192.0.2.1", host = "a.example")'
        with Serving(EXAMPLE) as served:
            actions = []
            for _ in range(3):
                client = Client(served.addresses["ddos"])
                for _ in range(2):
                    actions.append(re.search(r"action = (\w+)", client.call(*ddos(), suspect)))
                client.close()
            self.assertEqual(["pass"] * 3 + ["challenge"] * 2 + ["drop"],
                             [action.group(1) for action in actions])
            client = Client(served.addresses["ddos"])
            with self.assertRaisesRegex(Failed, "TypeError: a suspect has an address"):
                client.call(*ddos(), "()")
            # An error is an answer: the connection goes on.
            self.assertIn("requests = 7", client.call(*ddos(), suspect))

    def test_garbage_ends_its_own_connection_alone(self):
        with Serving(FRONT_LINE, "--listen", "rrdns=127.0.0.1:0") as served:
            address = served.addresses["rrdns"]
            good = Client(address)
            for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 64, b"\0" * 64,
                            b"\0\0\0\0\xff\xff\xff\x7f"):
                host, port = address.rsplit(":", 1)
                with socket.create_connection((host, int(port)), 10) as bad:
                    try:
                        bad.sendall(garbage)
                        bad.shutdown(socket.SHUT_WR)
                        while bad.recv(4096):
                            pass
                    except OSError:
                        pass  # the server was quicker
                self.assertIn("accountId = 1", self.owner(good, "secure.example"))

    def test_a_service_that_is_not_there(self):
        result = run("mocks", "serve", EXAMPLE, "--listen", "ddoss=127.0.0.1:0")
        self.assertEqual(2, result.returncode)
        self.assertIn('did you mean "ddos"?', result.stderr)


class CapnpTool(unittest.TestCase):
    def test_it_reads_what_logfwdr_wrote(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "flamesim.jsonc").write_text(json.dumps({
                "workers": {"w": "w"}, "services": {"logfwdr": {"source": "logfwdr",
                                                                "output": "logs.bin"}}}))
            pathlib.Path(folder, "w").mkdir()
            pathlib.Path(folder, "w/index.js").write_text("export default {};")
            with Serving(folder) as served:
                client = Client(served.addresses["logfwdr"])
                client.call(interface_id(LOGFWDR_SCHEMA, "Logfwdr"), 0, LOGFWDR_SCHEMA,
                            "LogMessage", None, '(worker = "from Python", timestamp = 5)')
                client.close()
            logs = pathlib.Path(folder, "logs.bin").read_bytes()
            listed = subprocess.run(["capnp", "convert", "binary:json", LOGFWDR_SCHEMA,
                                     "LogMessage"], input=logs, capture_output=True, check=True)
            self.assertEqual("from Python", json.loads(listed.stdout)["worker"])

    def test_it_compiles_every_schema(self):
        for schema in [*ROOT.glob("schemas/*.capnp"), *EXAMPLE.glob("schemas/*.capnp")]:
            subprocess.run(["capnp", "compile", "-o-", schema], capture_output=True, check=True)


class Check(unittest.TestCase):
    def test_what_fits_is_listed(self):
        result = run("mocks", "check", EXAMPLE)
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        self.assertEqual(3, len(result.stdout.splitlines()))
        for name in ("mocks/ddos.js", "mocks/addressing.json", "mocks/origin.json"):
            self.assertRegex(result.stdout, rf"(?m)^ok \S*{name} \(")
        self.assertEqual(0, run("mocks", "check", FRONT_LINE).returncode)

    def test_what_does_not_is_told_with_its_place_and_what_would_fit(self):
        with tempfile.TemporaryDirectory() as folder:
            home = pathlib.Path(folder)
            (home / "w").mkdir()
            (home / "w/index.js").write_text("export default {};")
            (home / "a.capnp").write_text(
                "@0xcc2a4f5e8b0d9f41;\ninterface A { get @0 (name :Text) -> (value :Text); }\n")
            (home / "a.json").write_text(
                '{\n"get": [{"then": {"valu": "x"}}],\n"gett": []}\n')
            (home / "zones.json").write_text('{"zone": []}')
            (home / "net.json").write_text('{"rows": [\n{"when": {"ulr": "*"}, "then": {}}]}')
            (home / "b.js").write_text("export default {\n  get( { return {}; } };\n")
            (home / "flamesim.jsonc").write_text(json.dumps({
                "workers": {"w": "w"}, "mockFetch": {"internet": "net.json"},
                "services": {
                    "a": {"source": "table", "schema": "a.capnp", "interface": "A",
                          "table": "a.json"},
                    "b": {"source": "javascript", "schema": "a.capnp", "interface": "AA",
                          "module": "b.js"},
                    "rrdns": {"source": "rrdns", "zones": "zones.json"}}}))
            result = run("mocks", "check", home)
            self.assertEqual((2, ""), (result.returncode, result.stdout))
            for text in ('"valu" is not a field of', "a.json:2:", "$.get[0].then.valu",
                         'did you mean "value"?', '"gett" is not a method of A',
                         "zones.json:1:", 'did you mean "zones"?', "net.json:2:",
                         'did you mean "url"?', "b.js:2:"):
                self.assertIn(text, result.stderr)


class Misbehaving(unittest.TestCase):
    """A real service that does wrong, as JavaScript sees it."""

    WORKER = """export default { async fetch(request, env) {
      const service = env.RRDNS.getCapability();
      try {
        await service.lookupOwnership({ request: { queryName: "a.example" } });
        return new Response("answered");
      } catch (error) {
        return new Response(String(error));
      } finally {
        service.close();
      }
    } };"""

    def told(self, behave):
        """What a worker's call comes to, by a service that treats its connection with `behave`."""
        binding = {"name": "RRDNS", "type": "capnp_service", "service": "rrdns",
                   "interface": "Rrdns"}
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
            path = f"{folder}/s.sock"
            if behave is not None:
                listener.bind(path)
                listener.listen()
                threading.Thread(target=lambda: behave(listener.accept()[0]), daemon=True).start()
            project = end_to_end.Project(
                {"w": self.WORKER},
                wrangler={"w": {"unsafe": {"bindings": [binding],
                                           "capnp": {"base_path": str(ROOT / "schemas"),
                                                     "source_schemas": ["rrdns.capnp"]}}}},
                services={"rrdns": {"source": "socket", "address": f"unix:{path}",
                                    "timeoutMs": 2000}})
            with end_to_end.dev(project) as server:
                text = server.get("/")[1].decode()
        start = f'Error: capnp RPC exception: the service "rrdns" at unix:{path} cannot be used: '
        return text.removeprefix(start)

    def test_each_has_an_error_of_its_own(self):
        end = threading.Event()

        def sends(content):
            def behave(stream):
                stream.sendall(content)
                end.wait(30)
            return behave

        def closes(stream):
            stream.recv(1)
            stream.close()

        self.addCleanup(end.set)
        self.assertEqual("No such file or directory", self.told(None))
        self.assertRegex(self.told(closes),
                         r"^the connection was lost: the service closed it \(")
        for content in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 64,
                        b"\0\0\0\0\0\0\0\x10"):
            self.assertRegex(self.told(sends(content)),
                             r"^the connection was lost: the service sent what is no Cap'n Proto "
                             r"RPC, or too large \(")
        self.assertEqual('Error: capnp RPC exception: the service "rrdns" did not answer '
                         "Rrdns.lookupOwnership within 2000 ms", self.told(sends(b"")))


class Example(unittest.TestCase):
    def test_its_tests_pass(self):
        result = run("test", EXAMPLE)
        self.assertEqual(0, result.returncode, result.stdout + result.stderr)
        self.assertIn("5 passed", result.stdout)


if __name__ == "__main__":
    end_to_end.BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
