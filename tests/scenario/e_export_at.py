"""Groups and products at an earlier sequence are those that were exported
then: what was sent, amended, withdrawn and sent again since is not in them."""
import collections
import random

from tocsin_reports import clock, fire
from tocsin_test import check, equal, refused, run, until

WHAT = ("groups", "products", "timeseries", "reports", "alerts", "evidence")
BRANDS = ("Moulinex", "MOULINEX", "moulinex", "Philips", "PHILIPS", None)
MODELS = ("K 1", "k1", "K1", "X-200", "x200", None)
MODES = ("smoke", "overheating", "odd noise", None)
SEVERITIES = ("none", "damage", "minor", "medical", "severe", "fatal", None)


def some_report(chance):
    """One of 150 ids: new, or another of what is known by that id."""
    group = f"g{chance.randrange(9)}"
    fields = {"severity": chance.choice(SEVERITIES),
              "country": chance.choice(("FR", "BE", "NL")),
              "occurred": chance.choice(("2026", "2026-04", "2026-05-09")),
              "injured": chance.randrange(3),
              "units": chance.randrange(1, 4)}
    if fields["severity"] is None:
        del fields["severity"]
    made = fire(f"r{chance.randrange(150)}", group,
                brand=chance.choice(BRANDS), model=chance.choice(MODELS),
                category=chance.choice(("kettle", "toaster")),
                mode=chance.choice(MODES), **fields)
    if chance.random() < 0.3:
        made["origin"]["licence"] = chance.choice(("CC0", "ODbL"))
    if chance.random() < 0.2:
        made["product"]["gtin"] = "4006381333931"
    return made


def live(client, chance, steps=120):
    """Some of everything that changes counts; how much of each."""
    happened = collections.Counter()
    for _ in range(steps):
        if chance.random() < 0.2:
            error, _ = client.wait(client.send("report.withdraw", {
                "id": f"r{chance.randrange(150)}", "reason": "x"}))
            check(not error or error.startswith("not-found"), error)
            happened["withdrawn"] += not error
            continue
        one = some_report(chance)
        for _ in range(chance.choice((1, 1, 2))):
            happened[client.submit(one)["status"]] += 1
    return happened


def taken(client, **options):
    return {what: client.export(what, **options)[:2] for what in WHAT}


def expect_same(client, states):
    for state in states:
        for what, (data, opened) in state.items():
            again, reopened, _ = client.export(what, at=opened["seq"])
            equal(reopened["seq"], opened["seq"])
            equal(reopened["columns"], opened["columns"])
            check(again == data, f"{what} at {opened['seq']} differs")


def was_exported_then(place):
    """Byte by byte, after more reports, closed alerts and a restart."""
    chance = random.Random(5)
    daemon = place.daemon()
    states = []
    happened = collections.Counter()
    for stop in range(5):
        clients = [place.client(daemon, organisation=name)
                   for name in ("ufc", "which")]
        for client in clients:
            happened += live(client, chance)
        states.append(taken(clients[0]))
        expect_same(clients[0], states)
        daemon.restart(clock=clock((stop + 1) * 30))
    daemon.restart(clock=clock(300))
    client = place.client(daemon)
    until(lambda: client.call("server.stats", {})["alerts_open"] == 0,
          "they close")
    expect_same(client, states)
    for word in ("new", "known", "amended", "withdrawn"):
        check(happened[word] > 20, happened)
    for what in ("groups", "products", "timeseries", "reports"):
        equal(len({state[what][0] for state in states}), len(states), what)
    check(b",open," in states[0]["products"][0], states[0])
    check(b",open," not in client.export("products")[0], "they are closed")


def agrees_with_the_reports(place):
    """Counts at a sequence are those of the reports at that sequence."""
    chance = random.Random(6)
    client = place.client(place.daemon())
    stops = []
    for _ in range(4):
        live(client, chance)
        stops.append(client.call("server.stats", {})["seq"])
    for stop in stops:
        count = collections.Counter()
        injured = collections.Counter()
        countries = collections.defaultdict(set)
        for row in client.rows("reports", at=stop):
            if row["withdrawn"]:
                continue
            for group in ((row["product_id"], row["mode"]),
                          (row["product_id"], None)):
                count[group] += 1
                injured[group] += row["injured"] or 0
                countries[group].add(row["country"])
        rows = client.rows("groups", at=stop) + \
            client.rows("products", at=stop)
        groups = [(row["product_id"], row.get("mode")) for row in rows]
        equal(sorted(groups, key=str), sorted(count, key=str))
        for group, row in zip(groups, rows):
            equal(row["reports"], count[group], group)
            equal(row["injured"], injured[group], group)
            equal(row["countries"], sorted(countries[group]), group)


def any_sequence_can_be_had(place):
    """From before the first report to the newest, with a filter too."""
    client = place.client(place.daemon())
    live(client, random.Random(7))
    head = client.call("server.stats", {})["seq"]
    total = 0
    for at in range(1, head + 1, 7):
        rows = client.rows("products", at=at)
        french = client.rows("products", at=at, filter={"country": ["FR"]})
        equal(french, [row for row in rows if "FR" in row["countries"]], at)
        equal(sum(row["reports"] for row in rows),
              sum(row["reports"] for row in client.rows("groups", at=at)), at)
        total += len(rows)
    check(total > 0, "products")
    equal(client.rows("products", at=1), [])
    equal(client.rows("groups", at=head), client.rows("groups"))
    for what in ("groups", "products"):
        refused("invalid", client.call, "export.open",
                {"what": what, "at": head + 1}, field="at")
        refused("unsupported", client.call, "export.open",
                {"what": what, "at": head, "since": 1}, field="since")


def stays_while_others_write(place):
    daemon = place.daemon()
    client, writer = place.client(daemon), place.client(daemon)
    live(client, random.Random(8))
    then = taken(client)
    for step in range(10):
        tickets = [writer.send("report.submit", fire(
            f"{step}-{n}", f"new {n}", model=f"x{n}")) for n in range(40)]
        expect_same(client, [then])
        for ticket in tickets:
            equal(writer.wait(ticket)[0], None)


run(was_exported_then, agrees_with_the_reports, any_sequence_can_be_had,
    stays_while_others_write)
