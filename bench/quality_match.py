"""tocsin match on sets of products whose pairs are labelled.

The published test splits of Abt-Buy and Amazon-Google are scored without
training (alone and one to one) and with weights learned from train.txt; the
whole tables one to one.  Titles, brands and prices are given, descriptions
never.
"""

import csv
import gzip
import math
import os
import random
import re
import subprocess
import time

SETS = {
    "abt_buy": ("abt-buy", "|", "abt.csv", "buy.csv"),
    "amazon_google": ("amazon-google", "#", "amazon.csv.gz", "gp.csv"),
}
HEADING = ["id", "title", "brand", "price"]
BOOTSTRAPS = 1000


def shared():
    root = os.path.join(os.path.dirname(__file__), "..")
    place = os.environ.get("TOCSIN_SHARED",
                           os.path.join(root, "..", "shared"))
    return os.path.join(place, "data", "matching")


def opened(path):
    opener = gzip.open if path.endswith(".gz") else open
    return opener(path, "rt", encoding="utf-8", errors="replace", newline="")


def write(path, heading, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(heading)
        out.writerows(rows)
    return path


# --- reading -----------------------------------------------------------------

def cells(fields):
    """What the matcher is told of a row, whatever its columns are called."""
    return [fields.get("title") or fields.get("name") or "",
            fields.get("manufacturer") or "", fields.get("price") or ""]


def parsed(row):
    """'COL name VAL value COL ...' as a dictionary."""
    parts = re.split(r"(?:^|\s)COL (\S+) VAL", row)
    return {name: value.strip()
            for name, value in zip(parts[1::2], parts[2::2])}


def read_splits(name, folder):
    """The distinct rows of the splits as two tables, and each split as a
    list of (left, right, label) and a file."""
    rows, splits = ({}, {}), {}
    for part in ("train", "valid", "test"):
        path = os.path.join(shared(), "published-splits", name,
                            part + ".txt.gz")
        pairs = splits[part] = []
        with opened(path) as lines:
            for line in lines:
                *sides, label = line.rstrip("\n").split("\t")
                ids = [known.setdefault(side, len(known))
                       for known, side in zip(rows, sides)]
                pairs.append((*ids, int(label)))
        write(os.path.join(folder, f"{name}-{part}.csv"),
              ["left", "right", "label"], pairs)
    tables = [write(os.path.join(folder, f"{name}-split-{side}.csv"), HEADING,
                    [[i, *cells(parsed(row))] for row, i in known.items()])
              for side, known in zip(("left", "right"), rows)]
    return tables, splits


def read_tables(name, mark, files, folder):
    tables = []
    for side, file in zip(("left", "right"), files):
        with opened(os.path.join(shared(), name, file)) as lines:
            rows = [[row["id"], *cells(row)]
                    for row in csv.DictReader(lines, delimiter=mark)]
        tables.append(write(
            os.path.join(folder, f"{name}-{side}.csv"), HEADING, rows))
    with opened(os.path.join(shared(), name, "gt.csv")) as lines:
        gold = {(row["D1"], row["D2"])
                for row in csv.DictReader(lines, delimiter=mark)}
    return tables, gold


# --- running -----------------------------------------------------------------

class Run:
    """One run of tocsin match: its rows and what it said of itself."""

    def __init__(self, bench, tables, *options):
        program = os.path.join(bench.build, "clients", "cli", "tocsin")
        begin = time.monotonic()
        done = subprocess.run(
            [program, "match", *tables, *options, "-o", "csv"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True,
            timeout=600, text=True)
        self.seconds = time.monotonic() - begin
        self.rows = list(csv.DictReader(done.stdout.splitlines()))
        compared = re.search(r"compared ([\d ]+) pairs", done.stderr)
        self.compared = int(compared.group(1).replace(" ", "")) \
            if compared else 0

    def pairs(self, *decisions):
        return [(row["left"], row["right"]) for row in self.rows
                if row["decision"] in decisions]


# --- figures -----------------------------------------------------------------

def f1_of(right, taken, gold):
    return 2 * right / (taken + gold) if taken + gold else 0.0


def bootstrap(counts):
    """Standard deviation of F1 over samples of (right, taken, gold)."""
    dice = random.Random(1)
    found = []
    for _ in range(BOOTSTRAPS):
        sums = [sum(column)
                for column in zip(*dice.choices(counts, k=len(counts)))]
        found.append(f1_of(*sums))
    mean = sum(found) / len(found)
    return math.sqrt(sum((f - mean) ** 2 for f in found) / len(found))


def wilson(right, count, z=1.96):
    """The interval of a share, 95 %."""
    if not count:
        return 0.0, 1.0
    share = right / count
    middle = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count
                         + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return (middle - half) / scale, (middle + half) / scale


def add_f1(bench, name, counts):
    right, taken, gold = (sum(column) for column in zip(*counts))
    low, high = wilson(right, taken)
    bench.figures.add(
        name, f1_of(right, taken, gold),
        f"P {right / max(taken, 1):.3f} ({low:.3f} to {high:.3f}) "
        f"R {right / max(gold, 1):.3f}, n {gold}, sd {bootstrap(counts):.3f}")


def add_split(bench, name, run, pairs):
    counts = [(int(row["decision"] != "no") * label,
               int(row["decision"] != "no"), label)
              for row, (_, _, label) in zip(run.rows, pairs)]
    add_f1(bench, name, counts)


def splits(bench, key, name, folder):
    tables, parts = read_splits(name, folder)
    test = ["--pairs", os.path.join(folder, name + "-test.csv")]
    weights = os.path.join(folder, name + ".weights")
    subprocess.run(
        [os.path.join(bench.build, "clients", "cli", "tocsin"), "match",
         *tables, "--train", os.path.join(folder, name + "-train.csv"),
         "--weights", weights], check=True, timeout=600,
        stderr=subprocess.DEVNULL)
    for figure, options in (
            ("alone_f1", []), ("f1", ["--one-to-one"]),
            ("trained_f1", ["--weights", weights]),
            ("trained_one_to_one_f1",
             ["--weights", weights, "--one-to-one"])):
        add_split(bench, f"{key}_{figure}", Run(bench, tables, *test,
                                                *options), parts["test"])


def by_left_row(taken, gold):
    """(right, taken, gold) of each left row: what a sample is drawn of."""
    counts = {}
    for pair in set(taken) | gold:
        row = counts.setdefault(pair[0], [0, 0, 0])
        row[0] += pair in gold and pair in taken
        row[1] += pair in taken
        row[2] += pair in gold
    return list(counts.values())


def whole(bench, key, name, mark, files, folder):
    """Whole tables: one to one, candidates, automatic merges, speed."""
    tables, gold = read_tables(name, mark, files, folder)
    best = Run(bench, tables, "--one-to-one")
    add_f1(bench, f"{key}_tables_f1",
           by_left_row(set(best.pairs("match", "propose")), gold))
    every = Run(bench, tables, "--all")
    candidates = set(every.pairs("match", "propose", "no"))
    merged = every.pairs("match")
    return {"recall": len(candidates & gold) / len(gold),
            "candidates": len(candidates),
            "merged": merged, "gold": gold, "tables": tables,
            "pair_us": 1e6 * best.seconds / best.compared}


def titles(path):
    with open(path, encoding="utf-8", newline="") as file:
        return {row["id"]: row["title"] for row in csv.DictReader(file)}


def list_wrong(bench, key, found):
    left, right = map(titles, found["tables"])
    for pair in found["merged"]:
        if pair not in found["gold"]:
            bench.say(f"{key}: merged against its labels: "
                      f"{left[pair[0]]} | {right[pair[1]]}")


def merges(bench, key, found):
    """How many of the pairs that would be merged unseen are labelled so."""
    gold, merged = found["gold"], found["merged"]
    labelled = ({pair[0] for pair in gold}, {pair[1] for pair in gold})
    known = [pair for pair in merged
             if pair[0] in labelled[0] or pair[1] in labelled[1]]
    for name, pairs in (("", merged), ("_with_partner", known)):
        right = len(set(pairs) & gold)
        low, high = wilson(right, len(pairs))
        bench.figures.add(
            f"{key}{name}_precision", right / max(len(pairs), 1),
            f"{right} of {len(pairs)}, {low:.3f} to {high:.3f}, "
            f"recall {right / len(gold):.3f}")
    list_wrong(bench, key, found)
    return len(set(merged) & gold) / len(gold)


def run(bench):
    if not os.path.isdir(shared()):
        bench.say("no labelled products in shared/data/matching: skipped")
        return
    folder = bench.folder("match")
    found = {}
    for key, (name, mark, *files) in SETS.items():
        splits(bench, key, name, folder)
        found[key] = whole(bench, key, name, mark, files, folder)
    bench.figures.add(
        "candidate_recall_50", min(f["recall"] for f in found.values()),
        ", ".join(f"{key} {f['recall']:.4f}" for key, f in found.items()))
    recall = merges(bench, "auto_merge", found["abt_buy"])
    bench.figures.add("auto_merge_recall", recall, "Abt-Buy, whole tables")
    merges(bench, "amazon_google_merge", found["amazon_google"])
    bench.figures.add(
        "pair_us", max(f["pair_us"] for f in found.values()),
        "reading, candidates and printing included")
