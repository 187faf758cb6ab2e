"""What is erased is gone from every byte, and counts as it did."""
import json
import os
import random
import threading
import time

from tocsin_bytes import found
from tocsin_client import Closed, RpcError
from tocsin_import import tocsin
from tocsin_oracle import check_projections
from tocsin_planted import SMALL, WHY, WORDS, fill, planted, secrets
from tocsin_reports import report
from tocsin_test import check, equal, refused, run, slowness, until


def wait_sealed(daemon):
    until(lambda: any(path.name.endswith(".zseg")
                      for path in (daemon.dir / "log").iterdir()),
          "a segment is sealed", 30)


def groups(client):
    return sorted(client.rows("groups"), key=json.dumps)


def kinds(daemon, *names, **options):
    return {what for what, _ in found(daemon.dir,
                                      secrets(daemon, *names, **options))}


def erase(client, name, **options):
    return client.call("erase.report", {"id": name, **WHY, **options})


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
    check(kinds(daemon, "quince-one") >=
          {"words", "reporter's pseudonym", "serial's pseudonym", "lot",
           "id quince-one"}, kinds(daemon, "quince-one"))
    dry = erase(client, "quince-one", dry_run=True)
    equal((dry["dry_run"], dry["reports"]), (True, 1))
    check("words" in kinds(daemon))
    for name in ("quince-one", "quince-two"):
        told = erase(client, name)
        equal((told["reports"], told["already"]), (1, 0), told)
        check(told["segments"] > 0, told)
    # The pseudonym is that of a reporter, who was not erased.
    equal(kinds(daemon, "quince-one", "quince-two"),
          {"reporter's pseudonym"})
    equal(groups(client), before)
    check_projections(client)
    refused("conflict", client.call, "erase.report",
            {"id": "quince-one", **WHY}, field="id")
    refused("not-found", client.call, "erase.report",
            {"id": "quince-none", **WHY}, field="id")
    daemon.restart()
    client = place.client(daemon)
    equal(groups(client), before)
    equal(client.call("products.regroup", {})["moved"], 0)
    equal(groups(client), before)


def answers_tell(place):
    """Asked for, sent again, amended, exported: it is erased, clearly."""
    daemon = place.daemon(settings=SMALL)
    client = place.client(daemon)
    first = client.submit(planted("quince-one"))["seq"]
    client.submit(report("other", model="another"))
    at = client.call("hello", {"protocol": 1})["seq"]
    done = erase(client, "quince-one")["seq"]
    got = client.call("report.get", {"id": "quince-one"})
    equal((got["erased"], got["report"], got["withdrawn"]),
          (True, None, False), got)
    refused("conflict", client.submit, planted("quince-one"), field="id")
    refused("conflict", client.call, "report.amend",
            {"id": "quince-one", "report": planted("quince-one")}, field="id")
    batch = client.batch([planted("quince-one"), planted("quince-new")])
    equal([item["status"] for item in batch["items"]], ["rejected", "new"])
    erase(client, "quince-new")
    # A reader who took rows before is told which one to forget.
    since = client.rows("reports", since=at)
    told = [row for row in since if row["first_seq"] == first]
    equal(len(told), 1, since)
    equal([told[0][key] for key in ("erased", "id", "text", "lot",
                                    "withdrawn", "category")],
          [True, None, None, None, False, "kettle"], told)
    check(at < told[0]["seq"] < done, told)
    # As it was: counted, and silent.
    row = [row for row in client.rows("reports", at=at)
           if row["first_seq"] == first]
    equal((len(row), row[0]["erased"], row[0]["id"]), (1, True, None), row)
    whole = {row["first_seq"]: row["erased"]
             for row in client.rows("reports")}
    equal(whole[first], True)
    equal(sorted(whole.values()).count(False), 1)
    # It may be taken back still: then it counts no more.
    reports = sum(row["reports"] for row in client.rows("products"))
    client.call("report.withdraw", {"id": "quince-one", "reason": "no case"})
    equal(sum(row["reports"] for row in client.rows("products")), reports - 1)
    got = client.call("report.get", {"id": "quince-one"})
    equal((got["erased"], got["withdrawn"]), (True, True), got)
    refused("conflict", client.submit, planted("quince-one"), field="id")
    check_projections(client)
    equal(kinds(daemon, "quince-one", "quince-new"),
          {"reporter's pseudonym"})


def a_reporter(place):
    """All that it sent, by name; what others sent alike stays."""
    daemon = place.daemon(settings=SMALL)
    client = place.client(daemon)
    for name in ("quince-one", "quince-two"):
        client.submit(planted(name))
    client.submit(planted("plum", reporter="m.brunet"))
    client.submit(report("quince-three", reporter="mme.vauquelin",
                         text="and the lamp, too"))
    client.call("report.amend", {"id": "quince-three", "report": report(
        "quince-three", text="told by nobody")})
    fill(client)
    before = groups(client)
    wanted = {"reporter": "mme.vauquelin", **WHY}
    dry = client.call("erase.reporter", {**wanted, "dry_run": True})
    equal((dry["reports"], [item.get("id") for item in dry["items"]]),
          (3, ["quince-one", "quince-two", "quince-three"]), dry)
    refused("not-found", client.call, "erase.reporter",
            {"reporter": "m.nemo", **WHY}, field="reporter")
    told = client.call("erase.reporter", wanted)
    equal((told["reports"], told["reporter"]), (3, True), told)
    equal(groups(client), before)
    left = kinds(daemon, "quince-one", "quince-two", "quince-three")
    # Those are of the third report, whose reporter is another one.
    equal(left, {"words", "lot", "serial's pseudonym"})
    check("plum" in {row["id"] for row in client.rows("reports")})
    refused("not-found", client.call, "erase.reporter", wanted)
    # It may come back, as somebody new.
    equal(client.submit(report("pear", reporter="mme.vauquelin"))["counts"]
          ["sources"], 1 + next(row["sources"] for row in before
                                if row["reports"] == 4))


def what_is_held_of_one(place):
    """Subject access: every event of every report of one reporter."""
    daemon = place.daemon()
    client = place.client(daemon)
    client.submit(planted("quince-one"))
    client.call("report.amend", {"id": "quince-one", "report": planted(
        "quince-one", severity="minor"), "reason": "asked"})
    client.submit(planted("plum", reporter="m.brunet"))
    client.submit(planted("quince-two"))
    client.call("report.withdraw", {"id": "quince-two", "reason": "a slip"})
    out = place.dir / "subject.ndjson"
    done = tocsin(place, daemon, "export", "subject", "--reporter",
                  "mme.vauquelin", "-o", "ndjson", "--out", str(out))
    equal(done.returncode, 0, done.stderr)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    equal([row["event"] for row in rows],
          ["report", "amend", "report", "withdraw"])
    equal([row["revision"] for row in rows], [1, 2, 1, 2])
    equal([row["body"]["id"] for row in rows[:3]],
          ["quince-one", "quince-one", "quince-two"])
    check(all(WORDS in row["body"]["text"] for row in rows[:3]), rows)
    equal(rows[3]["body"], "a slip")
    beside = json.loads((place.dir / "subject.ndjson.json").read_text())
    equal((beside["rows"], beside["what"]), (4, "subject"))
    short = tocsin(place, daemon, "export", "--reporter", "mme.vauquelin",
                   "-o", "ndjson")
    equal(short.stdout, out.read_bytes(), short.stderr)
    for words in (["reports", "--reporter", "mme.vauquelin"], ["subject"],
                  []):
        done = tocsin(place, daemon, "export", *words)
        equal(done.returncode, 2, done.stderr)
    refused("not-found", client.call, "export.subject",
            {"reporter": "m.nemo"}, field="reporter")
    erase(client, "quince-one")
    export = client.call("export.subject", {"reporter": "mme.vauquelin"})
    page = client.call("export.next", {"export": export["export"]})
    rows = [json.loads(line) for line in page["data"].splitlines()]
    equal([(row["erased"], row["body"] is None) for row in rows],
          [(True, True)] * 2 + [(False, False)] * 2)


def who_has_rows_can_learn(place):
    """The sidecar says what is erased in it, and an export what is since."""
    daemon = place.daemon(settings=SMALL)
    client = place.client(daemon)
    firsts = {name: client.submit(planted(name, model=name[-3:]))["seq"]
              for name in ("quince-one", "quince-two", "quince-six")}
    # A sender's key that only looks like it.
    client.submit(report("plum", country="BE", x={"erased": True}))
    erase(client, "quince-one")
    before = _sidecar(place, daemon, "before.csv")
    equal(before["erased"], {"count": 1,
                             "first_seq": [firsts["quince-one"]]})
    erase(client, "quince-two")
    rows = client.rows("reports", since=before["sequence"], erased=True)
    equal([row["first_seq"] for row in rows], [firsts["quince-two"]])
    equal(client.rows("reports", since=before["sequence"], erased=True,
                      filter={"country": ["BE"]}), [])
    refused("unsupported", client.call, "export.open",
            {"what": "groups", "erased": True}, field="erased")
    told = tocsin(place, daemon, "export", "reports", "--erased-since",
                  before["sequence"], "-o", "ndjson")
    equal([json.loads(line)["first_seq"]
           for line in told.stdout.splitlines()], [firsts["quince-two"]])
    both = {"count": 2, "first_seq": [firsts["quince-one"],
                                      firsts["quince-two"]]}
    equal(_sidecar(place, daemon, "after.csv")["erased"], both)
    equal(_sidecar(place, daemon, "after.ndjson", "-o", "ndjson")["erased"],
          both)
    check("erased" not in _sidecar(place, daemon, "groups.csv",
                                   what="groups"))
    done = tocsin(place, daemon, "export", "reports", "--since", "1",
                  "--erased-since", "1")
    equal(done.returncode, 2, done.stderr)


def _sidecar(place, daemon, name, *words, what="reports"):
    done = tocsin(place, daemon, "export", what, "--out", place.dir / name,
                  *words)
    equal(done.returncode, 0, done.stderr)
    return json.loads((place.dir / f"{name}.json").read_text())


def open_exports_and_notes(place):
    """An export that was open ends; what people wrote beside acts goes."""
    daemon = place.daemon()
    client = place.client(daemon)
    client.submit(planted("quince-one"))
    client.submit(report("quince-two", model="another", text=WORDS))
    export = client.call("export.open", {"what": "reports"})["export"]
    client.call("export.next", {"export": export})
    act = client.call("products.distinct", {
        "id": "p1", "from": "p2", "author": "desk",
        "reason": "xylophone street has two of them"})["act"]
    erase(client, "quince-one")
    refused("not-found", client.call, "export.next", {"export": export})
    erase(client, "quince-two")
    equal(kinds(daemon), {"words", "reporter's pseudonym"})
    refused("not-found", client.call, "erase.note", {"seq": 1, **WHY},
            field="seq")
    client.call("erase.note", {"seq": act, **WHY})
    equal(kinds(daemon), {"reporter's pseudonym"})
    acts = client.call("products.history", {"id": "p1"})["acts"]
    equal([("reason" in one, one["kind"]) for one in acts],
          [(False, "distinct")], acts)


def the_command(place):
    daemon = place.daemon()
    client = place.client(daemon)
    client.submit(planted("quince-one"))
    client.submit(planted("quince-two"))

    def told(*words, code=0):
        done = tocsin(place, daemon, "erase", *words)
        equal(done.returncode, code, done.stderr)
        return (done.stdout + done.stderr).decode()

    check("--reason" in told("report", "quince-one", "--yes", code=2))
    check("--dry-run" in told("report", "quince-one", "--reason", "x",
                              code=2))
    check("nothing was erased" in told("report", "quince-one", "--reason",
                                       "x", "--dry-run"))
    check("backups" in told("report", "quince-one", "--reason", "x", "--yes"))
    shown = told("reporter", "mme.vauquelin", "--reason", "x", "--dry-run")
    check("quince-two" in shown and "quince-one" not in shown, shown)
    told("reporter", "mme.vauquelin", "--reason", "x", "--yes")
    told("report", "quince-one", "--reason", "x", "--yes", code=6)
    equal(kinds(daemon, "quince-one", "quince-two"), set())


def killed_in_the_middle(place):
    """kill -9 at any moment: a start goes on, and nothing is lost or left."""
    dice = random.Random(os.environ.get("TOCSIN_SEED") or 7)
    settings = ["store.segment_size=1MiB", "store.overlay_events=300"]
    daemon = place.daemon(settings=settings, verify=False)
    client = place.client(daemon)
    cycles = int(os.environ.get("TOCSIN_KILL_CYCLES") or 12)
    names = [f"quince-{n}" for n in range(cycles)]
    fill(client, reports=1600)
    for turn, name in enumerate(names):
        client.submit(planted(name))
        fill(client, first=10000 + 200 * turn, reports=200)
    before = groups(client)
    kept = {row["id"]: row for row in client.rows("reports")
            if not row["id"].startswith("quince")}
    takes = min(_measure(client, f"quince-like-{n}") for n in range(2))
    cut = 0
    for name in names:
        until(lambda: _may_erase(client, name), "the start has gone on")
        call = client.send("erase.report", {"id": name, **WHY})
        time.sleep(dice.uniform(0, takes))
        daemon.kill()
        cut += _is_cut(client, call)
        while dice.random() < 0.5:
            daemon.launch()
            time.sleep(dice.uniform(0, 2 * takes))
            daemon.kill()
        daemon.start()
        client = place.client(daemon)
    until(lambda: _may_erase(client, names[0]), "the start has gone on")
    held = {row["id"] for row in client.rows("reports")}
    for name in names:
        if name in held:
            until(lambda: _erased(client, name), "an erasure has its turn")
    until(lambda: kinds(daemon, *names) == {"reporter's pseudonym"},
          "the last start has gone on", 30)
    check(cut > cycles // 4, f"only {cut} of {cycles} were cut short")
    rows = [row for row in client.rows("reports") if not row["withdrawn"]]
    equal(sum(row["erased"] for row in rows), len(names))
    equal({row["id"]: row for row in rows if row["id"]}, kept)
    equal([row for row in groups(client) if row["reports"]], before)
    daemon.stop()
    daemon.verify()
    daemon.tool("--rebuild")
    daemon.start()
    equal([row for row in groups(place.client(daemon)) if row["reports"]],
          before)
    print(f"{cut} of {cycles} erasures of {1000 * takes:.0f} ms cut short")


def read_meanwhile(place):
    """Who reads, exports and judges while files are swapped sees it whole."""
    daemon = place.daemon(settings=SMALL)
    client = place.client(daemon)
    names = [f"quince-{n}" for n in range(10)]
    for turn, name in enumerate(names):
        client.submit(planted(name))
        fill(client, first=400 * turn, reports=400)
    count = 400 * len(names) + len(names)
    stop = threading.Event()
    failed, rounds = [], []

    def repeat(turn):
        reader = place.client(daemon)
        number = 0
        while not stop.is_set() and not failed:
            try:
                turn(reader, number)
            except Exception as why:  # the thread's, told by the step
                failed.append((turn.__name__, why))
            number += 1
        rounds.append(number)

    def export(reader, _):
        try:
            equal(len(reader.rows("reports")), count)
        except RpcError as why:
            check("erased" in str(why) or why.code == "not-found", why)

    def get(reader, number):
        name = f"r{number * 37 % 4000}"
        got = reader.call("report.get", {"id": name})
        equal((got["report"]["id"], got["erased"]), (name, False))
        reader.call("report.trace", {"id": name})

    def find(reader, number):
        name = names[number % len(names)]
        got = reader.call("report.get", {"id": name})
        equal(got["report"] is None, got["erased"], got)

    threads = [threading.Thread(target=repeat, args=(turn,))
               for turn in (export, get, find)]
    for thread in threads:
        thread.start()
    try:
        for name in names:
            erase(client, name)
            fill(client, first=0, reports=200)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    equal(failed, [])
    check(min(rounds) > 1, rounds)
    equal(kinds(daemon, *names), {"reporter's pseudonym"})
    check_projections(client)
    print(f"read {sum(rounds)} times beside {len(names)} erasures")


def _measure(client, name):
    """Seconds that it takes to erase a report, which then is taken back."""
    client.submit(planted(name, category="lamp", model="clock"))
    begun = time.monotonic()
    erase(client, name)
    took = time.monotonic() - begun
    client.call("report.withdraw", {"id": name, "reason": "done"})
    return took


def _may_erase(client, name):
    try:
        return erase(client, name, dry_run=True)["dry_run"]
    except RpcError as why:
        check("under way" in str(why), why)
        return False


def _is_cut(client, call):
    """Was it killed before it had answered?"""
    try:
        client.result(call)
        return False
    except (Closed, ConnectionError):
        return True


def _erased(client, name):
    try:
        return erase(client, name)["reports"] == 1
    except RpcError as why:
        check("under way" in str(why), why)
        return False


if __name__ == "__main__":
    run(a_report, answers_tell, a_reporter, what_is_held_of_one,
        who_has_rows_can_learn, open_exports_and_notes, the_command,
        killed_in_the_middle, read_meanwhile, seconds=180)
