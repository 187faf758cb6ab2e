"""Alerts follow their evidence: it grows, leaves, returns, runs dry."""
import time

from tocsin_reports import clock, day, fire, report
from tocsin_test import check, equal, run, until

RULES = """\
rules:
  - {name: three, per: product, window: 28d, sources: 3}
"""


def daemon_with(place, **options):
    rules = place.file("rules.yaml", RULES)
    return place.daemon(settings=[f"rules.files={rules}",
                                  "rules.default=false"], **options)


def ring(client, sources=3, prefix="r", **fields):
    client.batch([report(f"{prefix}{n}", group=f"{prefix}g{n}", **fields)
                  for n in range(sources)])


def changes(client):
    return [event["change"] for event in client.fetch_all()[0]]


def withdraw(client, name):
    client.call("report.withdraw", {"id": name, "reason": "an error"})


def ten_thousand_reports_are_one_alert(place):
    """O(log n) updates, far beyond what a window holds."""
    daemon = place.daemon()
    client = place.client(daemon)
    begun = time.monotonic()
    for start in range(0, 10000, 500):
        client.batch([fire(str(n), None, reporter=f"reporter {n}")
                      for n in range(start, start + 500)])
    took = time.monotonic() - begun
    events = client.fetch_all()[0]
    equal([event["change"] for event in events],
          ["raised"] + ["updated"] * 12)
    equal(len({event["alert"]["id"] for event in events}), 1)
    told = [event["alert"]["evidence"].get("episode_sources")
            for event in events]
    equal(told, [None] * 6 + [100, 200, 500, 1000, 2000, 5000, 10000],
          "2, 3, 5, 10, 20 and 50 were counted in the window")
    print(f"10000 reports, {len(events)} events, {10000 / took:.0f} reports/s")
    daemon.kill()
    daemon.start()
    client = place.client(daemon)
    equal(len(client.fetch_all()[0]), 13)
    client.submit(fire("one more", None, reporter="one more"))
    equal(len(client.fetch_all()[0]), 13)


def an_incident_of_few_sources_is_one_event(place):
    daemon = place.daemon()
    client = place.client(daemon)
    for start in range(0, 10000, 500):
        client.batch([fire(str(n), f"g{n % 2}")
                      for n in range(start, start + 500)])
    equal(changes(client), ["raised"])


def a_withdrawal_takes_the_alert_along(place):
    daemon = daemon_with(place)
    client = place.client(daemon)
    ring(client)
    withdraw(client, "r0")
    events = client.fetch_all()[0]
    equal([event["change"] for event in events], ["raised", "withdrawn"])
    equal((events[1]["alert"]["state"], events[1]["alert"]["counts"]
           ["sources"]), ("withdrawn", 2))
    equal(client.call("server.stats", {})["alerts_open"], 0)
    daemon.kill()
    daemon.start()
    client = place.client(daemon)
    client.submit(report("r0", group="rg0"))
    events = client.fetch_all()[0]
    equal([event["change"] for event in events],
          ["raised", "withdrawn", "raised"])
    equal([event["alert"]["episode"] for event in events], [1, 1, 1])
    equal(client.call("server.stats", {})["alerts_open"], 1)


def what_is_left_may_carry_it(place):
    client = place.client(daemon_with(place))
    ring(client, sources=4)
    withdraw(client, "r0")
    equal(changes(client), ["raised"])
    withdraw(client, "r1")
    equal(changes(client), ["raised", "withdrawn"])
    withdraw(client, "r2")
    withdraw(client, "r3")
    equal(changes(client), ["raised", "withdrawn"])


def time_alone_withdraws_nothing(place):
    """Evidence that grew old is another matter than evidence that left."""
    daemon = daemon_with(place)
    client = place.client(daemon)
    ring(client)
    daemon.restart(clock=clock(40))
    client = place.client(daemon)
    client.submit(report("later", group="x", filed=day(-40)))
    withdraw(client, "later")
    equal(changes(client), ["raised"], "the first three still stand")
    withdraw(client, "r1")
    equal(changes(client), ["raised", "withdrawn"])


def an_amendment_moves_it(place):
    client = place.client(daemon_with(place))
    ring(client)
    client.call("report.amend", {"id": "r1", "report": report(
        "r1", model="another", group="rg1"), "reason": "wrong model"})
    equal(changes(client), ["raised", "withdrawn"])
    client.call("report.amend", {"id": "r1", "report": report(
        "r1", group="rg1"), "reason": "it was right"})
    equal(changes(client), ["raised", "withdrawn", "raised"])


def an_import_taken_back_is_looked_at_once(place):
    daemon = daemon_with(place)
    client = place.client(daemon)
    client.batch([report(f"a{n}", model=f"m{n % 40}", group=f"g{n}")
                  for n in range(1000)], **{"import": "first"})
    client.batch([report(f"b{n}", model=f"m{n % 40}", group=f"h{n}")
                  for n in range(1000)], **{"import": "second"})
    equal(client.call("server.stats", {})["alerts_open"], 40)
    client.call("report.withdraw", {"import": "first", "reason": "no"})
    equal([change for change in changes(client) if change == "withdrawn"], [],
          "the second carries them all")
    client.call("report.withdraw", {"import": "second", "reason": "no"})
    done = [change for change in changes(client) if change == "withdrawn"]
    equal(len(done), 40)
    equal(client.call("server.stats", {})["alerts_open"], 0)


def a_link_by_a_person_counts(place):
    rules = place.file("cases.yaml", """\
rules:
  - {name: cases, per: product, window: 28d, cases: 3}
""")
    daemon = place.daemon(settings=[f"rules.files={rules}",
                                    "rules.default=false"])
    client = place.client(daemon)
    for n, text in enumerate(("it smoked", "the lid came off",
                              "water ran out")):
        client.submit(report(str(n), group=f"g{n}", text=text,
                             occurred=day(n + 1)))
    equal(changes(client), ["raised"])
    act = client.call("duplicates.link", {"id": "0", "other_id": "1",
                                          "reason": "one event"})["act"]
    equal(changes(client), ["raised", "withdrawn"])
    client.call("duplicates.undo", {"act": act, "reason": "two after all"})
    equal(changes(client), ["raised", "withdrawn", "raised"])
    equal({event["alert"]["episode"] for event in client.fetch_all()[0]}, {1})


def an_alert_subsides_and_rings_again(place):
    daemon = daemon_with(place)
    client = place.client(daemon)
    ring(client)
    for days in (30, 50):
        daemon.restart(clock=clock(days))
        client = place.client(daemon)
        client.submit(report(f"d{days}", group="rg0", filed=day(-days)))
    equal(changes(client), ["raised"], "not met since the 29th day")
    daemon.restart(clock=clock(57))
    client = place.client(daemon)
    until(lambda: changes(client) == ["raised", "subsiding"], "it subsides")
    equal(client.call("alerts.list", {"state": "subsiding"})["alerts"][0]
          ["id"], "a1")
    equal(client.call("server.stats", {})["alerts_open"], 1)
    daemon.kill()
    daemon.start()
    client = place.client(daemon)
    client.submit(report("e1", group="rg1", filed=day(-57)))
    equal(changes(client), ["raised", "subsiding"])
    client.submit(report("e2", group="rg2", filed=day(-57)))
    events = client.fetch_all()[0]
    equal([event["change"] for event in events],
          ["raised", "subsiding", "raised"])
    equal([event["alert"]["episode"] for event in events], [1, 1, 1])
    daemon.restart(clock=clock(57 + 56))
    client = place.client(daemon)
    until(lambda: changes(client)[-1] == "closed", "it closes")


run(ten_thousand_reports_are_one_alert,
    an_incident_of_few_sources_is_one_event,
    a_withdrawal_takes_the_alert_along, what_is_left_may_carry_it,
    time_alone_withdraws_nothing, an_amendment_moves_it,
    an_import_taken_back_is_looked_at_once, a_link_by_a_person_counts,
    an_alert_subsides_and_rings_again)
