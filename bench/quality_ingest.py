"""What looking for duplicates costs: ingest with it and without, in turns."""

from statistics import median

from figures import ratio


def run(bench):
    """Two stores that hold the same reports take the same batches."""
    count = 30000 if bench.quick else 150000
    servers = {setting: bench.server(f"compare-{setting}", settings=(
        f"duplicates.compare={setting}",)) for setting in ("true", "false")}
    rates = {setting: [] for setting in servers}
    for turn in range(1 + 2 * bench.rounds):
        for setting, server in servers.items():
            loaded = bench.load(server, 1, 1000, 4, count)
            if turn:
                rates[setting].append(loaded["per_s"])
    for server in servers.values():
        server.stop()
    bench.figures.add("ingest_compared_per_s", median(rates["true"]))
    bench.figures.add("ingest_not_compared_per_s", median(rates["false"]),
                      "reference: duplicates.compare false")
    bench.figures.add("ingest_vs_before", ratio(rates["true"],
                                                rates["false"]))
