"""Products that look alike: proposed with reasons, never merged unasked."""
import json

from tocsin_import import tocsin
from tocsin_reports import report
from tocsin_test import check, equal, refused, run

WHY = {"reason": "checked on the type plate", "author": "desk"}


def product_of(client, name, brand, model=None, **fields):
    answer = client.submit(report(name, brand=brand, model=model,
                                  group=name, **fields))
    return answer["product"]["id"]


def products_of(client, *names, **fields):
    return [product_of(client, f"{brand}-{model}", brand, model, **fields)
            for brand, model in names]


def act(client, verb, **arguments):
    return client.call(f"products.{verb}", dict(arguments, **WHY))


def pairs_of(client, **arguments):
    """Every pair, over all pages: {(lower id, higher id): pair}."""
    found, after = {}, ""
    while True:
        page = client.call("products.similar", dict(arguments, after=after))
        for pair in page["pairs"]:
            key = frozenset((pair["product"]["id"], pair["other"]["id"]))
            check(key not in found, "told twice", key)
            found[key] = pair
        if not page["more"]:
            return found
        after = page["after"]


def score(found, one, other):
    pair = found.get(frozenset((one, other)))
    return pair["score"] if pair else 0


def explained(pair):
    """The reasons make the score of brands: nothing else speaks."""
    names = [reason["feature"] for reason in pair["reasons"]]
    equal(len(names), len(set(names)))
    weights = [abs(reason["value"] * reason["weight"])
               for reason in pair["reasons"]]
    equal(weights, sorted(weights, reverse=True))
    return names


def spellings_of_a_brand(place):
    client = place.client(place.daemon())
    right, *wrong = products_of(
        client, ("Wurlimat", None), ("Wurlimatt", None), ("Wurlimta", None),
        ("Vurlimat", None), ("Wurlimat Deluxe", None))
    far = products_of(client, ("Wurlimatador", None), ("Wurzelbaum", None))
    elsewhere = product_of(client, "e", "Wurlimatt", category="toaster")
    found = pairs_of(client)
    for other in wrong:
        check(score(found, right, other) >= .5, other, found)
    for other in far + [elsewhere]:
        equal(score(found, right, other), 0)
    low = pairs_of(client, min_score=1)
    check(0 < score(low, right, far[0]) < .2, low)
    equal(low[frozenset((right, far[0]))]["decision"], "no")
    best = found[frozenset((right, wrong[0]))]
    equal(best["decision"], "propose")
    check("brand-edits" in explained(best), best)
    one = client.call("products.similar", {"product": right})
    equal(sorted(pair["other"]["id"] for pair in one["pairs"]),
          sorted(wrong))
    equal([pair["score"] for pair in one["pairs"]],
          sorted((pair["score"] for pair in one["pairs"]), reverse=True))
    equal(client.call("products.search", {"query": "wurlimat"})["more"],
          False)


def models(place):
    client = place.client(place.daemon())
    plain, black, misspelt, next_one, far = products_of(
        client, ("Moulinex", "BY612"), ("Moulinex", "BY612B"),
        ("Moulinx", "BY612"), ("Moulinex", "BY613"), ("Zanker", "LK99001"))
    phone, plus, old = products_of(
        client, ("Wobble", "Shell S10"), ("Wobble", "Shell S10 Plus"),
        ("Wobble", "Shell S11"), category="mobile")
    found = pairs_of(client)
    pair = found[frozenset((plain, black))]
    check("variant" in explained(pair), pair)
    check("brand-near" in explained(found[frozenset((plain, misspelt))]),
          found)
    check(score(found, plain, misspelt) > score(found, plain, black), found)
    for one, other in ((plain, next_one), (black, next_one), (plain, far),
                       (phone, old), (plus, old)):
        equal(score(found, one, other), 0, (one, other))
    check(score(found, phone, plus) < .7, "an edition is another model")
    equal(client.call("products.get", {"id": plain})["members"], [])


def what_a_curator_said(place):
    daemon = place.daemon()
    client = place.client(daemon)
    one, other, third = products_of(
        client, ("Wurlimat", None), ("Wurlimatt", None), ("Wurlimta", None))

    def listed(pair=(one, other)):
        return frozenset(pair) in pairs_of(client)

    check(listed(), "proposed")
    refusal = act(client, "distinct", id=one, **{"from": other})
    check(not listed(), "a refusal is remembered")
    equal([pair["other"]["id"] for pair in client.call(
        "products.similar", {"product": one})["pairs"]], [third])
    daemon.kill()
    daemon.start()
    client = place.client(daemon)
    check(not listed(), "after a crash, too")
    act(client, "undo", act=refusal["act"])
    check(listed(), "the refusal was taken back")
    merged = act(client, "merge", id=other, into=one)
    check(not listed(), "one product is not like itself")
    found = pairs_of(client)
    check(frozenset((one, third)) in found, found)
    equal(pairs_of(client, product=other).keys(),
          {frozenset((one, third))})
    act(client, "undo", act=merged["act"])
    check(listed(), "the merge was taken back")
    # Who joins a family inherits what was said of its members.
    act(client, "distinct", id=third, **{"from": other})
    act(client, "merge", id=other, into=one)
    check(not listed((one, third)), "refused of a member")


def two_readings_of_a_code(place):
    """Eight digits that are a GTIN-8 and a UPC-E: nobody says which."""
    client = place.client(place.daemon())

    def coded(name, gtin, **names):
        product = dict({"category": "kettle", "gtin": gtin}, **names)
        return client.submit(report(name, group=name, product=product))[
            "product"]["id"]

    eight, other = coded("1", "12345601"), coded("2", "123000004561")
    check(eight != other, "two keys")
    coded("3", "4006381333931")
    found = pairs_of(client)
    equal(list(found), [frozenset((eight, other))])
    check("gtin-second" in explained(found[frozenset((eight, other))]), found)
    for one in (eight, other):
        equal(len(client.call("products.similar", {"product": one})["pairs"]),
              1)
    # A code that is learnt later.
    late = product_of(client, "4", "Wurlimat", "KX2000")
    equal(coded("5", "13579050", brand="Wurlimat", model="KX2000"), late)
    other = coded("6", "135790000050")
    check(frozenset((late, other)) in pairs_of(client), "learnt later")


def through_a_member(place):
    """A merged product goes on finding what is like it, not like its root."""
    client = place.client(place.daemon())
    root, member, like_member = products_of(
        client, ("Wurlimat", "KX1000"), ("Wurlimat", "ZP7777B"),
        ("Wurlimat", "ZP7777"))
    act(client, "merge", id=member, into=root)
    pair = pairs_of(client)[frozenset((root, like_member))]
    equal(pair["member"], member)
    equal(pair["reports"] + pair["other_reports"], 3)


def pages_hold_all_once(place):
    client = place.client(place.daemon())
    for tail in ("", "B", "W"):
        client.batch([report(f"{number}{tail}", brand="Wurlimat",
                             model=f"QR{1000 + 7 * number}{tail}")
                      for number in range(700)])
    whole = pairs_of(client, max=1000)
    equal(len(whole), 3 * 700)
    equal(pairs_of(client, max=7).keys(), whole.keys())
    one = next(iter(whole.values()))["product"]["id"]
    equal(len(pairs_of(client, product=one, max=1)), 2)
    page = client.call("products.similar", {"max": 1000})
    check(page["asked"] <= 500, page["asked"])
    check(page["compared"] <= 50 * page["asked"], page["compared"])
    check(page["looked_at"] <= 200 * page["asked"], page["looked_at"])


def bad_questions(place):
    client = place.client(place.daemon())
    known = product_of(client, "1", "Wurlimat")
    nothing = product_of(client, "2", None)
    equal(pairs_of(client, product=known), {})
    equal(pairs_of(client, product=nothing), {})
    for field, value in (("product", "612"), ("after", "1"),
                         ("after", "1-"), ("after", "x-1"),
                         ("after", "1-1-1"), ("after", "99999999999-0")):
        refused("invalid", client.call, "products.similar", {field: value},
                field=field)
    refused("not-found", client.call, "products.similar",
            {"product": "p99"}, field="product")
    equal(client.call("products.similar", {"after": "4000000000-0"})["pairs"],
          [])


def from_the_shell(place):
    daemon = place.daemon()
    client = place.client(daemon)
    rare, often, third = products_of(
        client, ("Wurlimatt", None), ("Wurlimat", None), ("Wurlimta", None))
    product_of(client, "again", "Wurlimat")
    table = tocsin(place, daemon, "products", "similar")
    equal(table.returncode, 0, table.stderr)
    check(b"brand-edits -1.7" in table.stdout, table.stdout)
    lines = tocsin(place, daemon, "products", "similar", rare, "-o", "ndjson")
    told = [json.loads(line) for line in lines.stdout.splitlines()]
    equal({pair["other"]["id"] for pair in told}, {often, third})
    high = tocsin(place, daemon, "products", "similar", "--min-score", "100")
    check(b"no products look alike" in high.stderr, high.stderr)
    for words in (("similar", "--min-score", "x"),
                  ("accept", often, rare), ("refuse", often, rare),
                  ("accept", often, rare, "--reason", "x", "--into", third)):
        equal(tocsin(place, daemon, "products", *words).returncode, 2, words)
    done = tocsin(place, daemon, "products", "refuse", rare, third,
                  "--reason", "another plug", "--json")
    equal(json.loads(done.stdout)["kind"], "distinct", done.stderr)
    done = tocsin(place, daemon, "products", "accept", often, rare,
                  "--reason", "one plate", "--json")
    equal(json.loads(done.stdout)["product"]["id"], often)
    client.call("products.undo",
                dict(WHY, act=json.loads(done.stdout)["act"]))
    done = tocsin(place, daemon, "products", "accept", often, rare, "--into",
                  rare, "--reason", "one plate", "--json")
    equal(json.loads(done.stdout)["product"]["id"], rare)


run(spellings_of_a_brand, models, what_a_curator_said,
    two_readings_of_a_code, through_a_member, pages_hold_all_once,
    bad_questions, from_the_shell)
