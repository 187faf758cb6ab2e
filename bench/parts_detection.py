"""How often the detector rings for nothing, and how soon for something.

Deployments are invented, 6,000 streams over six years, and watched by the
daemon's own detector; then real complaints are replayed.  Every simulation has
its seed, so that a figure changes only with the program.
"""

import concurrent.futures
import json
import math
import os
import resource
import subprocess
import time

import detection_gates
import detection_nhtsa

THRESHOLD = 10000
WANTED = 0.1          # false alerts per 1,000 stream-weeks, for comparisons
PILOTS = (1000, 4000)  # thresholds between which that one lies
NB1 = {"size": 1}
FIRST_YEAR = {"until": 52}
SMALL = {"size": 1, "season": .5, "growth": 1.5}

# What nothing happens in: (figure, words, deployments, options).  Several rows
# of a figure: the worst of them is the figure.
NULLS = [
    ("null_prior", "right prior", 15, {"prior_given": 1}),
    ("null_prior", "prior 3x too low", 12, {"prior_given": 3}),
    ("null_estimated", "estimated prior, as all below", 8, {}),
    ("null_season", "NB .3, season", 6, {"size": .3, "season": .5}),
    ("null_growth", "NB .3, doubling yearly", 3, {"size": .3, "growth": 2}),
    ("null_growth", "NB .3, season, doubling yearly", 3,
     {"size": .3, "season": .5, "growth": 2}),
    ("null_overdispersed", "NB .1", 3, {"size": .1}),
    ("null_batches", "events that one organisation saw", 3, {"batch": 1}),
    ("null_category50", "50 products, NB 1, season, growth", 4,
     {"categories": 120, **SMALL}),
    ("null_cold_start", "first year, steady", 120, FIRST_YEAR),
    ("null_cold_start", "first year, rising for all of it", 80,
     {"ramp": 52, **FIRST_YEAR}),
    ("null_cold_start", "first year, rising for half of it", 80,
     {"ramp": 26, **FIRST_YEAR}),
    ("null_small_category", "30 products, NB 1, season, growth", 2,
     {"categories": 200, **SMALL}),
    ("null_small_category", "20 products, the same", 1,
     {"categories": 300, **SMALL}),
    ("null_small_category_family", "20 products, by their family", 2,
     {"categories": 300, "family": 1, **SMALL}),
    ("null_campaign", "campaigns of several organisations", 1, {"batch": 2}),
    ("null_own_season", "each product its own season", 3,
     {"own_season": .5}),
    ("null_launches", "a fifth of the products is launched", 2,
     {"launches": .2}),
    ("null_launches_most", "four fifths are launched", 1, {"launches": .8}),
]

PLANTED = {"planted": 1}
DOUBLING = {"growth": 2}
# Defects: (name, options); each for Poisson and NB 1 counts.
DEFECTS = [("plus1", {"planted": 1}), ("plus3", {"planted": 3})]
DOUBLED = [("plus1_doubling", {"planted": 1, **DOUBLING}),
           ("plus3_doubling", {"planted": 3, **DOUBLING})]
FLOODS = [
    ("all other products", {"flood": .2}),
    ("a tenth of them", {"flood": .2, "flood_products": 600}),
    ("a hundredth of them", {"flood": .2, "flood_products": 60}),
]
RIVALS = {"ears_c2": "EARS C2", "cusum": "CUSUM", "nb_window": "NB window",
          "glr": "GLR"}
COUNTS = [("", "Poisson", {}), ("_nb1", "NB 1", NB1)]


class Simulations:
    """Runs of bench-detection, two at a time."""

    def __init__(self, bench):
        self.bench = bench
        self.pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())

    def ask(self, what, **options):
        given = [f"{name}={value}" for name, value in options.items()]
        return self.pool.submit(self.bench.driver, "detection", what, *given)

    def deployments(self, count):
        return max(1, count // 8) if self.bench.quick else count


def interval(count):
    """Of a Poisson mean, 95 %."""
    root = math.sqrt(count)
    return max(0, root - .98) ** 2, (root + .98) ** 2


# --- nothing happens ---------------------------------------------------------

def start_nulls(simulations):
    return [simulations.ask(
        "null", repetitions=simulations.deployments(count),
        threshold=THRESHOLD, **options)
        for _, _, count, options in NULLS]


def add_nulls(bench, answers):
    worst = {}
    bench.say(f"false alerts at threshold {THRESHOLD:,}, a 1,000 stream-weeks;"
              f" bound {1000 / THRESHOLD:g}")
    for (figure, words, _, _), answer in zip(NULLS, answers):
        found = answer.result()
        scale = THRESHOLD / found["stream_weeks"]
        ratio = found["alerts"] * scale
        low, high = (bound * scale for bound in interval(found["alerts"]))
        bench.say(f"  {words:36} {ratio * 1000 / THRESHOLD:7.4f}   "
                  f"{ratio:6.2f} of the bound ({low:.2f} to {high:.2f})")
        note = (f"{words}: {ratio * 1000 / THRESHOLD:.4f} of "
                f"{1000 / THRESHOLD:g} a 1,000 stream-weeks; "
                f"{low:.2f} to {high:.2f}")
        if ratio >= worst.get(figure, (-1, ""))[0]:
            worst[figure] = (ratio, note)
    for figure, (ratio, note) in worst.items():
        bench.figures.add(figure, ratio, note)


# --- defects -----------------------------------------------------------------

class Detector:
    """Ours, with counts of one kind, at two thresholds."""

    def __init__(self, simulations, options):
        self.simulations = simulations
        self.options = options
        self.pilots = [simulations.ask(
            "null", threshold=threshold,
            repetitions=simulations.deployments(8), **options)
            for threshold in PILOTS]

    def calibrate(self):
        """The threshold with WANTED false alerts: a line through both
        pilots, in logarithms."""
        rates = [math.log(1000 * pilot["alerts"] / pilot["stream_weeks"])
                 for pilot in (p.result() for p in self.pilots)]
        logs = [math.log(threshold) for threshold in PILOTS]
        slope = (logs[1] - logs[0]) / (rates[1] - rates[0])
        self.threshold = math.exp(
            logs[0] + slope * (math.log(WANTED) - rates[0]))

    def ask(self, threshold, defect, deployments, rounds):
        return self.simulations.ask(
            "planted", threshold=f"{threshold:.0f}",
            repetitions=self.simulations.deployments(deployments),
            rounds=rounds, **self.options, **defect)

    def plant(self):
        """88 x 60 defects where a figure is asserted; what doubles grows to
        sixteen times the reports, and 10 x 60 must do."""
        self.calibrate()
        self.found = {name: self.ask(self.threshold, defect, 8, 11)
                      for name, defect in DEFECTS}
        self.at_bound = {name: self.ask(THRESHOLD, defect, 8, 11)
                         for name, defect in DEFECTS}
        for name, defect in DOUBLED:
            self.found[name] = self.ask(self.threshold, defect, 2, 5)
            self.at_bound[name] = self.ask(THRESHOLD, defect, 2, 5)
        self.flooded = [self.ask(self.threshold, {**PLANTED, **flood}, 8, 5)
                        for _, flood in FLOODS]


def half_width(share, count):
    return 1.96 * math.sqrt(share * (1 - share) / count)


def line(words, found):
    """found: answers by name, as those of DEFECTS and DOUBLED."""
    cells = [f"{found[name]['found_' + weeks]:.3f}" for name, weeks in (
        ("plus1", "26w"), ("plus3", "8w"), ("plus1_doubling", "26w"),
        ("plus3_doubling", "8w"))]
    median = found["plus1"]["median"]
    median = f"{median:5.1f}" if median >= 0 else "never"
    return (f"  {words:24} {found['plus1']['false_per_1000']:6.3f}  "
            f"{cells[0]} {median}  {cells[1]}   "
            f"{found['plus1_doubling']['false_per_1000']:6.3f}  "
            f"{cells[2]}  {cells[3]}")


def add_found(bench, ending, detector):
    """The share of planted defects that rang in time."""
    for name, weeks in (("plus1", "26w"), ("plus3", "8w")):
        found = detector.found[name].result()
        share = found["found_" + weeks]
        bench.figures.add(
            f"found_{name}_{weeks}{ending}", share,
            f"+- {half_width(share, found['planted']):.3f}, of "
            f"{found['planted']:,}; threshold {detector.threshold:,.0f}, "
            f"median {found['median']:.1f} weeks")
        found = detector.at_bound[name].result()
        bench.figures.add(
            f"found_{name}_{weeks}{ending}_at_bound",
            found["found_" + weeks],
            f"threshold {THRESHOLD:,}: {found['false_per_1000']:.3f} false "
            "a 1,000")


def add_rivals(bench, ending, rivals):
    for rival, words in RIVALS.items():
        for name, weeks in (("plus1", "26w"), ("plus3", "8w")):
            found = rivals[name][rival]
            bench.figures.add(f"{rival}_{name}_{weeks}{ending}",
                              found["found_" + weeks],
                              f"{words} at as many false alerts")
        found = rivals["plus1_doubling"][rival]
        bench.figures.add(
            f"{rival}_plus1_26w{ending}_doubling", found["found_26w"],
            f"{found['false_per_1000']:.3f} false a 1,000 stream-weeks")


def add_defects(bench, ending, words, detector, rivals):
    rivals = rivals.result()
    bench.say(f"defects in 1 % of the streams at a time, {words}")
    bench.say("                            false   +1: 26w median  +3: 8w  "
              "| doubling yearly: false, +1, +3")
    bench.say(line("ours", {name: answer.result() for name, answer
                            in detector.found.items()}))
    bench.say(line("ours, at the bound", {
        name: answer.result() for name, answer in detector.at_bound.items()}))
    for rival, its_words in RIVALS.items():
        bench.say(line(its_words, {name: rivals[name][rival]
                                   for name, _ in DEFECTS + DOUBLED}))
    add_found(bench, ending, detector)
    found = detector.found["plus1_doubling"].result()
    bench.figures.add(f"found_plus1_26w{ending}_doubling", found["found_26w"],
                      "everything doubles every year")
    add_rivals(bench, ending, rivals)


def add_masked(bench, ending, words, detector):
    """One hostile organisation brings a fifth of the volume."""
    quiet = detector.found["plus1"].result()
    floods = [answer.result() for answer in detector.flooded]
    for (where, _), flood in zip(FLOODS, floods):
        bench.say(f"a fifth of the volume is hostile, in {where}, {words}: "
                  f"+1 found {flood['found_26w']:.3f} (of "
                  f"{quiet['found_26w']:.3f}), median "
                  f"{flood['median']:.1f} weeks (of {quiet['median']:.1f})")
    least = min(flood["found_26w"] for flood in floods)
    bench.figures.add(f"masked_found_26w{ending}", least,
                      f"of {quiet['found_26w']:.3f} without")
    bench.figures.add(
        f"masked_delay_ratio{ending}",
        max(flood["median"] for flood in floods) / quiet["median"],
        f"of {quiet['median']:.1f} weeks")


# --- numbers -----------------------------------------------------------------

def add_cost(bench):
    found = bench.driver("detection", "cost",
                         f"streams={100000 if bench.quick else 1000000}")
    bench.figures.add(
        "cost_us_per_report_1m_streams", found["us_per_report"],
        "us of processor, caught up over four weeks on average; touching the "
        f"rows {found['us_per_touch']:.2f}")


def add_vectors(bench):
    program = os.path.join(bench.build, "bench", "bench-vectors")
    if not os.path.exists(program):
        bench.say("no cmocka: the vectors are not compared")
        return
    done = subprocess.run([program, "--json"], stdout=subprocess.PIPE,
                          timeout=60, check=False)
    found = json.loads(done.stdout)
    if not found["vectors_checked"]:
        bench.say("no vectors (TOCSIN_SHARED): they are not compared")
        return
    bench.figures.add("vectors_failed", found["vectors_failed"],
                      f"of {found['vectors_checked']:,} values")


def run(bench):
    began = time.monotonic()
    simulations = Simulations(bench)
    add_cost(bench)
    detectors = {ending: Detector(simulations, options)
                 for ending, _, options in COUNTS}
    rivals = {ending: simulations.ask(
        "compare", repetitions=simulations.deployments(8), rounds=11,
        **options) for ending, _, options in COUNTS}
    nulls = start_nulls(simulations)
    for detector in detectors.values():
        detector.plant()
    add_nulls(bench, nulls)
    for ending, words, _ in COUNTS:
        add_defects(bench, ending, words, detectors[ending], rivals[ending])
    for ending, words, _ in COUNTS:
        add_masked(bench, ending, words, detectors[ending])
    add_vectors(bench)
    detection_gates.run(bench)
    detection_nhtsa.run(bench)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    bench.figures.add("detection_cpu_s",
                      used.ru_utime + used.ru_stime, "of all processors")
    bench.figures.add("detection_s", time.monotonic() - began)
