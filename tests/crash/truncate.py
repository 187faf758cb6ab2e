"""Cut the log at every byte of its last batch, or every n-th (argument).

Whatever is left of it, the store opens, holds the reports before it whole and
in order, and goes on.  What was cut was never acknowledged: a killed daemon
leaves such tails.
"""
import os
import shutil
import sys

from tocsin_oracle import check_projections
from tocsin_reports import fire
from tocsin_test import check, equal, run

BEFORE = 30   # reports before the last batch
LAST = 3      # reports in it
STRIDE = int(sys.argv.pop()) if len(sys.argv) > 1 else 1


def made(first, count):
    return [fire(f"r{n:04}", f"g{n % 5}", model=f"m{n % 4}")
            for n in range(first, first + count)]


def newest_segment(directory):
    return [path for path in sorted((directory / "log").iterdir())
            if path.name.endswith(".seg")][-1]


def used(path):
    """How far a preallocated segment is written."""
    return len(path.read_bytes().rstrip(b"\0"))


def open_cut(place, keep, cut, zeros):
    """Open a copy cut there; the ids that it holds, in order."""
    daemon = place.idle_daemon(f"cut{cut}", verify=False)
    shutil.copytree(keep, daemon.dir)
    path = newest_segment(daemon.dir)
    size = path.stat().st_size
    os.truncate(path, cut)
    if zeros:
        os.truncate(path, size)
    daemon.start()
    client = place.client(daemon)
    rows = check_projections(client)
    ids = [row["id"] for row in rows]
    answer = client.batch(made(0, BEFORE + LAST))
    equal(answer["counts"].get("known", 0), len(ids), f"cut at {cut}")
    equal(answer["counts"].get("new", 0), BEFORE + LAST - len(ids),
          f"cut at {cut}")
    client.close()
    daemon.kill()
    shutil.rmtree(daemon.dir)
    place.daemons.remove(daemon)
    return ids


def every_cut_leaves_a_prefix(place):
    daemon = place.daemon(verify=False, settings=["store.segment_size=1MiB"])
    client = place.client(daemon)
    client.batch(made(0, BEFORE))
    client.close()
    # Checkpoints are not to run ahead of what is cut, so it dies at once.
    daemon.kill()
    daemon.start()
    client = place.client(daemon)
    start = used(newest_segment(daemon.dir))
    client.batch(made(BEFORE, LAST))
    daemon.kill()
    end = used(newest_segment(daemon.dir))
    check(end - start > 300, f"{start} to {end}")
    wanted = [report["id"] for report in made(0, BEFORE + LAST)]
    seen = set()
    for cut in [*range(start, end, STRIDE), end]:
        ids = open_cut(place, daemon.dir, cut, zeros=cut % 2 == 0)
        equal(ids, wanted[:len(ids)], f"cut at {cut}")
        check(len(ids) >= BEFORE, f"cut at {cut}: {len(ids)} reports left")
        seen.add(len(ids))
    check({BEFORE, BEFORE + LAST} <= seen, seen)
    print(f"{start} to {end} by {STRIDE}: {sorted(seen)} reports")


run(every_cut_leaves_a_prefix, seconds=600)
