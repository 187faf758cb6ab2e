"""The pull twin: pages, long polls, cursors of another store."""
import random
import shutil
import time

from tocsin_reports import fire
from tocsin_test import check, equal, refused, run, slowness


def ring_many(client, alerts=60, sources=6):
    for n in range(sources):
        client.batch([fire(f"{model}-{n}", f"g{n}", model=f"m{model}",
                           country=("FR", "BE")[model % 2])
                      for model in range(alerts)])


def pages_of_any_size_make_the_whole(place):
    client = place.client(place.daemon())
    ring_many(client)
    whole = client.call("alerts.fetch", {"cursor": "all", "max": 1000})
    equal(len(whole["events"]), 180)
    equal(whole["more"], False)
    dice = random.Random(7)
    for wanted in ({}, {"country": ["BE"]}):
        everything, last = client.fetch_all(filter=wanted)
        for _ in range(10):
            cursor, pages = "all", []
            while True:
                size = dice.randint(1, 40)
                page = client.call("alerts.fetch", {
                    "cursor": cursor, "max": size, "filter": wanted})
                check(len(page["events"]) <= size, len(page["events"]))
                pages += page["events"]
                cursor = page["cursor"]
                if page["events"]:
                    equal(client.call("alerts.fetch", {
                        "cursor": page["events"][0]["cursor"], "max": 1,
                        "filter": wanted})["events"],
                        (page["events"] + client.call("alerts.fetch", {
                            "cursor": cursor, "max": 1,
                            "filter": wanted})["events"])[1:2])
                if not page["more"]:
                    break
            equal(pages, everything)
        equal(client.fetch_all(last)[0], [])


def snapshot_in_pages(place):
    client = place.client(place.daemon())
    ring_many(client, 40, 3)
    whole = client.call("alerts.fetch", {"cursor": "snapshot", "max": 1000})
    equal(len(whole["events"]), 40)
    equal({event["phase"] for event in whole["events"]}, {"snapshot"})
    equal(whole["more"], False)
    pages, cursor = [], "snapshot"
    while True:
        page = client.call("alerts.fetch", {"cursor": cursor, "max": 7})
        pages += page["events"]
        cursor = page["cursor"]
        if not page["more"]:
            break
    equal([event["seq"] for event in pages],
          [event["seq"] for event in whole["events"]])


def latest_only(place):
    client = place.client(place.daemon())
    ring_many(client, 20, 6)
    events, _ = client.fetch_all(latest=True)
    equal(sorted(event["alert"]["id"] for event in events),
          sorted(f"a{n}" for n in range(1, 21)))
    equal({event["alert"]["counts"]["sources"] for event in events}, {5})


def fetch_sees_what_was_acked(place):
    """Read your own writes: a reply to submit is a floor for what follows."""
    client = place.client(place.daemon())
    for n in range(50):
        client.submit(fire(f"{n}-1", "a", model=f"m{n}"))
        client.submit(fire(f"{n}-2", "b", model=f"m{n}"))
        head = client.fetch_all()[0]
        equal(len(head), n + 1)


def long_poll_waits_for_one(place):
    daemon = place.daemon()
    client, waiting = place.client(daemon), place.client(daemon)
    client.submit(fire("1", "a"))
    call = waiting.send("alerts.fetch", {"cursor": "all", "wait_ms": 20000})
    begun = time.monotonic()
    time.sleep(0.1)
    check(call not in waiting.replies, "too early")
    client.submit(fire("2", "b"))
    page = waiting.result(call)
    equal(len(page["events"]), 1)
    check(time.monotonic() - begun < 5 * slowness(), "too late")


def long_poll_ends_in_time(place):
    client = place.client(place.daemon())
    begun = time.monotonic()
    page = client.call("alerts.fetch", {"cursor": "new", "wait_ms": 300})
    took = time.monotonic() - begun
    equal(page["events"], [])
    check(0.29 <= took < 3 * slowness(), took)


def long_poll_passes_what_does_not_match(place):
    daemon = place.daemon()
    client, waiting = place.client(daemon), place.client(daemon)
    call = waiting.send("alerts.fetch", {
        "cursor": "all", "wait_ms": 20000, "filter": {"country": ["BE"]}})
    for n in range(3):
        client.submit(fire(f"f{n}", f"g{n}"))
    client.submit(fire("b1", "a", model="m2", country="BE"))
    client.submit(fire("b2", "b", model="m2", country="BE"))
    events = waiting.result(call)["events"]
    equal([event["alert"]["countries"] for event in events], [["BE"]])


def many_wait_and_some_leave(place):
    daemon = place.daemon()
    client = place.client(daemon)
    waiting = [place.client(daemon) for _ in range(40)]
    calls = [one.send("alerts.fetch", {"cursor": "new", "wait_ms": 20000})
             for one in waiting]
    client.call("server.stats", {})
    time.sleep(0.05)
    for one in waiting[::2]:
        one.close()
    client.submit(fire("1", "a"))
    client.submit(fire("2", "b"))
    for one, call in list(zip(waiting, calls))[1::2]:
        equal(len(one.result(call)["events"]), 1)
    many = place.client(daemon)
    calls = [many.send("alerts.fetch", {"cursor": "new", "wait_ms": 20000})
             for _ in range(30)]
    client.submit(fire("3", "c"))
    for call in calls:
        many.result(call)


def arguments_go_together(place):
    client = place.client(place.daemon())
    refused("invalid", client.call, "alerts.fetch",
            {"durable": "x", "filter": {"country": ["FR"]}},
            field="filter")
    refused("not-found", client.call, "alerts.fetch", {"durable": "x"},
            field="durable")
    refused("invalid", client.call, "alerts.fetch", {"max": 0}, field="max")
    refused("invalid", client.call, "alerts.fetch", {"max": 1001},
            field="max")
    refused("invalid", client.call, "alerts.fetch", {"wait_ms": 60001},
            field="wait_ms")
    refused("invalid", client.call, "alerts.fetch",
            {"cursor": "all", "durable": "x"})


def cursors_of_another_store_are_gone(place):
    one, two = place.daemon("one"), place.daemon("two")
    here, there = place.client(one), place.client(two)
    ring_many(there, 3, 2)
    cursor = there.fetch_all()[1]
    for method in ("alerts.fetch", "alerts.subscribe"):
        key = "cursor" if method == "alerts.fetch" else "from"
        refused("cursor-gone", here.call, method, {key: cursor},
                field="cursor")
    refused("cursor-gone", here.call, "alerts.list",
            {"changed_since": cursor})
    refused("cursor-gone", here.call, "alerts.ack",
            {"durable": "x", "cursor": cursor})


def cursors_of_a_lost_future_are_gone(place):
    """A data directory put back as it was knows no later cursor."""
    daemon = place.daemon()
    client = place.client(daemon)
    ring_many(client, 2, 2)
    daemon.stop()
    shutil.copytree(daemon.dir, place.dir / "copy")
    daemon.start()
    client = place.client(daemon)
    ring_many(client, 6, 3)
    cursor = client.fetch_all()[1]
    daemon.stop()
    shutil.rmtree(daemon.dir)
    shutil.move(place.dir / "copy", daemon.dir)
    daemon.start()
    client = place.client(daemon)
    refused("cursor-gone", client.call, "alerts.fetch", {"cursor": cursor},
            field="cursor")
    damaged = cursor[:-1] + ("0" if cursor[-1] != "0" else "1")
    refused("invalid", client.call, "alerts.fetch", {"cursor": damaged},
            field="cursor")


run(pages_of_any_size_make_the_whole, snapshot_in_pages, latest_only,
    fetch_sees_what_was_acked, long_poll_waits_for_one,
    long_poll_ends_in_time, long_poll_passes_what_does_not_match,
    many_wait_and_some_leave, arguments_go_together,
    cursors_of_another_store_are_gone, cursors_of_a_lost_future_are_gone)
