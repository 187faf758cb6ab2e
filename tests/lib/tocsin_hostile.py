"""Strings that bite where they are shown, and what makes output harmless."""
import csv
import io
import re
import socket
import threading

import msgpack

# What a spreadsheet would run.
FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(1)", " =1+1", "\u00a0=1+1", "\u3000+1",
    "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(1)", "\ufeff=1", "\u202e=1",
    "=cmd|' /C calc'!A0", '=HYPERLINK("http://example.org/?"&A1,"x")',
    "\t=1", "\r=1", "\n=1",
]

# What would steer a terminal, or look like another line or other text.
STEERING = [
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b[2J\x1b[H", "\x9b31mred",
    "\x90q\x9c", "back\x08\x08\x08", "over\rwritten", "del\x7fete", "\x00nul",
    "\u202egpj.exe", "a\u2066b\u2069", "\u200fright", "\u061c", "\ufeffmark",
    "two\u2028lines", "two\u2029lines", "next\x85line",
    "end\ntime=2026-01-01T00:00:00Z level=error event=forged",
    "end\r\nlevel=error event=forged", '" level=error event=forged "',
    'x"}\n{"event":"forged"}', "\ttab",
]

# Bytes that are no UTF-8, as Python holds them.
BROKEN = [raw.decode("utf-8", "surrogateescape") for raw in (
    b"\xff\xfe", b"\x9b31m", b"\xc0\x9b31m", b"\xe2\x80", b"\xed\xa0\x80",
    b"\xf8\x88\x80\x80\x80")]

HOSTILE = FORMULAS + STEERING

_harmful = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f"
                      "\u2028-\u202e\u2066-\u2069\ufeff]")
_formula = re.compile("[\\s\u00ad\u180e\u200b-\u200f\u2028-\u202e"
                      "\u2060-\u206f\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]"
                      "|[\x00-\x1f\x7f-\x9f]")
_number = re.compile(r"-?\d+(\.\d+)?(e[-+]?\d+)?$")


def harm(output, tabs=False):
    """The first character that has no place on a terminal, with what is
    around it; None when there is none."""
    try:
        text = output.decode("utf-8")
    except UnicodeDecodeError as why:
        return f"no UTF-8: {output[max(0, why.start - 20):why.end + 20]!r}"
    # A terminal line puts a return before each newline.
    text = re.sub("\r+\n", "\n", text)
    if tabs:
        text = text.replace("\t", " ")
    found = _harmful.search(text)
    return found and repr(text[max(0, found.start() - 20):found.end() + 20])


def formulas(output):
    """Cells of a CSV file that a spreadsheet would run."""
    rows = list(csv.reader(io.StringIO(
        output.decode("utf-8", "surrogateescape"), newline="")))
    return [cell for row in rows for cell in row
            if _formula.match(cell) and not _number.match(cell)]


class Distorter:
    """A server between a client and a real one: every text that the real one
    answers becomes a hostile one; keys, and what calls go on by, stay."""

    KEPT = {"after", "export", "cursor", "sha256", "instance"}

    def __init__(self, address, begin=0, strings=None):
        host, port = address.rsplit(":", 1)
        self.target = host, int(port)
        self.strings = strings or HOSTILE + BROKEN
        self.next = begin
        self.distorted = 0
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listening.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            server = socket.create_connection(self.target)
            threading.Thread(target=self._forward, args=(client, server),
                             daemon=True).start()
            threading.Thread(target=self._answer, args=(server, client),
                             daemon=True).start()

    @staticmethod
    def _forward(client, server):
        try:
            while data := client.recv(65536):
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)
        except OSError:
            server.close()

    def _string(self):
        self.next += 1
        self.distorted += 1
        return self.strings[self.next % len(self.strings)]

    def _distort(self, value, key=None):
        if isinstance(value, str):
            return value if key in self.KEPT else self._string()
        if isinstance(value, list):
            return [self._distort(item) for item in value]
        if isinstance(value, dict):
            return {name: self._distort(item, name)
                    for name, item in value.items()}
        return value

    def _answer(self, server, client):
        unpacker = msgpack.Unpacker(raw=False, strict_map_key=False,
                                    max_buffer_size=1 << 26)
        try:
            while data := server.recv(65536):
                unpacker.feed(data)
                for message in unpacker:
                    head = 2 if message[0] == 1 else 1
                    message = message[:head] + [
                        self._error(item) if message[0] == 1 and i == 0 and
                        isinstance(item, str) else self._distort(item)
                        for i, item in enumerate(message[head:])]
                    client.sendall(msgpack.packb(
                        message, use_bin_type=True,
                        unicode_errors="surrogateescape"))
            client.shutdown(socket.SHUT_WR)
        except OSError:
            client.close()

    def _error(self, text):
        """An error keeps its code, or the client would not know it."""
        return text.split(":", 1)[0] + ": " + self._string()
