"""Run the steps of a scenario, each in a place of its own.

A scenario is a program: it ends with 0 when all its steps passed, 1 when one
failed, 77 when none could run here.  What a step needs stands in its
argument, a Place; whatever a place started is stopped, and looked at, when
the step ends.
"""
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import traceback

from tocsin_client import Client
from tocsin_daemon import Daemon

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77


class Skip(Exception):
    """This step cannot run here; the text says why."""


def slowness():
    """By how much to stretch what waits: sanitizers and old machines."""
    return float(os.environ.get("TOCSIN_SLOWNESS", "1"))


def shared():
    """The folder of real data, or Skip."""
    place = os.environ.get("TOCSIN_SHARED")
    path = pathlib.Path(place) if place else SOURCE.parent / "shared"
    if not (path / "data").is_dir():
        raise Skip("no real data: TOCSIN_SHARED is not set, and there is no "
                   "../shared beside the source")
    return path


class Place:
    """A directory of its own, daemons and clients that end with it."""

    def __init__(self, name):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"tocsin-{name}-"))
        self.daemons = []
        self.clients = []

    def daemon(self, name="data", **options):
        """A daemon on a data directory of this place, started."""
        daemon = self.idle_daemon(name, **options)
        daemon.start()
        return daemon

    def idle_daemon(self, name="data", **options):
        """The same, not started."""
        daemon = Daemon(self.dir, name, **options)
        self.daemons.append(daemon)
        return daemon

    def client(self, daemon, **options):
        address = daemon.tls_address if options.get("context") \
            else daemon.address
        client = Client(address, timeout=20 * slowness(), **options)
        self.clients.append(client)
        return client

    def file(self, name, text):
        path = self.dir / name
        path.write_text(text, encoding="utf-8")
        return path

    def end(self, failed):
        """Stop everything; a daemon that cannot stop in order is a fault."""
        faults = []
        for client in self.clients:
            client.close()
        for daemon in self.daemons:
            fault = daemon.end(failed)
            if fault:
                faults.append(fault)
        return faults

    def show_logs(self):
        for daemon in self.daemons:
            for path in daemon.logs:
                text = path.read_text(errors="replace")[-4000:]
                print(f"--- {path.name}\n{text}", file=sys.stderr)

    def remove(self):
        if os.environ.get("TOCSIN_KEEP"):
            print(f"kept: {self.dir}", file=sys.stderr)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)


def _on_alarm(_number, _frame):
    raise TimeoutError("the step took too long")


def _run_step(step, seconds):
    name = step.__name__
    place = Place(name)
    verdict = "ok"
    begun = time.monotonic()
    signal.alarm(int(seconds * slowness()))
    try:
        step(place)
    except Skip as why:
        verdict = f"skipped: {why}"
    except BaseException:
        verdict = "FAILED"
        traceback.print_exc()
    signal.alarm(int(60 * slowness()))
    try:
        faults = place.end(verdict == "FAILED")
    except BaseException:
        traceback.print_exc()
        faults = ["the end failed"]
    signal.alarm(0)
    for fault in faults:
        print(f"{name}: {fault}", file=sys.stderr)
        verdict = "FAILED"
    if verdict == "FAILED":
        place.show_logs()
    place.remove()
    print(f"{name}: {verdict} ({time.monotonic() - begun:.2f} s)", flush=True)
    return verdict


def run(*steps, seconds=60):
    """Run every step and exit; names on the command line choose some."""
    wanted = sys.argv[1:]
    unknown = set(wanted) - {step.__name__ for step in steps}
    if unknown:
        sys.exit(f"no such step: {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGALRM, _on_alarm)
    verdicts = [_run_step(step, seconds) for step in steps
                if not wanted or step.__name__ in wanted]
    if "FAILED" in verdicts:
        sys.exit(1)
    if "ok" not in verdicts:
        sys.exit(SKIPPED)
    sys.exit(0)


# --- what steps say ----------------------------------------------------------

def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(part) for part in what))


def _short(value):
    text = repr(value)
    return text if len(text) <= 800 else f"{text[:800]}..."


def equal(got, wanted, what=""):
    if got == wanted:
        return
    if isinstance(got, set) and isinstance(wanted, set):
        raise AssertionError(f"{what}: too much: {_short(got - wanted)}, "
                             f"missing: {_short(wanted - got)}")
    raise AssertionError(f"{what}: got {_short(got)}, not {_short(wanted)}")


def refused(code, call, *params, field=None, text=None):
    """Call must raise this error, of this field, saying this; the error."""
    from tocsin_client import RpcError
    try:
        result = call(*params)
    except RpcError as error:
        equal(error.code, code, f"code of {error}")
        if field is not None:
            check(error.text.startswith(field + ": "),
                  f"{error} does not name {field}")
        if text is not None:
            check(text in error.text, f"{error} does not say {text!r}")
        return error
    raise AssertionError(f"{code} was expected, got {result!r}")


def until(condition, what, seconds=10):
    """Ask until it is true; its value."""
    end = time.monotonic() + seconds * slowness()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)
