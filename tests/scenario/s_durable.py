"""Durable names: the server remembers filter and cursor, and who reads."""
from tocsin_client import Closed
from tocsin_reports import fire
from tocsin_test import check, equal, refused, run, until


def ring(client, *models, country="FR", sources=2, start=0):
    for model in models:
        client.batch([fire(f"{model}-{n}", f"g{n}", model=model,
                           country=country)
                      for n in range(start, start + sources)])


def subscribe(client, **options):
    return client.call("alerts.subscribe", {"durable": "desk", **options})


def ids(events):
    return [event["alert"]["id"] for event in events]


def ack(client, event):
    return client.call("alerts.ack", {"durable": "desk",
                                      "cursor": event["cursor"]})["cursor"]


def resumes_after_the_last_ack(place):
    daemon = place.daemon()
    client = place.client(daemon)
    subscribe(client, **{"from": "all"})
    ring(client, "m1", "m2", "m3")
    events = client.events(3)
    equal(ack(client, events[1]), events[1]["cursor"])
    client.close()
    for _ in range(2):
        client = place.client(daemon)
        until(lambda: place.client(daemon).call("server.stats", {})
              ["metrics"]["subscriptions_open"] == 0, "the old one is gone")
        answer = subscribe(client)
        equal(answer["cursor"], events[1]["cursor"])
        equal(ids(client.events(1)), ["a3"])
        client.close()
        daemon.restart()
    daemon.kill()
    daemon.start()
    client = place.client(daemon)
    subscribe(client)
    equal(ids(client.events(1)), ["a3"])


def an_ack_never_moves_back(place):
    client = place.client(place.daemon())
    subscribe(client, **{"from": "all"})
    ring(client, "m1", "m2", "m3")
    events = client.events(3)
    ack(client, events[2])
    equal(ack(client, events[0]), events[2]["cursor"])
    equal(ack(client, events[2]), events[2]["cursor"])
    equal(client.call("alerts.fetch", {"durable": "desk"})["events"], [])
    refused("not-found", client.call, "alerts.ack",
            {"durable": "nobody", "cursor": events[0]["cursor"]},
            field="durable")
    refused("invalid", client.call, "alerts.ack",
            {"durable": "desk", "cursor": "nonsense"}, field="cursor")


def fetch_never_acks(place):
    client = place.client(place.daemon())
    subscription = subscribe(client, **{"from": "all"})["subscription"]
    client.call("alerts.unsubscribe", {"subscription": subscription})
    ring(client, "m1", "m2", "m3")
    for _ in range(3):
        page = client.call("alerts.fetch", {"durable": "desk", "max": 2})
        equal(ids(page["events"]), ["a1", "a2"])
        equal(page["more"], True)
    ack(client, page["events"][-1])
    page = client.call("alerts.fetch", {"durable": "desk"})
    equal(ids(page["events"]), ["a3"])


def keeps_its_filter(place):
    daemon = place.daemon()
    client = place.client(daemon)
    be = {"country": ["BE"], "brand": ["Moulinex"]}
    subscription = subscribe(client, filter=be, **{"from": "all"})
    client.call("alerts.unsubscribe",
                {"subscription": subscription["subscription"]})
    ring(client, "m1", "m2")
    ring(client, "m3", country="BE")
    equal(ids(client.call("alerts.fetch", {"durable": "desk"})["events"]),
          ["a3"])
    refused("conflict", client.call, "alerts.subscribe",
            {"durable": "desk", "filter": {"country": ["DE"]}},
            field="durable")
    same = subscribe(client, filter={"brand": "moulinex!", "country": "BEL"})
    client.call("alerts.unsubscribe", {"subscription": same["subscription"]})
    client.events(1)
    bare = subscribe(client)
    equal(ids(client.events(1)), ["a3"], "no filter given is the stored one")
    client.call("alerts.unsubscribe", {"subscription": bare["subscription"]})


def replace_sends_what_newly_matches(place):
    daemon = place.daemon()
    client = place.client(daemon)
    first = subscribe(client, filter={"country": ["BE"]}, **{"from": "all"})
    ring(client, "m1", "m2")
    ring(client, "m3", country="BE")
    ring(client, "m4", country="BE")
    events = client.events(2)
    ack(client, events[0])
    client.call("alerts.unsubscribe", {"subscription": first["subscription"]})
    subscribe(client, filter={"country": ["BE", "FR"]}, replace=True)
    got = client.events(3)
    equal(ids(got), ["a1", "a2", "a4"])
    equal([event["phase"] for event in got], ["snapshot", "snapshot", "live"])
    ring(client, "m5")
    equal(ids(client.events(1)), ["a5"])


def one_reader_at_a_time(place):
    daemon = place.daemon()
    one, two = place.client(daemon), place.client(daemon)
    ringer = place.client(daemon)
    subscribe(one, **{"from": "all"})
    refused("conflict", two.call, "alerts.subscribe", {"durable": "desk"},
            field="durable")
    ring(ringer, "m1")
    equal(ids(one.events(1)), ["a1"])
    subscribe(two, take_over=True)
    equal(ids(two.events(1)), ["a1"], "it was not acked")
    method, params = one.next_push()
    equal(method, "alerts.ended")
    check("reason" in params[0], params)
    ring(ringer, "m2")
    equal(ids(two.events(1)), ["a2"])
    check(one.quiet(0.1), one.pushes)
    two.close()
    until(lambda: ringer.call("server.stats", {})["metrics"]
          ["subscriptions_open"] == 0, "nobody reads it")
    subscribe(one)
    equal(ids(one.events(2)), ["a1", "a2"])


def a_refused_reader_changes_nothing(place):
    """Replace without take_over, while another reads: all stays as it was."""
    daemon = place.daemon()
    one, two = place.client(daemon), place.client(daemon)
    subscribe(one, filter={"country": ["BE"]}, **{"from": "all"})
    refused("conflict", two.call, "alerts.subscribe",
            {"durable": "desk", "filter": {"country": ["FR"]},
             "replace": True}, field="durable")
    ring(two, "m1", country="BE")
    ring(two, "m2", country="FR")
    equal(ids(one.events(1)), ["a1"])
    one.close()
    page = two.call("alerts.fetch", {"durable": "desk"})
    equal(ids(page["events"]), ["a1"], "the stored filter is still BE")


def names_belong_to_an_organisation(place):
    daemon = place.daemon()
    one = place.client(daemon, organisation="one")
    two = place.client(daemon, organisation="two")
    subscribe(one, filter={"country": ["BE"]}, **{"from": "all"})
    subscribe(two, filter={"country": ["FR"]}, **{"from": "all"})
    ring(one, "m1", country="BE")
    ring(one, "m2", country="FR")
    equal(ids(one.events(1)), ["a1"])
    equal(ids(two.events(1)), ["a2"])


def default_is_snapshot_once(place):
    """The first subscribe takes the snapshot, later ones go on behind it."""
    daemon = place.daemon()
    client = place.client(daemon)
    ring(client, "m1", "m2")
    first = subscribe(client)
    events = client.events(2)
    equal({event["phase"] for event in events}, {"snapshot"})
    ack(client, events[0])
    client.call("alerts.unsubscribe", {"subscription": first["subscription"]})
    subscribe(client, **{"from": "all"})
    got = client.events(1)
    equal((ids(got), got[0]["phase"]), (["a2"], "snapshot"))
    ack(client, got[0])


def ending_connection_frees_the_name(place):
    daemon = place.daemon()
    for _ in range(20):
        client = place.client(daemon)
        subscribe(client, take_over=True)
        client.close()
    client = place.client(daemon)
    try:
        subscribe(client, take_over=True)
    except Closed:
        check(False, "closed")


run(resumes_after_the_last_ack, an_ack_never_moves_back, fetch_never_acks,
    keeps_its_filter, replace_sends_what_newly_matches, one_reader_at_a_time,
    a_refused_reader_changes_nothing, names_belong_to_an_organisation,
    default_is_snapshot_once, ending_connection_frees_the_name)
