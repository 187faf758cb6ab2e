"""What a running daemon has given up, and what it still can."""
import ctypes
import os
import pathlib
import re
import signal
import sys

from tocsin_daemon import StartFailed
from tocsin_reports import report
from tocsin_test import SOURCE, Skip, check, equal, run, until

LANDLOCK_CREATE_RULESET = 444
PR_GET_SECCOMP = 21
RULES = """\
rules:
  - {name: %s, per: product, window: 28d, sources: %d}
"""

# Runs a program under a kernel without Landlock, as far as it can tell.
WITHOUT_LANDLOCK = """\
#!%s
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
def op(code, jt, jf, k):
    return struct.pack("HBBI", code, jt, jf, k)
# load the number; is it landlock_create_ruleset: ENOSYS, else go on
code = (op(0x20, 0, 0, 0) + op(0x15, 0, 1, 444) +
        op(0x06, 0, 0, 0x00050000 | 38) + op(0x06, 0, 0, 0x7fff0000))
buffer = ctypes.create_string_buffer(code)
program = struct.pack("HxxxxxxP", 4, ctypes.addressof(buffer))
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.create_string_buffer(program)) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


def needs_a_sandbox(daemon):
    """Skip where a sanitizer or the kernel leaves nothing to look at."""
    found = re.search(r"event=sandbox-off why=\"(built.*)\"", daemon.log())
    if found:
        raise Skip(f"no sandbox: {found.group(1)}")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(LANDLOCK_CREATE_RULESET, None, 0, 1) < 2 or \
            libc.prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0:
        raise Skip("this kernel has no Landlock or no seccomp")


def threads_of(daemon):
    """What the kernel says of each thread, as {field: value}."""
    for task in pathlib.Path(f"/proc/{daemon.process.pid}/task").iterdir():
        yield dict(line.split(":\t", 1) for line in
                   (task / "status").read_text().splitlines()
                   if ":\t" in line)


def metrics_of(client):
    return client.call("server.stats")["metrics"]


def every_thread_is_in_it(place):
    needs_a_sandbox(place.daemon("other"))
    daemon = place.daemon(settings=["sandbox=required"])
    client = place.client(daemon)
    client.submit(report("a"))
    threads = list(threads_of(daemon))
    check(len(threads) >= 5, threads)
    for thread in threads:
        equal(thread["Seccomp"].strip(), "2", thread["Name"])
        equal(thread["NoNewPrivs"].strip(), "1", thread["Name"])
    limits = pathlib.Path(f"/proc/{daemon.process.pid}/limits").read_text()
    check(re.search(r"^Max core file size +0 +0 ", limits, re.M), limits)
    metrics = metrics_of(client)
    check(metrics["sandbox_landlock"] >= 2, metrics)
    equal(metrics["sandbox_seccomp"], 1)
    equal(metrics["sandbox_refused"], 0)


def reload_goes_on(place):
    """Files that editors replace are found; what lies elsewhere is not, and
    the operator is told why."""
    folder = place.dir / "etc"
    folder.mkdir()
    beside = place.dir / "beside"
    beside.mkdir()
    (beside / "rules.yaml").write_text(RULES % ("elsewhere", 4))
    (folder / "rules.yaml").write_text(RULES % ("first", 2))
    config = folder / "tocsind.yaml"

    def write(*files, level="info"):
        text = f"log: {{level: {level}}}\nrules:\n  default: false\n" \
            f"  files: {[str(file) for file in files]}\n"
        fresh = folder / "fresh"
        fresh.write_text(text)
        fresh.rename(config)

    write(folder / "rules.yaml")
    daemon = place.daemon(options=["--config", str(config)])
    client = place.client(daemon)
    equal(metrics_of(client)["rules_loaded"], 1)

    (folder / "new").write_text(RULES % ("first", 3) +
                                (RULES % ("second", 2)).split("\n", 1)[1])
    (folder / "new").rename(folder / "rules.yaml")
    write(folder / "rules.yaml", level="debug")
    daemon.signal(signal.SIGHUP)
    until(lambda: "event=reloaded" in daemon.log(), "reloaded")
    equal(metrics_of(client)["rules_loaded"], 2)

    needs_a_sandbox(daemon)
    write(beside / "rules.yaml")
    daemon.signal(signal.SIGHUP)
    until(lambda: "event=reload-refused" in daemon.log(), "refused")
    check(f"{beside}/rules.yaml: may lie outside" in daemon.log(),
          daemon.log())
    equal(metrics_of(client)["rules_loaded"], 2)
    daemon.restart()
    equal(metrics_of(place.client(daemon))["rules_loaded"], 1)


def can_be_left_off(place):
    daemon = place.daemon(settings=["sandbox=off"])
    check("event=sandbox-off" in daemon.log(), daemon.log())
    for thread in threads_of(daemon):
        equal(thread["Seccomp"].strip(), "0", thread["Name"])
    equal(metrics_of(place.client(daemon))["sandbox_landlock"], 0)


def absence_is_told(place):
    """A kernel without Landlock: a warning, or the end if it is required."""
    needs_a_sandbox(place.daemon("other"))
    wrapper = place.file("old-kernel", WITHOUT_LANDLOCK % sys.executable)
    wrapper.chmod(0o755)
    starter = place.file("tocsind-there", f"""\
#!/bin/sh
exec {wrapper} {place.idle_daemon("no").program} "$@"
""")
    starter.chmod(0o755)
    daemon = place.idle_daemon()
    real = daemon.program
    daemon.program = str(starter)
    daemon.start()
    check(re.search(r"level=warning event=sandbox-missing what=landlock "
                    r"why=\"this kernel has none\"", daemon.log()),
          daemon.log())
    metrics = metrics_of(place.client(daemon))
    equal(metrics["sandbox_landlock"], 0)
    equal(metrics["sandbox_seccomp"], 1)
    daemon.stop()
    daemon.settings.append("sandbox=required")
    try:
        daemon.start()
    except StartFailed as failure:
        equal(failure.code, 1, failure.log)
        check("landlock is required" in failure.log, failure.log)
    else:
        raise AssertionError("it started")
    daemon.program = real
    daemon.start()


def other_folders_of_its_own(place):
    """Exports and sockets outside the data directory still work."""
    (place.dir / "sockets").mkdir()
    exports = place.dir / "exports"
    path = place.dir / "sockets" / "tocsin"
    daemon = place.daemon(
        listen=f"unix:{path}",
        settings=["sandbox=auto", f"exports.directory={exports}"])
    client = place.client(daemon)
    client.submit(report("a"))
    opened = client.call("export.open", {"what": "reports",
                                         "format": "csv"})
    check(opened["export"], opened)
    check(exports.is_dir(), "the folder of exports was not made")
    daemon.stop()
    check(not path.exists(), "the socket was left behind")


run(every_thread_is_in_it, reload_goes_on, can_be_left_off, absence_is_told,
    other_folders_of_its_own)
