"""Real repair data rings as it should, names nothing unknown, and is known
again in its next release."""
import collections
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


def load(place, daemon, name, ids="stable", *words, code=0):
    path = shared() / "data" / "ords" / f"OpenRepairData_v0.3_{name}.csv.gz"
    with gzip.open(path) as file:
        return account(place, daemon, "-", "--format", "ords", "--ids", ids,
                       "--label", name, *words, data=file.read(), code=code)


def numbers(told):
    return tuple(told[key] for key in ("new", "known", "amended",
                                       "resubmitted", "withdrawn"))


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


def wales_keeps_its_ids(place):
    daemon = place.daemon(clock="2025-08-01T00:00:00Z")
    old, new = "RepairCafeWales_202407", "RepairCafeWales_202507"
    equal(numbers(load(place, daemon, old)), (14292, 0, 0, 0, 0))
    equal(numbers(load(place, daemon, new)), (5898, 14264, 28, 0, 0))
    equal(numbers(load(place, daemon, new)), (0, 20190, 0, 0, 0))
    equal(numbers(load(place, daemon, old)), (0, 14292, 0, 0, 0),
          "an old file flips nothing back")


def denmark_gives_them_anew(place):
    """10,280 ids are in both releases, and mean something else in each."""
    daemon = place.daemon(clock="2025-08-01T00:00:00Z")
    client = place.client(daemon)
    old, new = "RepairCafeDenmark_202407", "RepairCafeDenmark_202507"
    equal(numbers(load(place, daemon, old, "epoch")), (17203, 0, 0, 0, 0))
    before = client.rows("reports")
    told = load(place, daemon, new, "epoch")
    print(f"Denmark: {numbers(told)}")
    check(told["resubmitted"] >= 10737, told)
    equal((told["known"], told["amended"], told["rejected"]), (0, 0, 0))
    equal(told["new"] + told["resubmitted"], 29929)
    after = client.rows("reports")
    equal(len(after), 17203 + told["new"])
    # Each object of then is one of now, whatever it is called.
    what = [collections.Counter((row["occurred"], row["text"])
                                for row in rows) for rows in (before, after)]
    equal(what[0] - what[1], collections.Counter(), "overwritten")
    equal(numbers(load(place, daemon, new, "epoch")), (0, 29929, 0, 0, 0))
    again = load(place, daemon, old, "epoch", "--label", "again")
    equal(numbers(again), (0, 0, 0, 17203, 0))


def denmark_is_not_stable(place):
    daemon = place.daemon(clock="2025-08-01T00:00:00Z")
    old, new = "RepairCafeDenmark_202407", "RepairCafeDenmark_202507"
    load(place, daemon, old)
    told = load(place, daemon, new, code=6)
    equal((told["stopped"], told["read"]), ("ids-unstable", 0))
    told = load(place, daemon, new, "epoch", "--change-ids")
    check(told["resubmitted"] >= 10737, told)
    equal(told["amended"], 0)


def restart_tells_all_of_itself(place):
    daemon = place.daemon(clock="2025-08-01T00:00:00Z")
    old, new = "RestartProject_202110", "RestartProject_202204"
    equal(numbers(load(place, daemon, old, "snapshot")), (19619, 0, 0, 0, 0))
    told = load(place, daemon, new, "snapshot", "--dry-run")
    equal((told["missing"], told["withdrawn"]), (9, 0))
    told = load(place, daemon, new, "snapshot")
    print(f"Restart: {numbers(told)}")
    equal((told["new"], told["withdrawn"]), (4330, 9))
    check(0 < told["amended"] <= 1185, told)
    equal(numbers(load(place, daemon, new, "snapshot")),
          (0, 23940, 0, 0, 0))
    told = load(place, daemon, old, "snapshot", code=6)
    equal((told["held_back"], told["missing"]), (True, 4330))


run(an_old_release_rings_hardly_at_all, every_release_names_nothing_unknown,
    wales_keeps_its_ids, denmark_gives_them_anew, denmark_is_not_stable,
    restart_tells_all_of_itself,
    seconds=120)
