"""Eight good clients beside a crowd with bad manners.

In turns on one daemon: nobody else; the crowd aimed at a listener that does
nothing, which shows what the crowd costs everybody on this machine; the crowd
aimed at the daemon.
"""

import json
import os
import subprocess
import time
from statistics import median

from server import Peak, raise_file_limit

NETWORKS = 512
AGE_S = 11  # so that the crowd's first frames are overdue
WINDOW_S = 12  # longer than a deadline


class Crowd:
    """bench-drip on a port, from when it stands to the end of the context."""

    def __init__(self, bench, port, count, churn):
        self.process = start(bench, "drip", port, count, churn, NETWORKS)
        if self.process.stdout.readline() != b"ready\n":
            raise RuntimeError("the crowd did not come")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.told = finish(self.process)


def start(bench, name, *arguments):
    return subprocess.Popen(
        [os.path.join(bench.build, "bench", "bench-" + name),
         *map(str, arguments)], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, preexec_fn=raise_file_limit)


def finish(process):
    process.stdin.close()
    told = json.loads(process.stdout.read())
    process.wait()
    return told


def cpu_of(server):
    """Seconds of processor time it has used."""
    with open(f"/proc/{server.process.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(bench, server, reports):
    """Reports one by one on 8 connections; what it cost the daemon."""
    begin, cpu = time.monotonic(), cpu_of(server)
    with Peak(server) as peak:
        loaded = bench.load(server, 8, 1, 1, reports)
    loaded["mib"] = peak.kib / 1024
    loaded["cpu"] = (cpu_of(server) - cpu) / (time.monotonic() - begin)
    return loaded


def ratios(turns, state, what):
    return [turn[state][what] / turn["quiet"][what] for turn in turns]


def run(bench):
    count, churn = (2000, 200) if bench.quick else (10000, 1000)
    age, window = (0, 2) if bench.quick else (AGE_S, WINDOW_S)
    server = bench.server("drip")
    measure(bench, server, 10000)  # files and heap are made
    reports = int(measure(bench, server, 20000)["per_s"] * window)
    turns, crowds, sinks = [], [], []
    for round_of in range(max(3, bench.rounds)):
        turn = {"quiet": measure(bench, server, reports)}
        sink = start(bench, "drip_sink")
        port = int(sink.stdout.readline())
        with Crowd(bench, port, count, churn) as crowd:
            time.sleep(age)
            turn["beside"] = measure(bench, server, reports)
        sinks.append((crowd.told, finish(sink)))
        with Crowd(bench, server.port, count, churn) as crowd:
            time.sleep(age)
            turn["attacked"] = measure(bench, server, reports)
        crowds.append(crowd.told)
        turns.append(turn)
        for state, loaded in turn.items():
            bench.say(f"{state}: {loaded['per_s']:,.0f} a second, p99 "
                      f"{loaded['p99_us'] / 1000:.2f} ms, daemon "
                      f"{loaded['cpu']:.2f} CPU, {loaded['mib']:.1f} MiB")
        bench.say(f"crowd: {crowds[-1]}; beside: {sinks[-1]}")
        time.sleep(2)  # the daemon closes what is left
    server.stop()
    add = bench.figures.add
    add("drip_quiet_per_s", median(t["quiet"]["per_s"] for t in turns),
        "8 clients, a report at a time")
    add("drip_throughput", median(ratios(turns, "attacked", "per_s")),
        "x quiet")
    add("drip_p99_ratio", median(ratios(turns, "attacked", "p99_us")),
        "x quiet")
    add("drip_resident_mib",
        max(t["attacked"]["mib"] for t in turns)
        - max(t["quiet"]["mib"] for t in turns), "RssAnon beyond quiet")
    add("drip_beside_throughput", median(ratios(turns, "beside", "per_s")),
        "x quiet, the crowd at a listener that does nothing")
    add("drip_beside_p99_ratio", median(ratios(turns, "beside", "p99_us")),
        "x quiet, likewise")
    add("drip_held", median(c["held"] for c in crowds),
        "connections open, mean")
    add("drip_crowd_cpu", median(c["cpu_share"] for c in crowds),
        "processors the crowd used")
    add("drip_beside_crowd_cpu", median(c["cpu_share"] for c, _ in sinks),
        "processors it used at the listener that does nothing")
    add("drip_sink_cpu", median(s["cpu_share"] for _, s in sinks),
        "processors that listener used")
    for state in ("quiet", "beside", "attacked"):
        add(f"drip_{state}_daemon_cpu", median(t[state]["cpu"] for t in turns),
            "processors the daemon used")
