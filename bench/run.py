#!/usr/bin/python3
"""Run parts of the benchmark and print figures beside their references.

Every reference is measured in the same run as what it is the reference of,
in turns, and a ratio is the median over the turns.
"""

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import parts_detection
import parts_drip
import parts_feed
import parts_ingest
import parts_quality
import parts_store
import parts_tls
from figures import Figures
from server import Server, raise_file_limit

PARTS = {
    "ingest": parts_ingest.run,
    "memory": parts_store.memory,
    "export": parts_store.export,
    "import": parts_store.imports,
    "fanout": parts_feed.fanout,
    "tls": parts_tls.run,
    "drip": parts_drip.run,
    "quality": parts_quality.run,
    "detection": parts_detection.run,
}
# "all" ends with what kills the shared store's daemon.
ALL = ["fanout", "tls", "drip", "import", "ingest", "memory", "export", "recovery"]
PARTS["recovery"] = parts_store.recovery


class Bench:
    """What the parts share: programs, a scratch directory, one big store."""

    def __init__(self, build, quick):
        self.build = os.path.abspath(build)
        self.quick = quick
        self.rounds = 1 if quick else 3
        self.rows = 150000 if quick else 1500000
        self.figures = Figures()
        self.scratch = tempfile.mkdtemp(prefix="scratch-", dir=self.build)
        self.servers = []
        self.big = None
        self.new_reports = 0
        self.seed = 0

    def say(self, text):
        print(f"bench: {text}", file=sys.stderr, flush=True)

    def folder(self, name):
        path = os.path.join(self.scratch, name)
        os.makedirs(path, exist_ok=True)
        return path

    def driver(self, name, *arguments, seconds=300):
        """Run one of bench/'s programs; what it printed, as an object."""
        program = os.path.join(self.build, "bench", "bench-" + name)
        done = subprocess.run([program, *map(str, arguments)],
                              stdout=subprocess.PIPE, timeout=seconds,
                              check=True, preexec_fn=raise_file_limit)
        return json.loads(done.stdout)

    def tocsin(self, server, *arguments, seconds=300):
        """Run the client; its standard output as text."""
        program = os.path.join(self.build, "clients", "cli", "tocsin")
        done = subprocess.run(
            [program, "--server", f"127.0.0.1:{server.port}",
             "--timeout", "120s", *map(str, arguments)],
            stdout=subprocess.PIPE, timeout=seconds, check=True)
        return done.stdout.decode()

    def server(self, name, settings=()):
        """A tocsind on a new data directory, started."""
        server = Server(self.build, os.path.join(self.scratch, name), settings)
        self.servers.append(server)
        server.start()
        return server

    def load(self, server, connections, batch, window, reports, round_of=0,
             port=None):
        """Send reports that no load before has sent."""
        self.seed += 1
        arguments = [port or server.port, connections, batch, window, reports,
                     self.seed]
        return self.driver("load", *arguments,
                           *([round_of] if round_of else []), seconds=900)

    def big_server(self):
        """The shared store with so many rows in it, filled at first use."""
        if self.big:
            return self.big
        self.big = self.server("big")
        self.say(f"filling a store with {self.rows:,} reports")
        filled = self.load(self.big, 1, 1000, 4, self.rows, 100000)
        self.new_reports = filled["new"]
        self.figures.add("fill_reports_per_s", filled["per_s"])
        return self.big

    def close(self):
        for server in self.servers:
            server.kill()
        shutil.rmtree(self.scratch, ignore_errors=True)


class Others:
    """What the processors did for others than this benchmark."""

    def __init__(self):
        self.begin = time.monotonic()
        self.busy = self.ticks()
        self.own = self.used()

    @staticmethod
    def ticks():
        with open("/proc/stat") as stat:
            numbers = list(map(int, stat.readline().split()[1:9]))
        idle = numbers[3] + numbers[4]
        return (sum(numbers) - idle) / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def used():
        return sum(usage.ru_utime + usage.ru_stime for usage in map(
            resource.getrusage,
            (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))

    def share(self):
        """Since the start; right once every child has been waited for."""
        seconds = time.monotonic() - self.begin
        others = self.ticks() - self.busy - (self.used() - self.own)
        return max(0.0, others / seconds / os.cpu_count())


def main():
    parser = argparse.ArgumentParser(
        prog="script/bench", description="Measure tocsind beside references.")
    parser.add_argument("parts", nargs="*", metavar="PART",
                        help=", ".join([*PARTS, "all"]))
    parser.add_argument("--build", default="build-bench",
                        help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true",
                        help="one object of names and numbers")
    parser.add_argument("--quick", action="store_true",
                        help="small stores, single rounds")
    options = parser.parse_args()
    wanted = options.parts or ["all"]
    for part in wanted:
        if part != "all" and part not in PARTS:
            parser.error(f"no part is called {part}")
    if "all" in wanted:
        wanted = ALL
    # Whoever ends the benchmark ends its servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    others = Others()
    bench = Bench(options.build, options.quick)
    try:
        for part in wanted:
            bench.say(part)
            PARTS[part](bench)
    finally:
        bench.close()
    bench.figures.add("others_cpu_share", others.share(),
                      "of the processors, over the whole run")
    if options.json:
        bench.figures.print_json()
    else:
        bench.figures.print_table()


if __name__ == "__main__":
    main()
