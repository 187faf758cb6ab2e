"""Memory, exports, imports, and the store after a crash."""

import json
import os
import subprocess
import time

import ords
from server import log_bytes, lmdb_bytes, raise_file_limit

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def memory(bench):
    """What an idle connection costs in the daemon."""
    raise_file_limit()
    server = bench.server("idle")
    count = 1000 if bench.quick else 10000
    server.hello().close()
    time.sleep(1)
    before = server.resident_kib()
    open_now = [server.hello() for _ in range(count)]
    time.sleep(3)
    after = server.resident_kib()
    for connection in open_now:
        connection.close()
    bench.figures.add("idle_connection_kib", (after - before) / count,
                      f"{count:,} connections that said hello")
    server.stop()


def export(bench):
    """Whole tables as CSV into a file."""
    server = bench.big_server()
    for what in ("reports", "groups"):
        path = os.path.join(bench.scratch, what + ".csv")
        begin = time.monotonic()
        bench.tocsin(server, "export", what, "-o", "csv", "--out", path,
                     seconds=600)
        seconds = time.monotonic() - begin
        with open(path + ".json") as beside:
            rows = json.load(beside)["rows"]
        size = os.path.getsize(path)
        os.unlink(path)
        bench.figures.add(f"export_{what}_rows_per_s", rows / seconds,
                          f"{rows:,} rows, {size / seconds / 1e6:.0f} MB/s")
    bench.figures.add("export_rows_per_s",
                      bench.figures.values["export_reports_rows_per_s"])


def imports(bench):
    """A file in the shape of ORDS, then real ones where there are any."""
    figures = bench.figures
    rows = 20000 if bench.quick else 150000
    path = os.path.join(bench.scratch, "ords.csv")
    ords.write(path, rows)
    server = bench.server("import")
    begin = time.monotonic()
    bench.tocsin(server, "import", path, "--format", "ords", "--ids",
                 "stable", seconds=600)
    figures.add("import_rows_per_s", rows / (time.monotonic() - begin),
                f"{rows:,} invented rows")
    server.stop()
    files = ords.shared_files(ROOT, bench.folder("ords"))
    if not files:
        bench.say("no ../shared/data/ords: real rows are not measured")
        return
    server = bench.server("import-real")
    read = new = 0
    begin = time.monotonic()
    for path in files:
        line = json.loads(bench.tocsin(server, "import", path, "--format",
                                       "ords", "--ids", "stable", "--json"))
        read += line["read"]
        new += line["new"]
    figures.add("import_ords_rows_per_s", read / (time.monotonic() - begin),
                f"{read:,} real rows in {len(files)} files")
    server.stop()
    used, sealed = log_bytes(server.data_dir)
    figures.add("ords_log_bytes_per_report", (used + sealed) / new)
    figures.add("ords_lmdb_bytes_per_report",
                lmdb_bytes(server.data_dir) / new,
                "few rows: fixed pages weigh more")


def killed_under_load(bench, server):
    """Seconds until hello is answered, after kill -9 in the midst of load."""
    program = os.path.join(bench.build, "bench", "bench-load")
    bench.seed += 1
    load = subprocess.Popen(
        [program, str(server.port), "1", "1000", "4", "1000000",
         str(bench.seed)], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    try:
        time.sleep(3 if bench.quick else 8)
        server.kill()
        return server.start()
    finally:
        load.kill()
        load.wait()


def recovery(bench):
    """Restart after kill -9, and rebuilding LMDB from the log."""
    server = bench.big_server()
    times = [killed_under_load(bench, server) for _ in range(bench.rounds)]
    bench.figures.add("restart_s", max(times), "slowest of "
                      + ", ".join(f"{t:.2f}" for t in times))
    seq = sequence_of(bench, server)
    server.stop()
    begin = time.monotonic()
    subprocess.run([server.program, "--data-dir", server.data_dir,
                    "--rebuild"], check=True, timeout=1200,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    bench.figures.add("rebuild_events_per_s", seq / (time.monotonic() - begin),
                      f"{seq:,} events")


def sequence_of(bench, server):
    """The newest sequence, which is the number of events."""
    stats = json.loads(bench.tocsin(server, "stats", "--json"))
    for numbers in (stats, stats.get("metrics", {})):
        if "seq" in numbers:
            return int(numbers["seq"])
    raise RuntimeError("stats name no seq")
