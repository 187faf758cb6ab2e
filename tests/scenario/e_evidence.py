"""What detection saw, week by week, as exported; and alerts whose numbers a
reader makes again from exports."""
import datetime
import json
import math
import random

from tocsin_import import tocsin
from tocsin_reports import TODAY, clock, fire, report
from tocsin_test import Skip, check, equal, refused, run, until

COLUMNS = ["product_id", "mode", "hazard", "week", "observed", "volume", "a",
           "b", "size", "expected", "score", "closed", "alert_id"]
RATIOS = (2, 4, 8, 16)


def monday(weeks_on):
    day = TODAY + datetime.timedelta(days=7 * weeks_on)
    return (day - datetime.timedelta(days=day.weekday())).isoformat()


def evidence(client, **options):
    """Rows by (product, mode or hazard), in order of weeks."""
    streams = {}
    for row in client.rows("evidence", **options):
        streams.setdefault((row["product_id"], row["mode"] or row["hazard"]),
                           []).append(row)
    return streams


def score(rows):
    """Of the last of these rows, by the formulas of the protocol."""
    evidence_of = [0.0] * 4
    for row in rows:
        last = None
        if row["a"] is None:
            continue
        expected = row["volume"] * row["a"] / row["b"]
        spread = 1 / row["size"] if row["size"] else 0
        size = 1 / (spread + 1 / row["a"] + spread / row["a"])
        x = row["observed"]
        for i, ratio in enumerate(RATIOS):
            evidence_of[i] = (1 + evidence_of[i]) * ratio ** x * (
                (size + expected) / (size + ratio * expected)) ** (x + size)
        last = math.log(sum(evidence_of) / 4)
        if row["closed"]:
            evidence_of = [0.0] * 4
    return last


def weeks_are_told(place):
    """Without a prior: what was observed, and how much others reported."""
    daemon = place.daemon(clock=clock(0))
    told = [(3, 1), (4, 0), (0, 2), None, (7, 1)]
    for week, cases in enumerate(told):
        if week:
            daemon.restart(clock=clock(7 * week))
        if cases is None:
            continue
        client = place.client(daemon, organisation="ufc")
        for brand, count in zip(("Beta", "Alfa"), cases):
            client.batch([report(f"{brand}{week}-{i}", brand=brand, model="M",
                                 reporter=f"{brand}{week}-{i}",
                                 filed=clock(7 * week)[:10])
                          for i in range(count)] or [report(
                              "x", category="lamp", brand=None, model=None)])
    rows = evidence(client, filter={"brand": ["alfa"]})
    equal(list(rows), [("p2", "overheating")])
    rows = rows["p2", "overheating"]
    equal(list(rows[0]), COLUMNS)
    equal([row["week"] for row in rows],
          [monday(week) for week in range(5) if told[week]])
    equal([row["observed"] for row in rows],
          [cases[1] for cases in told if cases])
    # Mean of the weeks of four in which anything was reported, and 5; 7 cases
    # at once count as 4 in the volume.
    equal([row["volume"] for row in rows[:-1]],
          [3 + 5, 7 / 2 + 5, 7 / 3 + 5])
    equal(rows[-1]["volume"], 8 / 3 + 5)
    for row in rows:
        equal([row[name] for name in
               ("a", "b", "size", "expected", "score", "alert_id")],
              [None] * 6)
        equal(row["closed"], False)


def hazards_have_streams(place):
    client = place.client(place.daemon())
    client.submit(fire("1", "rennes", mode=None))
    client.submit(report("2", mode=None, hazard=["burn", "fire"],
                         brand="Beta"))
    client.submit(report("3", mode=None, brand="Beta"))
    client.submit(report("4", mode="leak", hazard=["fire"], brand="Beta"))
    client.submit(report("5", brand=None, model=None))
    equal(sorted(evidence(client)),
          [("p1", "fire"), ("p2", "fire"), ("p2", "leak"),
           ("p2", "unstated")])
    equal(sorted(evidence(client, mode="leak")), [("p2", "leak")])
    equal(sorted(evidence(client, filter={"brand": ["beta"]})),
          [("p2", "fire"), ("p2", "leak"), ("p2", "unstated")])
    equal(evidence(client, filter={"category": ["toaster"]}), {})
    refused("unsupported", client.call, "export.open",
            {"what": "evidence", "filter": {"country": ["FR"]}},
            field="filter")
    refused("unsupported", client.call, "export.open",
            {"what": "reports", "mode": "leak"}, field="mode")


def merged_products_are_one(place):
    """And told apart again, and as they were at a sequence."""
    daemon = place.daemon()
    client = place.client(daemon)
    for i in range(3):
        client.submit(report(f"a{i}", brand="Alfa", reporter=f"a{i}"))
        client.submit(report(f"b{i}", brand="Beta", reporter=f"b{i}"))
    apart = client.export("evidence")
    act = client.call("products.merge", {"id": "p2", "into": "p1",
                                         "reason": "one"})
    daemon.restart(clock=clock(7))
    client = place.client(daemon)
    client.submit(report("b9", brand="Beta", reporter="b9"))
    streams = evidence(client)
    equal(list(streams), [("p1", "overheating")])
    equal([row["observed"] for row in streams["p1", "overheating"]], [3, 1])
    equal(streams["p1", "overheating"][0]["closed"], True)
    equal(evidence(client, filter={"product": ["p2"]}), streams)
    client.call("products.undo", {"act": act["act"], "reason": "two"})
    equal(sorted(evidence(client)),
          [("p1", "overheating"), ("p2", "overheating")])
    data, opened, _ = client.export("evidence", at=apart[1]["seq"])
    check(data == apart[0], "the evidence of an earlier sequence differs")


def recomputed(place, daemon, alert, *words):
    done = tocsin(place, daemon, "alerts", "show", alert, "--recompute",
                  "--json", *words)
    check(done.stdout, done.stderr)
    return done.returncode, json.loads(done.stdout)


def rules_are_recounted(place):
    daemon = place.daemon()
    client = place.client(daemon, organisation="ufc")
    client.submit(fire("1", "rennes"))
    client.submit(fire("old", "old", filed="2025-01-01"))
    client.submit(fire("gone", "lyon", mode="smoke"))
    client.call("report.withdraw", {"id": "gone", "reason": "x"})
    client.submit(report("no hazard", group="lille"))
    place.client(daemon, organisation="which").submit(fire("2", "nantes"))
    raised = client.fetch_all()[0][-1]
    code, told = recomputed(place, daemon, raised["alert"]["id"])
    equal(code, 0)
    equal(told["agrees"], True)
    equal((told["reports_recounted"], told["organisations_recounted"]),
          (raised["alert"]["counts"]["reports"],
           raised["alert"]["counts"]["organisations"]))
    client.batch([fire(f"m{i}", f"m{i}") for i in range(150)])
    code, told = recomputed(place, daemon, raised["alert"]["id"])
    equal((code, told["agrees"]), (0, True))
    done = tocsin(place, daemon, "alerts", "show", "a99", "--recompute")
    equal(done.returncode, 3)


def live_week(client, chance, week, more=0):
    """Some of 20 products fail now and then, one of them more often."""
    made = []
    for brand in range(20):
        count = sum(chance.random() < .25 for _ in range(3))
        count += more if brand == 7 else 0
        made += [report(f"{week}-{brand}-{i}", brand=f"Brand {brand}",
                        model="M 1", reporter=f"{week}-{brand}-{i}",
                        filed=clock(7 * week)[:10]) for i in range(count)]
    chance.shuffle(made)
    for one in made:
        client.submit(one)


def rung(client):
    """What the statistic raised; it had been watched before."""
    return [event for event in client.fetch_all()[0]
            if event["alert"]["basis"] == "statistic"
            and event["change"] == "raised"]


def raise_by_statistic(place):
    """20 weeks, then a defect; the alert's event, its daemon and week."""
    chance = random.Random(3)
    daemon = place.daemon(clock=clock(0))
    for week in range(34):
        if week:
            daemon.restart(clock=clock(7 * week))
        client = place.client(daemon, organisation="ufc")
        if week > 13:
            until(lambda: "event=estimated" in daemon.log(), "an estimate")
        live_week(client, chance, week, 4 if week > 20 else 0)
        events = rung(client)
        if events:
            return daemon, client, events[0], week
    raise AssertionError("nothing rang")


def statistics_are_recomputed(place):
    daemon, client, event, week = raise_by_statistic(place)
    alert = event["alert"]
    check(week > 20, f"rang in week {week}")
    equal(alert["product"]["name"], "Brand 7 M 1")
    product = {"product": [alert["product"]["id"]]}
    rows = evidence(client, filter=product, at=event["seq"])
    (stream,) = rows.values()
    last = stream[-1]
    equal((last["week"], last["alert_id"], last["closed"]),
          (monday(week), alert["id"], True))
    # To the bit; and by formulas of one's own nearly so.
    equal(last["score"], alert["evidence"]["score"])
    check(last["score"] >= alert["evidence"]["threshold"], alert)
    check(abs(score(stream) / last["score"] - 1) < 1e-9, score(stream), last)
    check(abs(last["expected"] - last["volume"] * last["a"] / last["b"])
          < 1e-12, last)
    # Weeks on, with history that came late and a restart, it still stands.
    client.batch([report(f"old {i}", brand="Brand 7", model="M 1",
                         reporter=f"old {i}", filed=clock(28)[:10])
                  for i in range(9)])
    daemon.restart(clock=clock(7 * (week + 2)))
    client = place.client(daemon, organisation="ufc")
    live_week(client, random.Random(4), week + 2)
    equal(evidence(client, filter=product, at=event["seq"]), rows)
    row = next(row for row in evidence(client, filter=product).popitem()[1]
               if row["alert_id"])
    equal(row["score"], last["score"])
    code, told = recomputed(place, daemon, alert["id"])
    equal((code, told["agrees"]), (0, True))
    for name in ("score", "exported", "recomputed"):
        check(abs(told[name] / last["score"] - 1) < 1e-9, told)
    plots(place, daemon, alert)


def plots(place, daemon, alert):
    for name in ("p.svg", "p.png"):
        path = place.dir / name
        done = tocsin(place, daemon, "products", "plot",
                      alert["product"]["id"], "--out", path)
        if b"gnuplot-nox" in done.stderr:
            raise Skip("gnuplot is not installed: nothing is drawn")
        equal(done.returncode, 0, done.stderr)
        drawn = path.read_bytes()
        if name == "p.svg":
            check(drawn.rstrip().endswith(b"</svg>") and
                  alert["id"].encode() in drawn and b"overheating" in drawn)
        else:
            equal(drawn[:4], b"\x89PNG")
    done = tocsin(place, daemon, "products", "plot", "Brand 7/M 1", "--mode",
                  "leak", "--out", place.dir / "none.svg")
    equal(done.returncode, 3)
    check(not (place.dir / "none.svg").exists())


run(weeks_are_told, hazards_have_streams, merged_products_are_one,
    rules_are_recounted, statistics_are_recomputed)
