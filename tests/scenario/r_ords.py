"""Real repair data rings as it should, and names nothing unknown."""
import gzip

from tocsin_import import account
from tocsin_test import SOURCE, check, equal, run, shared

CAFES, COUNTS, INJURIES = (
    f"rules.files={SOURCE / 'etc/rules/examples' / name}"
    for name in ("repair-cafes.yaml", "counts.yaml", "injuries.yaml"))
WORDS_FOR_UNKNOWN = {"unknown", "ukendt", "onbekend", "n/a", "na", "?", "-",
                     "unbekannt", "inconnu", "none", "no brand", "misc",
                     "other", "anden", "ukendt mærke", "onbekend merk"}
OTHER_SPELLINGS = {"phillips", "b&o", "hewlett packard", "elektrolux",
                   "murphy richards", "husquarna", "phillips hd4622"}


def load(place, daemon, name):
    path = shared() / "data" / "ords" / f"OpenRepairData_v0.3_{name}.csv.gz"
    with gzip.open(path) as file:
        return account(place, daemon, "-", "--format", "ords", "--ids",
                       "stable", data=file.read())


def check_words(client):
    for what in ("groups", "products", "timeseries"):
        for row in client.rows(what):
            for key in ("brand", "model"):
                word = (row[key] or "").strip().lower()
                check(word not in WORDS_FOR_UNKNOWN, what, row)
                check(word not in OTHER_SPELLINGS, what, row)


def an_old_release_rings_hardly_at_all(place):
    """On 1 August 2025: nothing for what was filed before 27 June."""
    daemon = place.daemon(clock="2025-08-01T00:00:00Z", settings=[CAFES])
    told = load(place, daemon, "RepairCafeWales_202507")
    check(told["backfill"] > 19000, told)
    client = place.client(daemon)
    events = client.fetch_all()[0]
    raised = sum(event["change"] == "raised" for event in events)
    check(raised <= 5, f"{raised} alerts")
    for event in events:
        check(event["alert"]["first_seen"] >= "2025-06-27", event)
    check_words(client)


def every_release_names_nothing_unknown(place):
    daemon = place.daemon(clock="2025-08-01T00:00:00Z",
                          settings=[CAFES, COUNTS, INJURIES])
    for name in ("RepairCafeDenmark_202507", "RepairConnects_202507",
                 "FixitClinic_202507"):
        load(place, daemon, name)
    client = place.client(daemon)
    events = client.fetch_all()[0]
    for event in events:
        check(event["alert"]["first_seen"] >= "2025-06-27", event)
        check(event["alert"]["product"]["brand"].lower()
              not in WORDS_FOR_UNKNOWN, event)
    print(f"{len(events)} alert events")
    check_words(client)
    equal(client.export("alerts")[2]["rows"], len(events))


run(an_old_release_rings_hardly_at_all, every_release_names_nothing_unknown,
    seconds=120)
