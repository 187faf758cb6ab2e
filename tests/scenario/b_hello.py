"""The first words, and what the server says of itself."""
import re

import msgpack

from tocsin_test import check, equal, refused, run


def says_who_it_is(place):
    client = place.client(place.daemon())
    hello = client.call("hello", {"protocol": 1, "client": "scenario 1"})
    equal(hello["protocol"], 1)
    check(hello["server"].startswith("tocsind"), hello["server"])
    check(re.fullmatch("[0-9a-f]{32}", hello["instance"]), hello["instance"])
    check(hello["now"].startswith("2026-06-15T12:0"), hello["now"])
    equal(hello["organisation"], "local")
    for name in ("backfill_days", "batch", "calls_in_flight", "depth",
                 "elements", "frame_bytes", "report_bytes", "text_bytes"):
        check(hello["limits"][name] > 0, name)
    equal(hello["limits"]["frame_bytes"], 1 << 20)
    equal(hello["limits"]["batch"], 1000)


def is_the_bytes_of_the_manual(place):
    """The example frame of the protocol's description."""
    client = place.client(place.daemon())
    client.methods[1] = "hello"
    client.send_raw(bytes.fromhex("940001a568656c6c6f9181a870726f746f636f6c01"))
    equal(client.result(1)["protocol"], 1)


def takes_an_organisation(place):
    daemon = place.daemon()
    client = place.client(daemon)
    hello = client.call("hello", {"protocol": 1, "organisation": "ufc.rennes"})
    equal(hello["organisation"], "ufc.rennes")
    for bad in ("UFC", "a b", "é", "x" * 65):
        refused("invalid", client.call, "hello",
                {"protocol": 1, "organisation": bad}, field="organisation")


def refuses_another_protocol(place):
    client = place.client(place.daemon())
    refused("unsupported", client.call, "hello", {"protocol": 2})
    refused("invalid", client.call, "hello", {}, field="protocol")
    refused("invalid", client.call, "hello", {"protocol": "one"},
            field="protocol")
    equal(client.call("hello", {"protocol": 1})["protocol"], 1)


def is_optional_on_loopback(place):
    client = place.client(place.daemon())
    equal(client.call("server.stats", {})["reports"], 0)
    equal(client.call("server.stats")["reports"], 0)


def pipelines_behind_hello(place):
    client = place.client(place.daemon())
    ids = [client.send("hello", {"protocol": 1})]
    ids += [client.send("server.stats", {}) for _ in range(50)]
    for call in reversed(ids):
        client.result(call)


def takes_method_names_as_bytes(place):
    client = place.client(place.daemon())
    client.methods[7] = "hello"
    client.send_raw(msgpack.packb(
        [0, 7, b"hello", [{b"protocol": 1.0, "client": b"old msgpack"}]]))
    equal(client.result(7)["protocol"], 1)


def takes_any_id(place):
    client = place.client(place.daemon())
    for call in (0, 1, 0xffffffff):
        client.send_raw(msgpack.packb([0, call, "server.stats", [{}]]))
        client.result(call)


def listens_on_a_unix_socket(place):
    path = place.dir / "socket"
    daemon = place.daemon(listen=f"unix:{path}")
    client = place.client(daemon, organisation="unix")
    equal(client.call("server.stats", {})["reports"], 0)
    equal(path.stat().st_mode & 0o002, 0, "others may not connect")


def shows_its_words(place):
    client = place.client(place.daemon())
    for name in ("categories", "modes", "hazards"):
        answer = client.call("vocabulary.get", {"list": name})
        equal(answer["list"], name)
        check(len(answer["words"]) > 10, name)
        for word in answer["words"]:
            check(word["slug"] and word["en"] and word["fr"], word)
    hazards = client.call("vocabulary.get", {"list": "hazards"})["words"]
    designated = {word["slug"] for word in hazards if word.get("designated")}
    check({"fire", "electric-shock", "choking", "carbon-monoxide", "death"}
          <= designated, designated)
    refused("invalid", client.call, "vocabulary.get", {"list": "colours"},
            field="list")


run(says_who_it_is, is_the_bytes_of_the_manual, takes_an_organisation,
    refuses_another_protocol, is_optional_on_loopback, pipelines_behind_hello,
    takes_method_names_as_bytes, takes_any_id, listens_on_a_unix_socket,
    shows_its_words)
