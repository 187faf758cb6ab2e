"""The conversations printed in docs/protocol.md, held with a daemon.

How they are written is said there, under "Transcripts".  They build on one
another, so they are one step on one daemon.
"""
import json
import re
import time

import msgpack

from tocsin_test import SOURCE, check, equal, run, slowness

TOKEN = re.compile(r'\s*(?:(?P<string>"(?:\\.|[^"\\])*")'
                   r'|(?P<word>-?\d+(?:\.\d+)?|true|false|null)'
                   r'|\$(?P<name>\w+)|(?P<any>…)|(?P<mark>[\[\]{},:]))')


class Any:
    """… : whatever stands here; at the end of a list or map, the rest."""


class Name:
    """$name: a value to remember, or one remembered."""

    def __init__(self, name):
        self.name = name


class Reader:
    """A frame as it is printed."""

    def __init__(self, text):
        self.tokens = []
        at = 0
        while at < len(text.rstrip()):
            match = TOKEN.match(text, at)
            check(match, "no frame:", text[at:at + 40])
            self.tokens.append(match)
            at = match.end()
        self.at = 0

    def frame(self):
        value = self.value()
        equal(self.at, len(self.tokens), "tokens read")
        return value

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def takes_mark(self, mark):
        found = self.tokens[self.at]["mark"] == mark
        self.at += found
        return found

    def value(self):
        token = self.take()
        if token["any"]:
            return Any()
        if token["name"]:
            return Name(token["name"])
        if token["mark"] == "[":
            return self.items("]", self.value)
        if token["mark"] == "{":
            return dict(self.items("}", self.pair))
        check(not token["mark"], "no value:", token.group())
        return json.loads(token.group())

    def items(self, end, item):
        items = []
        while not self.takes_mark(end):
            items.append(item())
            self.takes_mark(",")
        return items

    def pair(self):
        key = self.value()
        if isinstance(key, Any):
            return Any, key
        check(self.takes_mark(":"), "no colon behind", key)
        return key, self.value()


def filled(value, known):
    """A frame to send: names replaced by what they stand for."""
    if isinstance(value, Name):
        return known[value.name]
    if isinstance(value, list):
        return [filled(item, known) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, known) for key, item in value.items()}
    return value


def match(wanted, got, known, where="frame"):
    """A received frame must be as printed; its names are remembered."""
    if isinstance(wanted, Any):
        return
    if isinstance(wanted, Name):
        equal(got, known.setdefault(wanted.name, got), where)
    elif isinstance(wanted, str) and "…" in wanted:
        if isinstance(got, bytes):
            got = got.decode()
        pattern = ".*".join(re.escape(part) for part in wanted.split("…"))
        check(isinstance(got, str) and re.fullmatch(pattern, got, re.S),
              f"{where}: got {got!r}, not {wanted!r}")
    elif isinstance(wanted, list):
        match_list(wanted, got, known, where)
    elif isinstance(wanted, dict):
        match_map(wanted, got, known, where)
    else:
        equal((type(got), got), (type(wanted), wanted), where)


def match_list(wanted, got, known, where):
    check(isinstance(got, list), f"{where}: got {got!r}, not a list")
    count = len(wanted)
    if wanted and isinstance(wanted[-1], Any) and count != len(got):
        count -= 1
        check(len(got) >= count, f"{where}: too short: {got!r}")
    else:
        equal(len(got), count, f"{where}: length of {got!r}")
    for i in range(count):
        match(wanted[i], got[i], known, f"{where}[{i}]")


def match_map(wanted, got, known, where):
    check(isinstance(got, dict), f"{where}: got {got!r}, not a map")
    keys = set(wanted) - {Any}
    missing = keys - set(got)
    check(not missing, f"{where}: {missing} are not in {got!r}")
    if Any not in wanted:
        equal(set(got), keys, f"{where}: keys")
    for key in keys:
        match(wanted[key], got[key], known, f"{where}.{key}")


def received(client, is_push):
    """The next notification, or the next reply."""
    if is_push:
        method, params = client.next_push()
        return [2, method, params]
    end = time.monotonic() + client.timeout
    while not client.replies:
        check(client.read(end), "no reply came")
    call_id = next(iter(client.replies))
    return [1, call_id, *client.replies.pop(call_id)]


def lines(block):
    """(direction, frame) of each, continued lines joined."""
    found = []
    for line in block.strip("\n").split("\n"):
        if line[:2] in ("> ", "< "):
            found.append([line[0], line[2:]])
        elif line.startswith("  "):
            found[-1][1] += "\n" + line
        else:
            check(line.startswith("#"), "no line of a transcript:", line)
    return found


def hold(client, block):
    known = {}
    got = None
    for direction, text in lines(block):
        frame = Reader(text).frame()
        if direction == ">":
            if frame[0] == 0:
                client.methods[frame[1]] = frame[2]
            client.send_raw(msgpack.packb(filled(frame, known)))
            continue
        got = received(client, frame[0] == 2)
        try:
            match(frame, got, known)
        except AssertionError as why:
            raise AssertionError(f"{text}\n{why}") from why
    if got and isinstance(got[2], str) and got[2].startswith("bad-frame"):
        client.read_to_end()
    else:
        check(client.quiet(0.02 * slowness()), "a push that is not printed")
        equal(client.replies, {}, "replies that are not printed")


def the_manual_is_right(place):
    manual = (SOURCE / "docs" / "protocol.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```transcript\n(.*?)^```", manual, re.S | re.M)
    check(len(blocks) >= 8, len(blocks), "transcripts found")
    daemon = place.daemon()
    for block in blocks:
        client = place.client(daemon)
        hold(client, block)
        client.close()


run(the_manual_is_right)
