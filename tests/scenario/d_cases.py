"""Reports of one event: found, counted as one case, judged by people."""
import json
import collections
import random

from tocsin_client import RpcError
from tocsin_import import tocsin
from tocsin_reports import day, report
from tocsin_test import check, equal, refused, run

WHY = {"reason": "spoke to both", "author": "desk"}

STORY = ("The kettle switched itself on in the empty kitchen and boiled dry; "
         "the base was melted through when we came home, and the fuse of the "
         "whole flat had gone.")
RETOLD = ("We came home and the fuse of the whole flat had gone: the kettle "
          "switched itself on in the empty kitchen and boiled dry, its base "
          "melted through.")
OTHER = ("Lid spring broke off while pouring, hot water ran over the handle "
         "and the counter; nobody was hurt but the floor is stained.")


def story(name, text=STORY, days=3, **fields):
    """One that says enough to be compared."""
    fields.setdefault("occurred", day(days))
    fields.setdefault("filed", day(min(days, 1)))
    return report(name, text=text, **fields)


def clients(place, daemon, *names):
    return [place.client(daemon, organisation=name) for name in names]


def counts(answer):
    return {key: answer["counts"][key] for key in ("reports", "cases")}


def metrics(client):
    """Of looking for duplicates: pairs, reports linked, reports suspected."""
    held = client.call("server.stats", {})["metrics"]
    return [held[f"duplicates_{what}"]
            for what in ("compared", "linked", "suspected")]


def trace(client, **names):
    return client.call("report.trace", names)


def act(client, verb, **names):
    return client.call(f"duplicates.{verb}", dict(names, **WHY))


def unlawful(code, text, client, verb, **names):
    refused(code, client.call, f"duplicates.{verb}", dict(names, **WHY),
            text=text)


def retry_is_known(place):
    client = place.client(place.daemon())
    first = client.submit(story("1"))
    again = client.submit(story("1"))
    equal((first["status"], again["status"]), ("new", "known"))
    equal(again["seq"], first["seq"])
    equal(counts(again), {"reports": 1, "cases": 1})
    check("duplicate_of" not in again, again)


def follow_up_counts_one_case(place):
    client = place.client(place.daemon())
    client.submit(story("1", reporter="reporter-1", days=9, filed=day(8)))
    answer = client.submit(story("2", text=OTHER, reporter="reporter-1",
                                 days=9, filed=day(2)))
    equal(counts(answer), {"reports": 2, "cases": 1})
    equal(answer["duplicate_of"]["linked"], True)
    found = trace(client, id="2")
    equal(found["decided"]["rule"], "follow-up")
    equal([member["id"] for member in found["case"]["members"]], ["1", "2"])


def same_story_from_another_sender_links(place):
    daemon = place.daemon()
    one, other = clients(place, daemon, "ufc-rennes", "test-achats")
    first = one.submit(story("1"))
    answer = other.submit(story("x9", region="Bretagne"))
    equal(counts(answer), {"reports": 2, "cases": 1})
    twin = answer["duplicate_of"]
    equal((twin["seq"], twin["organisation"], twin["linked"]),
          (first["seq"], "ufc-rennes", True))
    check(twin["score"] >= .95, twin)
    check("id" not in twin, "another organisation's id is not told")
    found = trace(other, id="x9")
    equal([member.get("id") for member in found["case"]["members"]],
          [None, "x9"])
    equal(found["case"]["id"], first["seq"])
    equal(found["decided"]["joined"], first["seq"])
    best = found["compared"]["found"][0]
    equal(best["other"]["seq"], first["seq"])
    fields = {field["name"]: field for field in best["fields"]}
    equal(fields["text"]["outcome"], "agreed")
    check(abs(sum(field["bits"] for field in fields.values()) - best["bits"])
          < .1, "the bits of the fields are those of the whole", best)
    own = trace(one, id="1")
    equal([member.get("id") for member in own["case"]["members"]], ["1", None])


def retold_text_needs_agreement(place):
    daemon = place.daemon()
    one, other = clients(place, daemon, "ufc-rennes", "test-achats")
    one.submit(story("1"))
    equal(metrics(one), [0, 0, 0])
    answer = other.submit(story("2", text=RETOLD))
    equal(metrics(one), [1, 1, 0])
    equal(counts(answer), {"reports": 2, "cases": 1})
    answer = other.submit(story("3", text=OTHER))
    equal(counts(answer), {"reports": 3, "cases": 2})
    check(not answer.get("duplicate_of", {}).get("linked"), answer)
    equal(metrics(one)[:2], [3, 1])


def true_repeats_stay_apart(place):
    client = place.client(place.daemon())
    for number in range(3):
        answer = client.submit(report(
            f"lamp-{number}", brand="Ikea", model="L2034", category="lamp",
            mode="flickering", group="cafe-nord", occurred=day(2),
            filed=day(2), text="Lamp flickers, socket loose, we repaired it. "
            "Lamp flickers, the switch was cleaned."))
        equal(counts(answer), {"reports": number + 1, "cases": number + 1})


def sparse_rows_are_only_possible(place):
    client = place.client(place.daemon())
    for number in range(6):
        answer = client.submit(report(
            f"s{number}", brand=None, model=None, category="kettle",
            mode="overheating", occurred=day(3), group=f"g{number}"))
        equal(answer["counts"]["cases"], number + 1)
        check("duplicate_of" not in answer, answer)


RULES = """
rules:
  - name: two-cases
    per: product
    window: 28d
    cases: 2
"""


def alert_of(client):
    alerts = client.call("alerts.list", {})["alerts"]
    return alerts[0] if alerts else None


def alerts_say_cases(place):
    """A rule of cases rings when there are two, whoever says so."""
    rules = place.file("rules.yaml", RULES)
    daemon = place.daemon(settings=[f"rules.files={rules}"])
    senders = clients(place, daemon, "org-0", "org-1", "org-2", "org-3")
    for number in range(2):
        senders[number].submit(story(str(number)))
    equal(alert_of(senders[0]), None)
    out = act(senders[0], "unlink", id="0")
    alert = alert_of(senders[0])
    equal(alert["counts"], {"reports": 2, "cases": 2, "sources": 2,
                            "organisations": 2})
    equal(alert["cases_min"], 2)
    equal([entry["state"] for entry in out["alerts"]], ["open"])
    act(senders[0], "undo", act=out["act"])
    # Two that nobody can tell apart for sure: suspected, and counted.
    second = senders[2].submit(story("2", text=OTHER, severity="severe"))
    check(not second["duplicate_of"]["linked"], second)
    alert = alert_of(senders[0])
    equal((alert["counts"]["reports"], alert["counts"]["cases"],
           alert["cases_min"]), (3, 2, 1))
    pair = senders[0].call("duplicates.list", {})["pairs"][0]
    for other in ("0", "1"):
        act(senders[int(other)], "refuse", seq=pair["report"]["seq"],
            other_id=other)
    senders[3].submit(story("3", text=OTHER, severity="fatal"))
    alert = alert_of(senders[0])
    equal((alert["counts"]["reports"], alert["counts"]["cases"],
           alert["cases_min"]), (4, 2, 2))


def review_queue_and_verbs(place):
    daemon = place.daemon()
    one, other = clients(place, daemon, "ufc-rennes", "test-achats")
    pair = waiting_pair(one, other)
    equal(metrics(one), [1, 0, 1])
    trace(one, id="w1")
    equal(metrics(one), [1, 0, 1], "to look is not to take")
    queue = one.call("duplicates.list", {})
    equal(len(queue["pairs"]), 1)
    listed = queue["pairs"][0]
    equal(listed["other"], {"seq": pair[0], "organisation": "ufc-rennes",
                            "id": "w1"})
    equal(listed["report"], {"seq": pair[1], "organisation": "test-achats"})
    check(.5 <= listed["probability"] < 1, listed)
    equal(one.call("duplicates.list", {"product": "p99"})["pairs"], [])
    dry = act(one, "link", seq=pair[0], other=pair[1], dry_run=True)
    equal((dry["act"], dry["product_counts"]["cases"]), (0, 2))
    linked = act(one, "link", id="w1", other=pair[1])
    equal((linked["kind"], linked["product_counts"]["cases"]), ("link", 1))
    equal(linked["cases"], [{"id": pair[0], "seqs": pair}])
    equal(one.call("duplicates.list", {})["pairs"], [])
    unlawful("conflict", "already", one, "link", seq=pair[0], other=pair[1])
    unlawful("conflict", "unlink", one, "refuse", seq=pair[0], other=pair[1])
    undone = act(other, "undo", act=linked["act"])
    equal((undone["kind"], undone["product_counts"]["cases"]), ("unlink", 2))
    equal(len(one.call("duplicates.list", {})["pairs"]), 1)
    unlawful("conflict", "taken back", one, "undo", act=linked["act"])
    again = act(one, "undo", act=undone["act"])
    equal((again["kind"], again["product_counts"]["cases"]), ("link", 1))
    out = act(one, "unlink", seq=pair[1])
    equal((out["kind"], out["product_counts"]["cases"]), ("unlink", 2))
    unlawful("conflict", f"act {out['act']}", one, "link", seq=pair[0],
             other=pair[1])
    unlawful("conflict", "by itself", one, "unlink", seq=pair[1])
    found = trace(one, seq=pair[1])
    equal([entry["kind"] for entry in found["judgements"]],
          ["link", "unlink", "link", "unlink"])
    equal(found["judgements"][0]["undone_by"], undone["act"])
    equal(found["judgements"][3]["reason"], WHY["reason"])
    equal(found["judgements"][3]["author"], "desk")
    check("id" not in found["report"], "another organisation's id")
    back = act(one, "undo", act=out["act"])
    equal(back["product_counts"]["cases"], 1)
    daemon.kill()
    daemon.start()
    client = place.client(daemon, organisation="ufc-rennes")
    equal(len(trace(client, id="w1")["case"]["members"]), 2)


def waiting_pair(one, other, name="w", model="BY 612"):
    """Two reports that are much alike, not enough to be linked by rule."""
    first = one.submit(story(f"{name}1", model=model, days=4,
                             region="Bretagne"))
    second = other.submit(story(f"{name}2", model=model, text=OTHER, days=4,
                                   region="Bretagne"))
    twin = second.get("duplicate_of")
    check(twin and not twin["linked"], second)
    return [first["seq"], second["seq"]]


def refusals_are_remembered(place):
    daemon = place.daemon()
    one, other = clients(place, daemon, "ufc-rennes", "test-achats")
    first = one.submit(story("1"))["seq"]
    second = other.submit(story("2"))["seq"]
    act(one, "unlink", id="1")
    answer = other.call("report.amend", {
        "id": "2", "report": story("2", region="Bretagne")})
    equal(counts(answer), {"reports": 2, "cases": 2})
    check("duplicate_of" not in answer, "what was refused is not found again")
    third = one.submit(story("3", days=3, group="g7"))
    pairs = one.call("duplicates.list", {})["pairs"]
    unlawful("not-found", "no such", one, "refuse", seq=9999, other=first)
    unlawful("invalid", "itself", one, "refuse", seq=first, other=first)
    refusal = None
    for pair in pairs:
        refusal = act(one, "refuse", seq=pair["report"]["seq"],
                      other=pair["other"]["seq"])
    equal(one.call("duplicates.list", {})["pairs"], [])
    if refusal:
        unlawful("conflict", "already", one, "refuse",
                 seq=pairs[-1]["report"]["seq"], other=pairs[-1]["other"]["seq"])
        equal(act(one, "undo", act=refusal["act"])["kind"], "allow")
        equal(one.call("duplicates.list", {})["pairs"], pairs[-1:])
    check(third["status"] == "new" and second, "all were taken")


def lawless_links(place):
    daemon = place.daemon()
    client = place.client(daemon)
    first = client.submit(story("1"))["seq"]
    foreign = client.submit(story("2", model="KM 4622"))["seq"]
    gone = client.submit(story("3", text=OTHER, days=20))["seq"]
    client.call("report.withdraw", {"id": "3", "reason": "twice"})
    unlawful("conflict", "one product", client, "link", seq=first,
             other=foreign)
    unlawful("conflict", "withdrawn", client, "link", seq=first, other=gone)
    unlawful("invalid", "either", client, "link", seq=first)
    unlawful("invalid", "either", client, "link", seq=first, other=foreign,
             other_id="2")
    unlawful("not-found", "no act", client, "undo", act=1)
    refused("not-found", client.call, "report.trace", {"id": "nothing"})
    refused("invalid", client.call, "report.trace", {})
    refused("invalid", client.call, "duplicates.list", {"after": "here"})
    for number in range(16):
        client.submit(story(f"many-{number}", text=f"{OTHER} {number}",
                            days=30 + 20 * number, group=f"g{number}",
                            filed=day(1)))
    for number in range(1, 16):
        act(client, "link", id="many-0", other_id=f"many-{number}")
    equal(len(trace(client, id="many-3")["case"]["members"]), 16)
    unlawful("too-large", "16", client, "link", id="many-0", other=first)
    client.call("report.withdraw", {"id": "many-0", "reason": "twice"})
    act(client, "link", id="many-1", other=first)


def trace_tells_everything(place):
    client = place.client(place.daemon())
    first = client.submit(story("1", brand="moulinex ", model="BY612"))
    one = first["product"]["id"]
    other = client.submit(report("2", model="BY 613"))["product"]["id"]
    alias = client.call("products.alias", dict(WHY, id=one, brand="Moolineks",
                                               model="BY612"))
    client.call("report.amend", {"id": "1", "reason": "brand as written",
                                 "report": story("1", brand="Moolineks",
                                                 model="BY612", text=OTHER)})
    merge = client.call("products.merge", dict(WHY, id=one, into=other))
    found = trace(client, id="1")
    equal(found["report"]["revision"], 2)
    equal(found["report"]["id"], "1")
    equal([entry["status"] for entry in found["revisions"]],
          ["amended", "new"])
    equal(sorted(found["revisions"][0]["changed"]), ["product.brand", "text"])
    equal(found["product"]["resolved"], one)
    equal(found["product"]["id"], other)
    equal([(entry["act"], entry["author"]) for entry in found["merges"]],
          [(merge["act"], "desk")])
    keys = found["identity"]["keys"]
    equal([(key["of"], key["product"], key["alias"], key.get("act"))
           for key in keys], [("brand and model", one, True, alias["act"])])
    equal(found["identity"]["brand"], "moolineks")
    equal([entry["kind"] for entry in found["acts"]], ["alias", "merge"])
    equal(found["group"]["id"], f"{other}/overheating")
    client.call("report.withdraw", {"id": "1", "reason": "twice"})
    gone = trace(client, seq=first["seq"])
    equal(gone["report"]["withdrawn"], True)
    equal(gone["revisions"][0]["status"], "withdrawn")
    check("case" not in gone or not gone["case"], gone)


def the_command_tells_and_judges(place):
    daemon = place.daemon()
    one, other = clients(place, daemon, "ufc-rennes", "test-achats")
    first, second = waiting_pair(one, other)

    def say(*words, code=0):
        done = tocsin(place, daemon, *words, "--organisation", "ufc-rennes")
        equal(done.returncode, code, done.stderr.decode())
        return done.stdout.decode()

    listed = say("duplicates", "list")
    check("w1 of ufc-rennes" in listed, listed)
    check(f"@{second} of test-achats" in listed, listed)
    check("w2" not in listed, "another organisation's id")
    done = say("duplicates", "link", "w1", f"@{second}", "--reason", "one fire")
    check(f"case c{first}: @{first} @{second}" in done, done)
    shown = say("reports", "trace", f"@{second}")
    for words in (f"case c{first}", "like w1 of ufc-rennes", "text alike",
                  "occurred agreed", "of ufc-rennes: one fire",
                  "by brand and model", "brand moulinex: as written"):
        check(words in shown, words, shown)
    act_number = done.split("undo ")[1].split()[0]
    say("duplicates", "undo", act_number, "--reason", "two fires")
    say("duplicates", "refuse", "w1", f"@{second}", "--reason", "two fires")
    say("duplicates", "unlink", "w1", "--reason", "alone", code=6)
    say("duplicates", "link", "w1", "@x", "--reason", "typo", code=2)
    say("duplicates", "link", "w1", f"@{second}", code=2)
    told = json.loads(say("reports", "trace", "w1", "--json"))
    equal([entry["kind"] for entry in told["judgements"]],
          ["link", "unlink", "refuse"])
    sent = tocsin(place, daemon, "report", "--file", "-", "--organisation",
                  "third", data=json.dumps(story("5", days=4)).encode())
    check(f"@{first} of ufc-rennes" in sent.stderr.decode(), sent.stderr)


def model_of_members(place):
    """Whatever happens to members, cases are the distinct ones."""
    daemon = place.daemon()
    dice = random.Random(11)
    senders = clients(place, daemon, "a", "b", "c")
    held, moments, acts = {}, [], []
    for turn in range(260):
        move_something(dice, senders, held, turn, acts)
        if turn % 20 == 19:
            compare_cases(senders[0], held)
            moments.append(moment(senders[0]))
        if turn == 130:
            daemon.kill()
            daemon.start()
            senders = clients(place, daemon, "a", "b", "c")
    compare_cases(senders[0], held)
    compare_series(senders[0])
    for seq, groups, cases in moments:
        equal(counted(senders[0], at=seq), groups, f"recounted at {seq}")
        equal(cases_of(senders[0], at=seq), cases, f"cases at {seq}")
    daemon.kill()
    daemon.verify()
    daemon.start()
    compare_cases(place.client(daemon, organisation="a"), held)


def compare_series(client):
    """The points of a series add up to the cases of its group."""
    totals = collections.Counter()
    for row in client.rows("timeseries", step="month"):
        totals[row["product_id"], row["mode"]] += row["cases"]
    equal(dict(totals), {(row["product_id"], row["mode"]): row["cases"]
                         for row in client.rows("groups")})


def counted(client, **options):
    return {(row["product_id"], row.get("mode")): row["cases"]
            for what in ("groups", "products")
            for row in client.rows(what, **options)}


def cases_of(client, **options):
    return {row["seq"]: row["case_id"]
            for row in client.rows("reports", **options)}


def moment(client):
    """What there is to count now, for being counted again later."""
    return (client.call("server.stats", {})["seq"], counted(client),
            cases_of(client))


def random_story(dice, name):
    fields = {"mode": dice.choice(["overheating", "smoke"]),
              "days": dice.choice([2, 3, 4, 9]),
              "group": dice.choice([None, "g1", "g2"])}
    if dice.random() < .2:
        fields["reporter"] = f"reporter-{dice.randrange(3)}"
    return story(name, text=dice.choice([STORY, RETOLD, OTHER]),
                 model=dice.choice(["BY 612", "BY 612", "BY 613"]), **fields)


def move_something(dice, senders, held, turn, acts):
    who = dice.randrange(3)
    client = senders[who]
    own = [key for key in held if key[0] == who]
    move = dice.random()
    if move < .45 or not own:
        name = f"r{turn}"
        answer = client.submit(random_story(dice, name))
        held[who, name] = answer["seq"]
        return
    key = dice.choice(sorted(own))
    if move < .55:
        client.call("report.amend", {"id": key[1],
                                     "report": random_story(dice, key[1])})
    elif move < .65:
        client.call("report.withdraw", {"id": key[1], "reason": "model"})
        del held[key]
    else:
        judge(dice, client, held, key, acts)


def judge(dice, client, held, key, acts):
    verb = dice.choice(["link", "link", "unlink", "refuse", "undo"])
    names = {"seq": held[key]}
    if verb in ("link", "refuse"):
        names["other"] = held[dice.choice(sorted(held))]
    if verb == "undo":
        if not acts:
            return
        names = {"act": dice.choice(acts)}
    try:
        acts.append(act(client, verb, **names)["act"])
    except RpcError as error:
        check(error.code in ("conflict", "invalid", "too-large"), error)


def compare_cases(client, held):
    """Counts of every product and mode against the traces of its reports."""
    cases = {}
    for seq in held.values():
        found = trace(client, seq=seq)
        case = found["case"]["id"]
        product = found["product"]["resolved"]
        for group in (product, (product, found["group"]["mode"])):
            cases.setdefault(group, set()).add(case)
        check(seq in [member["seq"] for member in found["case"]["members"]],
              found)
    for group, wanted in cases.items():
        names = {"product": group} if isinstance(group, str) else \
            {"product": group[0], "mode": group[1]}
        got = client.call("groups.get", names)["counts"]["cases"]
        equal(got, len(wanted), group)
    exported = {row["seq"]: row["case_id"] for row in client.rows("reports")}
    traced = {}
    for seq in held.values():
        found = trace(client, seq=seq)
        traced[found["report"]["seq"]] = found["case"]["id"]
    equal({seq: exported[seq] for seq in traced}, traced, "case_id")


def the_first_of_two_is_amended(place):
    """It leaves the case, of which nothing is left, and finds it again."""
    client = place.client(place.daemon())
    sent = {name: story(name, reporter="m") for name in ("one", "two")}
    for one in sent.values():
        one["product"]["serial"] = "S-77"
    client.submit(sent["one"])
    check(client.submit(sent["two"])["duplicate_of"]["linked"])
    for name in ("one", "two", "one"):
        sent[name]["units"] = sent[name].get("units", 0) + 1
        told = client.call("report.amend", {"id": name,
                                            "report": sent[name]})
        equal(told["status"], "amended")
        check(told["duplicate_of"]["linked"], told)
        equal(counts(told), {"reports": 2, "cases": 1})


if __name__ == "__main__":
    run(retry_is_known, the_first_of_two_is_amended, follow_up_counts_one_case,
        same_story_from_another_sender_links, retold_text_needs_agreement,
        true_repeats_stay_apart, sparse_rows_are_only_possible,
        alerts_say_cases, review_queue_and_verbs, refusals_are_remembered,
        lawless_links, trace_tells_everything, the_command_tells_and_judges,
        model_of_members)
