"""Who lives around a daemon that is killed again and again.

Each actor is a thread with a journal of what it was told.  A connection that
breaks is nothing to them: they wait until the daemon is up and go on, as the
protocol says that clients do.  What the journals must agree with is the
business of tocsin_oracle.
"""
import random
import threading
import time
import traceback

from tocsin_client import Client, Closed, RpcError
from tocsin_reports import report

BROKEN = (Closed, OSError, TimeoutError)
REPORTS_OF_A_MODEL = 6


class World:
    """The daemon's address while it is up, and the gate of the writers."""

    def __init__(self, seed):
        self.seed = seed
        self.address = None
        self.change = threading.Condition()
        self.is_open = True
        self.is_over = False
        self.faults = []

    def up(self, address):
        with self.change:
            self.address = address
            self.change.notify_all()

    def down(self):
        with self.change:
            self.address = None

    def wait_up(self):
        """The address; None when all is over."""
        with self.change:
            self.change.wait_for(lambda: self.address or self.is_over)
            return None if self.is_over else self.address

    def gate(self, is_open):
        with self.change:
            self.is_open = is_open
            self.change.notify_all()

    def end(self):
        with self.change:
            self.is_over = True
            self.change.notify_all()


class Actor(threading.Thread):
    """Reconnects until the world ends; live() does one connection's life."""

    def __init__(self, world, name):
        super().__init__(name=name, daemon=True)
        self.world = world
        self.dice = random.Random(f"{world.seed} {name}")

    def run(self):
        while True:
            address = self.world.wait_up()
            if address is None:
                return
            try:
                client = Client(address, timeout=30)
                try:
                    self.live(client)
                finally:
                    client.close()
            except BROKEN:
                time.sleep(0.002)
            except Exception:
                self.world.faults.append(
                    f"{self.name}: {traceback.format_exc()}")
                return

    def live(self, client):
        raise NotImplementedError


# --- those who send ----------------------------------------------------------

class Held:
    """What the writer knows of one of its reports."""

    def __init__(self, number):
        self.number = number
        self.acked = None  # (version, is withdrawn) as acknowledged
        self.maybe = []    # states asked for since, never acknowledged
        self.seq = None    # of the acknowledged revision, if it was told


class Writer(Actor):
    """Sends, resends, amends and withdraws its own reports."""

    def __init__(self, world, number):
        super().__init__(world, f"writer {number}")
        self.number = number
        self.held = []
        self.open = []  # those with something in maybe
        self.is_idle = False

    def name_of(self, held):
        return f"w{self.number}-{held.number}"

    def content(self, held, version):
        n = held.number
        return report(
            self.name_of(held), brand=f"Brand {self.number}",
            model=f"m{n // REPORTS_OF_A_MODEL}", group=f"group {n % 5}",
            mode=("overheating", "smoke", "switch")[(n // 3 + version) % 3],
            severity=("none", "minor", "medical", "severe")[version % 4],
            country=("FR", "BE", "NL")[n % 3], region=f"v{version}",
            text="It stopped working. " * (1 + n % 4))

    def new(self):
        held = Held(len(self.held))
        self.held.append(held)
        return held

    def wait_gate(self):
        world = self.world
        with world.change:
            self.is_idle = True
            world.change.notify_all()
            world.change.wait_for(
                lambda: world.is_open or world.is_over or not world.address)
            self.is_idle = False
            return world.address and not world.is_over

    def live(self, client):
        client.call("hello", {"protocol": 1,
                              "organisation": f"org{self.number % 2}"})
        while self.wait_gate():
            self.settle(client)
            kind = self.dice.choice(("singles", "singles", "batch", "batch",
                                     "amend", "withdraw", "resend"))
            getattr(self, kind)(client)

    def settle(self, client):
        """Ask again for what was never answered."""
        while self.open:
            held = self.open[-1]
            self.ask(client, held, held.maybe[-1])

    def ask(self, client, held, state):
        """One call that brings a report to a state; journal the answer."""
        version, is_withdrawn = state
        self.begin(held, state)
        if not is_withdrawn:
            self.finish(held, state, client.submit(
                self.content(held, version)))
            return
        try:
            self.finish(held, state, client.call("report.withdraw", {
                "id": self.name_of(held), "reason": "test"}))
        except RpcError as error:
            if error.code != "not-found":
                raise
            self.finish(held, state, {"seq": None})

    def begin(self, held, state):
        if not held.maybe:
            self.open.append(held)
        if state not in held.maybe:
            held.maybe.append(state)

    def finish(self, held, state, answer):
        assert answer.get("status") in (None, "new", "known", "amended",
                                        "resubmitted"), answer
        held.acked = state
        held.maybe = []
        held.seq = answer["seq"]
        self.open.remove(held)

    def singles(self, client):
        calls = []
        for _ in range(self.dice.randint(1, 8)):
            held = self.new()
            self.begin(held, (1, False))
            calls.append((held, client.send("report.submit",
                                            self.content(held, 1))))
        for held, call in calls:
            self.finish(held, (1, False), client.result(call))

    def batch(self, client):
        made = [self.new() for _ in range(self.dice.randint(1, 60))]
        for held in made:
            self.begin(held, (1, False))
        answer = client.batch([self.content(held, 1) for held in made],
                              **{"import": f"label {self.number}"})
        for held, item in zip(made, answer["items"]):
            self.finish(held, (1, False), item)

    def some(self):
        """One of its reports that counts, acknowledged, or None."""
        for _ in range(5):
            held = self.dice.choice(self.held) if self.held else None
            if held and held.acked and not held.acked[1]:
                return held
        return None

    def amend(self, client):
        held = self.some()
        if held:
            self.ask(client, held, (held.acked[0] + 1, False))

    def withdraw(self, client):
        held = self.some()
        if held and self.dice.random() < 0.3:
            self.ask(client, held, (held.acked[0], True))

    def resend(self, client):
        held = self.some()
        if not held:
            return
        answer = client.submit(self.content(held, held.acked[0]))
        if (answer["status"], answer["seq"]) != ("known", held.seq):
            raise AssertionError(
                f"{self.name_of(held)} {held.acked} was acknowledged at "
                f"{held.seq}, resent it is {answer}")


# --- those who listen --------------------------------------------------------

class Pusher(Actor):
    """Has alerts pushed; goes on behind the last event it has."""

    def __init__(self, world, number):
        super().__init__(world, f"pusher {number}")
        self.events = []

    def live(self, client):
        client.call("alerts.subscribe", {
            "from": self.events[-1]["cursor"] if self.events else "all"})
        while True:
            self.events += client.next_push(timeout=600)[1][-1]


class Fetcher(Actor):
    """Pulls pages of any size, waiting for more."""

    def __init__(self, world, number):
        super().__init__(world, f"fetcher {number}")
        self.events = []
        self.cursor = "all"

    def live(self, client):
        while True:
            page = client.call("alerts.fetch", {
                "cursor": self.cursor, "max": self.dice.randint(1, 50),
                "wait_ms": 5000}, timeout=600)
            self.events += page["events"]
            self.cursor = page["cursor"]


class Durable(Actor):
    """Lets the server remember; acknowledges now and then."""

    def __init__(self, world, number):
        super().__init__(world, f"durable {number}")
        self.number = number
        self.events = []
        self.acked = 0  # sequence of the last acknowledged ack

    def take(self, events, is_first):
        """Nothing acked comes again, nothing else is missing."""
        for event in events:
            seq = event["seq"]
            last = self.events[-1]["seq"] if self.events else 0
            if seq <= self.acked:
                raise AssertionError(f"{seq} comes again, acked {self.acked}")
            if seq > last:
                self.events.append(event)
            elif not is_first:
                raise AssertionError(f"{seq} after {last}")

    def live(self, client):
        client.call("alerts.subscribe", {
            "durable": f"desk {self.number}", "from": "all",
            "take_over": True})
        is_first = True
        while True:
            events = client.next_push(timeout=600)[1][-1]
            self.take(events, is_first)
            is_first = is_first and events[-1]["seq"] < \
                self.events[-1]["seq"]
            if self.dice.random() < 0.5:
                answer = client.call("alerts.ack", {
                    "durable": f"desk {self.number}",
                    "cursor": events[-1]["cursor"]})
                if answer["cursor"] == events[-1]["cursor"]:
                    self.acked = max(self.acked, events[-1]["seq"])


class Analyst(Actor):
    """Exports while others write and the daemon dies."""

    def __init__(self, world, number):
        super().__init__(world, f"analyst {number}")
        self.exports = 0

    def live(self, client):
        import hashlib
        while True:
            what = self.dice.choice(("groups", "products", "alerts",
                                     "timeseries", "reports"))
            data, _, end = client.export(what)
            if hashlib.sha256(data).hexdigest() != end["sha256"]:
                raise AssertionError(f"the digest of {what} is wrong")
            self.exports += 1
            time.sleep(self.dice.random() * 0.1)
