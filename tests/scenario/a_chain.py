"""The chain of alert events: what is altered on the way or afterwards shows."""
import csv
import hashlib
import io
import json
import subprocess

import msgpack

from tocsin_between import Between, events_of
from tocsin_daemon import binary
from tocsin_forge import forge_alerts
from tocsin_import import tocsin
from tocsin_reports import fire
from tocsin_test import check, equal, run, until

BROKEN = 10
BEGINNING = bytes(32)


def model(number):
    return f"BY {600 + number}"


def burn(client, number):
    """A fire that two tell of: an alert of its own."""
    for name, group in (("a", "rennes"), ("b", "nantes")):
        client.submit(fire(f"{number}{name}", group, model=model(number)))


def started(place, alerts=4):
    daemon = place.daemon()
    client = place.client(daemon, organisation="desk")
    for number in range(alerts):
        burn(client, number)
    return daemon, client


def links_of(events):
    return [event for event in events if "link" in event]


def check_by_hand(events, link=0, hash=BEGINNING):
    """What protocol.md says, with nothing of ours: the end of the chain."""
    for event in events:
        equal(event["alert"]["prev"], hash.hex(), event["seq"])
        if "link" not in event:
            check("hash" not in event, event)
            continue
        link += 1
        equal(event["link"], link)
        hash = hashlib.blake2b(
            hash + msgpack.packb(event["alert"], use_bin_type=True),
            digest_size=32).digest()
        equal(event["hash"], hash.hex())
    return link, hash


def anybody_can_check_it(place):
    daemon, desk = started(place)
    cafe = place.client(daemon, organisation="cafe")
    desk.call("alerts.mute", {"id": "a1", "days": 3, "reason": "known"})
    desk.call("alerts.comment", {"id": "a2", "text": "asked them"})
    desk.call("alerts.unmute", {"id": "a1"})
    for client, outside in ((desk, 4), (cafe, 0)):
        events = client.fetch_all()[0]
        link, _ = check_by_hand(events)
        equal(len(events) - link, outside, client)
    # Each delivery of an event has the same link and hash.
    whole = {event["seq"]: event for event in desk.fetch_all()[0]}
    desk.call("alerts.subscribe", {"from": "snapshot"})
    for event in desk.events(4):
        equal([event.get(key) for key in ("link", "hash", "alert")],
              [whole[event["seq"]].get(key)
               for key in ("link", "hash", "alert")])
    before = desk.fetch_all()[0]
    daemon.kill()
    daemon.start()
    desk = place.client(daemon, organisation="desk")
    equal(desk.fetch_all()[0], before)
    burn(desk, 9)
    check_by_hand(desk.fetch_all()[0])


def shell(place, daemon, *words, code=0, organisation="desk"):
    done = tocsin(place, daemon, *words, "--organisation", organisation)
    equal(done.returncode, code, (words, done.stdout, done.stderr))
    return done.stdout.decode(), done.stderr.decode()


def drain(place, daemon, *words, **options):
    return shell(place, daemon, "watch", "--verify", "--drain", "-o",
                 "ndjson", *words, **options)


def a_whole_chain_holds(place):
    daemon, desk = started(place)
    link, hash = check_by_hand(desk.fetch_all()[0])
    for organisation, outside in (("desk", 4), ("cafe", 0)):
        told, message = drain(place, daemon, "--since", "all",
                              organisation=organisation)
        equal(len(told.splitlines()), link + outside)
        check(f"{link} links of the chain follow from the one before"
              in message and f"link {link} is {hash.hex()}" in message,
              message)
        equal("outside it" in message, outside > 0, message)
    _, message = drain(place, daemon)
    check("by their own hash alone" in message or "4 links" in message,
          message)
    # A filter leaves gaps, which are counted and no fault.
    page = desk.call("alerts.list", {})["alerts"]
    _, message = drain(place, daemon, "--since", "all", "--product",
                       page[2]["product"]["id"])
    check("2 were not told" in message, message)


def alter(change):
    """Change the alert of link 3, or its event, as somebody between would."""
    def mangle(frame):
        for event in list(events_of(frame)):
            if event.get("link") == 3:
                change(event, events_of(frame))
        return frame
    return mangle


def counts(event, _):
    event["alert"]["counts"]["reports"] += 100


def state(event, _):
    event["alert"]["state"] = "closed"


def sentence(event, _):
    event["alert"]["sentence"]["en"] = "All is well."


def name(event, _):
    event["alert"]["product"]["name"] = "Somebody else's"


def counts_hashed_again(event, _):
    counts(event, _)
    rehash(event)


def rehash(event):
    event["hash"] = hashlib.blake2b(
        bytes.fromhex(event["alert"]["prev"]) +
        msgpack.packb(event["alert"], use_bin_type=True),
        digest_size=32).hexdigest()


def another_before(event, _):
    event["alert"]["prev"] = "ab" * 32
    rehash(event)


def left_out(event, events):
    events.remove(event)


def no_link(event, _):
    counts(event, _)
    del event["link"], event["hash"]


def no_hash(event, _):
    counts(event, _)
    del event["hash"]


def twice_told(event, events):
    forged = json.loads(json.dumps(event))
    counts_hashed_again(forged, None)
    events.insert(events.index(event) + 1, forged)


# What is done, and the link at which it shows.
FORGERIES = ((counts, 3), (state, 3), (sentence, 3), (name, 3),
             (counts_hashed_again, 4), (another_before, 3), (left_out, 4),
             (no_link, 4), (no_hash, 3), (twice_told, 3))


def whoever_is_between_is_found(place):
    daemon, desk = started(place)
    seq = {event["link"]: event["seq"]
           for event in links_of(desk.fetch_all()[0])}
    for forgery, link in FORGERIES:
        for way in (("--drain",), ("-n", "100", "--for", "20s")):
            with Between(daemon, alter(forgery)) as between:
                done = subprocess.run(
                    [binary("clients/cli/tocsin", "TOCSIN"), "-s",
                     between.address, "watch", "--verify", "--since", "all",
                     "-o", "ndjson", "--organisation", "cafe", *way],
                    capture_output=True, text=True, check=False, timeout=40)
            equal(done.returncode, BROKEN, (forgery.__name__, way,
                                            done.stderr))
            check(f"breaks at sequence {seq[link]}:" in done.stderr,
                  forgery.__name__, link, done.stderr)
            told = [json.loads(line)["link"]
                    for line in done.stdout.splitlines()
                    if "link" in json.loads(line)]
            check(max(told) < link or forgery is twice_told, told)
    with Between(daemon, lambda frame: frame) as between:
        done = subprocess.run(
            [binary("clients/cli/tocsin", "TOCSIN"), "-s", between.address,
             "watch", "--verify", "--since", "all", "--drain", "-o", "ndjson"],
            capture_output=True, text=True, check=False, timeout=40)
        equal(done.returncode, 0, done.stderr)


def a_watch_goes_on_where_it_was(place):
    """Reconnects, restarts of either side, and what came in between."""
    daemon, desk = started(place, 2)
    state = place.dir / "alerts.state"
    keep = ("--state", str(state), "--since", "all")
    told, _ = drain(place, daemon, *keep)
    kept = json.loads(state.read_text())
    link, hash = check_by_hand(desk.fetch_all()[0])
    equal((kept["link"], kept["hash"]), (link, hash.hex()))
    equal(drain(place, daemon, *keep)[0], "", "nothing is told twice")
    burn(desk, 5)
    daemon.kill()
    daemon.start()
    desk = place.client(daemon, organisation="desk")
    burn(desk, 6)
    more, message = drain(place, daemon, *keep)
    check("2 links of the chain follow" in message, message)
    equal([json.loads(line)["seq"] for line in (told + more).splitlines()],
          [event["seq"] for event in desk.fetch_all()[0]])
    # A state that does not fit is a break at the first link.
    burn(desk, 7)
    kept = json.loads(state.read_text())
    state.write_text(json.dumps(kept | {"hash": "00" * 32}))
    drain(place, daemon, *keep, code=BROKEN)
    equal(json.loads(state.read_text())["hash"], "00" * 32)
    state.write_text("{}")
    drain(place, daemon, *keep, code=9)
    # A snapshot has gaps; what comes after it must follow, across a restart.
    state.unlink()
    drain(place, daemon, "--state", str(state))
    burn(desk, 8)
    drain(place, daemon, "--state", str(state))
    burn(desk, 9)
    _, message = drain(place, daemon, "--state", str(state))
    check(message.startswith("tocsin: 1 links of the chain follow"), message)


def a_lost_connection_loses_no_link(place):
    daemon, desk = started(place, 3)
    with Between(daemon, lambda frame: frame) as between:
        watch = subprocess.Popen(
            [binary("clients/cli/tocsin", "TOCSIN"), "-s", between.address,
             "watch", "--verify", "--since", "all", "-o", "ndjson", "-n", "6",
             "--organisation", "cafe"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            first = [json.loads(watch.stdout.readline()) for _ in range(3)]
            for number in (5, 6, 7):
                between.cut()
                burn(desk, number)
            out, message = watch.communicate(timeout=40)
        finally:
            watch.kill()
    events = first + [json.loads(line) for line in out.splitlines()]
    equal(watch.returncode, 0, message)
    equal([event["link"] for event in events], [1, 2, 3, 4, 5, 6])
    check("6 links of the chain follow" in message, message)


def table(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def by_hand(rows):
    """The same over an exported file: its rows as maps of texts."""
    hash = BEGINNING
    for row in rows:
        equal(row["prev"], hash.hex())
        if not row["link"]:
            continue
        packed = bytes.fromhex(row["packed"])
        hash = hashlib.blake2b(hash + packed, digest_size=32).digest()
        equal(row["hash"], hash.hex())
        alert = msgpack.unpackb(packed)
        equal((str(row["reports"]), row["state"], row["sentence_en"]),
              (str(alert["counts"]["reports"]), alert["state"],
               alert["sentence"]["en"]))
    return hash


def an_export_proves_itself(place):
    daemon, desk = started(place)
    _, hash = check_by_hand(desk.fetch_all()[0])
    for format in ("csv", "ndjson"):
        path = place.dir / f"alerts.{format}"
        _, message = shell(place, daemon, "export", "alerts", "--verify",
                           "-o", format, "--out", str(path))
        check(f"link 4 is {hash.hex()}" in message, message)
        text = path.read_bytes().decode()
        if format == "csv":
            heading, *cells = table(text)
            rows = [dict(zip(heading, row)) for row in cells]
        else:
            rows = [json.loads(line) for line in text.splitlines()]
        equal(by_hand(rows), hash)
        equal(len(rows), 8)
        shell(place, daemon, "alerts", "verify", str(path))
        flip_bits(place, daemon, path)
    # Less of it: gaps are told of, and what comes after is numbered on.
    path = place.dir / "some.csv"
    some = desk.fetch_all()[0]
    shell(place, daemon, "export", "alerts", "--verify", "--since",
          str(some[3]["seq"]), "--out", str(path))
    _, message = shell(place, daemon, "alerts", "verify", str(path))
    check("link 4" in message, message)
    _, message = shell(place, daemon, "export", "alerts", "--verify",
                       "--product", some[5]["alert"]["product"]["id"],
                       "--out", str(path))
    check("2 were not told" in message, message)
    shell(place, daemon, "alerts", "verify", str(path))
    shell(place, daemon, "export", "groups", "--verify", code=2)


def flip_bits(place, daemon, path):
    """Any bit of it, with what stands beside it; and what the chain covers,
    without."""
    whole = path.read_bytes()
    beside = path.with_name(path.name + ".json")
    said = beside.read_bytes()
    step = max(1, len(whole) // 60)
    for at in range(step // 2, len(whole), step):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1])
                         + whole[at + 1:])
        shell(place, daemon, "alerts", "verify", str(path), code=BROKEN)
    beside.unlink()
    for before, after in ((b'"reports":2', b'"reports":3'),
                          (b"open", b"shut"), (b"2 reports", b"9 reports"),
                          (b"Moulinex", b"Moulinez")):
        if before in whole:
            path.write_bytes(whole.replace(before, after, 1))
            _, message = shell(place, daemon, "alerts", "verify", str(path),
                               code=BROKEN)
            check("altered" in message, message)
    path.write_bytes(whole)
    _, message = shell(place, daemon, "alerts", "verify", str(path))
    check("no file .json beside it" in message, message)
    lines = whole.splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-3] + lines[-2:]))
    _, message = shell(place, daemon, "alerts", "verify", str(path),
                       code=BROKEN)
    check("breaks at sequence" in message, message)
    beside.write_bytes(said)


def export_through(forge):
    """Change the rows of an export and its digest, so that it looks whole."""
    held = {"bytes": b""}

    def mangle(frame):
        result = frame[3] if frame[0] == 1 else None
        if isinstance(result, dict) and "data" in result:
            data = forge(result["data"])
            check(len(data) == len(result["data"]), "of the same length")
            result["data"] = data
            held["bytes"] += data
            if result["done"]:
                result["sha256"] = hashlib.sha256(held["bytes"]).hexdigest()
        return frame
    return mangle


def an_export_altered_on_the_way_is_not_kept(place):
    daemon, _ = started(place)
    path = place.dir / "forged"
    command = [binary("clients/cli/tocsin", "TOCSIN"), "export", "alerts",
               "--out", str(path), "-o", "ndjson"]
    for before, after in ((b'"reports":2', b'"reports":3'),
                          (b'"state":"open"', b'"state":"shut"'),
                          (b"a56d6f64656c", b"a56d6f64656d")):
        for words, code in (((), 0), (("--verify",), BROKEN)):
            def forge(data, before=before, after=after):
                return data.replace(before, after, 1)
            path.unlink(missing_ok=True)
            with Between(daemon, export_through(forge)) as between:
                done = subprocess.run(
                    command + ["-s", between.address, *words], check=False,
                    capture_output=True, text=True, timeout=40)
            equal(done.returncode, code, (before, words, done.stderr))
            equal(path.exists(), code == 0, (before, words))
            check(code == 0 or "no file was written" in done.stderr,
                  done.stderr)
        equal([entry.name for entry in place.dir.iterdir()
               if "forged" in entry.name and ".json" not in entry.name], [])


def whoever_alters_the_store_is_found(place):
    """Every checksum is right; what the alert says is not what it said."""
    daemon, desk = started(place)
    seq = {event["link"]: event["seq"]
           for event in links_of(desk.fetch_all()[0])}
    drain(place, daemon, "--since", "all", "--state",
          str(place.dir / "before"))
    daemon.stop()
    # Nothing altered: the checksums are computed as the daemon does.
    forge_alerts(daemon.dir, lambda header: header)
    daemon.verify()
    forge_alerts(daemon.dir,
                 lambda header: header.replace(b"BY 602", b"BY 699"))
    done = daemon.tool("--rebuild")
    equal(done.returncode, 0, done.stderr)
    done = daemon.tool("--verify")
    equal(done.returncode, 1, done.stdout)
    check(f"breaks at sequence {seq[4]}, behind link 3" in done.stdout,
          done.stdout)
    daemon.verify_at_end = False
    daemon.start()
    desk = place.client(daemon, organisation="desk")
    altered, = (event for event in desk.fetch_all()[0]
                if event.get("link") == 3)
    check("BY 699" in altered["alert"]["sentence"]["en"], altered)
    _, message = drain(place, daemon, "--since", "all", code=BROKEN,
                       organisation="cafe")
    check(f"breaks at sequence {seq[4]}:" in message, message)
    drain(place, daemon, "--since", "all", code=BROKEN)
    shell(place, daemon, "export", "alerts", "--verify", "--out",
          str(place.dir / "x"), code=BROKEN)
    # Who was here before goes on from what is not altered.
    drain(place, daemon, "--state", str(place.dir / "before"))


run(anybody_can_check_it, whoever_alters_the_store_is_found, a_whole_chain_holds, whoever_is_between_is_found,
    a_watch_goes_on_where_it_was, a_lost_connection_loses_no_link,
    an_export_proves_itself, an_export_altered_on_the_way_is_not_kept)
