"""What curators do: every act and its being taken back, counts and alerts."""
import random

from tocsin_client import RpcError
from tocsin_reports import clock, fire, report
from tocsin_test import SOURCE, check, equal, refused, run

WHY = {"reason": "checked on the type plate", "author": "desk"}


def product_of(client, name, model, group="g1", **fields):
    answer = client.submit(report(name, model=model, group=group, **fields))
    return answer["product"]["id"]


def act(client, verb, **arguments):
    return client.call(f"products.{verb}", dict(arguments, **WHY))


def unlawful(code, text, client, verb, **arguments):
    refused(code, client.call, f"products.{verb}", dict(arguments, **WHY),
            text=text)


def counts(client, product):
    answer = client.call("products.get", {"id": product})
    return answer["counts"]


def merge_and_split(place):
    client = place.client(place.daemon())
    one = product_of(client, "1", "BY 612", "a")
    product_of(client, "2", "BY 612", "b")
    other = product_of(client, "3", "BY 612 B", "b")
    product_of(client, "4", "BY 612 B", "c", failure={"mode": "smoke"})
    merged = act(client, "merge", id=other, into=one)
    equal(merged["product"]["id"], one)
    equal(merged["product_counts"], {"reports": 4, "cases": 4, "sources": 3,
                                     "organisations": 1})
    for asked in (one, other):
        found = client.call("products.get", {"id": asked})
        equal(found["product"]["id"], one)
        equal(found["asked"], asked)
        equal(found["members"], [other])
        equal(found["counts"]["sources"], 3)
        equal({group["mode"]: group["counts"]["sources"]
               for group in found["groups"]}, {"overheating": 2, "smoke": 1})
    answer = client.submit(report("5", model="BY 612 B", group="a"))
    equal(answer["product"]["id"], one)
    equal(answer["counts"]["reports"], 4)
    equal(answer["product_counts"]["sources"], 3)
    listed = client.call("groups.list", {"product": other})["groups"]
    equal([group["product"]["id"] for group in listed], [one, one])
    equal(client.call("groups.list", {})["groups"], listed)
    equal([found["id"] for found in client.call(
        "products.search", {"query": "612"})["products"]], [one])
    act(client, "split", id=other)
    equal(counts(client, one)["sources"], 2)
    equal(counts(client, other), {"reports": 3, "cases": 3, "sources": 3,
                                  "organisations": 1})
    history = client.call("products.history", {"id": other})
    equal([entry["kind"] for entry in history["acts"]], ["merge", "split"])
    equal(history["acts"][0]["reason"], WHY["reason"])
    equal(history["acts"][0]["author"], "desk")
    equal(history["acts"][0]["other"], one)
    equal(client.call("products.history", {"id": one})["acts"][0]["product"],
          other)
    equal(client.call("products.history", {"id": one})["acts"][0]["other"], one)
    check("merged_into" not in history, "it stands for itself")


def merges_are_sticky_and_survive(place):
    daemon = place.daemon()
    client = place.client(daemon)
    one = product_of(client, "1", "A 1000")
    other = product_of(client, "2", "A 1001", "b")
    act(client, "merge", id=other, into=one)
    client.batch([report(f"n{n}", model="A 1001", group=f"x{n}")
                  for n in range(50)])
    equal(counts(client, one)["reports"], 52)
    daemon.kill()
    daemon.start()
    client = place.client(daemon)
    equal(counts(client, other)["reports"], 52)
    equal(client.call("products.history", {"id": other})["read_as"], one)


def lawless_merges(place):
    client = place.client(place.daemon())
    ids = [product_of(client, str(n), f"K {n}000") for n in range(4)]
    category = client.submit(report("c", brand=None,
                                    model=None))["product"]["id"]
    unlawful("conflict", "cycle", client, "merge", id=ids[0], into=ids[0])
    act(client, "merge", id=ids[0], into=ids[1])
    act(client, "merge", id=ids[1], into=ids[2])
    equal(counts(client, ids[0])["reports"], 3)
    unlawful("conflict", "cycle", client, "merge", id=ids[2], into=ids[0])
    unlawful("conflict", "already", client, "merge", id=ids[0],
            into=ids[3])
    unlawful("conflict", "not merged", client, "split", id=ids[2])
    unlawful("not-found", "no such", client, "merge", id="p999",
            into=ids[0])
    unlawful("invalid", "category", client, "merge", id=category,
            into=ids[0])
    unlawful("invalid", "p12", client, "split", id="612")
    unlawful("not-found", "no act", client, "undo", act=1)
    act(client, "split", id=ids[1])
    equal(counts(client, ids[1])["reports"], 2)
    equal(counts(client, ids[2])["reports"], 1)
    dry = act(client, "merge", id=ids[1], into=ids[3], dry_run=True)
    equal(dry["act"], 0)
    equal(counts(client, ids[3])["reports"], 1)


def undo_of_every_verb(place):
    client = place.client(place.daemon())
    one = product_of(client, "1", "U 1000", "a")
    other = product_of(client, "2", "U 2000", "b")
    merged = act(client, "merge", id=other, into=one)
    split = act(client, "undo", act=merged["act"])
    equal(split["kind"], "split")
    equal(counts(client, one)["reports"], 1)
    unlawful("conflict", f"act {split['act']}", client, "undo",
            act=merged["act"])
    again = act(client, "undo", act=split["act"])
    equal(again["kind"], "merge")
    equal(counts(client, one)["reports"], 2)
    act(client, "undo", act=again["act"])

    alias = act(client, "alias", id=one, brand="Moolineks", model="U1000")
    equal(product_of(client, "3", "U 1000", brand="Moolineks"), one)
    unlawful("conflict", "already", client, "alias", id=one,
            brand="Moolineks", model="U-1000")
    unlawful("conflict", "taken", client, "alias", id=other,
            brand="Moolineks", model="U1000")
    unlawful("conflict", "taken", client, "alias", id=other,
            brand="Moulinex", model="U 1000")
    unlawful("invalid", "either", client, "alias", id=one, brand="X")
    equal(act(client, "undo", act=alias["act"])["kind"], "unalias")
    check(product_of(client, "4", "U 1000", brand="Moolineks") != one,
          "the alias is gone")

    named = act(client, "rename", id=one, brand="Moulinex", model="Subito")
    equal(named["product"]["name"], "Moulinex Subito")
    product_of(client, "5", "U1000", "z1")
    product_of(client, "6", "U1000", "z2")
    equal(client.call("products.get", {"id": one})["product"]["name"],
          "Moulinex Subito")
    later = act(client, "rename", id=one, brand="Moulinex", model="Subito 2")
    unlawful("conflict", "again", client, "undo", act=named["act"])
    act(client, "undo", act=later["act"])
    equal(client.call("products.search", {"query": "subito"})["products"][0]
          ["name"], "Moulinex Subito")
    act(client, "undo", act=named["act"])
    check("Subito" not in client.call(
        "products.get", {"id": one})["product"]["name"], "the name is gone")

    apart = act(client, "distinct", id=one, **{"from": other})
    unlawful("conflict", "not the same", client, "merge", id=other,
            into=one)
    unlawful("conflict", "already", client, "distinct", id=other,
            **{"from": one})
    equal(act(client, "undo", act=apart["act"])["kind"], "indistinct")
    act(client, "merge", id=other, into=one)
    unlawful("conflict", "split them", client, "distinct", id=one,
            **{"from": other})


def aliases_of_codes(place):
    client = place.client(place.daemon())
    one = product_of(client, "1", "G 1000")
    act(client, "alias", id=one, gtin="3045386369737")
    answer = client.submit({
        "id": "2", "kind": "breakdown", "country": "FR", "occurred": "2026",
        "product": {"category": "kettle", "brand": "Tefal",
                    "gtin": "3045386369737"}})
    equal(answer["product"]["id"], one)
    unlawful("invalid", "digit", client, "alias", id=one,
            gtin="3045386369738")


def a_merge_rings_and_a_split_takes_back(place):
    client = place.client(place.daemon())
    one = client.submit(fire("1", "a"))["product"]["id"]
    other = client.submit(dict(fire("2", "b"), product={
        "category": "kettle", "brand": "Moulinex", "model": "BY 613"}))
    other = other["product"]["id"]
    equal(client.fetch_all()[0], [])
    merged = act(client, "merge", id=other, into=one)
    events = client.fetch_all()[0]
    equal([event["change"] for event in events], ["raised"])
    equal(events[0]["alert"]["product"]["members"], [other])
    equal(merged["alerts"], [{"id": events[0]["alert"]["id"],
                              "state": "open"}])
    act(client, "undo", act=merged["act"])
    events = client.fetch_all()[0]
    equal([event["change"] for event in events], ["raised", "withdrawn"])
    equal(events[-1]["alert"]["state"], "withdrawn")
    equal(client.call("server.stats", {})["alerts_open"], 0)


def alerts_change_hands(place):
    daemon = place.daemon()
    client = place.client(daemon)
    models = {"one": "BY 612", "other": "BY 613"}
    ids = {}
    for name, model in models.items():
        for group in ("a", "b"):
            made = dict(fire(name + group, group), product={
                "category": "kettle", "brand": "Moulinex", "model": model})
            ids[name] = client.submit(made)["product"]["id"]
    raised = {event["alert"]["product"]["id"]: event["alert"]["id"]
              for event in client.fetch_all()[0]}
    merged = act(client, "merge", id=ids["other"], into=ids["one"])
    events = client.fetch_all()[0][2:]
    equal([(event["change"], event["alert"]["id"], event["alert"]["state"],
            event["alert"]["replaces"]) for event in events],
          [("merged", raised[ids["other"]], "withdrawn", []),
           ("merged", raised[ids["one"]], "open", [raised[ids["other"]]])])
    equal(events[1]["alert"]["counts"]["sources"], 2)
    equal(events[1]["alert"]["counts"]["reports"], 4)
    daemon.restart(clock=clock(1))
    client = place.client(daemon)
    act(client, "undo", act=merged["act"])
    events = client.fetch_all()[0][4:]
    equal([(event["change"], event["alert"]["id"], event["alert"]["state"],
            event["alert"]["replaces"]) for event in events],
          [("split", raised[ids["one"]], "open", []),
           ("split", raised[ids["other"]], "open", [raised[ids["one"]]])])
    equal(events[0]["alert"]["counts"]["reports"], 2)
    equal(client.call("server.stats", {})["alerts_open"], 2)


def a_mode_of_members_only_rings_once(place):
    counts = SOURCE / "etc/rules/examples/counts.yaml"
    daemon = place.daemon(settings=[f"rules.files={counts}"])
    client = place.client(daemon)
    one = product_of(client, "1", "M 1000", "a", failure={"mode": "smoke"})
    other = product_of(client, "2", "M 2000", "b", failure={"mode": "leak"})
    act(client, "merge", id=other, into=one)
    for n in range(8):
        client.submit(report(f"n{n}", model="M 2000", mode="leak",
                             group=f"g{n}"))
    alerts = {event["alert"]["id"] for event in client.fetch_all()[0]
              if event["alert"]["mode"] == "leak"}
    equal(len(alerts), 1)


def whoever_asked_for_a_member_is_told(place):
    client = place.client(place.daemon())
    one = client.submit(fire("1", "a"))["product"]["id"]
    client.submit(fire("2", "b"))
    other = product_of(client, "3", "M 2000", "c")
    asked = {"filter": {"product": [other]}}
    equal(client.fetch_all("all", **asked)[0], [])
    merged = act(client, "merge", id=other, into=one)
    equal([event["change"] for event in client.fetch_all("all", **asked)[0]],
          ["merged"])
    act(client, "undo", act=merged["act"])
    equal([event["change"] for event in client.fetch_all("all", **asked)[0]],
          ["merged", "left_filter"])


class Model:
    """Sets of sources by product, and a tree of merges."""

    def __init__(self, nproducts):
        self.reports = {}
        self.parent = {n: None for n in range(nproducts)}

    def root(self, product):
        while self.parent[product] is not None:
            product = self.parent[product]
        return product

    def counts(self, product, mode=None):
        root = self.root(product)
        held = [facts for facts in self.reports.values()
                if self.root(facts[0]) == root and mode in (None, facts[1])]
        return len(held), len({facts[2] for facts in held})


def random_acts_agree_with_sets(place):
    """Sources are few, so that nearly all of them overlap."""
    dice = random.Random(612)
    daemon = place.daemon()
    client = place.client(daemon)
    model, ids = Model(12), {}
    modes = ["overheating", "smoke", "leak"]
    for n in range(12):
        ids[n] = product_of(client, f"first{n}", f"R {n}00", "g0")
        model.reports[f"first{n}"] = (n, "overheating", "g0")
    for step in range(400):
        kind = dice.random()
        product = dice.randrange(12)
        if kind < 0.5:
            name = f"r{dice.randrange(150)}"
            facts = (product, dice.choice(modes), f"g{dice.randrange(9)}")
            client.submit(report(name, model=f"R {product}00", group=facts[2],
                                 mode=facts[1]))
            model.reports[name] = facts
        elif kind < 0.6 and len(model.reports) > 20:
            name = dice.choice(sorted(model.reports))
            client.call("report.withdraw", {"id": name, "reason": "x"})
            del model.reports[name]
        elif kind < 0.8:
            into = dice.randrange(12)
            lawful = model.parent[product] is None and \
                model.root(into) != product
            try:
                act(client, "merge", id=ids[product], into=ids[into])
                check(lawful, "a merge that makes no tree was taken")
                model.parent[product] = into
            except RpcError as error:
                equal(error.code, "conflict")
                check(not lawful, f"a lawful merge was refused: {error}")
        elif model.parent[product] is not None:
            act(client, "split", id=ids[product])
            model.parent[product] = None
        if step % 10 == 0:
            probe = dice.randrange(12)
            found = client.call("products.get", {"id": ids[probe]})
            equal(found["product"]["id"], ids[model.root(probe)])
            equal((found["counts"]["reports"], found["counts"]["sources"]),
                  model.counts(probe), f"step {step}")
            for group in found["groups"]:
                equal((group["counts"]["reports"],
                       group["counts"]["sources"]),
                      model.counts(probe, group["mode"]),
                      f"step {step} {group['mode']}")
        if step == 200:
            daemon.kill()
            daemon.start()
            client = place.client(daemon)


if __name__ == "__main__":
    run(merge_and_split, merges_are_sticky_and_survive, lawless_merges,
        undo_of_every_verb, aliases_of_codes,
        a_merge_rings_and_a_split_takes_back, alerts_change_hands,
        a_mode_of_members_only_rings_once, whoever_asked_for_a_member_is_told,
        random_acts_agree_with_sets)
