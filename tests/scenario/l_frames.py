"""Bytes that are no frame: said why, then closed; nobody else notices."""
import os
import socket
import struct
import time

import msgpack

from tocsin_client import Client, Closed
from tocsin_reports import report
from tocsin_test import check, equal, run, until


def bad_frame(place, daemon, data, call=0, says=None):
    """These bytes are answered with bad-frame and the end."""
    client = place.client(daemon)
    client.send_raw(data)
    error, result = client.wait(call)
    check(error.startswith("bad-frame: "), error)
    if says:
        check(says in error, error)
    equal(result, None)
    client.read_to_end()
    return error


def deep(levels):
    return b"\x91" * levels + b"\xc0"


def says_why_and_closes(place):
    daemon = place.daemon()
    witness = place.client(daemon)
    witness.submit(report("1"))
    bad_frame(place, daemon, b"\xc1")
    bad_frame(place, daemon, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    bad_frame(place, daemon, b"\x80")
    bad_frame(place, daemon, b"\x94\x00\x07\xc1", call=7)
    bad_frame(place, daemon, b"\x94\x00\x09\xa1m" + deep(40), call=9,
              says="deep")
    bad_frame(place, daemon, b"\x94\x00\x09\xa1m\xdd\xff\xff\xff\xff", call=9)
    bad_frame(place, daemon, b"\x94\x00\x09\xa1m\xdf\xff\xff\xff\xff", call=9)
    bad_frame(place, daemon, b"\x94\x00\x09\xa1m\xc6\xff\xff\xff\xff", call=9)
    bad_frame(place, daemon, b"\x94\x00\x09\xa1m\xdb\x00\x20\x00\x00", call=9,
              says="large")
    bad_frame(place, daemon, b"\x94\x00\x09\xc7\x01\x01x\x90", call=9)
    bad_frame(place, daemon, msgpack.packb([3, 5, "hello", []]))
    bad_frame(place, daemon, msgpack.packb([0, "one", "hello", []]))
    bad_frame(place, daemon, msgpack.packb([0, 1 << 32, "hello", []]))
    bad_frame(place, daemon, msgpack.packb([0, -1, "hello", []]))
    bad_frame(place, daemon, msgpack.packb([0, 5, 17, []]), call=5)
    equal(witness.submit(report("1"))["status"], "known")


def params_must_fit(place):
    """What is a frame but no call is refused, and the connection lives."""
    daemon = place.daemon()
    client = place.client(daemon)
    for params in ([17], ["x"], [[1]], [{}, {}], [{"protocol": 1}, 2]):
        client.send_raw(msgpack.packb([0, 3, "hello", params]))
        error, _ = client.wait(3)
        check(error.startswith("invalid: "), error)
    client.send_raw(msgpack.packb([0, 3, "server.stats", {}]))
    try:
        error, _ = client.wait(3)
        check(error.startswith(("invalid: ", "bad-frame: ")), error)
    except Closed:
        pass


def truncated_then_closed(place):
    daemon = place.daemon()
    whole = msgpack.packb([0, 1, "report.submit", [report("half")]])
    for cut in range(1, len(whole)):
        client = Client(daemon.address)
        client.send_raw(whole[:cut])
        client.close()
    client = place.client(daemon)
    equal(client.call("server.stats", {})["reports"], 0)
    until(lambda: client.call("server.stats", {})["metrics"]
          ["connections_open"] == 1, "the others are gone")


def byte_by_byte(place):
    client = place.client(place.daemon())
    client.methods[1] = "report.submit"
    for byte in msgpack.packb([0, 1, "report.submit", [report("slow")]]):
        client.send_raw(bytes([byte]))
    equal(client.result(1)["status"], "new")


def largest_frame_fits(place):
    """A frame of exactly the limit is taken, one byte more is not."""
    daemon = place.daemon(settings=["limits.frame_bytes=4096",
                                    "limits.report_bytes=4096",
                                    "limits.text_bytes=4096"])

    def padded(size):
        frame = msgpack.packb([0, 4, "server.stats", [{"x": ""}]])
        room = size - len(frame) - 2
        return msgpack.packb([0, 4, "server.stats", [{"x": "y" * room}]])
    client = place.client(daemon)
    exact = padded(4096)
    equal(len(exact), 4096)
    client.send_raw(exact)
    error, _ = client.wait(4)
    check(error.startswith("invalid: "), error)
    bad_frame(place, daemon, padded(4097), call=4, says="large")


def a_begun_frame_has_a_deadline(place):
    daemon = place.daemon(settings=["limits.frame_time=300ms"])
    error = bad_frame(place, daemon, b"\x94\x00\x05\xa5hel", call=5)
    check("time" in error, error)


def reset_connections_leave_nothing(place):
    daemon = place.daemon()
    client = place.client(daemon, hello=True)
    before = daemon.descriptors()
    for n in range(200):
        other = Client(daemon.address)
        other.send("report.submit", report(str(n)))
        other.send("alerts.subscribe", {"from": "all"})
        other.link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                              struct.pack("ii", 1, 0))
        other.close()
    until(lambda: daemon.descriptors() <= before, "descriptors come back")
    metrics = client.call("server.stats", {})["metrics"]
    equal(metrics["connections_open"], 1)
    equal(metrics["subscriptions_open"], 0)


def half_closed_is_answered(place):
    daemon = place.daemon()
    client = place.client(daemon)
    calls = [client.send("report.submit", report(str(n))) for n in range(20)]
    client.link.shutdown(socket.SHUT_WR)
    for call in calls:
        equal(client.result(call)["status"], "new")
    client.read_to_end()


def random_bytes_do_no_harm(place):
    daemon = place.daemon()
    witness = place.client(daemon)
    witness.submit(report("1"))
    seed = os.urandom(4).hex()
    print(f"seed {seed}")
    import random
    dice = random.Random(seed)
    frame = msgpack.packb([0, 1, "report.submit", [report("x" * 20)]])
    for _ in range(400):
        data = bytearray(frame)
        for _ in range(dice.randint(1, 4)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        client = Client(daemon.address)
        try:
            client.send_raw(bytes(data))
            client.link.shutdown(socket.SHUT_WR)
            client.read_to_end()
        except (OSError, ValueError, AssertionError, msgpack.UnpackException):
            pass
        client.close()
    check(daemon.is_running(), "the daemon lives")
    equal(witness.submit(report("1"))["status"], "known")


def notifications_are_ignored(place):
    client = place.client(place.daemon())
    client.notify("no.such.thing", {"x": 1})
    client.notify("report.submit", report("unseen"))
    client.notify("hello")
    client.send_raw(msgpack.packb([1, 5, None, {"a": "reply to nothing"}]))
    time.sleep(0.05)
    equal(client.call("server.stats", {})["reports"], 0)
    equal(len(client.pushes), 0)


run(says_why_and_closes, params_must_fit, truncated_then_closed, byte_by_byte,
    largest_frame_fits, a_begun_frame_has_a_deadline,
    reset_connections_leave_nothing, half_closed_is_answered,
    random_bytes_do_no_harm, notifications_are_ignored)
