"""A reference model of counting, fed with the same random reports.

The model knows nothing of folding: it draws products, modes and sources from
pools whose spellings it chose itself, so that which reports belong together is
known beforehand.
"""
import collections
import datetime
import os
import random

from tocsin_reports import TODAY
from tocsin_test import check, equal, run

# Spellings of one product each; the first category is the one that stays.
PRODUCTS = [
    {"spellings": [("Moulinex", "BY 612"), ("MOULINEX", "by612"),
                   ("moulinex ", "BY-612")], "category": "kettle"},
    {"spellings": [("Moulinex", "BY 613")], "category": "kettle"},
    {"spellings": [("Bosch", "TWK-3A"), ("BOSCH", "TWK3A")],
     "category": "kettle"},
    {"spellings": [("Électrolux", "E 7"), ("Electrolux", "E7")],
     "category": "toaster"},
    {"spellings": [("Ærøl", "Ø1"), ("ÆRØL", "ø 1")], "category": "lamp"},
    {"spellings": [("Bosch", None), ("bosch", "unknown"), ("BOSCH", "n/a")],
     "category": "toaster"},
    {"spellings": [("Bosch", None)], "category": "kettle"},
    {"spellings": [(None, None), ("Unknown", None), ("?", "TWK-3A"),
                   (None, "BY 612"), ("? the white one", None),
                   ("I will have to ask. It is a friend's.", None)],
     "category": "kettle"},
    {"spellings": [("Philips", "HD4622"), ("Phillips", "hd-4622"),
                   ("Phillips HD4622", None), ("Philips / HD4622", "n/a"),
                   ("PHILIPS", "Cucina HD4622 2400W")],
     "category": "kettle"},
    {"spellings": [("Philip", "HD4622")], "category": "kettle"},
    {"spellings": [("Bang & Olufsen", None), ("B&O", "2400W"),
                   ("B og O", None), ("B&O lamp", None)],
     "category": "lamp"},
    {"spellings": [(None, None)], "category": "tea thing"},
    {"spellings": [("Gtin", "Alpha")], "category": "lamp",
     "gtin": "3045386369737"},
]
MODES = [["overheating", "Overheating", "overheats"], ["smoke", "Fumée"],
         [None, "", "unknown"], ["went all funny", "Went all  FUNNY"]]
MODE_KEYS = ["overheating", "smoke", "unstated", "went all funny"]
COUNTRIES = ["FR", "BE", "NL", "DE"]
SEVERITIES = [None, "none", "damage", "minor", "medical", "severe", "fatal"]
HAZARDS = ["fire", "burns", "cuts"]
OPERATIONS = 4000


class Model:
    """Current facts of each report, and what groups were ever told."""

    def __init__(self):
        self.held = {}     # (organisation, source, id) -> facts
        self.spans = {}    # group -> [first, last] ever occurred

    def put(self, key, facts):
        self.held[key] = facts
        for group in self.groups_of(facts):
            span = self.spans.setdefault(group, [facts["first"],
                                                 facts["last"]])
            span[0] = min(span[0], facts["first"])
            span[1] = max(span[1], facts["last"])

    @staticmethod
    def groups_of(facts):
        return ((facts["product"], facts["mode"]), (facts["product"], None))

    def counted(self):
        groups = {}
        for facts in self.held.values():
            if facts is None:
                continue
            for group in self.groups_of(facts):
                groups.setdefault(group, []).append(facts)
        return groups


def span_of(occurred):
    """First and last day of a date of any precision."""
    parts = [int(part) for part in occurred.split("-")]
    if len(parts) == 3:
        return occurred, occurred
    if len(parts) == 2:
        year, month = parts
        end = datetime.date(year + month // 12, month % 12 + 1, 1)
        return (f"{occurred}-01",
                (end - datetime.timedelta(days=1)).isoformat())
    return f"{occurred}-01-01", f"{occurred}-12-31"


def draw(dice, organisation, name):
    """A random report and the facts that the model keeps of it."""
    product = dice.randrange(len(PRODUCTS))
    brand, model = dice.choice(PRODUCTS[product]["spellings"])
    mode = dice.randrange(len(MODES))
    written = dice.choice(MODES[mode])
    filed = TODAY - datetime.timedelta(days=dice.randrange(60))
    occurred = dice.choice(("2024", "2025", "2025-02", "2024-02", "2025-12",
                            "2025-03-14", "2024-12-31"))
    report = {
        "id": name, "kind": dice.choice(("incident", "breakdown")),
        "product": {"category": PRODUCTS[product]["category"]},
        "country": dice.choice(COUNTRIES), "occurred": occurred,
        "filed": filed.isoformat(), "failure": {}, "origin": {},
    }
    if brand:
        report["product"]["brand"] = brand
    if model:
        report["product"]["model"] = model
    if "gtin" in PRODUCTS[product]:
        report["product"]["gtin"] = PRODUCTS[product]["gtin"]
        if dice.random() < 0.3:
            del report["product"]["brand"], report["product"]["model"]
    if written is not None:
        report["failure"]["mode"] = written
    hazards = dice.sample(HAZARDS, dice.randrange(3))
    if hazards:
        report["failure"]["hazard"] = hazards
    severity = dice.choice(SEVERITIES)
    if severity:
        report["severity"] = severity
    people = {name: dice.randrange(3) for name in ("injured", "units")
              if dice.random() < 0.4}
    report.update(people)
    source = ("default", organisation)
    if dice.random() < 0.5:
        report["origin"]["group"] = f"group {dice.randrange(6)}"
        source = ("group", organisation, report["origin"]["group"])
    if dice.random() < 0.3:
        report["reporter"] = f"person {dice.randrange(40)}"
        source = ("person", organisation, report["reporter"])
    if dice.random() < 0.3:
        report["origin"]["licence"] = dice.choice(("CC-BY-4.0", "CC0-1.0"))
    first, last = span_of(occurred)
    return report, {
        "product": product, "mode": MODE_KEYS[mode], "source": source,
        "organisation": organisation, "country": report["country"],
        "severity": severity or "unstated", "filed": report["filed"],
        "injured": people.get("injured", 0), "units": people.get("units", 0),
        "hazards": set(hazards) | ({"death"} if severity == "fatal"
                                   else set()),
        "licence": report["origin"].get("licence"),
        "first": first, "last": last,
        "backfill": filed < TODAY - datetime.timedelta(days=35),
    }


def feed(dice, clients, model):
    """Random life: new reports, resends, amendments, withdrawals."""
    sent = {}
    batches = {name: [] for name in clients}

    def flush(organisation):
        batch, batches[organisation] = batches[organisation], []
        if not batch:
            return
        answer = clients[organisation].batch([report for report, _ in batch])
        got = [item["status"] for item in answer["items"]]
        wanted = [status for _, status in batch]
        for one, other in zip(got, wanted):
            if other == "new again":
                check(one in ("new", "resubmitted"), one)
            else:
                equal(one, other, "status")

    for _ in range(OPERATIONS):
        organisation = dice.choice(list(clients))
        mine = [key for key in sent if key[0] == organisation]
        move = dice.random()
        if move < 0.62 or not mine:
            name = f"r{len(sent)}"
            key = (organisation, organisation, name)
            report, facts = draw(dice, organisation, name)
            status = "new"
        elif move < 0.97:
            key = dice.choice(mine)
            report, facts = sent[key]
            if move > 0.75:
                report, facts = draw(dice, organisation, key[2])
            status = "new again" if model.held[key] is None else \
                "known" if report == sent[key][0] else "amended"
        else:
            key = dice.choice(mine)
            if model.held[key] is None:
                continue
            flush(organisation)
            clients[organisation].call(
                "report.withdraw", {"id": key[2], "reason": "test"})
            model.held[key] = None
            continue
        sent[key] = (report, facts)
        model.put(key, facts)
        batches[organisation].append((report, status))
        if len(batches[organisation]) >= dice.randrange(1, 120):
            flush(organisation)
    for organisation in clients:
        flush(organisation)


def compare_row(row, group, span, licences):
    counts = collections.Counter(facts["severity"] for facts in group)
    wanted = {
        "reports": len(group),
        "sources": len({facts["source"] for facts in group}),
        "organisations": len({facts["organisation"] for facts in group}),
        "injured": sum(facts["injured"] for facts in group),
        "units": sum(facts["units"] for facts in group),
        "countries": sorted({facts["country"] for facts in group}),
        "occurred_first": span[0], "occurred_last": span[1],
    }
    for severity in SEVERITIES:
        name = severity or "unstated"
        wanted[f"severity_{name}"] = counts[name]
    for name, value in wanted.items():
        equal(row[name], value, f"{row['product_id']} {name}")
    # Which tell of one event is for the scenarios of duplicates to say.
    check(0 < row["cases"] <= row["reports"], "cases")
    equal(set(row["hazards"]), set().union(*(facts["hazards"]
                                             for facts in group)))
    equal(set(row["licences"]), licences)


def counts_equal_the_model(place):
    seed = os.environ.get("TOCSIN_SEED") or os.urandom(4).hex()
    print(f"seed {seed}")
    dice = random.Random(seed)
    daemon = place.daemon(settings=["store.overlay_events=500",
                                    "store.segment_size=1MiB"])
    clients = {name: place.client(daemon, organisation=name)
               for name in ("one", "two", "three")}
    model = Model()
    feed(dice, clients, model)
    for again in ("live", "restarted", "killed", "rebuilt"):
        if again == "restarted":
            daemon.restart()
        elif again == "killed":
            daemon.kill()
            daemon.start()
        elif again == "rebuilt":
            daemon.stop()
            equal(daemon.tool("--rebuild").returncode, 0)
            daemon.start()
        compare(place.client(daemon), model)


def compare(client, model):
    rows = {(row["organisation"], row["source"], row["id"]): row
            for row in client.rows("reports")}
    equal(set(rows), set(model.held), "which reports are held")
    products = {}
    for key, facts in model.held.items():
        row = rows[key]
        equal(row["withdrawn"], facts is None, key)
        if facts is None:
            continue
        equal(row["backfill"], facts["backfill"], key)
        equal(row["mode"], facts["mode"], key)
        product = products.setdefault(facts["product"], row["product_id"])
        equal(row["product_id"], product, f"product of {key}")
    equal(len(set(products.values())), len(products), "products apart")
    counted = model.counted()
    stored = {(row["product_id"], row.get("mode")): row
              for what in ("groups", "products")
              for row in client.rows(what) if row["reports"]}
    equal(len(stored), len(counted), "how many groups")
    for (product, mode), group in counted.items():
        compare_row(stored[products[product], mode], group,
                    model.spans[product, mode],
                    {facts["licence"] for facts in group} - {None})
    days = collections.Counter()
    for facts in model.held.values():
        if facts is not None:
            days[facts["filed"], products[facts["product"]],
                 facts["mode"]] += 1
    equal({(row["bucket"], row["product_id"], row["mode"]): row["reports"]
           for row in client.rows("timeseries")}, dict(days), "days")
    equal(client.call("server.stats", {})["reports"],
          sum(facts is not None for facts in model.held.values()))
    for (product, mode), group in list(counted.items())[:10]:
        options = {"product": products[product]}
        if mode:
            options["mode"] = mode
        answer = client.call("groups.get", options)
        equal(answer["counts"]["reports"], len(group))
        equal(sorted(answer["countries"]),
              sorted({facts["country"] for facts in group}))
        equal(answer["injured"], sum(facts["injured"] for facts in group))
        equal({name: count for name, count in answer["severities"].items()
               if count}, dict(collections.Counter(
                   facts["severity"] for facts in group)))


run(counts_equal_the_model)
