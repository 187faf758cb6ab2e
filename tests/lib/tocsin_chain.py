"""The chain of alert events, checked as a reader would: over the bytes."""
import hashlib

import msgpack

from tocsin_test import equal


def alert_spans(reply):
    """The bytes of each event's alert in a reply to alerts.fetch."""
    unpacker = msgpack.Unpacker(raw=False)
    unpacker.feed(reply)
    equal(unpacker.read_array_header(), 4)
    for _ in range(3):
        unpacker.skip()
    for _ in range(unpacker.read_map_header()):
        if unpacker.unpack() != "events":
            unpacker.skip()
            continue
        for _ in range(unpacker.read_array_header()):
            for _ in range(unpacker.read_map_header()):
                key, start = unpacker.unpack(), unpacker.tell()
                unpacker.skip()
                if key == "alert":
                    yield reply[start:unpacker.tell()]


def fetch_bytes(client):
    """One alerts.fetch of everything, as it came."""
    client.send("alerts.fetch", {"cursor": "all", "max": 1000})
    reply = b""
    while True:
        reply += client.link.recv(1 << 20)
        try:
            msgpack.unpackb(reply)
            return reply
        except ValueError:
            pass


def check_chain(client):
    """Each event has the hash of the one before; how many there are."""
    chain = bytes(32)
    count = 0
    for span in alert_spans(fetch_bytes(client)):
        equal(msgpack.unpackb(span)["prev"], chain.hex())
        chain = hashlib.blake2b(chain + span, digest_size=32).digest()
        count += 1
    return count
