"""A plain MessagePack-RPC client, and a record of what it was answered.

Nothing of tocsin's own is used: what this client can do, any can.  With
TOCSIN_TRAFFIC naming a folder, the methods called and the keys and errors
answered are written there, for the check that the scenarios together use
every row of the protocol's tables.
"""
import atexit
import collections
import json
import os
import pathlib
import re
import socket
import ssl
import sys
import time

import msgpack

traffic = {"methods": {}, "errors": set()}


def _write_traffic():
    folder = os.environ.get("TOCSIN_TRAFFIC")
    if not folder or not traffic["methods"]:
        return
    path = pathlib.Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    name = pathlib.Path(sys.argv[0]).stem + ".json"
    (path / name).write_text(json.dumps({
        "methods": {method: sorted(keys) for method, keys
                    in sorted(traffic["methods"].items())},
        "errors": sorted(traffic["errors"]),
    }, indent=1))


atexit.register(_write_traffic)


class RpcError(Exception):
    """code: text; retry_after_ms=N"""

    def __init__(self, error):
        super().__init__(error)
        found = re.fullmatch(
            r"([a-z-]+): (.*?)(?:; retry_after_ms=(\d+))?", error, re.S)
        if not found:
            raise AssertionError(f"not an error's shape: {error!r}")
        self.code, self.text = found.group(1), found.group(2)
        self.retry_ms = int(found.group(3)) if found.group(3) else None


class Closed(Exception):
    """The daemon closed the connection."""


def connect(address, timeout=20, context=None, host="localhost", source=None):
    """A socket, from an address of this machine; with an SSLContext, in TLS
    with a server of that name."""
    link = connect_plain(address, timeout, source)
    if not context:
        return link
    try:
        return context.wrap_socket(link, server_hostname=host)
    except BaseException:
        link.close()
        raise


def connect_plain(address, timeout, source=None):
    if address.startswith("unix:"):
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(timeout)
        link.connect(address[5:])
        return link
    host, port = address.rsplit(":", 1)
    link = socket.create_connection((host.strip("[]"), int(port)), timeout,
                                    (source, 0) if source else None)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


class Client:
    """One connection.  Replies may come in any order, pushes between."""

    def __init__(self, address, timeout=20, organisation=None, hello=False,
                 context=None, source=None):
        self.timeout = timeout
        self.link = connect(address, timeout, context, source=source)
        self.unpacker = msgpack.Unpacker(
            raw=False, strict_map_key=False, max_buffer_size=1 << 26)
        self.last_id = 0
        self.methods = {}
        self.replies = {}
        self.pushes = collections.deque()
        if organisation:
            self.call("hello", {"protocol": 1, "client": "scenario",
                                "organisation": organisation})
        elif hello:
            self.call("hello", {"protocol": 1})

    def close(self):
        self.link.close()

    # --- out

    def send_raw(self, data):
        self.link.sendall(data)

    def send(self, method, *params):
        """Pipeline a call; its id."""
        self.last_id += 1
        self.methods[self.last_id] = method
        self.send_raw(msgpack.packb([0, self.last_id, method, list(params)],
                                    use_bin_type=True))
        return self.last_id

    def notify(self, method, *params):
        self.send_raw(msgpack.packb([2, method, list(params)]))

    # --- in

    def _take(self, message):
        if message[0] == 2:
            self.pushes.append((message[1], message[2]))
            return
        assert message[0] == 1 and len(message) == 4, f"no reply: {message!r}"
        self.replies[message[1]] = message[2:]
        method = self.methods.get(message[1])
        if message[2] is not None:
            traffic["errors"].add(message[2].split(":", 1)[0])
        if method and isinstance(message[3], dict):
            traffic["methods"].setdefault(method, set()).update(message[3])

    def read(self, end):
        """Take what comes until end (monotonic); False when it was silent."""
        left = end - time.monotonic()
        if left <= 0:
            return False
        self.link.settimeout(left)
        try:
            data = self.link.recv(1 << 18)
        except TimeoutError:
            return False
        except (ConnectionError, ssl.SSLError) as why:
            raise Closed(str(why)) from why
        if not data:
            raise Closed("end of stream")
        self.unpacker.feed(data)
        for message in self.unpacker:
            self._take(message)
        return True

    def wait(self, call_id, timeout=None):
        """(error, result) of a call."""
        end = time.monotonic() + (timeout or self.timeout)
        while call_id not in self.replies:
            if not self.read(end):
                raise TimeoutError(
                    f"no reply to {self.methods.get(call_id)} {call_id}")
        return self.replies.pop(call_id)

    def result(self, call_id, timeout=None):
        error, result = self.wait(call_id, timeout)
        if error is not None:
            raise RpcError(error)
        return result

    def call(self, method, *params, timeout=None):
        return self.result(self.send(method, *params), timeout)

    def next_push(self, timeout=None):
        """(method, params) of the next push."""
        end = time.monotonic() + (timeout or self.timeout)
        while not self.pushes:
            if not self.read(end):
                raise TimeoutError("no push came")
        return self.pushes.popleft()

    def quiet(self, seconds):
        """No push for so long."""
        end = time.monotonic() + seconds
        while not self.pushes and self.read(end):
            pass
        return not self.pushes

    def read_to_end(self, timeout=None):
        """Take everything until the daemon closes."""
        end = time.monotonic() + (timeout or self.timeout)
        try:
            while self.read(end):
                pass
        except Closed:
            return
        raise TimeoutError("the connection stayed open")

    # --- shorthands

    def submit(self, report, **options):
        return self.call("report.submit", report, *([options] if options
                                                    else []))

    def batch(self, reports, **options):
        return self.call("report.submit_batch", {"reports": reports,
                                                 **options})

    def name(self, organisations):
        """Name these: a dict each, as organisations.set takes it."""
        for said in organisations:
            try:
                self.call("organisations.set", {"add": True, **said})
            except RpcError as error:
                if error.code != "conflict":
                    raise
                self.call("organisations.set", said)

    def events(self, count, timeout=None):
        """The next events pushed, in order, until there are so many."""
        events = []
        while len(events) < count:
            _, params = self.next_push(timeout)
            assert 1 <= len(params[-1]) <= 16, f"{len(params[-1])} events"
            events += params[-1]
        assert len(events) == count, f"{len(events)} events, not {count}"
        return events

    def fetch_all(self, cursor="all", **options):
        """Every event behind a cursor, and the cursor behind the last."""
        events = []
        while True:
            page = self.call("alerts.fetch",
                             {"cursor": cursor, "max": 1000, **options})
            events += page["events"]
            cursor = page["cursor"]
            if not page["more"]:
                return events, cursor

    def export(self, what, **options):
        """An export whole: (bytes, what open said, what the end said)."""
        opened = self.call("export.open", {"what": what, **options})
        data, offset = bytearray(), 0
        while True:
            page = self.call("export.next", {"export": opened["export"],
                                             "offset": offset})
            assert len(page["data"]) <= 262144
            data += page["data"]
            offset = page["offset"]
            if page["done"]:
                self.call("export.close", {"export": opened["export"]})
                return bytes(data), opened, page

    def rows(self, what, **options):
        """An export's rows as dicts, through NDJSON."""
        data, _, end = self.export(what, format="ndjson", **options)
        rows = [json.loads(line) for line in data.splitlines()]
        assert len(rows) == end["rows"], f"{len(rows)} rows, {end['rows']} said"
        return rows
