"""Keys of pseudonyms: changed, destroyed, lost, and never in the data."""
import json
import os
import random
import threading
import time

from tocsin_bytes import contents, found, pseudonym
from tocsin_client import Closed, RpcError
from tocsin_daemon import StartFailed
from tocsin_import import tocsin
from tocsin_reports import report
from tocsin_test import check, equal, refused, run, until

SMALL = ["store.segment_size=1MiB", "store.overlay_events=200"]
WHO = "mme.vauquelin"
SERIAL = "SN-QUINCE-77"


def told(name, reporter=WHO, **fields):
    made = report(name, reporter=reporter, **fields)
    made["product"]["serial"] = f"{SERIAL}-{name}"
    return made


def rotate(client, reason="once a year"):
    return client.call("keys.rotate", {"reason": reason})


def keys(client):
    return client.call("keys.list", {})["keys"]


def sources(client):
    until(lambda: _is_idle(client), "what a change began is done")
    return client.rows("products")[0]["sources"]


def files(daemon):
    return sorted(path.name for path in daemon.dir.iterdir()
                  if "key" in path.name)


def held(daemon, secrets):
    return {what for what, _ in found(daemon.dir, secrets)}


def a_known_reporter_stays_known(place):
    """One source before and after; after two changes nobody's link is left."""
    daemon = place.daemon(settings=SMALL)
    client = place.client(daemon)
    old = pseudonym(daemon.dir, "reporter", "local", WHO).encode()
    key = (daemon.dir / "pseudonym.key").read_bytes()
    client.submit(told("a1"))
    client.submit(told("b1", reporter="m.brunet"))
    equal(sources(client), 2)
    made = rotate(client)
    equal((made["epoch"], made["destroyed"]), (2, 0), made)
    equal((daemon.dir / "pseudonym.key.before").read_bytes(), key)
    check((daemon.dir / "pseudonym.key").read_bytes() != key)
    equal(files(daemon),
          ["pseudonym.key", "pseudonym.key.before", "serial.key"])
    # Sent again it is the same report; told anew it is the same source.
    equal(client.submit(told("a1"))["status"], "known")
    client.submit(told("a2"))
    equal(sources(client), 2)
    daemon.restart()
    client = place.client(daemon)
    client.submit(told("a3"))
    equal(sources(client), 2)
    # Brunet was not heard of meanwhile: what leads to him goes.
    made = rotate(client)
    equal((made["epoch"], made["destroyed"]), (3, 1), made)
    check(key not in dict(contents(daemon.dir)).values(), "the key is gone")
    client.submit(told("a4"))
    equal(sources(client), 2)
    client.submit(told("b2", reporter="m.brunet"))
    equal(sources(client), 3)
    equal(client.rows("products")[0]["reports"], 6)
    # Old pseudonyms stand in reports as they were kept, and nowhere else.
    names = {"r:" + old.decode(): b"r:" + old}
    equal(held(daemon, names), set())
    equal(held(daemon, {"body": old}), {"body"})
    row = keys(client)
    equal([item["epoch"] for item in row], [1, 2, 3], row)
    equal(["destroyed" in item for item in row], [True, False, False], row)
    equal([item.get("reason") for item in row],
          [None, "once a year", "once a year"], row)
    daemon.stop()
    daemon.verify()
    daemon.tool("--rebuild")
    daemon.start()
    equal(sources(place.client(daemon)), 3)


def erasure_and_access_find_both(place):
    """Asked for by name: found under the key before and the key of now."""
    daemon = place.daemon(settings=SMALL)
    client = place.client(daemon)
    client.submit(told("a1"))
    client.submit(told("b1", reporter="m.brunet"))
    rotate(client)
    client.submit(told("a2"))

    def rows(name):
        export = client.call("export.subject", {"reporter": name})
        page = client.call("export.next", {"export": export["export"]})
        return [json.loads(line)["body"]["id"]
                for line in page["data"].splitlines()]

    equal(rows(WHO), ["a1", "a2"])
    equal(rows("m.brunet"), ["b1"])
    gone = client.call("erase.reporter", {"reporter": WHO, "reason": "asked"})
    equal((gone["reports"], gone["reporter"]), (2, True), gone)
    gone = client.call("erase.reporter", {"reporter": "m.brunet",
                                          "reason": "asked"})
    equal((gone["reports"], gone["reporter"]), (1, True), gone)
    rotate(client)
    equal(sources(client), 2)


def nothing_can_be_tried_out(place):
    """No raw text of either, and no hash under a key that lies in the data."""
    daemon = place.daemon(settings=SMALL)
    client = place.client(daemon)
    client.submit(told("a1"))
    rotate(client)
    client.submit(told("a1", severity="minor"))
    client.submit(told("a2"))
    rotate(client)
    daemon.stop()
    data = {"reporter": WHO.encode(), "serial": SERIAL.encode()}
    equal(held(daemon, data), set())
    instance = (daemon.dir / "instance").read_bytes()
    folded = (SERIAL + "-a1").lower().replace("-", "").encode()
    for text in (SERIAL + "-a1").encode(), folded, WHO.encode():
        told_by = siphash(instance[32:48], text)
        for size in (8, 4):
            equal(held(daemon, {"hash": told_by[:size]}), set(), text)


def siphash(key, data):
    """SipHash-2-4, 8 bytes little-endian."""
    mask = (1 << 64) - 1

    def rotl(x, by):
        return (x << by | x >> 64 - by) & mask

    k = [int.from_bytes(key[i:i + 8], "little") for i in (0, 8)]
    v = [k[0] ^ 0x736f6d6570736575, k[1] ^ 0x646f72616e646f6d,
         k[0] ^ 0x6c7967656e657261, k[1] ^ 0x7465646279746573]

    def rounds(count):
        for _ in range(count):
            v[0] = v[0] + v[1] & mask
            v[1] = rotl(v[1], 13) ^ v[0]
            v[0] = rotl(v[0], 32)
            v[2] = v[2] + v[3] & mask
            v[3] = rotl(v[3], 16) ^ v[2]
            v[0] = v[0] + v[3] & mask
            v[3] = rotl(v[3], 21) ^ v[0]
            v[2] = v[2] + v[1] & mask
            v[1] = rotl(v[1], 17) ^ v[2]
            v[2] = rotl(v[2], 32)

    whole = len(data) // 8 * 8
    blocks = [int.from_bytes(data[i:i + 8], "little")
              for i in range(0, whole, 8)]
    blocks.append(int.from_bytes(data[whole:], "little") | len(data) % 256 << 56)
    for block in blocks:
        v[3] ^= block
        rounds(2)
        v[0] ^= block
    v[2] ^= 0xff
    rounds(4)
    return (v[0] ^ v[1] ^ v[2] ^ v[3]).to_bytes(8, "little")


def our_hash_is_siphash(_place):
    """The step above would find nothing with a wrong one: RFC-like vector."""
    equal(siphash(bytes(range(16)), bytes(range(15))).hex(),
          "e545be4961ca29a1")


def a_lost_key_is_said(place):
    daemon = place.daemon(verify=False)
    client = place.client(daemon)
    client.submit(told("a1"))
    rotate(client)
    client.submit(told("b1", reporter="m.brunet"))
    daemon.stop()
    for name in files(daemon):
        path = daemon.dir / name
        good = path.read_bytes()

        def refuses(text, said, mode=0o600):
            path.unlink()
            if text is not None:
                path.write_bytes(text)
                path.chmod(mode)
            try:
                daemon.start()
                check(False, f"it started with {name} {text!r}")
            except StartFailed as why:
                equal(why.code, 1)
                check(f"/{name}: " in why.log and said in why.log, why.log)
            if path.exists():
                path.unlink()
            path.write_bytes(good)
            path.chmod(0o600)

        refuses(None, "put your copy back")
        refuses(b"", "64 hexadecimal")
        refuses(good[:-2], "64 hexadecimal")
        refuses(good + b"0", "64 hexadecimal")
        refuses(b"0" * 64 + b"\n", "that the log names")
        refuses(good, "chmod 600", mode=0o640)
    daemon.start()
    client = place.client(daemon)
    client.submit(told("a2"))
    client.submit(told("b2", reporter="m.brunet"))
    equal(sources(client), 2)


def a_lost_key_is_replaced(place):
    """Only on demand, only what is missing: who was known under it is not."""
    daemon = place.daemon(verify=False)
    client = place.client(daemon)
    client.submit(told("a1"))
    rotate(client)
    client.submit(told("b1", reporter="m.brunet"))
    lost = {"pseudonym.key.before": 2, "serial.key": 2, "pseudonym.key": 3}
    for name, counted in lost.items():
        daemon.stop()
        (daemon.dir / name).unlink()
        _refuses(daemon, name)
        daemon.restart(options=["--replace-lost-keys"])
        client = place.client(daemon)
        until(lambda: _is_idle(client), "what it left is erased")
        client.submit(told(f"b-{name}", reporter="m.brunet"))
        equal(sources(client), counted, name)
        rows = keys(client)
        kept = [row["epoch"] for row in rows if "destroyed" not in row]
        equal(len(files(daemon)), len(kept) + 1, (files(daemon), rows))
        check("lost" in rows[-1].get("reason", "") or
              name == "pseudonym.key.before", rows)
        daemon.restart(options=[])
        client = place.client(daemon)
    client.submit(told("a2"))
    equal(sources(client), 4)
    daemon.stop()
    daemon.verify()


def _refuses(daemon, name):
    try:
        daemon.start()
        check(False, f"it started without {name}")
    except StartFailed as why:
        check(f"/{name}: " in why.log, why.log)


def kept_for_so_long(place):
    """The key before goes by itself when its days are over."""
    daemon = place.daemon(settings=["privacy.key_days=3"])
    client = place.client(daemon)
    client.submit(told("a1"))
    rotate(client)
    daemon.restart(clock=_days_on(4))
    client = place.client(daemon)
    until(lambda: "destroyed" in keys(client)[0], "the key is destroyed", 40)
    until(lambda: "pseudonym.key.before" not in files(daemon), "its file goes")
    equal(keys(client)[0].get("organisation"), None)
    until(lambda: _is_idle(client), "what it left is erased")
    client.submit(told("a2"))
    equal(sources(client), 2)
    made = rotate(client)
    equal((made["epoch"], made["destroyed"]), (3, 0), made)


def _days_on(days):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ",
                         time.gmtime(time.time() + days * 86400))


def the_command(place):
    daemon = place.daemon()
    client = place.client(daemon)
    client.submit(told("a1"))

    def says(*words, code=0):
        done = tocsin(place, daemon, "keys", *words)
        equal(done.returncode, code, done.stderr)
        return (done.stdout + done.stderr).decode()

    first = says("show")
    check("destroyed" in first and "epoch" in first, first)
    shown = says("rotate", "--reason", "a disk was lost")
    check("2" in shown and "pseudonym.key" in shown, shown)
    shown = says("show")
    check("a disk was lost" in shown, shown)
    key = (daemon.dir / "pseudonym.key").read_text().strip()
    check(key not in shown and key not in says("show", "--json"))
    says("rotate", "now", code=2)


def with_reports_coming_in(place):
    """Changed while others send: nobody is counted twice, nothing is lost."""
    daemon = place.daemon(settings=SMALL)
    names = [f"reporter.{n}" for n in range(20)]
    stop = threading.Event()
    sent = [0] * 3

    def send(nth):
        client = place.client(daemon)
        while not stop.is_set():
            client.batch([told(f"{nth}-{sent[nth] + n}", reporter=name)
                          for n, name in enumerate(names)])
            sent[nth] += len(names)

    threads = [threading.Thread(target=send, args=(nth,))
               for nth in range(len(sent))]
    for thread in threads:
        thread.start()
    client = place.client(daemon)
    for epoch in range(2, 7):
        until(lambda: all(count > 20 * epoch for count in sent), "they send")
        equal(rotate(client)["epoch"], epoch)
        held_by = list(sent)
        until(lambda: all(count > before + 40 for count, before
                          in zip(sent, held_by)), "they send on", 20)
    stop.set()
    for thread in threads:
        thread.join()
    until(lambda: _is_idle(client), "what was begun is done")
    row = client.rows("products")[0]
    equal((row["reports"], row["sources"]), (sum(sent), len(names)), row)


def killed_in_the_middle(place):
    """kill -9 at any moment of a change, or a stop: the start finds one key."""
    dice = random.Random(os.environ.get("TOCSIN_SEED") or 11)
    daemon = place.daemon(settings=SMALL, verify=False)
    client = place.client(daemon)
    cycles = int(os.environ.get("TOCSIN_KILL_CYCLES") or 30)
    client.submit(told("first"))
    rotate(client)
    client.submit(told("second"))
    begun = time.monotonic()
    rotate(client)
    takes = time.monotonic() - begun
    cut = 0
    for turn in range(cycles):
        client.submit(told(f"known-{turn}"))
        before = keys(client)[-1]["epoch"]
        until(lambda: _is_idle(client), "the last start has gone on")
        call = client.send("keys.rotate", {"reason": f"turn {turn}"})
        time.sleep(dice.uniform(0, takes))
        if turn % 4:
            daemon.kill()
            cut += _is_cut(client, call)
        else:
            daemon.stop()
        while dice.random() < 0.4:
            daemon.launch()
            time.sleep(dice.uniform(0, 2 * takes))
            daemon.kill()
        daemon.start()
        client = place.client(daemon)
        rows = keys(client)
        check(rows[-1]["epoch"] in (before, before + 1), rows)
        kept = [item["epoch"] for item in rows if "destroyed" not in item]
        check(len(kept) in (1, 2) and kept[-1] == rows[-1]["epoch"], rows)
        until(lambda: "pseudonym.key.next" not in files(daemon), "settled")
        equal(len(files(daemon)), len(kept) + 1, files(daemon))
    client.submit(told("last"))
    # An export that an erasing ends is told to ask again.
    until(lambda: _is_idle(client), "what was begun is done")
    row = client.rows("products")[0]
    equal((row["reports"], row["sources"]), (cycles + 3, 1), row)
    check(cut > cycles // 4, f"only {cut} of {cycles} were cut short")
    daemon.stop()
    daemon.verify()
    daemon.tool("--rebuild")
    daemon.start()
    client = place.client(daemon)
    client.submit(told("rebuilt"))
    equal(sources(client), 1)
    print(f"{cut} of {cycles} changes of {1000 * takes:.0f} ms cut short")


def _is_idle(client):
    """Is no erasure under way?  Then this id is looked for, and not found."""
    try:
        client.call("erase.report", {"id": "none", "reason": "to see",
                                     "dry_run": True})
    except RpcError as why:
        return why.code == "not-found"


def _is_cut(client, call):
    try:
        client.result(call)
        return False
    except (Closed, ConnectionError):
        return True


if __name__ == "__main__":
    run(a_known_reporter_stays_known, erasure_and_access_find_both,
        our_hash_is_siphash, nothing_can_be_tried_out, a_lost_key_is_said,
        a_lost_key_is_replaced,        kept_for_so_long, the_command, with_reports_coming_in,
        killed_in_the_middle, seconds=180)
