#!/usr/bin/env python3
"""Organisations and tokens: who may do what, and from when to when."""
import datetime
import re
import subprocess
import time

from tocsin_client import Client, Closed, RpcError
from tocsin_daemon import SOURCE, binary
from tocsin_reports import fire, report
from tocsin_test import check, equal, run, until

ROLES = ["submit", "subscribe", "read", "curate", "admin"]


def greet(client, token=None, **more):
    params = {"protocol": 1, **more}
    if token:
        params["token"] = token
    return client.call("hello", params)


def found(admin, name="desk", **more):
    """An organisation that is there."""
    return admin.call("organisations.set", {"name": name, "add": True, **more})


def make(admin, roles, organisation="desk", **more):
    return admin.call("tokens.add", {
        "organisation": organisation, "roles": roles, **more})


def begin(place):
    """A daemon with one organisation and an administrator's token."""
    daemon = place.daemon()
    first = place.client(daemon)
    equal(greet(first)["roles"], ROLES, "roles while there are no tokens")
    found(first, note="the first")
    made = make(first, ["admin"], note="mine")
    first.close()
    admin = place.client(daemon)
    equal(greet(admin, made["token"])["roles"], ["admin"], "an admin's roles")
    return daemon, admin, made


def is_told(client, method, params, code):
    try:
        client.call(method, params)
    except RpcError as error:
        equal(error.code, code, f"{method}: {error}")
        return error.text
    raise AssertionError(f"{method} was allowed")


def tokens(place):
    """Shown once, listed without, needed once there is one."""
    daemon, admin, made = begin(place)
    check(re.fullmatch(r"tocsin_[a-z2-7]{52}", made["token"]), "its form")
    listed = admin.call("tokens.list", {})["tokens"]
    equal([(row["id"], row["organisation"], row["roles"], row["note"])
           for row in listed], [("t1", "desk", ["admin"], "mine")], "listed")
    check("used" in listed[0] and "expires" not in listed[0], "its times")
    check(made["token"] not in repr(listed), "it is not told again")

    nobody = place.client(daemon)
    equal(greet(nobody)["roles"], [], "roles without a token")
    for method in ("server.stats", "alerts.list", "tokens.list"):
        is_told(nobody, method, {}, "unauthorized")
    nobody.call("vocabulary.get", {"list": "hazards"})
    is_told(nobody, "hello", {"protocol": 1, "organisation": "desk"},
            "unauthorized")
    is_told(nobody, "hello", {"protocol": 1, "token": "tocsin_" + 52 * "a"},
            "unauthorized")
    is_told(admin, "hello", {"protocol": 1, "token": made["token"],
                             "organisation": "other"}, "invalid")
    equal(is_told(admin, "server.stats", {}, "forbidden"),
          "needs role read; your token has admin", "what is needed")

    data = b"".join(path.read_bytes() for path in daemon.dir.rglob("*")
                    if path.is_file())
    check(made["token"].encode() not in data, "the token is nowhere on disk")
    check(b"the first" in data, "but what is noted is")


def methods(place):
    """Every method of the table, with a token of every role by itself."""
    daemon, admin, _ = begin(place)
    table = described(daemon)
    check(len(table) > 60, f"only {len(table)} methods")
    for role in ROLES:
        made = make(admin, [role])
        client = place.client(daemon)
        equal(greet(client, made["token"])["roles"], [role], "its roles")
        for method, needed, *_ in table:
            try:
                client.call(method, {} if method != "hello"
                            else {"protocol": 1})
                code = None
            except RpcError as error:
                code = error.code
            equal(code == "forbidden", needed not in ("none", role),
                  f"{method} with {role}, needs {needed}: {code}")


def objects(place):
    """Organisations are changed, listed and removed."""
    daemon, admin, _ = begin(place)
    is_told(admin, "organisations.set", {"name": "desk", "add": True},
            "conflict")
    is_told(admin, "organisations.set", {"name": "cafe"}, "not-found")
    is_told(admin, "organisations.set", {"name": "Cafe", "add": True},
            "invalid")
    is_told(admin, "organisations.set", {"name": "local", "add": True},
            "invalid")
    is_told(admin, "organisations.set",
            {"name": "cafe", "add": True, "trust": "2"}, "invalid")
    is_told(admin, "tokens.add", {"organisation": "cafe", "roles": ["read"]},
            "not-found")
    is_told(admin, "tokens.add", {"organisation": "desk", "roles": ["king"]},
            "invalid")
    is_told(admin, "tokens.add", {"organisation": "desk", "roles": ["read"],
                                  "expires": "2020-01-01"}, "invalid")
    is_told(admin, "tokens.add", {"organisation": "desk", "roles": ["read"],
                                  "categories": ["no such"]}, "invalid")
    is_told(admin, "tokens.revoke", {"id": "t99"}, "not-found")
    found(admin, "cafe", trust="0.5", sites=["Lyon", "Metz"],
          probation="2026-12-01")
    admin.call("organisations.set", {"name": "cafe", "trusted": "yes"})
    rows = admin.call("organisations.list", {})["organisations"]
    equal(rows[0], {"name": "cafe", "trust": 0.5, "trusted": True,
                    "probation": "2026-12-01", "sites": ["Lyon", "Metz"],
                    "note": "", "tokens": 0}, "the cafe")
    equal([row["name"] for row in rows], ["cafe", "desk"], "both")
    equal(admin.call("organisations.list", {"after": "cafe"})
          ["organisations"][0]["name"], "desk", "behind the cafe")
    made = make(admin, ["read"], "cafe")
    reader = place.client(daemon)
    greet(reader, made["token"])
    gone = admin.call("organisations.remove", {"name": "cafe"})
    equal(gone["revoked"], 1, "its token")
    until(lambda: is_closed(reader), "the reader is parted from")
    is_told(admin, "tokens.add", {"organisation": "cafe", "roles": ["read"]},
            "not-found")


def is_closed(client):
    try:
        client.call("server.stats", {})
    except (Closed, OSError):
        return True
    except RpcError as error:
        return error.code == "unauthorized"
    return False


def lives(place):
    """Through a restart, a rebuild, and a day."""
    daemon, admin, made = begin(place)
    second = make(admin, ["read", "subscribe"], expires="2026-06-16")
    third = admin.call("tokens.rotate", {"id": second["id"]})
    equal(third["id"], "t3", "a new one")
    is_told(admin, "tokens.revoke", {"id": second["id"]}, "conflict")
    before = admin.call("tokens.list", {})
    daemon.stop()
    done = daemon.tool("--rebuild")
    equal(done.returncode, 0, done.stderr)
    daemon.start()
    admin = place.client(daemon)
    greet(admin, made["token"])
    equal(admin.call("tokens.list", {}), before, "tokens of a rebuilt store")
    reader = place.client(daemon)
    is_told(reader, "hello", {"protocol": 1, "token": second["token"]},
            "unauthorized")
    equal(greet(reader, third["token"])["roles"], ["subscribe", "read"],
          "the roles of the one before")
    daemon.restart(clock="2026-06-16T00:00:01Z")
    reader = place.client(daemon)
    is_told(reader, "hello", {"protocol": 1, "token": third["token"]},
            "unauthorized")


def anonymous(place):
    """access.anonymous says what is left without a token."""
    daemon, admin, _ = begin(place)
    daemon.restart(settings=daemon.settings + ["access.anonymous=subscribe"])
    nobody = place.client(daemon)
    equal(greet(nobody)["roles"], ["subscribe"], "what is left")
    nobody.call("alerts.list", {})
    is_told(nobody, "server.stats", {}, "unauthorized")


def described(daemon):
    """[(method, role, scope, public)] of the table."""
    text = subprocess.run([daemon.program, "--describe", "messages"],
                          capture_output=True, text=True, check=True).stdout
    table = re.findall(r"^### (\S+)\n\n.*? Role: (\w+)\. Scope: (.*?)\."
                       r"( Public view\.)?\n", text, re.M | re.S)
    equal(len(table), text.count("### "), "every method is read")
    return table


def public(place):
    """Without a token: no small counts, and only what has a public view."""
    daemon, admin, made = begin(place)
    daemon.restart(settings=daemon.settings + [
        "access.anonymous=submit", "access.anonymous=subscribe",
        "access.anonymous=read"])
    admin = place.client(daemon)
    greet(admin, made["token"])
    reader = place.client(daemon)
    greet(reader, make(admin, ["read", "submit"])["token"])
    reader.batch([report(f"m{number}", reporter=f"r{number}", model="MANY")
                  for number in range(6)] + [report("few", model="FEW"),
                                             report("two", model="FEW",
                                                    reporter="x")])
    nobody = place.client(daemon)
    equal(greet(nobody)["roles"], ["submit", "subscribe", "read"], "roles")
    for method, params in (("groups.list", {}), ("groups.get",
                                                 {"product": "p1"}),
                           ("products.get", {"id": "p1"}),
                           ("groups.get", {"product": "p2"}),
                           ("products.get", {"id": "p2"})):
        exact = reader.call(method, params)
        wanted = reader.call(method, {**params, "public": True})
        equal(nobody.call(method, params), wanted, f"{method} without a token")
        equal(nobody.call(method, {**params, "public": False}), wanted,
              f"{method} that asks for more")
        check(exact != wanted or params.get("id") == "p1",
              f"{method}: a token is told more")
    check("withheld" in repr(nobody.call("products.get", {"id": "p2"})
                             ["counts"]), "small counts are withheld")
    found_ = nobody.call("products.search", {})["products"]
    equal([("counts" in row, row["id"]) for row in found_],
          [(False, "p1"), (False, "p2")], "a search tells none")
    for what in ("groups", "products"):
        equal(nobody.export(what)[0], reader.export(what, public=True)[0],
              f"{what} without a token")
    for what in ("reports", "alerts", "timeseries", "evidence", "replay"):
        text = is_told(nobody, "export.open", {"what": what}, "unauthorized")
        check("role read" in text and "groups and products" in text, text)
    is_told(nobody, "export.open", {"what": "groups", "at": 3}, "unsupported")
    # Whoever hands in a report is not told how many there were.
    told = nobody.submit(report("new", model="FEW"), dry_run=True,
                         explain=True)
    equal(sorted(told), ["alerts", "group", "id", "problems", "product",
                         "seq", "status"], "what a stranger is answered")
    check("counts" in reader.submit(report("own", model="FEW"),
                                    dry_run=True), "a token is told")
    for method, role, _, view in described(daemon):
        try:
            nobody.call(method, {} if method != "hello" else {"protocol": 1})
            code = None
        except RpcError as error:
            code = error.code
        equal(code == "unauthorized", role in ("curate", "admin") or
              (role != "none" and not view), f"{method}: {code}")


def one_source(place):
    """Subscribers see exact counts from two sources up."""
    rules = place.file("rules.yaml", "rules:\n"
                       "  - {name: any, per: product, window: 28d, "
                       "reports: 3}\n")
    daemon = place.daemon(settings=[f"rules.files={rules}",
                                    "rules.default=false"])
    first = place.client(daemon)
    found(first)
    admin = place.client(daemon)
    greet(admin, make(first, ["admin", "submit"])["token"])
    client = place.client(daemon)
    greet(client, make(admin, ["subscribe"])["token"])
    client.call("alerts.subscribe", {})
    admin.batch([report(f"r{number}", group="one") for number in range(4)])
    pushed = client.events(1)[0]
    alerts = [pushed["alert"], client.fetch_all()[0][-1]["alert"],
              client.call("alerts.list", {})["alerts"][0],
              client.call("alerts.get", {"id": "a1"})["alert"]]
    for alert in alerts:
        equal(alert, alerts[0], "told alike")
    equal(alerts[0]["counts"], {"reports": 1, "cases": 1, "sources": 1,
                                "organisations": 1}, "of one source")
    check(alerts[0]["evidence"]["counts_are_at_least"], alerts[0]["evidence"])
    check("at least 1 report" in alerts[0]["sentence"]["en"]
          and "au moins 1 signalement" in alerts[0]["sentence"]["fr"],
          alerts[0]["sentence"])
    check("4" not in repr({key: value for key, value in alerts[0].items()
                           if key in ("counts", "sentence", "cases_min")}),
          alerts[0])
    admin.batch([report(f"s{number}", group="two", severity="severe")
                 for number in range(2)])
    told = client.fetch_all()[0][-1]["alert"]
    equal((told["counts"]["sources"], told["counts"]["reports"],
           told["evidence"]["counts_are_at_least"]), (2, 5, False),
          "from two sources up they are exact")


def texts(place):
    """Others' free texts need the reporter's consent and the token's leave."""
    daemon, admin, _ = begin(place)
    found(admin, "other")
    desk = place.client(daemon)
    greet(desk, make(admin, ["submit", "read"])["token"])
    desk.submit(report("yes", text="it smoked", consent={"publish": True}))
    desk.submit(report("no", text="it sparked"))
    readers = {}
    for name, leave in (("may", {"texts": True}), ("may not", {})):
        made = make(admin, ["submit", "read"], "other", **leave)
        readers[name] = place.client(daemon)
        greet(readers[name], made["token"])
    equal([row["texts"] for row in admin.call("tokens.list", {})["tokens"]],
          [False, False, True, False], "who may")

    def seen(client, **options):
        rows = {row["id"]: row["text"]
                for row in client.rows("reports", **options)}
        got = {name: client.call("report.get", {
            "id": name, "organisation": "desk"})["report"].get("text")
            for name in rows}
        return rows, got

    agreed = {"yes": "it smoked", "no": None}
    nothing = {"yes": None, "no": None}
    all_ = {"yes": "it smoked", "no": "it sparked"}
    equal(seen(readers["may"]), (agreed, agreed), "with leave")
    equal(seen(readers["may not"]), (nothing, nothing), "without")
    equal(seen(readers["may not"], own_texts=True), (nothing, nothing),
          "which are not its own")
    equal(seen(desk), (nothing, all_), "one's own, to publish")
    equal(seen(desk, own_texts=True), (all_, all_), "one's own")
    # Leave goes with a token that takes its place, and not by itself.
    rotated = admin.call("tokens.rotate", {"id": "t3"})
    client = place.client(daemon)
    greet(client, rotated["token"])
    equal(seen(client), (agreed, agreed), "with the leave of the one before")
    daemon.stop()
    equal(daemon.tool("--rebuild").returncode, 0, "rebuilt")
    daemon.start()
    client = place.client(daemon)
    greet(client, rotated["token"])
    equal(seen(client), (agreed, agreed), "after a rebuild")


def owner(place):
    """The daemon's own user may do everything by its Unix socket."""
    daemon, admin, made = begin(place)
    daemon.stop()
    daemon.listen = f"unix:{place.dir}/socket"
    daemon.start()
    own = place.client(daemon)
    equal(greet(own, organisation="desk")["roles"], ROLES, "the owner's roles")
    own.call("tokens.revoke", {"id": made["id"], "reason": "it was lost"})
    check(own.call("tokens.list", {})["tokens"][0]["revoked"], "it is revoked")


def revoked_live(place):
    """Pushes end and connections close within a second, of a thousand too."""
    daemon, admin, _ = begin(place)
    made = make(admin, ["subscribe"])
    kept = make(admin, ["subscribe"])
    clients = []
    for number in range(1000):
        client = place.client(daemon)
        greet(client, made["token"])
        if number % 2:
            client.call("alerts.subscribe", {})
        clients.append(client)
    other = place.client(daemon)
    greet(other, kept["token"])
    start = time.monotonic()
    admin.call("tokens.revoke", {"id": made["id"]})
    for client in clients:
        client.link.settimeout(5)
        while client.link.recv(65536):
            pass
    took = time.monotonic() - start
    print(f"1,000 connections of a revoked token closed in {took:.3f} s")
    check(took <= 1 * daemon.slowness, f"took {took} s")
    other.call("alerts.list", {})


def expired_live(place):
    """A token that ends while its connection is open."""
    daemon, admin, _ = begin(place)
    now = datetime.datetime.fromisoformat(
        greet(admin)["now"].replace("Z", "+00:00"))
    end = now + datetime.timedelta(seconds=2)
    brief = make(admin, ["subscribe"],
                 expires=end.strftime("%Y-%m-%dT%H:%M:%SZ"))
    client = place.client(daemon)
    greet(client, brief["token"])
    client.call("alerts.subscribe", {})
    told = client.link.recv(65536)
    check(b"alerts.ended" in told and b"unauthorized" in told, told)
    equal(client.link.recv(65536), b"", "then it is parted from")
    late = datetime.datetime.fromisoformat(
        greet(admin)["now"].replace("Z", "+00:00")) - end
    check(datetime.timedelta(seconds=-1) <= late
          <= datetime.timedelta(seconds=1 * daemon.slowness), late)


def scopes(place):
    """A scoped token hands in and hears what is in its scope, and no more."""
    daemon, admin, _ = begin(place)
    made = make(admin, ["submit", "subscribe", "read", "curate"],
                categories=["kitchen"], countries=["FR"])
    client = place.client(daemon)
    greet(client, made["token"])
    client.call("report.submit", report("a"))
    for outside in (report("b", category="laptop"), report("c", country="DE"),
                    report("d", category="nowhere")):
        is_told(client, "report.submit", outside, "forbidden")
    is_told(client, "report.submit_batch",
            {"reports": [report("e"), report("f", country="DE")]},
            "forbidden")
    client.call("report.submit_batch", {"reports": [report("e")]})
    items = client.call("report.lookup", {"ids": list("abcdef")})["items"]
    equal([item["id"] for item in items if item["known"]], ["a", "e"],
          "only what was in scope")
    inside = {"category": ["kettle", "toaster"], "country": ["FR"]}
    client.call("alerts.list", {"filter": inside})
    client.call("alerts.fetch", {"filter": inside})
    client.call("alerts.subscribe", {"filter": inside})
    for outside in ({}, {"category": ["kettle"]}, {"country": ["FR"]},
                    {"category": ["kettle", "laptop"], "country": ["FR"]},
                    {"category": ["kettle"], "country": ["FR", "DE"]}):
        for method in ("alerts.list", "alerts.fetch", "alerts.subscribe"):
            is_told(client, method, {"filter": outside}, "forbidden")
    is_told(client, "alerts.subscribe", {}, "forbidden")
    is_told(client, "alerts.fetch", {"durable": "x"}, "forbidden")
    is_told(client, "export.open", {"what": "reports"}, "forbidden")
    is_told(client, "products.get", {"id": "p1"}, "forbidden")
    is_told(client, "products.split", {"id": "p1", "reason": "y"},
            "forbidden")
    is_told(client, "report.withdraw", {"id": "a", "reason": "y"},
            "forbidden")
    is_told(admin, "tokens.add", {"organisation": "desk", "roles": ["admin"],
                                  "countries": ["FR"]}, "invalid")


IN, OUT = "in", "out"
PARTS = {"categories": ("category", {IN: ["kettle"], OUT: ["laptop"]}),
         "countries": ("country", {IN: ["FR"], OUT: ["DE"]}),
         "products": ("product", {IN: ["p1", "p3"], OUT: ["p2"]})}
WHY = {"reason": "tried", "dry_run": True}


def handed_in(where):
    return (report("new") if where == IN
            else report("new", category="laptop", country="DE"))


def filtered(**more):
    """By a filter that names the part, by one that does not, by none."""
    def calls(part, where):
        word, values = PARTS[part]
        if where == IN:
            return [{"filter": {word: values[IN]}, **more}]
        return [{"filter": {word: values[OUT]}, **more}, {**more},
                {"filter": {word: values[IN] + values[OUT]}, **more},
                {"filter": {"severity_min": "severe"}, **more}]
    return calls


def one(key, ids, **more):
    return lambda part, where: [{key: ids[where], **more}]


def pair(key, other):
    """Of two products each must be in scope."""
    def calls(part, where):
        pairs = [("p1", "p3")] if where == IN else [
            ("p1", "p2"), ("p2", "p1"), ("p1", "p99")]
        return [{key: a, other: b, **WHY} for a, b in pairs]
    return calls


def listed(part, where):
    if part == "products":
        return [{"product": product} for product in PARTS[part][1][where]]
    if where == IN:
        return [{"category": "kettle"}, {"product": "p1"},
                {"product": "p3", "category": "kettle"}]
    return [{}, {"category": "laptop"}, {"product": "p2"},
            {"product": "p2", "category": "kettle"}, {"product": "p99"}]


PRODUCT = {IN: "p1", OUT: "p2"}
ALERT = {IN: "a1", OUT: "a2"}
# What each method that tells of something is called with, in and out of a
# part of a scope.
CALLS = {
    "report.submit": lambda part, where: [
        (handed_in(where), {"dry_run": True})],
    "report.submit_batch": lambda part, where: [
        {"reports": [handed_in(IN), handed_in(where)], "dry_run": True}],
    "report.amend": lambda part, where: [
        {"id": "new", "report": handed_in(where)}],
    "products.search": lambda part, where: [
        {"category": "kettle" if where == IN else "laptop"}],
    "products.get": one("id", PRODUCT),
    "products.history": one("id", PRODUCT),
    "groups.list": listed,
    "groups.get": one("product", PRODUCT),
    "products.merge": pair("id", "into"),
    "products.distinct": pair("id", "from"),
    "products.split": one("id", PRODUCT, **WHY),
    "products.alias": one("id", PRODUCT, brand="Philips", model="HD 4646",
                          **WHY),
    "products.rename": one("id", PRODUCT, brand="Philips", **WHY),
    "alerts.subscribe": filtered(),
    "alerts.fetch": filtered(),
    "alerts.list": filtered(),
    "alerts.get": one("id", ALERT),
    "alerts.history": one("id", ALERT),
    "alerts.judge": one("id", ALERT, verdict=True, reason="tried"),
    "alerts.mute": one("id", ALERT, days=3, reason="tried"),
    "alerts.unmute": one("id", ALERT, reason="tried"),
    "alerts.acknowledge": one("id", ALERT, comment="tried"),
    "alerts.comment": one("id", ALERT, text="tried"),
    "alerts.confirm": one("id", ALERT, reason="tried"),
    "alerts.close": one("id", ALERT, reason="tried"),
    "alerts.reopen": one("id", ALERT, reason="tried"),
    "export.open": filtered(what="reports"),
}
# Rows that are of no country, or of no product that could be named.
NOT_BY = {"countries": ("products.search", "groups.list"),
          "products": ("products.search",)}


def every_scope(place):
    """Every method of the table, every role, every part of a scope."""
    daemon, admin, _ = begin(place)
    desk = place.client(daemon)
    greet(desk, make(admin, ["submit", "read", "subscribe"])["token"])
    for product, category, country in (("p1", "kettle", "FR"),
                                       ("p2", "laptop", "DE"),
                                       ("p3", "kettle", "FR")):
        desk.batch([fire(f"{product}-{number}", f"g{number}", model=product,
                         category=category, country=country)
                    for number in range(2)])
        equal(desk.call("products.get", {"brand": "Moulinex", "model": product
                                         })["product"]["id"], product, "its id")
    desk.submit(report("new", model="spare"))
    equal([row["product"]["id"] for row in
           desk.call("alerts.list", {})["alerts"]], ["p1", "p2", "p3"],
          "an alert each")
    table = described(daemon)
    seen = {"granted": 0, "refused": 0}

    def judged(client, method, params):
        given = params if isinstance(params, tuple) else (params,)
        try:
            done = client.call(method, *given)
        except RpcError as error:
            return error.code, error.text
        if method == "export.open":
            client.call("export.close", {"export": done["export"]})
        return None, ""

    for part, (_, values) in PARTS.items():
        for role in ROLES[:-1]:
            if (part, role) == ("products", "submit"):
                continue
            client = place.client(daemon)
            greet(client, make(admin, [role], **{part: values[IN]})["token"])
            for method, needed, about, _ in table:
                if needed not in ("none", role):
                    code, text = judged(client, method, {})
                    check(code == "forbidden" and "needs role" in text,
                          f"{method} with {role}: {code}: {text}")
                elif about in ("nothing", "the caller's own"):
                    code, text = judged(client, method, {"protocol": 1}
                                        if method == "hello" else {})
                    check(code != "forbidden", f"{method}: {code}: {text}")
                elif about == "everything":
                    code, text = judged(client, method, {})
                    equal((code, text), (
                        "forbidden",
                        "tells of more than the scope of your token"), method)
                else:
                    for where in (IN, OUT):
                        is_in = (where == IN
                                 and method not in NOT_BY.get(part, ())
                                 and (part, about) != ("countries",
                                                       "the products"))
                        for params in CALLS[method](part, where):
                            code, text = judged(client, method, params)
                            equal(code != "forbidden", is_in, f"{method} "
                                  f"{params}, {part}: {code}: {text}")
                            check(not is_in or code in (None, "conflict"),
                                  f"{method} {params}: {code}: {text}")
                            seen["granted" if is_in else "refused"] += 1
            client.close()
    check(min(seen.values()) > 30, seen)
    equal(sorted(CALLS), sorted(method for method, _, about, _ in table
                                if about in ("the reports", "the products",
                                             "the alert",
                                             "what is asked for")),
          "every method is tried")


def exports_of_scopes(place):
    """What may be exported under which part, and what stands in it."""
    daemon, admin, _ = begin(place)
    desk = place.client(daemon)
    greet(desk, make(admin, ["submit"])["token"])
    desk.batch([report("a"), report("b", country="DE"),
                report("c", category="laptop", model="L1")])
    for part, allowed in (
            ("categories", {"groups", "products", "reports", "alerts",
                            "timeseries"}),
            ("countries", {"reports", "timeseries"}),
            ("products", {"groups", "products", "reports", "alerts",
                          "timeseries"})):
        word, values = PARTS[part]
        client = place.client(daemon)
        greet(client, make(admin, ["read"], **{part: values[IN]})["token"])
        for what in ("groups", "products", "reports", "alerts", "timeseries",
                     "evidence", "replay", "subject"):
            params = {"what": what, "filter": {word: values[IN]}}
            if what in allowed:
                client.export(what, filter=params["filter"])
            else:
                is_told(client, "export.open", params, "forbidden")
        ids = {row["id"] for row in client.rows(
            "reports", filter={word: values[IN]})}
        equal(ids, {"categories": {"a", "b"}, "countries": {"a", "c"},
                    "products": {"a", "b"}}[part], f"reports by {part}")


def merged_products_stay_in_scope(place):
    """A scope that names a product holds it when it is read as another."""
    daemon, admin, _ = begin(place)
    desk = place.client(daemon)
    greet(desk, make(admin, ["submit", "read", "curate"])["token"])
    desk.batch([fire("a", "x", model="A"), fire("b", "y", model="A"),
                report("c", model="B"), report("d", model="C",
                                               category="laptop")])
    client = place.client(daemon)
    greet(client, make(admin, ["read", "subscribe", "curate"],
                       products=["p2"])["token"])
    is_told(client, "products.get", {"id": "p1"}, "forbidden")
    is_told(client, "alerts.get", {"id": "a1"}, "forbidden")
    act = desk.call("products.merge", {"id": "p2", "into": "p1",
                                       "reason": "the same"})["act"]
    equal(client.call("products.get", {"id": "p2"})["product"]["id"], "p1",
          "read as the other")
    client.call("products.get", {"id": "p1"})
    is_told(client, "products.get", {"brand": "Moulinex", "model": "C"},
            "forbidden")
    desk.call("products.undo", {"act": act, "reason": "they differ"})
    is_told(client, "products.get", {"id": "p1"}, "forbidden")
    # A category of the product itself and of what it is read as.
    kettles = place.client(daemon)
    greet(kettles, make(admin, ["read"], categories=["kettle"])["token"])
    kettles.call("products.get", {"id": "p2"})
    desk.call("products.merge", {"id": "p2", "into": "p3",
                                 "reason": "the same"})
    is_told(kettles, "products.get", {"id": "p2"}, "forbidden")


def command_line(place):
    """From an empty directory, as an operator would."""
    daemon = place.idle_daemon()
    done = daemon.tool("--init", "Desk")
    equal(done.returncode, 2, done.stderr)
    done = daemon.tool("--init", "desk")
    equal(done.returncode, 0, done.stderr)
    check(re.fullmatch(r"tocsin_[a-z2-7]{52}\n", done.stdout), done.stdout)
    admin = place.file("admin.token", done.stdout)
    equal(daemon.tool("--init", "desk").returncode, 1, "only once")
    daemon.start()
    program = binary("clients/cli/tocsin", "TOCSIN")

    def tocsin(*words, token=admin):
        command = [program, "-s", daemon.address, *words]
        if token:
            command += ["--token-file", str(token)]
        return subprocess.run(command, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, check=False,
                              timeout=30 * daemon.slowness)

    admin.chmod(0o644)
    done = tocsin("org", "list")
    equal(done.returncode, 9, "a file that others can read")
    check("chmod 600" in done.stderr, done.stderr)
    admin.chmod(0o600)
    done = tocsin("org", "list", token=None)
    equal(done.returncode, 4, done.stderr)
    check("--token-file" in done.stderr, done.stderr)
    for words in (["org", "add", "cafes", "--trust", "0.5", "--site", "Lyon"],
                  ["org", "set", "cafes", "--note", "of Lyon"],
                  ["token", "add", "cafes", "--role", "submit", "--role",
                   "read", "--save", str(place.dir / "cafes.token")]):
        done = tocsin(*words)
        equal(done.returncode, 0, done.stderr)
    cafes = place.dir / "cafes.token"
    equal(cafes.stat().st_mode & 0o777, 0o600, "for its owner alone")
    done = tocsin("org", "list")
    check(re.search(r"cafes +0\.50 +no +none +1 +1 +of Lyon", done.stdout),
          done.stdout)
    done = tocsin("token", "list", "cafes")
    check(re.search(r"t2 +cafes +submit, read", done.stdout), done.stdout)
    done = tocsin("stats", token=cafes)
    equal(done.returncode, 0, done.stderr)
    done = tocsin("alerts", "list", token=cafes)
    equal(done.returncode, 4, done.stderr)
    check("needs role subscribe; your token has submit, read" in done.stderr,
          done.stderr)
    done = tocsin("token", "rotate", "t2", "--save",
                  str(place.dir / "second.token"))
    equal(done.returncode, 0, done.stderr)
    equal(tocsin("stats", token=cafes).returncode, 4, "the old one")
    equal(tocsin("stats", token=place.dir / "second.token").returncode, 0,
          "the new one")
    equal(tocsin("token", "revoke", "t3").returncode, 0, "revoke")
    equal(tocsin("org", "remove", "cafes").returncode, 0, "remove")
    equal(tocsin("token", "revoke", "t3").returncode, 6, "revoked already")


def imports(place):
    """A file of organisations: judged whole, told once, told anew."""
    daemon = place.daemon(trusted=())

    def tocsin(*words):
        return subprocess.run(
            [binary("clients/cli/tocsin", "TOCSIN"), "-s", daemon.address,
             *map(str, words)], capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, timeout=30 * daemon.slowness)

    for text, words in (
            ("organisations:\n  - {name: a, site: [b]}\n", ["2:15", "sites"]),
            ("organisations:\n  - {name: a}\n  - {name: a}\n",
             ["3:12", "named already"]),
            ("organisations:\n  - {name: b}\n  - {name: a, trust: 2}\n",
             ["3:22", "0 to 1"]),
            ("- a\n", ["1:1"])):
        path = place.file("bad.yaml", text)
        for done in (tocsin("org", "import", path),
                     tocsin("org", "import", path, "--dry-run")):
            equal(done.returncode, 9, done.stderr)
            for word in words + ["bad.yaml:"]:
                check(word in done.stderr, f"{text!r}: {done.stderr}")
    client = place.client(daemon)
    equal(client.call("organisations.list", {})["organisations"], [],
          "of a bad file nothing is told")
    sample = SOURCE / "etc/organisations.yaml"
    done = tocsin("org", "import", sample, "--dry-run")
    equal((done.returncode, done.stdout), (0, ""), done.stderr)
    equal(client.call("organisations.list", {})["organisations"], [],
          "nor by --dry-run")
    done = tocsin("org", "import", sample, "--reason", "the beginning")
    equal(done.returncode, 0, done.stderr)
    check("2 named, 0 said anew, of 2" in done.stderr, done.stderr)
    first = client.call("organisations.list", {})["organisations"]
    equal(first, [
        {"name": "consumer-advice-line", "trust": 0.8, "trusted": False,
         "probation": "2027-03-01", "sites": [], "note": "", "tokens": 0},
        {"name": "repair-cafes-north", "trust": 1, "trusted": True,
         "probation": "none", "note": "", "tokens": 0,
         "sites": ["Harbour", "Old Mill", "Station Street", "Library"]}],
        "as the file says")
    # What people changed is said anew; who is not in the file stays.
    client.name([{"name": "repair-cafes-north", "sites": ["Nowhere"],
                  "trusted": "no", "note": "of the north"},
                 {"name": "other"}])
    done = tocsin("org", "import", sample)
    check("0 named, 2 said anew, of 2" in done.stderr, done.stderr)
    first[1]["note"] = "of the north"
    rows = client.call("organisations.list", {})["organisations"]
    equal([row for row in rows if row["name"] != "other"], first, "anew")
    equal(len(rows), 3, "the other one is left")
    done = tocsin("org", "show", "repair-cafes-north")
    check("Harbour, Old Mill, Station Street, Library" in done.stdout
          and re.search("trusted +yes", done.stdout), done.stdout)
    equal(tocsin("org", "show", "nobody").returncode, 3, "there is none")


if __name__ == "__main__":
    run(tokens, methods, objects, lives, anonymous, public, one_source, texts, owner, revoked_live,
        expired_live, scopes,
        every_scope, exports_of_scopes, merged_products_stay_in_scope,
        command_line, imports)
