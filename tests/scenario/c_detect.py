"""tocsin detect: one detector over a series, no daemon; its columns against
tables made with other programs, what it reads, and how bad input is told."""
import csv
import io
import json
import math
import re

from tocsin_import import tocsin
from tocsin_test import check, equal, run, shared

COUNTS = [0, 1, 0, 2, 0, 0, 1, 3, 0, 1, 5, 4, 0, 2, 6, 8, 9, 12, 7, 15, 0, 0,
          1, 0, 0, 2, 30, 1, 0, 0] + [1] * 30
SERIES = "t,observed\n" + "".join(
    f"{t},{x}\n" for t, x in enumerate(COUNTS, 1))
METHODS = ["ears-c1", "ears-c2", "ears-c3", "cusum", "bayes", "glr", "sre",
           "sre-restart", "maxsprt"]


def _detect(place, method, *words, data=SERIES, code=0):
    if isinstance(data, str):
        data = data.encode()
    done = tocsin(place, None, "detect", "--method", method, *words,
                  data=data)
    equal(done.returncode, code, done.stderr.decode())
    return done


def _rows(done):
    return list(csv.DictReader(io.StringIO(done.stdout.decode())))


# --- tables of others --------------------------------------------------------

# What is left of a table's name is the series.
NAME = re.compile(r"(maxsprt\.|sre(_restart)?\.(?=.*\.s(1|inf)\.))?"
                  r"(?P<series>.*?)"
                  r"(\.minsigma(0|0\.5)|\.s(1|inf)(\.thr\d+)?)?\.csv")


def _is_decision(column):
    return column.endswith("alarm") or column in ("alarm_1e3", "fire")


def _same(column, expected, got):
    if not expected or not got:
        return expected == got
    if _is_decision(column) or "inf" in (expected, got):
        return float(expected) == float(got)
    return math.isclose(float(expected), float(got), rel_tol=1e-9)


def _compare(place, path, method, *words):
    """Run a method over the counts of a table of the folder ears, whole, and
    compare each column it has in common with another table."""
    name = NAME.fullmatch(path.name).group("series")
    whole = shared() / "vectors" / "ears" / f"{name}.minsigma0.5.csv"
    got = _rows(_detect(place, method, *words, data=whole.read_bytes()))
    with path.open(newline="") as file:
        expected = list(csv.DictReader(file))
    equal([row["t"] for row in got], [row["t"] for row in expected], path)
    columns = [column for column in got[0] if column in expected[0]]
    for one, other in zip(expected, got):
        for column in columns:
            check(_same(column, one[column], other[column]),
                  path.name, method, other["t"], column, one[column],
                  other[column])
    return set(columns)


def _tables(folder, pattern, least):
    tables = sorted((shared() / "vectors" / folder).glob(pattern))
    check(len(tables) >= least, folder, pattern, len(tables))
    return tables


def ears_as_surveillance_has_it(place):
    for path in _tables("ears", "*.csv", 28):
        floor = path.name.split("minsigma")[1].removesuffix(".csv")
        for number in (1, 2) if floor == "0" else (1, 2, 3):
            equal(_compare(place, path, f"ears-c{number}", "--min-sigma",
                           floor),
                  {"t", "observed", f"C{number}_upper", f"C{number}_alarm"})


def cusum_bayes_and_glr_as_surveillance_has_them(place):
    for method, columns in (("cusum", 15), ("bayes", 10), ("glr", 9)):
        for path in _tables(method, "*.csv", 14):
            equal(len(_compare(place, path, method)), columns, path)


def maxsprt_as_its_table(place):
    for path in _tables("sequential", "maxsprt.*.csv", 14):
        equal(len(_compare(place, path, "maxsprt")), 6, path)


def sre_as_its_tables(place):
    for path in _tables("sequential", "sre*.csv", 84):
        size = path.name.removesuffix(".csv").split(".s")[-1].split(".thr")[0]
        words = ["--size", size, "--lag", 8, "--cross", 0]
        method, columns = "sre", 10
        if path.name.startswith("sre_restart"):
            method, columns = "sre-restart", 4
            words += ["--threshold",
                      path.name.removesuffix(".csv").split(".thr")[1]]
        equal(len(_compare(place, path, method, *words)), columns, path)


# --- without them ------------------------------------------------------------

def defaults_are_what_help_says(place):
    """Whoever writes the defaults out gets the same."""
    for method, words in {
            "ears-c1": "--baseline 7 --min-sigma 0.5 --alpha 0.001",
            "ears-c2": "--baseline 7 --min-sigma 0.5 --alpha 0.001",
            "ears-c3": "--baseline 7 --min-sigma 0.5 --alpha 0.025 "
                       "--c3 surveillance",
            "cusum": f"--h0 30 --m0 {sum(COUNTS[:30]) / 30!r} --k 1.04 "
                     "--h 2.26 --dispersion 0.1",
            "glr": f"--h0 30 --m0 {sum(COUNTS[:30]) / 30!r} --threshold 5 "
                   "--theta 0.6931471805599453 --dispersion 0.5",
            "sre": "--size inf --threshold 1000 --lag 1 --cross 1 --a0 0.5 "
                   "--b0 1 --rho 0.995 --ratios 2,4,8,16",
            "sre-restart": "--size inf --threshold 1000 --lag 1 --cross 1 "
                           "--a0 0.5 --b0 1 --rho 0.995 --ratios 2,4,8,16",
            "maxsprt": f"--h0 30 --m0 {sum(COUNTS[:30]) / 30!r}"}.items():
        equal(_detect(place, method, *words.split()).stdout,
              _detect(place, method).stdout, method)
    whole = _rows(_detect(place, "bayes"))
    for window, alpha in (6, 0.05), (6, 0.001), (26, 0.01), (52, 0.001):
        one = _rows(_detect(place, "bayes", "--window", window, "--alpha",
                            alpha))
        for row, other in zip(one, whole):
            check(set(row) < set(other), row)
            equal(row, {key: other[key] for key in row})
    one = _rows(_detect(place, "cusum", "--transform", "rossi"))
    whole = _rows(_detect(place, "cusum"))
    equal(list(one[0]), ["t", "observed", "m", "rossi_S", "rossi_alarm",
                         "rossi_upper"])
    equal(one, [{key: row[key] for key in one[0]} for row in whole])


def parameters_change_what_they_say(place):
    def last(method, *words):
        return _rows(_detect(place, method, *words))[-1]

    changed = {
        "ears-c2": ["--baseline 5", "--min-sigma 3", "--alpha 0.01"],
        "ears-c3": ["--c3 cdc"],
        "cusum": ["--h0 20", "--m0 1.5", "--k 0.5", "--h 9",
                  "--dispersion 2"],
        "bayes": ["--window 3", "--alpha 0.2"],
        "glr": ["--h0 20", "--m0 1.5", "--theta 1.1", "--dispersion 3"],
        "sre": ["--size 1", "--threshold 10000", "--lag 4", "--cross 0 --size 2",
                "--a0 3", "--b0 4", "--rho 0.9", "--ratios 3,9"],
        "sre-restart": ["--threshold 20"],
        "maxsprt": ["--h0 10", "--m0 0.2"],
    }
    for method, tries in changed.items():
        plain = _detect(place, method).stdout
        for words in tries:
            check(_detect(place, method, *words.split()).stdout != plain,
                  method, words)
    check("logM_rr3" in last("sre", "--ratios", "3,9"))
    check("alarm_1e4" in last("sre", "--threshold", "10000"))
    check("alarm_2500" in last("sre", "--threshold", "2500"))
    check("C3_statistic" in last("ears-c3", "--c3", "cdc"))
    # A lower threshold rings more often, a greater dispersion less.
    fires = [sum(int(row["fire"]) for row in _rows(
        _detect(place, "sre-restart", *words.split())))
        for words in ("--threshold 20", "", "--size 0.1")]
    check(fires[0] > fires[1] > fires[2], fires)


def reads_what_spreadsheets_write(place):
    plain = _detect(place, "sre").stdout
    lines = SERIES.splitlines()
    for data in ("\ufeff" + SERIES, SERIES.replace("\n", "\r\n"),
                 SERIES.replace(",", ";"), SERIES.rstrip("\n"),
                 "\n\n".join(lines) + "\n\n\n",
                 "observed,note,t\n" + "".join(
                     f'{line.split(",")[1]},"a, b",{line.split(",")[0]}\n'
                     for line in lines[1:])):
        equal(_detect(place, "sre", data=data).stdout, plain, data[:40])
    path = place.file("series.csv", SERIES)
    done = tocsin(place, None, "detect", path, "--method", "sre")
    equal(done.stdout, plain)
    equal(_detect(place, "sre", "-").stdout, plain)


def prints_json_too(place):
    for method in METHODS:
        rows = _rows(_detect(place, method))
        for words in ("--json",), ("-o", "ndjson"):
            lines = [json.loads(line) for line in _detect(
                place, method, *words).stdout.splitlines()]
            equal(len(lines), len(rows))
            for line, row in zip(lines, rows):
                equal({key: None if not value else float(value)
                       for key, value in row.items()}, line)
    _detect(place, "sre", "-o", "table", code=2)


def huge_counts_stay_numbers(place):
    data = "t,observed\n" + "".join(f"{t},1000000000\n" for t in range(1, 400))
    for method in METHODS:
        for row in _rows(_detect(place, method, data=data)):
            check(all(not value or math.isfinite(float(value))
                      for value in row.values()), method, row)


# --- refused -----------------------------------------------------------------

def bad_series_are_refused_by_line_and_column(place):
    for data, line, column, rule in (
            ("t,observed\n1,0\n2,-1\n", 3, "observed", "a count is needed"),
            ("t,observed\n1,0.5\n", 2, "observed", "a count is needed"),
            ("t,observed\n1,nan\n", 2, "observed", "a count is needed"),
            ("t,observed\n1,inf\n", 2, "observed", "a count is needed"),
            ("t,observed\n1,1e3\n", 2, "observed", "a count is needed"),
            ("t,observed\n1,\n", 2, "observed", "a count is needed"),
            ("t,observed\n1,9999999999\n", 2, "observed", "10^9"),
            ("t,observed\n1,99999999999999999999999\n", 2, "observed",
             "10^9"),
            ("t,observed\nJan,1\n", 2, "t", "a whole number is needed"),
            ("t,observed\n1,0\n3,1\n", 3, "t", "3, not 2"),
            ("t,observed\n2,0\n1,1\n", 3, "t", "1, not 3"),
            ("t,observed\r\n1,0\r\n\r\n2,x\r\n", 4, "observed",
             "a count is needed"),
            ("t,count\n1,0\n", 1, "observed", "no such column"),
            ("week,observed\n1,0\n", 1, "t", "no such column")):
        told = _detect(place, "sre", data=data, code=7).stderr.decode()
        check(f"-: line {line}, {column}: " in told and rule in told, data,
              told)
    for data, rule in (("t,observed\n1,0,5\n", "3 cells, the heading has 2"),
                       ("t,observed\n1\n", "1 cells"), ("", "is empty"),
                       ("t,observed\n", "there is no row")):
        told = _detect(place, "sre", data=data, code=7).stderr.decode()
        check(rule in told, data, told)
    done = _detect(place, "sre", place.dir / "nowhere.csv", code=9)
    check("nowhere.csv" in done.stderr.decode(), done.stderr)


def a_series_without_a_mean_is_refused(place):
    quiet = "t,observed\n1,0\n2,0\n3,1\n4,0\n"
    for method in "cusum", "glr", "maxsprt":
        told = _detect(place, method, data=quiet, code=7).stderr.decode()
        check("no case in the first 2 rows" in told and "--m0" in told, told)
        equal(len(_rows(_detect(place, method, "--m0", "0.2", data=quiet))),
              2)
        told = _detect(place, method, "--h0", "60", code=7).stderr.decode()
        check("--h0: 60 counts are left out, of 60" in told, told)
    _detect(place, "maxsprt", data="t,observed\n1,1\n", code=7)


def bad_parameters_are_refused(place):
    for method, words, rule in (
            ("ears-c1", "--lag 1", "--lag is no parameter of ears-c1"),
            ("sre", "--h0 3", "--h0 is no parameter of sre"),
            ("cusum", "--ratios 2", "--ratios is no parameter of cusum"),
            ("ears-c2", "--c3 cdc", "--c3 is no parameter of ears-c2"),
            ("sre", "--size 0", "--size: 0 is not within"),
            ("sre", "--size nan", "nan is no number"),
            ("sre", "--size 1x", "1x is no number"),
            ("sre", "--a0 inf", "not within"),
            ("sre", "--rho 1.5", "not within 0..1"),
            ("sre", "--lag 0", "not within"),
            ("sre", "--lag 1.5", "no whole number"),
            ("sre", "--cross 2", "not within 0..1"),
            ("sre", "--ratios 2,1", "--ratios: 1 is no number above 1"),
            ("sre", "--ratios 2,,4", "--ratios"),
            ("sre", "--ratios " + ",".join(["2"] * 17), "at most 16"),
            ("ears-c1", "--baseline 2", "not within 3..1000"),
            ("cusum", "--transform rosi", "rossi"),
            ("ears-c3", "--c3 us", "--c3")):
        told = _detect(place, method, *words.split(), code=2).stderr.decode()
        check(rule in told, method, words, told)
    told = _detect(place, "ears-c4", code=2).stderr.decode()
    check("ears-c" in told, told)
    done = tocsin(place, None, "detect")
    equal(done.returncode, 2)
    check(b"--method METHOD is needed" in done.stderr, done.stderr)


if __name__ == "__main__":
    run(ears_as_surveillance_has_it,
        cusum_bayes_and_glr_as_surveillance_has_them, maxsprt_as_its_table,
        sre_as_its_tables, defaults_are_what_help_says,
        parameters_change_what_they_say, reads_what_spreadsheets_write,
        prints_json_too, huge_counts_stay_numbers,
        bad_series_are_refused_by_line_and_column,
        a_series_without_a_mean_is_refused, bad_parameters_are_refused)
