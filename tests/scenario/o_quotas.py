"""Limits of peers: told, counted, announced, and over again.

127.0.0.0/24 is this machine; every other network of 127.0.0.0/8 is one of
strangers to the daemon.
"""
import pathlib
import re
import time

from tocsin_client import Client, Closed, RpcError
from tocsin_import import tocsin
from tocsin_reports import report
from tocsin_test import check, equal, refused, run, slowness, until

NEAR, FAR, FARTHER = "127.7.1.1", "127.7.2.1", "127.7.3.1"


def metric(client, name):
    return client.call("server.stats", {})["metrics"][name]


def announced(client, name):
    return client.call("hello", {"protocol": 1})["limits"][name]


def batch(names):
    return [report(str(name)) for name in names]


def told_off(peer):
    """What an answer to no call says."""
    peer.methods[0] = "hello"
    try:
        peer.result(0)
    except RpcError as error:
        return error
    raise AssertionError("it was not told off")


def is_closed(peer):
    try:
        peer.read(time.monotonic() + 0.3)
    except (Closed, ConnectionError):
        return True
    return False


def turned_away(daemon, source):
    peer = Client(daemon.address, source=source)
    error = told_off(peer)
    check(is_closed(peer), "it is closed")
    peer.close()
    return error


def networks_have_so_many_connections(place):
    daemon = place.daemon(settings=["limits.connections_per_network=3"])
    here = place.client(daemon)
    equal(announced(here, "connections_per_network"), 3)
    peers = [place.client(daemon, source=f"127.7.1.{n}", hello=True)
             for n in range(1, 4)]
    error = turned_away(daemon, "127.7.1.9")
    equal(error.code, "busy")
    check("127.7.1.0/24" in error.text, error)
    check(error.retry_ms, error)
    place.client(daemon, source=FAR, hello=True)
    for _ in range(5):
        place.client(daemon, hello=True)
    equal(metric(here, "refused_network"), 1)
    peers[0].close()
    until(lambda: metric(here, "strangers_open") == 3, "one has left")
    place.client(daemon, source=NEAR, hello=True)
    equal(metric(here, "refused_network"), 1)


def make_token(admin, roles, organisation="desk"):
    admin.call("organisations.set", {"name": organisation, "add": True})
    return admin.call("tokens.add", {"organisation": organisation,
                                     "roles": roles})["token"]


def become_admin(peer):
    show(peer, make_token(peer, ["admin", "read"], "head"))


def show(peer, token):
    return peer.call("hello", {"protocol": 1, "token": token})


def tokens_end_being_strangers(place):
    daemon = place.daemon(settings=["limits.strangers_per_network=2"])
    here = place.client(daemon)
    equal(announced(here, "strangers_per_network"), 2)
    become_admin(here)
    token = make_token(here, ["read", "submit"])
    strangers = [place.client(daemon, source=NEAR, hello=True)
                 for _ in range(2)]
    equal(turned_away(daemon, NEAR).code, "busy")
    equal(metric(here, "refused_network_strangers"), 1)
    show(strangers[0], token)
    equal(metric(here, "strangers_open"), 1)
    place.client(daemon, source=NEAR, hello=True)
    equal(turned_away(daemon, NEAR).code, "busy")
    for one in strangers:
        one.close()
    until(lambda: metric(here, "strangers_open") == 1, "they have left")


def the_silent_give_way(place):
    """Whoever speaks finds a place among many who only connect."""
    daemon = place.daemon(settings=["limits.strangers=5"])
    here = place.client(daemon)
    equal(announced(here, "strangers"), 5)
    silent = [place.client(daemon, source=f"127.8.{n}.1") for n in range(5)]
    until(lambda: metric(here, "strangers_open") == 5, "five are silent")
    one = place.client(daemon, source=NEAR, hello=True)
    equal(metric(here, "strangers_displaced"), 1)
    check(is_closed(silent[0]), "the first to come went")
    for peer in silent[1:]:
        check(not is_closed(peer), "the others stay")
        peer.call("hello", {"protocol": 1})
    error = turned_away(daemon, FAR)
    equal(error.code, "busy")
    check(error.retry_ms, error)
    equal(metric(here, "refused_strangers"), 1)
    one.call("hello", {"protocol": 1})


def dripping_resets_no_deadline(place):
    """A byte now and then: a first frame, a later one, a large one."""
    daemon = place.daemon(settings=[
        "limits.first_frame_time=800ms", "limits.frame_time=1500ms",
        "limits.frame_rate=1KiB"])
    here = place.client(daemon)
    equal(announced(here, "first_frame_time_ms"), 800)
    equal(announced(here, "frame_rate"), 1024)
    begin = bytes.fromhex("940001c600080000")

    def drip(peer, head, tail_byte, most):
        start = time.monotonic()
        for n in range(100000):
            try:
                peer.send_raw(head[n:n + 1] or tail_byte)
                if peer.read(time.monotonic() + 0.05):
                    break
            except (Closed, ConnectionError):
                break
            check(time.monotonic() - start < most * slowness(), "for ever")
        return time.monotonic() - start
    first = place.client(daemon, source=NEAR)
    took = drip(first, begin, b"x", 5)
    check(0.7 < took, took)
    until(lambda: metric(here, "strangers_late") == 1, "it was late")
    greeted = place.client(daemon, source=NEAR, hello=True)
    took = drip(greeted, begin, b"x", 5)
    check(1.4 < took < 4 * slowness(), took)
    equal(metric(here, "frames_late"), 1)
    local = place.client(daemon)
    drip(local, begin, b"x", 5)
    equal(metric(here, "frames_late"), 2, "of this machine as well")
    # 4 KiB came of it: it has four seconds more.
    slow = place.client(daemon, hello=True)
    call = msgpack_call(7, 5000)
    slow.send_raw(call[:4096])
    time.sleep(2)
    slow.send_raw(call[4096:])
    slow.methods[7] = "server.stats"
    refused("invalid", slow.result, 7)


def msgpack_call(number, length):
    """A call whose one argument is so long."""
    import msgpack
    return msgpack.packb([0, number, "server.stats", [{"x": "y" * length}]])


def idle_strangers_leave(place):
    daemon = place.daemon(settings=["limits.stranger_idle_time=1s"])
    here = place.client(daemon)
    equal(announced(here, "stranger_idle_time_ms"), 1000)
    idle = place.client(daemon, source=NEAR, hello=True)
    watching = place.client(daemon, source=FAR, hello=True)
    watching.call("alerts.subscribe", {"from": "new"})
    polling = place.client(daemon, source=FARTHER)
    poll = polling.send("alerts.fetch", {"cursor": "new", "wait_ms": 3000})
    error = told_off(idle)
    equal(error.code, "busy")
    check(is_closed(idle), "it is closed")
    polling.result(poll)
    equal(metric(here, "strangers_late"), 1, "who waits is not late")
    watching.call("hello", {"protocol": 1})
    check(not is_closed(here), "nor is this machine")


def frames_are_small_before_a_token(place):
    daemon = place.daemon()
    here = place.client(daemon)
    token = make_token(here, ["submit", "read"])
    stranger = place.client(daemon, source=NEAR, hello=True)
    long = {"reports": batch(range(40))}
    known = place.client(daemon, source=NEAR)
    # Pipelined: what is allowed is allowed right behind the token.
    hello = known.send("hello", {"protocol": 1, "token": token})
    sent = known.send("report.submit_batch", long)
    known.result(hello)
    equal(known.result(sent)["counts"]["new"], 40)
    stranger.send("report.submit_batch", long)
    refused("bad-frame", stranger.result, 2)
    equal(hello and announced(known, "stranger_frame_bytes"), 4096)


def tokens_have_quotas(place):
    """A second's and a day's; a batch larger than both passes in time."""
    daemon = place.daemon(settings=["limits.reports_a_second=20",
                                    "limits.reports_a_day=1000"])
    here = place.client(daemon)
    become_admin(here)
    token = make_token(here, ["submit", "read"])
    one, other = place.client(daemon), place.client(daemon)
    equal(show(one, token)["limits"]["reports_a_second"], 20)
    show(other, token)
    equal(one.batch(batch(range(220)))["counts"]["new"], 220)
    # 20 owed: of them one waits for 1 and a fifth of a second.
    try:
        other.submit(report("x"))
    except RpcError as error:
        equal(error.code, "busy")
        equal(error.text, "quota of 20 reports a second of desk reached")
        check(900 <= error.retry_ms <= 1100, error)
        time.sleep(error.retry_ms / 1000)
    else:
        raise AssertionError("it was not told")
    other.submit(report("x"))
    equal(metric(here, "refused_second"), 1)
    daemon.stop()
    daemon.restart(settings=["limits.reports_a_second=0",
                             "limits.reports_a_day=100"])
    one = place.client(daemon)
    show(one, token)
    one.batch(batch(range(300, 450)))
    try:
        one.submit(report("y"))
    except RpcError as error:
        equal(error.text, "daily quota of desk reached")
        # 51 hundredths of a day, to 1 %.
        check(abs(error.retry_ms - 44064000) / 44064000 < 0.01, error)
    else:
        raise AssertionError("it was not told")
    refused("busy", one.call, "report.submit_batch",
            {"reports": batch(range(3))})
    refused("busy", one.call, "report.amend",
            {"id": "1", "report": report("1", model="other")})
    equal(metric(one, "refused_day"), 3)


def strangers_share_their_networks_quota(place):
    daemon = place.daemon(settings=["limits.stranger_reports_a_second=5",
                                    "limits.stranger_reports_a_day=60"])
    here = place.client(daemon)
    equal(announced(here, "stranger_reports_a_second"), 5)
    equal(announced(here, "stranger_reports_a_day"), 60)
    one = place.client(daemon, source="127.7.1.1", organisation="a")
    two = place.client(daemon, source="127.7.1.2", organisation="b")
    far = place.client(daemon, source=FAR, organisation="a")
    one.batch(batch(range(50)))
    error = refused_with(two, report("x"))
    equal(error.text, "quota of 5 reports a second of 127.7.1.0/24 reached")
    far.batch(batch(range(100, 150)))
    here.batch(batch(range(1000)))
    here.batch(batch(range(1000, 2000)))
    time.sleep(error.retry_ms / 1000)
    two.submit(report("x"))
    equal(metric(here, "refused_second"), 1)
    time.sleep(2.1)
    two.batch(batch(range(200, 209)))
    error = refused_with(one, report("z"))
    equal(error.text, "daily quota of 127.7.1.0/24 reached")
    equal(metric(here, "refused_day"), 1)


def refused_with(client, one):
    try:
        client.submit(one)
    except RpcError as error:
        equal(error.code, "busy")
        check(error.retry_ms, error)
        return error
    raise AssertionError("it was not told")


def this_machine_has_quotas_when_asked(place):
    daemon = place.daemon(settings=["limits.local_reports_a_second=10"])
    one = place.client(daemon, organisation="a")
    two = place.client(daemon, organisation="b")
    equal(announced(one, "local_reports_a_second"), 10)
    one.batch(batch(range(100)))
    equal(refused_with(one, report("x")).text,
          "quota of 10 reports a second of a reached")
    two.batch(batch(range(100)))


def organisations_hold_so_much(place):
    """Told, given back by erasing, the same after a rebuild."""
    daemon = place.daemon(settings=["limits.organisation_bytes=20KiB"])
    one = place.client(daemon, organisation="a")
    other = place.client(daemon, organisation="b")
    equal(announced(one, "organisation_bytes"), 20480)

    def long(name):
        return report(name, text=f"{name} " + "it smokes and smells " * 100)
    taken = 0
    try:
        for n in range(100):
            one.submit(long(f"a{n}"))
            taken += 1
    except RpcError as error:
        equal(error.code, "busy")
        check(error.text.startswith("storage quota of a reached"), error)
        equal(error.retry_ms, None)
    check(8 <= taken <= 11, taken)
    refused("busy", one.call, "report.submit_batch", {"reports": batch("x")})
    other.submit(long("b"))
    one.call("report.submit", report("x"), {"dry_run": True})
    equal(metric(one, "refused_storage"), 2)
    # Withdrawn it is held still; amended it is held twice.
    one.call("report.withdraw", {"id": "a0", "reason": "a mistake"})
    refused("busy", one.submit, report("x"))
    one.call("erase.report", {"id": "a0", "reason": "its reporter asked"})
    one.call("erase.report", {"id": "a1", "reason": "its reporter asked"})
    one.submit(long("a20"))
    one.call("report.amend", {"id": "a20", "report": long("a20") | {
        "country": "DE"}})
    refused("busy", one.submit, report("x"))
    one.close()
    other.close()
    daemon.stop()
    daemon.verify()
    daemon.restart()
    one = place.client(daemon, organisation="a")
    refused("busy", one.submit, report("x"))
    one.call("erase.report", {"id": "a20", "reason": "its reporter asked"})
    one.submit(report("x"))
    daemon.stop()
    equal(daemon.tool("--rebuild").returncode, 0)
    daemon.restart()
    one = place.client(daemon, organisation="a")
    one.submit(report("y"))


def an_import_slows_down_and_goes_on(place):
    daemon = place.daemon(settings=["limits.local_reports_a_second=200"])
    lines = ["id,kind,category,brand,country,occurred"] + [
        f"{n},breakdown,kettle,Velbrano,FR,2026-05" for n in range(2800)]
    data = "\n".join(lines).encode() + b"\n"
    begun = time.monotonic()
    done = tocsin(place, daemon, "import", "-", "--format", "csv", data=data)
    took = time.monotonic() - begun
    equal(done.returncode, 0, done.stderr.decode())
    check(took > 3.9, took)
    said = [line for line in done.stderr.decode().splitlines()
            if "asks to wait" in line]
    check(1 <= len(said) <= 6, done.stderr.decode())
    check("quota of 200 reports a second of local reached" in said[0], said)
    client = place.client(daemon)
    equal(client.call("server.stats", {})["reports"], 2800)
    check(metric(client, "refused_second") > 0, "it was told")
    # Within the quota nobody notices.
    time.sleep(2.5)
    done = tocsin(place, daemon, "import", "-", "--format", "csv",
                  data=("\n".join(lines[:400]) + "\n").encode())
    check("asks to wait" not in done.stderr.decode(), done.stderr.decode())


def subscriptions_are_counted(place):
    daemon = place.daemon(settings=["limits.subscriptions_per_token=3",
                                    "limits.subscriptions_in_all=5"])
    here = place.client(daemon)
    equal(announced(here, "subscriptions_per_token"), 3)
    equal(announced(here, "subscriptions_in_all"), 5)
    become_admin(here)
    token = make_token(here, ["subscribe", "read"])
    other = make_token(here, ["subscribe", "read"], "other")
    new = {"from": "new"}
    peers = [place.client(daemon) for _ in range(3)]
    for peer in peers[:2]:
        show(peer, token)
    show(peers[2], other)
    peers[0].call("alerts.subscribe", new)
    peers[0].call("alerts.subscribe", new)
    peers[1].call("alerts.subscribe", new)
    error = refused("busy", peers[1].call, "alerts.subscribe", new)
    peers[2].call("alerts.subscribe", new)
    peers[2].call("alerts.subscribe", new)
    refused("busy", peers[2].call, "alerts.subscribe", new)
    equal(metric(peers[2], "subscriptions_refused"), 2)
    peers[0].close()
    until(lambda: metric(peers[2], "subscriptions_open") == 3, "two ended")
    peers[1].call("alerts.subscribe", new)
    peers[2].call("alerts.subscribe", new)
    equal(metric(peers[2], "subscriptions_open"), 5)
    del error


def one_connection_holds_so_much(place):
    """Above it reading rests; everything is answered all the same."""
    daemon = place.daemon(settings=["limits.held_bytes=65536"])
    client = place.client(daemon)
    equal(announced(client, "held_bytes"), 65536)
    calls = [client.send("report.submit_batch",
                         {"reports": batch(range(n, n + 100))})
             for n in range(0, 3000, 100)]
    for call in calls:
        equal(client.result(call)["counts"]["new"], 100)
    check(metric(client, "rests_bytes") > 0, "it rested")


def sizes_are_counted(place):
    daemon = place.daemon(settings=["limits.batch_reports=5"])
    client = place.client(daemon)
    refused("too-large", client.call, "report.submit_batch",
            {"reports": batch(range(6))})
    equal(metric(client, "too_large"), 1)


def the_manual_names_every_limit(place):
    """Each is announced, and stands in the table with metrics there are."""
    client = place.client(place.daemon())
    limits = client.call("hello", {"protocol": 1})["limits"]
    metrics = client.call("server.stats", {})["metrics"]
    root = pathlib.Path(__file__).resolve().parents[2]
    manual = (root / "docs/operations.md").read_text()
    table = manual.split("### Limits and quotas", 1)[1].split("(*) In", 1)[0]
    rows = [line.split("|") for line in table.splitlines()
            if line.startswith("| ") and "`" in line]
    named = {name for row in rows for name in re.findall("`limits.(.*?)`",
                                                         row[2])}
    knobs = set(re.findall(r"KNOB\(\"limits\.(\w+)\"",
                           (root / "daemon/knobs.def").read_text()))
    equal(named, knobs, "named in the table")
    announced_names = {name.removesuffix("_ms") for name in limits}
    equal(knobs - announced_names, set(), "not announced")
    counted = {name for row in rows for name in re.findall("`(.*?)`", row[4])}
    equal(counted - set(metrics), set(), "no such metric")


run(networks_have_so_many_connections, tokens_end_being_strangers,
    the_silent_give_way, dripping_resets_no_deadline, idle_strangers_leave,
    frames_are_small_before_a_token, tokens_have_quotas,
    strangers_share_their_networks_quota, this_machine_has_quotas_when_asked,
    organisations_hold_so_much, an_import_slows_down_and_goes_on,
    subscriptions_are_counted,
    one_connection_holds_so_much, sizes_are_counted,
    the_manual_names_every_limit)
