"""Every byte of a directory, compressed segments of the log opened."""
import ctypes
import hashlib
import struct

MAGIC = b"TOCSEAL1"
ENTRY, TRAILER = 32, 44


def _library():
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_decompress.restype = ctypes.c_size_t
    library.ZSTD_isError.argtypes = [ctypes.c_size_t]
    return library


def unsealed(data):
    """What a sealed segment holds, as one string of bytes."""
    library = _library()
    at, blocks = struct.unpack_from("<QI", data, len(data) - TRAILER + 16)
    out = []
    for index in range(blocks):
        place, packed, raw = struct.unpack_from(
            "<QII", data, at + index * ENTRY + 16)
        room = ctypes.create_string_buffer(raw)
        size = library.ZSTD_decompress(
            room, ctypes.c_size_t(raw), data[place:place + packed],
            ctypes.c_size_t(packed))
        assert not library.ZSTD_isError(size) and size == raw, "damaged block"
        out.append(room.raw)
    return b"".join(out)


def contents(directory):
    """(name, bytes) of every file below a directory; sealed ones twice."""
    for path in sorted(directory.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        yield str(path.relative_to(directory)), data
        if data.endswith(MAGIC):
            yield f"{path.name} (opened)", unsealed(data)


def found(directory, secrets):
    """[(secret's name, file)] of each secret that some file holds.

    secrets: {name: bytes}.
    """
    return [(what, name) for name, data in contents(directory)
            for what, secret in secrets.items() if secret in data]


def pseudonym(directory, what, organisation, text):
    """What a reporter or a serial is held as."""
    name = "serial.key" if what == "serial" else "pseudonym.key"
    key = bytes.fromhex((directory / name).read_text())
    told = "\x1f".join((what, organisation, text)).encode()
    return hashlib.blake2b(told, digest_size=16, key=key).hexdigest()
