"""Values that break a rule: named field, stable code, nothing kept."""
import msgpack

from tocsin_reports import day, report
from tocsin_test import check, equal, refused, run


def raw_submit(client, packed_report):
    """Submit bytes that no packer would make."""
    client.send_raw(b"\x94\x00\x63" + msgpack.packb("report.submit") +
                    b"\x91" + packed_report)
    return client.wait(99)


def with_field(path, value):
    made = report("x")
    at = made
    *way, last = path.split(".")
    for key in way:
        at = at.setdefault(key, {})
    at[last] = value
    return made


BAD = [
    ("id", ""), ("id", "x" * 129), ("id", ["a"]), ("id", 1.5), ("id", True),
    ("kind", "accident"), ("kind", 1), ("kind", None),
    ("product", "kettle"), ("product.category", ""),
    ("product.category", 3), ("product.brand", 612),
    ("product.brand", "x" * 201), ("product.brand", "a\nb"),
    ("product.brand", "a\0b"), ("product.model", {"a": 1}),
    ("product.gtin", 1.5), ("product.gtin", 100000000000000),
    ("product.gtin", ["1"] * 17), ("product.lot", [1]),
    ("failure", 3), ("failure.mode", 3), ("failure.hazard", [3]),
    ("severity", "bad"), ("severity", 3),
    ("injured", -1), ("injured", 1000001), ("injured", 1.5),
    ("injured", "two"), ("deaths", -1), ("units", -5),
    ("country", "XX"), ("country", "F"), ("country", 33),
    ("occurred", "2026-02-30"), ("occurred", "2026-13"),
    ("occurred", "20/11/2026"), ("occurred", "2026-6-1"),
    ("occurred", 20260601), ("occurred", "1015"), ("occurred", "9999"),
    ("occurred", "9999-01-01"), ("occurred", "2026-06-17"),
    ("occurred", "soon"), ("filed", "2026-06-17"), ("filed", "2027"),
    ("purchased", "1015-01-01"), ("age", -1), ("age", 201), ("age", "old"),
    ("age", float("nan")), ("lang", "French"), ("text", 3),
    ("text", "bell\x07"), ("consent", True), ("consent.publish", "yes"),
    ("origin", "x"), ("origin.source", 3), ("origin.group", "x" * 201),
    ("supersedes", "x" * 129),
]


def names_field_and_rule(place):
    client = place.client(place.daemon())
    for path, value in BAD:
        error = refused("invalid", client.submit, with_field(path, value),
                        field=path)
        check(len(error.text) > len(path) + 5, error)
        item = client.batch([with_field(path, value)])["items"][0]
        equal(item["status"], "rejected", path)
        check(item["error"].startswith(f"invalid: {path}: "), item)
    equal(client.call("server.stats", {})["reports"], 0)


def wants_what_is_required(place):
    client = place.client(place.daemon())
    for key in ("id", "kind", "country", "occurred"):
        made = report("x")
        del made[key]
        refused("invalid", client.submit, made, field=key)
    for product in (None, {}, [], {"brand": "Moulinex"}):
        refused("invalid", client.submit, report("x") | {"product": product},
                field="product.category")


def too_large_is_its_own_code(place):
    client = place.client(place.daemon())
    refused("too-large", client.submit, report("x", text="y" * 8193),
            field="text")
    equal(client.submit(report("x", text="y" * 8192))["status"], "new")
    refused("too-large", client.submit,
            report("z", **{f"k{n}": "y" * 8000 for n in range(9)}))


def absent_in_three_ways(place):
    client = place.client(place.daemon())
    first = client.submit(report("1"))
    empty = report("1", severity=None, region="", text=None, origin={},
                   outcome=[])
    empty["product"]["gtin"] = []
    empty["product"]["lot"] = None
    again = client.submit(empty)
    equal((again["status"], again["seq"]), ("known", first["seq"]))


def takes_other_spellings_of_values(place):
    """bin for str, floats and any width for ints, one for a list of one."""
    client = place.client(place.daemon())
    plain = report("17", injured=3, severity="minor", hazard=["fire"])
    plain["product"]["gtin"] = ["3045386369737"]
    first = client.submit(plain)
    odd = dict(plain, id=17, injured=3.0, severity=b"minor")
    odd["product"] = {"category": b"kettle", "brand": b"Moulinex",
                      "model": "BY 612", "gtin": 3045386369737}
    odd["failure"] = dict(plain["failure"], hazard="fire")
    again = client.submit(odd)
    equal((again["status"], again["seq"]), ("known", first["seq"]))
    wide = msgpack.packb(dict(plain, injured=0)).replace(
        b"\xa7injured\x00", b"\xa7injured\xcf" + (3).to_bytes(8, "big"))
    error, answer = raw_submit(client, wide)
    equal(error, None)
    equal(answer["status"], "known")


def refuses_shapes_of_no_use(place):
    client = place.client(place.daemon())
    pairs = report("1")
    body = b"".join(msgpack.packb(key) + msgpack.packb(value)
                    for key, value in pairs.items())
    twice = bytes([0x80 | len(pairs) + 1]) + body + msgpack.packb("id") + \
        msgpack.packb("2")
    error, _ = raw_submit(client, twice)
    check(error.startswith("invalid: id: "), error)
    unknown_twice = bytes([0x80 | len(pairs) + 2]) + body + \
        2 * (msgpack.packb("colour") + msgpack.packb("red"))
    error, _ = raw_submit(client, unknown_twice)
    check(error.startswith("invalid: "), error)
    check("colour" in error, error)
    number_key = bytes([0x80 | len(pairs) + 1]) + body + b"\x05\x06"
    error, _ = raw_submit(client, number_key)
    check(error.startswith("invalid: "), error)
    for key in ("region", "colour"):
        refused("invalid", client.submit,
                report("1", **{key: msgpack.ExtType(1, b"x")}), field=key)
    refused("invalid", client.submit,
            report("1", when=msgpack.Timestamp(1, 0)), field="when")
    equal(client.call("server.stats", {})["reports"], 0)


def wants_utf8(place):
    client = place.client(place.daemon())
    for bad in (b"\xff", b"a\xc0\xafb", b"\xed\xa0\x80", b"\xf5\x80\x80\x80",
                b"caf\xe9"):
        good = msgpack.packb(report("1", region="Q" * len(bad)))
        error, _ = raw_submit(client, good.replace(b"Q" * len(bad), bad))
        check(error.startswith("invalid: region: "), error)
        error, _ = raw_submit(client, good.replace(
            b"\xa6region", b"\xa6colour").replace(b"Q" * len(bad), bad))
        check(error.startswith("invalid: "), error)
    kept = "Ærø – 北京 – e\u0301 – 🫖"
    client.submit(report("1", region=kept))
    equal(client.call("report.get", {"id": "1"})["report"]["region"], kept)


def unknown_keys_are_kept(place):
    client = place.client(place.daemon())
    made = report("1", colour="red", nested={"a": [1, 2, {"b": None}]})
    answer = client.submit(made)
    equal(client.call("report.get", {"id": "1"})["report"]["nested"],
          {"a": [1, 2, {"b": None}]})
    near = client.submit(report("2", severty="minor"))
    equal([problem["field"] for problem in near["problems"]], ["severity"])
    row = client.rows("reports")[0]
    equal(row["extra"]["colour"], "red")
    equal(row["extra"]["nested"], {"a": [1, 2, {"b": None}]})
    check(answer["seq"] < near["seq"], "in order")


def unknown_arguments_are_not(place):
    client = place.client(place.daemon())
    error = refused("invalid", client.call, "report.get",
                    {"id": "1", "organization": "x"})
    check("organisation" in error.text, error)
    error = refused("invalid", client.call, "alerts.subscribe",
                    {"filter": {"categry": ["kettle"]}})
    check("category" in error.text, error)
    refused("invalid", client.call, "report.submit", report("1"),
            {"dryrun": True})


def unknown_methods_are_guessed(place):
    client = place.client(place.daemon())
    error = refused("unsupported", client.call, "report.submitt", {})
    check("report.submit" in error.text, error)
    refused("unsupported", client.call, "x" * 5000, {})
    refused("unsupported", client.call, "", {})
    refused("unsupported", client.call, "REPORT.SUBMIT", {})


def notes_what_is_odd(place):
    client = place.client(place.daemon())
    odd = report("1", country="GBR", deaths=1, purchased="2026-06-14",
                 occurred="2026-06-01")
    odd["product"]["gtin"] = ["3045386369738", "3045386369737"]
    odd["product"]["category"] = "electric tea thing"
    answer = client.submit(odd)
    codes = {problem["code"] for problem in answer["problems"]}
    check({"country-mapped", "gtin-check-digit", "unknown-category",
           "not-fatal", "after-occurred"} <= codes, codes)
    equal(answer["product"]["level"], "model")
    for written, read in (("uk", "GB"), ("EL", "GR"), ("BEL", "BE"),
                          ("fr", "FR")):
        client.submit(report(written, country=written))
        row = [row for row in client.rows("reports")
               if row["id"] == written][0]
        equal(row["country"], read)


def eight_barcodes_are_one_product(place):
    client = place.client(place.daemon())
    first = report("1", brand=None, model=None)
    first["product"]["gtin"] = "3045386369737"
    second = report("2")
    second["product"]["gtin"] = ["3045386369737"] + [
        "4006381333931", "5901234123457", "9780201379624", "0036000291452",
        "12345670", "96385074", "4012345678901"]
    one, two = client.submit(first), client.submit(second)
    equal(two["product"]["id"], one["product"]["id"])
    crowded = report("3")
    crowded["product"]["gtin"] = "3045386369737, 4006381333931 5901234123457"
    answer = client.submit(crowded)
    check(any(problem["field"] == "product.gtin"
              for problem in answer["problems"]), answer)


def dates_of_any_precision(place):
    client = place.client(place.daemon())
    for n, occurred in enumerate(("2026", "2026-06", "2026-06-15",
                                  "2026-06-16", "2024-02-29", "1900")):
        client.submit(report(str(n), occurred=occurred, filed=day(0)))
    rows = {row["id"]: row["occurred"] for row in client.rows("reports")}
    equal(rows["0"], "2026")
    equal(rows["1"], "2026-06")
    equal(rows["4"], "2024-02-29")


run(names_field_and_rule, wants_what_is_required, too_large_is_its_own_code,
    absent_in_three_ways, takes_other_spellings_of_values,
    refuses_shapes_of_no_use, wants_utf8, unknown_keys_are_kept,
    unknown_arguments_are_not, unknown_methods_are_guessed, notes_what_is_odd,
    eight_barcodes_are_one_product, dates_of_any_precision)
