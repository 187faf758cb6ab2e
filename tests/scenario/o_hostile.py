"""Strings that bite, sent wherever a text can be sent, and looked for
wherever one comes out."""
import json
import os
import pty
import re
import subprocess

import msgpack

from tocsin_client import Client, RpcError
from tocsin_daemon import binary
from tocsin_hostile import (BROKEN, FORMULAS, HOSTILE, Distorter, formulas,
                            harm)
from tocsin_import import tocsin
from tocsin_reports import fire, report
from tocsin_test import SOURCE, check, equal, run, slowness

WHAT = ("groups", "products", "reports", "alerts", "timeseries", "evidence")

def rows_of(name):
    """A table's text without the comment that explains its columns."""
    return (SOURCE / "proto" / name).read_text().split("*/", 1)[1]


def text_fields():
    """The path of every text of a report, by fields.def: a new one is tried
    as well."""
    found = re.findall(r"^FIELD\((\w+), (ID|LINE|PROSE|LANG|LIST|CODES), (\w+)",
                       rows_of("fields.def"), re.M)
    return [(key,) if group == "TOP" else (group.lower(), key)
            for group, _, key in found]


def text_arguments():
    """{wire name of a method: its arguments that are texts}."""
    text = rows_of("messages.def")
    wire = dict(re.findall(r'^METHOD\(\w+, (\w+), "([^"]+)"', text, re.M))
    found = {name: [] for name in wire.values()}
    for method, argument in re.findall(
            r"^ARG\((\w+), (?:TEXT|LIST), (\w+)", text, re.M):
        found[wire[method]].append(argument)
    return found


def submit_all(client):
    """Everything hostile into every field; what was taken, by its id."""
    taken, refusals = {}, []
    for number, path in enumerate(text_fields()):
        for which, text in enumerate(HOSTILE):
            made = fire(f"{number}-{which}", f"branch{which % 3}",
                        model=f"KX {number}00")
            at = made
            for key in path[:-1]:
                at = at.setdefault(key, {})
            for value in (text, [text]):
                at[path[-1]] = value
                try:
                    client.submit(made)
                except RpcError as error:
                    refusals.append(str(error).encode(
                        "utf-8", "surrogateescape"))
                else:
                    taken[str(made["id"])] = path, text
                    break
    return taken, refusals


def check_log(daemon, form="logfmt"):
    """Each line is one event, and nothing in it steers."""
    raw = daemon.logs[-1].read_bytes()
    found = harm(raw)
    check(not found, "the log has", found)
    for line in raw.decode().splitlines():
        if form == "json":
            check({"time", "level", "event"} <= set(json.loads(line)), line)
        else:
            check(line.startswith("time=") and " event=forged" not in
                  line.split('"')[0], line)


def comes_out_harmless(place):
    daemon = place.daemon(settings=["log.level=debug"])
    client = place.client(daemon)
    taken, refusals = submit_all(client)
    check(len(taken) > 200, f"only {len(taken)} were taken")
    check(len(refusals) > 100, f"only {len(refusals)} were refused")
    for refusal in refusals:
        check(not harm(refusal), "a refusal has", refusal)
    fields = {path for path, _ in taken.values()}
    check(len(fields) > 8, fields)

    seen = b""
    for what in WHAT:
        data, _, _ = client.export(what)
        equal(formulas(data), [], f"{what} as CSV")
        seen += data
        raw, _, _ = client.export(what, raw_cells=True)
        lines, _, end = client.export(what, format="ndjson")
        check(not harm(lines), f"{what} as NDJSON has", harm(lines))
        rows = [json.loads(line) for line in lines.decode().split("\n")[:-1]]
        equal(len(rows), end["rows"], what)
        if what == "reports":
            check(formulas(raw), "raw cells are guarded, too")
            texts = json.dumps(rows, ensure_ascii=False)
            # Nothing is lost: what was sent is what JSON says.
            for text in ("=1+1", "@SUM(1)", "\u202egpj.exe"):
                check(text in texts, f"{text!r} was not kept")
    check(b"'=1+1" in seen and "'\uff1d1+1".encode() in seen,
          "no formula came out at all")
    check_log(daemon)

    ids = [name for name in list(taken)[::40]] + ["=1+1", "-1+1"]
    products = [f"p{number}" for number in (1, 2, 20)]
    commands = [("reports", "list"), ("products", "list"),
                ("alerts", "list"), ("duplicates", "list"),
                ("sources", "list"), ("rules", "list"), ("stats",),
                ("server", "info"), ("alerts", "budget"),
                ("products", "search", "kx"), ("products", "similar"),
                ("alerts", "remedies")]
    commands += [("reports", "trace", f"@{seq}") for seq in (1, 40, 90)]
    commands += [("products", "show", one) for one in products]
    commands += [("reports", "show", "--", one) for one in ids]
    check(look_at_all(place, daemon, commands) >= 5, "hardly any CSV")


def look_at_all(place, daemon, commands):
    """Each command as a table, as CSV, as JSON; how many gave CSV: what
    shows one thing only is for people in any case."""
    tables = 0
    for command in commands:
        for form in ("table", "csv", "json"):
            words = command[:2] + ("-o", form, "--utc") + command[2:]
            done = tocsin(place, daemon, *words)
            check(not harm(done.stderr), words, harm(done.stderr))
            if form == "csv" and re.match(rb"\w+(,[\w%]+)+\r\n",
                                          done.stdout):
                equal(formulas(done.stdout), [], words)
                tables += 1
            else:
                check(not harm(done.stdout), words, harm(done.stdout))
    return tables


def calls_and_acts(place):
    """Names of methods, clients, organisations, authors, reasons."""
    for form in ("logfmt", "json"):
        daemon = place.daemon(form, settings=["log.level=debug",
                                              f"log.format={form}"])
        client = place.client(daemon)
        for number in range(2):
            client.submit(report(f"r{number}", model=f"KX {number}00"))
        told = []
        for text in HOSTILE + BROKEN:
            text = text.encode("utf-8", "surrogateescape")
            acts = [(text, {}), ("report.get", {text: text})]
            acts += [(method, dict.fromkeys(arguments, text))
                     for method, arguments in text_arguments().items()]
            acts += [
                ("hello", {"protocol": 1, "client": text}),
                ("hello", {"protocol": 1, "organisation": text}),
                ("products.rename", {"id": "p1", "name": text,
                                     "author": text, "reason": text}),
                ("products.distinct", {"id": "p1", "from": "p2",
                                       "author": text, "reason": text}),
                ("sources.declare", {"source": text, "ids": "stable"}),
                ("export.open", {"what": "replay", "rules": "rules: [",
                                 "rules_name": text}),
            ]
            for method, params in acts:
                told.append(raw_call(daemon, method, params))
        check(sum(b"nvalid" in one or b"nknown" in one for one in told) > 50,
              "hardly anything was refused")
        for one in told:
            check(not harm(one), "an error says", harm(one))
        check_log(daemon, form)
        look_at_all(place, daemon, [("products", "list"),
                                    ("products", "history", "p1"),
                                    ("products", "show", "p1"),
                                    ("reports", "list")])
        equal(client.call("server.stats", {})["reports"], 2)


def raw_call(daemon, method, params):
    """Bytes where texts go, so that they may be no UTF-8; the error."""
    def pack(value):
        if isinstance(value, bytes):
            return value.decode("utf-8", "surrogateescape")
        if isinstance(value, dict):
            return {pack(key): pack(item) for key, item in value.items()}
        return value

    client = Client(daemon.address, timeout=20 * slowness())
    client.send_raw(msgpack.packb([0, 1, pack(method), [pack(params)]],
                                  unicode_errors="surrogateescape"))
    unpacker = msgpack.Unpacker(raw=True)
    while True:
        data = client.link.recv(65536)
        if not data:
            client.close()
            return b""
        unpacker.feed(data)
        for message in unpacker:
            client.close()
            error = message[2]
            return error if isinstance(error, bytes) else b""


def from_a_hostile_server(place):
    """Every text of every answer is hostile: nothing of it reaches the
    terminal, and CSV holds no formula."""
    daemon = place.daemon()
    client = place.client(daemon)
    for number in range(30):
        client.submit(fire(f"r{number}", f"branch{number % 4}",
                           model=f"KX {number % 5}00", text="words"))
    client.call("products.merge", {"id": "p1", "into": "p2",
                                   "author": "me", "reason": "same"})
    commands = [
        ("reports", "list"), ("reports", "show", "r1"),
        ("reports", "trace", "r1"), ("products", "list"),
        ("products", "show", "p1"), ("products", "search", "kx"),
        ("products", "similar"), ("products", "history", "p1"),
        ("alerts", "list"), ("alerts", "show", "a1"),
        ("alerts", "history", "a1"), ("alerts", "budget"),
        ("alerts", "remedies"), ("duplicates", "list"),
        ("sources", "list"), ("rules", "list"), ("categories",), ("stats",),
        ("server", "info"), ("reports", "show", "absent"),
        ("products", "show", "p999"),
        ("report", "--brand", "A", "--model", "B 1", "--category", "kettle",
         "--kind", "breakdown", "--country", "FR", "--dry-run", "--explain"),
        ("report", "--brand", "A", "--category", "none-such"),
        ("watch", "--since", "all", "--count", "3", "--for", "2s"),
    ]
    distorted = tables = 0
    for begin in range(0, len(HOSTILE) + len(BROKEN), 5):
        server = Distorter(daemon.address, begin)
        tables += look_at_all(place, server, commands)
        distorted += server.distorted
        server.close()
    check(tables > 40, f"only {tables} were CSV")
    check(distorted > 1000, f"only {distorted} texts were distorted")


def on_a_terminal(place):
    """An export that goes to a terminal steers it no more than a table."""
    daemon = place.daemon()
    client = place.client(daemon)
    for number, text in enumerate(("a\u202eb", "\u2066x\u2069", "\u200fy")):
        client.submit(report(f"r{number}", model="KX 1", brand=text))
    for words in (("export", "reports"), ("export", "products"),
                  ("export", "reports", "-o", "ndjson"),
                  ("reports", "list", "--json"), ("products", "list"),
                  ("products", "list", "-o", "csv")):
        shown = on_pty(daemon, words)
        check(len(shown) > 40, words, shown)
        found = harm(shown)
        check(not found, words, found)
        # Into a file, CSV holds what was sent.
        if words == ("export", "reports"):
            plain = tocsin(place, daemon, *words).stdout
            check("\u202e".encode() in plain, "the file was changed, too")


def on_pty(daemon, words):
    """What a terminal is sent."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [binary("clients/cli/tocsin", "TOCSIN"), "--server", daemon.address,
         "--color", "never", *words], stdin=subprocess.DEVNULL,
        stdout=theirs, stderr=subprocess.DEVNULL)
    os.close(theirs)
    shown = b""
    try:
        while data := os.read(ours, 65536):
            shown += data
    except OSError:
        pass  # so a terminal ends
    os.close(ours)
    equal(process.wait(20 * slowness()), 0, words)
    return shown


def in_files_of_ours(place):
    """match writes ids and reasons, import its rejects: guarded as well."""
    left = place.file("left.csv", "id,brand,model\n" + "".join(
        f'"{text}{number}",Moulinex,BY {number}00\n' for number, text in
        enumerate(("=1+", "@x", "+", "-", " =", "\uff1d"))))
    right = place.file("right.csv", "id,brand,model\n" + "".join(
        f"r{number},Moulinex,BY{number}00\n" for number in range(6)))
    done = tocsin(place, None, "match", left, right, "-o", "csv")
    equal(done.returncode, 0, done.stderr)
    check(len(done.stdout.splitlines()) > 3, done.stdout)
    equal(formulas(done.stdout), [])
    raw = tocsin(place, None, "match", left, right, "-o", "csv", "--raw")
    check(formulas(raw.stdout), raw.stdout)
    equal(len(FORMULAS), len(set(FORMULAS)))


run(comes_out_harmless, calls_and_acts, from_a_hostile_server, on_a_terminal,
    in_files_of_ours, seconds=180)
