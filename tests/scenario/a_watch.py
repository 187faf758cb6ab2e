"""What is watched: for those who are trusted, and for nobody else."""
from tocsin_chain import check_chain
from tocsin_reports import clock, day, fire, report
from tocsin_test import check, equal, refused, run, until


def both(place, daemon):
    """Whom the operator trusts, and somebody else."""
    return (place.client(daemon, organisation="desk"),
            place.client(daemon, organisation="cafe"))


def changes(client, **options):
    return [event["change"] for event in client.fetch_all(**options)[0]]


def one_fire_is_watched(place):
    daemon = place.daemon()
    desk, cafe = both(place, daemon)
    desk.call("alerts.subscribe", {})
    cafe.call("alerts.subscribe", {})
    equal(cafe.submit(fire("1", "rennes"))["alerts"], [])
    event, = desk.events(1)
    equal((event["change"], event["alert"]["state"], event["trusted_only"]),
          ("watch", "watch", True))
    check(cafe.quiet(.2), cafe.pushes)
    equal(desk.submit(report("d", group="x"))["alerts"],
          [{"id": "a1", "state": "watch"}])
    for client, listed in ((desk, ["a1"]), (cafe, [])):
        equal([alert["id"] for alert
               in client.call("alerts.list", {})["alerts"]], listed)
        equal([alert["id"] for alert in client.call(
            "products.get", {"id": "p1"})["alerts"]], listed)
        equal(len(client.rows("alerts")), len(listed))
        equal(client.rows("products")[0]["alert_id"],
              listed[0] if listed else None)
        equal(client.call("server.stats", {})["alerts_open"], len(listed))
    refused("not-found", cafe.call, "alerts.get", {"id": "a1"}, field="id")
    refused("not-found", cafe.call, "alerts.history", {"id": "a1"},
            field="id")
    desk.call("alerts.comment", {"id": "a1", "text": "one so far"})
    equal(cafe.submit(fire("2", "nantes"))["alerts"],
          [{"id": "a1", "state": "open"}])
    event, = cafe.events(1)
    equal((event["change"], event["alert"]["episode"]), ("raised", 1))
    check("trusted_only" not in event, event)
    equal([event["change"] for event in desk.events(2)],
          ["commented", "raised"])
    equal(changes(cafe), ["raised"])
    equal(changes(desk), ["watch", "commented", "raised"])


def a_watch_ends_in_silence(place):
    daemon = place.daemon()
    desk, cafe = both(place, daemon)
    cafe.submit(fire("1", "rennes"))
    daemon.kill()
    daemon.start()
    daemon.restart(clock=clock(55))
    desk, cafe = both(place, daemon)
    equal(changes(desk), ["watch"])
    daemon.restart(clock=clock(56))
    desk, cafe = both(place, daemon)
    until(lambda: changes(desk) == ["watch", "closed"], "it ends")
    equal(changes(cafe), [])
    equal(cafe.call("alerts.list", {})["alerts"], [])
    cafe.submit(fire("2", "nantes", filed=day(-56)))
    event, = cafe.fetch_all()[0]
    equal((event["change"], event["alert"]["episode"]), ("raised", 1),
          "the year's window has both; nobody was told of an episode before")


def an_episode_between_is_not_told(place):
    """The public goes on seeing the alert as it closed."""
    daemon = place.daemon()
    desk, cafe = both(place, daemon)
    cafe.submit(fire("1", "rennes", filed=day(300)), backfill="none")
    cafe.submit(fire("2", "nantes", filed=day(300)), backfill="none")
    daemon.restart(clock=clock(90))
    desk, cafe = both(place, daemon)
    until(lambda: changes(cafe) == ["raised", "closed"], "it closes")
    equal(cafe.submit(fire("3", "brest", filed=day(-90)))["alerts"],
          [{"id": "a1", "state": "closed"}])
    equal(changes(desk), ["watch", "raised", "closed", "watch"])
    alert, = cafe.call("alerts.list", {})["alerts"]
    equal((alert["state"], alert["episode"], alert["counts"]["sources"]),
          ("closed", 1, 2))
    equal(cafe.rows("products")[0]["alert_state"], "closed")
    equal(desk.rows("products")[0]["alert_state"], "watch")
    equal(len(cafe.rows("alerts")), 2)


def a_withdrawn_report_is_watched_no_more(place):
    daemon = place.daemon()
    desk, cafe = both(place, daemon)
    cafe.submit(fire("1", "rennes"))
    cafe.call("report.withdraw", {"id": "1", "reason": "an error"})
    equal(changes(desk), ["watch", "withdrawn"])
    equal(changes(cafe), [])
    cafe.submit(fire("1", "rennes"))
    equal(changes(desk), ["watch", "withdrawn", "watch"])


def two_fires_of_strangers(place, daemon):
    """Two organisations nobody knows yet tell of a fire each."""
    place.client(daemon, organisation="founder").submit(
        report("1", model="of the first who reported"))
    for name in ("one", "two"):
        place.client(daemon, organisation=name).submit(
            fire(f"of {name}", f"group {name}"))
    return both(place, daemon)


def what_is_held_waits_for_a_person(place):
    daemon = place.daemon()
    desk, cafe = two_fires_of_strangers(place, daemon)
    events = desk.fetch_all()[0]
    equal([event["change"] for event in events], ["watch", "held"])
    equal((events[1]["alert"]["state"], events[1]["alert"]["held"]),
          ("held", "probation"))
    equal(changes(cafe), [])
    equal(cafe.submit(report("d", group="x"))["alerts"], [])
    refused("conflict", desk.call, "alerts.judge",
            {"id": "a1", "verdict": True}, text="not published")
    refused("conflict", desk.call, "alerts.mute",
            {"id": "a1", "reason": "r", "days": 2}, text="not published")
    daemon.kill()
    daemon.start()
    desk, cafe = both(place, daemon)
    cafe.call("alerts.subscribe", {"from": "new"})
    answer = desk.call("alerts.confirm", {"id": "a1", "reason": "rang both"})
    equal((answer["change"], answer["state"]), ("released", "open"))
    event, = cafe.events(1)
    equal((event["change"], event["alert"]["held"],
           event["alert"]["episode"]), ("released", "probation", 1))
    equal(changes(cafe), ["released"])
    history = desk.call("alerts.history", {"id": "a1"})["events"]
    equal(history[-1]["reason"], "rang both")
    refused("conflict", desk.call, "alerts.confirm",
            {"id": "a1", "reason": "again"}, text="not held")
    equal([row["raised"] for row
           in desk.call("alerts.budget", {})["bases"]], [0, 0, 1])


def what_is_held_may_be_closed(place):
    daemon = place.daemon()
    desk, cafe = two_fires_of_strangers(place, daemon)
    desk.call("alerts.close", {"id": "a1", "reason": "the same joke"})
    equal(changes(desk), ["watch", "held", "closed"])
    equal(changes(cafe), [])
    equal([row["raised"] for row
           in desk.call("alerts.budget", {})["bases"]], [0, 0, 0])


def public_readers_can_check_the_chain(place):
    """What they are not told of is no link of it."""
    daemon = place.daemon()
    desk, cafe = both(place, daemon)
    for n in range(12):
        cafe.submit(fire(f"a{n}", "rennes", model=f"m{n}"))
        if n % 2:
            cafe.submit(fire(f"b{n}", "nantes", model=f"m{n}"))
    desk.call("alerts.mute", {"id": "a2", "reason": "r", "days": 2})
    cafe.submit(fire("c1", "brest", model="m1"))
    desk.call("alerts.comment", {"id": "a4", "text": "looked at"})
    equal(check_chain(cafe), 8)
    check(len(desk.fetch_all()[0]) == 21, "with 12 watched and one in silence")


def everyone_is_trusted_where_nobody_is_named(place):
    daemon = place.daemon(trusted=())
    client = place.client(daemon)
    client.submit(fire("1", "rennes"))
    equal(changes(client), ["watch"])
    daemon.restart(trusted=("desk",))
    client = place.client(daemon)
    equal(changes(client), [])


run(one_fire_is_watched, a_watch_ends_in_silence,
    an_episode_between_is_not_told, a_withdrawn_report_is_watched_no_more,
    what_is_held_waits_for_a_person, what_is_held_may_be_closed,
    public_readers_can_check_the_chain,
    everyone_is_trusted_where_nobody_is_named)
