"""What people do about alerts: each verb, its undo, and what stays of it."""
from tocsin_reports import clock, day, fire, report
from tocsin_test import check, equal, refused, run, until

RULES = """\
rules:
  - {name: two, per: product, window: 28d, sources: 2}
"""


def daemon_with(place, trusted=(), **options):
    rules = place.file("rules.yaml", RULES)
    return place.daemon(settings=[f"rules.files={rules}",
                                  "rules.default=false"],
                        trusted=trusted, **options)


def ring(client, model="BY 612", first=1, sources=2, **fields):
    for n in range(first, first + sources):
        client.submit(report(f"{model}-{n}", model=model, group=f"g{n}",
                             **fields))


def changes(client, **options):
    return [event["change"] for event in client.fetch_all(**options)[0]]


def history(client, alert="a1"):
    return client.call("alerts.history", {"id": alert})["events"]


def budget_of(client, basis):
    answer = client.call("alerts.budget", {})
    return {key: value for row in answer["bases"] for key, value in row.items()
            if row["basis"] == basis}


def killed(place, daemon):
    """The same daemon after kill -9, and a client of it."""
    daemon.kill()
    daemon.start()
    return place.client(daemon)


def judging_again_replaces(place):
    daemon = daemon_with(place)
    client = place.client(daemon)
    ring(client)
    answer = client.call("alerts.judge", {"id": "a1", "verdict": True,
                                          "reason": "two fires", "by": "Ada"})
    equal((answer["id"], answer["change"], answer["state"],
           answer["episode"]), ("a1", "judged", "open", 1))
    equal(budget_of(client, "rule"),
          {"basis": "rule", "raised": 1, "judged_true": 1, "judged_false": 0,
           "since": day(0)})
    client = killed(place, daemon)
    equal(client.call("alerts.get", {"id": "a1"})["alert"]["judged"], True)
    refused("conflict", client.call, "alerts.judge",
            {"id": "a1", "verdict": True}, field="id", text="judged so")
    client.call("alerts.judge", {"id": "a1", "verdict": False})
    equal(client.call("alerts.get", {"id": "a1"})["alert"]["judged"], False)
    counts = budget_of(client, "rule")
    equal((counts["judged_true"], counts["judged_false"]), (0, 1))
    past = history(client)
    equal([event["change"] for event in past],
          ["raised", "judged", "judged"])
    equal((past[1]["organisation"], past[1]["by"], past[1]["reason"]),
          ("local", "Ada", "two fires"))
    check("by" not in past[0] and "by" not in past[2], past)
    equal(changes(client), ["raised", "judged", "judged"])


def the_budget_is_told(place):
    client = place.client(daemon_with(place))
    ring(client, hazard="fire")
    budget = client.call("alerts.budget", {})
    equal((budget["per_week"], budget["scale"]), (1, 1))
    check(budget["streams"] >= 1, budget)
    check(budget["threshold"] >= 1000, budget)
    equal((budget["weeks"], budget["raised"]), (0, 0))
    check("realised" not in budget and "rings_since" not in budget, budget)


def an_episode_is_judged_by_itself(place):
    daemon = daemon_with(place)
    client = place.client(daemon)
    ring(client)
    client.call("alerts.judge", {"id": "a1", "verdict": False})
    daemon.restart(clock=clock(60))
    client = place.client(daemon)
    ring(client, first=5, filed=day(-60))
    alert = client.call("alerts.get", {"id": "a1"})["alert"]
    equal((alert["episode"], alert["state"]), (2, "open"))
    check("judged" not in alert, alert)
    client.call("alerts.judge", {"id": "a1", "verdict": True})
    counts = budget_of(client, "rule")
    equal((counts["raised"], counts["judged_true"], counts["judged_false"]),
          (2, 1, 1))


def a_muted_alert_counts_in_silence(place):
    daemon = daemon_with(place, trusted=["desk"])
    desk = place.client(daemon, organisation="desk")
    client = place.client(daemon, organisation="cafe")
    desk.call("alerts.subscribe", {"from": "new"})
    client.call("alerts.subscribe", {"from": "new"})
    ring(client)
    answer = desk.call("alerts.mute", {"id": "a1", "reason": "being repaired",
                                       "days": 10})
    equal((answer["change"], answer["state"]), ("muted", "open"))
    ring(client, first=3, sources=3)
    told = client.events(2)
    equal([event["change"] for event in told], ["raised", "muted"])
    equal(told[1]["alert"]["muted"],
          {"until": day(-10), "reason": "being repaired"})
    check(client.quiet(.2), client.pushes)
    equal([event["change"] for event in desk.events(4)],
          ["raised", "muted", "updated", "updated"])
    equal(changes(client), ["raised", "muted"])
    listed = client.call("alerts.list", {})["alerts"]
    equal([(one["counts"]["sources"], one["muted"]["reason"])
           for one in listed], [(5, "being repaired")])
    snapshot = client.fetch_all("snapshot")[0]
    equal([event["alert"]["counts"]["sources"] for event in snapshot], [5])
    client.submit(report("minor", group="g1", severity="minor"))
    client.submit(report("grave", group="g1", severity="severe"))
    event, = client.events(1)
    equal((event["change"], event["alert"]["severity"]),
          ("updated", "severe"))
    daemon.kill()
    daemon.start()
    client = place.client(daemon, organisation="cafe")
    equal(client.call("alerts.get", {"id": "a1"})["alert"]["muted"]["reason"],
          "being repaired")
    daemon.restart(clock=clock(9))
    client = place.client(daemon, organisation="cafe")
    equal(changes(client), ["raised", "muted", "updated"])
    daemon.restart(clock=clock(10))
    client = place.client(daemon, organisation="cafe")
    until(lambda: changes(client)[-1] == "unmuted", "the mute ends")
    check("muted" not in client.call("alerts.get", {"id": "a1"})["alert"])


def a_mute_is_taken_back(place):
    client = place.client(daemon_with(place))
    ring(client)
    for args, text in (({}, "either"), ({"days": 3, "until": day(-3)},
                                        "either"),
                       ({"until": day(0)}, "after today"),
                       ({"until": day(-367)}, "366"),
                       ({"until": "2026-07"}, "YYYY-MM-DD")):
        refused("invalid", client.call, "alerts.mute",
                {"id": "a1", "reason": "r", **args}, field="until", text=text)
    refused("invalid", client.call, "alerts.mute", {"id": "a1", "days": 1},
            field="reason")
    refused("conflict", client.call, "alerts.unmute", {"id": "a1"},
            text="not muted")
    client.call("alerts.mute", {"id": "a1", "reason": "r", "days": 3})
    client.call("alerts.mute", {"id": "a1", "reason": "longer", "days": 30})
    equal(client.call("alerts.get", {"id": "a1"})["alert"]["muted"],
          {"until": day(-30), "reason": "longer"})
    client.call("alerts.unmute", {"id": "a1", "reason": "repaired"})
    ring(client, first=3, sources=1)
    equal(changes(client), ["raised", "muted", "muted", "unmuted", "updated"])
    equal(history(client)[3]["reason"], "repaired")


def acknowledged_and_commented(place):
    daemon = daemon_with(place)
    client = place.client(daemon)
    ring(client)
    client.call("alerts.acknowledge", {"id": "a1", "by": "Ada",
                                       "comment": "asked the maker"})
    client.call("alerts.comment", {"id": "a1", "text": "no answer yet"})
    refused("invalid", client.call, "alerts.comment", {"id": "a1"},
            field="text")
    client = killed(place, daemon)
    alert = client.call("alerts.get", {"id": "a1"})["alert"]
    equal(alert["acknowledged"], True)
    check("maker" not in str(alert), alert)
    past = history(client)
    equal([(event["change"], event.get("text")) for event in past],
          [("raised", None), ("acknowledged", "asked the maker"),
           ("commented", "no answer yet")])


def closed_by_hand(place):
    daemon = daemon_with(place)
    client = place.client(daemon)
    ring(client)
    refused("invalid", client.call, "alerts.close", {"id": "a1"},
            field="reason")
    answer = client.call("alerts.close", {"id": "a1", "reason": "solved"})
    equal((answer["change"], answer["state"]), ("closed", "closed"))
    refused("conflict", client.call, "alerts.close",
            {"id": "a1", "reason": "again"}, text="not open")
    ring(client, first=3, sources=5)
    equal(changes(client), ["raised", "closed"],
          "what was filed by today is over")
    daemon.restart(clock=clock(2))
    client = place.client(daemon)
    client.submit(report("x", group="g1", filed=day(-2)))
    equal(changes(client), ["raised", "closed"], "one source of the next")
    client.submit(report("y", group="g2", filed=day(-2)))
    equal(changes(client), ["raised", "closed", "raised"])
    alert = client.call("alerts.get", {"id": "a1"})["alert"]
    equal((alert["episode"], alert["counts"]["sources"]), (2, 2))


def a_closing_is_taken_back(place):
    daemon = daemon_with(place)
    client = place.client(daemon)
    ring(client)
    refused("conflict", client.call, "alerts.reopen",
            {"id": "a1", "reason": "r"}, text="no person closed it")
    client.call("alerts.close", {"id": "a1", "reason": "wrong alert"})
    client = killed(place, daemon)
    answer = client.call("alerts.reopen", {"id": "a1", "reason": "my error"})
    equal((answer["state"], answer["episode"]), ("open", 1))
    ring(client, first=3, sources=1)
    equal(changes(client), ["raised", "closed", "updated", "updated"])
    equal(client.call("server.stats", {})["alerts_open"], 1)


def a_remedy_makes_a_regression(place):
    daemon = daemon_with(place)
    client = place.client(daemon)
    ring(client)
    done = client.call("alerts.remedy", {
        "id": "a1", "kind": "recall", "date": day(0), "by": "Ada",
        "reason": "announced", "reference": "https://example.org/r1"})
    equal((done["kind"], done["product"], done["date"]),
          ("recall", "p1", day(0)))
    daemon.restart(clock=clock(5))
    client = place.client(daemon)
    client.submit(report("n1", group="g1", filed=day(-5)))
    client.submit(report("n2", group="g2", filed=day(0)))
    equal(changes(client), ["raised"], "one source since the recall")
    client.submit(report("n3", group="g2", filed=day(-5)))
    equal(changes(client), ["raised", "regressed"])
    client.submit(report("n4", group="g2", filed=day(-5)))
    equal(changes(client), ["raised", "regressed"], "told once")
    alert = client.call("alerts.get", {"id": "a1"})["alert"]
    equal((alert["state"], alert["episode"]), ("open", 1))
    rows = client.call("alerts.remedies", {})["remedies"]
    equal([(row["act"], row["kind"], row["product"], row["date"],
            row["reference"], row["by"], row["reason"]) for row in rows],
          [(done["act"], "recall", "p1", day(0), "https://example.org/r1",
            "Ada", "announced")])


def a_closed_alert_regresses(place):
    daemon = daemon_with(place)
    client = place.client(daemon)
    ring(client)
    daemon.restart(clock=clock(60))
    client = place.client(daemon)
    until(lambda: changes(client) == ["raised", "closed"], "it closes")
    client.call("alerts.remedy", {"product": "p1", "kind": "fix",
                                  "date": day(-58), "reason": "new switch"})
    client = killed(place, daemon)
    ring(client, first=11, filed=day(-60))
    equal(changes(client), ["raised", "closed", "regressed"])
    alert = client.call("alerts.get", {"id": "a1"})["alert"]
    equal((alert["state"], alert["episode"]), ("open", 2))


def a_remedy_taken_back_is_none(place):
    daemon = daemon_with(place)
    client = place.client(daemon)
    ring(client)
    act = client.call("alerts.remedy", {
        "product": "p1", "kind": "fix", "date": day(0), "mode": "overheating",
        "reason": "said so"})["act"]
    undo = client.call("alerts.remedy_undo", {"act": act, "reason": "not it"})
    equal(undo["date"], day(0))
    refused("conflict", client.call, "alerts.remedy_undo",
            {"act": act, "reason": "again"}, field="act", text="taken back")
    for act in (undo["act"], 1, 999999):
        refused("not-found", client.call, "alerts.remedy_undo",
                {"act": act, "reason": "r"}, field="act")
    daemon.restart(clock=clock(5))
    client = place.client(daemon)
    ring(client, first=11, filed=day(-5))
    equal(changes(client), ["raised", "updated"])
    rows = client.call("alerts.remedies", {"product": "p1"})["remedies"]
    equal([(row["mode"], row["undone_by"]) for row in rows],
          [("overheating", undo["act"])])


def remedies_are_paged_and_refused(place):
    client = place.client(daemon_with(place))
    for n in range(3):
        client.submit(report(f"m{n}", model=f"m{n}", group="g"))
    client.submit(report("c", brand=None, model=None))
    good = {"product": "p1", "kind": "fix", "date": day(3), "reason": "r"}
    for change, field, code in (
            ({"kind": "repair"}, "kind", "invalid"),
            ({"date": day(-1)}, "date", "invalid"),
            ({"date": "2026"}, "date", "invalid"),
            ({"product": "x"}, "product", "invalid"),
            ({"product": "p99"}, "product", "not-found"),
            ({"product": "p4"}, "product", "invalid"),
            ({"id": "a1"}, "id", "invalid"),
            ({"product": ""}, "id", "invalid"),
            ({"mode": "never said"}, "mode", "not-found"),
            ({"reason": ""}, "reason", "invalid")):
        refused(code, client.call, "alerts.remedy", {**good, **change},
                field=field)
    refused("not-found", client.call, "alerts.remedy",
            {**good, "product": "", "id": "a1"}, field="id")
    for n in range(5):
        client.call("alerts.remedy", {**good, "product": f"p{n % 3 + 1}"})
    acts, after = [], ""
    while True:
        page = client.call("alerts.remedies", {"max": 2, "after": after})
        acts += [row["act"] for row in page["remedies"]]
        after = page["after"]
        if not page["more"]:
            break
    equal(len(set(acts)), 5)
    refused("invalid", client.call, "alerts.remedies", {"after": "p1"},
            field="after")
    refused("invalid", client.call, "alerts.remedies", {"product": "1"},
            field="product")


def only_who_is_trusted_may(place):
    daemon = daemon_with(place, trusted=["desk"])
    cafe = place.client(daemon, organisation="cafe")
    desk = place.client(daemon, organisation="desk")
    ring(cafe)
    for verb, args in (("judge", {"verdict": True}),
                       ("mute", {"reason": "r", "days": 1}), ("unmute", {}),
                       ("acknowledge", {}), ("comment", {"text": "t"}),
                       ("confirm", {"reason": "r"}), ("close",
                                                      {"reason": "r"}),
                       ("reopen", {"reason": "r"})):
        refused("forbidden", cafe.call, f"alerts.{verb}",
                {"id": "a1", **args}, text="trusts")
        refused("not-found", desk.call, f"alerts.{verb}",
                {"id": "a9", **args}, field="id")
        refused("invalid", desk.call, f"alerts.{verb}",
                {"id": "9", **args}, field="id")
    refused("forbidden", cafe.call, "alerts.remedy",
            {"id": "a1", "kind": "fix", "date": day(0), "reason": "r"})
    desk.call("alerts.comment", {"id": "a1", "text": "between us"})
    equal([event.get("text") for event in history(desk)],
          [None, "between us"])
    equal([event.get("text") for event in history(cafe)], [None, None])
    refused("conflict", desk.call, "alerts.confirm",
            {"id": "a1", "reason": "r"}, text="not held")
    refused("not-found", cafe.call, "alerts.history", {"id": "a2"},
            field="id")
    refused("invalid", cafe.call, "alerts.history", {"id": "2"}, field="id")


run(judging_again_replaces, the_budget_is_told,
    an_episode_is_judged_by_itself,
    a_muted_alert_counts_in_silence, a_mute_is_taken_back,
    acknowledged_and_commented, closed_by_hand, a_closing_is_taken_back,
    a_remedy_makes_a_regression, a_closed_alert_regresses,
    a_remedy_taken_back_is_none, remedies_are_paged_and_refused,
    only_who_is_trusted_may)
