"""What is stored: kept over stops and kills, checked, rebuilt, never guessed.
"""
import os
import shutil

from tocsin_daemon import StartFailed
from tocsin_oracle import check_projections
from tocsin_reports import fire, report
from tocsin_test import Skip, check, equal, run, until

SMALL = ["store.overlay_events=100", "store.segment_size=1MiB"]


def fill(client, first=0, reports=400, words=40):
    for start in range(first, first + reports, 100):
        client.batch([fire(f"r{n}", f"g{n % 11}", model=f"m{n % 37}",
                           text=f"{n} was hot. " * words)
                      for n in range(start, start + 100)])


def sealed(daemon):
    """Its compressed segments, once there are some."""
    return until(lambda: [path for path
                          in sorted((daemon.dir / "log").iterdir())
                          if path.name.endswith(".zseg")],
                 "a segment is sealed", 30)


def stopped_in_order_keeps_all(place):
    """SIGTERM while calls are in flight: what was answered is there."""
    daemon = place.daemon()
    client = place.client(daemon)
    calls = [client.send("report.submit", report(str(n), model=f"m{n % 9}"))
             for n in range(200)]
    acked = [client.result(call)["id"] for call in calls[:50]]
    daemon.signal(15)
    try:
        for call in calls[50:]:
            acked.append(client.result(call)["id"])
    except Exception as why:
        check(type(why).__name__ in ("Closed", "ConnectionResetError"), why)
    equal(daemon.wait(), 0)
    check("event=stopped" in daemon.log(), daemon.log())
    daemon.start()
    held = {row["id"] for row in place.client(daemon).rows("reports")}
    check(set(acked) <= held, set(acked) - held)


def stops_with_clients_connected(place):
    """Idle, subscribed and waiting clients do not keep it from stopping."""
    daemon = place.daemon()
    idle, waiting, pushed = (place.client(daemon, hello=True)
                             for _ in range(3))
    waiting.send("alerts.fetch", {"cursor": "new", "wait_ms": 60000})
    pushed.call("alerts.subscribe", {})
    idle.send_raw(b"\x94\x00")
    daemon.stop()
    for client in (idle, pushed):
        client.read_to_end()


def sealed_segments_are_read(place):
    daemon = place.daemon(settings=SMALL)
    client = place.client(daemon)
    fill(client, reports=4000)
    sealed(daemon)
    daemon.restart()
    client = place.client(daemon)
    rows = check_projections(client)
    equal(len(rows), 4000)
    held = client.call("report.get", {"id": "r3"})
    check(held["report"]["text"].startswith("3 was hot."), held)
    equal(client.submit(fire("r3", "g3", model="m3",
                             text="3 was hot. " * 40))["status"], "known")
    events = client.fetch_all()[0]
    equal(len(events), client.export("alerts")[2]["rows"])


def rebuilds_the_same(place):
    daemon = place.daemon(settings=SMALL)
    client = place.client(daemon)
    fill(client, reports=1000)
    client.submit(fire("r5", "g5", model="other"))
    client.call("report.withdraw", {"id": "r6", "reason": "x"})
    client.call("alerts.subscribe", {"durable": "desk", "from": "all"})
    before = {what: client.export(what)[0]
              for what in ("groups", "products", "reports", "alerts",
                           "timeseries")}
    daemon.stop()
    shutil.rmtree(daemon.dir / "db")
    done = daemon.tool("--rebuild")
    equal(done.returncode, 0, done.stderr)
    daemon.start()
    client = place.client(daemon)
    for what, data in before.items():
        check(client.export(what)[0] == data, f"{what} differs")
    cursor = client.fetch_all()[1]
    client.call("alerts.ack", {"durable": "desk", "cursor": cursor})


def starts_without_its_projections(place):
    """LMDB gone: refused or made anew from the log, never an empty store."""
    daemon = place.daemon()
    client = place.client(daemon)
    fill(client)
    daemon.stop()
    shutil.rmtree(daemon.dir / "db")
    try:
        daemon.start()
    except StartFailed as why:
        equal(why.code, 1)
        check("rebuild" in why.log, why.log)
        equal(daemon.tool("--rebuild").returncode, 0)
        daemon.start()
    equal(len(check_projections(place.client(daemon))), 400)


def planted_damage_in_lmdb_is_found(place):
    """One flipped byte in a value is seen by --verify, and where it is read.
    """
    daemon = place.daemon(verify=False)
    client = place.client(daemon)
    marker = "brandofthisverytest"
    for n in range(300):
        client.submit(report(f"r{n}", brand=marker, model=f"m{n % 50}",
                             group=f"g{n % 5}"))
    daemon.stop()
    daemon.verify()
    path = daemon.dir / "db" / "data.mdb"
    data = bytearray(path.read_bytes())
    places = [at for at in range(len(data))
              if data.startswith(marker.encode(), at)]
    check(places, "the brand stands in LMDB")
    for at in places:
        data[at + 3] ^= 0x20
    path.write_bytes(data)
    done = daemon.tool("--verify")
    equal(done.returncode, 1, done.stdout + done.stderr)
    check("product" in done.stdout + done.stderr, done.stdout + done.stderr)
    equal(daemon.tool("--rebuild").returncode, 0)
    daemon.verify()
    daemon.start()
    check_projections(place.client(daemon))


def planted_damage_in_the_log_is_found(place):
    """A flipped byte anywhere in what is durable: refused, with the place."""
    daemon = place.daemon(settings=SMALL, verify=False)
    client = place.client(daemon)
    fill(client, reports=300)
    daemon.stop()
    keep = place.dir / "keep"
    shutil.copytree(daemon.dir, keep)
    segment = [path for path in sorted((daemon.dir / "log").iterdir())
               if path.name.endswith(".seg")][0]
    data = segment.read_bytes()
    last = data.rstrip(b"\0")
    for at in range(200, len(last) - 60000, (len(last) - 60000) // 12):
        shutil.rmtree(daemon.dir)
        shutil.copytree(keep, daemon.dir)
        damaged = bytearray(data)
        damaged[at] ^= 0x01
        segment.write_bytes(damaged)
        done = daemon.tool("--verify")
        equal(done.returncode, 1, f"byte {at}: {done.stdout}{done.stderr}")
        says = done.stdout + done.stderr
        check(segment.name in says, f"byte {at}: {says}")


def planted_damage_in_a_sealed_segment_is_found(place):
    daemon = place.daemon(settings=SMALL, verify=False)
    client = place.client(daemon)
    fill(client, reports=4000)
    sealed(daemon)
    daemon.stop()
    victim = sealed(daemon)[0]
    data = victim.read_bytes()
    for at in range(100, len(data) - 1, len(data) // 7):
        damaged = bytearray(data)
        damaged[at] ^= 0x40
        victim.write_bytes(damaged)
        done = daemon.tool("--verify")
        equal(done.returncode, 1, f"byte {at}: {done.stdout}{done.stderr}")
        check(victim.name in done.stdout + done.stderr,
              f"byte {at}: {done.stdout}{done.stderr}")
    victim.write_bytes(data)
    daemon.verify()


def a_missing_segment_is_found(place):
    daemon = place.daemon(settings=SMALL, verify=False)
    client = place.client(daemon)
    fill(client, reports=4000)
    daemon.stop()
    segments = sorted((daemon.dir / "log").iterdir())
    check(len(segments) >= 3, segments)
    segments[1].unlink()
    equal(daemon.tool("--verify").returncode, 1)
    try:
        daemon.start()
        daemon.kill()
        check(False, "it started without a segment")
    except StartFailed as why:
        equal(why.code, 1)


def another_stores_lmdb_is_refused(place):
    one, two = (place.daemon(name, verify=False) for name in ("one", "two"))
    fill(place.client(one))
    fill(place.client(two))
    one.stop()
    two.stop()
    shutil.rmtree(one.dir / "db")
    shutil.copytree(two.dir / "db", one.dir / "db")
    try:
        one.start()
        check(False, "it took another store's LMDB")
    except StartFailed as why:
        equal(why.code, 1)
        check(len(why.log.strip()) > 20, why.log)


def lmdb_ahead_of_the_log_is_refused(place):
    daemon = place.daemon(verify=False)
    client = place.client(daemon)
    fill(client)
    daemon.stop()
    shutil.copytree(daemon.dir / "log", place.dir / "log")
    daemon.start()
    fill(place.client(daemon), first=400)
    daemon.stop()
    shutil.rmtree(daemon.dir / "log")
    shutil.copytree(place.dir / "log", daemon.dir / "log")
    try:
        daemon.start()
        check(False, "it went on with LMDB ahead of the log")
    except StartFailed as why:
        equal(why.code, 1)


def pseudonym_key_is_needed(place):
    daemon = place.daemon(verify=False)
    client = place.client(daemon)
    client.submit(fire("1", None, reporter="a"))
    daemon.stop()
    key = daemon.dir / "pseudonym.key"
    equal(key.stat().st_mode & 0o777, 0o600)
    good = key.read_text()

    def refused_with(text):
        if text is None:
            key.unlink()
        else:
            key.write_text(text)
            key.chmod(0o600)
        try:
            daemon.start()
            check(False, f"it started with key {text!r}")
        except StartFailed as why:
            equal(why.code, 1)
            check("pseudonym.key" in why.log, why.log)

    refused_with(None)
    refused_with("")
    refused_with("0" * 64 + "\n")
    refused_with(good[:-3])
    key.write_text(good)
    key.chmod(0o600)
    daemon.start()
    client = place.client(daemon)
    answer = client.submit(fire("2", None, reporter="a"))
    equal(answer["counts"]["sources"], 1, "the same pseudonym")


def directory_is_locked(place):
    daemon = place.daemon()
    client = place.client(daemon)
    client.submit(report("1"))
    second = place.idle_daemon(verify=False)
    try:
        second.start()
        check(False, "two daemons on one directory")
    except StartFailed as why:
        equal(why.code, 1)
        check(str(daemon.dir) in why.log, why.log)
    for mode in ("--verify", "--rebuild"):
        done = daemon.tool(mode)
        check(done.returncode == 1, f"{mode} beside a running daemon: "
              f"{done.returncode} {done.stdout}{done.stderr}")
    equal(client.submit(report("2"))["status"], "new")


def directory_is_private(place):
    daemon = place.daemon()
    fill(place.client(daemon))
    daemon.stop()
    for path in [daemon.dir, *daemon.dir.rglob("*")]:
        equal(path.stat().st_mode & 0o077, 0, path)


def no_permission_is_said(place):
    if os.getuid() != 0:
        raise Skip("only root can start a daemon as somebody else")
    folder = place.dir / "closed"
    folder.mkdir(mode=0o700)
    os.chmod(place.dir, 0o755)
    daemon = place.idle_daemon("closed/data", user=65534, verify=False)
    try:
        done = daemon.tool()
    except PermissionError as why:
        raise Skip("the program lies where nobody else may go") from why
    equal(done.returncode, 1, done.stderr)
    check("ermission" in done.stderr and "closed/data" in done.stderr,
          done.stderr)


def clock_set_back_is_survived(place):
    """Received time never goes back, whatever the clock does."""
    daemon = place.daemon()
    client = place.client(daemon)
    client.submit(report("1"))
    daemon.restart(clock="2026-06-10T12:00:00Z")
    client = place.client(daemon)
    client.submit(report("2", occurred="2026-05"))
    rows = client.rows("reports")
    check(rows[1]["received"] >= rows[0]["received"], rows)


run(stopped_in_order_keeps_all, stops_with_clients_connected,
    sealed_segments_are_read, rebuilds_the_same,
    starts_without_its_projections, planted_damage_in_lmdb_is_found,
    planted_damage_in_the_log_is_found,
    planted_damage_in_a_sealed_segment_is_found, a_missing_segment_is_found,
    another_stores_lmdb_is_refused, lmdb_ahead_of_the_log_is_refused,
    pseudonym_key_is_needed, directory_is_locked, directory_is_private,
    no_permission_is_said, clock_set_back_is_survived)
