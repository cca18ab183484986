#!/usr/bin/env python3
"""bind_library.py SOURCE TARGET: a copy of a shared library that is bound to itself.

Half of the time from exec to main() goes into looking up some 60,000 symbols of libnode, nearly all
of which libnode defines itself. In the copy such references are relative addresses, and there is
nothing to look up: as if the library had been linked with -Bsymbolic. Kept as they are: symbols of
other libraries, and those that must be one in the whole process (STB_GNU_UNIQUE, thread-local,
IFUNC). ELF for x86-64; the gABI and the psABI describe what is read and written here.
"""
import struct
import sys

RELA = struct.Struct("<QQq")
SYMBOL_SIZE = 24
R_64, R_GLOB_DAT, R_JUMP_SLOT, R_RELATIVE = 1, 6, 7, 8
STB_GLOBAL, STB_WEAK = 1, 2
STT_OBJECT_OR_FUNC = (0, 1, 2)
PT_LOAD, PT_DYNAMIC = 1, 2
DT_PLTRELSZ, DT_SYMTAB, DT_RELA, DT_RELASZ, DT_JMPREL, DT_RELACOUNT = 2, 6, 7, 8, 23, 0x6FFFFFF9


def fail(why):
    sys.exit(f"bind_library.py: {sys.argv[1]}: {why}")


def main():
    source, target = sys.argv[1:3]
    with open(source, "rb") as file:
        data = bytearray(file.read())
    if data[:6] != b"\x7fELF\x02\x01" or struct.unpack_from("<H", data, 18)[0] != 62:
        fail("not an x86-64 ELF file")
    first_header = struct.unpack_from("<Q", data, 32)[0]
    headers = [struct.unpack_from("<IIQQQQQQ", data, first_header + 56 * i)
               for i in range(struct.unpack_from("<H", data, 56)[0])]

    def offset_of(address):
        for kind, _, offset, start, _, size, _, _ in headers:
            if kind == PT_LOAD and start <= address < start + size:
                return offset + address - start
        return fail(f"no segment holds {address:#x}")

    dynamic = {}  # tag -> (value, where the value stands)
    for kind, _, offset, _, _, size, _, _ in headers:
        if kind == PT_DYNAMIC:
            for at in range(offset, offset + size, 16):
                tag, value = struct.unpack_from("<QQ", data, at)
                dynamic.setdefault(tag, (value, at + 8))

    symbols = offset_of(dynamic[DT_SYMTAB][0])
    start, size = dynamic[DT_RELA][0], dynamic[DT_RELASZ][0]
    jumps, jumps_size = dynamic[DT_JMPREL][0], dynamic[DT_PLTRELSZ][0]
    if start + size != jumps or DT_RELACOUNT not in dynamic:
        fail("its relocations are not one table")
    start = offset_of(start)

    relative, rest, rest_jumps = [], [], []
    for at in range(start, start + size + jumps_size, RELA.size):
        place, info, addend = RELA.unpack_from(data, at)
        kind, symbol = info & 0xFFFFFFFF, info >> 32
        if kind in (R_64, R_GLOB_DAT, R_JUMP_SLOT) and symbol != 0:
            _, sort, _, section, value, _ = struct.unpack_from(
                "<IBBHQQ", data, symbols + SYMBOL_SIZE * symbol)
            if (section != 0 and sort >> 4 in (STB_GLOBAL, STB_WEAK)
                    and sort & 15 in STT_OBJECT_OR_FUNC):
                if kind == R_64:
                    value += addend
                kind, info, addend = R_RELATIVE, R_RELATIVE, value
        entry = (place, info, addend)
        (relative if kind == R_RELATIVE else rest_jumps if kind == R_JUMP_SLOT else rest).append(entry)

    # Relative ones first: the loader runs through DT_RELACOUNT of them without a look at their kind.
    relative.sort()
    at = start
    for entry in relative + rest + rest_jumps:
        RELA.pack_into(data, at, *entry)
        at += RELA.size

    def set_dynamic(tag, value):
        struct.pack_into("<Q", data, dynamic[tag][1], value)

    main_count = len(relative) + len(rest)
    set_dynamic(DT_RELACOUNT, len(relative))
    set_dynamic(DT_RELASZ, main_count * RELA.size)
    set_dynamic(DT_JMPREL, dynamic[DT_RELA][0] + main_count * RELA.size)
    set_dynamic(DT_PLTRELSZ, len(rest_jumps) * RELA.size)
    with open(target, "wb") as file:
        file.write(data)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main()
