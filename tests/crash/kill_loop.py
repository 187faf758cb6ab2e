"""kill -9, again and again, while everybody writes, listens and exports.

Every acknowledged report is present exactly once, nothing is half-applied,
what each listener got is what is exported, --verify is clean, and the daemon
serves again within two seconds.  TOCSIN_KILL_CYCLES, else the argument, sets
how often it dies; TOCSIN_SEED repeats a run's choices (not its timing).
"""
import os
import random
import sys
import time

from tocsin_client import Client
from tocsin_oracle import check_listeners, check_projections, check_writers
from tocsin_test import check, run, slowness, until
from tocsin_world import Analyst, Durable, Fetcher, Pusher, World, Writer

DEFAULT_CYCLES = sys.argv.pop() if len(sys.argv) > 1 else "40"
CYCLES = int(os.environ.get("TOCSIN_KILL_CYCLES") or DEFAULT_CYCLES)
CYCLES_BETWEEN_CHECKS = 10
SERVING_AGAIN_S = 2

RULES = """\
rules:
  - {name: two-sources, per: product, window: 28d, sources: 2}
  - {name: three-reports, per: product-and-mode, window: 28d, reports: 3}
  - {name: five-of-two, per: product, window: 91d, reports: 5, sources: 2}
  - {name: harm, per: product, window: 28d, reports: 1, severity_min: medical}
"""

# Small stores checkpoint and seal often, the default ones hardly ever.
SETTINGS = (
    ["store.overlay_events=100", "store.segment_size=1MiB"],
    ["store.overlay_events=1000", "store.segment_size=1MiB"],
    ["store.segment_size=64MiB"],
)


class Loop:
    def __init__(self, place):
        self.seed = os.environ.get("TOCSIN_SEED") or os.urandom(4).hex()
        print(f"seed {self.seed}, {CYCLES} cycles", flush=True)
        self.dice = random.Random(self.seed)
        self.rules = place.file("rules.yaml", RULES)
        self.daemon = place.idle_daemon(verify=False)
        self.world = World(self.seed)
        self.writers = [Writer(self.world, n) for n in range(4)]
        self.durables = [Durable(self.world, n) for n in range(1)]
        self.listeners = [Pusher(self.world, 0), Pusher(self.world, 1),
                          Fetcher(self.world, 0)] + self.durables
        self.slowest_s = 0
        actors = self.writers + self.listeners + [Analyst(self.world, 0)]
        for actor in actors:
            actor.start()

    def start(self):
        """Start, and time until it answers."""
        self.daemon.settings = self.dice.choice(SETTINGS) + \
            [f"rules.files={self.rules}"]
        begun = time.monotonic()
        self.daemon.start()
        client = Client(self.daemon.address)
        client.call("server.stats", {})
        client.close()
        took = time.monotonic() - begun
        self.slowest_s = max(self.slowest_s, took)
        check(took < SERVING_AGAIN_S * slowness(),
              f"serving again only after {took:.2f} s")
        self.world.up(self.daemon.address)

    def cycle(self):
        self.start()
        time.sleep(self.dice.uniform(0.001, 0.060) * slowness())
        self.daemon.kill()
        self.world.down()
        while self.dice.random() < 0.2:
            self.daemon.launch()
            time.sleep(self.dice.uniform(0, 0.030) * slowness())
            self.daemon.kill()
        check(not self.world.faults, *self.world.faults)

    def check_all(self):
        """Everybody rests, then everything must agree."""
        self.start()
        self.world.gate(False)
        until(lambda: all(writer.is_idle for writer in self.writers),
              "the writers rest", 30)
        client = Client(self.daemon.address, timeout=60 * slowness())
        rows = check_projections(client)
        check_writers(rows, self.writers)
        events = check_listeners(client, self.listeners)
        client.close()
        check(not self.world.faults, *self.world.faults)
        self.daemon.kill()
        self.world.down()
        self.world.gate(True)
        self.daemon.verify()
        return len(rows), events


def kill_loop(place):
    loop = Loop(place)
    rows = events = 0
    try:
        for cycle in range(1, CYCLES + 1):
            loop.cycle()
            if cycle % CYCLES_BETWEEN_CHECKS == 0 or cycle == CYCLES:
                rows, events = loop.check_all()
    finally:
        loop.world.end()
    check(rows > CYCLES and events > CYCLES // 4,
          f"too little happened: {rows} reports, {events} alert events")
    print(f"{CYCLES} kills, {rows} reports, {events} alert events, "
          f"slowest restart {loop.slowest_s:.2f} s")


run(kill_loop, seconds=60 + 3 * CYCLES)
