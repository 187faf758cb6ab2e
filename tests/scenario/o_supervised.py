"""Kept running by another: sockets that were opened for the daemon, and what
it tells of itself."""
import contextlib
import ctypes
import os
import re
import signal
import socket
import sys
import time

from tocsin_certificates import Authority
from tocsin_client import Client
from tocsin_daemon import StartFailed
from tocsin_reports import report
from tocsin_test import check, equal, run, slowness, until

PTRACE_INTERRUPT = 0x4207
PTRACE_SEIZE = 0x4206
PTRACE_DETACH = 17
WALL = 0x40000000

# Opens sockets as systemd does, then becomes the daemon.
STARTER = """\
#!%(python)s
import os, socket, sys
sockets = [%(sockets)s]
for at, one in enumerate(sockets):
    os.dup2(one.fileno(), 100 + at)
for at in range(len(sockets)):
    os.dup2(100 + at, 3 + at)
    os.set_inheritable(3 + at, True)
os.environ.update(LISTEN_PID=str(%(pid)s), LISTEN_FDS=str(%(count)s),
                  LISTEN_FDNAMES="first:second")
os.execv(%(program)r, [%(program)r] + sys.argv[1:])
"""
TCP = "socket.create_server(('127.0.0.1', 0))"


def given(place, *sockets, pid="os.getpid()", count="len(sockets)", **options):
    """A daemon, not started, that such a program starts."""
    daemon = place.idle_daemon(**options)
    starter = place.file("starter", STARTER % {
        "python": sys.executable, "sockets": ", ".join(sockets), "pid": pid,
        "count": count, "program": daemon.program})
    starter.chmod(0o755)
    real = daemon.program
    daemon.program = str(starter)
    return daemon, real


def given_sockets_are_used(place):
    path = place.dir / "socket"
    unix = f"(lambda s: (s.bind({str(path)!r}), s.listen(), s)[2])" \
           "(socket.socket(socket.AF_UNIX))"
    daemon, real = given(place, TCP, unix)
    daemon.start()
    found = re.findall(r"event=listening address=(\S+)( inherited=true)?",
                       daemon.log())
    equal([inherited.strip() for _, inherited in found],
          ["inherited=true"] * 2, "in place of the addresses")
    equal(found[1][0], f"unix:{path}")
    for address, _ in found:
        client = Client(address)
        equal(client.submit(report(f"r{address[:4]}"))["status"], "new")
        client.close()
    daemon.stop()
    check(path.exists(), "another's socket was removed")
    daemon.program = real


def what_stays_closed_is_told(place):
    pair = Authority(place).issue("server")
    daemon, real = given(place, TCP, settings=pair.settings())
    daemon.launch()
    until(lambda: "event=started" in daemon.log(), "it starts")
    check("event=not-listening address=127.0.0.1:0" in daemon.log(),
          daemon.log())
    daemon.stop()
    daemon.program = real


def meant_for_another(place):
    daemon, real = given(place, TCP, pid="1")
    daemon.start()
    check("inherited" not in daemon.log(), daemon.log())
    daemon.stop()
    daemon.program = real


def what_is_no_door_is_refused(place):
    for name, sockets, count, says in (
            ("dgram", ["socket.socket(type=socket.SOCK_DGRAM)"], 1,
             "descriptor 3 is no listening"),
            ("deaf", ["socket.socket()"], 1, "descriptor 3 is no listening"),
            ("absent", [], 1, "descriptor 3 is no listening"),
            ("word", [TCP], "'many'", "LISTEN_FDS: use 0 to"),
            ("flood", [TCP], 1000000, "LISTEN_FDS: use 0 to"),
            ("open", ["socket.create_server(('0.0.0.0', 0))"], 1,
             "is open to others")):
        daemon, _ = given(place, *sockets, count=count, name=name,
                          verify=False)
        try:
            daemon.start()
        except StartFailed as failure:
            equal(failure.code, 1, failure.log)
            check(says in failure.log, failure.log)
        else:
            raise AssertionError(f"{name} was taken")


@contextlib.contextmanager
def supervised(address, **more):
    """A socket that listens there, in the environment of what is started."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.bind("\0" + address[1:] if address[0] == "@" else address)
    listening.settimeout(20 * slowness())
    added = {"NOTIFY_SOCKET": address, **more}
    os.environ.update(added)
    try:
        yield listening
    finally:
        for name in added:
            os.environ.pop(name, None)
        listening.close()


def told(listening, word):
    """Read until this is told; the whole message."""
    while True:
        message = listening.recv(4096).decode()
        if message.split("\n")[0] == word:
            return message


def tells_how_it_stands(place):
    for number, address in enumerate((str(place.dir / "notify"),
                                      f"@tocsin-test-{os.getpid()}")):
        with supervised(address) as listening:
            daemon = place.daemon(f"data{number}")
            equal(listening.recv(4096), b"READY=1")
            check("event=started" in daemon.log(), "ready before started")
            daemon.signal(signal.SIGHUP)
            message = told(listening, "RELOADING=1")
            usec = int(re.search(r"\nMONOTONIC_USEC=(\d+)$", message)[1])
            check(0 <= time.clock_gettime(time.CLOCK_MONOTONIC) - usec / 1e6
                  < 20 * slowness(), usec)
            told(listening, "READY=1")
            daemon.stop()
            told(listening, "STOPPING=1")


def an_unreachable_one_is_told_of(place):
    os.environ["NOTIFY_SOCKET"] = str(place.dir / "nobody")
    try:
        daemon = place.daemon()
    finally:
        del os.environ["NOTIFY_SOCKET"]
    check("event=supervisor-unreached" in daemon.log(), daemon.log())


def signs_within(listening, seconds):
    """How often it said that it is alive."""
    end = time.monotonic() + seconds
    count = 0
    while (left := end - time.monotonic()) > 0:
        listening.settimeout(left)
        with contextlib.suppress(TimeoutError):
            count += listening.recv(4096) == b"WATCHDOG=1"
    return count


@contextlib.contextmanager
def held(threads):
    """These threads stand still, and their process does not."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long] * 4

    def trace(request, thread):
        check(libc.ptrace(request, thread, 0, 0) == 0,
              f"ptrace: {os.strerror(ctypes.get_errno())}")

    for thread in threads:
        trace(PTRACE_SEIZE, thread)
        trace(PTRACE_INTERRUPT, thread)
        os.waitpid(thread, WALL)
    yield
    for thread in threads:
        trace(PTRACE_DETACH, thread)


def is_alive_only_with_loop_and_writer(place):
    """Each half stands still in turn; meanwhile nothing is said."""
    wanted = 0.3 * slowness()
    with supervised(str(place.dir / "notify"),
                    WATCHDOG_USEC=str(int(wanted * 1e6))) as listening:
        daemon = place.daemon(settings=["sandbox=off"])
        told(listening, "READY=1")
        told(listening, "WATCHDOG=1")
        count = signs_within(listening, 4 * wanted)
        check(count >= 6, f"{count} signs of life in four times")
        loop = daemon.process.pid
        others = [int(task) for task in os.listdir(f"/proc/{loop}/task")
                  if int(task) != loop]
        check(len(others) >= 4, others)
        for threads in ([loop], others):
            with held(threads):
                # What was under way may still come through.
                signs_within(listening, wanted / 2)
                equal(signs_within(listening, 2 * wanted), 0, threads)
            listening.settimeout(20 * slowness())
            told(listening, "WATCHDOG=1")


def a_watchdog_of_another_is_left_alone(place):
    with supervised(str(place.dir / "notify"), WATCHDOG_USEC="200000",
                    WATCHDOG_PID="1") as listening:
        place.daemon()
        told(listening, "READY=1")
        equal(signs_within(listening, 1), 0)


run(given_sockets_are_used, what_stays_closed_is_told, meant_for_another,
    what_is_no_door_is_refused, tells_how_it_stands, an_unreachable_one_is_told_of,
    is_alive_only_with_loop_and_writer, a_watchdog_of_another_is_left_alone)
