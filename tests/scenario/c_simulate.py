"""tocsin simulate: the same seed, the same reports, in the shapes promised,
and all of them good."""
import collections
import csv
import datetime
import json
import re
import uuid

from tocsin_import import account, counts, tocsin
from tocsin_test import check, equal, run

TODAY = "2026-06-15"
PLANTED = re.compile(r"planted: (.+): ([a-z-]+), (\d+) reports, (\d+) sources,"
                     r" from (\S+) to (\S+)$")
TOLD = re.compile(r"simulated (\d+) reports with seed (\d+): (\d+) new, "
                  r"(\d+) sent again, (\d+) amended; filed from (\S+) to "
                  r"(\S+)$")


def _simulate(place, *words):
    done = tocsin(place, None, "simulate", "--today", TODAY, *words)
    equal(done.returncode, 0, done.stderr)
    return done


def same_seed_same_reports(place):
    words = ("--reports", 3000, "--products", 300)
    one = _simulate(place, "--seed", 5, *words)
    again = _simulate(place, "--seed", 5, *words, "--json")
    other = _simulate(place, "--seed", 6, *words)
    equal(one.stdout, again.stdout)
    equal(one.stderr, again.stderr)
    check(one.stdout != other.stdout, "the seed does not matter")


def has_the_shapes(place):
    done = _simulate(place, "--seed", 1, "--reports", 20000)
    told = TOLD.match(done.stderr.decode().splitlines()[-1])
    check(told, done.stderr)
    equal(told.groups()[:2], ("20000", "1"))
    equal(told.groups()[5:], ("2025-06-16", TODAY))
    filled = collections.Counter()
    ids, fates = {}, collections.Counter()
    branches, sources, last = set(), set(), ""
    for line in done.stdout.decode().splitlines():
        report = json.loads(line)
        name = report["id"]
        fates["again" if ids.get(name) == line else
              "amended" if name in ids else "new"] += 1
        if name in ids:
            continue
        ids[name] = line
        check(name > last, "ids do not follow the order")
        last = name
        made = uuid.UUID(name)
        equal((made.version, made.variant), (7, uuid.RFC_4122))
        moment = datetime.datetime.fromtimestamp((made.int >> 80) / 1000,
                                                 datetime.timezone.utc)
        equal(moment.date().isoformat(), report["filed"])
        check(report["occurred"] <= report["filed"], line)
        origin = report["origin"]
        sources.add(origin["source"])
        branches.add((origin["source"], origin["group"]))
        filled.update(report.keys())
        filled.update(report["product"].keys())
        filled.update(report.get("failure", {}).keys())
        filled["month"] += len(report["occurred"]) == 7
    equal(fates, {"new": int(told[3]), "again": int(told[4]),
                  "amended": int(told[5])})
    equal((len(sources), len(branches)), (6, 42))
    for key, least, most in (
            ("brand", .63, .72), ("model", .50, .58), ("gtin", .13, .17),
            ("mode", .67, .73), ("text", .57, .63), ("age", .32, .38),
            ("reporter", .37, .43), ("serial", .03, .07),
            ("month", .18, .22), ("hazard", .0002, .01)):
        part = filled[key] / len(ids)
        check(least < part < most, key, part)
    check(.02 < fates["again"] / 20000 < .04, fates)


def plants_what_it_says(place):
    done = _simulate(place, "--seed", 3, "--reports", 20000, "--defects", 5)
    lines = done.stderr.decode().splitlines()
    planted = [PLANTED.match(line) for line in lines[:-1]]
    equal(len(planted), 5)
    check(all(planted), lines)
    reports = {}
    for line in done.stdout.decode().splitlines():
        report = json.loads(line)
        reports.setdefault(report["id"], report)

    def fold(text):
        return re.sub(r"[^a-z0-9é]", "", text.lower())

    for found in planted:
        name, mode, count, sources, since, until = found.groups()
        equal(until <= TODAY and since > "2026-05-18", True)
        check(12 <= int(count) <= 20, count)
        hits = [report for report in reports.values()
                if fold(report["product"].get("brand", "") +
                        report["product"].get("model", "")) == fold(name)
                and report.get("failure", {}).get("mode") == mode
                and since <= report["filed"] <= until]
        check(len(hits) >= int(count), name, len(hits))
        who = {report.get("reporter") or report["origin"]["group"]
               for report in hits}
        check(len(who) >= int(sources) >= 5, name, who)
        groups = {report["origin"]["group"] for report in hits}
        check(len(groups) >= 5, groups)


def all_are_taken(place):
    daemon = place.daemon(clock=f"{TODAY}T23:59:00Z")
    done = _simulate(place, "--seed", 2, "--reports", 5000)
    told = TOLD.match(done.stderr.decode().splitlines()[-1])
    got = account(place, daemon, "-", "--format", "ndjson", data=done.stdout)
    equal(counts(got), (int(told[3]), int(told[4]), int(told[5]), 0))
    equal(got["one_source"], False)
    check(got["backfill"] < got["read"], got)


def gold_says_what_is_true(place):
    """Every report is taken; the truth beside them is true of them."""
    daemon = place.daemon(clock=f"{TODAY}T23:59:00Z")
    truth = place.file("truth.csv", "")
    words = ("--seed", 4, "--reports", 5000, "--gold", truth)
    done = _simulate(place, *words)
    with open(truth) as file:
        first = file.read()
    rows = {row["id"]: row for row in csv.DictReader(first.splitlines())}
    equal(_simulate(place, *words).stdout, done.stdout)
    with open(truth) as file:
        equal(file.read(), first)
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    equal([report["id"] for report in reports], list(rows))
    equal(len(reports), 5000)
    check(reports == sorted(reports, key=lambda each: each["filed"]),
          "not in the order of filing")
    kinds = collections.Counter(row["kind"] for row in rows.values())
    equal(kinds["duplicate"], 500)
    equal(kinds["burst"], 20 * 15)
    check(200 <= kinds["repeat"] <= 204, kinds)
    told = done.stderr.decode()
    check("gold: seed=4 reports=5000 products=3000" in told and
          " retold=3500 " in told, told)
    firsts = collections.Counter(
        row["incident"] for row in rows.values()
        if row["kind"] != "duplicate")
    check(set(firsts.values()) == {1}, "an incident has two originals")
    check(all(row["incident"] in firsts for row in rows.values()),
          "a duplicate of nothing")
    got = account(place, daemon, "-", "--format", "ndjson", data=done.stdout)
    equal(counts(got), (5000, 0, 0, 0))


def refuses_nonsense(place):
    for words in (("--reports", "0"), ("--products", "x"), ("--days", "0"),
                  ("--today", "2026-02-30"), ("--today", "2026"),
                  ("--reports", "500", "--defects", "9"),
                  ("--gold", "t.csv", "--reports", "2000000")):
        done = tocsin(place, None, "simulate", *words)
        equal((done.returncode, done.stdout), (2, b""), words)
    done = tocsin(place, None, "simulate", "--reports", "3")
    equal((done.returncode, len(done.stdout.splitlines())), (0, 3))


if __name__ == "__main__":
    run(same_seed_same_reports, has_the_shapes, plants_what_it_says,
        all_are_taken, gold_says_what_is_true, refuses_nonsense)
