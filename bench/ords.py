"""Rows in the shape of the Open Repair Data Standard, and real ones."""

import csv
import datetime
import glob
import gzip
import os
import random

COLUMNS = ["id", "data_provider", "country", "partner_product_category",
           "product_category", "product_category_id", "brand",
           "year_of_manufacture", "product_age", "repair_status",
           "repair_barrier_if_end_of_life", "group_identifier", "event_date",
           "problem"]
CATEGORIES = ["Kettle", "Toaster", "Coffee maker", "Vacuum", "Lamp", "Laptop",
              "Mobile", "Food processor", "Hair dryer", "Misc"]
STATUSES = ["Fixed", "Repairable", "End of life", "Unknown"]
WORDS = ("does not turn on any more after use the cable is loose water leaks "
         "motor smells burnt noise display dark button stuck fuse blown "
         "charged battery replaced cleaned opened screw part missing").split()


def write(path, rows, seed=7):
    """A file of so many rows, most of them from the last two years."""
    dice = random.Random(seed)
    today = datetime.date.today()
    brands = [f"Brand{n}" for n in range(3000)] + ["", "Unknown"]
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for number in range(rows):
            category = dice.randrange(len(CATEGORIES))
            brand = brands[int(len(brands) * dice.random() ** 3)]
            day = today - datetime.timedelta(int(730 * dice.random()))
            problem = " ".join(dice.choices(WORDS, k=dice.randrange(4, 20)))
            out.writerow([
                f"bench_{number}", "Benchmark", "GBR", "Small kitchen ~ item",
                CATEGORIES[category], category + 1, brand,
                dice.choice(["", 2012, 2018]), dice.choice(["", 3, 7.5]),
                dice.choice(STATUSES), "", f"group-{dice.randrange(200)}",
                day.isoformat(), problem])


def shared_files(root, folder):
    """Real files, unpacked into folder, newest release of each provider."""
    shared = os.environ.get("TOCSIN_SHARED",
                            os.path.join(root, "..", "shared"))
    newest = {}
    pattern = os.path.join(shared, "data", "ords", "OpenRepairData_*.csv.gz")
    for path in sorted(glob.glob(pattern)):
        provider, release = os.path.basename(path)[:-7].rsplit("_", 1)
        newest[provider] = (release, path)
    files = []
    for provider, (_, path) in sorted(newest.items()):
        plain = os.path.join(folder, provider + ".csv")
        with gzip.open(path, "rb") as packed, open(plain, "wb") as file:
            file.write(packed.read())
        files.append(plain)
    return files
