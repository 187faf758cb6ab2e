"""When an alert rings, and when it does not."""
from tocsin_reports import day, fire, report
from tocsin_test import SOURCE, check, equal, run

COUNTS = SOURCE / "etc/rules/examples/counts.yaml"
INJURIES = SOURCE / "etc/rules/examples/injuries.yaml"
KETTLES = SOURCE / "etc/rules/examples/kettles.yaml"


def events_of(client):
    return client.fetch_all()[0]


def rung(client):
    """Which rules rang, in order."""
    return [event["alert"]["rule"] for event in events_of(client)]


def two_sources_of_a_hazard_ring(place):
    client = place.client(place.daemon())
    answer = client.submit(fire("1", "rennes"))
    equal(answer["alerts"], [])
    equal(rung(client), [])
    answer = client.submit(fire("2", "nantes"))
    equal([alert["state"] for alert in answer["alerts"]], ["open"])
    events = events_of(client)
    equal(len(events), 1)
    event, alert = events[0], events[0]["alert"]
    equal(event["change"], "raised")
    equal(alert["basis"], "hazard")
    equal(alert["rule"], "designated-hazards")
    equal(alert["state"], "open")
    equal(alert["episode"], 1)
    equal(alert["counts"], {"reports": 2, "cases": 2, "sources": 2,
                            "organisations": 1})
    equal(alert["hazards"], ["fire"])
    equal(alert["countries"], ["FR"])
    equal(alert["window"]["to"], day(0))
    equal(alert["first_seen"], day(0))


def one_source_of_a_hazard_is_watched(place):
    """The built-in rules as they are."""
    client = place.client(place.daemon(trusted=()))
    client.submit(report("0", group="rennes"))
    equal(rung(client), [])
    client.submit(fire("1", "rennes"))
    client.submit(fire("2", "rennes"))
    event = events_of(client)[0]
    equal((event["change"], event["trusted_only"], event["alert"]["state"]),
          ("watch", True, "watch"))
    equal(event["alert"]["counts"]["sources"], 1)
    equal(len(events_of(client)), 1)
    client.submit(fire("3", "nantes"))
    event = events_of(client)[1]
    equal((event["change"], event["alert"]["state"]), ("raised", "open"))
    equal(event["alert"]["id"], events_of(client)[0]["alert"]["id"])
    equal(event["alert"]["episode"], 1)


def one_source_never_rings(place):
    daemon = place.daemon(settings=[f"rules.files={COUNTS}"])
    client = place.client(daemon)
    client.batch([fire(str(n), "rennes") for n in range(200)])
    client.batch([report(f"r{n}", reporter="same") for n in range(200)])
    client.batch([report(f"o{n}", model="other") for n in range(200)])
    equal(rung(client), [])


def sources_are_reporters_groups_or_origins(place):
    client = place.client(place.daemon())
    client.submit(fire("1", "rennes", reporter="a"))
    client.submit(fire("2", "nantes", reporter="a"))
    equal(rung(client), [], )
    client.submit(fire("3", "rennes", reporter="b"))
    equal(len(rung(client)), 1)
    for model, first, second, rings in (
            ("m1", {"source": "x"}, {"source": "y"}, True),
            ("m2", {"group": "x"}, {"group": "x", "source": "z"}, True),
            ("m3", {"source": "x"}, {"source": "x"}, False)):
        before = len(rung(client))
        client.submit(report(f"{model}a", model=model, hazard="fire", **first))
        client.submit(report(f"{model}b", model=model, hazard="fire",
                             **second))
        equal(len(rung(client)) - before, int(rings), model)


def two_organisations_are_two_sources(place):
    daemon = place.daemon()
    one = place.client(daemon, organisation="one")
    two = place.client(daemon, organisation="two")
    one.submit(fire("1", None, reporter="same name"))
    two.submit(fire("1", None, reporter="same name"))
    alert = events_of(one)[0]["alert"]
    equal(alert["counts"]["organisations"], 2)
    equal(alert["counts"]["sources"], 2)


def modes_and_deaths_are_hazards_too(place):
    client = place.client(place.daemon())
    client.submit(report("1", mode="electric-shock", group="a"))
    client.submit(report("2", mode="Electric shock", group="b"))
    client.submit(report("3", model="m2", severity="fatal", group="a"))
    client.submit(report("4", model="m2", severity="fatal", group="b"))
    client.submit(report("5", model="m3", hazard="burns", group="a"))
    client.submit(report("6", model="m3", hazard="burns", group="b"))
    events = events_of(client)
    equal([event["alert"]["hazards"] for event in events],
          [["electric-shock"], ["death"]])


def category_level_never_rings(place):
    client = place.client(place.daemon())
    for n in range(20):
        client.submit(report(str(n), brand=None, model=None, hazard="fire",
                             group=f"g{n}"))
    equal(rung(client), [])
    for n in range(2):
        client.submit(report(f"b{n}", brand="Unknown", model="n/a",
                             hazard="fire", group=f"g{n}"))
    equal(rung(client), [])


def counts_in_four_weeks(place):
    daemon = place.daemon(settings=[f"rules.files={COUNTS}"])
    client = place.client(daemon)
    client.submit(report("1", group="a", filed=day(29)))
    client.submit(report("2", group="b", filed=day(10)))
    client.submit(report("3", group="c", filed=day(1), mode="smoke"))
    equal(rung(client), [])
    client.submit(report("4", group="c", filed=day(1)))
    equal(rung(client), [], "the first is older than 28 days")
    client.submit(report("5", group="d", filed=day(28)))
    equal(rung(client), ["three-sources-four-weeks"])
    alert = events_of(client)[0]["alert"]
    equal(alert["mode"], "overheating")
    equal(alert["counts"]["sources"], 3)
    equal(alert["window"], {"from": day(28), "to": day(0), "clock": "filed"})


def both_thresholds_must_be_reached(place):
    daemon = place.daemon(settings=[f"rules.files={COUNTS}"])
    client = place.client(daemon)
    for n in range(9):
        client.submit(report(str(n), group=f"g{n % 2}", filed=day(30)))
    client.submit(report("9", group="g1", filed=day(30)))
    equal(rung(client), [], "ten reports of two sources")
    client.submit(report("10", group="g2", filed=day(30)))
    equal(rung(client), ["ten-reports-a-quarter"])
    one = place.client(daemon, organisation="one")
    two = place.client(daemon, organisation="two")
    one.submit(report("1", brand="Bosch", model="k", mode="smoke", group="a"))
    one.submit(report("2", brand="Bosch", model="k", mode="sparks", group="b"))
    equal(len(rung(client)), 1)
    two.submit(report("1", brand="Bosch", model="k", mode="fuse"))
    equal(rung(client)[1:], ["two-organisations-two-weeks"])


def severity_country_kind_and_category_filter(place):
    daemon = place.daemon(settings=[f"rules.files={INJURIES}",
                                    f"rules.files={KETTLES}",
                                    "rules.default=false"])
    client = place.client(daemon)
    for n in range(3):
        client.submit(report(f"m{n}", model="m1", severity="minor",
                             group=f"g{n}"))
    equal(rung(client), [])
    client.submit(report("m3", model="m1", severity="medical", group="g3"))
    equal(rung(client), ["many-minor-injuries"])
    client.submit(report("m4", model="m1", severity="severe", group="g4"))
    check("severe-injury" in rung(client), rung(client))
    seen = len(rung(client))
    for n in range(2):
        client.submit(report(f"k{n}", model="m2", kind="incident",
                             group=f"g{n}", country=("GB", "DE")[n]))
    equal(len(rung(client)), seen, "no country of the rule")
    for n in range(2):
        client.submit(report(f"b{n}", model="m2", group=f"g{n}"))
    equal(len(rung(client)), seen, "breakdowns ring later")
    client.submit(report("f1", model="m2", kind="incident", group="g1"))
    client.submit(report("f2", model="m2", kind="incident", group="g2",
                         country="BE"))
    equal(rung(client)[seen:], ["kettle-incidents"])
    client.submit(report("d", brand="Bosch", model="z", severity="fatal"))
    check("a-death" in rung(client), rung(client))


def a_category_counts_those_below_it(place):
    rules = place.file("rules.yaml", """\
rules:
  - {name: kitchen, per: product, window: 28d, reports: 1, category: kitchen}
""")
    client = place.client(place.daemon(settings=[f"rules.files={rules}",
                                                 "rules.default=false"]))
    client.submit(report("1", category="toaster", model="t"))
    client.submit(report("2", category="ords:Kettle", model="k"))
    client.submit(report("3", category="lamp", model="l"))
    equal([event["alert"]["product"]["category"]
           for event in events_of(client)], ["toaster", "kettle"])


def backfill_never_rings(place):
    daemon = place.daemon(settings=[f"rules.files={COUNTS}"])
    client = place.client(daemon)
    client.batch([fire(f"old{n}", f"g{n}", filed=day(36))
                  for n in range(50)])
    equal(rung(client), [])
    client.submit(fire("new", "g1"))
    equal(rung(client), [], "history counts for no rule")
    client.batch([fire(f"all{n}", f"g{n}", model="m2") for n in range(50)],
                 backfill="all")
    equal(rung(client), [])
    client.batch([fire(f"none{n}", f"g{n}", model="m3", filed=day(40))
                  for n in range(3)], backfill="none")
    equal(rung(client), ["designated-hazards"] * 2,
          "raised, and its milestone")
    client.batch([fire(f"edge{n}", f"g{n}", model="m4", filed=day(35))
                  for n in range(2)])
    equal(len(rung(client)), 3)
    flags = {row["id"]: row["backfill"] for row in client.rows("reports")}
    equal(flags["old1"], True)
    equal(flags["all1"], True)
    equal(flags["none1"], False)
    equal(flags["edge1"], False)


def withdrawn_reports_ring_no_more(place):
    client = place.client(place.daemon())
    client.submit(fire("1", "a"))
    client.call("report.withdraw", {"id": "1", "reason": "test"})
    client.submit(fire("2", "b"))
    equal(rung(client), [])
    client.submit(fire("1", "a"))
    equal(len(rung(client)), 1)


def amendments_move_between_alerts(place):
    client = place.client(place.daemon())
    client.submit(fire("1", "a"))
    client.submit(report("2", group="b"))
    equal(rung(client), [])
    client.submit(fire("2", "b", kind="breakdown"))
    equal(len(rung(client)), 1)


def dry_runs_never_ring(place):
    client = place.client(place.daemon())
    client.submit(fire("1", "a"))
    client.submit(fire("2", "b"), dry_run=True)
    equal(rung(client), [])


run(two_sources_of_a_hazard_ring, one_source_of_a_hazard_is_watched,
    one_source_never_rings,
    sources_are_reporters_groups_or_origins, two_organisations_are_two_sources,
    modes_and_deaths_are_hazards_too, category_level_never_rings,
    counts_in_four_weeks, both_thresholds_must_be_reached,
    severity_country_kind_and_category_filter,
    a_category_counts_those_below_it, backfill_never_rings,
    withdrawn_reports_ring_no_more, amendments_move_between_alerts,
    dry_runs_never_ring)
