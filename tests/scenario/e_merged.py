"""Products that curators merge, split and name, in exports and in what their
subscribers hear; rows are held against sets made of the reports' own rows."""
import collections
import random

from tocsin_client import RpcError
from tocsin_reports import fire
from tocsin_test import check, equal, run

WHY = {"reason": "checked on the type plate", "author": "desk"}
WHAT = ("groups", "products", "timeseries", "reports", "alerts")
MODELS = [f"R {n}00" for n in range(10)]
MODES = ("overheating", "smoke", "leak")


def act(client, verb, **arguments):
    return client.call(f"products.{verb}", dict(arguments, **WHY))


def send(client, dice, name):
    made = fire(name, f"g{dice.randrange(8)}", model=dice.choice(MODELS),
                mode=dice.choice(MODES), severity=dice.choice(
                    ("none", "minor", "severe")))
    return client.submit(made)["product"]


def attempt(client, dice, ids):
    """A withdrawal or a curator's act, lawful or not: its verb."""
    product = dice.choice(ids)
    verb = dice.choice(("withdraw", "merge", "split", "rename"))
    try:
        if verb == "withdraw":
            client.call("report.withdraw", {
                "id": f"r{dice.randrange(200)}", "reason": "x"})
        elif verb == "merge":
            act(client, verb, id=product, into=dice.choice(ids))
        elif verb == "split":
            act(client, verb, id=product)
        else:
            act(client, verb, id=product, brand="Given",
                model=f"G {dice.random()}")
        return verb
    except RpcError as error:
        check(error.code in ("conflict", "not-found"), error)
        return "refused"


def live(clients, dice, ids, steps=90):
    """Reports that come, change and go, and curators; what was done."""
    done = collections.Counter()
    for _ in range(steps):
        client = dice.choice(clients)
        if dice.random() < 0.65:
            send(client, dice, f"r{dice.randrange(200)}")
            done["sent"] += 1
        else:
            done[attempt(client, dice, ids)] += 1
    return done


def sets_of(client, **options):
    """Reports, sources and organisations of every product and mode."""
    found = collections.defaultdict(lambda: (set(), set(), set()))
    for row in client.rows("reports", **options):
        if row["withdrawn"]:
            continue
        for mode in (row["mode"], None):
            reports, sources, senders = found[(row["product_id"], mode)]
            reports.add((row["organisation"], row["id"]))
            sources.add((row["organisation"], row["group"]))
            senders.add(row["organisation"])
    return {group: tuple(len(each) for each in sets)
            for group, sets in found.items()}


def counted(client, **options):
    rows = client.rows("groups", **options) + \
        client.rows("products", **options)
    return {(row["product_id"], row.get("mode")): (
        row["reports"], row["sources"], row["organisations"])
        for row in rows}


def agrees_with_sets_and_with_then(place):
    dice = random.Random(3)
    daemon = place.daemon()
    done = collections.Counter()
    ids = [product_of(place.client(daemon), model, "g0") for model in MODELS]
    states = []
    for stop in range(6):
        clients = [place.client(daemon, organisation=name)
                   for name in ("ufc", "which")]
        done += live(clients, dice, ids)
        client = clients[0]
        states.append({what: client.export(what)[:2] for what in WHAT})
        equal(counted(client), sets_of(client), f"stop {stop}")
        if stop % 2:
            daemon.kill()
            daemon.start()
        else:
            daemon.restart()
    client = place.client(daemon)
    for state in states:
        for what, (data, opened) in state.items():
            again, _, _ = client.export(what, at=opened["seq"])
            check(again == data, f"{what} at {opened['seq']} differs")
        at = state["reports"][1]["seq"]
        equal(counted(client, at=at), sets_of(client, at=at), at)
    for verb in ("merge", "split", "rename", "withdraw"):
        check(done[verb] > 5, done)


def product_of(client, model, *groups):
    for group in groups:
        answer = client.submit(fire(f"{model}-{group}", group, model=model))
    return answer["product"]["id"]


def a_filter_finds_the_family(place):
    client = place.client(place.daemon())
    root = product_of(client, "R 100", "a", "b")
    part = product_of(client, "R 200", "b", "c")
    leaf = product_of(client, "R 300", "c")
    other = product_of(client, "R 400", "a")
    act(client, "merge", id=leaf, into=part)
    act(client, "merge", id=part, into=root)
    for asked in (root, part, leaf):
        rows = client.rows("products", filter={"product": [asked]})
        equal([(row["product_id"], row["reports"], row["sources"])
               for row in rows], [(root, 5, 3)])
    equal(len(client.rows("products", filter={"product": [other]})), 1)
    for asked, reports in ((root, 5), (part, 3), (leaf, 1), (other, 1)):
        rows = client.rows("reports", filter={"product": [asked]})
        equal(len(rows), reports)
        equal({row["product_id"] for row in rows},
              {other if asked == other else root})
        equal(sum(row["reports"] for row in client.rows(
            "timeseries", filter={"product": [asked]})), reports)
    act(client, "rename", id=root, brand="Zeta", model="Z 1")
    for what in ("products", "groups", "timeseries"):
        rows = client.rows(what, filter={"brand": ["zeta"]})
        equal({(row["product_id"], row["brand"], row["model"])
               for row in rows}, {(root, "Zeta", "Z 1")})


def changes(events):
    return [(event["change"], event["alert"]["id"]) for event in events]


def a_subscriber_follows_the_product(place):
    """Pushed, fetched, and by a durable name over a restart."""
    daemon = place.daemon()
    client = place.client(daemon)
    root = product_of(client, "R 100", "a", "b")
    part = product_of(client, "R 200", "c", "d")
    wanted = {"product": [part]}
    watcher = place.client(daemon)
    watcher.call("alerts.subscribe", {"durable": "desk", "filter": wanted,
                                      "from": "all"})
    first = watcher.events(1)
    equal(changes(first), [("raised", "a2")])
    merged = act(client, "merge", id=part, into=root)
    client.submit(fire("more", "e", model="R 100"))
    after = watcher.events(3)
    equal(changes(after),
          [("merged", "a2"), ("merged", "a1"), ("updated", "a1")])
    equal(after[1]["alert"]["product"]["members"], [part])
    equal(after[1]["alert"]["replaces"], ["a2"])
    watcher.call("alerts.ack", {"durable": "desk",
                                "cursor": after[0]["cursor"]})
    watcher.close()
    equal(changes(client.call("alerts.fetch", {
        "cursor": "snapshot", "filter": wanted})["events"]),
        [("updated", "a1")])
    daemon.restart()
    client, watcher = place.client(daemon), place.client(daemon)
    watcher.call("alerts.subscribe", {"durable": "desk"})
    equal(changes(watcher.events(2)),
          [("merged", "a1"), ("updated", "a1")])
    act(client, "undo", act=merged["act"])
    client.submit(fire("last", "f", model="R 100"))
    client.submit(fire("its", "f", model="R 200"))
    last = watcher.events(3)
    equal(changes(last), [("left_filter", "a1"), ("split", "a2"),
                          ("updated", "a2")])
    watcher.quiet(0.1)
    equal(changes(client.fetch_all(filter=wanted)[0]),
          changes(first + after + last))
    rows = client.rows("alerts", filter=wanted)
    equal([(row["change"], row["state"]) for row in rows],
          [("raised", "open"), ("merged", "withdrawn"), ("merged", "open"),
           ("updated", "open"), ("split", "open"), ("updated", "open")])
    equal([row["replaces"] for row in rows],
          [None, None, ["a2"], None, ["a1"], None])


run(agrees_with_sets_and_with_then, a_filter_finds_the_family,
    a_subscriber_follows_the_product)
