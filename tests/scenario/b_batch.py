"""Batches: each report is taken or rejected by itself, in order."""
from tocsin_reports import report
from tocsin_test import check, equal, refused, run


def answers_in_order(place):
    client = place.client(place.daemon())
    client.submit(report("known"))
    client.submit(report("amended"))
    client.submit(report("gone"))
    client.call("report.withdraw", {"id": "gone", "reason": "test"})
    bad_date = report("date", occurred="20/11/2026")
    answer = client.batch([
        report("new"), bad_date, report("known"), report("amended",
                                                         mode="smoke"),
        "no map", report("gone"), report("new"), {"id": "bare"}])
    items = answer["items"]
    equal([item["i"] for item in items], list(range(8)))
    statuses = [item["status"] for item in items]
    equal(statuses[:5], ["new", "rejected", "known", "amended", "rejected"])
    equal(statuses[6:], ["known", "rejected"])
    check(statuses[5] in ("new", "resubmitted"), statuses)
    equal(items[1]["error"],
          "invalid: occurred: use YYYY, YYYY-MM or YYYY-MM-DD")
    check(items[4]["error"].startswith("invalid: "), items[4])
    check(items[7]["error"].startswith("invalid: kind: "), items[7])
    check("seq" not in items[1], items[1])
    equal(items[6]["seq"], items[0]["seq"])
    counts = {key: count for key, count in answer["counts"].items() if count}
    equal(sum(counts.values()), 8)
    equal(counts["rejected"], 3)
    equal(counts["known"], 2)
    equal(counts["amended"], 1)


def examples_of_the_manual(place):
    client = place.client(place.daemon(clock="2026-11-24T09:00:00Z"))
    kettle = {"kind": "breakdown", "product": {"category": "kettle"},
              "country": "FR"}
    answer = client.batch([dict(kettle, id="17", occurred="2026-11"),
                           dict(kettle, id="18", occurred="20/11/2026")])
    equal(answer["items"][1], {
        "i": 1, "status": "rejected",
        "error": "invalid: occurred: use YYYY, YYYY-MM or YYYY-MM-DD"})
    equal(answer["items"][0]["status"], "new")


def takes_a_thousand(place):
    client = place.client(place.daemon())
    answer = client.batch([report(str(n), model=f"m{n % 100}")
                           for n in range(1000)])
    equal(answer["counts"]["new"], 1000)
    seqs = [item["seq"] for item in answer["items"]]
    equal(seqs, sorted(seqs))
    equal(len(set(seqs)), 1000)
    refused("too-large", client.batch,
            [report(f"x{n}", mode=None) for n in range(1001)])
    equal(client.call("server.stats", {})["reports"], 1000)
    answer = client.batch([report(str(n), model=f"m{n % 100}")
                           for n in range(1000)])
    equal(answer["counts"]["known"], 1000)


def batch_limit_is_a_knob(place):
    client = place.client(place.daemon(settings=["limits.batch_reports=5"]))
    equal(client.call("hello", {"protocol": 1})["limits"]["batch"], 5)
    client.batch([report(str(n)) for n in range(5)])
    refused("too-large", client.batch, [report(str(n)) for n in range(6)])


def errors_of_the_call_take_nothing(place):
    client = place.client(place.daemon())
    refused("invalid", client.call, "report.submit_batch", {},
            field="reports")
    refused("invalid", client.call, "report.submit_batch", {"reports": []},
            field="reports")
    refused("invalid", client.call, "report.submit_batch",
            {"reports": [report("1")], "backfill": "some"}, field="backfill")
    refused("invalid", client.call, "report.submit_batch",
            {"reports": [report("1")], "import": "x" * 65}, field="import")
    error = refused("invalid", client.call, "report.submit_batch",
                    {"reports": [report("1")], "dry_rum": True})
    check("dry_run" in error.text, error)
    equal(client.call("server.stats", {})["reports"], 0)


def explains_each(place):
    client = place.client(place.daemon())
    answer = client.batch([report("1"), report("2")], explain=True)
    for item in answer["items"]:
        equal(item["status"], "new")
        equal(item["explain"]["brand"], "moulinex")


def pipelines_windows(place):
    """Four batches in flight, as importers do; answers may not mix."""
    client = place.client(place.daemon())
    calls = [client.send("report.submit_batch", {
        "reports": [report(f"{batch}-{n}") for n in range(250)]})
             for batch in range(16)]
    for call in calls:
        equal(client.result(call)["counts"]["new"], 250)
    equal(client.call("server.stats", {})["reports"], 4000)
    ids = {row["id"] for row in client.rows("reports")}
    equal(len(ids), 4000)


run(answers_in_order, examples_of_the_manual, takes_a_thousand,
    batch_limit_is_a_knob, errors_of_the_call_take_nothing, explains_each,
    pipelines_windows)
