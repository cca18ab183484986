#!/usr/bin/env python3
"""Writes src/sums.wasm, which is this text as WebAssembly:

(module
  (import "host" "progress" (func $progress (param i32)))
  (memory (export "memory") 1)
  (func (export "crc32") (param $at i32) (param $left i32) (result i32) (local i32 i32) ...)
  (func (export "fibonacci") (param $n i32) (result i64) (local i64 i64) ...))
"""
import pathlib
import sys

I32, I64, FUNCTION, EMPTY = 0x7f, 0x7e, 0x60, 0x40


def unsigned(value):
    """LEB128."""
    low = value & 0x7f
    return bytes([low]) if value < 0x80 else bytes([low | 0x80]) + unsigned(value >> 7)


def signed(value):
    low, rest = value & 0x7f, value >> 7
    last = rest == (-1 if low & 0x40 else 0)
    return bytes([low]) if last else bytes([low | 0x80]) + signed(rest)


def vector(items):
    return unsigned(len(items)) + b"".join(items)


def name(text):
    return unsigned(len(text)) + text.encode()


def section(number, content):
    return bytes([number]) + unsigned(len(content)) + content


def i32(value):
    return b"\x41" + signed(value)


def i64(value):
    return b"\x42" + signed(value)


def get(local):
    return b"\x20" + unsigned(local)


def put(local):
    return b"\x21" + unsigned(local)


def code(local_type, locals_count, *instructions):
    body = vector([unsigned(locals_count) + bytes([local_type])]) + b"".join(instructions) + END
    return unsigned(len(body)) + body


BLOCK, LOOP, END = bytes([2, EMPTY]), bytes([3, EMPTY]), b"\x0b"
BR_0, BR_IF_0, BR_IF_1, CALL_0 = b"\x0c\0", b"\x0d\0", b"\x0d\1", b"\x10\0"
LOAD_BYTE = b"\x2d\0\0"
I32_EQZ, I32_ADD, I32_SUB = b"\x45", b"\x6a", b"\x6b"
I32_AND, I32_XOR, I32_SHR = b"\x71", b"\x73", b"\x76"
I64_ADD = b"\x7c"

# Parameters: 0 where, 1 how many bytes. Locals: 2 the remainder, 3 bits that are left.
crc32 = code(
    I32, 2,
    i32(-1), put(2),
    BLOCK, LOOP,
    get(1), I32_EQZ, BR_IF_1,
    get(2), get(0), LOAD_BYTE, I32_XOR, put(2),
    i32(8), put(3),
    LOOP,
    get(2), i32(1), I32_SHR, i32(0), get(2), i32(1), I32_AND, I32_SUB, i32(0xedb88320 - (1 << 32)),
    I32_AND, I32_XOR, put(2),
    get(3), i32(1), I32_SUB, put(3), get(3), BR_IF_0,
    END,
    get(0), i32(1), I32_ADD, put(0),
    get(1), i32(1), I32_SUB, put(1),
    BR_0, END, END,
    get(2), i32(-1), I32_XOR)

# Parameter: 0 how many steps, each told to the host. Locals: 1 and 2, two numbers in a row.
fibonacci = code(
    I64, 2,
    i64(1), put(2),
    BLOCK, LOOP,
    get(0), I32_EQZ, BR_IF_1,
    get(0), CALL_0,
    get(2), get(1), get(2), I64_ADD, put(2), put(1),
    get(0), i32(1), I32_SUB, put(0),
    BR_0, END, END,
    get(1))

types = [([I32], []), ([I32, I32], [I32]), ([I32], [I64])]
module = b"".join([
    b"\0asm\1\0\0\0",
    section(1, vector([bytes([FUNCTION, len(takes), *takes, len(gives), *gives])
                       for takes, gives in types])),
    section(2, vector([name("host") + name("progress") + b"\0\0"])),
    section(3, vector([b"\1", b"\2"])),
    section(5, vector([b"\0\1"])),
    section(7, vector([name("memory") + b"\2\0", name("crc32") + b"\0\1",
                       name("fibonacci") + b"\0\2"])),
    section(10, vector([crc32, fibonacci])),
])

if __name__ == "__main__":
    default = pathlib.Path(__file__).parent / "src/sums.wasm"
    (pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default).write_bytes(module)
