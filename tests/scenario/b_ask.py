"""Asking for products and groups."""
from tocsin_reports import fire, report
from tocsin_test import check, equal, refused, run


def fill(client):
    for n in range(3):
        client.submit(report(f"m{n}", brand="Moulinex", model="BY 612",
                             group=f"g{n}"))
    client.submit(report("s", brand="Moulinex", model="BY 612", mode="smoke"))
    client.submit(report("p", brand="Moulin Rouge", model="P1",
                         category="toaster"))
    client.submit(report("b", brand="Bosch", model=None, category="toaster"))
    client.submit(report("c", brand=None, model=None, category="lamp"))
    coded = report("g", brand="Coded", model="X", category="lamp")
    coded["product"]["gtin"] = "3045386369737"
    client.submit(coded)


def names(answer):
    return [product["name"] for product in answer["products"]]


def searches_by_words(place):
    client = place.client(place.daemon())
    fill(client)
    equal(len(client.call("products.search", {})["products"]), 5)
    equal(names(client.call("products.search", {"query": "moulinex"})),
          ["Moulinex BY 612"])
    equal(len(client.call("products.search", {"query": "MOUL"})["products"]),
          2)
    equal(names(client.call("products.search", {"query": "moul by"})),
          ["Moulinex BY 612"])
    equal(client.call("products.search", {"query": "no such"})["products"],
          [])
    equal(len(client.call("products.search", {"query": "toaster"})
              ["products"]), 2)
    equal(len(client.call("products.search", {"brand": "BOSCH"})
              ["products"]), 1)
    equal(len(client.call("products.search", {"category": "kitchen"})
              ["products"]), 3)
    equal(len(client.call("products.search", {"level": "category"})
              ["products"]), 1)
    refused("invalid", client.call, "products.search", {"level": "all"},
            field="level")
    first = client.call("products.search", {"query": "moulinex"})
    equal(first["products"][0]["counts"]["reports"], 4)
    equal(first["more"], False)


def pages_make_the_whole(place):
    client = place.client(place.daemon())
    client.batch([report(f"{n}", model=f"model {n}",
                         mode=("smoke", "switch")[n % 2])
                  for n in range(157)])
    for method, key in (("products.search", "products"),
                        ("groups.list", "groups")):
        got, after = [], ""
        while True:
            page = client.call(method, {"max": 20, "after": after})
            check(len(page[key]) <= 20, len(page[key]))
            got += [item["id"] for item in page[key]]
            after = page["after"]
            if not page["more"]:
                break
        equal(len(got), 157, method)
        equal(len(set(got)), 157, method)
        refused("invalid", client.call, method, {"max": 1001}, field="max")
        refused("invalid", client.call, method, {"after": "nonsense"},
                field="after")


def gets_by_id_code_or_name(place):
    client = place.client(place.daemon())
    fill(client)
    by_name = client.call("products.get", {"brand": "MOULINEX",
                                           "model": "by-612"})
    equal(by_name["product"]["name"], "Moulinex BY 612")
    equal(by_name["counts"]["reports"], 4)
    equal({group["mode"]: group["counts"]["reports"]
           for group in by_name["groups"]}, {"overheating": 3, "smoke": 1})
    equal(client.call("products.get", {"id": by_name["product"]["id"]}),
          by_name)
    equal(client.call("products.get", {"brand": "Moulineux",
                                       "model": "Moulinex BY 612"}), by_name)
    by_code = client.call("products.get", {"gtin": "03045386369737"})
    equal(by_code["product"]["brand"], "coded")
    equal(by_code["product"]["gtin"], "03045386369737")
    equal(client.call("products.get", {"gtin": "3045386369737"}), by_code)
    refused("not-found", client.call, "products.get", {"id": "p999"})
    refused("not-found", client.call, "products.get",
            {"brand": "Moulinex", "model": "other"})
    for bad in ({}, {"brand": "Moulinex"}, {"id": "kettle"}):
        refused("invalid", client.call, "products.get", bad)


def gets_groups(place):
    client = place.client(place.daemon())
    fill(client)
    product = client.call("products.get", {"brand": "Moulinex",
                                           "model": "BY 612"})["product"]["id"]
    whole = client.call("groups.get", {"product": product})
    check("mode" not in whole or not whole["mode"], whole)
    equal(whole["counts"], {"reports": 4, "cases": 4, "sources": 4,
                            "organisations": 1})
    one = client.call("groups.get", {"product": product, "mode": "Fumée"})
    equal(one["mode"], "smoke")
    equal(one["counts"]["reports"], 1)
    equal(one["countries"], ["FR"])
    equal(one["occurred"], {"first": "2026-06-01", "last": "2026-06-30"})
    equal(one["filed"], {"first": "2026-06-15", "last": "2026-06-15"})
    check(one["received"]["first"].startswith("2026-06-15T12:0"), one)
    refused("not-found", client.call, "groups.get",
            {"product": product, "mode": "sparks"})
    refused("not-found", client.call, "groups.get", {"product": "p999"})
    refused("invalid", client.call, "groups.get", {"product": "x"})
    listed = client.call("groups.list", {"category": "toaster"})["groups"]
    equal(len(listed), 2)


def shows_alerts(place):
    client = place.client(place.daemon())
    client.submit(fire("1", "a"))
    answer = client.submit(fire("2", "b"))
    alerts = [{"id": "a1", "state": "open"}]
    equal(answer["alerts"], alerts)
    product = answer["product"]["id"]
    equal(client.call("products.get", {"id": product})["alerts"], alerts)
    equal(client.call("groups.get", {"product": product})["alerts"], alerts)
    equal(client.submit(fire("3", "b"))["alerts"], alerts)


def stats_move(place):
    client = place.client(place.daemon())
    before = client.call("server.stats", {})
    client.submit(fire("1", "a"))
    client.submit(fire("1", "a"))
    client.submit(fire("2", "b"))
    after = client.call("server.stats", {})
    check(after["server"].startswith("tocsind"), after["server"])
    equal((after["reports"], after["products"], after["alerts_open"]),
          (2, 1, 1))
    check(after["seq"] > before["seq"], after["seq"])
    moved = {name for name, value in after["metrics"].items()
             if value != before["metrics"][name]}
    check({"calls", "reports_new", "reports_known"} <= moved, moved)


run(searches_by_words, pages_make_the_whole, gets_by_id_code_or_name,
    gets_groups, shows_alerts, stats_move)
