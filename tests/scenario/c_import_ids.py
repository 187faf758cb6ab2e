"""tocsin import --ids: sources that keep their ids, give them anew, or tell
all of themselves each time."""
import json

from tocsin_import import account, counts, held, tocsin
from tocsin_test import check, equal, run

HEADING = "id,kind,category,brand,country,occurred,text,origin.group\n"
BRANDS = ("Moulinex", "Bosch", "Tefal", "Krups", "Philips")


def row(name, number, text=None):
    """What object number is, under an id."""
    return (f"{name},breakdown,kettle,{BRANDS[number % 5]},FR,"
            f"2025-{number % 12 + 1:02}-{number % 28 + 1:02},"
            f"{text or f'object {number}'},north\n")


def file_of(*rows):
    return (HEADING + "".join(rows)).encode()


def release(count, shift=0, first=0):
    """Objects first .. count, called by their number and a shift."""
    return [row(f"r{number + shift}", number)
            for number in range(first, count)]


def put(place, daemon, rows, *words, code=0):
    return account(place, daemon, "-", "--format", "csv", "--source",
                   "register", *words, data=file_of(*rows), code=code)


def says(place, daemon, rows, *words):
    """Exit code and what is said."""
    done = tocsin(place, daemon, "import", "-", "--format", "csv", "--source",
                  "register", *words, data=file_of(*rows))
    return done.returncode, done.stderr.decode()


def texts(place, daemon):
    return {name: one["text"] for name, one in held(place, daemon).items()
            if not one["withdrawn"]}


def stable_stops_when_ids_are_not(place):
    daemon = place.daemon()
    equal(counts(put(place, daemon, release(50))), (50, 0, 0, 0))
    before = texts(place, daemon)
    told = put(place, daemon, release(60, shift=3), code=6)
    equal((told["read"], told["stopped"]), (0, "ids-unstable"))
    equal(texts(place, daemon), before)
    code, said = says(place, daemon, release(60, shift=3), "--ids", "stable")
    equal(code, 6)
    for word in ("ids-unstable: 47 of the first 47 ids", "--ids epoch",
                 "nothing was imported", "r3 was 2025-04-04"):
        check(word in said, word, said)
    code, said = says(place, daemon, release(60, shift=3), "--dry-run")
    equal(code, 6)
    # What is wrong behind many new rows is found before it is sent, too.
    many = release(20000, first=1000) + release(50, shift=3)
    told = put(place, daemon, many, code=6)
    check(told["new"] >= 15000 and told["amended"] == 0, told)
    after = texts(place, daemon)
    equal({name: after[name] for name in before}, before)


def some_changes_are_amendments(place):
    daemon = place.daemon()
    put(place, daemon, release(50))
    other = [row(f"r{n}", n + 1 if n % 7 == 0 else n) for n in range(50)]
    equal(counts(put(place, daemon, other)), (0, 42, 8, 0))
    few = [row("r2", 3), row("r3", 4)]
    equal(counts(put(place, daemon, few)), (0, 0, 2, 0),
          "two are too few to judge by")
    # The old file again flips nothing back.
    equal(counts(put(place, daemon, release(50))), (0, 50, 0, 0))
    brands = [row(f"r{n}", n).replace(BRANDS[n % 5], "Renamed")
              for n in range(50)]
    equal(counts(put(place, daemon, brands)), (0, 0, 50, 0),
          "another brand on the same day is the same object")


def epoch_finds_its_reports_again(place):
    daemon = place.daemon()
    put(place, daemon, release(50), "--ids", "epoch", "--label", "2024")
    told = put(place, daemon, release(60, shift=3), "--ids", "epoch",
               "--label", "2025")
    equal((told["new"], told["resubmitted"], told["known"]), (10, 50, 0))
    equal(told["withdrawn"], 0)
    again = put(place, daemon, release(60, shift=3), "--ids", "epoch",
                "--label", "2025")
    equal(counts(again), (0, 60, 0, 0))
    equal(len(held(place, daemon)), 60)
    # Another file under the label of the release before.
    code, said = says(place, daemon, release(70, shift=5), "--ids", "epoch",
                      "--label", "2025")
    equal(code, 6)
    check("a --label of its own" in said, said)
    equal(len(held(place, daemon)), 60)
    code, said = says(place, daemon, release(50))
    equal(code, 6)
    check("say --ids epoch" in said, said)
    code, said = says(place, daemon, release(50), "--ids", "snapshot",
                      "--change-ids")
    equal(code, 6)
    code, said = says(place, daemon, release(60, shift=3), "--ids", "epoch",
                      "--label", "2025")
    check("0 new, 60 known, 0 amended, 0 resubmitted" in said, said)


def stable_becomes_epoch_when_told_to(place):
    daemon = place.daemon()
    put(place, daemon, release(50), "--label", "2024")
    code, said = says(place, daemon, release(60, shift=3), "--ids", "epoch",
                      "--label", "2025")
    equal(code, 6)
    check("is declared stable" in said and "--change-ids" in said, said)
    told = put(place, daemon, release(60, shift=3), "--ids", "epoch",
               "--label", "2025", "--change-ids")
    equal((told["new"], told["resubmitted"]), (10, 50))
    done = tocsin(place, daemon, "sources", "list", "--json")
    equal(done.returncode, 0, done.stderr)
    told = json.loads(done.stdout)["sources"]
    equal([(one["source"], one["ids"], one["import"]) for one in told],
          [("register", "epoch", "2025")])


def snapshot_withdraws_the_rest(place):
    daemon = place.daemon()
    put(place, daemon, release(100), "--ids", "snapshot")
    told = put(place, daemon, release(98, first=3), "--ids", "snapshot",
               "--dry-run")
    equal((told["missing"], told["withdrawn"], told["known"]), (5, 0, 95))
    equal(len(texts(place, daemon)), 100)
    code, said = says(place, daemon, release(98, first=3), "--ids",
                      "snapshot", "--dry-run")
    equal(code, 0)
    check("5 of the 100 reports held" in said and "would be" in said, said)
    told = put(place, daemon, release(104, first=3), "--ids", "snapshot")
    equal((counts(told), told["withdrawn"]), ((4, 97, 0, 0), 3))
    told = put(place, daemon, release(104, first=3), "--ids", "snapshot")
    equal((counts(told), told["withdrawn"]), ((0, 101, 0, 0), 0))
    equal(set(texts(place, daemon)), {f"r{n}" for n in range(3, 104)})
    code, said = says(place, daemon, release(104, first=3), "--ids",
                      "snapshot")
    check("; 0 withdrawn; " in said, said)


def snapshot_holds_back(place):
    daemon = place.daemon()
    put(place, daemon, release(100), "--ids", "snapshot")
    told = put(place, daemon, release(80), "--ids", "snapshot", code=6)
    equal((told["missing"], told["withdrawn"], told["held_back"]),
          (20, 0, True))
    code, said = says(place, daemon, release(80), "--ids", "snapshot")
    equal(code, 6)
    check("20 of the 100 reports" in said and "--max-withdrawn" in said, said)
    check("--resume" not in said, said)
    # A row that was refused may be any of those that are missing.
    broken = release(95) + ["r95,breakdown,kettle,Bosch,FR,soon,object 95,north\n"]
    told = put(place, daemon, broken, "--ids", "snapshot", code=1)
    equal((told["rejected"], told["missing"], told["withdrawn"]), (1, 5, 0))
    code, said = says(place, daemon, broken, "--ids", "snapshot")
    check("1 rows were rejected; nothing was withdrawn" in said, said)
    # Rows of it, but not the whole.
    code, said = says(place, daemon, [row("r200", 200)])
    equal(code, 0)
    check("without --ids snapshot nothing is withdrawn" in said, said)
    told = put(place, daemon, release(80), "--ids", "snapshot",
               "--max-withdrawn", "25")
    equal(told["withdrawn"], 21)
    equal(len(texts(place, daemon)), 80)


def keeps_sources_apart(place):
    """One file of two sources, of which one has lost a row."""
    daemon = place.daemon()
    line = ('{"id":"%d","kind":"breakdown","country":"FR","occurred":"2026-05"'
            ',"product":{"category":"kettle"},"origin":{"source":"%s"}}\n')
    whole = [line % (n, name) for name in ("one", "two") for n in range(40)]
    words = ("-", "--format", "ndjson", "--ids", "snapshot")
    told = account(place, daemon, *words, data="".join(whole).encode())
    equal(counts(told), (80, 0, 0, 0))
    told = account(place, daemon, *words,
                   data="".join(whole[:39] + whole[40:]).encode())
    equal((counts(told), told["withdrawn"]), ((0, 79, 0, 0), 1))
    told = account(place, daemon, *words, code=6,
                   data="".join(whole[:40] + whole[40:70]).encode())
    equal((told["missing"], told["held_back"]), (10, True))
    told = account(place, daemon, *words, data="".join(whole[:40]).encode())
    equal((told["new"], told["missing"]), (0, 0),
          "a source that the file does not speak of is left alone")


run(stable_stops_when_ids_are_not, some_changes_are_amendments,
    epoch_finds_its_reports_again, stable_becomes_epoch_when_told_to,
    snapshot_withdraws_the_rest, snapshot_holds_back, keeps_sources_apart)
