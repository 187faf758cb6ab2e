"""Durable ingest: batches beside LMDB, single reports beside the floor."""

import time
from statistics import median

from figures import ratio
from server import Peak, log_bytes, lmdb_bytes, wait_until_sealed

OPEN_REPORTS = 50000


def batches(bench, server):
    """Batches of 1,000, four in flight, in turns with lmdb_limit."""
    figures = bench.figures
    ours, theirs, late, middle = [], [], [], []
    reports = 50000 if bench.quick else 300000
    with Peak(server) as peak:
        for _ in range(bench.rounds):
            limit = bench.driver("lmdb_limit", bench.folder("lmdb"),
                                 bench.rows, 1000, 5)
            theirs.append(limit["per_s"])
            loaded = bench.load(server, 1, 1000, 4, reports)
            bench.new_reports += loaded["new"]
            ours.append(loaded["per_s"])
            late.append(loaded["p99_us"] / 1000)
            middle.append(loaded["p50_us"] / 1000)
    figures.add("ingest_batch1000_per_s", median(ours))
    figures.add("lmdb_limit_per_s", median(theirs), "reference")
    figures.add("ingest_batch1000_vs_lmdb", ratio(ours, theirs))
    figures.add("ack_p50_ms", median(middle))
    figures.add("ack_p99_ms", median(late))
    figures.add("resident_mib", peak.kib / 1024, "RssAnon, the peak")


def connections(bench, server):
    """More connections, and one that does not wait for each answer."""
    reports = 50000 if bench.quick else 200000
    for name, count, batch, window in (
            ("ingest_batch1000_8", 8, 1000, 1),
            ("ingest_batch100_64", 64, 100, 1),
            ("ingest_pipelined1", 1, 1, 64),
            ("ingest_pipelined8", 8, 1, 64)):
        loaded = bench.load(server, count, batch, window, reports)
        bench.new_reports += loaded["new"]
        bench.figures.add(f"{name}_per_s", loaded["per_s"])


def lone(bench, server):
    """One report at a time on one connection."""
    figures = bench.figures
    count = 1000 if bench.quick else 5000
    ours, theirs, syncs, trips, floor = [], [], [], [], []
    for _ in range(bench.rounds):
        yard = bench.driver("yardstick", bench.folder("yard"), count)
        syncs.append(yard["fdatasync_p50_us"])
        trips.append(yard["round_trip_p50_us"])
        theirs.append(syncs[-1] + trips[-1])
        loaded = bench.load(server, 1, 1, 1, count)
        bench.new_reports += loaded["new"]
        ours.append(loaded["p50_us"])
        floor.append(bench.driver("floor", bench.folder("floor"), 1, count,
                                  bench.seed)["p50_us"])
    figures.add("ack_single_p50_us", median(ours))
    figures.add("fdatasync_p50_us", median(syncs), "reference, 4 KiB append")
    figures.add("round_trip_p50_us", median(trips), "reference, loopback")
    figures.add("floor_single_p50_us", median(floor), "reference")
    figures.add("ack_p50_vs_fsync_rtt", ratio(ours, theirs))


def many(bench, server):
    """One report a call, on 8 and 64 connections."""
    figures = bench.figures
    count = 20000 if bench.quick else 150000
    for connections_open in (8, 64):
        ours, theirs = [], []
        for _ in range(bench.rounds):
            loaded = bench.load(server, connections_open, 1, 1, count)
            bench.new_reports += loaded["new"]
            ours.append(loaded["per_s"])
            theirs.append(bench.driver(
                "floor", bench.folder("floor"), connections_open, count,
                bench.seed)["per_s"])
        name = f"ingest_single{connections_open}"
        figures.add(f"{name}_per_s", median(ours))
        figures.add(f"floor{connections_open}_per_s", median(theirs),
                    "reference")
        figures.add(f"{name}_vs_floor", ratio(ours, theirs))


def open_bytes(bench):
    """Bytes of the log for a report, before its segment is sealed."""
    server = bench.server("open")
    loaded = bench.load(server, 1, 1000, 4, OPEN_REPORTS)
    server.stop()
    used, _ = log_bytes(server.data_dir)
    return used / loaded["new"], loaded["bytes_a_report"]


def disk(bench, server):
    """Bytes on disk per report that was new."""
    figures = bench.figures
    per_open, sent = open_bytes(bench)
    wait_until_sealed(server.data_dir, 60)
    time.sleep(1)
    used, sealed = log_bytes(server.data_dir)
    figures.add("report_bytes", sent, "as MessagePack, on average")
    figures.add("log_bytes_per_report", per_open)
    if sealed:
        in_sealed = bench.new_reports - used / per_open
        figures.add("sealed_bytes_per_report", sealed / in_sealed)
    figures.add("lmdb_bytes_per_report",
                lmdb_bytes(server.data_dir) / bench.new_reports,
                "the whole file, free pages too")


def idle_again(bench, server):
    """Memory some seconds after the last report."""
    lowest = server.resident_kib()
    for _ in range(20):
        time.sleep(0.5)
        lowest = min(lowest, server.resident_kib())
    bench.figures.add("idle_mib", lowest / 1024, "RssAnon, within 10 s")


def run(bench):
    server = bench.big_server()
    batches(bench, server)
    idle_again(bench, server)
    connections(bench, server)
    lone(bench, server)
    many(bench, server)
    disk(bench, server)
