"""Reports with something in them that must not be found afterwards."""
from tocsin_bytes import pseudonym
from tocsin_reports import report

SMALL = ["store.segment_size=1MiB", "store.overlay_events=200"]
WORDS = "the grinder of xylophone street caught fire at dawn while we slept"
WHY = {"reason": "asked for it"}


def planted(name, **fields):
    """A report with something of everybody in it."""
    fields.setdefault("reporter", "mme.vauquelin")
    made = report(name, hazard=["fire"], text=f"{WORDS}; {name} again", age=3,
                  **fields)
    made["product"]["serial"] = "SN-QUINCE-77"
    made["product"]["lot"] = ["LOT-QUINCE"]
    return made


def secrets(daemon, *names, reporter="mme.vauquelin"):
    """Their words, ids and codes, as sent and as held."""
    told = {"words": b"xylophone street", "reporter": reporter.encode(),
            "serial": b"SN-QUINCE-77", "lot": b"LOT-QUINCE"}
    for what, text in (("reporter", reporter), ("serial", "SN-QUINCE-77")):
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
