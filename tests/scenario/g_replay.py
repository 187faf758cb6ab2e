"""tocsin rules replay: what it says would have rung is what a daemon with
those rules rang, on the same reports."""
import csv
import datetime
import io
import json
import random

from tocsin_client import RpcError
from tocsin_import import tocsin
from tocsin_reports import TODAY, clock, report
from tocsin_test import SOURCE, check, equal, run, slowness

EXAMPLES = SOURCE / "etc/rules/examples"
MODES = ("overheating", "leak", "electric-shock", None)
ORGANISATIONS = ("one", "two", "three")
SEVERITIES = (None, None, "minor", "medical", "fatal")
RAISED = ("watch", "raised", "regressed", "withdrawn")


def _replay(place, daemon, path, *words, code=0):
    done = tocsin(place, daemon, "rules", "replay", path, "-o", "ndjson",
                  *words)
    equal(done.returncode, code, done.stderr)
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def _key(row, day, rule, change):
    """What both must say of a change; of a withdrawal, no counts: an alert
    that has none left is told with its last ones."""
    key = (day, rule, change, row["product_id"], row["mode"], row["episode"])
    if change == "withdrawn":
        return key
    return key + (row["reports"], row["cases"], row["cases_min"],
                  row["sources"], row["organisations"], row["severity"],
                  row["window_from"], row["window_to"])


def _rung(client):
    """What the daemon rang, as a replay tells it."""
    return sorted((_key(row, row["at"][:10], row["rule"], row["change"])
                   for row in client.rows("alerts")
                   if row["change"] in RAISED and
                   row["basis"] != "statistic"), key=repr)


def _told(rows, rules):
    return sorted((_key(row, row["day"], row["rule"], row["change"])
                   for row in rows
                   if row["rules"] == rules and row["change"] in RAISED),
                  key=repr)


class Story:
    """Reports, amendments and withdrawals of a few products over a year."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.held = []
        self.count = 0

    def _one(self, days_on):
        dice = self.dice
        self.count += 1
        filed = TODAY + datetime.timedelta(
            days=days_on - dice.choice((0, 0, 1, 5, 30, 60)))
        made = report(f"r{self.count}", model=f"M{dice.randrange(4)}00",
                      mode=dice.choice(MODES),
                      kind=dice.choice(("incident", "breakdown")),
                      filed=filed.isoformat())
        made["occurred"] = filed.isoformat()[:7]
        severity = dice.choice(SEVERITIES)
        if severity:
            made["severity"] = severity
        if dice.random() < .4:
            made["reporter"] = f"somebody {dice.randrange(6)}"
        else:
            made["origin"] = {"group": f"g{dice.randrange(5)}"}
        return made

    def day(self, clients, days_on):
        dice = self.dice
        for _ in range(dice.randrange(1, 6)):
            who = dice.randrange(len(clients))
            made = self._one(days_on)
            clients[who].submit(made)
            self.held.append((who, made))
        if dice.random() < .3:
            who, made = self.held.pop(dice.randrange(len(self.held)))
            clients[who].call("report.withdraw",
                              {"id": made["id"], "reason": "test"})
        if dice.random() < .3 and self.held:
            who, made = dice.choice(self.held)
            changed = dict(made, severity="minor",
                           failure={"mode": dice.choice(MODES[:3])})
            clients[who].call("report.amend",
                              {"id": made["id"], "report": changed})


def says_what_was_rung_of_live_reports(place):
    """Everything that ever came was live: the two must be equal."""
    files = [EXAMPLES / name for name in
             ("counts.yaml", "injuries.yaml", "networks.yaml")]
    # A replay asks no gates, so all who report are known.
    daemon = place.daemon(trusted=("local",), settings=["backfill.days=3650"] + [
        f"rules.files={path}" for path in files])
    place.client(daemon).name([{"name": name, "trusted": "yes"}
                               for name in ORGANISATIONS])
    story = Story(11)
    for days_on in range(0, 300, 6):
        if days_on:
            daemon.restart(clock=clock(days_on))
        story.day([place.client(daemon, organisation=name)
                   for name in ORGANISATIONS], days_on)
    client = place.client(daemon)
    wanted = _rung(client)
    check(len(wanted) > 40 and any(row[5] > 1 for row in wanted), wanted)
    equal({row[2] for row in wanted}, {"watch", "raised", "withdrawn"})
    for path in files:
        rows = _replay(place, daemon, path)
        told = _told(rows, "running")
        equal([row for row in told if row not in wanted], [], "told only")
        equal([row for row in wanted if row not in told], [], "rung only")
        equal(told, wanted)
        names = {row["rule"] for row in rows if row["rules"] == "tried"}
        equal(_told(rows, "tried"),
              [row for row in wanted if row[1] in names])
    # Nothing was written.
    equal(_rung(client), wanted)


RULE = """\
rules:
  - {name: two, per: product, window: 28d, sources: 2}
"""


def history_is_told_on_the_day_it_was_filed(place):
    rules = place.file("two.yaml", RULE)
    daemon = place.daemon()
    client = place.client(daemon)
    client.batch([
        report("1", group="a", filed="2024-03-01", occurred="2024-03"),
        report("2", group="b", filed="2024-03-20", occurred="2024-03"),
        report("3", group="c", filed="2024-12-01", occurred="2024-12"),
        report("4", group="d", filed="2024-12-05", occurred="2024-12"),
        report("5", group="e", model="other", filed="2025-01-01",
               occurred="2025-01"),
        report("6", group="f", model="other", filed="2025-01-01",
               occurred="2025-01"),
    ], backfill="all")
    client.call("report.withdraw", {"id": "6", "reason": "test"})
    client.call("report.amend", {"id": "4", "report": report(
        "4", group="d", filed="2024-12-06", occurred="2024-12")})
    equal(client.fetch_all()[0], [])
    rows = _replay(place, daemon, rules)
    equal(list(rows[0])[:-2],
          client.call("export.open", {"what": "replay", "rules": RULE})[
              "columns"])
    equal([(row["day"], row["change"], row["episode"], row["sources"])
           for row in rows if row["rules"] == "tried"],
          [("2024-03-20", "raised", 1, 2), ("2024-05-15", "closed", 1, 2),
           ("2024-12-06", "raised", 2, 2), ("2025-01-31", "closed", 2, 2)])
    equal([row for row in rows if row["rules"] == "running"], [])
    for since, left in (("2024-12-01", 2), ("2y", 2), ("20m", 2), ("3y", 4),
                        ("100d", 0)):
        got = _replay(place, daemon, rules, "--since", since)
        equal(len(got), left, since)
    equal(len(_replay(place, daemon, rules, "--brand", "Bosch")), 0)
    equal(len(_replay(place, daemon, rules, "--rule", "two")), 4)


def recalls_are_counted_back_from(place):
    rules = place.file("two.yaml", RULE)
    daemon = place.daemon()
    client = place.client(daemon)
    for n, model in enumerate(("BY 612", "B 1", "C 1")):
        client.batch([report(f"{n}{group}", model=model, group=group,
                             filed="2025-03-01", occurred="2025-03")
                      for group in "ab"], backfill="all")
    product = client.rows("products")[1]["product_id"]
    path = place.file("recalls.csv", "date,product,brand,model\n"
                      "2025-03-31,,MOULINEX,by612\n"
                      "2024-01-01,,Moulinex,BY 612\n"
                      f"2025-02-01,{product},,\n"
                      "2025-06-01,,Nobody,\n")
    done = tocsin(place, daemon, "rules", "replay", rules, "-o", "csv",
                  "--recalls", path)
    equal(done.returncode, 0, done.stderr)
    rows = [row for row in csv.DictReader(io.StringIO(done.stdout.decode()))
            if row["change"] == "raised"]
    equal(sorted((row["model"], row["recall"], row["days_before"])
                 for row in rows)[:2],
          [("B 1", "2025-02-01", "-28"), ("BY 612", "2025-03-31", "30")])
    err = done.stderr.decode()
    check("of 4 recalls, 1 had rung before, 2 only after, 1 never" in err,
          err)
    bad = place.file("bad.csv", "date,product,brand,model\nlast week,p1,,\n")
    done = tocsin(place, daemon, "rules", "replay", rules, "--recalls", bad)
    equal(done.returncode, 7)
    check(b"line 2" in done.stderr, done.stderr)


def what_cannot_be_tried_is_refused(place):
    daemon = place.daemon()
    client = place.client(daemon)
    bad = place.file("bad.yaml", RULE.replace("sources", "sorces"))
    done = tocsin(place, daemon, "rules", "replay", bad)
    equal(done.returncode, 7)
    check(b"bad.yaml:2:44: unknown key" in done.stderr, done.stderr)
    done = tocsin(place, daemon, "rules", "replay", place.file("r.yaml", RULE),
                  "--since", "yesterday")
    equal(done.returncode, 2)
    for params, why in (
            ({"what": "replay"}, "rules"),
            ({"what": "reports", "rules": RULE}, "rules"),
            ({"what": "replay", "rules": RULE, "from": "2025"}, "from"),
            ({"what": "replay", "rules": RULE * 2}, "rules")):
        try:
            client.call("export.open", params)
        except RpcError as error:
            check(why in str(error), error)
        else:
            raise AssertionError(params)
    equal(client.call("rules.progress", {}),
          {"replays": 0, "done": 0, "total": 0})


def many_reports_take_little_memory(place):
    """A hundred thousand, invented: fast, and no more than a turn holds."""
    daemon = place.daemon(clock="2026-06-15T23:59:00Z", trusted=(),
                          settings=["rules.default=false"])
    made = tocsin(place, None, "simulate", "--reports", 100000,
                  "--products", 5000, "--days", 1000, "--today",
                  "2026-06-15").stdout
    done = tocsin(place, daemon, "import", "-", "--format", "ndjson",
                  data=made, seconds=120)
    equal(done.returncode, 0, done.stderr)
    before = daemon.resident_kib("VmRSS")
    rows = _replay(place, daemon, EXAMPLES / "networks.yaml")
    check(len(rows) > 100, len(rows))
    check([row["day"] for row in rows] == sorted(row["day"] for row in rows),
          "not in order")
    grown = daemon.resident_kib("VmHWM") - before
    # A sanitizer keeps what was freed.
    if slowness() == 1:
        check(grown < 64 * 1024, f"{grown} KiB more")
    equal(_replay(place, daemon, EXAMPLES / "networks.yaml"), rows)


run(says_what_was_rung_of_live_reports,
    history_is_told_on_the_day_it_was_filed, recalls_are_counted_back_from,
    what_cannot_be_tried_is_refused, many_reports_take_little_memory)
