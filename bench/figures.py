"""What was measured, and what it should be."""

import json
import operator
import os
import platform
import statistics
import sys

# name: relation, target, unit.  What has no target is printed without a
# verdict.
TARGETS = {
    "ingest_batch1000_vs_lmdb": (">=", 0.8, "x lmdb_limit"),
    "ack_p99_ms": ("<=", 300, "ms, batches of 1,000"),
    "ack_p50_vs_fsync_rtt": ("<=", 1.5, "x fdatasync + round trip"),
    "ingest_single64_vs_floor": (">=", 0.6, "x floor"),
    "log_bytes_per_report": ("<=", 480, "bytes, open segment"),
    "sealed_bytes_per_report": ("<=", 200, "bytes, sealed segments"),
    "lmdb_bytes_per_report": ("<=", 480, "bytes"),
    "restart_s": ("<=", 2, "s after kill -9 under load"),
    "rebuild_events_per_s": (">=", 150000, "events/s"),
    "fanout1000_vs_raw": (">=", 0.5, "x raw send"),
    "import_rows_per_s": (">=", 30000, "rows/s"),
    "resident_mib": ("<=", 320, "MiB at full load"),
    "idle_mib": ("<=", 64, "MiB when idle again"),
    "duplicate_precision": (">=", 0.97, "of linked pairs"),
    "duplicate_recall_informative": (">=", 0.60, "of informative pairs"),
    "repeats_linked": ("<=", 0.005, "of true repeats"),
    "bursts_linked": ("<=", 0.01, "of burst incidents"),
    "tls_ingest_vs_plain": (">=", 0.85, "x plain, batches of 1,000"),
    "tls_fanout_vs_plain": (">=", 0.5, "x plain, 1,000 subscribers"),
    "tls_idle_kib": ("<=", 20, "KiB each, 5,000 of them"),
    "drip_throughput": (">=", 0.9, "x quiet, 8 clients"),
    "drip_p99_ratio": ("<=", 1.5, "x quiet"),
    "drip_resident_mib": ("<=", 64, "MiB beyond quiet"),
    "idle_connection_kib": ("<=", 4, "KiB each, 10,000 of them"),
    "abt_buy_alone_f1": (">=", 0.86, "F1, published test split"),
    "amazon_google_alone_f1": (">=", 0.58, "F1, published test split"),
    "abt_buy_f1": (">=", 0.88, "F1, one to one"),
    "amazon_google_f1": (">=", 0.65, "F1, one to one"),
    "abt_buy_trained_f1": (">=", 0.88, "F1, trained on train.txt"),
    "amazon_google_trained_f1": (">=", 0.65, "F1, trained on train.txt"),
    "abt_buy_tables_f1": (">=", 0.88, "F1, whole tables, one to one"),
    "amazon_google_tables_f1": (">=", 0.65, "F1, whole tables, one to one"),
    "candidate_recall_50": (">=", 0.99, "of labelled pairs"),
    "auto_merge_precision": (">=", 0.98, "of Abt-Buy's merges"),
    "auto_merge_recall": (">=", 0.5, "of Abt-Buy's pairs"),
    "amazon_google_merge_with_partner_precision": (
        ">=", 0.98, "of merges of labelled rows"),
    "candidates_per_report_1m": ("<=", 200, "looked at, mean"),
    "pair_us": ("<=", 20, "microseconds"),
    "ingest_vs_before": (">=", 0.8, "of the rate without comparing"),
    "gates_suppressed_share": ("<=", 0.02, "of planted defects"),
    "ords_wales_new": ("==", 5898, "rows"),
    "ords_wales_amended": ("==", 28, "rows"),
    "ords_denmark_resubmitted": (">=", 10737, "rows"),
    "ords_restart_new": ("==", 4330, "rows"),
    "ords_restart_withdrawn": ("==", 9, "reports"),
    "ords_restart_amended": ("<=", 1185, "rows"),
    "null_prior": ("<=", 1.2, "x the bound"),
    "null_season": ("<=", 1.2, "x the bound"),
    "null_growth": ("<=", 1.2, "x the bound"),
    "null_overdispersed": ("<=", 1.2, "x the bound"),
    "null_batches": ("<=", 1.2, "x the bound"),
    "null_category50": ("<=", 1.2, "x the bound"),
    "null_cold_start": ("<=", 1.2, "x the bound"),
    "found_plus1_26w": (">=", 0.90, "of planted defects"),
    "found_plus1_26w_nb1": (">=", 0.78, "of planted defects"),
    "found_plus3_8w": (">=", 0.97, "of planted defects"),
    "found_plus3_8w_nb1": (">=", 0.87, "of planted defects"),
    "masked_found_26w": (">=", 0.78, "of planted defects"),
    "masked_delay_ratio": ("<=", 1.5, "x the median delay"),
    "cost_us_per_report_1m_streams": ("<=", 1, "us a report"),
    "gates_suppressed_share": ("<=", 0.02, "of true signals"),
    "vectors_failed": ("==", 0, "values"),
    "detection_s": ("<=", 300, "s"),
}


class Figures:
    """Named numbers, in the order in which they were measured."""

    def __init__(self):
        self.values = {}
        self.notes = {}

    def add(self, name, value, note=""):
        self.values[name] = round(float(value), 4)
        self.notes[name] = note

    def print_json(self):
        json.dump(self.values, sys.stdout)
        print()

    def print_table(self):
        print(machine())
        print(f"{'figure':34} {'value':>14}  {'target':>10}  verdict")
        for name, value in self.values.items():
            target, verdict = verdict_of(name, value)
            line = f"{name:34} {shown(value):>14}  {target:>10}  {verdict:8}"
            print((line + " " + self.notes[name]).rstrip())


def ratio(ours, theirs):
    """The median of the ratios of neighbours in time: what else the machine
    does changes from turn to turn."""
    return statistics.median(a / b for a, b in zip(ours, theirs))


def shown(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def verdict_of(name, value):
    if name not in TARGETS:
        return "", ""
    relation, target, _ = TARGETS[name]
    reached = {">=": operator.ge, "<=": operator.le,
               "==": operator.eq}[relation](value, target)
    return f"{relation} {shown(target)}", "reached" if reached else "MISSED"


def machine():
    model = "unknown processor"
    try:
        with open("/proc/cpuinfo") as info:
            for line in info:
                if line.startswith("model name"):
                    model = line.split(":", 1)[1].strip()
                    break
    except OSError:
        pass
    return f"{os.cpu_count()} x {model}, {platform.system()} " \
        f"{platform.release()}"
