#!/usr/bin/env python3
"""Is a program built so that a mistake in it is hard to make use of?

usage: elf.py [--without FLAG,...] --control PROGRAM FILE...

Reads the built files: position independence, relocations made read-only
before main, a stack that is no code, no page both written and run, no
relocation in code, stack protector, checked library calls, probed stack
frames, landing marks (CET).  The control is built without any of these, and
every check must fail on it, or the check is worth nothing.
"""
import platform
import struct
import sys

ET_DYN = 3
PT_LOAD, PT_DYNAMIC, PT_GNU_STACK, PT_GNU_RELRO = 1, 2, 0x6474e551, 0x6474e552
PF_X, PF_W = 1, 2
DT_NEEDED, DT_TEXTREL, DT_FLAGS, DT_FLAGS_1 = 1, 22, 30, 0x6ffffffb
DF_TEXTREL, DF_BIND_NOW, DF_1_NOW, DF_1_PIE = 4, 8, 1, 0x08000000
GLOBAL_FUNCTION = 1 << 4 | 2
ENDBR64 = bytes.fromhex("f30f1efa")
# A page more of stack, and a touch of it: as gcc and clang write it.
PROBES = [bytes.fromhex("4881ec00100000" + touch)
          for touch in ("48830c2400", "48c7042400000000")]


class Elf:
    """What the checks look at, of a 64-bit little-endian file."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        if self.data[:6] != b"\x7fELF\x02\x01":
            sys.exit(f"{path}: no 64-bit little-endian ELF file")
        self.type, = struct.unpack_from("<H", self.data, 16)
        self.segments = list(self._segments())
        self.sections = list(self._sections())
        self.dynamic = dict(self._dynamic())

    def _segments(self):
        at, = struct.unpack_from("<Q", self.data, 32)
        size, count = struct.unpack_from("<HH", self.data, 54)
        for i in range(count):
            kind, flags, offset, _, _, length = struct.unpack_from(
                "<IIQQQQ", self.data, at + i * size)
            yield kind, flags, offset, length

    def _sections(self):
        """(name, type, address, bytes)"""
        at, = struct.unpack_from("<Q", self.data, 40)
        size, count, names = struct.unpack_from("<HHH", self.data, 58)
        rows = [struct.unpack_from("<IIQQQQ", self.data, at + i * size)
                for i in range(count)]
        strings = rows[names][4]
        for name, kind, _, address, offset, length in rows:
            end = self.data.index(b"\0", strings + name)
            yield (self.data[strings + name:end].decode(), kind, address,
                   self.data[offset:offset + length])

    def _dynamic(self):
        for kind, _, offset, length in self.segments:
            if kind == PT_DYNAMIC:
                yield from struct.iter_unpack(
                    "<QQ", self.data[offset:offset + length])

    def section(self, name):
        for found, _, address, data in self.sections:
            if found == name:
                return address, data
        return 0, b""

    def symbols(self, table, strings):
        """(name, is it a function that others see, address, is it here)"""
        _, names = self.section(strings)
        for name, info, _, index, value, _ in struct.iter_unpack(
                "<IBBHQQ", self.section(table)[1]):
            yield (names[name:names.index(b"\0", name)].decode(),
                   info == GLOBAL_FUNCTION, value, index != 0)

    def imports(self):
        return {name for name, _, _, is_here in
                self.symbols(".dynsym", ".dynstr") if not is_here}

    def flags(self, which):
        return self.dynamic.get(which, 0)


def is_independent(elf, is_library):
    return elf.type == ET_DYN and (
        is_library or bool(elf.flags(DT_FLAGS_1) & DF_1_PIE))


def is_relro(elf, _):
    return any(kind == PT_GNU_RELRO for kind, *_ in elf.segments)


def is_bound_now(elf, _):
    return bool(elf.flags(DT_FLAGS) & DF_BIND_NOW or
                elf.flags(DT_FLAGS_1) & DF_1_NOW)


def is_stack_data(elf, _):
    stacks = [flags for kind, flags, *_ in elf.segments
              if kind == PT_GNU_STACK]
    return bool(stacks) and not any(flags & PF_X for flags in stacks)


def is_stack_protected(elf, _):
    return "__stack_chk_fail" in elf.imports()


def is_fortified(elf, _):
    return any(name.startswith("__") and name.endswith("_chk")
               for name in elf.imports())


def is_stack_probed(elf, _):
    return any(probe in elf.section(".text")[1] for probe in PROBES)


def is_marked(elf, is_library):
    """Every function that others see begins with a landing mark; one whose
    address nobody takes needs none.  _start is libc's."""
    address, text = elf.section(".text")
    table = (".dynsym", ".dynstr") if is_library else (".symtab", ".strtab")
    begins = {value for name, is_function, value, is_here in
              elf.symbols(*table) if is_function and is_here and
              name != "_start" and address <= value < address + len(text)}
    return bool(begins) and all(
        text[value - address:].startswith(ENDBR64) for value in begins)


# Checks that hold for whatever the linker makes; no control can fail them.
def is_never_both(elf, _):
    return not any(kind == PT_LOAD and flags & PF_W and flags & PF_X
                   for kind, flags, *_ in elf.segments)


def is_code_unchanged(elf, _):
    return DT_TEXTREL not in elf.dynamic and \
        not elf.flags(DT_FLAGS) & DF_TEXTREL


CHECKS = {
    "pie": is_independent, "relro": is_relro, "now": is_bound_now,
    "noexecstack": is_stack_data, "stack-protector": is_stack_protected,
    "fortify": is_fortified,
}
ON_X86 = {"stack-clash": is_stack_probed, "cet": is_marked}
ALWAYS = {"write-xor-execute": is_never_both, "textrel": is_code_unchanged}


def main():
    arguments = sys.argv[1:]
    without = set()
    if arguments[:1] == ["--without"]:
        without = set(arguments[1].split(","))
        arguments = arguments[2:]
    if len(arguments) < 3 or arguments[0] != "--control":
        sys.exit(__doc__)
    if "everything" in without:
        print("skipped: built with a sanitizer, which takes over the flags")
        sys.exit(77)
    checks = dict(CHECKS)
    if platform.machine() == "x86_64":
        checks.update(ON_X86)
    else:
        print("skipped here: " + ", ".join(ON_X86))
    for name in without & set(checks):
        print(f"skipped in this build: {name}")
        del checks[name]
    failed = 0
    control = Elf(arguments[1])
    for name, check in checks.items():
        if check(control, False):
            print(f"{arguments[1]}: {name} holds though it was left out")
            failed += 1
    for path in arguments[2:]:
        elf = Elf(path)
        is_library = ".so" in path
        for name, check in {**checks, **ALWAYS}.items():
            # The library has no frame of a page.
            if name == "stack-clash" and is_library:
                continue
            if not check(elf, is_library):
                print(f"{path}: {name} is missing")
                failed += 1
    print(f"{len(arguments) - 2} files, {len(checks) + len(ALWAYS)} checks, "
          f"{failed} failures")
    sys.exit(failed != 0)


main()
