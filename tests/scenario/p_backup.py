"""Backups beside a running daemon: whole, expiring, restored elsewhere."""
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import threading
import time

from tocsin_bytes import found
from tocsin_client import Closed, RpcError
from tocsin_daemon import StartFailed
from tocsin_planted import SMALL, WHY, fill, planted, secrets
from tocsin_reports import clock, fire, report
from tocsin_test import check, equal, refused, run, until


def back_up(daemon, to, code=0):
    """What a run says; with code 0 the folder it made."""
    done = daemon.tool("--backup", str(to))
    equal(done.returncode, code, done.stdout + done.stderr)
    if code:
        return done.stderr
    return pathlib.Path(done.stdout.split(": ")[0])


def copy_keys(old, new):
    """Bring the keys, which no backup has."""
    for path in old.dir.glob("*.key*"):
        shutil.copy(path, new.dir)


def restored(place, backup, name, key_of, **options):
    """A daemon, not started, on what was restored from a backup."""
    daemon = place.idle_daemon(name, settings=SMALL, **options)
    daemon.dir.mkdir()
    copy_keys(key_of, daemon)
    done = daemon.tool("--restore", str(backup))
    equal(done.returncode, 0, done.stderr)
    return daemon, done.stdout


def stamps(to):
    return sorted(path.name for path in to.iterdir() if path.is_dir())


def kinds(directory, told):
    return {what for what, _ in found(directory, told)}


def settled(client):
    """Nothing is being erased any more."""
    def is_free():
        try:
            client.call("erase.report", {"id": "r1", "dry_run": True, **WHY})
        except RpcError as why:
            check("under way" in str(why), why)
            return False
        return True
    until(is_free, "what was to be erased again is", 30)


def beside_a_running_daemon(place):
    """Whatever was acknowledged before it began is in it, and no key."""
    daemon = place.daemon(settings=SMALL)
    acknowledged = []
    stop = threading.Event()

    def submit():
        client = place.client(daemon)
        batch = 0
        while not stop.is_set():
            fill(client, first=200 * batch, reports=200)
            batch += 1
            acknowledged.append(200 * batch)

    thread = threading.Thread(target=submit)
    thread.start()
    made = []
    try:
        for _ in range(5):
            count = len(acknowledged)
            until(lambda: len(acknowledged) > count + 2, "more came in")
            before = acknowledged[-1]
            daemon.clock = clock(0, f"12:{len(made):02}:00")
            made.append((before, back_up(daemon, place.dir / "to")))
    finally:
        stop.set()
        thread.join()
    until(lambda: any((daemon.dir / "log").glob("*.zseg")), "one is sealed")
    daemon.clock = clock(0, "13:00:00")
    made.append((acknowledged[-1], back_up(daemon, place.dir / "to")))
    keys = {path.name: path.read_bytes().strip()
            for path in daemon.dir.glob("*.key")}
    equal(set(keys), {"pseudonym.key", "serial.key"})
    equal(found(place.dir / "to", keys), [])
    for number, (before, backup) in enumerate(made):
        equal(list(backup.glob("*.key*")), [], "keys")
        check(not (backup / "db").exists())
        sums = subprocess.run(["sha256sum", "--check", "--quiet",
                               "SHA256SUMS"], cwd=backup, check=False,
                              capture_output=True, text=True)
        equal(sums.returncode, 0, sums.stderr)
        copy, _ = restored(place, backup, f"copy{number}", daemon)
        copy.verify()
        copy.start()
        held = {row["id"] for row in place.client(copy).rows("reports")}
        check(held >= {f"r{n}" for n in range(before)},
              f"{len(held)} of {before}")
        equal(held, {f"r{n}" for n in range(len(held))})
        copy.stop()
    check(any((made[-1][1] / "log").glob("*.zseg")), "none was sealed")


def of_a_stopped_daemon(place):
    """And of one that was killed, once it was started again."""
    daemon = place.daemon(settings=SMALL)
    fill(place.client(daemon), reports=400)
    daemon.stop()
    backup = back_up(daemon, place.dir / "to")
    copy, _ = restored(place, backup, "copy", daemon)
    copy.start()
    equal(len(place.client(copy).rows("reports")), 400)
    check("in the data directory" in back_up(daemon, daemon.dir / "sub",
                                             code=1))
    check(not (daemon.dir / "sub").exists())
    other = place.idle_daemon("none")
    check("cannot be opened" in back_up(other, place.dir / "to", code=1))


def past_its_time(place):
    """A secret is in no file once the backups from before have expired."""
    daemon = place.daemon(settings=SMALL + ["backup.keep_days=30"])
    to = place.dir / "to"
    client = place.client(daemon)
    client.submit(planted("quince-one"))
    fill(client, reports=600)
    told = secrets(daemon, "quince-one")
    first = back_up(daemon, to)
    check(kinds(first, told) >= {"words", "id quince-one",
                                 "reporter's pseudonym"})
    other = place.daemon("other", clock=clock(-90), settings=SMALL)
    kept = back_up(other, to)
    (to / "letters").mkdir()
    (to / "letters" / "of 2020").write_text("not ours")
    (to / "tocsin-2020-01-01T00-00-00Z").mkdir()
    (to / "tocsin-notes").write_text("not ours either")
    client.call("erase.reporter", {"reporter": "mme.vauquelin", **WHY})
    equal(kinds(daemon.dir, told), set())
    daemon.restart(clock=clock(29))
    second = back_up(daemon, to)
    check(first.exists() and second.exists())
    check(kinds(to, told))
    daemon.restart(clock=clock(31))
    third = back_up(daemon, to)
    daemon.stop()
    equal([path.exists() for path in (first, second, third, kept)],
          [False, True, True, True])
    equal(found(place.dir, told), [])
    check((to / "letters" / "of 2020").exists() and
          (to / "tocsin-2020-01-01T00-00-00Z").exists() and
          (to / "tocsin-notes").exists())
    # However old: the newest stays until there is a newer one.
    daemon.clock = clock(300)
    (daemon.dir / "log").rename(daemon.dir / "gone")
    check(back_up(daemon, to, code=1))
    equal([path.exists() for path in (second, third)], [False, True])
    (daemon.dir / "gone").rename(daemon.dir / "log")
    back_up(daemon, to)
    check(not third.exists())


def killed_in_the_middle(place):
    """What is left is never taken for a backup, and the next run removes it."""
    dice = random.Random(os.environ.get("TOCSIN_SEED") or 11)
    daemon = place.daemon(settings=SMALL)
    to = place.dir / "to"
    client = place.client(daemon)
    client.submit(planted("quince-one"))
    fill(client, reports=8000)
    told = secrets(daemon, "quince-one")
    begun = time.monotonic()
    whole = back_up(daemon, to)
    takes = time.monotonic() - begun
    client.call("erase.reporter", {"reporter": "mme.vauquelin", **WHY})
    shutil.copytree(whole / "log", place.dir / "old-log")
    shutil.rmtree(whole)
    cut = 0
    for turn in range(int(os.environ.get("TOCSIN_KILL_CYCLES") or 12)):
        daemon.clock = clock(1, f"12:{turn:02}:00")
        process = subprocess.Popen(
            daemon.command("--backup", str(to)), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        until(lambda: any(name.endswith(".partial") for name in stamps(to)) or
              process.poll() is not None, "it begins")
        time.sleep(dice.uniform(0, takes / 2))
        process.kill()
        process.wait()
        left = [name for name in stamps(to) if name.endswith(".partial")]
        cut += len(left)
        for name in left:
            empty = place.idle_daemon("empty")
            done = empty.tool("--restore", str(to / name))
            equal((done.returncode, "never finished" in done.stderr),
                  (1, True), done.stdout + done.stderr)
            check(not (empty.dir / "instance").exists())
            # As if it had been copying what was erased since.
            log = to / name / "log"
            if log.is_dir():
                for path in (place.dir / "old-log").iterdir():
                    shutil.copy(path, log)
    check(cut > 3, f"only {cut} were cut short")
    shutil.rmtree(place.dir / "old-log")
    daemon.clock = clock(2)
    last = back_up(daemon, to)
    check(not any(name.endswith(".partial") for name in stamps(to)))
    equal(found(to, told), [])
    copy, _ = restored(place, last, "copy", daemon)
    copy.verify()
    print(f"{cut} backups of {1000 * takes:.0f} ms cut short")


def a_restore_is_a_later_epoch(place):
    """Cursors are told; damage is seen; nothing is overwritten."""
    daemon = place.daemon(settings=SMALL)
    client = place.client(daemon)
    for model in ("m1", "m2"):
        client.batch([fire(f"{model}-{n}", f"g{n}", model=model)
                      for n in range(2)])
    events, cursor = client.fetch_all("all")
    epoch = client.call("hello", {"protocol": 1})["epoch"]
    backup = back_up(daemon, place.dir / "to")
    done = daemon.tool("--restore", str(backup))
    equal((done.returncode, "in use" in done.stderr), (1, True), done.stderr)
    daemon.stop()
    check("holds a store" in daemon.tool("--restore", str(backup)).stderr)
    without = place.idle_daemon("without", verify=False)
    equal(without.tool("--restore", str(backup)).returncode, 0)
    try:
        without.start()
        check(False, "it started without its key")
    except StartFailed as why:
        check("pseudonym.key: is missing" in why.log, why)
    copy, _ = restored(place, backup, "copy", daemon)
    copy.start()
    client = place.client(copy)
    check(client.call("hello", {"protocol": 1})["epoch"] > epoch)
    refused("cursor-gone", client.call, "alerts.fetch", {"cursor": cursor})
    equal([event["alert"] for event in client.fetch_all("all")[0]],
          [event["alert"] for event in events])
    again, _ = restored(place, backup, "again", daemon, clock=clock(1))
    instances = {(one.dir / "instance").read_bytes()
                 for one in (daemon, copy, again)}
    equal(len(instances), 3, "epochs")
    again.verify()


def what_is_damaged_is_not_restored(place):
    daemon = place.daemon(settings=SMALL)
    fill(place.client(daemon), reports=600)
    backup = back_up(daemon, place.dir / "to")
    segment = sorted((backup / "log").iterdir())[0]
    whole = segment.read_bytes()
    sums = (backup / "SHA256SUMS").read_text()
    target = place.idle_daemon("target", settings=SMALL)
    target.dir.mkdir()
    copy_keys(daemon, target)

    def refuses(*words):
        done = target.tool("--restore", str(backup))
        equal(done.returncode, 1, done.stdout)
        for word in words:
            check(word in done.stderr, done.stderr)
        try:
            target.start()
            check(False, "what was not restored was taken for a store")
        except StartFailed as why:
            check("run it again" in why.log, why)

    segment.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    refuses(segment.name, "is not what SHA256SUMS says")
    segment.unlink()
    refuses(segment.name, "is missing")
    segment.write_bytes(whole)
    (backup / "SHA256SUMS").write_text(sums[:sums.rindex("#")])
    refuses("breaks off")
    (backup / "SHA256SUMS").write_text(
        sums.replace("log/", "log/../../", 1))
    refuses("has a line that is none")
    (backup / "SHA256SUMS").write_text("hello\n")
    refuses("is no backup")
    (backup / "SHA256SUMS").write_text(sums)
    equal(target.tool("--restore", str(backup)).returncode, 0)
    target.start()
    equal(len(place.client(target).rows("reports")), 600)


def a_restore_killed_in_the_middle(place):
    dice = random.Random(os.environ.get("TOCSIN_SEED") or 12)
    daemon = place.daemon(settings=SMALL)
    fill(place.client(daemon), reports=8000)
    daemon.stop()
    backup = back_up(daemon, place.dir / "to")
    begun = time.monotonic()
    restored(place, backup, "measured", daemon)
    takes = time.monotonic() - begun
    cut = 0
    for turn in range(8):
        target = place.idle_daemon(f"target{turn}", settings=SMALL,
                                   verify=False)
        target.dir.mkdir()
        copy_keys(daemon, target)
        process = subprocess.Popen(
            target.command("--restore", str(backup)),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0, takes))
        process.kill()
        process.wait()
        if not (target.dir / "instance").exists() and \
                (target.dir / "restore.tmp").exists():
            cut += 1
            try:
                target.start()
                check(False, "half a restore was taken for a store")
            except StartFailed:
                pass
        if not (target.dir / "instance").exists():
            equal(target.tool("--restore", str(backup)).returncode, 0)
        target.verify()
        shutil.rmtree(target.dir)
    print(f"{cut} of 8 restores of {1000 * takes:.0f} ms cut short")


def erased_since_is_erased_again(place):
    """By what the data directory and the later backups list."""
    daemon = place.daemon(settings=SMALL)
    client = place.client(daemon)
    to = place.dir / "to"
    first = client.submit(planted("quince-one"))["seq"]
    second = client.submit(planted("quince-two",
                                   reporter="m.brunet"))["seq"]
    client.submit(report("plum", model="another", text="rattled all night"))
    act = client.call("products.distinct", {
        "id": "p1", "from": "p2", "author": "desk",
        "reason": "xylophone street has two"})["act"]
    fill(client, reports=400)
    told = secrets(daemon, "quince-one", "quince-two")
    told["m.brunet's pseudonym"] = secrets(
        daemon, reporter="m.brunet")["reporter's pseudonym"]
    told["m.brunet"] = b"m.brunet"
    old = back_up(daemon, to)
    client.call("erase.reporter", {"reporter": "mme.vauquelin", **WHY})
    # Another one gets an ordinal that the old backup has not given yet.
    client.submit(report("late", reporter="somebody late"))
    client.call("erase.reporter", {"reporter": "somebody late", **WHY})
    daemon.restart(clock=clock(1))
    new = back_up(daemon, to)
    client = place.client(daemon)
    client.call("erase.report", {"id": "quince-two", **WHY})
    client.call("erase.note", {"seq": act, **WHY})
    daemon.stop()
    # Only the later backup tells of the first, only the directory of the rest.
    beside, said = restored(place, old, "beside", daemon)
    check("; 4 later erasures are known" in said, said)
    beside.clock = clock(2)
    beside.start()
    client = place.client(beside)
    client.submit(report("new", reporter="somebody new"))
    settled(client)
    equal(kinds(beside.dir, told) - {"serial's pseudonym", "lot"},
          {"words", "m.brunet's pseudonym", "id quince-two"})
    rows = {row["first_seq"]: row for row in client.rows("reports")}
    equal((rows[first]["erased"], rows[second]["erased"]), (True, False))
    done = client.call("erase.reporter", {"reporter": "somebody new",
                                          "dry_run": True, **WHY})
    equal(done["reports"], 1, "somebody new was forgotten")
    beside.restart()
    settled(place.client(beside))
    aside = place.idle_daemon("aside", settings=SMALL)
    aside.dir.mkdir()
    copy_keys(daemon, aside)
    shutil.copy(daemon.dir / "erasures", aside.dir)
    done = aside.tool("--restore", str(old))
    check("; 6 later erasures are known" in done.stdout, done.stdout)
    aside.start()
    client = place.client(aside)
    settled(client)
    equal(kinds(aside.dir, told), {"m.brunet's pseudonym"})
    check(not (aside.dir / "erasures.again").exists())
    newer, said = restored(place, new, "newer", daemon)
    check("; 0 later erasures are known" in said, said)
    newer.start()
    settled(place.client(newer))
    check("words" in kinds(newer.dir, told))


def while_something_is_erased(place):
    """However they meet: what was erased before is in no restored store."""
    daemon = place.daemon(settings=SMALL)
    client = place.client(daemon)
    names = [f"quince-{n}" for n in range(12)]
    for turn, name in enumerate(names):
        client.submit(planted(name))
        fill(client, first=400 * turn, reports=400)
    erased = []
    failed = []

    def erase():
        worker = place.client(daemon)
        try:
            for name in names:
                worker.call("erase.report", {"id": name, **WHY})
                erased.append(name)
        except (RpcError, Closed) as why:
            failed.append(why)

    thread = threading.Thread(target=erase)
    thread.start()
    made = []
    while thread.is_alive():
        before = list(erased)
        made.append((before, back_up(daemon, place.dir / f"to{len(made)}")))
    thread.join()
    equal(failed, [])
    for number, (before, backup) in list(enumerate(made))[::3]:
        copy, _ = restored(place, backup, f"copy{number}", daemon)
        copy.start()
        client = place.client(copy)
        settled(client)
        told = {name: f"{name} again".encode() for name in before}
        equal(found(copy.dir, told), [], f"backup {number}")
        marked = {row["first_seq"] for row in client.rows("reports")
                  if row["erased"]}
        check(len(marked) >= len(before), f"{marked} {before}")
        copy.stop()
        copy.verify()
        shutil.rmtree(copy.dir)
        shutil.rmtree(backup)
    check(len(made) > 2, f"only {len(made)} backups")
    print(f"{len(made)} backups beside {len(names)} erasures")


def erased_behind_its_back(place):
    """Held up between two segments, while the first of them is erased from."""
    daemon = place.daemon(settings=SMALL)
    client = place.client(daemon)
    names = [f"quince-{n}" for n in range(4)]
    for name in names:
        client.submit(planted(name))
    fill(client, reports=16000)
    caught = 0
    for turn, name in enumerate(names):
        to = place.dir / f"to{turn}"
        process = subprocess.Popen(
            daemon.command("--backup", str(to)), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        until(lambda: process.poll() is not None or
              len(list(to.glob("tocsin-*/log/0*"))) > 1, "it has begun")
        process.send_signal(signal.SIGSTOP)
        erased = client.call("erase.report", {"id": name, **WHY})["seq"]
        process.send_signal(signal.SIGCONT)
        equal(process.wait(), 0)
        backup, = to.glob("tocsin-*Z")
        head = (backup / "SHA256SUMS").read_text().split("\n")[0]
        if int(re.search(r"sequence (\d+)", head).group(1)) >= erased:
            caught += 1
            # The log that it ends with says that this is gone.
            told = {name: f"{name} again".encode()}
            equal(found(backup, told), [])
    check(caught > 0, "none was held up in time")
    copy, _ = restored(place, backup, "copy", daemon)
    copy.verify()
    print(f"{caught} of {len(names)} backups held up")


if __name__ == "__main__":
    run(beside_a_running_daemon, of_a_stopped_daemon, past_its_time,
        killed_in_the_middle, a_restore_is_a_later_epoch,
        what_is_damaged_is_not_restored, a_restore_killed_in_the_middle,
        erased_since_is_erased_again, while_something_is_erased,
        erased_behind_its_back, seconds=180)
