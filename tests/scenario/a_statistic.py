"""The statistic: nothing before its time, then the very report that rings."""
import datetime
import random
import signal

from tocsin_reports import TODAY, clock, report
from tocsin_test import check, equal, run, until

ORGANISATIONS = ("org-a", "org-b", "org-c")
MODES = ("overheating", "leak", "noise")
PRODUCTS = 40


class World:
    """A deployment that lives week by week under a clock of its own."""

    def __init__(self, place, **options):
        self.place = place
        self.random = random.Random(11)
        self.week = 0
        self.count = 0
        self.daemon = place.daemon(clock=clock(0), **options)
        self.connect()

    def connect(self):
        self.clients = [self.place.client(self.daemon, organisation=name)
                        for name in ORGANISATIONS]

    @property
    def client(self):
        return self.clients[0]

    def report(self, product, mode, **fields):
        self.count += 1
        today = TODAY + datetime.timedelta(days=7 * self.week)
        fields.setdefault("filed", today.isoformat())
        return report(f"r{self.count}", brand=f"Brand{product}", model="K100",
                      mode=mode, group=f"site {self.count}",
                      occurred=fields["filed"], **fields)

    def one(self, product, mode, **fields):
        """Submit one report by the next organisation."""
        made = self.report(product, mode, **fields)
        return self.clients[self.count % 3].submit(made)

    def any_report(self, **fields):
        return self.report(self.random.randrange(PRODUCTS),
                           self.random.choice(MODES), **fields)

    def quiet_week(self, reports=45):
        for client in self.clients:
            client.batch([self.any_report() for _ in range(reports // 3)])

    def next_week(self, how="restart"):
        self.week += 1
        if how == "kill":
            self.daemon.kill()
        self.daemon.restart(clock=clock(7 * self.week))
        self.connect()

    def budget(self):
        return self.client.call("alerts.budget", {})

    def wait_estimated(self):
        """Until this week's estimate is in force."""
        day = TODAY + datetime.timedelta(days=7 * self.week)
        monday = (day - datetime.timedelta(days=day.weekday())).isoformat()
        until(lambda: self.budget().get("estimated") == monday,
              f"estimated in the week of {monday}")

    def statistics(self):
        return [event for event in self.client.fetch_all()[0]
                if event["alert"]["basis"] == "statistic"]


def grow(world, weeks):
    for _ in range(weeks):
        world.quiet_week()
        world.next_week()


def rings_from_the_13th_week_on(place):
    world = World(place)
    for week in range(13):
        check("rings_since" not in world.budget(), "no estimate yet")
        world.quiet_week()
        # What would ring later: nothing can be said of it yet.
        if week == 9:
            for _ in range(12):
                world.one(77, "leak")
        world.next_week("kill" if week == 6 else "restart")
    equal(world.statistics(), [])
    world.wait_estimated()
    for _ in range(6):
        world.quiet_week()
        world.next_week()
        world.wait_estimated()
    before = len([event for event in world.statistics()
                  if event["change"] == "raised"])
    check(before <= 1, before)
    for _ in range(20):
        answer = world.one(5, "leak")
        found = [event for event in world.statistics()
                 if event["alert"]["product"]["brand"] == "Brand5"]
        if found and found[-1]["change"] == "raised":
            break
    event = found[-1]
    equal(event["change"], "raised")
    # It went out with the report that caused it.
    check(event["seq"] > answer["seq"], "behind the report")
    check(event["seq"] <= answer["seq"] + 2, "in its frame")
    check(event["alert"]["id"] in [alert["id"] for alert in answer["alerts"]],
          answer)
    evidence = event["alert"]["evidence"]
    check(evidence["score"] >= evidence["threshold"], evidence)
    check(evidence["observed"] > 2 * evidence["expected"], evidence)
    check(evidence["ic025"] > 0 and evidence["prr"] > 1, evidence)
    equal(evidence["algorithm"], "sre/1")
    equal(evidence["gate"]["state"], "open")
    check("to be expected" in event["alert"]["sentence"]["en"], event)
    check("on en attendait" in event["alert"]["sentence"]["fr"], event)
    # Once is enough.
    world.one(5, "leak")
    world.next_week("kill")
    world.wait_estimated()
    row = [row for row in world.client.rows("alerts")
           if row["basis"] == "statistic"][-1]
    for name in ("observed", "expected", "ic", "ic025", "prr", "ror", "chi2",
                 "score", "threshold"):
        equal(row[name], evidence[name])
    world.daemon.stop()
    equal(world.daemon.tool("--rebuild").returncode, 0)
    world.daemon.start()


def judgements_move_the_thresholds(place):
    """Twenty alerts that people call false: the next must bring more."""
    world = World(place)
    grow(world, 14)
    world.wait_estimated()
    before = world.budget()
    equal((before["scale"], "realised" in before), (1, False))
    raised = {}
    for number in range(20, 60):
        for _ in range(20):
            world.one(number, "leak")
            raised = {event["alert"]["id"] for event in world.statistics()
                      if event["change"] == "raised"}
            if len(raised) > number - 20:
                break
        if len(raised) == 20:
            break
    equal(len(raised), 20)
    desk = place.client(world.daemon, organisation="desk")
    for alert in sorted(raised):
        equal(world.budget()["scale"], 1)
        desk.call("alerts.judge", {"id": alert, "verdict": False,
                                   "reason": "a batch of old reports"})
    check(world.budget()["realised"] > 1, world.budget())
    world.next_week()
    world.wait_estimated()
    after = world.budget()
    check(after["scale"] > 1, after)
    check(after["threshold"] > 2 * before["threshold"], (before, after))
    # A person may think again, and so may the threshold.
    desk = place.client(world.daemon, organisation="desk")
    for alert in sorted(raised):
        desk.call("alerts.judge", {"id": alert, "verdict": True})
    world.next_week("kill")
    world.wait_estimated()
    check(world.budget()["scale"] < 1, world.budget())


def history_counts_and_never_rings(place):
    world = World(place)
    today = TODAY
    for ago in range(156 * 7, 40, -7):
        filed = (today - datetime.timedelta(days=ago)).isoformat()
        world.client.batch([world.any_report(filed=filed) for _ in range(8)])
    filed = (today - datetime.timedelta(days=60)).isoformat()
    world.client.batch([world.report(7, "leak", filed=filed)
                        for _ in range(12)])
    equal(world.statistics(), [])
    world.next_week()
    world.wait_estimated()
    world.quiet_week()
    equal(world.statistics(), [])
    for _ in range(40):
        world.one(9, "leak")
        if any(event["change"] == "raised" for event in world.statistics()):
            break
    events = world.statistics()
    equal(events[-1]["change"], "raised")
    equal(events[-1]["alert"]["product"]["brand"], "Brand9")


def nothing_is_allowed(place):
    world = World(place, settings=["alerts.budget=0"])
    grow(world, 14)
    for _ in range(30):
        world.one(9, "leak")
    equal(world.statistics(), [])
    equal(world.budget()["per_week"], 0)
    check("threshold" not in world.budget(), world.budget())


def rows_follow_from_the_log(place):
    """Merges, splits, amendments, withdrawals; each place is verified."""
    world = World(place)
    grow(world, 14)
    world.wait_estimated()
    first = world.one(1, "leak")["product"]["id"]
    second = world.one(2, "noise")["product"]["id"]
    third = world.one(3, "a mode of its own")["product"]["id"]
    acts = [world.client.call("products.merge", {
        "id": one, "into": first, "reason": "the same"})["act"]
        for one in (second, third)]
    grow(world, 2)
    for product in (1, 2, 3):
        world.one(product, "leak")
        world.one(product, "a mode of its own")
    world.next_week("kill")
    made = world.report(2, "leak")
    world.client.submit(made)
    world.next_week()
    made["failure"]["mode"] = "noise"
    equal(world.client.submit(made)["status"], "amended")
    world.client.call("report.withdraw", {"id": made["id"],
                                          "reason": "a mistake"})
    world.client.call("products.undo", {"act": acts[0], "reason": "not so"})
    world.quiet_week()
    world.next_week("kill")
    world.one(2, "leak")
    world.one(3, "leak")


def two_years_are_rebuilt(place):
    """Every week its reports, with pauses, kills and second thoughts."""
    world = World(place)
    sent = []
    for week in range(104):
        if week % 19 != 7:
            batch = [world.any_report() for _ in range(20)]
            world.clients[week % 3].batch(batch)
            sent.append((week % 3, batch[0]))
        if week % 13 == 5:
            who, made = sent[week // 2]
            world.clients[who].submit(
                {**made, "failure": {"mode": "another"}})
            who, made = sent[week // 3]
            world.clients[who].call("report.withdraw", {
                "id": made["id"], "reason": "a mistake"})
        world.next_week("kill" if week % 9 == 4 else "restart")
    world.wait_estimated()
    equal(world.client.call("server.stats", {})["metrics"]["streams"] > 100,
          True)
    world.daemon.kill()
    world.daemon.verify()
    equal(world.daemon.tool("--rebuild").returncode, 0)
    world.daemon.start()


def the_budget_is_reloaded(place):
    file = place.dir / "tocsind.yaml"
    file.write_text("alerts:\n  budget: 1/week\n")
    world = World(place, options=["-c", str(file)])
    equal(world.budget()["per_week"], 1)
    file.write_text("alerts:\n  budget: 2/day\n  threshold_floor: 5000\n")
    world.daemon.signal(signal.SIGHUP)
    until(lambda: world.budget()["per_week"] == 14, "a larger budget")
    equal(world.budget()["threshold"], 5000)
    file.write_text("alerts:\n  budget: 2/fortnight\n")
    world.daemon.signal(signal.SIGHUP)
    until(lambda: "reload-refused" in world.daemon.log(), "it is refused")
    check("alerts.budget" in world.daemon.log(), world.daemon.log())
    equal(world.budget()["per_week"], 14)
    file.write_text("alerts:\n  budget: 0\n")
    world.daemon.signal(signal.SIGHUP)
    until(lambda: world.budget()["per_week"] == 0, "it is turned off")


run(rings_from_the_13th_week_on, judgements_move_the_thresholds,
    two_years_are_rebuilt, the_budget_is_reloaded,
    history_counts_and_never_rings,
    nothing_is_allowed, rows_follow_from_the_log)
