"""Privacy: what leads to a person is taken out before anything is kept."""
import pathlib

from tocsin_reports import report
from tocsin_test import check, equal, run

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


run(texts_are_redacted, what_names_the_thing_is_kept,
    keys_of_persons_are_dropped, resent_is_known, batches_tell_how_much,
    long_texts_are_still_taken, nothing_of_it_is_on_disk)
