"""How a source gives its ids: declared, kept, and what follows from it."""
from tocsin_reports import report
from tocsin_test import check, equal, refused, run


def declare(client, ids, **more):
    return client.call("sources.declare",
                       {"source": "register", "ids": ids, **more})


def row(name, text="leaks", group="north", category="kettle", **fields):
    return report(name, source="register", group=group, category=category,
                  text=text, **fields)


def send(client, label, rows, ids="epoch", **more):
    """Statuses of a release's rows."""
    answer = client.batch(rows, ids=ids, **{"import": label}, **more)
    return [item["status"] for item in answer["items"]]


def held(client, name):
    return client.call("report.get", {"source": "register", "id": name})


def is_declared_and_listed(place):
    daemon = place.daemon()
    client = place.client(daemon, organisation="one")
    equal(client.call("sources.list", {}), {"sources": []})
    told = declare(client, "stable")
    equal(told, {"source": "register", "ids": "stable", "held": False})
    told = declare(client, "stable")
    equal((told["ids"], told["was"]), ("stable", "stable"))
    refused("conflict", declare, client, "snapshot", field="ids",
            text="declared stable")
    equal(declare(client, "snapshot", change=True, dry_run=True)["ids"],
          "snapshot")
    told = client.call("sources.declare", {"source": "register"})
    equal(told["ids"], "stable", "a dry run declares nothing")
    equal(declare(client, "snapshot", change=True)["was"], "stable")
    client.call("sources.declare", {"ids": "epoch", "import": "2025"})
    told = client.call("sources.list", {})["sources"]
    equal([(one["source"], one["ids"], one.get("release"), one.get("import"))
           for one in told],
          [("register", "snapshot", None, None), ("one", "epoch", 1, "2025")])
    check(told[0]["since"].endswith("Z"), told)
    other = place.client(daemon, organisation="two")
    equal(other.call("sources.list", {}), {"sources": []})
    daemon.kill()
    daemon.start()
    client = place.client(daemon, organisation="one")
    equal(client.call("sources.list", {})["sources"], told, "kept")


def refuses_what_makes_no_sense(place):
    client = place.client(place.daemon())
    refused("invalid", client.call, "sources.declare", {"ids": "loose"},
            field="ids")
    refused("invalid", client.call, "sources.declare", {"ids": "epoch"},
            field="import")
    refused("invalid", client.call, "report.submit_batch",
            {"reports": [report("1")], "ids": "loose"}, field="ids")
    refused("not-found", client.call, "report.submit_batch",
            {"reports": [report("1")], "snapshot": "x"}, field="snapshot")
    refused("not-found", client.call, "import.finish",
            {"snapshot": "x", "rows": 0}, field="snapshot")
    declare(client, "epoch", **{"import": "2024"})
    refused("conflict", client.call, "sources.declare",
            {"source": "register", "ids": "stable", "change": True},
            field="ids")


def an_epoch_has_ids_of_its_own(place):
    """The same id in another release is another report."""
    client = place.client(place.daemon())
    equal(send(client, "2024", [row("1")]), ["rejected"],
          "a release is begun first")
    equal(declare(client, "epoch", **{"import": "2024"}),
          {"source": "register", "ids": "epoch", "held": False, "release": 1,
           "begun": True})
    equal(send(client, "2024", [row("1", "leaks"), row("2", "smokes")]),
          ["new", "new"])
    equal(send(client, "2024", [row("1", "Leaks."), row("2", "smokes")]),
          ["known", "known"])
    first = held(client, "1")["first_seq"]
    again = declare(client, "epoch", **{"import": "2024"})
    equal((again["release"], again["begun"]), (1, False))
    answer = client.batch([row("2", "rattles")], ids="epoch",
                          **{"import": "2024"})
    check("another report of that id" in answer["items"][0]["error"], answer)
    equal(client.batch([row("2", "rattles")], ids="epoch", explain=True,
                       **{"import": "2024"}), answer,
          "what is rejected has nothing to explain")
    refused("conflict", client.submit, row("9"), field="origin.source")
    equal(declare(client, "epoch", **{"import": "2025"})["release"], 2)
    # 1 is now what 2 was; 2 is new; what 1 was is called 3.
    equal(send(client, "2025", [row("1", "smokes"), row("2", "rattles"),
                                row("3", "leaks")]),
          ["resubmitted", "new", "resubmitted"])
    equal(client.call("server.stats", {})["reports"], 3)
    equal(held(client, "3")["first_seq"], first)
    equal(held(client, "1")["report"]["text"], "smokes")
    equal(send(client, "2024", [row("1", "leaks")]), ["rejected"],
          "a later release has begun")
    # Sources beside it go on as they were.
    equal([client.submit(report("1", text=text))["status"]
           for text in ("a", "b", "a")], ["new", "amended", "known"])
    mixed = [row("4", "hums"), report("2"), row("4", "hums"), report("2")]
    equal(send(client, "2025", mixed),
          ["new", "rejected", "known", "rejected"])
    equal([item["status"] for item in client.batch(mixed)["items"]],
          ["rejected", "new", "rejected", "known"])
    client.call("report.withdraw", {"import": "2025", "reason": "test"})
    client.call("report.withdraw", {"id": "1", "reason": "test"})
    client.call("report.withdraw", {"id": "2", "reason": "test"})
    equal(client.call("server.stats", {})["reports"], 2)
    # The old file under a new label: all of it is there already.
    declare(client, "epoch", **{"import": "2024 again"})
    equal(send(client, "2024 again", [row("1", "leaks"), row("2", "smokes")]),
          ["resubmitted", "resubmitted"])
    equal(client.call("server.stats", {})["reports"], 2)


def the_new_id_names_it(place):
    """Amended, looked up and withdrawn by what the source calls it now."""
    client = place.client(place.daemon())
    declare(client, "epoch", **{"import": "a"})
    send(client, "a", [row("1", "leaks"), row("2", "smokes")])
    declare(client, "epoch", **{"import": "b"})
    send(client, "b", [row("7", "leaks"), row("1", "smokes")])
    told = client.call("report.amend", {
        "source": "register", "id": "7", "report": row("7", "leaks a lot")})
    equal(told["status"], "amended")
    equal(held(client, "7")["report"]["text"], "leaks a lot")
    equal(held(client, "7")["revision"], 2)
    equal(held(client, "1")["report"]["text"], "smokes")
    # What the release says again does not undo the amendment.
    equal(send(client, "b", [row("7", "leaks")]), ["known"])
    equal(client.call("report.withdraw", {
        "source": "register", "id": "1", "reason": "no"})["withdrawn"], 1)
    items = client.call("report.lookup", {
        "source": "register", "ids": ["1", "7", "9"], "contents": True})
    equal([one["known"] for one in items["items"]], [True, True, False])
    equal(items["items"][0]["withdrawn"], True)
    equal(items["items"][1]["brand"], "Moulinex")
    equal(items["items"][1]["occurred"], "2026-06")
    equal(client.call("server.stats", {})["reports"], 1)
    declare(client, "epoch", **{"import": "c"})
    equal(send(client, "c", [row("5", "smokes")]), ["new"],
          "a withdrawn one comes back")
    equal(client.call("server.stats", {})["reports"], 2)


def equal_rows_are_different_objects(place):
    """The k-th lamp of the new release is the k-th of the old."""
    client = place.client(place.daemon())
    count = 200  # more than a row of the index holds
    declare(client, "epoch", **{"import": "a"})
    lamps = [row(f"l{i}", "", category="lamp") for i in range(count)]
    equal(set(send(client, "a", lamps + [row("k", "", category="kettle")])),
          {"new"})
    declare(client, "epoch", **{"import": "b"})
    more = [row(f"m{i}", "", category="lamp") for i in range(count)]
    got = send(client, "b", [row("k2", "", category="kettle")] + more +
               [row("m-more", "", category="lamp")])
    equal((got.count("resubmitted"), got.count("new")), (count + 1, 1))
    equal(held(client, "k2")["report"]["product"]["category"], "kettle")
    equal(client.call("server.stats", {})["reports"], count + 2)
    equal(set(send(client, "b", more)), {"known"})
    declare(client, "epoch", **{"import": "c"})
    got = send(client, "c", more[:50])
    equal(set(got), {"resubmitted"})
    equal(client.call("server.stats", {})["reports"], count + 2)


def a_renamed_category_is_an_amendment(place):
    client = place.client(place.daemon())
    declare(client, "epoch", **{"import": "a"})
    send(client, "a", [row("1", partner_product_category="Kitchen ~ Kettle")])
    declare(client, "epoch", **{"import": "b"})
    renamed = row("8", group="north (new)", category="toaster",
                  partner_product_category="Food ~ Toaster")
    equal(send(client, "b", [renamed], dry_run=True), ["resubmitted"])
    equal(send(client, "b", [renamed]), ["resubmitted"])
    now = held(client, "8")
    equal((now["revision"], now["report"]["product"]["category"]),
          (2, "toaster"))
    equal(client.call("server.stats", {})["reports"], 1)
    # The first release again: its contents are an earlier revision's.
    declare(client, "epoch", **{"import": "a2"})
    equal(send(client, "a2", [
        row("1", partner_product_category="Kitchen ~ Kettle")]),
          ["resubmitted"])
    equal(held(client, "1")["report"]["product"]["category"], "toaster")


def reports_held_as_stable_are_taken_over(place):
    daemon = place.daemon()
    client = place.client(daemon)
    many = [row(f"{i}", f"text {i}") for i in range(1200)]
    for at in range(0, 1200, 600):
        client.batch(many[at:at + 600])
    client.submit(row("5", "told anew"))
    told = declare(client, "epoch", **{"import": "b"})
    equal((told["held"], told["begun"]), (True, True))
    equal(client.call("server.stats", {})["reports"], 1200)
    got = send(client, "b", [row(f"x{i}", f"text {i}") for i in range(600)])
    equal((got.count("resubmitted"), got.count("new")), (599, 1))
    equal(send(client, "b", [row("told", "told anew")]), ["resubmitted"])
    daemon.kill()
    daemon.start()
    client = place.client(daemon)
    equal(send(client, "b", [row("y", "text 700")]), ["resubmitted"])


def snapshot(client, rows, **more):
    """Tell the whole; import.finish's answer."""
    name = client.call("import.begin", {})["snapshot"]
    taken = 0
    for at in range(0, len(rows), 500):
        answer = client.batch(rows[at:at + 500], ids="snapshot",
                              snapshot=name)
        taken += sum(item["status"] != "rejected"
                     for item in answer["items"])
    return client.call("import.finish",
                       {"snapshot": name, "rows": taken, **more})


def a_snapshot_withdraws_what_it_misses(place):
    client = place.client(place.daemon())
    declare(client, "snapshot")
    rows = [row(f"{i}") for i in range(100)]
    equal(snapshot(client, rows),
          {"live": 0, "missing": 0, "withdrawn": 0, "held_back": False,
           "seq": 0})
    client.submit(report("another source's"))
    name = client.call("import.begin", {})["snapshot"]
    client.batch(rows[:95], ids="snapshot", snapshot=name)
    client.submit(row("meanwhile"))
    finish = {"snapshot": name, "rows": 95}
    told = client.call("import.finish", {**finish, "dry_run": True})
    equal((told["live"], told["missing"], told["withdrawn"]), (100, 5, 0))
    refused("conflict", client.call, "import.finish",
            {**finish, "rows": 94}, field="rows")
    told = client.call("import.finish", {**finish, "max_share": 4})
    equal((told["held_back"], told["withdrawn"]), (True, 0))
    equal(client.call("server.stats", {})["reports"], 102)
    told = client.call("import.finish", {**finish, "reason": "sold"})
    equal((told["missing"], told["withdrawn"]), (5, 5))
    check(told["seq"] > 0, told)
    equal(client.call("server.stats", {})["reports"], 97)
    refused("not-found", client.call, "import.finish", finish)
    equal(held(client, "99")["withdrawn"], True)
    equal(held(client, "meanwhile")["withdrawn"], False)


def a_snapshot_must_be_whole(place):
    daemon = place.daemon()
    client = place.client(daemon)
    rows = [row(f"{i}") for i in range(20)]
    client.batch(rows)
    name = client.call("import.begin", {})["snapshot"]
    client.batch(rows[:19] + [row("bad", occurred="1/2/2026")],
                 ids="snapshot", snapshot=name)
    refused("conflict", client.call, "import.finish",
            {"snapshot": name, "rows": 19}, field="snapshot")
    told = client.call("import.finish",
                       {"snapshot": name, "rows": 19, "dry_run": True})
    equal(told["missing"], 1)
    name = client.call("import.begin", {})["snapshot"]
    client.batch(rows[:19], ids="snapshot", snapshot=name)
    refused("conflict", client.call, "import.finish",
            {"snapshot": name, "rows": 19}, field="snapshot")
    declare(client, "snapshot", change=True)
    stranger = place.client(daemon, organisation="two")
    refused("not-found", stranger.call, "import.finish",
            {"snapshot": name, "rows": 19})
    equal(client.call("import.finish",
                      {"snapshot": name, "rows": 19})["withdrawn"], 1)
    names = [client.call("import.begin", {})["snapshot"] for _ in range(15)]
    equal(len(set(names)), 15)
    refused("busy", client.call, "import.begin", {})


def killed_while_it_withdraws(place):
    """What was not withdrawn yet is, when the whole is told again."""
    daemon = place.daemon()
    client = place.client(daemon)
    declare(client, "snapshot")
    rows = [row(f"{i}") for i in range(6000)]
    snapshot(client, rows)
    name = client.call("import.begin", {})["snapshot"]
    client.batch(rows[:1000], ids="snapshot", snapshot=name)
    client.send("import.finish", {"snapshot": name, "rows": 1000,
                                  "max_share": 100})
    other = place.client(daemon)
    while other.call("server.stats", {})["reports"] == 6000:
        pass
    daemon.kill()
    daemon.start()
    client = place.client(daemon)
    left = client.call("server.stats", {})["reports"]
    check(1000 <= left < 6000, left)
    print(f"{6000 - left} of 5000 were withdrawn when it was killed")
    told = snapshot(client, rows[:1000], max_share=100)
    equal((told["live"], told["withdrawn"]), (left, left - 1000))
    equal(client.call("server.stats", {})["reports"], 1000)


run(is_declared_and_listed, refuses_what_makes_no_sense,
    an_epoch_has_ids_of_its_own, the_new_id_names_it,
    equal_rows_are_different_objects, a_renamed_category_is_an_amendment,
    reports_held_as_stable_are_taken_over,
    a_snapshot_withdraws_what_it_misses, a_snapshot_must_be_whole,
    killed_while_it_withdraws)
