"""Gates: who may be heard alone, what is held, and for how long."""
import datetime
import math

from tocsin_reports import TODAY, clock, fire, report
from tocsin_test import check, equal, run, until

NAMES = [
    {"name": "desk", "trusted": "yes"},
    {"name": "org-a", "sites": ["Harbour", "Mill", "Library"]},
    {"name": "org-b"},
]
RULE = """\
rules:
  - {name: three, per: product, window: 28d, sources: 3}
"""
PROSE = ("The handle became so hot after a few minutes that it could not be "
         "held, and the plastic of the lid began to bend and smell.")


def naming(place, names, settings=()):
    """A daemon that these were named to."""
    daemon = place.daemon(trusted=(), settings=list(settings))
    place.client(daemon).name(names)
    return daemon


def changes(client, **wanted):
    return [event["change"] for event in client.fetch_all()[0]
            if all(event["alert"][key] == value
                   for key, value in wanted.items())]


def rows_of(client):
    return {row["id"]: (row["weight"], row["doubts"] or [])
            for row in client.rows("reports")}


def newcomers_count_half(place):
    """Where nobody is named: the first one is the operator's own."""
    daemon = place.daemon()
    first = place.client(daemon, organisation="first")
    second = place.client(daemon, organisation="second")
    first.submit(report("1", group="x"))
    second.submit(report("2", group="y"))
    first.submit(report("3", group="x"))
    daemon.kill()
    daemon.start()
    second = place.client(daemon, organisation="second")
    second.submit(report("4", group="z"))
    daemon.restart(clock=clock(91))
    second = place.client(daemon, organisation="second")
    second.submit(report("5", group="z", occurred="2026-09"))
    equal(rows_of(second), {
        "1": (1, []), "2": (.5, ["probation"]), "3": (1, []),
        "4": (.5, ["probation"]), "5": (1, [])})
    decided = second.call("report.trace", {"id": "4"})["decided"]
    equal((decided["weight"], decided["doubts"]), (.5, ["probation"]))


def reporters_are_heard_once(place):
    daemon = place.daemon()
    client = place.client(daemon)
    for number in range(7):
        client.submit(report(f"p{number}", model=f"M{number}00",
                             reporter="somebody", text=f"number {number}"))
    client.submit(report("again", model="M000", reporter="somebody else"))
    client.submit(report("twice", model="M000", reporter="somebody else",
                         occurred="2026-05"))
    client.submit(report("says", model="M900", reporter="one", text=PROSE))
    client.submit(report("echo", model="M900", reporter="two", text=PROSE,
                         country="BE"))
    rows = rows_of(client)
    equal([rows[f"p{number}"] for number in range(7)],
          5 * [(1, [])] + 2 * [(0, ["paced"])])
    equal(rows["twice"], (0, ["repeat"]))
    equal((rows["says"], rows["echo"]), ((1, []), (0, ["echo"])))
    # What was decided stays, whatever is said later.
    client.submit(report("echo", model="M900", reporter="two",
                         text="it is quite another story"))
    daemon.kill()
    daemon.start()
    equal(rows_of(place.client(daemon))["echo"], (0, ["echo"]))


def fires_of_strangers_are_held(place):
    daemon = naming(place, NAMES)
    desk = place.client(daemon, organisation="desk")
    stranger = place.client(daemon, organisation="stranger")
    for number in range(50):
        stranger.submit(fire(f"s{number}", f"g{number}",
                             reporter=f"reporter {number}"))
    equal(changes(stranger), [])
    equal(changes(desk), ["watch", "held"])
    alert = desk.fetch_all()[0][-1]["alert"]
    equal((alert["state"], alert["held"]), ("held", "probation"))
    equal(stranger.call("alerts.list", {})["alerts"], [])
    daemon.kill()
    daemon.start()
    desk = place.client(daemon, organisation="desk")
    # One whom the operator knows says the same.
    place.client(daemon, organisation="org-a").submit(fire("a1", "Mill"))
    equal(changes(desk), ["watch", "held", "released"])
    public = place.client(daemon, organisation="public")
    equal(changes(public), ["released"])


def naming_is_in_force_at_once(place):
    daemon = naming(place, NAMES)
    late = place.client(daemon, organisation="late")
    late.submit(fire("1", "x"))
    late.name([{"name": "late", "trust": "0.5", "trusted": "yes"}])
    late.submit(fire("2", "y"))
    equal(changes(late), ["watch", "raised"])
    equal(rows_of(late), {"1": (.5, ["probation"]), "2": (.5, ["trust"])})


class Deployment:
    """Three years of history, and an estimate made of it."""

    def __init__(self, place, names):
        self.place = place
        self.count = 0
        self.days = 0
        self.daemon = naming(place, names)
        client = self.client("org-b")
        for ago in range(150 * 7, 40, -7):
            client.batch([self.report((ago * 7 + number) % 200, days=-ago,
                                      group=f"site {ago} {number}")
                          for number in range(16)])
        self.go(7)
        monday = TODAY + datetime.timedelta(days=7)
        monday -= datetime.timedelta(days=monday.weekday())
        until(lambda: self.client("desk").call("alerts.budget", {})
              .get("estimated") == monday.isoformat(),
              "estimated")

    def client(self, organisation):
        return self.place.client(self.daemon, organisation=organisation)

    def go(self, days, how="stop"):
        self.days += days
        if how == "kill":
            self.daemon.kill()
        self.daemon.restart(clock=clock(self.days))

    def report(self, product, days=0, **fields):
        self.count += 1
        filed = TODAY + datetime.timedelta(days=self.days + days)
        return report(f"r{self.count}", brand=f"Brand{product}",
                      model="K100", mode="leak", filed=filed.isoformat(),
                      occurred=filed.isoformat(), **fields)

    def seen_by(self, organisation):
        return changes(self.client(organisation), basis="statistic")


def fifty_of_one_cannot_publish(place):
    """Over ten weeks, whether the operator knows their organisation or not."""
    world = Deployment(place, NAMES)
    for week in range(10):
        for organisation, product in (("org-x", 303), ("org-a", 304)):
            world.client(organisation).batch([world.report(
                product, reporter=f"{organisation} {week} {number}",
                group=f"anywhere {number}") for number in range(5)])
        world.go(7, "kill" if week % 3 else "stop")
    equal(world.seen_by("public"), [])
    told = world.client("desk").fetch_all()[0]
    equal({(event["change"], event["alert"]["product"]["brand"])
           for event in told if event["alert"]["basis"] == "statistic"},
          {("watch", "Brand303"), ("watch", "Brand304")})
    # Only the gate stood in the way: the scores are high enough to ring.
    desk = world.client("desk")
    ring = math.log(desk.call("alerts.budget", {})["threshold"])
    attacked = [row["product_id"] for row in desk.rows("products")
                if row["brand"] in ("Brand303", "Brand304")]
    rows = desk.rows("evidence")
    best = [max(row["score"] or 0 for row in rows
                if row["product_id"] == product) for product in attacked]
    check(len(best) == 2 and min(best) > ring, best, ring)


def one_organisation_is_held_until_another_says_so(place):
    world = Deployment(place, NAMES)
    sites = ("harbour", "mill", "library")
    for week in range(10):
        world.client("org-a").batch([world.report(
            303, reporter=f"person {week} {number}", group=sites[number])
            for number in range(3)])
        world.go(7)
    equal(world.seen_by("public"), [])
    equal([change for change in world.seen_by("desk")
           if change != "watch"], ["held"])
    alert = world.client("desk").fetch_all()[0][-1]["alert"]
    equal(alert["held"], "one organisation")
    gate = alert["evidence"]["gate"]
    equal((gate["state"], gate["reason"]), ("held", "one organisation"))
    check(gate["sources"] >= 5, gate)
    world.go(1, "kill")
    world.client("org-b").submit(world.report(303, group="b site"))
    equal(world.seen_by("public"), ["released"])


def copies_are_held_for_three_days(place):
    rules = place.file("rules.yaml", RULE)
    daemon = naming(place, NAMES, [f"rules.files={rules}",
                                   "rules.default=false"])
    client = place.client(daemon, organisation="org-a")
    for number in range(6):
        client.submit(report(f"c{number}", model="M200", text=PROSE,
                             reporter=f"reporter {number}"))
    equal(len([row for row in rows_of(client).values()
               if "echo" in row[1]]), 5)
    # Another product of theirs: nothing of it was published yet.
    for number in range(7):
        client.submit(report(f"d{number}", text=PROSE.upper(),
                             reporter=f"other {number}", model="M300")
                      if number < 6 else
                      report("late", model="M200", group="Mill"))
    before = changes(client)
    daemon.kill()
    daemon.start()
    desk = place.client(daemon, organisation="desk")
    equal(changes(place.client(daemon, organisation="org-a")), before)
    check("raised" in before, "three came before the fifth copy")
    check("held" not in changes(desk), changes(desk))


def what_a_burst_begins_is_held(place):
    """Copies first, then the third source: nothing goes out for three days."""
    rules = place.file("rules.yaml", RULE.replace("sources: 3", "sources: 7"))
    daemon = naming(place, NAMES, [f"rules.files={rules}",
                                   "rules.default=false"])
    client = place.client(daemon, organisation="org-a")
    for number in range(7):
        client.submit(report(f"c{number}", text=PROSE,
                             reporter=f"reporter {number}"))
    equal(changes(client), [])
    desk = place.client(daemon, organisation="desk")
    equal(changes(desk), ["held"])
    equal(desk.fetch_all()[0][-1]["alert"]["held"], "coordinated")
    daemon.kill()
    daemon.restart(clock=clock(2))
    client = place.client(daemon, organisation="org-a")
    client.submit(report("more", group="Mill"))
    equal(changes(client), [])
    daemon.restart(clock=clock(3, "13:00:00"))
    client = place.client(daemon, organisation="org-a")
    client.submit(report("elsewhere", model="M400", group="Mill"))
    until(lambda: changes(client) == ["released"], "it goes out")
    # Nothing was dropped.
    equal(len(rows_of(client)), 9)


def a_clock_out_of_joint(place):
    """Ten years ahead, and back: nothing rings, nothing is lost."""
    world = Deployment(place, NAMES)
    for number in range(4):
        world.client("org-b").submit(world.report(number, group="now"))
    before = world.client("desk").call("server.stats", {})["reports"]
    world.go(3650)
    for number in range(4):
        world.client("org-b").submit(world.report(number, group="then"))
    check("raised" not in world.seen_by("desk"), world.seen_by("desk"))
    world.go(-3643)
    for number in range(30):
        world.client("org-b" if number % 2 else "org-a").submit(
            world.report(2, group=f"again {number}"))
    check("raised" not in world.seen_by("desk"), world.seen_by("desk"))
    check("event=clock-behind" in world.daemon.log(), world.daemon.log())
    client = world.client("org-b")
    equal(client.call("server.stats", {})["reports"], before + 34)
    weights = {row[1] and row[1][0] for name, row in rows_of(client).items()
               if int(name[1:]) > world.count - 30}
    equal(weights, {"untimed"})
    # Rules and hazards go by the day a report was filed.
    client.submit(fire("f1", "x", filed=world.report(1)["filed"]))
    client.submit(fire("f2", "y", filed=world.report(1)["filed"]))
    equal(changes(world.client("public"), basis="hazard"), ["raised"])


run(newcomers_count_half, reporters_are_heard_once,
    fires_of_strangers_are_held, naming_is_in_force_at_once,
    fifty_of_one_cannot_publish,
    one_organisation_is_held_until_another_says_so,
    copies_are_held_for_three_days, what_a_burst_begins_is_held,
    a_clock_out_of_joint, seconds=120)
