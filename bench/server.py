"""tocsind as the benchmark starts, watches, kills and stops it."""

import os
import re
import resource
import signal
import socket
import subprocess
import threading
import time

HELLO = bytes([0x94, 0, 1, 0xA5]) + b"hello" + bytes([0x91, 0x81, 0xA8]) \
    + b"protocol" + bytes([1])


def raise_file_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def status_kib(pid, field):
    """One line of /proc/PID/status, in KiB; 0 when the process is gone."""
    try:
        with open(f"/proc/{pid}/status") as status:
            for line in status:
                if line.startswith(field + ":"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


class Server:
    """One tocsind on a data directory, at a free port of 127.0.0.1."""

    def __init__(self, build, data_dir, settings=()):
        self.program = os.path.join(build, "daemon", "tocsind")
        self.data_dir = data_dir
        self.settings = settings
        self.process = None
        self.port = 0
        self.tls_port = 0

    def start(self, seconds=60):
        """Start; returns the seconds until a hello was answered."""
        log_path = self.data_dir + ".log"
        command = [self.program, "--data-dir", self.data_dir,
                   "--listen", "127.0.0.1:0"]
        for setting in self.settings:
            command += ["--set", setting]
        begin = time.monotonic()
        with open(log_path, "wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=raise_file_limit)
        while time.monotonic() - begin < seconds:
            with open(log_path) as log:
                found = re.search(
                    r"event=listening address=127\.0\.0\.1:(\d+)", log.read())
            if found and self.is_ready():
                self.port = int(found.group(1))
                self.hello().close()
                return time.monotonic() - begin
            if self.process.poll() is not None:
                break
            time.sleep(0.005)
        self.stop()
        with open(log_path) as log:
            raise RuntimeError("tocsind did not start:\n" + log.read())

    def is_ready(self):
        """Has it opened every address?"""
        with open(self.data_dir + ".log") as log:
            text = log.read()
        found = re.search(
            r"event=listening address=127\.0\.0\.1:(\d+) tls=true", text)
        self.tls_port = int(found.group(1)) if found else 0
        return "event=started" in text

    def hello(self):
        """A connection that has been greeted."""
        connection = socket.create_connection(("127.0.0.1", self.port), 30)
        connection.sendall(HELLO)
        if not connection.recv(4096):
            raise RuntimeError("tocsind closed the connection")
        return connection

    def kill(self):
        """kill -9."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self):
        """SIGTERM, and SIGKILL should that not do."""
        if not self.process:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
            self.process = None
        except subprocess.TimeoutExpired:
            self.kill()

    def resident_kib(self):
        """Memory of its own: what is beyond the page cache."""
        return status_kib(self.process.pid, "RssAnon")


class Peak:
    """The most memory a server has used while in this context."""

    def __init__(self, server):
        self.server = server
        self.kib = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def watch(self):
        while not self.over.wait(0.05):
            if self.server.process:
                self.kib = max(self.kib, self.server.resident_kib())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def used_bytes(path):
    """Length without the zeros that a file was preallocated with."""
    with open(path, "rb") as file:
        return len(file.read().rstrip(b"\0"))


def log_bytes(data_dir):
    """Bytes of open and of sealed segments."""
    folder = os.path.join(data_dir, "log")
    open_bytes = sealed_bytes = 0
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name.endswith(".seg"):
            open_bytes += used_bytes(path)
        elif name.endswith(".zseg"):
            sealed_bytes += os.stat(path).st_blocks * 512
    return open_bytes, sealed_bytes


def wait_until_sealed(data_dir, seconds):
    """Wait until one open segment is left, but no longer than so long."""
    folder = os.path.join(data_dir, "log")
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        if sum(name.endswith(".seg") for name in os.listdir(folder)) <= 1:
            return
        time.sleep(0.2)


def lmdb_bytes(data_dir):
    """Blocks of the disk under LMDB's file."""
    return os.stat(os.path.join(data_dir, "db", "data.mdb")).st_blocks * 512
