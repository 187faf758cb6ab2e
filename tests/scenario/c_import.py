"""tocsin import: rows taken, known, amended, rejected, repaired, resumed."""
import csv
import io
import json

from tocsin_import import account, counts, held, tocsin
from tocsin_test import check, equal, run

HEADING = "id,kind,category,brand,country,occurred,text\n"


def rows(*lines):
    return (HEADING + "".join(line + "\n" for line in lines)).encode()


def good(name, text="it leaks"):
    return f"{name},breakdown,kettle,Velbrano,FR,2026-05,{text}"


def counts_every_row(place):
    daemon = place.daemon()
    told = account(place, daemon, "-", "--format", "csv",
                   data=rows(good("1"), good("2"), good("3")))
    equal(counts(told), (3, 0, 0, 0))
    told = account(place, daemon, "-", "--format", "csv", code=1,
                   data=rows(good("1"), good("2", "it smokes"), good("4"),
                             "5,breakdown,kettle,Velbrano,Atlantis,2026-05,x",
                             "6,breakdown,kettle,Velbrano,FR,2026-02-31,x"))
    equal(counts(told), (1, 1, 1, 2))
    equal(sorted(held(place, daemon)), ["1", "2", "3", "4"])


def says_it_in_one_line(place):
    daemon = place.daemon()
    done = tocsin(place, daemon, "import", "-", "--format", "csv",
                  data=rows(good("1"), good("2")))
    equal(done.stdout, b"")
    lines = done.stderr.decode().splitlines()
    check(lines[0].startswith("tocsin: note: all rows count as one source"),
          lines)
    check(lines[1].startswith("imported 2 rows: 2 new, 0 known, 0 amended, "
                              "0 resubmitted, 0 rejected; 0 of them history; "), lines)
    equal(len(lines), 2)
    check("\r" not in done.stderr.decode(), "a bar where no terminal is")


def repairs_rejects(place):
    daemon = place.daemon()
    path = place.file("in.csv", rows(
        good("1"), '2,breakdown,kettle,"Vel ""the best""\n",Atlantis,'
        '2026-05,"two\nlines"', good("3") + ",too many").decode())
    rejects = place.dir / "rejects.csv"
    told = account(place, daemon, path, "--rejects", rejects, code=1)
    equal(counts(told), (1, 0, 0, 2))
    raw = rejects.read_text(encoding="utf-8")
    found = list(csv.reader(io.StringIO(raw, newline="")))
    equal(found[0], HEADING.strip().split(",") +
          ["_line", "_field", "_code", "_reason"])
    by_line = {row[row.index("invalid") - 2]: row for row in found[1:]}
    equal(sorted(by_line), ["3", "6"])
    equal(by_line["3"][8], "country")
    equal(by_line["3"][6], "two\nlines")
    equal(by_line["6"][7], "too many")
    equal(by_line["6"][11], "has 8 cells, the heading has 7")
    raw = raw.replace("Atlantis", "BE").replace('\n",BE', '",BE')
    raw = raw.replace(",too many", "")
    rejects.write_text(raw, encoding="utf-8")
    told = account(place, daemon, rejects)
    equal(counts(told), (2, 0, 0, 0))
    reports = held(place, daemon)
    equal(sorted(reports), ["1", "2", "3"])
    equal(reports["2"]["country"], "BE")


def repairs_json(place):
    daemon = place.daemon()
    lines = [{"id": "1", "kind": "breakdown",
              "product": {"category": "kettle"}, "country": "FR",
              "occurred": "2026", "mine": {"a": [1, 2.5, None]}},
             {"id": "2", "kind": "breakdown", "country": "FR",
              "occurred": "2026"}]
    data = "\n".join(json.dumps(line) for line in lines) + "\n\n{\n[1]\n"
    rejects = place.dir / "rejects.ndjson"
    told = account(place, daemon, "-", "--format", "ndjson", "--rejects",
                   rejects, code=1, data=data.encode())
    equal(counts(told), (1, 0, 0, 3))
    equal(held(place, daemon)["1"]["extra"], {"mine": {"a": [1, 2.5, None]}})
    found = [json.loads(line) for line in rejects.read_text().splitlines()]
    found.sort(key=lambda line: line["_line"])
    equal([line["_line"] for line in found], [2, 4, 5])
    equal(found[0]["_field"], "product.category")
    equal(found[1]["_raw"], "{")
    found[0]["product"] = {"category": "kettle"}
    rejects.write_text(json.dumps(found[0]))
    equal(counts(account(place, daemon, rejects)), (1, 0, 0, 0))
    check(not held(place, daemon)["2"]["extra"], "our keys were sent")


def makes_ids(place):
    daemon = place.daemon()
    heading = "kind,category,country,occurred\n"
    sparse = "breakdown,lamp,FR,2026-05\n"
    data = (heading + sparse * 3 + "breakdown,fan,FR,2026-05\n").encode()
    done = tocsin(place, daemon, "import", "-", "--format", "csv", data=data)
    equal(done.returncode, 2)
    check(b"--ids-from content" in done.stderr, done.stderr)
    words = ("-", "--format", "csv", "--ids-from", "content")
    equal(counts(account(place, daemon, *words, data=data)), (4, 0, 0, 0))
    equal(counts(account(place, daemon, *words, data=data)), (0, 4, 0, 0))
    equal(len(held(place, daemon)), 4)
    path = place.file("day.csv", data.decode())
    equal(counts(account(place, daemon, path, "--ids-from", "row")),
          (4, 0, 0, 0))
    check("day.csv:4" in held(place, daemon), "rows are numbered from 1")
    done = tocsin(place, daemon, "import", "-", "--format", "csv",
                  "--ids-from", "row", data=data)
    equal(done.returncode, 2)


def keeps_nothing_when_dry(place):
    daemon = place.daemon()
    told = account(place, daemon, "-", "--format", "csv", "--dry-run", code=1,
                   data=rows(good("1"), "2,nonsense,kettle,,FR,2026,"))
    equal(counts(told), (1, 0, 0, 1))
    equal(held(place, daemon), {})


def marks_history(place):
    daemon = place.daemon(clock="2026-06-15T12:00:00Z")
    heading = "id,kind,category,country,occurred,filed\n"
    days = ["2026-05-10", "2026-05-11", "2026-06-15"]
    data = heading + "".join(f"{day},breakdown,lamp,FR,2026-01,{day}\n"
                             for day in days)
    told = account(place, daemon, "-", "--format", "csv", data=data.encode())
    told_by_daemon = sum(row["backfill"] for row in
                         held(place, daemon).values())
    equal(told["backfill"], told_by_daemon)
    equal(told["backfill"], 1)
    for word, count in (("all", 3), ("none", 0)):
        told = account(place, daemon, "-", "--format", "csv", "--source",
                       word, "--backfill", word, data=data.encode())
        equal(told["backfill"], count)


def goes_on_where_it_stood(place):
    daemon = place.daemon(verify=False)
    many = [good(str(n)) for n in range(20000)]
    path = place.file("many.csv", rows(*many).decode())
    rejects = place.dir / "rejects.csv"
    daemon.kill()
    done = tocsin(place, daemon, "import", path, "--timeout", "1s")
    equal(done.returncode, 5)
    daemon.start()
    state = place.dir / "state" / "tocsin"
    equal(counts(account(place, daemon, path)), (20000, 0, 0, 0))
    equal(list(state.iterdir()), [], "done, and still remembered")
    # As an import leaves it that was stopped after 19,900 rows.
    unwritable = place.dir / "no" / "rejects.csv"
    with open(path, "a", encoding="utf-8") as file:
        file.write("bad,breakdown\n")
    done = tocsin(place, daemon, "import", path, "--rejects", unwritable)
    equal(done.returncode, 9, done.stderr)
    kept = list(state.iterdir())
    equal(len(kept), 1)
    equal(kept[0].read_text(), "rows 20000\n")
    kept[0].write_text("rows 19900\n")
    told = account(place, daemon, path, "--resume", "--rejects", rejects,
                   code=1)
    equal((told["skipped"], counts(told)), (19900, (0, 100, 0, 1)))
    done = tocsin(place, daemon, "import", "-", "--resume", "--format", "csv",
                  data=rows(*many))
    equal(done.returncode, 2)


def refuses_what_it_cannot_do(place):
    daemon = place.daemon()
    path = place.file("in.csv", rows(good("1")).decode())
    for code, words, text in (
            (2, (path, "--ids", "loose"), "one of stable"),
            (2, ("-", "--format", "csv", "--ids", "epoch"), "--label"),
            (2, (path, "--max-withdrawn", "101"), "--max-withdrawn"),
            (2, (path, "--format", "xml"), "format"),
            (2, (path, "--rejects", path), "overwrite"),
            (2, (place.file("a.txt", ""),), "--format"),
            (2, (), "a file"),
            (7, (place.file("empty.csv", ""),), "is empty"),
            (9, (place.dir / "none.csv",), "No such file"),
            (9, (place.dir, "--format", "csv"), "directory"),
            (2, (place.file("b.csv", "id,colour\n"),), '"colour"'),
            (2, (place.file("c.csv", "id,categry\n"),),
             'did you mean "category"')):
        done = tocsin(place, daemon, "import", *words)
        equal(done.returncode, code, done.stderr)
        check(text in done.stderr.decode(), text, done.stderr)
        equal(done.stdout, b"")
    equal(held(place, daemon), {})


def prints_templates(place):
    for lang, mark in (("en", ","), ("fr", ";")):
        done = tocsin(place, None, "import", "--template", lang)
        equal(done.returncode, 0)
        heading = done.stdout.decode().strip().split(mark)
        check(len(heading) > 25, heading)
        equal(len(heading), len(set(heading)))
    equal(tocsin(place, None, "import", "--template", "de").returncode, 2)


if __name__ == "__main__":
    run(counts_every_row, says_it_in_one_line, repairs_rejects, repairs_json,
        makes_ids, keeps_nothing_when_dry, marks_history,
        goes_on_where_it_stood, refuses_what_it_cannot_do, prints_templates)
