"""Eight good clients beside a crowd with bad manners.

In turns on one daemon: nobody else; the crowd aimed at a listener that does
nothing, which shows what the crowd costs everybody on this machine; the crowd
aimed at the daemon.
"""

import json
import os
import resource
import subprocess
import time
from statistics import median

from server import Peak, raise_file_limit

NETWORKS = 512
AGE_S = 11  # so that the crowd's first frames are overdue
WINDOW_S = 6
TURNS_MAX = 8  # as long as others disturb
OTHERS = 0.1  # of the processors, in a window that counts


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


def give_way():
    """A crowd's processors are its own: here they must not be those of the
    good ones, more than the kernel makes them."""
    raise_file_limit()
    os.nice(19)


def start(bench, name, *arguments):
    return subprocess.Popen(
        [os.path.join(bench.build, "bench", "bench-" + name),
         *map(str, arguments)], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, preexec_fn=give_way)


def finish(process):
    process.stdin.close()
    told = json.loads(process.stdout.read())
    process.wait()
    return told


def cpu_of(pid):
    """Seconds of processor time it has used."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_of_all():
    """As much as all programs have used, interrupts aside."""
    with open("/proc/stat") as stat:
        numbers = list(map(int, stat.readline().split()[1:4]))
    return sum(numbers) / os.sysconf("SC_CLK_TCK")


def cpu_of_ours(pids):
    used = sum(usage.ru_utime + usage.ru_stime for usage in map(
        resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
    return used + sum(map(cpu_of, pids))


def measure(bench, server, reports, beside=()):
    """Reports one by one on 8 connections; what it cost the daemon, and how
    much of the processors others had meanwhile."""
    daemon = server.process.pid
    pids = [daemon, *(process.pid for process in beside)]
    begin, cpu = time.monotonic(), cpu_of(daemon)
    every, ours = cpu_of_all(), cpu_of_ours(pids)
    with Peak(server) as peak:
        loaded = bench.load(server, 8, 1, 1, reports)
    seconds = time.monotonic() - begin
    others = cpu_of_all() - every - (cpu_of_ours(pids) - ours)
    loaded["mib"] = peak.kib / 1024
    loaded["cpu"] = (cpu_of(daemon) - cpu) / seconds
    loaded["others"] = max(0.0, others / seconds / os.cpu_count())
    return loaded


class Windows:
    """Quiet ones before and behind each of the others, whose figures are
    taken beside the mean of these two."""

    def __init__(self, bench, server, reports):
        self.bench, self.server, self.reports = bench, server, reports
        self.quiet = [self.window("quiet")]
        self.pairs = {"beside": [], "attacked": []}

    def window(self, state, *beside):
        loaded = measure(self.bench, self.server, self.reports, beside)
        self.bench.say(
            f"{state}: {loaded['per_s']:,.0f} a second, p99 "
            f"{loaded['p99_us'] / 1000:.2f} ms, daemon {loaded['cpu']:.2f} "
            f"CPU, {loaded['mib']:.1f} MiB, others {loaded['others']:.2f}")
        return loaded

    def add(self, state, loaded):
        time.sleep(2)  # the daemon closes what is left
        self.quiet.append(self.window("quiet"))
        self.pairs[state].append((loaded, *self.quiet[-2:]))

    def is_clean(self, pair):
        return max(loaded["others"] for loaded in pair) <= OTHERS

    def clean(self, state):
        """Pairs that others did not disturb; all, when there is none."""
        return [pair for pair in self.pairs[state] if self.is_clean(pair)] \
            or self.pairs[state]

    def ratio(self, state, what):
        return median(2 * one[what] / (before[what] + after[what])
                      for one, before, after in self.clean(state))


def run(bench):
    count, churn = (2000, 200) if bench.quick else (10000, 1000)
    age, window = (0, 1) if bench.quick else (AGE_S, WINDOW_S)
    server = bench.server("drip")
    measure(bench, server, 10000)  # files and heap are made
    reports = int(measure(bench, server, 20000)["per_s"] * window)
    windows = Windows(bench, server, reports)
    crowds, sinks = [], []
    while len(windows.pairs["attacked"]) < (1 if bench.quick else TURNS_MAX):
        sink = start(bench, "drip_sink")
        port = int(sink.stdout.readline())
        with Crowd(bench, port, count, churn) as crowd:
            time.sleep(age)
            loaded = windows.window("beside", crowd.process, sink)
        sinks.append((crowd.told, finish(sink)))
        windows.add("beside", loaded)
        with Crowd(bench, server.port, count, churn) as crowd:
            time.sleep(age)
            loaded = windows.window("attacked", crowd.process)
        crowds.append(crowd.told)
        windows.add("attacked", loaded)
        bench.say(f"crowd: {crowds[-1]}; beside: {sinks[-1]}")
        if sum(map(windows.is_clean, windows.pairs["attacked"])) >= \
                bench.rounds:
            break
    server.stop()
    tell(bench.figures.add, windows, crowds, sinks)


def tell(add, windows, crowds, sinks):
    attacked = windows.clean("attacked")
    add("drip_quiet_per_s", median(q["per_s"] for q in windows.quiet),
        "8 clients, a report at a time")
    add("drip_throughput", windows.ratio("attacked", "per_s"), "x quiet")
    add("drip_p99_ratio", windows.ratio("attacked", "p99_us"), "x quiet")
    add("drip_resident_mib",
        max(one["mib"] - before["mib"] for one, before, _ in attacked),
        "RssAnon beyond the quiet window before")
    add("drip_turns_undisturbed", sum(map(windows.is_clean,
                                          windows.pairs["attacked"])),
        "0: all turns count, and none is to be believed")
    add("drip_others_cpu_share", max(loaded["others"] for pair in attacked
                                     for loaded in pair),
        "of the processors, in the turns that count")
    add("drip_beside_throughput", windows.ratio("beside", "per_s"),
        "x quiet, the crowd at a listener that does nothing")
    add("drip_beside_p99_ratio", windows.ratio("beside", "p99_us"),
        "x quiet, likewise")
    add("drip_held", median(c["held"] for c in crowds),
        "connections open, mean")
    add("drip_bytes_per_s", median(c["dripped"] / c["seconds"]
                                   for c in crowds), "that dripped")
    add("drip_churned_per_s", median(c["churned"] / c["seconds"]
                                     for c in crowds),
        "connections that came and left")
    add("drip_crowd_cpu", median(c["cpu_share"] for c in crowds),
        "processors the crowd used")
    add("drip_beside_crowd_cpu", median(c["cpu_share"] for c, _ in sinks),
        "processors it used at the listener that does nothing")
    add("drip_sink_cpu", median(s["cpu_share"] for _, s in sinks),
        "processors that listener used")
    add("drip_quiet_daemon_cpu", median(q["cpu"] for q in windows.quiet),
        "processors the daemon used")
    for state in ("beside", "attacked"):
        add(f"drip_{state}_daemon_cpu",
            median(one["cpu"] for one, *_ in windows.clean(state)),
            "processors the daemon used")
