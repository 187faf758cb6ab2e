"""The tocsin command against a daemon: what it prints, and how it ends."""
import csv
import hashlib
import io
import json
import subprocess
import time

from tocsin_daemon import binary
from tocsin_import import tocsin
from tocsin_reports import clock, fire, report
from tocsin_test import check, equal, run, slowness, until

KETTLE = ("--brand", "Moulinex", "--model", "BY612", "--category", "kettle",
          "--kind", "incident", "--country", "FR", "--occurred", "2026-06")


def told(done, code=0):
    """Its JSON: one object, or one after the other."""
    equal(done.returncode, code, done.stderr.decode())
    text, objects = done.stdout.decode().strip(), []
    while text:
        value, end = json.JSONDecoder().raw_decode(text)
        objects.append(value)
        text = text[end:].lstrip()
    return objects


def sends_one_report(place):
    daemon = place.daemon()
    answer = told(tocsin(place, daemon, "report", *KETTLE, "--id", "17",
                         "--mode", "overheating", "--json"))[0]
    equal((answer["id"], answer["status"]), ("17", "new"))
    again = told(tocsin(place, daemon, "report", *KETTLE, "--id", "17",
                        "--mode", "overheating", "--json"))[0]
    equal(again["status"], "known")
    plain = tocsin(place, daemon, "report", *KETTLE, "--group", "rennes")
    equal(plain.returncode, 0, plain.stderr)
    check(b"by612" in plain.stdout.lower(), plain.stdout)
    from_file = tocsin(place, daemon, "report", "--file", "-", "--json",
                       data=json.dumps(report("18")).encode())
    equal(told(from_file)[0]["status"], "new")
    equal(place.client(daemon).call("server.stats", {})["reports"], 3)


def ends_as_it_says(place):
    daemon = place.daemon()
    for words, code in (
            (("no-such-command",), 2), (("report", "--brnad", "x"), 2),
            (("reports", "show", "17"), 3),
            (("products", "show", "p99"), 3),
            (("report", *KETTLE[:-1], "20/11/2026"), 7),
            (("report", "--file", "/no/such/file"), 9),
            (("export", "groups", "--out", "/no/such/folder/x"), 9),
            (("stats",), 0), (("server", "info"), 0), (("--help",), 0),
            (("version",), 0), (("categories",), 0)):
        done = tocsin(place, daemon, *words)
        equal(done.returncode, code, f"{words}: {done.stderr.decode()}")
        if code:
            check(done.stderr, words)
    daemon.stop()
    begun = time.monotonic()
    done = tocsin(place, daemon, "stats", "--timeout", "1s")
    equal(done.returncode, 5, done.stderr)
    check(time.monotonic() - begun < 5 * slowness(), "it gives up in time")


def shows_amends_and_withdraws(place):
    daemon = place.daemon()
    place.client(daemon).submit(report("17", text="private words"))
    shown = told(tocsin(place, daemon, "reports", "show", "17", "--json"))
    check("17" in json.dumps(shown), shown)
    done = tocsin(place, daemon, "reports", "amend", "17", "--file", "-",
                  "--reason", "misheard", "--json",
                  data=json.dumps(report("17", mode="smoke")).encode())
    equal(told(done)[0]["status"], "amended")
    done = tocsin(place, daemon, "reports", "withdraw", "17", "--reason",
                  "sent twice", "--json")
    equal(told(done)[0]["withdrawn"], 1)
    equal(tocsin(place, daemon, "reports", "withdraw", "17", "--reason",
                 "again").returncode, 3)


def exports_whole_files(place):
    daemon = place.daemon()
    client = place.client(daemon)
    client.batch([fire(str(n), f"g{n}", model=f"m{n % 9}")
                  for n in range(50)])
    for what in ("groups", "products", "reports", "alerts", "timeseries"):
        out = place.dir / f"{what}.csv"
        done = tocsin(place, daemon, "export", what, "-o", "csv", "--out",
                      out)
        equal(done.returncode, 0, done.stderr)
        data = out.read_bytes()
        equal(data, client.export(what)[0], what)
        beside = json.loads((place.dir / f"{what}.csv.json").read_text())
        equal(beside["sha256"], hashlib.sha256(data).hexdigest(), what)
        equal(beside["rows"],
              len(list(csv.reader(io.StringIO(data.decode())))) - 1, what)
        check(beside["sha256"][:8].encode() in done.stderr or
              str(beside["rows"]).encode() in done.stderr, done.stderr)
    lines = tocsin(place, daemon, "export", "reports", "-o", "ndjson")
    equal(len(lines.stdout.splitlines()), 50)
    filtered = tocsin(place, daemon, "export", "reports", "-o", "ndjson",
                      "--brand", "nobody")
    equal((filtered.returncode, filtered.stdout), (0, b""))


def watches(place):
    daemon = place.daemon()
    client = place.client(daemon)
    client.batch([fire(str(n), f"g{n}", model=f"m{n // 3}")
                  for n in range(12)])
    events = client.fetch_all()[0]
    seen = told(tocsin(place, daemon, "watch", "--since", "all", "--drain",
                       "-o", "ndjson"))
    equal([event["seq"] for event in seen],
          [event["seq"] for event in events])
    seen = told(tocsin(place, daemon, "watch", "--since", "all", "--latest",
                       "--drain", "-o", "ndjson"))
    equal(len(seen), 4)
    seen = told(tocsin(place, daemon, "watch", "--since", "all", "--count",
                       "3", "-o", "ndjson"))
    equal(len(seen), 3)
    durable = [told(tocsin(place, daemon, "watch", "--durable", "desk",
                           "--since", "all", "--count", "4", "-o", "ndjson"))
               for _ in range(2)]
    equal([event["seq"] for part in durable for event in part],
          [event["seq"] for event in events], "goes on behind itself")
    begun = time.monotonic()
    quiet = tocsin(place, daemon, "watch", "--since", "new", "--for", "1s")
    check(quiet.returncode in (0, 5), quiet.stderr)
    check(0.9 < time.monotonic() - begun < 10 * slowness(), "about a second")


def a_failing_hook_stops_the_watch(place):
    daemon = place.daemon()
    client = place.client(daemon)
    client.batch([fire(str(n), f"g{n}", model=f"m{n // 2}")
                  for n in range(6)])
    log = place.dir / "log"
    hook = f"cat >> {log}; echo >> {log}"
    done = tocsin(place, daemon, "watch", "--durable", "d", "--since", "all",
                  "--drain", "--exec", hook)
    equal(done.returncode, 0, done.stderr)
    lines = [line for line in log.read_text().splitlines() if line.strip()]
    equal([json.loads(line)["alert"]["id"] for line in lines],
          ["a1", "a2", "a3"])
    for _ in range(2):
        done = tocsin(place, daemon, "watch", "--durable", "e", "--since",
                      "all", "--drain", "--exec", "exit 3")
        equal(done.returncode, 1, done.stderr)
    page = client.call("alerts.fetch", {"durable": "e"})
    equal(page["events"][0]["alert"]["id"], "a1", "it was never acked")


def a_watch_lives_through_restarts(place):
    """The library reconnects and goes on behind what it has."""
    daemon = place.daemon()
    listen = daemon.address
    client = place.client(daemon)
    out = open(place.dir / "seen", "wb")
    watching = subprocess.Popen(
        [binary("clients/cli/tocsin", "TOCSIN"), "--server", listen, "watch",
         "--since", "all", "-o", "ndjson"], stdout=out,
        stderr=subprocess.DEVNULL)
    try:
        for step in range(3):
            client.batch([fire(f"{step}-{n}", f"g{n}", model=f"m{step}")
                          for n in range(5)])
            wanted = len(client.fetch_all()[0])
            until(lambda: (place.dir / "seen").read_bytes().count(b"\n")
                  >= wanted, f"{wanted} events are seen", 20)
            daemon.kill()
            daemon.restart(listen=listen, clock=clock(0))
            client = place.client(daemon)
    finally:
        watching.terminate()
        watching.wait(10)
        out.close()
    seqs = [json.loads(line)["seq"] for line
            in (place.dir / "seen").read_bytes().splitlines()]
    equal(seqs, [event["seq"] for event in client.fetch_all()[0]])


def lists_for_people_and_machines(place):
    daemon = place.daemon()
    client = place.client(daemon)
    client.batch([fire(str(n), f"g{n}", model=f"model{n // 2}")
                  for n in range(20)])
    for words in (("products", "list"), ("products", "search", "moulinex"),
                  ("alerts", "list"), ("reports", "list")):
        plain = tocsin(place, daemon, *words)
        equal(plain.returncode, 0, plain.stderr)
        check(b"\x1b" not in plain.stdout, "no colour in a pipe")
        check(b"odel" in plain.stdout, f"{words}: {plain.stdout[:300]}")
        check(told(tocsin(place, daemon, *words, "--json")), words)
    shown = tocsin(place, daemon, "alerts", "show", "a1")
    check(b"not verified" in shown.stdout, shown.stdout)
    shown = tocsin(place, daemon, "products", "show", "p1")
    equal(shown.returncode, 0, shown.stderr)


run(sends_one_report, ends_as_it_says, shows_amends_and_withdraws,
    exports_whole_files, watches, a_failing_hook_stops_the_watch,
    a_watch_lives_through_restarts, lists_for_people_and_machines)
