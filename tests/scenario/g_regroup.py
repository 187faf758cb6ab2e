"""Other rules of identity: what would move, moving it, and being stopped."""
import json
import threading
import time

from tocsin_client import Closed, RpcError
from tocsin_import import tocsin
from tocsin_reports import fire, report
from tocsin_test import SOURCE, check, equal, refused, run, slowness, until

WHY = {"reason": "checked on the type plate", "author": "desk"}
MODELS = 40


def rules(place, *words):
    """A setting: these words mean unknown, besides the built-in ones."""
    text = (SOURCE / "etc" / "unknown.yaml").read_text(encoding="utf-8")
    path = place.file(f"unknown-{len(words)}.yaml",
                      text + "".join(f"- {word}\n" for word in words))
    return [f"vocabulary.unknown={path}"]


def mixed():
    """Reports of which half change their product with the words below."""
    made = []
    for n in range(60):
        made.append(report(f"a{n}", brand="Acme", model=f"K {n % 5}00",
                           group=f"g{n % 7}"))
        made.append(report(f"m{n}", model=f"BY {n % 4}12",
                           group=f"g{n % 5}", mode=("smoke", "leak")[n % 2]))
    made.append(report("brand", brand="Acme", model=None, group="x"))
    made.append(report("plain", brand=None, model=None, group="y"))
    for n, brand in enumerate(("Acme", "Tefal", None)):
        made.append(report(f"code{n}", brand=brand, model=None, group="z"))
        made[-1]["product"]["gtin"] = "3045386369737"
    return made


WORDS = ("Acme", "BY 312")


def warned(daemon):
    until(lambda: "identity-rules-changed" in daemon.log(), "it is said")


def submit(client, reports):
    for at in range(0, len(reports), 500):
        for item in client.batch(reports[at:at + 500])["items"]:
            equal(item["status"], "new")


def state(client):
    """Every group that counts anything, by what it is of and not by number."""
    groups, after = [], ""
    while True:
        page = client.call("groups.list", {"max": 1000, "after": after})
        groups += page["groups"]
        if not page["more"]:
            break
        after = page["after"]
    return sorted((group["product"]["name"]
                   if group["product"]["level"] != "category" else "",
                   group["product"]["level"], group["mode"],
                   sorted(group["counts"].items()))
                  for group in groups if group["counts"]["reports"])


def fresh_state(place, name, reports, settings):
    """Of a store that has had these rules from the beginning."""
    daemon = place.daemon(name, settings=settings)
    client = place.client(daemon)
    submit(client, reports)
    found = state(client)
    daemon.stop()
    return found


def regroup(client, **options):
    return client.call("products.regroup", options, timeout=120)


def totals(answer):
    return {key: answer[key] for key in ("read", "moved", "gained", "emptied",
                                         "groups")}


def recounted(client, exported, seq):
    """Groups exported at seq, counted again from the log: the same bytes."""
    client.submit(report(f"after {seq}", brand="Later", model="L 100"))
    equal(client.export("groups", at=seq)[0], exported)
    client.call("report.withdraw", {"id": f"after {seq}", "reason": "x"})


def a_dry_run_says_what_applying_does(place):
    daemon = place.daemon()
    client = place.client(daemon)
    submit(client, mixed())
    before = state(client)
    nothing = regroup(client, dry_run=True)
    equal(totals(nothing), {"read": 125, "moved": 0, "gained": 0,
                            "emptied": 0, "groups": 0})
    check("identity-rules-changed" not in daemon.log(), daemon.log())
    daemon.restart(settings=rules(place, *WORDS))
    until(lambda: "tocsin products regroup --dry-run shows" in daemon.log(),
          "the log says it")
    client = place.client(daemon)
    dry = regroup(client, dry_run=True, max=1000)
    equal(state(client), before)
    # 60 Acme K, 15 BY 312, Acme alone, and the Tefal whose code was Acme's.
    equal((dry["read"], dry["moved"], dry["gained"]), (125, 77, 1))
    check(dry["dry_run"] and not dry["more"], dry)
    equal(sum(move["reports"] for move in dry["moves"]), 77)
    new = [move for move in dry["moves"] if "id" not in move["to"]]
    equal({move["to"]["name"] for move in new}, {"Moulinex Kettle"})
    equal({move["from"]["name"] for move in new}, {"Moulinex BY 312"})
    equal(new[0]["example"], "m3")
    seq = client.call("server.stats", {})["seq"]
    exported = client.export("groups", at=seq)[0]
    done = regroup(client, max=1000)
    equal(totals(done), totals(dry))
    check(not done["dry_run"], done)
    after = state(client)
    check(after != before, "something moved")
    equal(after, fresh_state(place, "fresh", mixed(), daemon.settings))
    equal(client.export("groups", at=seq)[0], exported)
    now = client.call("server.stats", {})["seq"]
    current = client.export("groups")[0]
    equal(client.export("groups", at=now)[0], current)
    again = regroup(client)
    equal((again["read"], again["moved"], again["groups"]), (125, 0, 0))
    recounted(client, current, now)
    daemon.restart()
    check("identity-rules-changed" not in daemon.log(), daemon.log())
    daemon.restart(settings=[])
    warned(daemon)
    client = place.client(daemon)
    back = regroup(client)
    # The code's product has lost its brand, and keeps the Tefal.
    equal((back["moved"], back["gained"]), (76, 0))

    def without_code(groups):
        return [group for group in groups if group[0].lower() not in (
            "acme kettle", "tefal kettle", "kettle")]
    equal(without_code(state(client)), without_code(before))


def other_rules_in_between_are_remembered(place):
    daemon = place.daemon()
    client = place.client(daemon)
    client.submit(report("1", brand="Acme", model="K 100"))
    daemon.restart(settings=rules(place, "Acme"))
    client = place.client(daemon)
    client.submit(report("2", brand="Acme", model="K 100"))
    daemon.restart(settings=[])
    warned(daemon)
    client = place.client(daemon)
    equal(regroup(client)["moved"], 1)
    equal([found[3] for found in state(client)],
          [[("cases", 2), ("organisations", 1), ("reports", 2),
            ("sources", 1)]])
    daemon.restart()
    check("identity-rules-changed" not in daemon.log(), daemon.log())


def contents_are_found_behind_it(place):
    daemon = place.daemon()
    client = place.client(daemon)
    text = "It stopped."
    for name in ("kept", "amended", "gone", "back"):
        client.submit(report(name, brand="Acme", model="K 100", text=text))
    client.call("report.withdraw", {"id": "back", "reason": "x"})
    daemon.restart(settings=rules(place, "Acme"))
    client = place.client(daemon)
    equal(regroup(client)["moved"], 3)
    held = client.call("report.get", {"id": "kept"})
    equal((held["report"]["text"], held["revision"]), (text, 1))
    equal(held["product"]["level"], "category")
    check(held["seq"] > held["first_seq"], held)
    client.call("report.withdraw", {"id": "gone", "reason": "x"})
    held = client.call("report.get", {"id": "gone"})
    equal((held["report"]["text"], held["withdrawn"]), (text, True))
    equal(client.submit(report("kept", brand="Acme", model="K 100",
                               text=text))["status"], "known")
    for name, revision in (("amended", 2), ("gone", 3), ("back", 3)):
        client.submit(report(name, brand="Acme", model="K 100",
                             text="It burnt."))
        held = client.call("report.get", {"id": name})
        equal((held["report"]["text"], held["revision"]),
              ("It burnt.", revision))
    rows = {row["id"]: row for row in client.rows("reports")}
    equal(sorted(rows), ["amended", "back", "gone", "kept"])
    equal({row["level"] for row in rows.values()}, {"category"})
    equal({row["brand"] for row in rows.values()}, {"Acme"})
    daemon.restart(settings=[])
    client = place.client(daemon)
    equal(regroup(client)["moved"], 4)
    equal(client.call("report.get", {"id": "kept"})["report"]["text"], text)
    equal({row["product_id"] for row in client.rows("reports")},
          {client.call("report.get", {"id": "gone"})["product"]["id"]})


def curators_are_not_undone(place):
    daemon = place.daemon()
    client = place.client(daemon)
    one = client.submit(report("1", model="BY 612"))["product"]["id"]
    other = client.submit(report("2", model="BY 613"))["product"]["id"]
    client.submit(report("3", brand="Zorax", model="BY612"))
    client.call("products.merge", dict(WHY, id=other, into=one))
    client.call("products.alias", dict(WHY, id=one, brand="Zorax",
                                       model="BY 700"))
    client.submit(report("4", brand="Zorax", model="BY 700"))
    daemon.restart(settings=rules(place, "BY 613"))
    client = place.client(daemon)
    answer = regroup(client)
    equal(answer["moved"], 1)
    equal(answer["moves"][0]["from"]["id"], other)
    equal(client.call("products.get", {"id": other})["product"]["id"], one)
    equal(client.call("products.get", {"id": one})["counts"]["reports"], 2)
    held = client.call("report.get", {"id": "4"})
    equal(held["product"]["id"], one)
    daemon.restart(settings=[])
    client = place.client(daemon)
    equal(regroup(client)["moved"], 1)
    equal(client.call("products.get", {"id": one})["counts"]["reports"], 3)


def merged_products_and_cases_keep_their_counts(place):
    """Sources overlap between members, and some reports are of one event."""
    daemon = place.daemon()
    client = place.client(daemon)
    made = []
    for n in range(120):
        made.append(report(f"r{n}", brand=("Acme", "Moulinex")[n % 2],
                           model=f"W {n % 6}00", group=f"g{n % 4}",
                           mode=("smoke", "leak")[n // 6 % 2]))
    submit(client, made)
    words = "The lid came off while it was boiling and it burnt my left hand."
    for name, group in (("one", "g1"), ("two", "g2")):
        twin = report(name, brand="Acme", model="W 000", group=group,
                      mode="leak", occurred="2026-06-03", text=words)
        twin["product"]["serial"] = "SN-7700123-B"
        client.submit(twin)
    ids = {model: client.call("products.get", {
        "brand": brand, "model": model})["product"]["id"]
        for model, brand in (("W 000", "Acme"), ("W 100", "Moulinex"),
                             ("W 200", "Acme"), ("W 300", "Moulinex"))}
    for model in ("W 100", "W 200", "W 300"):
        client.call("products.merge", dict(WHY, id=ids[model],
                                           into=ids["W 000"]))
    before = client.call("products.get", {"id": ids["W 000"]})["counts"]
    equal((before["reports"], before["cases"], before["sources"]),
          (82, 81, 4))
    for turn in range(2):
        daemon.restart(settings=rules(place, "W 200", "W 300"))
        client = place.client(daemon)
        equal(regroup(client)["moved"], 40)
        found = client.call("products.get", {"id": ids["W 000"]})["counts"]
        equal((found["reports"], found["cases"], found["sources"]),
              (42, 41, 4))
        seq = client.call("server.stats", {})["seq"]
        recounted(client, client.export("groups")[0], seq)
        daemon.restart(settings=rules(place, "Acme"))
        client = place.client(daemon)
        regroup(client)
        found = client.call("products.get", {"id": ids["W 000"]})["counts"]
        equal((found["reports"], found["cases"]), (40, 40))
        held = client.call("report.get", {"id": "one"})
        equal(held["product"]["level"], "category")
        if turn == 0:
            daemon.kill()
        daemon.restart(settings=[])
        client = place.client(daemon)
        regroup(client)
        found = client.call("products.get", {"id": ids["W 000"]})["counts"]
        equal(found, before)
        seq = client.call("server.stats", {})["seq"]
        recounted(client, client.export("groups")[0], seq)


def alerts_follow_their_evidence(place):
    daemon = place.daemon()
    client = place.client(daemon)
    for group in ("a", "b"):
        client.submit(fire(f"moves{group}", group))
        made = fire(f"stays{group}", group)
        made["product"]["model"] = "BY 700"
        client.submit(made)
    raised = {event["alert"]["product"]["name"]: event["alert"]["id"]
              for event in client.fetch_all()[0]}
    equal(len(raised), 2)
    daemon.restart(settings=rules(place, "BY 612"))
    client = place.client(daemon)
    regroup(client)
    events = client.fetch_all()[0][2:]
    gone = raised["Moulinex BY 612"]
    equal([(event["change"], event["alert"]["state"],
            event["alert"]["replaces"]) for event in events],
          [("withdrawn", "withdrawn", []), ("raised", "open", [gone])])
    equal(events[0]["alert"]["id"], gone)
    equal(events[1]["alert"]["counts"]["reports"], 2)
    equal(client.call("server.stats", {})["alerts_open"], 2)
    regroup(client)
    equal(len(client.fetch_all()[0]), 4)


def many(count):
    return [report(f"n{n}", brand=("Acme", "Moulinex")[n % 2],
                   model=f"T {n % MODELS}00", group=f"g{n % 30}",
                   mode=("smoke", "leak", "overheating")[n % 3])
            for n in range(count)]


def moved_so_far(client):
    return client.call("server.stats", {})["metrics"]["reports_regrouped"]


def ask_aside(place, daemon):
    """Regroup in a thread of its own; what it was answered."""
    answers = []

    def ask():
        client = place.client(daemon)
        try:
            answers.append(regroup(client))
        except (Closed, OSError, RpcError) as error:
            answers.append(error)
    thread = threading.Thread(target=ask)
    thread.start()
    return thread, answers


def ingest_goes_on(place):
    count = 30000
    daemon = place.daemon()
    submit(place.client(daemon), many(count))
    daemon.restart(settings=rules(place, "Acme"))
    client = place.client(daemon)
    thread, answers = ask_aside(place, daemon)
    until(lambda: moved_so_far(client), "something moves")
    waits, extra = [], []
    while thread.is_alive() or not waits:
        n = len(extra)
        extra.append(report(f"x{n}", brand="Acme", model=f"T {n % MODELS}00",
                            group=f"g{n % 30}"))
        begun = time.monotonic()
        equal(client.submit(extra[-1])["status"], "new")
        waits.append(time.monotonic() - begun)
        if n % 5 == 0:
            changed = many(count)[count - 2 - 2 * n]
            changed["failure"] = {"mode": "noise"}
            equal(client.submit(changed)["status"], "amended")
            extra.append(changed)
    thread.join()
    check(isinstance(answers[0], dict), answers[0])
    print(f"{len(waits)} reports during it, longest answer "
          f"{max(waits) * 1000:.0f} ms")
    check(max(waits) < 1 * slowness(), max(waits))
    held = {made["id"]: made for made in many(count) + extra}
    equal(state(client), fresh_state(place, "fresh", list(held.values()),
                                     daemon.settings))


def killed_in_the_middle_it_goes_on(place):
    count = 30000
    daemon = place.daemon()
    client = place.client(daemon)
    submit(client, many(count))
    before = state(client)
    settings = rules(place, "Acme")
    daemon.restart(settings=settings)
    expected = fresh_state(place, "fresh", many(count), settings)
    for turn in range(3):
        client = place.client(daemon)
        thread, _ = ask_aside(place, daemon)
        until(lambda: moved_so_far(client) > 200 * turn, "something moves")
        daemon.kill()
        thread.join()
        daemon.verify()
        daemon.start()
    until(lambda: "event=regrouped" in daemon.log(), "it goes on by itself",
          30)
    client = place.client(daemon)
    equal(state(client), expected)
    equal(regroup(client)["moved"], 0)
    # Given up in the middle, for the rules of before.
    daemon.restart(settings=[])
    client = place.client(daemon)
    thread, _ = ask_aside(place, daemon)
    until(lambda: moved_so_far(client) > 200, "something moves")
    daemon.kill()
    thread.join()
    daemon.settings = settings
    daemon.start()
    warned(daemon)
    client = place.client(daemon)
    regroup(client)
    equal(state(client), expected)
    daemon.restart(settings=[])
    client = place.client(daemon)
    regroup(client)
    equal(state(client), before)


def one_at_a_time(place):
    client = place.client(place.daemon())
    submit(client, many(500))
    calls = [client.send("products.regroup", {"dry_run": True})
             for _ in range(2)]
    error = refused("busy", client.result, calls[1])
    check("under way" in error.text, error)
    equal(client.result(calls[0])["read"], 500)


def from_the_shell(place):
    daemon = place.daemon()
    submit(place.client(daemon), mixed())
    daemon.restart(settings=rules(place, *WORDS))
    unsure = tocsin(place, daemon, "products", "regroup")
    equal(unsure.returncode, 2)
    check(b"--dry-run" in unsure.stderr, unsure.stderr)
    dry = tocsin(place, daemon, "products", "regroup", "--dry-run",
                 "--limit", "3")
    equal(dry.returncode, 0, dry.stderr)
    check(b"nothing was moved" in dry.stdout, dry.stdout)
    done = tocsin(place, daemon, "products", "regroup", "--yes", "--json")
    equal(done.returncode, 0, done.stderr)
    equal(json.loads(done.stdout)["moved"], 77)


if __name__ == "__main__":
    run(a_dry_run_says_what_applying_does,
        other_rules_in_between_are_remembered, contents_are_found_behind_it,
        curators_are_not_undone, alerts_follow_their_evidence,
        merged_products_and_cases_keep_their_counts,
        ingest_goes_on, killed_in_the_middle_it_goes_on, one_at_a_time,
        from_the_shell,
        seconds=120)
