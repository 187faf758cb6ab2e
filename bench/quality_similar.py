"""products.similar on stores of 100,000 and a million invented products.

Brands and series follow Zipf's law, model numbers are letters and digits, an
eighth of the products is known by its brand only.  One in fifty is planted: an
earlier product with its brand misspelt, or with a letter behind its number.
"""

import random
import time

import msgpack

SIZES = (("100k", 100000), ("1m", 1000000))
BATCH = 1000
WINDOW = 4
ASKED, PLANTED_ASKED = 2000, 1000
BRANDS, SERIES, CATEGORIES = 20000, 3000, (
    "kettle", "toaster", "iron", "vacuum", "hair-dryer", "mobile", "laptop")
SYLLABLES = [c + v for c in "bcdfghjklmnprstvwz" for v in "aeiou"]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class World:
    """Invented products, the same for a seed."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.brands = self.words(BRANDS, 2, 5)
        self.series = self.words(SERIES, 2, 3)
        self.recent = []
        self.planted = {}  # number of a product: (its key, the original's)
        self.seen = set()

    def words(self, count, least, most):
        made = set()
        while len(made) < count:
            made.add("".join(self.dice.choices(
                SYLLABLES, k=self.dice.randint(least, most))).title())
        made = sorted(made)  # a set has another order in each run
        self.dice.shuffle(made)
        return made

    def zipf(self, words):
        """Rank by a density of 1 / rank."""
        return words[int(len(words) ** self.dice.random()) - 1]

    def model(self):
        dice = self.dice
        number = "".join(dice.choices(LETTERS, k=dice.randint(1, 3))) + \
            str(dice.randint(100, 99999))
        shape = dice.random()
        if shape < .5:
            return number
        if shape < .8:
            return f"{self.zipf(self.series)} {number}"
        return f"{self.zipf(self.series)} {self.zipf(self.series)} " \
            f"{dice.randint(1, 99)}"

    def misspelt(self, brand):
        at = self.dice.randrange(1, len(brand))
        return self.dice.choice((
            brand[:at] + brand[at + 1:], brand[:at] + brand[at - 1:],
            brand[:at] + self.dice.choice("aeiou") + brand[at + 1:]))

    def plant(self):
        """A recent product and the names of its look-alike."""
        names = brand, model, category = self.dice.choice(self.recent)
        if model and model[-1].isdigit() and self.dice.random() < .5:
            return names, (brand, model + self.dice.choice("BWSX"), category)
        return names, (self.misspelt(brand), model, category)

    def next(self, number):
        while True:
            original, names = None, (
                self.zipf(self.brands),
                "" if self.dice.random() < .125 else self.model(),
                self.dice.choice(CATEGORIES))
            if self.recent and self.dice.random() < .02:
                original, names = self.plant()
            key = identity(names)
            if key in self.seen:
                continue
            self.seen.add(key)
            if original:
                self.planted[number] = key, identity(original)
            elif self.dice.random() < .05 or not self.recent:
                self.recent = self.recent[-500:] + [names]
            return names


def identity(names):
    """What names one product to tocsind: a number stands for its model, and
    what has a model is one product in every category."""
    brand, model, category = (name.lower() for name in names)
    word = model.split()[-1] if model else ""
    if not word:
        return brand, "", category
    return brand, word if word[0].isalpha() else model.replace(" ", ""), ""


def identity_of(product):
    """The same of a product as it is answered."""
    brand, model = (product[key].lower().replace(" ", "")
                    for key in ("brand", "model"))
    return brand, model, "" if model else product["category"]


class Peer:
    """A connection that calls."""

    def __init__(self, server):
        self.socket = server.hello()
        self.socket.settimeout(300)
        self.unpacker = msgpack.Unpacker(raw=False, strict_map_key=False)
        self.calls = 1

    def send(self, method, argument):
        self.calls += 1
        self.socket.sendall(msgpack.packb(
            [0, self.calls, method, [argument]]))

    def receive(self):
        while True:
            for message in self.unpacker:
                if message[2]:
                    raise RuntimeError(message[2])
                return message[3]
            self.unpacker.feed(self.socket.recv(1 << 20))

    def call(self, method, argument):
        self.send(method, argument)
        return self.receive()


def report(number, names):
    brand, model, category = names
    product = {"brand": brand, "category": category}
    if model:
        product["model"] = model
    return {"id": str(number), "kind": "breakdown", "product": product,
            "country": "FR", "occurred": "2026-06",
            "failure": {"mode": "overheating"}}


def fill(bench, peer, world, first, last):
    """One report a product; the store's number of each is its order."""
    begin, open_calls = time.monotonic(), 0
    for number in range(first, last, BATCH):
        peer.send("report.submit_batch", {"reports": [
            report(one, world.next(one))
            for one in range(number, number + BATCH)]})
        open_calls += 1
        if open_calls == WINDOW:
            peer.receive()
            open_calls -= 1
    for _ in range(open_calls):
        peer.receive()
    bench.say(f"{last - 1:,} products in {time.monotonic() - begin:.0f} s")
    ask(peer, [1])  # waits for the checkpoint


def ask(peer, numbers):
    """(look-alikes, entries looked at, pairs compared, ms) of each."""
    found = []
    for number in numbers:
        begin = time.monotonic()
        answer = peer.call("products.similar", {"product": f"p{number}"})
        found.append(({identity_of(pair["other"])
                       for pair in answer["pairs"]},
                      answer["looked_at"], answer["compared"],
                      1000 * (time.monotonic() - begin)))
    return found


def located(peer, planted):
    """(the store's number, its original's key): a few products that tocsind
    takes for one another put the numbers behind them off."""
    off = 0
    for number, (key, original) in planted:
        for more in range(100):
            product = peer.call("products.get", {
                "id": f"p{number - off - more}"})["product"]
            if identity_of(product) == key:
                off += more
                yield number - off, original
                break


def add_figures(bench, name, found):
    looked, compared, took = (sorted(column) for column in
                              list(zip(*found))[1:])
    count = len(found)
    bench.figures.add(
        f"candidates_per_report_{name}", sum(looked) / count,
        f"entries of the index looked at; at most {looked[-1]}; compared "
        f"{sum(compared) / count:.1f}, at most {compared[-1]}")
    bench.figures.add(
        f"similar_ms_{name}", sum(took) / count,
        f"a call for one product; p99 {took[count * 99 // 100]:.1f}")


def measure(bench, name, peer, world):
    held = peer.call("server.stats", {})["products"]
    add_figures(bench, name, ask(peer, world.dice.sample(
        range(1, held + 1), ASKED)))
    planted = list(located(peer, sorted(world.dice.sample(
        sorted(world.planted.items()), PLANTED_ASKED))))
    found = ask(peer, [number for number, _ in planted])
    right = sum(original in others for (_, original), (others, *_)
                in zip(planted, found))
    bench.figures.add(
        f"similar_planted_{name}", right / PLANTED_ASKED,
        f"of {PLANTED_ASKED} misspelt brands and variants, the share that is "
        "proposed with its original")


def run(bench):
    server = bench.server("similar")
    peer, world, first = Peer(server), World(1), 1
    for name, count in SIZES[:1 if bench.quick else None]:
        fill(bench, peer, world, first, count + 1)
        measure(bench, name, peer, world)
        first = count + 1
    server.stop()
