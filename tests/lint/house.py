#!/usr/bin/env python3
"""The house rules that a machine can hold: which folder may include which,
one owner for each third-party header, size budgets, contract comments over
prototypes, words that do not belong in the project.

usage: house.py CHECK ROOT   (layers, owners, budgets, contracts, words, map)
"""
import os
import re
import sys

# The parts of the command; shell is what all of them stand on.
CLI = ["clients/cli/shell", "clients/cli/formats", "clients/cli/import",
       "clients/cli/match", "clients/cli/simulate", "clients/cli", "clients/libtocsin", "proto",
       "daemon/core", "daemon/core/detect", "etc"]

# A folder and the folders it may include, from docs/design.md's map.  Every
# folder may include itself and base.
LAYERS = {
    "base": [],
    "proto": [],
    "etc": [],
    "daemon/core/detect": [],
    "daemon/core": ["daemon/core/detect", "proto", "etc"],
    "daemon/store/log": [],
    "daemon/store/db": ["daemon/store/log"],
    "daemon/store": ["daemon/store/log", "daemon/store/db", "daemon/core", "daemon/core/detect",
                     "proto"],
    "daemon/intake": ["daemon/store", "daemon/store/db", "daemon/core", "daemon/core/detect",
                      "proto", "daemon"],
    "daemon/feed": ["daemon/store", "daemon/store/db", "daemon/core", "daemon/core/detect",
                    "proto", "daemon"],
    "daemon/net": ["daemon/feed", "daemon/core", "proto", "daemon"],
    "daemon/calls": ["daemon/net", "daemon/feed", "daemon/intake",
                     "daemon/store", "daemon/store/db", "daemon/core", "daemon/core/detect",
                     "proto", "daemon"],
    "daemon": ["daemon/calls", "daemon/net", "daemon/feed", "daemon/intake",
               "daemon/store", "daemon/store/db", "daemon/core", "daemon/core/detect", "proto"],
    "clients/libtocsin": ["proto"],
    "clients/cli": CLI,
    "clients/cli/shell": ["clients/libtocsin", "proto", "daemon/core", "daemon/core/detect"],
    "clients/cli/formats": CLI,
    "clients/cli/import": CLI,
    "clients/cli/match": CLI,
    "clients/cli/simulate": CLI,
    "bench": ["proto", "daemon/core", "daemon/core/detect", "clients/libtocsin"],
}

# What folders below daemon may take from daemon itself.
DAEMON_COMMON = {"config.h", "logger.h", "metrics.h"}

OWNERS = {
    "event2/": ["daemon/net/loop.c", "daemon/net/listener.c",
                "daemon/net/conn.c", "daemon/net/conn_inside.h"],
    "openssl/": ["daemon/net/tls.c", "daemon/net/tls_server.c",
                 "clients/libtocsin/secure.c",
                 "clients/libtocsin/distrust.c", "bench/socket.c"],
    "lmdb.h": ["daemon/store/db/lmdb.c", "daemon/store/db/lmdb_part.h",
               "bench/lmdb_limit.c"],
    "msgpack.h": ["proto/codec.c"],
    "yaml.h": ["base/yaml.c"],
    "sodium.h": ["base/digest.c"],
    "utf8proc.h": ["daemon/core/fold.c"],
    "zstd.h": ["daemon/store/log/seal.c"],
    "linux/landlock.h": ["daemon/landlock.c"],
    "linux/seccomp.h": ["daemon/seccomp.c"],
    "linux/filter.h": ["daemon/seccomp.c"],
    "csv.h": ["clients/cli/formats/formats_csv.c"],
    "jansson.h": ["clients/cli/shell/output_json.c", "clients/cli/formats/formats_json.c"],
    "iconv.h": ["clients/cli/formats/formats.c"],
}

BUDGET_SOURCE = 500
BUDGET_HEADER = 150
BUDGET_FUNCTION = 60
BUDGET_COLUMNS = 80
BUDGET_PARAMETERS = 5

WORDS = re.compile(
    r"(^|[^A-Za-z0-9_.])/(work|farm|root)/|deb\.debian\.org|"
    r"registry\.npmjs|\b(TODO|FIXME|XXX|HACK)\b")


def sources(root, *endings):
    for base in ("base", "proto", "daemon", "clients", "bench", "etc",
                 "tests"):
        for folder, _, names in os.walk(os.path.join(root, base)):
            for name in sorted(names):
                if name.endswith(endings):
                    path = os.path.join(folder, name)
                    yield os.path.relpath(path, root)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def exceptions(root):
    """tests/lint/exceptions: CHECK PATH[:NAME] reason"""
    found = set()
    for line in read(root, "tests/lint/exceptions").splitlines():
        parts = line.split(None, 2)
        if len(parts) == 3 and not line.startswith("#"):
            found.add((parts[0], parts[1]))
    return found


def is_product(path):
    return not path.startswith("tests/")


def check_layers(root):
    for path in sources(root, ".c", ".h"):
        folder = os.path.dirname(path)
        if not is_product(path):
            continue
        if folder not in LAYERS:
            yield f"{path}: no layer is known for {folder}"
            continue
        for include in re.findall(r'^#include "([^"]+)"', read(root, path),
                                  re.M):
            other = os.path.dirname(include)
            if other in (folder, "base"):
                continue
            if other not in LAYERS[folder]:
                yield f"{path}: {folder} may not include {include}"
            elif (other == "daemon" and folder != "daemon"
                  and os.path.basename(include) not in DAEMON_COMMON):
                yield f"{path}: {folder} may not include {include}"


def check_owners(root):
    for path in sources(root, ".c", ".h"):
        if not is_product(path):
            continue
        for include in re.findall(r"^#include <([^>]+)>", read(root, path),
                                  re.M):
            for header, owners in OWNERS.items():
                wanted = include.startswith(header) \
                    if header.endswith("/") else include == header
                if wanted and path not in owners:
                    yield f"{path}: <{include}> belongs to {owners[0]}"


def strip(text):
    """Comments and literals blanked out, lines kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(\\.|[^"\\\n])*"|\'(\\.|[^\'\\\n])*\'',
                  blank, text, flags=re.S)


def functions(text):
    """(name, first line, number of lines, parameters) of each definition."""
    lines = strip(text).split("\n")
    for number, line in enumerate(lines):
        if line != "{":
            continue
        end = number
        while end < len(lines) and lines[end] != "}":
            end += 1
        start = number - 1
        while start > 0 and lines[start - 1].strip() and \
                not lines[start - 1].startswith(("}", "#")) and \
                not lines[start - 1].rstrip().endswith((";", "}")):
            start -= 1
        head = " ".join(lines[start:number])
        match = re.search(r"(\w+)\s*\((.*)\)\s*$", head, re.S)
        if match:
            inner = re.sub(r"\([^()]*\)", "", match.group(2))
            count = 0 if inner.strip() in ("", "void") \
                else inner.count(",") + 1
            yield match.group(1), number, end - number, count


def check_budgets(root):
    allowed = exceptions(root)
    for path in sources(root, ".c", ".h"):
        text = read(root, path)
        lines = text.split("\n")
        limit = BUDGET_HEADER if path.endswith(".h") else BUDGET_SOURCE
        if is_product(path) and len(lines) - 1 > limit and \
                ("lines", path) not in allowed:
            yield f"{path}: {len(lines) - 1} lines, {limit} allowed"
        for number, line in enumerate(lines, 1):
            if len(line.expandtabs(8)) > BUDGET_COLUMNS and \
                    ("columns", path) not in allowed:
                yield f"{path}:{number}: wider than {BUDGET_COLUMNS} columns"
        if not is_product(path):
            continue
        for name, number, length, count in functions(text):
            key = f"{path}:{name}"
            if length > BUDGET_FUNCTION and \
                    ("function", key) not in allowed:
                yield f"{path}:{number}: {name} has {length} lines, " \
                    f"{BUDGET_FUNCTION} allowed"
            if count > BUDGET_PARAMETERS and \
                    ("parameters", key) not in allowed:
                yield f"{path}:{number}: {name} takes {count} parameters, " \
                    f"{BUDGET_PARAMETERS} allowed"


def check_contracts(root):
    """Every prototype of a header stands under a comment; one comment may
    speak for the prototypes that follow it without a blank line."""
    for path in sources(root, ".h"):
        if not is_product(path):
            continue
        text = read(root, path)
        bare = strip(text).split("\n")
        full = text.split("\n")
        depth = 0
        for number, line in enumerate(bare):
            if depth == 0 and re.match(
                    r"^(?!typedef|static|#|return|extern \"C\")"
                    r"[A-Za-z_][\w \*]*?\b\w+\(", line) \
                    and not line.startswith((" ", "\t", "__attribute__")):
                above = number - 1
                while above >= 0 and full[above].strip() and \
                        not full[above].rstrip().endswith("*/"):
                    above -= 1
                if above < 0 or not full[above].rstrip().endswith("*/"):
                    yield f"{path}:{number + 1}: no contract comment"
            depth += line.count("{") - line.count("}")


def check_words(root):
    for folder, names, files in os.walk(root):
        names[:] = [n for n in names if not n.startswith((".git", "build"))
                    and n != "__pycache__"]
        for name in files:
            path = os.path.relpath(os.path.join(folder, name), root)
            if path in ("tests/lint/house.py", "etc/unknown.yaml"):
                continue
            try:
                text = read(root, path)
            except UnicodeDecodeError:
                continue
            for number, line in enumerate(text.split("\n"), 1):
                if WORDS.search(line):
                    yield f"{path}:{number}: {line.strip()[:60]}"


def check_map(root):
    """README's code map names every folder, and no other."""
    text = read(root, "README.md")
    named = set(re.findall(r"^\| `([\w/.-]+)/` \|", text, re.M))
    there = {os.path.dirname(p) for p in sources(root, ".c", ".h", ".py")}
    there |= {"docs", "script"}
    for folder in sorted(there - named):
        yield f"README.md: the code map leaves out {folder}"
    for folder in sorted(named):
        if not os.path.isdir(os.path.join(root, folder)):
            yield f"README.md: the code map names {folder}, which is not there"


CHECKS = {
    "layers": check_layers,
    "owners": check_owners,
    "budgets": check_budgets,
    "contracts": check_contracts,
    "words": check_words,
    "map": check_map,
}


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in CHECKS:
        sys.exit(__doc__)
    found = list(CHECKS[sys.argv[1]](sys.argv[2]))
    for line in found:
        print(line)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
