"""Configuration: said wrong in one pass, printed, reloaded."""
import json
import signal
import subprocess

from tocsin_daemon import StartFailed
from tocsin_reports import fire, report
from tocsin_test import SOURCE, check, equal, run, until

COUNTS = SOURCE / "etc/rules/examples/counts.yaml"


def check_config(place, text, *options):
    """--check-config of this file: (exit code, what it says)."""
    path = place.file("tocsind.yaml", text)
    daemon = place.idle_daemon(verify=False)
    done = subprocess.run(
        [daemon.program, "-c", str(path), *options, "--check-config"],
        capture_output=True, text=True, timeout=20, check=False)
    return done.returncode, done.stdout + done.stderr


def good_files_pass(place):
    for text in ("", "# nothing\n", "limits:\n  batch_reports: 10\n",
                 "listen: ['127.0.0.1:0', '[::1]:0']\n",
                 f"rules: {{files: ['{COUNTS}']}}\n"):
        code, says = check_config(place, text)
        equal(code, 0, says)
    sample = (SOURCE / "etc/tocsind.yaml").read_text()
    equal(check_config(place, sample)[0], 0)


BAD = [
    ("limits:\n  batch_report: 10\n", 2, ["2:3", "batch_reports"]),
    ("limitss:\n  depth: 10\n", 2, ["1:1", "limits"]),
    ("limits: {depth: 10}\nlimits: {depth: 11}\n", 2, ["2:1"]),
    ("limits:\n  depth: 10\n  depth: 11\n", 2, ["3:3"]),
    ("limits:\n  depth: deep\n", 2, ["2:10"]),
    ("limits:\n  depth: 99\n", 2, ["2:10", "16"]),
    ("limits: &a {depth: 10}\n", 2, ["1:"]),
    ("log: *x\n", 2, ["1:"]),
    ("log: {level: info}\n---\nlog: {level: info}\n", 2, ["2:"]),
    ("log: {level: [}\n", 2, ["1:"]),
    ("log: {level: inof}\n", 2, ["info"]),
    ("\tlog: x\n", 2, ["1:"]),
    ("- a\n", 2, ["1:1"]),
    ("log:\n  level: \"\\xff\"\n  format: no\n", 2, ["3:11"]),
]


def bad_files_say_where(place):
    for text, code, words in BAD:
        got, says = check_config(place, text)
        equal(got, code, f"{text!r}: {says}")
        for word in words:
            check(word in says, f"{text!r} does not say {word!r}: {says}")
        check("tocsind.yaml" in says, says)


def says_all_in_one_pass(place):
    code, says = check_config(place, """\
limits:
  batch_report: 10
  depth: 99
log:
  levle: info
  format: xml
""")
    equal(code, 2)
    for word in ("2:3", "3:10", "5:3", "6:11"):
        check(word in says, f"{word} is missing in {says}")


def what_is_no_more_is_told(place):
    """A knob of before is refused with what to do instead."""
    instead = "tocsin org import FILE"
    code, says = check_config(
        place, "organisations: {file: '/etc/tocsin/organisations.yaml'}\n")
    equal(code, 2, says)
    check("1:1" in says and instead in says, says)
    done = place.idle_daemon(verify=False, settings=[
        "organisations.file=/etc/x"]).tool("--check-config")
    equal(done.returncode, 2, done.stderr)
    check(instead in done.stderr, done.stderr)


def bad_rules_say_where(place):
    for text, words in (
            ("rules:\n  - {name: a, per: product, window: 28d}\n", ["2:"]),
            ("rules:\n  - {name: a, per: product, windwo: 28d, sources: 2}\n",
             ["2:", "window"]),
            ("rules:\n  - {name: A b, per: product, window: 28d, sources: 2}\n",
             ["2:"]),
            ("rules:\n  - {name: a, per: product, window: 28d, sources: 2}\n"
             "  - {name: a, per: product, window: 28d, sources: 3}\n",
             ["3:"]),
            ("rules:\n  - {name: a, per: product, window: 28d, sources: 2, "
             "category: ketle}\n", ["kettle"]),
            ("rule: []\n", ["rules"])):
        rules = place.file("rules.yaml", text)
        code, says = check_config(place, f"rules: {{files: ['{rules}']}}\n")
        check(code != 0, f"{text!r} passed")
        for word in words:
            check(word in says, f"{text!r} does not say {word!r}: {says}")
        check("rules.yaml" in says, says)
    code, says = check_config(place, "rules: {files: ['/no/such.yaml']}\n")
    check(code != 0 and "/no/such.yaml" in says, says)


def options_stand_over_the_file(place):
    path = place.file("tocsind.yaml", "limits: {batch_reports: 7, depth: 9}\n")
    daemon = place.idle_daemon(verify=False)
    done = subprocess.run(
        [daemon.program, "-c", str(path), "--set", "limits.depth=12",
         "--print-config"], capture_output=True, text=True, timeout=20,
        check=False)
    equal(done.returncode, 0, done.stderr)
    printed = place.file("printed.yaml", done.stdout)
    check("batch_reports: 7" in done.stdout, done.stdout)
    check("depth: 12" in done.stdout, done.stdout)
    again = subprocess.run(
        [daemon.program, "-c", str(printed), "--print-config"],
        capture_output=True, text=True, timeout=20, check=False)
    equal(*([line.split("  # ")[0] for line in one.stdout.splitlines()]
            for one in (again, done)), "what is printed can be read again")
    for bad in ("limits.dpeth=3", "limits.depth", "limits.depth=x"):
        done = subprocess.run([daemon.program, "--set", bad,
                               "--check-config"], capture_output=True,
                              text=True, timeout=20, check=False)
        equal(done.returncode, 2, f"{bad}: {done.stdout}{done.stderr}")


def usage_is_helped(place):
    daemon = place.idle_daemon(verify=False)

    def ask(*options):
        done = subprocess.run([daemon.program, *options], text=True,
                              capture_output=True, timeout=20, check=False)
        return done.returncode, done.stdout, done.stderr
    code, out, err = ask("--help")
    equal((code, err), (0, ""))
    check("--check-config" in out, out)
    code, out, err = ask("--version")
    equal(code, 0)
    check(out.startswith("tocsind "), out)
    code, out, err = ask("--chekc-config")
    equal(code, 2)
    check("--check-config" in err, err)
    equal(ask("stray")[0], 2)
    equal(ask("--test-clock", "yesterday")[0], 2)
    for what in ("knobs", "metrics", "errors", "messages", "keyspaces",
                 "columns", "sample"):
        code, out, _ = ask("--describe", what)
        equal(code, 0, what)
        check(len(out) > 200, what)
    check(ask("--describe", "everything")[0] != 0, "no such thing")
    code, out, _ = ask("--describe", "sample")
    equal(out, (SOURCE / "etc/tocsind.yaml").read_text(),
          "the sample file is the one in etc/")


def reloads_what_it_can(place):
    rules = place.file("rules.yaml", """\
rules:
  - {name: two, per: product, window: 28d, reports: 2}
""")
    config = place.file("tocsind.yaml", "limits: {batch_reports: 5}\n")
    daemon = place.daemon(options=["-c", str(config)])
    client = place.client(daemon)
    client.submit(report("1"))
    client.submit(report("2"))
    equal(client.call("server.stats", {})["alerts_open"], 0)
    config.write_text(f"rules: {{files: ['{rules}']}}\n"
                      "limits: {batch_reports: 9, connections: 77}\n")
    daemon.signal(signal.SIGHUP)
    until(lambda: "event=reloaded" in daemon.log() or
          "reload" in daemon.log(), "it reloads")
    until(lambda: place.client(daemon).call("hello", {"protocol": 1})
          ["limits"]["batch"] == 9, "the new limit")
    check("limits.connections" in daemon.log(), daemon.log())
    client.submit(report("3"))
    equal([event["alert"]["rule"] for event in client.fetch_all()[0]],
          ["two"])


def a_bad_reload_changes_nothing(place):
    config = place.file("tocsind.yaml", "limits: {batch_reports: 5}\n")
    daemon = place.daemon(options=["-c", str(config)])
    client = place.client(daemon)
    config.write_text("limits: {batch_reports: many}\n")
    daemon.signal(signal.SIGHUP)
    until(lambda: "batch_reports" in daemon.log(), "it complains")
    equal(client.call("hello", {"protocol": 1})["limits"]["batch"], 5)
    config.write_text("rules: {files: ['/no/such.yaml']}\n")
    daemon.signal(signal.SIGHUP)
    until(lambda: "/no/such.yaml" in daemon.log(), "it complains")
    config.write_text("organisations: {file: '/no/names.yaml'}\n")
    daemon.signal(signal.SIGHUP)
    until(lambda: "tocsin org import" in daemon.log(), "it complains")
    client.submit(fire("1", "a"))
    client.submit(fire("2", "b"))
    equal(client.call("server.stats", {})["alerts_open"], 1,
          "the rules of before still ring")
    config.write_text("")


def public_addresses_are_refused(place):
    for address in ("0.0.0.0:0", "[::]:0", "192.0.2.1:7171", "*:7171",
                    "example.org:7171"):
        daemon = place.idle_daemon(listen=address, verify=False)
        try:
            daemon.start()
            check(False, f"{address} was taken")
        except StartFailed as why:
            check(why.code in (1, 2), f"{address}: {why}")
            check(address in why.log, why.log)
    for address in ("[::1]:0", "localhost:0"):
        daemon = place.idle_daemon(f"at {address}", listen=address,
                                   verify=False)
        try:
            daemon.start()
        except StartFailed as why:
            check(address in why.log, why.log)


def a_taken_port_is_said(place):
    first = place.daemon("first")
    second = place.idle_daemon("second", listen=first.address, verify=False)
    try:
        second.start()
        check(False, "two daemons on one port")
    except StartFailed as why:
        equal(why.code, 1)
        check(first.address in why.log, why.log)
    place.client(first).call("server.stats", {})


def logs_in_json_when_told(place):
    daemon = place.daemon(settings=["log.format=json", "log.level=debug"])
    place.client(daemon).submit(report("1"))
    daemon.stop()
    for line in daemon.log().splitlines():
        json.loads(line)


run(good_files_pass, bad_files_say_where, says_all_in_one_pass,
    bad_rules_say_where, what_is_no_more_is_told,
    options_stand_over_the_file, usage_is_helped, reloads_what_it_can,
    a_bad_reload_changes_nothing,
    public_addresses_are_refused, a_taken_port_is_said,
    logs_in_json_when_told)
