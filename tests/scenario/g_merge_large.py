"""Two products of 100,000 reports each: a merge neither holds others up nor
is ever half done."""
import random
import threading
import time

from tocsin_client import Client
from tocsin_reports import report
from tocsin_test import check, equal, run, slowness

EACH = 100000 if slowness() == 1 else 20000
SOURCES = 30000
KILLS = 12
WHY = {"reason": "one and the same"}


def fill(client, model, first):
    """Reports of one product; sources of both overlap by half."""
    for begin in range(0, EACH, 1000):
        client.batch([report(
            f"{model}-{n}", model=f"Large {model}000",
            group=f"s{first + n % SOURCES}",
            mode=("smoke", "leak", "overheating")[n % 3])
            for n in range(begin, min(begin + 1000, EACH))])
    found = client.call("products.get", {"brand": "Moulinex",
                                         "model": f"Large {model}000"})
    return found["product"]["id"]


def counts(client, product):
    found = client.call("products.get", {"id": product})
    return found["product"]["id"], found["counts"]["reports"], \
        found["counts"]["sources"]


class Bystander(threading.Thread):
    """Somebody else's single reports, and how long each took."""

    def __init__(self, address):
        super().__init__()
        self.client = Client(address, hello=True, organisation="others")
        self.is_over = threading.Event()
        self.waits = []

    def run(self):
        n = 0
        while not self.is_over.is_set():
            begin = time.monotonic()
            self.client.submit(report(f"b{n}", brand="Bosch", model=f"TW {n}"))
            self.waits.append(time.monotonic() - begin)
            n += 1

    def end(self):
        self.is_over.set()
        self.join()
        self.client.close()
        return max(self.waits)


def wait_of_others(daemon, work):
    bystander = Bystander(daemon.address)
    bystander.start()
    time.sleep(0.2)
    work()
    time.sleep(0.1)
    return bystander.end()


def nobody_waits_and_nothing_is_half_done(place):
    daemon = place.daemon()
    client = place.client(daemon)
    one, other = fill(client, 1, 0), fill(client, 2, SOURCES // 2)
    apart = {one: counts(client, one), other: counts(client, other)}
    sources = len({n % SOURCES for n in range(EACH)})
    equal(apart[one], (one, EACH, sources))
    union = len({n % SOURCES for n in range(EACH)} |
                {SOURCES // 2 + n % SOURCES for n in range(EACH)})
    together = (one, 2 * EACH, union)
    quiet = wait_of_others(daemon, lambda: time.sleep(1))
    busy = wait_of_others(daemon, lambda: (
        client.call("products.merge", dict(WHY, id=other, into=one)),
        client.call("products.split", dict(WHY, id=other))))
    equal(counts(client, other), apart[other])
    # A disk that syncs slowly holds everybody up; the merge must not.
    check(busy < quiet + 0.05 * slowness(),
          f"others waited {busy * 1000:.0f} ms, {quiet * 1000:.0f} before")
    print(f"others waited at most {quiet * 1000:.0f} ms before, "
          f"{busy * 1000:.0f} ms meanwhile")
    dice = random.Random(17)
    done = 0
    for _ in range(KILLS):
        client.send("products.merge", dict(WHY, id=other, into=one))
        time.sleep(dice.random() * 0.1)
        daemon.kill()
        daemon.start()
        client = place.client(daemon)
        found = counts(client, other)
        check(found in (together, apart[other]), f"half merged: {found}")
        if found == together:
            done += 1
            client.call("products.split", dict(WHY, id=other))
            equal(counts(client, other), apart[other])
            equal(counts(client, one), apart[one])
    print(f"{done} of {KILLS} merges were done when the daemon was killed")


if __name__ == "__main__":
    run(nobody_waits_and_nothing_is_half_done, seconds=300)
