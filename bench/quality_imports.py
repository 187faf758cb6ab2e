"""Are reports known again in the next release of their source?"""

import gzip
import json
import os

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Releases in turn, how the source gives its ids, and which numbers of the
# last import are figures.
SERIES = [
    ("wales", ["RepairCafeWales_202407", "RepairCafeWales_202507"], "stable",
     ["new", "amended"]),
    ("denmark", ["RepairCafeDenmark_202407", "RepairCafeDenmark_202507"],
     "epoch", ["resubmitted"]),
    ("restart", ["RestartProject_202110", "RestartProject_202204"],
     "snapshot", ["new", "withdrawn", "amended"]),
]


def unpack(bench, name):
    """The release as a plain file; None where there is none."""
    shared = os.environ.get("TOCSIN_SHARED",
                            os.path.join(ROOT, "..", "shared"))
    packed = os.path.join(shared, "data", "ords",
                          f"OpenRepairData_v0.3_{name}.csv.gz")
    if not os.path.exists(packed):
        return None
    path = os.path.join(bench.folder("releases"), name + ".csv")
    with gzip.open(packed, "rb") as file, open(path, "wb") as plain:
        plain.write(file.read())
    return path


def run(bench):
    """ords_<source>_<number> for each number of each series."""
    for source, releases, ids, numbers in SERIES:
        files = [unpack(bench, name) for name in releases]
        if None in files:
            bench.say(f"no releases of {source}: not measured")
            continue
        server = bench.server("releases-" + source)
        for path in files:
            told = json.loads(bench.tocsin(
                server, "import", path, "--format", "ords", "--ids", ids,
                "--json"))
        server.stop()
        for number in numbers:
            bench.figures.add(f"ords_{source}_{number}", told[number],
                              f"of {told['read']:,} rows, ids {ids}")
