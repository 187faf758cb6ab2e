"""Exports are whole: one sequence, a row count, a digest."""
import collections
import csv
import hashlib
import io
import json
import os
import pathlib
import re

from tocsin_reports import clock, day, fire, report
from tocsin_test import SOURCE, check, equal, refused, run, until

WHAT = ("groups", "products", "reports", "alerts", "timeseries", "evidence")


def fill(client, reports=300):
    client.batch([fire(f"r{n}", f"group {n % 9}", model=f"m{n % 20}",
                       country=("FR", "BE")[n % 2], filed=day(n % 30),
                       severity=("none", "minor")[n % 2])
                  for n in range(reports)])


def declared_columns():
    """Names of each export's columns, from columns.def."""
    text = (SOURCE / "daemon/feed/columns.def").read_text()
    text = text[text.index("*/"):]
    names = collections.defaultdict(list)
    for group, name in re.findall(r"COLUMN\((\w+), (\w+),", text):
        for what in {"GROUPED": ["groups", "products"]}.get(
                group, [group.lower()]):
            names[what].append(name)
    return names


def states_rows_and_digest(place):
    client = place.client(place.daemon())
    fill(client)
    head = client.call("server.stats", {})["seq"]
    for what in WHAT:
        for form in ("csv", "ndjson"):
            data, opened, end = client.export(what, format=form)
            equal(opened["seq"], head, what)
            equal(end["sha256"], hashlib.sha256(data).hexdigest(), what)
            lines = data.decode().count("\n")
            if form == "ndjson":
                equal(lines, end["rows"], what)
                first = json.loads(data.splitlines()[0])
                equal(list(first), opened["columns"], what)
            else:
                rows = list(csv.reader(io.StringIO(data.decode(),
                                                   newline="")))
                equal(rows[0], opened["columns"], what)
                equal(len(rows) - 1, end["rows"], what)
                equal({len(row) for row in rows}, {len(rows[0])}, what)
                check(data.endswith(b"\r\n"), what)
            equal(opened["columns"], declared_columns()[what], what)
            check(end["rows"] > 0, what)


def both_formats_say_the_same(place):
    client = place.client(place.daemon())
    fill(client)
    for what in WHAT:
        data, _, _ = client.export(what, raw_cells=True)
        plain = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
        for row, other in zip(plain, client.rows(what), strict=True):
            for key, value in other.items():
                if isinstance(value, (list, dict)):
                    equal(json.loads(row[key]), value, f"{what} {key}")
                elif isinstance(value, bool):
                    equal(row[key], str(value).lower(), f"{what} {key}")
                else:
                    equal(row[key], "" if value is None else str(value),
                          f"{what} {key}")


def cells_are_guarded_and_quoted(place):
    client = place.client(place.daemon())
    nasty = ['=1+1', '+33', '-5', '@SUM(A1)', 'a,b', 'say "hi"', ' =x',
             "two; three", "æøå 北京"]
    for n, text in enumerate(nasty):
        client.submit(report(f"{text}#{n}", region=text, brand="B", model="m",
                             text=f"line\n{text}\r\nline",
                             consent={"publish": True}))
    data, _, _ = client.export("reports")
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    equal(len(rows), len(nasty))
    for row, text in zip(rows, nasty):
        for cell in row.values():
            check(not cell.startswith(("=", "+", "@")), cell)
        check(text.strip() in row["region"], row["region"])
        check(text in row["text"], row["text"])
    data, _, _ = client.export("reports", raw_cells=True)
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    equal([row["region"] for row in rows], [text.strip() for text in nasty])
    equal([row["region"] for row in client.rows("reports")],
          [text.strip() for text in nasty])


def at_a_sequence(place):
    """An old sequence gives what an export gave then, byte by byte."""
    client = place.client(place.daemon())
    states = []
    for step in range(6):
        client.batch([fire(f"{step}-{n}", f"g{n}", model=f"m{n % 7}")
                      for n in range(30)])
        client.submit(fire(f"{step}-1", "g1", model="m1", severity="minor",
                           region="amended"))
        client.call("report.withdraw", {"id": f"{step}-2", "reason": "x"})
        states.append({what: client.export(what)[:2] for what in WHAT})
    for state in states:
        for what, (data, opened) in state.items():
            again, reopened, _ = client.export(what, at=opened["seq"])
            equal(reopened["seq"], opened["seq"])
            check(again == data, f"{what} at {opened['seq']} differs")
    head = client.call("server.stats", {})["seq"]
    refused("invalid", client.call, "export.open",
            {"what": "reports", "at": head + 1000})


def since_a_sequence(place):
    """Parts laid behind each other are the whole."""
    client = place.client(place.daemon())
    parts = {"reports": [], "alerts": []}
    since = 0
    for step in range(5):
        client.batch([fire(f"{step}-{n}", f"g{n % 9}", model=f"m{n % 7}")
                      for n in range(40)])
        for what, rows in parts.items():
            rows += client.rows(what, since=since)
        since = client.call("server.stats", {})["seq"]
    for what, rows in parts.items():
        equal(rows, client.rows(what))
    equal(client.rows("reports", since=since), [])


def raw_rows_after_changes(place):
    client = place.client(place.daemon(), organisation="ufc")
    client.submit(report("1", group="a", severity="minor"))
    client.submit(report("2", group="b", text="private"))
    client.submit(report("1", group="a", severity="medical", mode="smoke"))
    client.call("report.withdraw", {"id": "2", "reason": "x"})
    client.submit(report("3", source="register", licence_note="kept"))
    rows = {row["id"]: row for row in client.rows("reports")}
    equal(sorted(rows), ["1", "2", "3"])
    one = rows["1"]
    equal((one["revision"], one["severity"], one["mode"], one["group"]),
          (2, "medical", "smoke", "a"))
    equal((one["organisation"], one["source"]), ("ufc", "ufc"))
    equal(rows["2"]["withdrawn"], True)
    equal(rows["2"]["source"], "ufc")
    equal(rows["2"]["text"], None)
    equal(rows["3"]["source"], "register")
    equal(rows["3"]["extra"], {"licence_note": "kept"})
    check(all(row["case_id"] for row in rows.values()), rows)


def filters_by_every_field(place):
    client = place.client(place.daemon())
    fill(client, 60)
    client.batch([report(f"t{n}", brand="Bosch", category="toaster",
                         kind="incident") for n in range(5)])
    reports = client.rows("reports")
    product = reports[0]["product_id"]
    for wanted, test in (
            ({"brand": ["BOSCH"]}, lambda row: row["brand"] == "Bosch"),
            ({"category": ["kitchen"]}, lambda row: True),
            ({"category": ["toaster"]},
             lambda row: row["category"] == "toaster"),
            ({"country": ["BE"]}, lambda row: row["country"] == "BE"),
            ({"kind": ["breakdown"]}, lambda row: row["kind"] == "breakdown"),
            ({"severity_min": "minor"}, lambda row: row["severity"]
             not in ("none", "unstated")),
            ({"product": [product]},
             lambda row: row["product_id"] == product)):
        equal(client.rows("reports", filter=wanted),
              [row for row in reports if test(row)], wanted)
    equal(len(client.rows("groups", filter={"brand": ["Bosch"]})), 1)
    equal({row["category"] for row in client.rows(
        "products", filter={"category": ["toaster"]})}, {"toaster"})
    refused("unsupported", client.call, "export.open",
            {"what": "groups", "filter": {"kind": ["incident"]}},
            field="filter.kind")
    refused("unsupported", client.call, "export.open",
            {"what": "reports", "filter": {"rule": ["x"]}},
            field="filter.rule")


def series_by_clock_and_step(place):
    client = place.client(place.daemon())
    client.batch([report(f"r{n}", filed=day(n), occurred=("2026-05-03",
                                                          "2026")[n % 2])
                  for n in range(30)])
    reports = client.rows("reports")
    for step in ("day", "week", "month"):
        for by in ("filed", "received"):
            rows = client.rows("timeseries", step=step, by=by)
            equal(sum(row["reports"] for row in rows), 30, f"{step} {by}")
            equal({row["step"] for row in rows}, {step})
            equal({row["clock"] for row in rows}, {by})
            buckets = [row["bucket"] for row in rows]
            equal(buckets, sorted(set(buckets)), f"{step} {by}")
    equal([row["bucket"] for row in client.rows(
        "timeseries", step="month", by="filed")], ["2026-05-01", "2026-06-01"])
    by_day = {row["bucket"]: row["reports"]
              for row in client.rows("timeseries", by="occurred")}
    equal(by_day.get("2026-05-03"), 15)
    filled = client.rows("timeseries", step="week", fill=True)
    equal(len(filled), len({row["bucket"] for row in filled}))
    equal(sum(row["reports"] for row in filled), len(reports))
    refused("invalid", client.call, "export.open",
            {"what": "timeseries", "step": "year"}, field="step")
    refused("invalid", client.call, "export.open",
            {"what": "timeseries", "by": "bought"}, field="by")


def reads_in_any_order(place):
    client = place.client(place.daemon())
    client.batch([report(f"{n}", text="x" * 900, consent={"publish": True})
                  for n in range(800)])
    whole, _, _ = client.export("reports")
    check(len(whole) > 3 * 262144, len(whole))
    opened = client.call("export.open", {"what": "reports"})
    for offset in (0, 1, 262144, 500001, len(whole) - 1, len(whole), 17):
        for _ in range(2):
            page = client.call("export.next", {
                "export": opened["export"], "offset": offset})
            equal(page["data"], whole[offset:offset + 262144], offset)
            equal(page["offset"], min(offset + 262144, len(whole)), offset)
            equal(page["done"], page["offset"] == len(whole), offset)
    past = client.send("export.next", {"export": opened["export"],
                                       "offset": len(whole) + 5})
    error, page = client.wait(past)
    check(error or not page["data"], page)


def is_fixed_when_opened(place):
    """What comes in while it is read does not change it."""
    daemon = place.daemon()
    client, writer = place.client(daemon), place.client(daemon)
    fill(writer)
    for what in WHAT:
        before, _, _ = client.export(what)
        opened = client.call("export.open", {"what": what})
        writer.batch([fire(f"{what}{n}", f"new {n}", model=f"x{n}")
                      for n in range(50)])
        page = client.call("export.next", {"export": opened["export"]})
        equal(page["data"], before, what)


def survives_a_reconnect(place):
    daemon = place.daemon()
    client = place.client(daemon, organisation="ufc")
    fill(client)
    whole, _, _ = client.export("reports")
    opened = client.call("export.open", {"what": "reports"})
    client.close()
    client = place.client(daemon, organisation="ufc")
    page = client.call("export.next", {"export": opened["export"]})
    equal(page["data"], whole)
    other = place.client(daemon, organisation="other")
    for method in ("export.next", "export.close"):
        refused("not-found", other.call, method,
                {"export": opened["export"]}, field="export")
    client.call("export.close", {"export": opened["export"]})
    refused("not-found", client.call, "export.next",
            {"export": opened["export"]}, field="export")
    refused("not-found", client.call, "export.next", {"export": "0" * 32},
            field="export")


def has_a_limit_of_open_exports(place):
    daemon = place.daemon(settings=["exports.open_max=3"])
    client = place.client(daemon)
    opened = [client.call("export.open", {"what": "groups"})["export"]
              for _ in range(3)]
    error = refused("busy", client.call, "export.open", {"what": "groups"})
    check(error.retry_ms, "a busy answer says when to come again")
    client.call("export.close", {"export": opened[0]})
    client.call("export.open", {"what": "groups"})


def leaves_no_files(place):
    daemon = place.daemon(settings=["exports.keep=10s"])
    client = place.client(daemon)
    fill(client)
    before = daemon.descriptors()
    for _ in range(10):
        client.export("reports")
    until(lambda: daemon.descriptors() <= before, "files are closed")
    equal(os.listdir(daemon.dir / "tmp"), [])


def exports_in_another_folder(place):
    folder = place.dir / "elsewhere"
    folder.mkdir()
    daemon = place.daemon(settings=[f"exports.directory={folder}"])
    client = place.client(daemon)
    fill(client)
    check(client.rows("reports"), "rows")
    equal(list(pathlib.Path(folder).iterdir()), [])


def shows_alerts_of_groups(place):
    daemon = place.daemon()
    client = place.client(daemon)
    client.submit(fire("1", "a"))
    client.submit(fire("2", "b"))
    equal(client.rows("products")[0]["alert_id"], "a1")
    equal(client.rows("products")[0]["alert_state"], "open")
    daemon.restart(clock=clock(60))
    client = place.client(daemon)
    until(lambda: client.call("server.stats", {})["alerts_open"] == 0,
          "it closes")
    equal(client.rows("products")[0]["alert_state"], "closed")
    equal([(row["change"], row["episode"], row["state"])
           for row in client.rows("alerts")],
          [("raised", 1, "open"), ("closed", 1, "closed")])


def never_names_the_unknown(place):
    client = place.client(place.daemon())
    for n, word in enumerate(("Unknown", "Ukendt", "Onbekend", "n/a", "?",
                              "-", "Inconnu", "unbekannt", "N/A", "none",
                              "???", "no brand")):
        for m in range(3):
            client.submit(report(f"{n}-{m}", brand=word, model=word,
                                 mode=word, group=f"g{m}"))
    for what in ("groups", "products"):
        for row in client.rows(what):
            equal((row["brand"], row["model"]), (None, None), row)
            equal(row["level"], "category")
            check(row.get("mode") in (None, "unstated"), row)


run(states_rows_and_digest, both_formats_say_the_same,
    cells_are_guarded_and_quoted, at_a_sequence, since_a_sequence,
    raw_rows_after_changes, filters_by_every_field, series_by_clock_and_step,
    reads_in_any_order, is_fixed_when_opened, survives_a_reconnect,
    has_a_limit_of_open_exports, leaves_no_files, exports_in_another_folder,
    shows_alerts_of_groups, never_names_the_unknown)
