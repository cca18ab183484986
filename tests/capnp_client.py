"""A client of Cap'n Proto RPC (capnp/rpc.capnp) that shares no code with flamesim: the frames of
level 1 by hand, the contents by the capnp tool. Enough for calls on a bootstrap capability whose
parameters and results are one struct each, `method(request :A) -> (response :B)`."""
import socket
import struct
import subprocess

NONE = struct.pack("<Q", 0)


def pointer(offset, data, pointers):
    """To a struct, `offset` words behind this pointer's end."""
    return struct.pack("<iHH", offset << 2, data, pointers)


def frame(segment):
    return struct.pack("<II", 0, len(segment) // 8) + segment


def message(tag, body):
    """Message { union tag = `tag` }, whose only pointer leads to `body`: (data, pointers, bytes)."""
    data, pointers, content = body
    return frame(pointer(0, 1, 1) + struct.pack("<HHI", tag, 0, 0) +
                 pointer(0, data, pointers) + content)


def bootstrap(question):
    return message(8, (1, 1, struct.pack("<II", question, 0) + NONE))


def call(question, bootstrap_question, interface, method, params):
    """`params`: a segment whose first word is the pointer to the struct of the only parameter."""
    # Call: 3 words, 3 pointers; then MessageTarget, PromisedAnswer, Payload, and what that holds.
    head = struct.pack("<IHHQQ", question, method, 0, interface, 0)
    pointers = pointer(2, 1, 1) + pointer(1 + 2 + 2, 0, 2) + NONE
    target = struct.pack("<IHH", 0, 1, 0) + pointer(0, 1, 1)
    answer = struct.pack("<II", bootstrap_question, 0) + NONE
    payload = pointer(1, 0, 1) + NONE
    return message(2, (3, 3, head + pointers + target + answer + payload + params))


class Failed(Exception):
    """The service answered with an exception."""


def follow(segment, at):
    """Where the struct begins that the pointer in word `at` leads to: word, data, pointers."""
    low, data, pointers = struct.unpack_from("<iHH", segment, at * 8)
    assert low & 3 == 0, "a far pointer: the answer has several segments"
    return at + 1 + (low >> 2), data, pointers


def text(segment, at):
    low, size = struct.unpack_from("<iI", segment, at * 8)
    begin = (at + 1 + (low >> 2)) * 8
    return segment[begin:begin + (size >> 3) - 1].decode()


class Client:
    def __init__(self, address):
        """`address`: as `flamesim mocks serve` prints it."""
        if address.startswith("unix:"):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(30)
            self.socket.connect(address[5:])
        else:
            host, port = address.rsplit(":", 1)
            self.socket = socket.create_connection((host, int(port)), 30)
        self.question = 0
        self.socket.sendall(bootstrap(0))
        self.answer(0)

    def close(self):
        self.socket.close()

    def read(self, size):
        content = b""
        while len(content) < size:
            chunk = self.socket.recv(size - len(content))
            if not chunk:
                raise EOFError("the server closed the connection")
            content += chunk
        return content

    def receive(self):
        count, size = struct.unpack("<II", self.read(8))
        assert count == 0, f"{count + 1} segments"
        return self.read(size * 8)

    def answer(self, question):
        """The segment of the answer, and the word with the pointer to the results' only struct."""
        while True:
            segment = self.receive()
            root, _, _ = follow(segment, 0)
            tag = struct.unpack_from("<H", segment, root * 8)[0]
            if tag != 3:
                continue  # a Finish or Release of its own
            body, data, _ = follow(segment, root + 1)
            answered, _, kind = struct.unpack_from("<IHH", segment, body * 8)
            if answered != question:
                continue
            target, data, _ = follow(segment, body + data)
            if kind == 1:
                raise Failed(text(segment, target + data))
            assert kind == 0, f"a Return of kind {kind}"
            if struct.unpack_from("<I", segment, target * 8)[0] & 3 == 3:
                return segment, None  # a capability: the bootstrap
            results, data, pointers = follow(segment, target)
            return segment, results + data if pointers else None

    def call(self, interface, method, schema, request, response, value):
        """`value`: the parameter, as text of the capnp tool; the result likewise."""
        encoded = subprocess.run(
            ["capnp", "convert", "text:binary", schema, request], input=value.encode(),
            capture_output=True, check=True).stdout
        assert encoded[:4] == b"\0\0\0\0", "several segments"
        self.question += 1
        self.socket.sendall(call(self.question, 0, interface, method, encoded[8:]))
        segment, at = self.answer(self.question)
        if response is None:
            return ""
        # The same segment, with the result as its root.
        target, data, pointers = follow(segment, at)
        rooted = pointer(target - 1, data, pointers) + segment[8:]
        return subprocess.run(
            ["capnp", "convert", "binary:text", "--short", schema, response], input=frame(rooted),
            capture_output=True, check=True).stdout.decode().strip()
