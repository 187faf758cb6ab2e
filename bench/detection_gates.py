"""The gates, asked of defects planted among real reporters."""

import csv
import os
import unicodedata

import ords

# What stands for "no brand".
UNNAMED = {"", "unknown", "other", "none", "misc", "na"}


def folded(text):
    """Letters and digits only, as products are told apart by them."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold()
                   if c.isalnum())


def mixes(files):
    """(product, organisation, group) of each row that names a brand."""
    numbers = {}

    def number(*what):
        return numbers.setdefault(what, len(numbers) + 1)

    rows = []
    for path in files:
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                brand = folded(row["brand"])
                if brand in UNNAMED:
                    continue
                provider = row["data_provider"]
                rows.append((
                    number("product", row["product_category"], brand),
                    number("organisation", provider) % 65536,
                    number("group", provider, row["group_identifier"])))
    return sorted(rows)


def run(bench):
    """Signals that no gate would ever have let through, of the real mix."""
    folder = bench.folder("gates")
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    files = ords.shared_files(root, folder)
    if not files:
        bench.say("no repair data (TOCSIN_SHARED): the gates are not replayed")
        return
    path = os.path.join(folder, "mixes")
    with open(path, "w", encoding="ascii") as file:
        file.writelines("%d %d %d\n" % row for row in mixes(files))
    found = bench.driver("detection-gates", path)
    add = bench.figures.add
    add("gates_products", found["products"], "products of 10 reports or more")
    add("gates_products_of_one_share", found["of_one_share"],
        "for 95 % of one organisation")
    add("gates_open_share", found["open_share"], "of planted defects")
    add("gates_held_share", found["held_share"],
        "one organisation: a person decides")
    add("gates_suppressed_share", found["suppressed_share"])
