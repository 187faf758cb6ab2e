"""Fan-out of alerts to subscribers, beside a raw send of the same bytes."""

from statistics import median

from figures import ratio

WINDOW = 64
# Subscribers that are told what is published, and not what is watched too.
TRUST_NONE = ["alerts.trusted=nobody"]


def fanout(bench):
    figures = bench.figures
    server = bench.server("fan", TRUST_NONE)
    for subscribers, alerts in ((1, 4000), (100, 4000), (1000, 1500)):
        if bench.quick:
            alerts //= 5
        ours, theirs = [], []
        for _ in range(bench.rounds):
            rung = bench.driver("fan", server.port, subscribers, alerts,
                                WINDOW)
            ours.append(rung["per_s"])
            theirs.append(bench.driver("fan_raw", subscribers, alerts, WINDOW,
                                       rung["event_bytes"])["per_s"])
        name = f"fanout{subscribers}"
        figures.add(f"{name}_per_s", median(ours))
        figures.add(f"{name}_raw_per_s", median(theirs), "reference")
        figures.add(f"{name}_vs_raw", ratio(ours, theirs),
                    "" if subscribers > 1 else "bound by ringing: two "
                    "reports decided and durable for each alert")
    figures.add("alert_bytes", rung["event_bytes"], "on the wire")
    server.stop()
