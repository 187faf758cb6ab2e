"""tocsin rules check, test and list: rule files judged with and without a
daemon, and a daemon that keeps its rules when it is given bad ones."""
import json
import signal

from tocsin_import import tocsin
from tocsin_reports import report
from tocsin_test import SOURCE, check, equal, run, until

EXAMPLES = SOURCE / "etc/rules/examples"
GOOD = """\
rules:
  - {name: two, per: product, window: 28d, sources: 2}
"""
# What is wrong, at which word, and a word of why.
BAD = [
    ("  - {name: a, per: product, window: 28d, sorces: 2}", "sorces",
     "sources"),
    ("  - {name: a, per: product, window: 0d, sources: 2}", "0d", "1d to"),
    ("  - {name: a, per: product, window: 400d, sources: 2}", "400d", "366d"),
    ("  - {name: a, per: product, window: 9d, cases: 93}", "93", "92"),
    ("  - {name: a, per: product, window: 9d, sources: 2, watch_sources: 3}",
     "3}", "ring already"),
    ("  - {name: a, per: product, window: 9d, reports: 2, sources: 3}",
     "2, s", "contradicts sources: 3"),
    ("  - {name: a, per: product, window: 9d, sources: 2, organisations: 3}",
     "2, o", "contradicts organisations: 3"),
    ("  - {name: a, per: product, window: 9d, sources: 2, "
     "kind: [incident, breakdown]}", "[i", "all the kinds"),
    ("  - {name: a, per: product, window: 9d, sources: 2}\n"
     "  - {name: a, per: product, window: 8d, sources: 2}", "a, per", "name"),
    ("  - {name: a, per: product, window: 9d, sources: 2}\n"
     "  - {name: b, per: product, window: 9d, sources: 2}", "b, per",
     "says what the rule \"a\" says"),
    ("  - {name: a, per: product, window: 9d, sources: 2, category: kettel}",
     "kettel", "did you mean \"kettle\""),
]


def _place_of(text, word):
    """line:column of the last place a word stands at."""
    at = text.rindex(word)
    return f"{text.count(chr(10), 0, at) + 1}:{at - text.rfind(chr(10), 0, at)}"


def _rules(place, daemon, *words):
    """Exit code, what it says on stdout, and on stderr."""
    done = tocsin(place, daemon, "rules", *words)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def examples_make_sense(place):
    files = sorted(EXAMPLES.glob("*.yaml"))
    check(len(files) >= 6, files)
    code, out, err = _rules(place, None, "check", *files)
    equal((code, err), (0, ""))
    for path in files:
        check("outside the budget" in path.read_text(), path)
    code, out, _ = _rules(place, None, "check", EXAMPLES / "counts.yaml",
                          "--no-default", "--json")
    equal(code, 0)
    equal([json.loads(row)["name"] for row in
           _rules(place, None, "check", EXAMPLES / "counts.yaml", "-o",
                  "ndjson")[1].splitlines()][0], "designated-hazards")
    check("designated-hazards" not in out, out)


def examples_pass_their_tests(place):
    names = {path.name for path in EXAMPLES.glob("*.yaml")}
    files = sorted((EXAMPLES / "tests").glob("*.yaml"))
    equal({path.name for path in files}, names | {"default.yaml"})
    for path in files:
        code, out, err = _rules(place, None, "test", path)
        equal(code, 0, out + err)
        check("passed" in out and "FAILED" not in out, out)


def what_is_wrong_is_told_where(place):
    daemon = place.idle_daemon(verify=False)
    for text, word, why in BAD:
        text = f"rules:\n{text}\n"
        where = _place_of(text, word)
        path = place.file("bad.yaml", text)
        code, out, err = _rules(place, None, "check", path)
        equal((code, out), (7, ""), text)
        check(f"bad.yaml:{where}: " in err and why in err, f"{text}: {err}")
        # The daemon says the same of the same file.
        done = daemon.tool("--check-config", "--set", f"rules.files={path}")
        equal(done.returncode, 2, text)
        check(f"bad.yaml:{where}: " in done.stderr, done.stderr)
        equal(err.split(f"bad.yaml:{where}: ")[1].split("\n")[0],
              done.stderr.split(f"bad.yaml:{where}: ")[1].split("\n")[0])
    code, _, err = _rules(place, None, "check", place.dir / "none.yaml")
    equal(code, 7, err)
    # Several files together, and one against the built-in ones.
    one = place.file("one.yaml", GOOD)
    two = place.file("two.yaml", GOOD)
    code, _, err = _rules(place, None, "check", one, two)
    equal(code, 7)
    check("two.yaml:2:12: a rule of this name" in err, err)


TESTS = """\
rules: [rules.yaml]
tests:
  - name: good
    reports: [{day: 0}, {day: 1}]
    expect: [{day: 1, rule: two, sources: 2}]
  - name: rings earlier than told
    reports: [{day: 0}, {day: 1}, {day: 9}]
    expect: [{day: 9, rule: two}]
  - name: nothing may ring
    reports: [{day: 3, times: 2}]
    expect: []
"""


def a_failed_test_shows_the_difference(place):
    place.file("rules.yaml", GOOD)
    path = place.file("tests.yaml", TESTS)
    code, out, err = _rules(place, None, "test", path)
    equal(code, 1, err)
    check("1 of 3 tests passed" in err, err)
    lines = out.splitlines()
    equal([line.split()[0] for line in lines],
          ["passed", "FAILED", "+", "-", "FAILED", "+"], out)
    check("tests.yaml:6: rings earlier than told" in lines[1], out)
    check("{day: 1, rule: two, product: product, mode: any, change: raised, "
          "state: open, reports: 2, cases: 2, cases_min: 2, sources: 2, "
          "organisations: 1}" in lines[2], out)
    equal(lines[3], "  - {day: 9, rule: two}")
    code, out, _ = _rules(place, None, "test", path, "-o", "ndjson")
    equal(code, 1)
    told = [json.loads(line) for line in out.splitlines()]
    equal([one["passed"] for one in told], [True, False, False])
    equal(told[1]["missing"], [{"day": 9, "rule": "two"}])
    equal(told[2]["unexpected"][0]["sources"], 2)


RULES = "rules: [rules.yaml]\ntests:\n  - "
BAD_TESTS = [
    ("rules: [rules.yaml]\n", "rules: ", "tests"),
    ("tests: []\n", "tests", "rules"),
    (RULES + "{name: a}\n", "{", "expect"),
    (RULES + "{name: a, expect: [], report: []}\n", "report", "reports"),
    (RULES + "{name: a, expect: [], reports: [{dya: 0}]}\n", "dya", "day"),
    (RULES + "{name: a, expect: [], reports: [{day: -1}]}\n", "-1",
     "0 to 3660"),
    (RULES + "{name: a, expect: [], reports: [{day: 3, withdrawn: 2}]}\n",
     "2}", "before it comes"),
    (RULES + "{name: a, expect: [{day: 0, rule: three}]}\n", "three",
     "no rule"),
    (RULES + "{name: a, expect: [], until: 1, reports: [{day: 3}]}\n", "1, ",
     "day 3"),
    (RULES + "{name: a, expect: [], changes: [rung]}\n", "rung", "raised"),
]


def bad_tests_say_where(place):
    place.file("rules.yaml", GOOD)
    for text, word, why in BAD_TESTS:
        path = place.file("tests.yaml", text)
        where = _place_of(text, word)
        code, out, err = _rules(place, None, "test", path)
        equal((code, out), (7, ""), text)
        check(f"tests.yaml:{where}: " in err and why in err, f"{text}: {err}")
    path = place.file("tests.yaml", "rules: [none.yaml]\ntests: []\n")
    code, _, err = _rules(place, None, "test", path)
    equal(code, 7)
    check("none.yaml" in err, err)


def running_rules_survive_bad_ones(place):
    path = place.file("rules.yaml", GOOD)
    daemon = place.daemon(settings=[f"rules.files={path}"])
    client = place.client(daemon)

    def names():
        out = _rules(place, daemon, "list", "-o", "ndjson")[1]
        return [json.loads(line)["name"] for line in out.splitlines()]

    equal(names(), ["designated-hazards", "two"])
    for text, _, _ in BAD:
        path.write_text(f"rules:\n{text}\n")
        seen = daemon.log().count("reload-refused")
        daemon.signal(signal.SIGHUP)
        until(lambda seen=seen: daemon.log().count("reload-refused") > seen,
              "the reload is not refused")
        equal(names(), ["designated-hazards", "two"], text)
    client.submit(report("1", group="a"))
    client.submit(report("2", group="b"))
    equal([event["alert"]["rule"] for event in client.fetch_all()[0]],
          ["two"])
    path.write_text(GOOD.replace("two", "three").replace("2}", "3}"))
    daemon.signal(signal.SIGHUP)
    until(lambda: names() == ["designated-hazards", "three"],
          "the new rules do not run")
    got = client.call("rules.get", {})
    equal([rule["sources"] for rule in got["rules"]], [2, 3])


run(examples_make_sense, examples_pass_their_tests,
    what_is_wrong_is_told_where, a_failed_test_shows_the_difference,
    bad_tests_say_where, running_rules_survive_bad_ones)
