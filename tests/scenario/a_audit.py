"""Who did what: every act of those who run and curate is told once."""
import csv
import io
import json
import re
import signal
import subprocess

from tocsin_client import Client
from tocsin_daemon import SOURCE, binary
from tocsin_import import tocsin
from tocsin_reports import clock, day, fire, report
from tocsin_test import check, equal, refused, run, until

RULES = """\
rules:
  - {name: two, per: product, window: 28d, sources: %d}
"""


def acts(client, **wanted):
    """Every act, page by page."""
    listed, after = [], ""
    while True:
        page = client.call("audit.list", {"max": 7, **wanted,
                                          **({"after": after} if after
                                             else {})})
        listed += page["acts"]
        if not page["more"]:
            return listed
        check(int(page["after"]) > int(after or 0), page)
        after = page["after"]


def begin(place):
    """A daemon with reports, an alert, and an administrator's token."""
    rules = place.file("rules.yaml", RULES % 2)
    daemon = place.daemon(settings=[f"rules.files={rules}",
                                    "rules.default=false"], trusted=())
    first = place.client(daemon)
    first.call("hello", {"protocol": 1})
    before = acts(first)
    equal([(act["what"], act["act"], act.get("organisation"))
           for act in before], [("rules", "loaded", None)])
    first.call("organisations.set", {"name": "desk", "add": True,
                                     "trusted": "yes", "reason": "ours"})
    made = first.call("tokens.add", {
        "organisation": "desk", "reason": "to begin with",
        "roles": ["submit", "subscribe", "read", "curate", "admin"]})
    first.close()
    admin = place.client(daemon)
    admin.call("hello", {"protocol": 1, "token": made["token"]})
    for number in range(4):
        for group in ("rennes", "nantes"):
            admin.submit(report(f"{number}{group}", model=f"BY {600 + number}",
                                group=group, reporter=f"r{number}{group}"))
    return daemon, admin, made


# Who and why go into each that takes them: method, arguments, what, act, and
# what else is told; ACT is the number of the act before, TOKEN the last made.
ACT, TOKEN = object(), object()
TABLE = [
    ("products.merge", {"id": "p1", "into": "p2"}, "author",
     "curation", "merge", {"product": "p1", "other": "p2"}),
    ("products.split", {"id": "p1"}, "author",
     "curation", "split", {"product": "p1"}),
    ("products.alias", {"id": "p1", "brand": "Moulinex", "model": "Kettly"},
     "author", "curation", "alias", {"product": "p1"}),
    ("products.rename", {"id": "p1", "brand": "Moulinex"}, "author",
     "curation", "rename", {"product": "p1"}),
    ("products.distinct", {"id": "p1", "from": "p3"}, "author",
     "curation", "distinct", {"product": "p1", "other": "p3"}),
    ("products.undo", {"act": ACT}, "author",
     "curation", "indistinct", {"undoes": ACT}),
    ("products.regroup", {}, None, "products", "regroup", {}),
    ("duplicates.link", {"id": "0rennes", "other_id": "0nantes"}, "author",
     "duplicates", "link", {"product": "p1"}),
    ("duplicates.unlink", {"id": "0rennes"}, "author",
     "duplicates", "unlink", {"product": "p1"}),
    ("duplicates.refuse", {"id": "1rennes", "other_id": "1nantes"}, "author",
     "duplicates", "refuse", {"product": "p2"}),
    ("duplicates.undo", {"act": ACT}, "author",
     "duplicates", "allow", {"undoes": ACT}),
    ("alerts.judge", {"id": "a1", "verdict": True}, "by",
     "alerts", "judged", {"alert": "a1"}),
    ("alerts.mute", {"id": "a1", "days": 3}, "by",
     "alerts", "muted", {"alert": "a1"}),
    ("alerts.unmute", {"id": "a1"}, "by",
     "alerts", "unmuted", {"alert": "a1"}),
    ("alerts.acknowledge", {"id": "a1"}, "by-comment",
     "alerts", "acknowledged", {"alert": "a1"}),
    ("alerts.comment", {"id": "a1"}, "by-text",
     "alerts", "commented", {"alert": "a1"}),
    ("alerts.close", {"id": "a1"}, "by",
     "alerts", "closed", {"alert": "a1"}),
    ("alerts.reopen", {"id": "a1"}, "by",
     "alerts", "updated", {"alert": "a1"}),
    ("alerts.remedy", {"product": "p3", "kind": "recall", "date": day(),
                       "reference": "notice 7"}, "by",
     "remedies", "recall", {"product": "p3", "subject": "notice 7"}),
    ("alerts.remedy_undo", {"act": ACT}, "by",
     "remedies", "recall", {"product": "p3", "undoes": ACT}),
    ("organisations.set", {"name": "cafe", "add": True}, "",
     "organisations", "set", {"subject": "cafe"}),
    ("tokens.add", {"organisation": "cafe", "roles": ["submit"]}, "",
     "tokens", "made", {"subject": TOKEN}),
    ("tokens.revoke", {"id": TOKEN}, "",
     "tokens", "revoked", {"subject": TOKEN}),
    ("organisations.remove", {"name": "cafe"}, "",
     "organisations", "removed", {"subject": "cafe"}),
    ("keys.rotate", {}, "",
     "keys", "began", {"subject": "epoch 2"}),
    ("erase.report", {"id": "2rennes"}, "author",
     "erasure", "report", {}),
]


# Calls of the same roles that change nothing, or are looked at by themselves.
ELSEWHERE = {
    "alerts.confirm": "what_was_held_is_released",
    "tokens.rotate": "some_calls_are_two_acts",
    "erase.reporter": "some_calls_are_two_acts",
    "erase.note": "what_was_written_can_be_erased",
    "audit.list": None, "organisations.list": None, "tokens.list": None,
    "export.subject": None, "keys.list": None,
}


def no_call_is_forgotten(_):
    """Every call for curators and administrators is tried here."""
    table = (SOURCE / "proto" / "messages.def").read_text()
    calls = set(re.findall(
        r'^METHOD\(\w+,\s*\w+,\s*"([\w.]+)",\s*\w+,\s*(?:CURATE|ADMIN),',
        table, re.M))
    check(len(calls) > 25, calls)
    equal(calls, {row[0] for row in TABLE} | set(ELSEWHERE))
    for step in ELSEWHERE.values():
        check(step is None or callable(globals()[step]), step)


def said(kind, number):
    """The arguments that say who and why, and what is told of them."""
    why, who = f"because of {number}", f"Ada {number}"
    if kind is None:
        return {}, {}
    if kind == "":
        return {"reason": why}, {"reason": why}
    name, _, word = kind.partition("-")
    return {name: who, word or "reason": why}, {"by": who, "reason": why}


def every_act_is_told_once(place):
    daemon, admin, made = begin(place)
    seen = len(acts(admin))
    last = {ACT: None, TOKEN: None}
    for number, (method, given, kind, what, act, more) in enumerate(TABLE):
        arguments, told = said(kind, number)
        arguments |= {key: last.get(value, value) if value in (ACT, TOKEN)
                      else value for key, value in given.items()}
        wanted = {"what": what, "act": act, "organisation": "desk",
                  "token": made["id"], **told,
                  **{key: value for key, value in more.items()
                     if value not in (ACT, TOKEN)}}
        if more.get("undoes") is ACT:
            wanted["undoes"] = last[ACT]
        answer = admin.call(method, arguments)
        last[ACT] = answer.get("act", last[ACT])
        if method.startswith("tokens."):
            last[TOKEN] = answer["id"]
        if more.get("subject") is TOKEN:
            wanted["subject"] = last[TOKEN]
        new = acts(admin)[seen:]
        equal(len(new), 1, f"{method}: {new}")
        equal({key: new[0].get(key) for key in wanted}, wanted, method)
        check("T12:" in new[0]["at"] and new[0]["seq"] > 0, new)
        seen += 1
    whole = acts(admin)
    equal(sorted(act["seq"] for act in whole), [act["seq"] for act in whole])
    check_that_it_lasts(place, daemon, made, whole)


def check_that_it_lasts(place, daemon, made, whole):
    """After a crash, and from the log alone."""
    daemon.kill()
    daemon.start()
    daemon.stop()
    done = daemon.tool("--rebuild")
    equal(done.returncode, 0, done.stderr)
    daemon.start()
    admin = place.client(daemon)
    admin.call("hello", {"protocol": 1, "token": made["token"]})
    equal(acts(admin), whole)
    check_exports(place, daemon, admin, whole, made)


def check_exports(place, daemon, admin, whole, made):
    rows = admin.rows("audit")
    names = {"product_id": "product", "other_id": "other",
             "alert_id": "alert"}
    for row, act in zip(rows, whole, strict=True):
        told = {names.get(key, key): value for key, value in row.items()
                if value is not None and key != "erased"}
        equal(told, {key: value for key, value in act.items()
                     if key != "erased"})
        equal(row["erased"], act.get("erased", False))
    token = place.file("token", made["token"] + "\n")
    token.chmod(0o600)

    def shell(*words):
        done = tocsin(place, daemon, *words, "--token-file", token)
        equal(done.returncode, 0, done.stderr)
        return done.stdout.decode()
    equal([json.loads(line) for line
           in shell("audit", "-o", "ndjson").splitlines()], whole)
    text = shell("audit", "--what", "merge", "--who", made["id"])
    check("because of 0" in text and "p1 p2" in text and
          "because of 1 " not in text, text)
    listed = list(csv.DictReader(io.StringIO(shell("audit", "-o", "csv"))))
    equal([row["act"] for row in listed], [act["act"] for act in whole])
    exported = list(csv.DictReader(io.StringIO(
        shell("export", "audit", "-o", "csv"), newline="")))
    equal([int(row["seq"]) for row in exported],
          [act["seq"] for act in whole])


def it_is_asked_for_in_parts(place):
    daemon, admin, made = begin(place)
    admin.call("products.rename", {"id": "p1", "brand": "A", "author": "Ada",
                                   "reason": "one"})
    daemon.restart(clock=clock(1))
    admin = place.client(daemon)
    admin.call("hello", {"protocol": 1, "token": made["token"]})
    admin.call("products.rename", {"id": "p2", "brand": "B", "author": "Bo",
                                   "reason": "two"})
    admin.call("alerts.mute", {"id": "a1", "days": 2, "reason": "three"})

    def told(**wanted):
        return [act.get("reason", act["act"])
                for act in acts(admin, **wanted)]
    start = ["loaded", "ours", "to begin with"]
    equal(told(), start + ["one", "two", "three"])
    equal(told(since=day(-1)), ["two", "three"])
    equal(told(until=day()), start + ["one"])
    equal(told(since=day(), until=day()), start + ["one"])
    equal(told(since=f"{day(-1)}T00:00:00Z"), ["two", "three"])
    equal(told(since=day(-2)), [])
    equal(told(who="Ada"), ["one"])
    equal(told(who=made["id"]), ["one", "two", "three"])
    equal(told(who="local"), ["ours", "to begin with"])
    equal(told(what="curation"), ["one", "two"])
    equal(told(what="muted"), ["three"])
    equal(told(product="p1"), ["one", "three"])
    equal(told(product="p1", who="Ada", what="rename", since=day()), ["one"])
    for key, value in (("since", "last tuesday"), ("until", "2026-13-01"),
                       ("product", "x"), ("after", "-1"), ("after", "soon"),
                       ("since", "2026-06-15T")):
        refused("invalid", admin.call, "audit.list", {key: value}, field=key)


def some_calls_are_two_acts(place):
    _, admin, made = begin(place)
    seen = len(acts(admin))
    new = admin.call("tokens.add", {"organisation": "desk",
                                    "roles": ["read"]})["id"]
    newer = admin.call("tokens.rotate", {"id": new, "reason": "lost"})["id"]
    equal([(act["act"], act["subject"], act.get("reason"), act["token"])
           for act in acts(admin)[seen:]],
          [("made", new, None, made["id"]), ("made", newer, "lost",
                                             made["id"]),
           ("revoked", new, "lost", made["id"])])
    seen = len(acts(admin))
    admin.call("erase.reporter", {"reporter": "r0rennes", "author": "Ada",
                                  "reason": "asked"})
    new = acts(admin)[seen:]
    equal(sorted(act["act"] for act in new), ["report", "source"])
    equal({(act["what"], act["by"], act["token"]) for act in new},
          {("erasure", "Ada", made["id"])})


def what_was_held_is_released(place):
    daemon = place.daemon()
    desk = place.client(daemon, organisation="desk")
    cafe = place.client(daemon, organisation="cafe")
    desk.submit(report("0", group="x"))
    for name, group in (("1", "rennes"), ("2", "nantes")):
        cafe.submit(fire(name, group))
    seen = len(acts(desk))
    desk.call("alerts.confirm", {"id": "a1", "reason": "rang both",
                                 "by": "Ada"})
    act, = acts(desk)[seen:]
    equal((act["what"], act["act"], act["alert"], act["by"], act["reason"]),
          ("alerts", "released", "a1", "Ada", "rang both"))


def reloads_and_rules_are_acts(place):
    daemon, admin, _ = begin(place)
    seen = len(acts(admin))
    daemon.signal(signal.SIGHUP)
    until(lambda: len(acts(admin)) > seen, "the reload is told")
    act, = acts(admin)[seen:]
    equal((act["what"], act["act"], "organisation" in act),
          ("configuration", "reload", False))
    place.file("rules.yaml", RULES % 3)
    daemon.signal(signal.SIGHUP)
    until(lambda: len(acts(admin)) >= seen + 3, "both are told")
    equal(sorted((act["what"], act["act"]) for act in acts(admin)[seen + 1:]),
          [("configuration", "reload"), ("rules", "loaded")])
    place.file("rules.yaml", "rules: [")
    daemon.signal(signal.SIGHUP)
    until(lambda: "reload-refused" in daemon.log(), "it is refused")
    equal(len(acts(admin)), seen + 3, "what was refused is no act")
    place.file("rules.yaml", RULES % 3)


def it_is_for_administrators(place):
    daemon, admin, _ = begin(place)
    for roles in (["read"], ["submit", "subscribe", "read", "curate"]):
        made = admin.call("tokens.add", {"organisation": "desk",
                                         "roles": roles})
        other = place.client(daemon)
        other.call("hello", {"protocol": 1, "token": made["token"]})
        refused("forbidden", other.call, "audit.list", {})
        refused("forbidden", other.call, "export.open", {"what": "audit"})
    nobody = Client(daemon.address)
    refused("unauthorized", nobody.call, "audit.list", {})
    nobody.close()
    refused("unsupported", admin.call, "export.open",
            {"what": "audit", "filter": {"brand": ["Moulinex"]}})
    # Of every call that may change what is held, those that are no act are
    # what everybody does all the time.
    seen = len(acts(admin))
    admin.submit(report("x", group="y"))
    admin.call("report.amend", {"id": "x", "report": report("x", group="z")})
    admin.call("report.withdraw", {"id": "x", "reason": "sent twice"})
    admin.call("alerts.subscribe", {"durable": "desk", "from": "new"})
    admin.call("products.merge", {"id": "p1", "into": "p2", "reason": "r",
                                  "dry_run": True})
    refused("conflict", admin.call, "products.split",
            {"id": "p1", "reason": "r"})
    equal(len(acts(admin)), seen)


def what_was_written_can_be_erased(place):
    """The act stays; who and why are gone, from the list as well."""
    daemon, admin, _ = begin(place)
    done = admin.call("products.rename", {
        "id": "p1", "brand": "A", "author": "Mme Xylophone",
        "reason": "her kettle"})
    admin.call("erase.note", {"seq": done["act"], "reason": "asked"})
    act, = acts(admin, what="rename")
    check(act["erased"] and not {"by", "reason", "token"} & set(act), act)
    equal((act["organisation"], act["product"]), ("desk", "p1"))
    daemon.restart()


def the_founding_is_an_act(place):
    daemon = place.idle_daemon(listen=f"unix:{place.dir}/socket")
    done = daemon.tool("--init", "desk")
    equal(done.returncode, 0, done.stderr)
    daemon.start()
    owner = place.client(daemon)
    listed = acts(owner, who="owner")
    equal([(act["what"], act["act"], act["subject"], act["organisation"])
           for act in listed],
          [("organisations", "set", "desk", "desk"),
           ("tokens", "made", "t1", "desk")])
    done = subprocess.run(
        [binary("clients/cli/tocsin", "TOCSIN"), "-s", daemon.address,
         "audit", "--what", "tokens"], capture_output=True, text=True,
        check=False)
    check(done.returncode == 0 and "tocsind --init" in done.stdout, done)


run(no_call_is_forgotten, every_act_is_told_once, some_calls_are_two_acts,
    what_was_held_is_released, it_is_asked_for_in_parts,
    reloads_and_rules_are_acts, it_is_for_administrators,
    what_was_written_can_be_erased, the_founding_is_an_act)
