"""An alert's life: raised once, milestones, severity, closed, again."""
import re

from tocsin_chain import check_chain
from tocsin_reports import TODAY, clock, day, fire, report
from tocsin_test import check, equal, run, until

FORBIDDEN = re.compile(
    r"defect|dangerous|caused|fault|unsafe|dangereu|défaut|défectu|caus[ée]",
    re.I)


def changes(client):
    return [(event["change"], event["alert"]["counts"]["sources"])
            for event in client.fetch_all()[0]]


def milestones_only(place):
    client = place.client(place.daemon())
    for n in range(92):
        client.submit(fire(str(n), f"g{n}"))
    equal(changes(client), [("raised", 2)] + [("updated", count) for count
                                              in (3, 5, 10, 20, 50)])
    client.batch([fire(f"again{n}", f"g{n % 50}") for n in range(200)])
    equal(len(changes(client)), 6)


def a_batch_rings_as_single_reports_do(place):
    client = place.client(place.daemon())
    client.batch([fire(str(n), f"g{n}") for n in range(20)])
    equal(changes(client), [("raised", 2), ("updated", 3), ("updated", 5),
                            ("updated", 10), ("updated", 20)])


def severity_rises(place):
    client = place.client(place.daemon())
    client.submit(fire("1", "a"))
    client.submit(fire("2", "b"))
    for n, severity in enumerate(("none", "damage", "minor", "damage",
                                  "medical", "severe", "fatal", "minor")):
        client.submit(fire(f"s{n}", "a", severity=severity))
    events = client.fetch_all()[0]
    equal([(event["change"], event["alert"]["severity"]) for event in events],
          [("raised", "unstated"), ("updated", "damage"), ("updated", "minor"),
           ("updated", "medical"), ("updated", "severe"),
           ("updated", "fatal")])


def closes_after_56_quiet_days(place):
    daemon = place.daemon()
    client = place.client(daemon)
    client.submit(fire("1", "a"))
    client.submit(fire("2", "b", filed=day(3)))
    equal(changes(client), [("raised", 2)])
    daemon.restart(clock=clock(55))
    client = place.client(daemon)
    equal(client.call("server.stats", {})["alerts_open"], 1)
    equal(len(changes(client)), 1)
    client.submit(fire("3", "a", filed=(TODAY).isoformat()))
    daemon.restart(clock=clock(56))
    client = place.client(daemon)
    until(lambda: len(changes(client)) == 2, "it closes")
    event = client.fetch_all()[0][-1]
    equal(event["change"], "closed")
    equal(event["alert"]["state"], "closed")
    equal(event["alert"]["episode"], 1)
    equal(client.call("server.stats", {})["alerts_open"], 0)
    equal(client.call("alerts.list", {"state": "closed"})["alerts"][0]["id"],
          event["alert"]["id"])


def opens_its_next_episode(place):
    """The same alert, once more; old reports alone do not ring again."""
    daemon = place.daemon()
    client = place.client(daemon)
    client.submit(fire("1", "a"))
    client.submit(fire("2", "b"))
    daemon.restart(clock=clock(60))
    client = place.client(daemon)
    client.submit(fire("3", "c", filed=day(-60)))
    events = client.fetch_all()[0]
    equal([(event["change"], event["alert"]["episode"]) for event in events],
          [("raised", 1), ("closed", 1), ("raised", 2)])
    equal(len({event["alert"]["id"] for event in events}), 1)
    equal(events[2]["alert"]["counts"]["sources"], 3,
          "a year's window still counts the first two")
    equal(client.call("server.stats", {})["alerts_open"], 1)
    listed = client.call("alerts.list", {})["alerts"]
    equal([(alert["episode"], alert["state"]) for alert in listed],
          [(2, "open")])


def reports_keep_it_open(place):
    daemon = place.daemon()
    client = place.client(daemon)
    client.submit(fire("1", "a"))
    client.submit(fire("2", "b"))
    for step in range(1, 5):
        daemon.restart(clock=clock(50 * step))
        client = place.client(daemon)
        client.submit(fire(f"more{step}", "a", filed=day(-50 * step)))
    equal(changes(client), [("raised", 2)])
    equal(client.call("server.stats", {})["alerts_open"], 1)


def closes_without_its_rule(place):
    """The rule is gone from the configuration: its alert closes all the same.
    """
    rules = place.file("rules.yaml", """\
rules:
  - {name: any, per: product, window: 28d, reports: 1}
""")
    daemon = place.daemon(settings=[f"rules.files={rules}"])
    client = place.client(daemon)
    client.submit(report("1"))
    equal(client.call("server.stats", {})["alerts_open"], 1)
    daemon.restart(clock=clock(100), settings=[])
    client = place.client(daemon)
    until(lambda: client.call("server.stats", {})["alerts_open"] == 0,
          "it closes", seconds=3)


def survives_restarts(place):
    daemon = place.daemon()
    client = place.client(daemon)
    client.submit(fire("1", "a"))
    client.submit(fire("2", "b"))
    before = client.fetch_all()[0]
    daemon.restart()
    client = place.client(daemon)
    equal(client.fetch_all()[0], before)
    daemon.kill()
    daemon.start()
    client = place.client(daemon)
    equal(client.fetch_all()[0], before)
    client.submit(fire("3", "c"))
    equal(changes(client), [("raised", 2), ("updated", 3)])


def sentences_a_lawyer_could_live_with(place):
    daemon = place.daemon()
    client = place.client(daemon)
    text = "DO NOT SHOW dangerous defect caused by Moulinex"
    for n in range(3):
        client.submit(fire(
            str(n), f"g{n}", country=("BE", "FR", "FR")[n],
            text=text, region="my region", reporter=f"reporter {n}",
            mode="electric-shock", consent={"publish": True}))
        client.submit(report(f"x{n}", model="free", group=f"g{n}",
                             hazard="fire", mode="it blew up in my face"))
    for event in client.fetch_all()[0]:
        alert = event["alert"]
        for language in ("en", "fr"):
            sentence = alert["sentence"][language]
            check(not FORBIDDEN.search(sentence), sentence)
            check("my " not in sentence and "SHOW" not in sentence, sentence)
            check(sentence.endswith(("statements, not verified.",
                                     "consommateurs, non vérifiées.")),
                  sentence)
        check("DO NOT SHOW" not in str(alert), alert)
        check("reporter" not in str(alert), alert)
    last = [event["alert"] for event in client.fetch_all()[0]
            if event["alert"]["product"]["model"] != "free"][-1]
    equal(last["sentence"]["en"],
          "Between 14 Jun 2025 and 15 Jun 2026 (UTC), 1 organisation "
          "received 3 reports (3 cases, 3 sources; BE, FR) about "
          "Moulinex BY 612. Consumers' statements, not verified.")
    equal(last["sentence"]["fr"],
          "Entre le 14 juin 2025 et le 15 juin 2026 (UTC), 1 organisation a "
          "reçu 3 signalements (3 cas, 3 sources ; BE, FR) concernant "
          "Moulinex BY 612. Déclarations de consommateurs, non vérifiées.")


def chain_of_hashes_holds(place):
    """Each event carries the hash of the alert event before it."""
    daemon = place.daemon()
    client = place.client(daemon)
    client.batch([fire(str(n), f"g{n}", model=f"m{n % 5}")
                  for n in range(100)])
    daemon.restart(clock=clock(60))
    client = place.client(daemon)
    until(lambda: client.call("server.stats", {})["alerts_open"] == 0,
          "all are closed")
    check(check_chain(client) > 20)


def alerts_get_and_list(place):
    client = place.client(place.daemon())
    client.batch([fire(f"{model}-{n}", f"g{n}", model=f"m{model}")
                  for model in range(25) for n in range(2)])
    ids, after = [], ""
    while True:
        page = client.call("alerts.list", {"max": 10, "after": after})
        ids += [alert["id"] for alert in page["alerts"]]
        after = page["after"]
        if not page["more"]:
            break
    equal(ids, [f"a{n}" for n in range(1, 26)])
    one = client.call("alerts.get", {"id": "a7"})
    equal(one["alert"]["id"], "a7")
    event = [event for event in client.fetch_all()[0]
             if event["alert"]["id"] == "a7"][-1]
    equal(one["seq"], event["seq"])
    equal(one["alert"], event["alert"])
    changed = client.call("alerts.list", {"changed_since": one["seq"]})
    equal([alert["id"] for alert in changed["alerts"]],
          [f"a{n}" for n in range(8, 26)])
    changed = client.call("alerts.list", {"changed_since": event["cursor"]})
    equal(len(changed["alerts"]), 18)


run(milestones_only, a_batch_rings_as_single_reports_do, severity_rises,
    closes_after_56_quiet_days, opens_its_next_episode, reports_keep_it_open,
    closes_without_its_rule, survives_restarts,
    sentences_a_lawyer_could_live_with, chain_of_hashes_holds,
    alerts_get_and_list)
