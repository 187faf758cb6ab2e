"""What must be true of a daemon whatever happened to it."""
import collections

from tocsin_test import check, equal, until


def recount(rows, keys):
    """Groups counted anew from the rows of a raw export."""
    groups = {}
    for row in rows:
        if row["withdrawn"]:
            continue
        key = tuple(row[name] for name in keys)
        group = groups.setdefault(key, {
            "reports": 0, "sources": set(), "organisations": set(),
            "countries": set(), "injured": 0, "severity":
            collections.Counter()})
        group["reports"] += 1
        group["sources"].add((row["organisation"], row["source"],
                              row["group"]))
        group["organisations"].add(row["organisation"])
        group["countries"].add(row["country"])
        group["injured"] += row["injured"] or 0
        group["severity"][row["severity"] or "unstated"] += 1
    return groups


def compare_groups(counted, stored, keys, what):
    """Stored rows of groups or products say what was counted."""
    found = {tuple(row[key] for key in keys): row for row in stored
             if row["reports"]}
    equal(sorted(found), sorted(counted), f"{what}: which")
    for key, group in counted.items():
        row = found[key]
        where = f"{what} {key}"
        equal(row["reports"], group["reports"], f"{where}: reports")
        equal(row["sources"], len(group["sources"]), f"{where}: sources")
        equal(row["organisations"], len(group["organisations"]),
              f"{where}: organisations")
        equal(sorted(row["countries"]), sorted(group["countries"]),
              f"{where}: countries")
        equal(row["injured"], group["injured"], f"{where}: injured")
        for severity in ("none", "damage", "minor", "medical", "severe",
                         "fatal", "unstated"):
            equal(row[f"severity_{severity}"], group["severity"][severity],
                  f"{where}: {severity}")


def check_projections(client):
    """Groups, products, days and totals equal a recount of the reports."""
    rows = client.rows("reports")
    keys = ("product_id", "mode")
    compare_groups(recount(rows, keys), client.rows("groups"), keys,
                   "group")
    compare_groups(recount(rows, keys[:1]), client.rows("products"),
                   keys[:1], "product")
    days = collections.Counter(
        (row["filed"], row["product_id"], row["mode"]) for row in rows
        if not row["withdrawn"])
    series = {(row["bucket"], row["product_id"], row["mode"]): row["reports"]
              for row in client.rows("timeseries")}
    equal(series, dict(days), "days")
    equal(client.call("server.stats", {})["reports"],
          sum(not row["withdrawn"] for row in rows), "reports in all")
    return rows


def check_writers(rows, writers):
    """What was acknowledged is there once, as acknowledged or asked since."""
    found = collections.defaultdict(list)
    for row in rows:
        found[row["id"]].append(row)
    known = set()
    for writer in writers:
        for held in writer.held:
            name = writer.name_of(held)
            known.add(name)
            mine = found.get(name, [])
            check(len(mine) <= 1, f"{name} is there {len(mine)} times")
            if not mine:
                check(held.acked is None,
                      f"{name} was acknowledged and is lost")
                continue
            row = mine[0]
            state = (int(row["region"][1:]), row["withdrawn"])
            allowed = held.maybe + ([held.acked] if held.acked else [])
            check(state in allowed, f"{name} is {state}, not of {allowed}")
            if held.seq and state == held.acked and not held.maybe:
                equal(row["seq"], held.seq, f"{name}: seq")
    check(set(found) <= known, "reports nobody sent", set(found) - known)


def facts_of_event(event):
    alert = event["alert"]
    return (event["seq"], event["change"], alert["id"], alert["episode"],
            alert["state"], alert["counts"]["reports"],
            alert["counts"]["sources"], alert["sentence"]["en"])


def facts_of_row(row):
    return (row["seq"], row["change"], row["alert_id"], row["episode"],
            row["state"], row["reports"], row["sources"], row["sentence_en"])


def check_listeners(client, listeners, seconds=20):
    """Each has, in order, exactly what is exported."""
    rows = [facts_of_row(row) for row in client.rows("alerts")]
    for listener in listeners:
        until(lambda: len(listener.events) >= len(rows),
              f"{listener.name} has {len(listener.events)} of {len(rows)} "
              "events", seconds)
        got = [facts_of_event(event) for event in listener.events]
        for at, (one, other) in enumerate(zip(got, rows)):
            equal(one, other, f"{listener.name}, event {at}")
        equal(len(got), len(rows), f"events of {listener.name}")
    return len(rows)
