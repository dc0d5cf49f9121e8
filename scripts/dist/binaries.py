#!/usr/bin/env python3
"""Reads built files. For the gates of `make dist` it prints what binutils cannot read, of a Mach-O file or an archive of
such: binaries.py WHAT FILE. WHAT is machines, needed, name, exports, crates or signature.
"""

import hashlib
import struct
import sys

MACHINES = {0x01000007: "x86_64", 0x0100000C: "arm64"}
LC_SYMTAB, LC_ID_DYLIB, LC_LOAD_DYLIB, LC_CODE_SIGNATURE, LC_SEGMENT_64 = 0x2, 0xD, 0xC, 0x1D, 0x19


def commands(image):
    """Returns the load commands: pairs of the kind and the bytes."""
    (count,) = struct.unpack_from("<I", image, 16)
    offset = 32
    for _ in range(count):
        kind, size = struct.unpack_from("<II", image, offset)
        yield kind, image[offset : offset + size]
        offset += size


def machine(image):
    magic, processor = struct.unpack_from("<II", image)
    return MACHINES.get(processor, "unknown") if magic == 0xFEEDFACF else "not a Mach-O file"


def members(archive):
    """Returns the object files of an archive, without its indexes."""
    offset = 8
    while offset < len(archive):
        name, size = archive[offset : offset + 16].strip(), int(archive[offset + 48 : offset + 58])
        body = archive[offset + 60 : offset + 60 + size]
        if name.startswith(b"#1/"):
            length = int(name[3:])
            name, body = body[:length].rstrip(b"\0"), body[length:]
        if not name.startswith((b"__.SYMDEF", b"/")) or name[1:].isdigit():
            yield body
        offset += 60 + size + size % 2


def machines(image):
    images = members(image) if image.startswith(b"!<arch>\n") else [image]
    return sorted({machine(one) for one in images})


def text_at(command, position):
    (offset,) = struct.unpack_from("<I", command, position)
    return command[offset:].split(b"\0")[0].decode()


def needed(image):
    return sorted(text_at(command, 8) for kind, command in commands(image) if kind == LC_LOAD_DYLIB)


def name(image):
    return [text_at(command, 8) for kind, command in commands(image) if kind == LC_ID_DYLIB]


def exports(image):
    """Returns the names that other programs can link with, without the underscore that C puts before each."""
    for kind, command in commands(image):
        if kind != LC_SYMTAB:
            continue
        _, _, symbols, count, strings, _ = struct.unpack("<6I", command)
        for entry in range(symbols, symbols + 16 * count, 16):
            position, flags = struct.unpack_from("<IB", image, entry)
            is_external, is_defined, is_debug = flags & 1, flags & 0x0E, flags & 0xE0
            if is_external and is_defined and not is_debug:
                start = strings + position
                yield image[start : image.index(b"\0", start)].decode().removeprefix("_")


def macho_sections(image):
    """Returns the name, the offset and the size of each section."""
    for kind, command in commands(image):
        if kind == LC_SEGMENT_64:
            (count,) = struct.unpack_from("<I", command, 64)
            for at in range(72, 72 + 80 * count, 80):
                size, offset = struct.unpack_from("<QI", command, at + 40)
                yield command[at : at + 16].rstrip(b"\0").decode(), offset, size


def elf_sections(image):
    """Returns the same of an ELF file with 64 bits."""
    (table,) = struct.unpack_from("<Q", image, 40)
    entry, count, names = struct.unpack_from("<3H", image, 58)
    headers = [struct.unpack_from("<IIQQQQ", image, table + entry * place) for place in range(count)]
    for name, _, _, _, offset, size in headers:
        start = headers[names][4] + name
        yield image[start : image.index(b"\0", start)].decode(), offset, size


def section(image, wanted):
    """Returns the bytes of a section, or nothing."""
    sections = elf_sections(image) if image.startswith(b"\x7fELF") else macho_sections(image)
    for name, offset, size in sections:
        if name == wanted:
            return image[offset : offset + size]
    return None


def crates(image):
    """Returns the name of the section with the list of crates, if there is one."""
    return [".dep-v0"] if section(image, ".dep-v0") else []


def signature(image):
    """Tells whether the checksum of each page is that of the page: macOS kills a program with another one."""
    places = [struct.unpack_from("<II", command, 8) for kind, command in commands(image) if kind == LC_CODE_SIGNATURE]
    if not places:
        return ["none"]
    start, _ = places[0]
    (count,) = struct.unpack_from(">I", image, start + 8)
    slots = [struct.unpack_from(">II", image, start + 12 + 8 * slot) for slot in range(count)]
    directory = start + next(offset for kind, offset in slots if kind == 0)
    (checksums,) = struct.unpack_from(">I", image, directory + 16)
    pages, limit = struct.unpack_from(">II", image, directory + 28)
    length, _, _, shift = struct.unpack_from("4B", image, directory + 36)
    for page in range(pages):
        content = image[page << shift : min((page + 1) << shift, limit)]
        at = directory + checksums + length * page
        if hashlib.sha256(content).digest()[:length] != image[at : at + length]:
            return [f"page {page} has another checksum"]
    return ["good"] if limit == start else ["another end"]


if __name__ == "__main__":
    with open(sys.argv[2], "rb") as file:
        content = file.read()
    readers = {reader.__name__: reader for reader in (machines, needed, name, exports, crates, signature)}
    for line in sorted(readers[sys.argv[1]](content)):
        print(line)
