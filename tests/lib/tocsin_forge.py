"""Somebody who may write to the data directory: the log altered, and every
checksum made right again, as docs/storage.md has them."""
import struct

HEADER, FRAME_HEADER, SEAL = 64, 27, 8
ALERT = 8

_table = []
for _byte in range(256):
    for _ in range(8):
        _byte = _byte >> 1 ^ (0x82f63b78 if _byte & 1 else 0)
    _table.append(_byte)


def crc32c(crc, data):
    crc ^= 0xffffffff
    for byte in data:
        crc = crc >> 8 ^ _table[(crc ^ byte) & 0xff]
    return crc ^ 0xffffffff


def _varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7f) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def _events(frame):
    """(type, where its lengths begin and end, its header's place) of each."""
    at = FRAME_HEADER
    while at < len(frame):
        start = at
        header, at = _varint(frame, at + 1)
        body, at = _varint(frame, at)
        end = at
        at += SEAL if body else 0
        yield frame[start], (start, end), (at, at + header)
        at += header + body


def _seal_frame(frame, seed, prev):
    struct.pack_into("<I", frame, 8, prev)
    crc = seed
    for _, lengths, header in _events(frame):
        crc = crc32c(crc, frame[slice(*lengths)])
        crc = crc32c(crc, frame[slice(*header)])
    crc = crc32c(crc32c(crc, frame[:4]), frame[8:FRAME_HEADER])
    struct.pack_into("<I", frame, 4, crc)
    return crc


def forge_alerts(directory, alter):
    """Give alter the header of every alert event of the open segment; what it
    answers, of the same length, stands there instead."""
    path, = (directory / "log").glob("*.seg")
    data = bytearray(path.read_bytes())
    seed = struct.unpack_from("<I", data, 12)[0]
    prev = struct.unpack_from("<I", data, 40)[0]
    at = HEADER
    while at + 4 <= len(data):
        length, = struct.unpack_from("<I", data, at)
        if length == 0:
            break
        frame = bytearray(data[at:at + length])
        for kind, _, header in _events(frame):
            if kind == ALERT:
                there = slice(*header)
                altered = alter(bytes(frame[there]))
                assert len(altered) == header[1] - header[0]
                frame[there] = altered
        prev = _seal_frame(frame, seed, prev)
        data[at:at + length] = frame
        at += length
    path.write_bytes(data)
