"""Complaints of drivers to NHTSA through the detector, against recalls.

What rang, when, and was a recall of the same model and component to come?
The complaints: Fords of 2020 and 2021 (no component is given) and two small
samples of the whole file (component given).  The recalls: campaigns of 2020 to
2024, of which only the year is known, from the number, and the order within
it.  A component is guessed by words in both, where it is not given.

What this cannot show: the day of a recall; whether a recall came of these
complaints; recalls before 2020, which explain complaints of 2020; recalls
after 2024; complaints before 2020, without which there is no baseline of
years.  Everything came by one organisation, so no gate is tried.
"""

import collections
import csv
import datetime
import gzip
import io
import json
import os
import re
import subprocess
import zipfile

ALLOWED_A_WEEK = 1
FLOOR = 1000
COMPLAINTS = "ford_complaints_2020_2021.csv.gz"
SAMPLES = ["complaints_sample100.tsv", "complaints_head.tsv"]
RECALLS = "RCL_FROM_2020_2024.zip"
EPOCH = datetime.date(1970, 1, 1)

# A component, and words that speak of it; the word that comes first in a text
# decides.
COMPONENTS = {
    "transmission": r"transmission|torque converter|shift(?:er|s|ed|ing)?\b"
                    r"|gears?\b|rollaway",
    "brakes": r"brak(?:e|es|ing)\b|master cylinder|\babs\b",
    "steering": r"steering|tie rod",
    "engine": r"engine|coolant|\boil\b|stall(?:s|ed|ing)?\b|misfir\w+"
              r"|cam phaser\w*|head gasket|turbo\w*|water pump|throttle",
    "fuel": r"fuel\b|gasoline",
    "electrical": r"electric\w*|batter(?:y|ies)|wiring|module|sync\b|display"
                  r"|alternator|software|instrument cluster",
    "camera": r"camera|image processing",
    "lights": r"head ?(?:lights?|lamps?)|tail ?lights?|lamps?\b",
    "air bags": r"air ?bags?|inflator",
    "seats and belts": r"seat ?belts?|seat ?backs?|\bseats?\b|buckle",
    "doors and latches": r"doors?\b|latch\w*|lift ?gate|tail ?gate|hatch",
    "glass": r"wind(?:ow|shield|screen)s?|sun ?roof|moon ?roof|glass"
             r"|panoramic|wipers?",
    "axle and suspension": r"axles?\b|suspension|control arm|toe link|springs?"
                           r"|half ?shaft|drive ?shaft|subframe|wheel bearing",
    "wheels and tyres": r"lug ?nuts?|tires?\b|wheels?\b",
    "body": r"paint\w*|rust\w*|corrosion|hood\b|trim\b|roof rail",
}
WORDS = re.compile("|".join(f"(?P<c{i}>{words})" for i, words in
                            enumerate(COMPONENTS.values())), re.I)
NAMES = list(COMPONENTS)


def shared():
    root = os.path.join(os.path.dirname(__file__), "..")
    place = os.environ.get("TOCSIN_SHARED",
                           os.path.join(root, "..", "shared"))
    return os.path.join(place, "data", "nhtsa")


def component(text):
    """The component that a text speaks of first, or unstated."""
    found = WORDS.search(text)
    return NAMES[int(found.lastgroup[1:])] if found else "unstated"


def number(campaign):
    """Of its year: of 23V100 it is 100, of 23V00A 0."""
    return int(re.sub(r"\D", "", campaign[3:]) or 0)


def day_of(text):
    return (datetime.datetime.strptime(text, "%Y%m%d").date() - EPOCH).days


def shown(day):
    return (EPOCH + datetime.timedelta(days=day)).isoformat()


# --- reading -----------------------------------------------------------------

Complaint = collections.namedtuple("Complaint",
                                   "day make model year component")


def read_complaints(place):
    with gzip.open(os.path.join(place, COMPLAINTS), "rt",
                   encoding="utf-8", newline="") as file:
        return [Complaint(day_of(row["LDATE"]), row["MAKETXT"],
                          row["MODELTXT"], row["YEARTXT"],
                          component(row["CDESCR"]))
                for row in csv.DictReader(file)]


def read_samples(place):
    """Rows of the raw file: 49 fields, the component is the 12th."""
    rows = []
    for name in SAMPLES:
        with open(os.path.join(place, name), encoding="utf-8",
                  errors="replace", newline="") as file:
            for line in file:
                field = [cell.strip() for cell in line.split("\t")]
                if len(field) > 16 and len(field[16]) == 8:
                    rows.append(Complaint(
                        day_of(field[16]), field[3], field[4], field[5],
                        field[11].split(":")[0] or "unstated"))
    return rows


class Recalls:
    """Campaigns, each with what it is about."""

    def __init__(self, place):
        self.rows = 0
        self.products = collections.defaultdict(set)  # (make, model)
        self.components = collections.defaultdict(collections.Counter)
        self.last = collections.Counter()  # number, by year and letter
        with zipfile.ZipFile(os.path.join(place, RECALLS)) as archive:
            name = archive.namelist()[0]
            with archive.open(name) as raw:
                self.read(csv.DictReader(io.TextIOWrapper(
                    raw, encoding="utf-8", errors="replace", newline="")))

    def read(self, rows):
        seen = set()
        for row in rows:
            campaign, summary = row["NHTSA ID"], row["SUMMARY"]
            self.rows += 1
            self.products[row["MAKE"], row["MODEL"]].add(campaign)
            series = campaign[:3]
            self.last[series] = max(self.last[series], number(campaign))
            if (campaign, row["DOCUMENT NAME"]) not in seen:
                seen.add((campaign, row["DOCUMENT NAME"]))
                self.components[campaign][component(summary)] += 1

    @staticmethod
    def year(campaign):
        return 2000 + int(campaign[:2])

    def about(self, campaign):
        """The component that most of its documents name."""
        return max((n, name) for name, n in
                   self.components[campaign].items()
                   if name != "unstated" or len(self.components[campaign]) == 1
                   )[1]

    def guessed_day(self, campaign):
        """Numbers of a year are given in order: a day, give or take weeks."""
        share = number(campaign) / (self.last[campaign[:3]] + 1)
        start = datetime.date(self.year(campaign), 1, 1)
        return (start - EPOCH).days + int(365 * share)

    def of(self, make, model, name):
        """Campaigns of a model and a component, by day."""
        found = set()
        for (other, title), campaigns in self.products.items():
            if other == make and is_model(model, title):
                found |= {c for c in campaigns if self.about(c) == name}
        return sorted(found, key=self.guessed_day)


def is_model(model, title):
    """SUPERDUTY is F-250 SD to F-550 SD; A / B is either."""
    if model == "SUPERDUTY":
        return re.fullmatch(r"F-[2-5]50( SD)?", title) is not None
    return title in model.split(" / ")


# --- what rang ---------------------------------------------------------------

class Replay:
    """Complaints by (make, model) and component, through the detector."""

    def __init__(self, bench, complaints):
        self.complaints = sorted(complaints)
        self.products, self.subjects = [], []
        lines = [f"{c.day} {self.number(self.products, (c.make, c.model))} "
                 f"{self.number(self.subjects, c.component)}\n"
                 for c in self.complaints]
        program = os.path.join(bench.build, "bench", "bench-detection-replay")
        done = subprocess.run(
            [program, str(ALLOWED_A_WEEK), str(FLOOR)], text=True,
            input="".join(lines), stdout=subprocess.PIPE, timeout=40,
            check=True)
        self.told = json.loads(done.stdout)

    @staticmethod
    def number(names, name):
        if name not in names:
            names.append(name)
        return names.index(name)

    def rings(self):
        """(day, (make, model), component, observed, expected) each."""
        for day, product, subject, observed, expected, *_ in \
                self.told["rings"]:
            yield (day, self.products[product], self.subjects[subject],
                   observed, expected)

    def streams(self, least):
        """Those with so many complaints, and the day of that one."""
        counts = collections.Counter()
        for c in self.complaints:
            key = ((c.make, c.model), c.component)
            counts[key] += 1
            if counts[key] == least:
                yield key, c.day


def share(numbers):
    numbers = list(numbers)
    return sum(numbers) / len(numbers) if numbers else 0


def median(numbers):
    numbers = sorted(numbers)
    return numbers[len(numbers) // 2] if numbers else 0


class Match:
    """What recalls of the same model and component say of a day."""

    def __init__(self, recalls, day, product, name):
        self.day = day
        year = (EPOCH + datetime.timedelta(days=day)).year
        campaigns = [] if name == "unstated" else recalls.of(*product, name)
        self.before = [c for c in campaigns if recalls.year(c) < year]
        self.same = [c for c in campaigns if recalls.year(c) == year]
        self.later = [c for c in campaigns if recalls.year(c) > year]
        self.recalls = recalls

    def days_least(self):
        """To the first day of the year of the first recall in a later one."""
        year = self.recalls.year(self.later[0])
        return (datetime.date(year, 1, 1) - EPOCH).days - self.day

    def is_guessed_before(self):
        """Was the ring before the first recall of its year, by number?"""
        return bool(self.same) and \
            self.day < self.recalls.guessed_day(self.same[0])

    def text(self):
        parts = []
        for word, campaigns in (("before", self.before),
                                ("same year", self.same),
                                ("later", self.later)):
            if campaigns:
                parts.append(f"{word} " + " ".join(
                    f"{c} (about {shown(self.recalls.guessed_day(c))})"
                    for c in campaigns))
        return "; ".join(parts) or "no recall of model and component"


def say_rings(bench, replay, matches):
    for (day, product, name, observed, expected), match in \
            zip(replay.rings(), matches):
        bench.say(f"nhtsa {shown(day)} {' '.join(product)}, {name}: "
                  f"{observed:g} seen, {expected:.2f} expected; "
                  f"{match.text()}")


def add_figures(bench, replay, recalls, matches):
    add = bench.figures.add
    rung = {ring[1:3] for ring in replay.rings()}
    quiet = [Match(recalls, day, *key) for key, day in replay.streams(3)
             if key not in rung and key[1] != "unstated"]
    add("nhtsa_complaints", replay.told["reports"], "in 104 weeks")
    add("nhtsa_recall_rows", recalls.rows, "of 2020 to 2024")
    add("nhtsa_streams", replay.told["streams"],
        "of model and component, the latter by words of the text")
    add("nhtsa_alerts", len(matches), "of the statistic")
    add("nhtsa_alerts_per_week",
        len(matches) / max(1, replay.told["weeks"] - 13),
        f"true or false; the budget is {ALLOWED_A_WEEK} false")
    add("nhtsa_alerts_before_recall_year",
        sum(bool(m.later) for m in matches),
        "a recall of model and component came in a later year")
    add("nhtsa_alerts_in_recall_year",
        sum(bool(m.same) for m in matches),
        "in the same year: which was first is not known")
    add("nhtsa_alerts_before_recall_guessed",
        sum(m.is_guessed_before() for m in matches),
        "of those, as the number within the year has it")
    add("nhtsa_days_before_recall_least",
        median(m.days_least() for m in matches if m.later),
        "median, at least: to the first of January of the recall's year")
    add("nhtsa_recall_later_share_rung",
        share(bool(m.later or m.same) for m in matches),
        "of alerts: a recall in the same or a later year")
    add("nhtsa_recall_later_share_quiet",
        share(bool(m.later or m.same) for m in quiet),
        f"of {len(quiet)} streams of 3 complaints that did not ring")


def run(bench):
    place = shared()
    if not os.path.exists(os.path.join(place, RECALLS)):
        bench.say("no NHTSA data, its replay is left out")
        return
    recalls = Recalls(place)
    replay = Replay(bench, read_complaints(place))
    matches = [Match(recalls, day, product, name)
               for day, product, name, *_ in replay.rings()]
    say_rings(bench, replay, matches)
    add_figures(bench, replay, recalls, matches)
    sample = Replay(bench, read_samples(place))
    bench.figures.add("nhtsa_sample_complaints", sample.told["reports"],
                      "rows of the whole file, with their components")
    bench.figures.add("nhtsa_sample_alerts", len(sample.told["rings"]),
                      "too few to ring" if not sample.told["rings"] else "")
