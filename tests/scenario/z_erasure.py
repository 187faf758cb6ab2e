"""What is erased is gone from every byte, and counts as it did."""
from tocsin_bytes import found, pseudonym
from tocsin_oracle import check_projections
from tocsin_reports import fire, report
from tocsin_test import check, equal, refused, run, until

SMALL = ["store.segment_size=1MiB", "store.overlay_events=200"]
WORDS = "the grinder of xylophone street caught fire at dawn while we slept"


def planted(name, **fields):
    """A report with something of everybody in it."""
    made = report(name, hazard=["fire"], text=f"{WORDS}; {name} again",
                  reporter="mme.vauquelin", age=3, **fields)
    made["product"]["serial"] = "SN-QUINCE-77"
    made["product"]["lot"] = ["LOT-QUINCE"]
    return made


def secrets(daemon, *names):
    """Their words, ids and codes, as sent and as held."""
    told = {"words": b"xylophone street", "reporter": b"mme.vauquelin",
            "serial": b"SN-QUINCE-77", "lot": b"LOT-QUINCE"}
    for what, text in (("reporter", "mme.vauquelin"),
                       ("serial", "SN-QUINCE-77")):
        told[f"{what}'s pseudonym"] = \
            pseudonym(daemon.dir, what, "local", text).encode()
    for name in names:
        told[f"id {name}"] = name.encode()
    return told


def fill(client, first=0, reports=2400):
    for start in range(first, first + reports, 200):
        client.batch([report(f"r{n}", model=f"m{n % 37}", group=f"g{n % 9}",
                             text=f"{n} was hot. " * 40)
                      for n in range(start, start + 200)])


def wait_sealed(daemon):
    until(lambda: any(path.name.endswith(".zseg")
                      for path in (daemon.dir / "log").iterdir()),
          "a segment is sealed", 30)


def groups(client):
    rows = client.rows("groups")
    for row in rows:
        row.pop("first_reported", None)
    return rows


def gone(daemon, *names):
    equal(found(daemon.dir, secrets(daemon, *names)), [])


def a_report(place):
    """In a sealed segment, in the open one, amended, and its withdrawal."""
    daemon = place.daemon(settings=SMALL)
    client = place.client(daemon)
    client.submit(planted("quince-one"))
    client.submit(planted("quince-two"))
    fill(client)
    client.call("report.amend", {"id": "quince-one", "report": planted(
        "quince-one", severity="minor"), "reason": "asked"})
    client.call("report.withdraw", {"id": "quince-two",
                                    "reason": "xylophone street moved"})
    wait_sealed(daemon)
    before = groups(client)
    check(len(found(daemon.dir, secrets(daemon, "quince-one"))) > 3)
    dry = client.call("erase.report", {"id": "quince-one", "reason": "asked",
                                       "dry_run": True})
    equal((dry["dry_run"], dry["reports"]), (True, 1))
    for name in ("quince-one", "quince-two"):
        told = client.call("erase.report", {"id": name, "reason": "asked"})
        equal((told["reports"], told["already"]), (1, 0), told)
        check(told["segments"] > 0, told)
    # The pseudonym is that of a reporter, who was not erased.
    left = found(daemon.dir, secrets(daemon, "quince-one", "quince-two"))
    equal({what for what, _ in left} - {"reporter's pseudonym"}, set(), left)
    equal(groups(client), before)
    check_projections(client)
    refused("conflict", client.call, "erase.report",
            {"id": "quince-one", "reason": "asked"}, field="id")
    refused("not-found", client.call, "erase.report",
            {"id": "quince-none", "reason": "asked"}, field="id")
    daemon.restart()
    client = place.client(daemon)
    equal(groups(client), before)


run(a_report, seconds=120)
