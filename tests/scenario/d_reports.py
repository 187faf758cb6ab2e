"""One report's life: submitted, resent, amended, withdrawn, revived."""
from tocsin_reports import report
from tocsin_test import check, equal, refused, run


def answers_with_what_is_known(place):
    client = place.client(place.daemon(), organisation="ufc")
    first = client.submit(report("1", group="rennes"))
    equal(first["id"], "1")
    equal(first["status"], "new")
    equal(first["product"]["name"], "moulinex by612")
    equal(first["product"]["level"], "model")
    equal(first["group"]["mode"], "overheating")
    equal(first["counts"], {"reports": 1, "cases": 1, "sources": 1,
                            "organisations": 1})
    equal(first["alerts"], [])
    second = client.submit(report("2", group="nantes"))
    equal(second["product"], {"id": first["product"]["id"],
                              "name": "Moulinex BY 612", "level": "model"},
          "two sources spell it so")
    equal(second["group"], first["group"])
    equal(second["counts"]["sources"], 2)
    check(second["seq"] > first["seq"], second["seq"])


def same_report_is_known(place):
    daemon = place.daemon()
    client = place.client(daemon)
    first = client.submit(report("1"))
    for _ in range(3):
        again = client.submit(report("1"))
        equal(again["status"], "known")
        equal(again["seq"], first["seq"])
        equal(again["counts"]["reports"], 1)
    daemon.restart()
    client = place.client(daemon)
    again = client.submit(report("1"))
    equal((again["status"], again["seq"]), ("known", first["seq"]))


def key_is_organisation_source_and_id(place):
    daemon = place.daemon()
    one = place.client(daemon, organisation="one")
    two = place.client(daemon, organisation="two")
    equal(one.submit(report("1"))["status"], "new")
    equal(two.submit(report("1"))["status"], "new")
    equal(one.submit(report("1", source="register"))["status"], "new")
    equal(one.submit(report("1", source="one"))["status"], "amended",
          "the organisation is the default source: only origin differs")
    equal(one.call("server.stats", {})["reports"], 3)


def other_contents_amend(place):
    client = place.client(place.daemon())
    first = client.submit(report("1", severity="minor"))
    second = client.submit(report("1", severity="medical"))
    equal(second["status"], "amended")
    check(second["seq"] > first["seq"], second)
    equal(second["counts"]["reports"], 1)
    held = client.call("report.get", {"id": "1"})
    equal(held["revision"], 2)
    equal(held["first_seq"], first["seq"])
    equal(held["seq"], second["seq"])
    equal(held["report"]["severity"], "medical")


def going_back_takes_an_amendment(place):
    """An old file sent again does not undo what was learned since."""
    client = place.client(place.daemon())
    client.submit(report("1", severity="minor"))
    client.submit(report("1", severity="medical"))
    client.submit(report("1", severity="severe"))
    for severity in ("minor", "medical", "severe", "minor"):
        again = client.submit(report("1", severity=severity))
        equal(again["status"], "known", severity)
        equal(client.submit(report("1", severity=severity),
                            dry_run=True)["status"], "known")
    held = client.call("report.get", {"id": "1"})
    equal((held["revision"], held["report"]["severity"]), (3, "severe"))
    back = client.call("report.amend", {
        "id": "1", "report": report("1", severity="minor")})
    equal(back["status"], "amended")
    held = client.call("report.get", {"id": "1"})
    equal((held["revision"], held["report"]["severity"]), (4, "minor"))
    equal(client.submit(report("1", severity="severe"))["status"], "known")


def amend_moves_between_groups(place):
    client = place.client(place.daemon())
    first = client.submit(report("1", mode="overheating"))
    client.submit(report("2", mode="overheating"))
    moved = client.call("report.amend", {
        "id": "1", "report": report("1", mode="smoke"), "reason": "misheard"})
    equal(moved["status"], "amended")
    equal(moved["product"]["id"], first["product"]["id"])
    equal(moved["group"]["mode"], "smoke")
    groups = client.call("groups.list", {"product": first["product"]["id"]})
    equal({group["mode"]: group["counts"]["reports"]
           for group in groups["groups"]}, {"overheating": 1, "smoke": 1})
    same = client.call("report.amend",
                       {"id": "1", "report": report("1", mode="smoke")})
    equal(same["status"], "known")
    other = client.call("report.amend", {
        "id": "1", "report": report("1", brand="Bosch", model="K1")})
    check(other["product"]["id"] != first["product"]["id"], other)


def amend_needs_something_held(place):
    client = place.client(place.daemon())
    refused("not-found", client.call, "report.amend",
            {"id": "1", "report": report("1")}, field="id")
    client.submit(report("1"))
    refused("invalid", client.call, "report.amend",
            {"id": "1", "report": report("2")}, field="report.id")
    wordless = report("1", mode="smoke")
    del wordless["id"]
    equal(client.call("report.amend", {"id": "1", "report": wordless})
          ["status"], "amended")


def amend_finds_its_source(place):
    client = place.client(place.daemon())
    client.submit(report("1", source="register"))
    answer = client.call("report.amend", {
        "source": "register", "id": "1",
        "report": report("1", mode="smoke")})
    equal(answer["status"], "amended")
    held = client.call("report.get", {"source": "register", "id": "1"})
    equal((held["source"], held["revision"]), ("register", 2))
    refused("not-found", client.call, "report.get", {"id": "1"})


def withdrawn_counts_nowhere(place):
    client = place.client(place.daemon())
    first = client.submit(report("1", severity="minor"))
    client.submit(report("2"))
    gone = client.call("report.withdraw", {"id": "1", "reason": "a mistake"})
    equal(gone["withdrawn"], 1)
    group = client.call("groups.get", {"product": first["product"]["id"],
                                       "mode": "overheating"})
    equal(group["counts"]["reports"], 1)
    equal(group["severities"].get("minor", 0), 0)
    held = client.call("report.get", {"id": "1"})
    equal(held["withdrawn"], True)
    refused("not-found", client.call, "report.withdraw",
            {"id": "1", "reason": "again"}, field="id")
    refused("not-found", client.call, "report.withdraw",
            {"id": "3", "reason": "never held"}, field="id")
    refused("invalid", client.call, "report.withdraw", {"id": "1"},
            field="reason")
    refused("invalid", client.call, "report.withdraw", {"reason": "x"})
    refused("invalid", client.call, "report.withdraw",
            {"id": "1", "import": "x", "reason": "x"})


def resent_after_withdrawal_is_new(place):
    client = place.client(place.daemon())
    first = client.submit(report("1"))
    client.call("report.withdraw", {"id": "1", "reason": "a mistake"})
    again = client.submit(report("1"))
    check(again["status"] in ("new", "resubmitted"), again["status"])
    check(again["seq"] > first["seq"], again)
    equal(again["counts"]["reports"], 1)
    held = client.call("report.get", {"id": "1"})
    equal(held["withdrawn"], False)
    equal(client.submit(report("1"))["status"], "known")


def import_is_withdrawn_whole(place):
    daemon = place.daemon()
    client = place.client(daemon)
    client.submit(report("single"))
    for start in range(0, 3000, 1000):
        client.batch([report(f"i{n}", group=f"g{n % 7}")
                      for n in range(start, start + 1000)],
                     **{"import": "june"})
    client.batch([report(f"j{n}") for n in range(10)], **{"import": "july"})
    client.submit(report("i5", mode="smoke", group="g5"))
    client.call("report.withdraw", {"id": "i6", "reason": "alone"})
    equal(client.call("server.stats", {})["reports"], 3010)
    gone = client.call("report.withdraw", {"import": "june", "reason": "test"})
    equal(gone["withdrawn"], 2999)
    equal(client.call("server.stats", {})["reports"], 11)
    again = client.call("report.withdraw",
                        {"import": "june", "reason": "twice"})
    equal(again["withdrawn"], 0)
    refused("not-found", client.call, "report.withdraw",
            {"import": "may", "reason": "no such"}, field="import")
    rows = client.rows("reports")
    equal(sum(not row["withdrawn"] for row in rows), 11)
    equal({row["import"] for row in rows if row["id"].startswith("j")},
          {"july"})


def get_tells_all(place):
    client = place.client(place.daemon(), organisation="ufc")
    first = client.submit(report("1", group="rennes"))
    held = client.call("report.get", {"id": "1"})
    equal(held["organisation"], "ufc")
    equal(held["source"], "ufc")
    equal(held["revision"], 1)
    equal(held["report"], report("1", group="rennes"))
    check(held["received"].startswith("2026-06-15T12:0"), held)
    equal(held["product"]["id"], first["product"]["id"])
    equal(held["group"]["id"], first["group"]["id"])


def withdrawn_keeps_its_last_contents(place):
    client = place.client(place.daemon())
    client.submit(report("1", mode="smoke"))
    client.submit(report("1", mode="sparks"))
    client.call("report.withdraw", {"id": "1", "reason": "test"})
    held = client.call("report.get", {"id": "1"})
    equal(held["report"]["failure"]["mode"], "sparks")


def lookup_tells_what_is_held(place):
    client = place.client(place.daemon())
    seq = client.submit(report("1"))["seq"]
    client.submit(report("2"))
    client.call("report.withdraw", {"id": "2", "reason": "gone"})
    answer = client.call("report.lookup", {"ids": ["3", "1", "2", "1"]})
    items = answer["items"]
    equal([item["id"] for item in items], ["3", "1", "2", "1"])
    equal([item["known"] for item in items][:2], [False, True])
    equal(items[1]["seq"], seq)
    equal(items[1]["withdrawn"], False)
    equal(items[2]["withdrawn"], True)
    equal(items[1]["revision"], 1)


def secrets_do_not_come_back(place):
    daemon = place.daemon()
    client = place.client(daemon)
    secret = report("1", reporter="Jeanne Dupont", text="Elle a pris feu.")
    secret["product"]["serial"] = "SN-4711"
    client.submit(secret)
    held = client.call("report.get", {"id": "1"})
    check("reporter" not in held["report"], held)
    check("serial" not in held["report"]["product"], held)
    for what in ("reports", "groups", "products", "timeseries"):
        data = client.export(what)[0].decode()
        for word in ("Jeanne", "4711", "pris feu"):
            check(word not in data, f"{word} stands in {what}")
    client.submit(dict(secret, id="2", consent={"publish": True}))
    data = client.export("reports")[0].decode()
    equal(data.count("pris feu"), 1)
    daemon.stop()
    for path in daemon.dir.rglob("*"):
        if not path.is_file():
            continue
        data = path.read_bytes()
        check(b"Jeanne" not in data, f"a reporter stands in {path.name}")
        check(b"4711" not in data, f"a serial stands in {path.name}")
    for path in (daemon.dir / "db").iterdir():
        check(b"pris feu" not in path.read_bytes(), "text stands in LMDB")


def dry_run_keeps_nothing(place):
    client = place.client(place.daemon())
    answer = client.submit(report("1"), dry_run=True)
    equal(answer["status"], "new")
    equal(client.call("server.stats", {})["reports"], 0)
    answer = client.batch([report("1"), {"id": "2"}], dry_run=True)
    equal([item["status"] for item in answer["items"]], ["new", "rejected"])
    equal(client.submit(report("1"))["status"], "new")
    equal(client.submit(report("1"), dry_run=True)["status"], "known")
    equal(client.submit(report("1", mode="smoke"), dry_run=True)["status"],
          "amended")
    equal(client.call("report.get", {"id": "1"})["revision"], 1)


def explains_when_asked(place):
    client = place.client(place.daemon())
    check("explain" not in client.submit(report("1")), "not asked for")
    answer = client.submit(report("2"), explain=True)
    equal(answer["explain"]["category"], "kettle")
    equal(answer["explain"]["level"], "model")
    check(answer["explain"]["keys"], answer)


run(answers_with_what_is_known, same_report_is_known,
    key_is_organisation_source_and_id, other_contents_amend,
    amend_moves_between_groups, amend_needs_something_held,
    amend_finds_its_source, going_back_takes_an_amendment, withdrawn_counts_nowhere,
    resent_after_withdrawal_is_new, import_is_withdrawn_whole,
    get_tells_all, withdrawn_keeps_its_last_contents,
    lookup_tells_what_is_held, secrets_do_not_come_back,
    dry_run_keeps_nothing, explains_when_asked)
