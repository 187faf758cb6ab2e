"""tocsin alerts: what people do about alerts, from the shell."""
import json

from tocsin_import import tocsin
from tocsin_reports import day, report
from tocsin_test import check, equal, run

RULES = """\
rules:
  - {name: two, per: product, window: 28d, sources: 2}
"""


def started(place):
    rules = place.file("rules.yaml", RULES)
    daemon = place.daemon(settings=[f"rules.files={rules}",
                                    "rules.default=false"], trusted=())
    client = place.client(daemon)
    for n in range(2):
        client.submit(report(str(n), group=f"g{n}"))
    return daemon


def shell(place, daemon, *words, code=0):
    """What it prints, on stderr too when it should fail."""
    done = tocsin(place, daemon, "alerts", *words)
    equal(done.returncode, code, (words, done.stdout, done.stderr))
    return (done.stdout + (done.stderr if code else b"")).decode()


def every_verb(place):
    daemon = started(place)
    for words, told in (
            (("judge", "a1", "false", "--reason", "a batch"), "judged"),
            (("mute", "a1", "--days", "3", "--reason", "known"), "muted"),
            (("unmute", "a1", "--by", "Ada"), "unmuted"),
            (("acknowledge", "a1", "--comment", "asked them"),
             "acknowledged"),
            (("comment", "a1", "they say no"), "commented"),
            (("close", "a1", "--reason", "over"), "closed"),
            (("reopen", "a1", "--reason", "not over"), "updated")):
        text = shell(place, daemon, *words)
        check(told in text, words, text)
    for words, told in ((("judge", "a1", "yes"), "verdict"),
                        (("mute", "a1", "--days", "3"), "--reason"),
                        (("mute", "a1", "--days", "x", "--reason", "r"),
                         "--days"),
                        (("close", "a1"), "--reason"),
                        (("remedy", "a1", "fix"), "--date"),
                        (("remedy-undo", "x", "--reason", "r"), "ACT")):
        text = shell(place, daemon, *words, code=2)
        check(told in text, words, text)


def shown_with_its_history(place):
    daemon = started(place)
    shell(place, daemon, "judge", "a1", "true", "--by", "Ada",
          "--reason", "two burnt fingers")
    shell(place, daemon, "mute", "a1", "--until", day(-5),
          "--reason", "recalled")
    text = shell(place, daemon, "show", "a1")
    for part in ("sources at least: 2", "two burnt fingers", "Ada", "judged",
                 day(-5), "recalled", "raised", "muted"):
        check(part in text, part, text)
    text = shell(place, daemon, "list")
    for part in ("rule", "open", day(-5)):
        check(part in text, part, text)
    events = json.loads(shell(place, daemon, "history", "a1",
                              "-o", "json"))["events"]
    equal([event["change"] for event in events], ["raised", "judged", "muted"])


def remedies_and_budget(place):
    daemon = started(place)
    text = shell(place, daemon, "remedy", "a1", "recall", "--date",
                 day(0), "--reason", "announced", "--reference", "notice 7")
    check("recall" in text and "p1" in text, text)
    shell(place, daemon, "remedy", "p1", "fix", "--date", day(2),
          "--reason", "new fuse", "--mode", "overheating")
    rows = [json.loads(line) for line in
            shell(place, daemon, "remedies", "-o",
                  "ndjson").splitlines()]
    equal([(row["kind"], row.get("mode")) for row in rows],
          [("recall", None), ("fix", "overheating")])
    shell(place, daemon, "remedy-undo", str(rows[0]["act"]),
          "--reason", "another model")
    text = shell(place, daemon, "remedies", "--product", "p1")
    check("notice 7" in text and "overheating" in text, text)
    shell(place, daemon, "judge", "a1", "false")
    text = shell(place, daemon, "budget")
    check("statistic" in text and "not judged yet" in text, text)
    budget = json.loads(shell(place, daemon, "budget", "-o",
                              "json"))
    equal([row for row in budget["bases"] if row["basis"] == "rule"],
          [{"basis": "rule", "raised": 1, "judged_true": 0,
            "judged_false": 1, "since": day(0)}])


run(every_verb, shown_with_its_history, remedies_and_budget)
