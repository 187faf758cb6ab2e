"""Privacy: what leads to a person is taken out before anything is kept, and
small counts are kept from the public."""
import pathlib
import random

from tocsin_reports import report
from tocsin_test import check, equal, refused, run

MAIL = "jane.doe@mail.example.org"
PHONE = "0170 7654321"
VIN = "1M8GDM9AXKP042788"
SECRETS = (MAIL, PHONE, VIN, "Jane Doe", "Rosenweg 3")


def told(answer, code):
    return {one["field"]: one["text"] for one in answer["problems"]
            if one["code"] == code}


def planted(name, **fields):
    fields.setdefault("text", f"It smoked. Call {PHONE} or {MAIL}; {VIN}.")
    return report(name, **fields)


def texts_are_redacted(place):
    client = place.client(place.daemon())
    answer = client.submit(planted("1", outcome={"status": f"ask {MAIL}"}))
    equal(answer["status"], "new")
    found = told(answer, "redacted")
    equal(sorted(found), ["outcome.status", "text"])
    check("3" in found["text"] and "1" in found["outcome.status"], found)
    held = client.call("report.get", {"id": "1"})["report"]
    equal(held["text"], "It smoked. Call [phone] or [e-mail]; [vin].")
    equal(held["outcome"], {"status": "ask [e-mail]"})
    counts = client.call("server.stats", {})["metrics"]
    equal([counts[name] for name in
           ("emails_redacted", "phones_redacted", "vins_redacted")], [2, 1, 1])


def what_names_the_thing_is_kept(place):
    client = place.client(place.daemon())
    text = ("Model 0601947134, 220-240 V, bought 2019-02-11 for 1 299,00 "
            "euro; EAN 4006381333931.")
    answer = client.submit(report("1", text=text, extra={"size": "12 x 40"}))
    equal(answer["problems"], [])
    held = client.call("report.get", {"id": "1"})["report"]
    equal((held["text"], held["extra"]), (text, {"size": "12 x 40"}))


def keys_of_persons_are_dropped(place):
    client = place.client(place.daemon())
    answer = client.submit(report(
        "1", customer="Jane Doe", shop={"name": "Bolt", "E-Mail": MAIL},
        note=["ring", PHONE]))
    dropped = told(answer, "dropped")
    equal(list(dropped), ["extra"])
    check("no field for" in dropped["extra"], dropped)
    held = client.call("report.get", {"id": "1"})["report"]
    check("customer" not in held, held)
    equal(held["shop"], {"name": "Bolt"})
    equal(held["note"], ["ring", "[phone]"])


def resent_is_known(place):
    client = place.client(place.daemon())
    first = client.submit(planted("1"))
    again = client.submit(planted("1"))
    equal((again["status"], again["seq"]), ("known", first["seq"]))
    client.submit(report("2", text="nothing"))
    amended = client.call("report.amend", {
        "id": "2", "report": planted("2"), "reason": f"she wrote from {MAIL}"})
    equal(amended["status"], "amended")
    held = client.call("report.get", {"id": "2"})["report"]
    equal(held["amend_reason"], "she wrote from [e-mail]")


def batches_tell_how_much(place):
    client = place.client(place.daemon())
    answer = client.call("report.submit_batch", {
        "reports": [report("1"), planted("2"), {"id": "3"}]})
    equal([item.get("redacted") for item in answer["items"]], [None, 3, None])
    equal(answer["counts"], {"new": 2, "rejected": 1})


def long_texts_are_still_taken(place):
    client = place.client(place.daemon())
    text = "a@b.co " * (8192 // 7)
    equal(client.submit(report("1", text=text))["status"], "new")
    held = client.call("report.get", {"id": "1"})["report"]["text"]
    check(len(held) <= 8192 and "@" not in held, held[-40:])
    name = "x " * 97 + "a@b.co"
    made = report("2")
    made["product"]["name"] = name
    equal(client.submit(made)["status"], "new")
    held = client.call("report.get", {"id": "2"})["report"]["product"]["name"]
    check(len(held.encode()) <= 200 and "@" not in held, held)


def texts_are_private(place):
    """A text is its organisation's own, unless its reporter agreed to more."""
    daemon = place.daemon()
    ours = place.client(daemon, organisation="ours")
    other = place.client(daemon, organisation="other")
    ours.submit(report("1", text="It burnt."))
    ours.submit(report("2", text="It rang.", consent={"publish": True}))
    ours.call("report.amend", {
        "id": "1", "report": report("1", text="It burnt down."),
        "reason": "she wrote again"})

    def texts(client, **options):
        return {row["id"]: (row["text"], row["consent_publish"],
                            (row["extra"] or {}).get("amend_reason"))
                for row in client.rows("reports", **options)}

    hidden = {"1": (None, False, None), "2": ("It rang.", True, None)}
    equal(texts(other), hidden)
    equal(texts(other, own_texts=True), hidden)
    equal(texts(ours), hidden, "what is passed on holds none")
    equal(texts(ours, own_texts=True),
          {"1": ("It burnt down.", False, "she wrote again"),
           "2": ("It rang.", True, None)})
    refused("unsupported", ours.call, "export.open",
            {"what": "groups", "own_texts": True}, field="own_texts")
    for client, name, seen in ((ours, "1", True), (other, "1", False),
                               (other, "2", True)):
        held = client.call("report.get", {"organisation": "ours",
                                          "id": name})["report"]
        equal("text" in held, seen)
        equal("amend_reason" in held, seen and name == "1")
        traced = client.call("report.trace", {"organisation": "ours",
                                              "id": name})
        check("It " not in str(traced), traced)
    ours.call("report.withdraw", {"id": "2", "reason": "x"})
    equal(texts(ours, own_texts=True)["2"][0], None)


KEPT_BACK = "fewer than 3, or kept back beside such"
COUNTS = ("reports", "cases", "organisations", "severity_minor", "injured",
          "countries", "hazards", "received_first", "occurred_first")


def fill(client, brand, **modes):
    """So many reports of each mode, each from a branch of its own."""
    for mode, count in modes.items():
        for i in range(count):
            client.submit(report(f"{brand}-{mode}-{i}", brand=brand, mode=mode,
                                 group=f"{mode}-{i}", severity="minor",
                                 injured=1))


def public(client, what, **options):
    """What the public is told, by brand and mode: a count or None."""
    told_of = {}
    for row in client.rows(what, public=True, **options):
        if row["sources"] == KEPT_BACK:
            equal([row[name] for name in COUNTS], [None] * len(COUNTS))
        else:
            check(row["reports"] >= 3 and row["sources"] >= 3, row)
        equal(row["received_first"], None)
        told_of[row["brand"], row.get("mode")] = row["reports"]
    return told_of


def small_counts_are_kept_from_the_public(place):
    client = place.client(place.daemon())
    fill(client, "One", overheating=6, plug=1, cable=4)
    fill(client, "Two", overheating=2)
    fill(client, "Three", overheating=3, plug=3)
    fill(client, "Four", overheating=1, plug=1, cable=1)
    exact = {(row["brand"], row["mode"]): row["reports"]
             for row in client.rows("groups")}
    modes = public(client, "groups")
    products = public(client, "products")
    equal(sorted(modes), sorted(exact), "that there are reports is told")
    one = [modes["One", mode] for mode in ("overheating", "plug", "cable")]
    equal((products["One", None], one[1]), (11, None))
    equal(sorted(count is None for count in one), [False, True, True],
          "and one beside it")
    check(one[0] in (6, None) and one[2] in (4, None), one)
    equal((products["Two", None], modes["Two", "overheating"]), (None, None))
    equal((products["Three", None], modes["Three", "overheating"],
           modes["Three", "plug"]), (6, 3, 3))
    equal((products["Four", None], modes["Four", "cable"]), (None, None),
          "three of three could only be one each")
    equal(public(client, "groups"), modes, "always the same ones")
    harm = {row["brand"]: (row["severity_minor"], row["injured"])
            for row in client.rows("products", public=True)}
    equal((harm["One"], harm["Three"]), ((11, 11), (6, 6)))
    equal({row["severity_minor"] for row in
           client.rows("groups", public=True)}, {None})


def calls_tell_the_public_the_same(place):
    client = place.client(place.daemon())
    fill(client, "One", overheating=6, plug=1, cable=4)
    fill(client, "Two", overheating=7)
    exported = public(client, "groups")
    listed = client.call("groups.list", {"public": True})["groups"]
    equal(len(listed), 4)
    for group in listed:
        brand = group["product"]["brand"]
        told_of = exported[brand, group["mode"]]
        expected = ({"withheld": KEPT_BACK} if told_of is None else
                    {"reports": told_of, "cases": told_of, "sources": told_of,
                     "organisations": 1})
        equal(group["counts"], expected)
        one = client.call("groups.get", {
            "product": group["product"]["id"], "mode": group["mode"],
            "public": True})
        equal(one["counts"], expected)
        equal({key for key in ("severities", "injured", "received", "filed")
               if key in one}, set())
        equal("countries" in one, told_of is not None)
        product = client.call("products.get", {
            "id": group["product"]["id"], "public": True})
        check(product["counts"].get("reports") in (11, 7), product)
        equal({entry["mode"]: entry["counts"]
               for entry in product["groups"]}[group["mode"]], expected)
    whole = client.call("groups.get", {
        "product": listed[0]["product"]["id"], "public": True})
    equal((whole["injured"], whole["severities"]["minor"]), (11, 11))
    exact = client.call("groups.list", {})["groups"]
    check(all("reports" in group["counts"] for group in exact), exact)
    pages, after = [], ""
    while True:
        page = client.call("groups.list", {"public": True, "max": 1,
                                           "after": after})
        pages += page["groups"]
        if not page["more"]:
            break
        after = page["after"]
    equal(pages, listed)


def an_attacker_subtracts(place):
    """Many tables at random: each kept-back count can be 1, and can be 3."""
    rng = random.Random(6)
    client = place.client(place.daemon())
    tables = {f"Brand{i}": {mode: rng.randint(0, 5) for mode in
                            ("overheating", "plug", "cable", "intermittent")}
              for i in range(40)}
    for brand, modes in tables.items():
        fill(client, brand, **modes)
    groups = public(client, "groups")
    products = public(client, "products")
    attacked = 0
    for brand, modes in tables.items():
        hidden = [mode for mode, count in modes.items()
                  if count and groups[brand, mode] is None]
        for mode, count in modes.items():
            check(count >= 3 or not count or mode in hidden, (brand, mode))
        if not hidden or products[brand, None] is None:
            continue
        rest = products[brand, None] - sum(
            groups[brand, mode] for mode, count in modes.items()
            if count and mode not in hidden)
        check(len(hidden) >= 2 and rest >= 3 + len(hidden) - 1,
              (brand, modes, hidden))
        attacked += 1
    check(attacked >= 10, attacked)


def public_views_have_no_side_doors(place):
    client = place.client(place.daemon())
    client.submit(report("1"))
    for what in ("reports", "alerts", "timeseries", "evidence"):
        refused("unsupported", client.call, "export.open",
                {"what": what, "public": True}, field="public")
    refused("unsupported", client.call, "export.open",
            {"what": "groups", "public": True, "at": 1}, field="at")
    for kept in ({"country": ["FR"]}, {"severity_min": "minor"}):
        refused("unsupported", client.call, "export.open",
                {"what": "groups", "public": True, "filter": kept},
                field="filter")
    equal(public(client, "groups", filter={"brand": ["Moulinex"]}),
          {("moulinex", "overheating"): None})
    equal(public(client, "groups", filter={"brand": ["other"]}), {})


def nothing_of_it_is_on_disk(place):
    daemon = place.daemon()
    client = place.client(daemon)
    client.submit(planted("1", full_name="Jane Doe",
                          customer_address="Rosenweg 3"))
    client.call("report.submit_batch", {"reports": [planted("2")]})
    daemon.stop()
    searched = 0
    for path in pathlib.Path(daemon.dir).rglob("*"):
        if not path.is_file():
            continue
        bytes_of = path.read_bytes()
        searched += len(bytes_of)
        for secret in SECRETS:
            check(secret.encode() not in bytes_of, (path.name, secret))
    check(searched > 1000, searched)
    daemon.start()


run(texts_are_redacted, texts_are_private, what_names_the_thing_is_kept,
    keys_of_persons_are_dropped, resent_is_known, batches_tell_how_much,
    long_texts_are_still_taken, nothing_of_it_is_on_disk,
    small_counts_are_kept_from_the_public, calls_tell_the_public_the_same,
    an_attacker_subtracts, public_views_have_no_side_doors)
