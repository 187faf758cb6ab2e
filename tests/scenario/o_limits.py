"""A full disk, peers that never read, many peers: it goes on serving."""
import os
import subprocess
import time

from tocsin_client import Client, RpcError
from tocsin_daemon import StartFailed
from tocsin_oracle import check_projections
from tocsin_reports import fire, report
from tocsin_test import Skip, check, equal, run, slowness, until


class Disk:
    """A small file system in memory; only root may make one."""

    def __init__(self, place, megabytes):
        self.path = place.dir / "disk"
        self.path.mkdir()
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs",
             str(self.path)], capture_output=True, text=True, check=False)
        if made.returncode:
            raise Skip(f"no file system can be mounted: {made.stderr.strip()}")

    def fill(self):
        """Take all the space there is."""
        try:
            with open(self.path / "ballast", "wb", buffering=0) as ballast:
                while True:
                    ballast.write(bytes(65536))
        except OSError:
            pass

    def free(self):
        (self.path / "ballast").unlink(missing_ok=True)

    def grow(self, megabytes):
        subprocess.run(["mount", "-o", f"remount,size={megabytes}m",
                        str(self.path)], check=True)

    def end(self):
        subprocess.run(["umount", "-l", str(self.path)], check=False)


def on_disk(place, megabytes, life, settings):
    if os.getuid() != 0:
        raise Skip("only root can mount a small file system")
    disk = Disk(place, megabytes)
    try:
        daemon = place.daemon("disk/data", settings=settings)
        life(disk, daemon)
        daemon.stop()
        disk.grow(400)
        daemon.verify()
        daemon.verify_at_end = False
    finally:
        for daemon in place.daemons:
            if daemon.is_running():
                daemon.kill()
        disk.end()


def submit_until_refused(client, acked, most=200000):
    """Send until something is refused; the error."""
    for start in range(len(acked), most, 200):
        made = [report(f"r{n}", model=f"m{n % 50}", text="x" * 300)
                for n in range(start, start + 200)]
        try:
            answer = client.batch(made)
        except RpcError as error:
            return error
        for one, item in zip(made, answer["items"]):
            if item["status"] == "rejected":
                return RpcError(item["error"])
            acked.append(one["id"])
    raise AssertionError("the disk never became full")


def lives_through_a_full_disk(place):
    """Read-only with a time to come again; back when there is space."""
    def life(disk, daemon):
        client = place.client(daemon)
        acked = []
        for _ in range(3):
            client.batch([report(f"r{n}", model=f"m{n % 50}",
                                 text="x" * 300)
                          for n in range(len(acked), len(acked) + 200)])
            acked += [f"r{n}" for n in range(len(acked), len(acked) + 200)]
            disk.fill()
            error = submit_until_refused(client, acked)
            equal(error.code, "read-only", error)
            check(error.retry_ms, error)
            equal(client.submit(report("r0", model="m0", text="x" * 300),
                                dry_run=True)["status"], "known")
            equal(client.call("server.stats", {})["reports"] >= len(acked),
                  True)
            equal(client.call("report.lookup", {"ids": ["r0"]})
                  ["items"][0]["known"], True)
            client.fetch_all()
            disk.free()
            until(lambda: comes_back(client, acked), "it writes again", 20)
        held = [row["id"] for row in client.rows("reports")]
        equal(len(held), len(set(held)))
        equal(set(acked) - set(held), set(), "acknowledged and lost")
        check_projections(client)
    on_disk(place, 64, life, ["store.segment_size=1MiB",
                              "store.free_space=1MiB",
                              "store.overlay_events=1000"])


def a_full_disk_answers_every_question(place):
    """With the last state that is stored, or with a time to come again."""
    def life(disk, daemon):
        client = place.client(daemon)
        acked = []
        disk.fill()
        submit_until_refused(client, acked)
        for method, arguments in (
                ("products.search", {}), ("groups.list", {}),
                ("products.get", {"brand": "Moulinex", "model": "m1"}),
                ("report.get", {"id": "r0"}), ("alerts.list", {}),
                ("export.open", {"what": "groups"})):
            error, _ = client.wait(client.send(method, arguments), 5)
            check(error is None or "retry_after_ms" in error,
                  f"{method}: {error}")
        disk.free()
    on_disk(place, 64, life, ["store.segment_size=1MiB",
                              "store.free_space=1MiB",
                              "store.overlay_events=1000"])


def comes_back(client, acked):
    name = f"r{len(acked)}"
    try:
        client.submit(report(name, model=f"m{len(acked) % 50}",
                             text="x" * 300))
    except RpcError as error:
        equal(error.code, "read-only", error)
        return False
    acked.append(name)
    return True


def full_disk_at_the_last_byte(place):
    """No space is kept free: the append itself fails, and is undone."""
    def life(disk, daemon):
        client = place.client(daemon)
        acked = []
        error = submit_until_refused(client, acked)
        equal(error.code, "read-only", error)
        check(daemon.is_running(), "it lives")
        daemon.kill()
        try:
            daemon.start()
        except StartFailed as why:
            check("space" in why.log, why.log)
            disk.grow(64)
            daemon.start()
        client = place.client(daemon)
        held = {row["id"] for row in alive(client)}
        equal(set(acked) - held, set(), "acknowledged and lost")

    def alive(client):
        """Ids by look-up: an export needs space for itself."""
        rows = []
        for start in range(0, 200000, 1000):
            items = client.call("report.lookup", {"ids": [
                f"r{n}" for n in range(start, start + 1000)]})["items"]
            rows += [item for item in items if item["known"]]
            if not items[-1]["known"]:
                return rows
        return rows
    on_disk(place, 24, life, ["store.segment_size=1MiB",
                              "store.free_space=1MiB",
                              "store.overlay_events=1000"])


def lmdb_full_is_read_only(place):
    """The address space of LMDB is used up: refused, not lost."""
    daemon = place.daemon(settings=["store.map_size=16MiB",
                                    "store.overlay_events=1000"],
                          verify=False)
    client = place.client(daemon)
    acked = []
    for start in range(0, 100000, 500):
        try:
            answer = client.batch([
                report(f"r{n}", brand=f"b{n}", model=f"m{n}")
                for n in range(start, start + 500)])
        except RpcError as error:
            equal(error.code, "read-only", error)
            check(error.retry_ms, error)
            break
        acked += [item["seq"] for item in answer["items"]]
    else:
        raise AssertionError("LMDB never became full")
    check(daemon.is_running(), "it lives")
    client.call("server.stats", {})
    daemon.kill()
    daemon.restart(settings=["store.overlay_events=1000"])
    client = place.client(daemon)
    held = {row["seq"] for row in client.rows("reports")}
    equal(set(acked) - held, set(), "acknowledged and lost")
    client.batch([report(f"later{n}") for n in range(100)])
    check_projections(client)
    daemon.stop()
    daemon.verify()


def stop_reading(daemon, method, *params):
    """A peer that sends, and never takes what comes back."""
    client = Client(daemon.address)
    client.send(method, *params)
    return client


def slow_subscribers_cost_a_cursor(place):
    """Many that never read: bounded memory, nobody else waits.

    Each is owed 9 MB, of which the kernel's buffers take about 4.
    """
    daemon = place.daemon()
    ringer, good = place.client(daemon), place.client(daemon)
    good.call("alerts.subscribe", {"from": "new"})
    before = daemon.resident_kib()
    stuck = [stop_reading(daemon, "alerts.subscribe", {"from": "all"})
             for _ in range(30)]
    alerts = 0
    for start in range(0, 16000, 500):
        ringer.batch([fire(f"{n}", f"g{n % 2}", model=f"m{n // 2}")
                      for n in range(start, start + 500)])
        alerts += 250
    got = []
    while len(got) < alerts:
        got += good.next_push()[1][-1]
    grown = daemon.resident_kib() - before
    if slowness() == 1:
        check(grown < 30 * 2 * 256 + 49152,
              f"{grown} KiB for 30 stuck subscribers")
    equal(len(got), alerts)
    for one in stuck[:3]:
        one.wait(1)
        events = []
        while len(events) < alerts:
            events += one.next_push()[1][-1]
        equal([event["seq"] for event in events],
              [event["seq"] for event in got], "resumed without loss")
    for one in stuck:
        one.close()


def replies_nobody_takes_are_bounded(place):
    """Thousands of calls whose answers are never read."""
    daemon = place.daemon(settings=["limits.output_bytes=1MiB"])
    client = place.client(daemon)
    client.batch([report(f"r{n}", brand=f"brand {n}", model=f"model {n}")
                  for n in range(1000)])
    before = daemon.resident_kib()
    stuck = []
    for _ in range(20):
        one = stop_reading(daemon, "server.stats", {})
        one.link.setblocking(False)
        try:
            for _ in range(2000):
                one.send("products.search", {"max": 1000})
        except BlockingIOError:
            pass
        stuck.append(one)
    time.sleep(0.5)
    begun = time.monotonic()
    for _ in range(20):
        client.call("server.stats", {})
    check(time.monotonic() - begun < 10 * slowness(), "others wait")
    grown = daemon.resident_kib() - before
    if slowness() == 1:
        check(grown < 20 * 8192 + 65536, f"{grown} KiB for 20 stuck clients")
    for one in stuck:
        one.close()


def stalled_peers_are_closed(place):
    daemon = place.daemon(settings=["limits.stall_time=1s"])
    client = place.client(daemon)
    client.batch([fire(f"{n}", f"g{n % 2}", model=f"m{n // 2}")
                  for n in range(1000)])
    stuck = stop_reading(daemon, "alerts.subscribe", {"from": "all"})
    for _ in range(20):
        stuck.send("alerts.fetch", {"cursor": "all", "max": 1000})
    until(lambda: client.call("server.stats", {})["metrics"]
          ["connections_open"] == 1, "it is closed", 15)
    stuck.close()


def calls_in_flight_are_bounded(place):
    """Above the limit reading rests; everything is answered all the same."""
    daemon = place.daemon(settings=["limits.calls_in_flight=4"])
    client = place.client(daemon)
    calls = [client.send("report.submit", report(str(n)))
             for n in range(500)]
    calls += [client.send("alerts.fetch", {"cursor": "new", "wait_ms": 100})
              for _ in range(8)]
    calls += [client.send("server.stats", {})]
    for call in calls:
        client.result(call)


def connections_are_bounded(place):
    daemon = place.daemon(settings=["limits.connections=10"])
    first = [place.client(daemon, hello=True) for _ in range(10)]
    waiting = place.client(daemon)
    call = waiting.send("server.stats", {})
    time.sleep(0.1)
    for one in first:
        one.call("server.stats", {})
    first[0].close()
    waiting.result(call)


def few_descriptors_are_survived(place):
    """More peers than descriptors: no spinning, served when some leave."""
    import resource
    daemon = place.idle_daemon()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (160, limits[1]))
    try:
        daemon.command = lambda *more, old=daemon.command: \
            ["prlimit", "--nofile=96:96"] + old(*more)
        daemon.start()
        peers = []
        for _ in range(120):
            peers.append(Client(daemon.address))
        time.sleep(0.3)
        ticks = os.sysconf("SC_CLK_TCK")

        def used():
            with open(f"/proc/{daemon.process.pid}/stat") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / ticks
        before = used()
        time.sleep(1)
        check(used() - before < 0.3, f"{used() - before} s of CPU in one")
        peers[0].call("server.stats", {})
        for one in peers[1:100]:
            one.close()
        peers[-1].call("server.stats", {})
        peers[-1].submit(report("1"))
        for one in peers:
            one.close()
        del daemon.command
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def many_connections_at_once(place):
    daemon = place.daemon()
    peers = [place.client(daemon) for _ in range(500)]
    calls = [peer.send("report.submit", report(f"p{n}", group=f"g{n % 50}"))
             for n, peer in enumerate(peers)]
    for peer, call in zip(peers, calls):
        equal(peer.result(call)["status"], "new")
    equal(peers[0].call("server.stats", {})["reports"], 500)


run(lives_through_a_full_disk, a_full_disk_answers_every_question,
    full_disk_at_the_last_byte,
    lmdb_full_is_read_only, slow_subscribers_cost_a_cursor,
    replies_nobody_takes_are_bounded, stalled_peers_are_closed,
    calls_in_flight_are_bounded, connections_are_bounded,
    few_descriptors_are_survived, many_connections_at_once)
