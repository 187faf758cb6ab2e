"""What the other scenarios were answered, beside the protocol's tables.

Runs last: every method was called, every key of an answer is declared, every
declared key was seen, and so was every error that this version can give.
"""
import json
import os
import pathlib
import re

from tocsin_test import SOURCE, Skip, check, equal, run

# Nobody has to say yet who they are; "internal" is a
# fault of the daemon.
ERRORS_OF_LATER = {"unauthorized", "internal"}
# Suspected duplicates are not linked yet.
KEYS_OF_LATER = {"duplicate_of"}


def rows_of(name):
    """A table's text without the comment that explains its columns."""
    return (SOURCE / "proto" / name).read_text().split("*/", 1)[1]


def declared():
    """{method: (keys)} of messages.def."""
    text = rows_of("messages.def")
    methods = {}
    for entry in re.finditer(
            r'METHOD\(\w+, (\w+), "([^"]+)"|REPLY\((\w+), \w+, (\w+),', text):
        if entry.group(2):
            name = entry.group(1)
            methods[name] = (entry.group(2), set())
        else:
            methods[entry.group(3)][1].add(entry.group(4))
    return {wire: keys for wire, keys in methods.values()}


def traffic():
    """What all scenarios together were answered."""
    folder = os.environ.get("TOCSIN_TRAFFIC")
    path = pathlib.Path(folder) if folder else None
    wanted = os.environ.get("TOCSIN_TRAFFIC_OF", "").split()
    missing = [name for name in wanted
               if path is None or not (path / f"{name}.json").exists()]
    if path is None or not wanted or missing:
        raise Skip(f"the other scenarios have not run: {missing[:5]}")
    methods, errors = {}, set()
    for name in wanted:
        seen = json.loads((path / f"{name}.json").read_text())
        errors |= set(seen["errors"])
        for method, keys in seen["methods"].items():
            methods.setdefault(method, set()).update(keys)
    return methods, errors


def every_method_and_key(_place):
    methods, _ = traffic()
    tables = declared()
    check(len(tables) > 15, tables)
    equal(set(methods), set(tables), "methods called")
    for method, keys in tables.items():
        equal(methods[method] - keys, set(), f"undeclared keys of {method}")
        equal(keys - methods[method] - KEYS_OF_LATER, set(),
              f"keys of {method} that nobody saw")


def every_error(_place):
    _, errors = traffic()
    text = rows_of("errors.def")
    codes = set(re.findall(r'ERROR\(\w+, "([^"]+)"', text))
    check(len(codes) > 10, codes)
    equal(errors - codes, set(), "errors that no table knows")
    equal(codes - errors - ERRORS_OF_LATER, set(), "errors nobody saw")


run(every_method_and_key, every_error)
