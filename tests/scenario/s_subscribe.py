"""Pushes: where they begin, what they hold, how they end."""
from tocsin_reports import fire, report
from tocsin_test import check, equal, refused, run


def ring(client, model, sources=2, start=0, **fields):
    client.batch([fire(f"{model}-{n}", f"g{n}", model=model, **fields)
                  for n in range(start, start + sources)])


def summary(events):
    return [(event["alert"]["id"], event["phase"], event["change"])
            for event in events]


def nothing_before_subscribe(place):
    client = place.client(place.daemon())
    ring(client, "m1")
    check(client.quiet(0.2), client.pushes)


def snapshot_then_live(place):
    daemon = place.daemon()
    client = place.client(daemon)
    ring(client, "m1", 5)
    ring(client, "m2", 2)
    answer = client.call("alerts.subscribe", {})
    equal(answer["open"], 2)
    equal(answer["head"], client.call("server.stats", {})["seq"])
    events = client.events(2)
    equal(summary(events), [("a1", "snapshot", "updated"),
                            ("a2", "snapshot", "raised")])
    equal(events[0]["alert"]["counts"]["sources"], 5)
    ring(client, "m3")
    ring(client, "m2", 1, start=2)
    equal(summary(client.events(2)), [("a3", "live", "raised"),
                                      ("a2", "live", "updated")])


def all_from_the_beginning(place):
    client = place.client(place.daemon())
    ring(client, "m1", 5)
    ring(client, "m2", 2)
    client.call("alerts.subscribe", {"from": "all"})
    events = client.events(4)
    equal(summary(events), [
        ("a1", "live", "raised"), ("a1", "live", "updated"),
        ("a1", "live", "updated"), ("a2", "live", "raised")])
    seqs = [event["seq"] for event in events]
    equal(seqs, sorted(set(seqs)))
    equal(events, client.fetch_all()[0])


def new_only(place):
    client = place.client(place.daemon())
    ring(client, "m1", 5)
    client.call("alerts.subscribe", {"from": "new"})
    check(client.quiet(0.1), client.pushes)
    ring(client, "m2", 2)
    equal(summary(client.events(1)), [("a2", "live", "raised")])


def from_a_cursor(place):
    daemon = place.daemon()
    client = place.client(daemon)
    for model in range(10):
        ring(client, f"m{model}")
    events = client.fetch_all()[0]
    for at, event in enumerate(events):
        other = place.client(daemon)
        other.call("alerts.subscribe", {"from": event["cursor"]})
        if at + 1 < len(events):
            got = []
            while len(got) < len(events) - at - 1:
                got += other.next_push()[1][-1]
            equal(got, events[at + 1:])
        check(other.quiet(0.01), other.pushes)
        other.close()


def resumes_inside_a_snapshot(place):
    """A cursor taken in a snapshot goes on with the same snapshot."""
    daemon = place.daemon()
    client = place.client(daemon)
    for model in range(12):
        ring(client, f"m{model}")
    first = client.call("alerts.fetch", {"cursor": "snapshot", "max": 5})
    equal(len(first["events"]), 5)
    ring(client, "m9", 1, start=2)
    ring(client, "new")
    rest, _ = client.fetch_all(first["cursor"])
    equal([event["phase"] for event in rest],
          ["snapshot"] * 7 + ["live"] * 2)
    nine = [event for event in rest if event["alert"]["id"] == "a10"]
    equal([event["change"] for event in nine], ["raised", "updated"],
          "the snapshot is what it was when it began")


def at_most_sixteen_in_one_push(place):
    client = place.client(place.daemon())
    client.batch([fire(f"{n % 60}-{n // 60}", f"g{n // 60}",
                       model=f"m{n % 60}") for n in range(120)])
    client.call("alerts.subscribe", {"from": "all"})
    got = []
    while len(got) < 60:
        method, params = client.next_push()
        equal(method, "alerts")
        equal(len(params), 1)
        check(1 <= len(params[0]) <= 16, len(params[0]))
        got += params[0]
    equal([event["alert"]["id"] for event in got],
          [f"a{n}" for n in range(1, 61)])


def pushes_as_it_was_told(place):
    client = place.client(place.daemon())
    client.call("alerts.subscribe", {"notify": {
        "method": "nvim_call_function", "args": ["TocsinAlert", 7, None]}})
    ring(client, "m1")
    method, params = client.next_push()
    equal(method, "nvim_call_function")
    equal(params[:3], ["TocsinAlert", 7, None])
    equal(len(params), 4)
    equal(params[3][0]["change"], "raised")
    for notify in ({"method": ""}, {"method": "x" * 101}, {"args": 3},
                   {"args": ["x" * 600]}, {"other": 1}):
        refused("invalid", client.call, "alerts.subscribe",
                {"notify": notify})


def an_event_has_all_its_keys(place):
    client = place.client(place.daemon())
    ring(client, "m1", severity="minor", country="BE")
    client.call("alerts.subscribe", {})
    event = client.events(1)[0]
    equal(sorted(event), ["alert", "at", "change", "cursor", "hash", "link", "phase",
                          "seq"])
    alert = event["alert"]
    for key in ("id", "episode", "state", "prev", "basis", "rule",
                "rule_version", "product", "mode", "severity", "hazards",
                "countries", "counts", "cases_min", "window", "first_seen",
                "last_seen", "evidence", "sentence", "replaces"):
        check(key in alert, f"{key} is missing")
    equal(sorted(alert["product"]),
          ["brand", "category", "id", "model", "name"])
    check(event["at"].startswith("2026-06-15T12:0"), event["at"])


def unsubscribe_ends_them(place):
    client = place.client(place.daemon())
    one = client.call("alerts.subscribe", {"from": "new"})["subscription"]
    two = client.call("alerts.subscribe",
                      {"from": "new", "notify": {"method": "two"}})
    client.call("alerts.unsubscribe", {"subscription": one})
    refused("not-found", client.call, "alerts.unsubscribe",
            {"subscription": one}, field="subscription")
    ring(client, "m1")
    equal(client.next_push()[0], "two")
    check(client.quiet(0.1), client.pushes)
    client.call("alerts.unsubscribe", {"subscription": two["subscription"]})


def has_a_limit_of_subscriptions(place):
    client = place.client(place.daemon(settings=["limits.subscriptions=3"]))
    for _ in range(3):
        client.call("alerts.subscribe", {"from": "new"})
    refused("too-large", client.call, "alerts.subscribe", {"from": "new"})
    ring(client, "m1")
    for _ in range(3):
        client.events(1)


FILTERS = [
    ({"brand": ["Moulinex"]}, {"a1", "a2", "a3", "a4"}),
    ({"brand": "MOULINEX!"}, {"a1", "a2", "a3", "a4"}),
    ({"brand": ["Bosch", "Dyson"]}, {"a5"}),
    ({"category": ["kettle"]}, {"a1", "a4"}),
    ({"category": ["Bouilloire"]}, {"a1", "a4"}),
    ({"category": ["kitchen"]}, {"a1", "a2", "a4"}),
    ({"category": ["lamp", "toaster"]}, {"a2", "a3"}),
    ({"country": ["BE"]}, {"a2"}),
    ({"country": ["BEL", "DE"]}, {"a2", "a3"}),
    ({"kind": ["breakdown"]}, {"a4"}),
    ({"kind": ["incident", "breakdown"]}, {"a1", "a2", "a3", "a4", "a5"}),
    ({"rule": ["designated-hazards"]}, {"a1", "a2", "a3", "a4", "a5"}),
    ({"rule": ["another"]}, set()),
    ({"severity_min": "minor"}, {"a4", "a5"}),
    ({"severity_min": "severe"}, {"a5"}),
    ({"product": ["p2", "p3"]}, {"a2", "a3"}),
    ({"brand": ["Moulinex"], "country": ["FR"]}, {"a1", "a4"}),
    ({"brand": ["Moulinex"], "severity_min": "minor"}, {"a4"}),
    ({}, {"a1", "a2", "a3", "a4", "a5"}),
]


def filters_by_every_field(place):
    daemon = place.daemon()
    client = place.client(daemon)
    readers = []
    for wanted, ids in FILTERS:
        reader = place.client(daemon)
        reader.call("alerts.subscribe", {"filter": wanted, "from": "new"})
        readers.append((reader, wanted, ids))
    ring(client, "m1")
    ring(client, "m2", category="toaster", country="BE")
    ring(client, "m3", category="lamp", country="DE")
    ring(client, "m4", kind="breakdown", severity="medical")
    ring(client, "m5", brand="Bosch", category="other thing", country="NL",
         severity="fatal")
    for reader, wanted, ids in readers:
        for frame in ("pushed", "fetched", "listed"):
            if frame == "pushed":
                got = {event["alert"]["id"]
                       for event in (reader.events(len(ids)) if ids else [])}
                check(reader.quiet(0.01), wanted, reader.pushes)
            elif frame == "fetched":
                got = {event["alert"]["id"] for event
                       in client.fetch_all(filter=wanted)[0]}
            else:
                got = {alert["id"] for alert in client.call(
                    "alerts.list", {"filter": wanted})["alerts"]}
            equal(got, ids, f"{frame} with {wanted}")


def bad_filters_are_refused(place):
    client = place.client(place.daemon())
    for bad, field in (
            ({"product": ["kettle"]}, "filter.product"),
            ({"product": [1]}, "filter.product"),
            ({"brand": ["?"]}, "filter.brand"),
            ({"category": ["ketle"]}, "filter.category"),
            ({"country": ["XX"]}, "filter.country"),
            ({"kind": ["accident"]}, "filter.kind"),
            ({"rule": ["Not a name"]}, "filter.rule"),
            ({"severity_min": "hard"}, "filter.severity_min"),
            ({"severity": "minor"}, None)):
        refused("invalid", client.call, "alerts.subscribe", {"filter": bad},
                field=field)
        refused("invalid", client.call, "alerts.fetch",
                {"cursor": "all", "filter": bad}, field=field)
    for bad in ("yesterday", "t1", "t1" + "0" * 64, 7):
        refused("invalid", client.call, "alerts.subscribe", {"from": bad})


def left_filter_is_told(place):
    """An alert that no longer matches is sent once more, as it is now."""
    rules = place.file("rules.yaml", """\
rules:
  - {name: any, per: product, window: 28d, reports: 2}
""")
    daemon = place.daemon(settings=[f"rules.files={rules}",
                                    "rules.default=false"])
    client = place.client(daemon)
    client.submit(report("1", severity="minor", group="a"))
    client.submit(report("2", severity="medical", group="b"))
    reader = place.client(daemon)
    reader.call("alerts.subscribe",
                {"filter": {"severity_min": "medical"}})
    equal(reader.events(1)[0]["alert"]["severity"], "medical")
    client.call("report.withdraw", {"id": "2", "reason": "test"})
    for n in range(3, 6):
        client.submit(report(str(n), group=f"g{n}"))
    event = reader.events(1)[0]
    equal(event["change"], "left_filter")
    equal(event["alert"]["severity"], "minor")
    for n in range(6, 20):
        client.submit(report(str(n), group=f"g{n}"))
    check(reader.quiet(0.1), "once is enough")


run(nothing_before_subscribe, snapshot_then_live, all_from_the_beginning,
    new_only, from_a_cursor, resumes_inside_a_snapshot,
    at_most_sixteen_in_one_push, pushes_as_it_was_told,
    an_event_has_all_its_keys, unsubscribe_ends_them,
    has_a_limit_of_subscriptions, filters_by_every_field,
    bad_filters_are_refused, left_filter_is_told)
