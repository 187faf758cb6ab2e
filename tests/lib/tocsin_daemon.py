"""tocsind as a process: started, stopped, killed, asked to check itself."""
import ctypes
import os
import pathlib
import re
import signal
import subprocess
import time

CLOCK = "2026-06-15T12:00:00Z"
SOURCE = pathlib.Path(__file__).resolve().parents[2]

_listening = re.compile(
    r'event"?[=:]"?listening"?[ ,]"?address"?[=:]"?([^\s"]+)')
_secure = re.compile(r"event=listening address=(\S+) tls=true")
_faults = re.compile(r"ERROR: \w+Sanitizer|runtime error:|Assertion .* failed"
                     r"|level=error event=(?:session-move|stop)"
                     r"|sandbox-refused")


def binary(name, variable):
    """Where a program of ours is: a variable says, else the build folder."""
    return os.environ.get(variable) or str(SOURCE / "build" / name)


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class StartFailed(Exception):
    """The daemon ended before it listened."""

    def __init__(self, code, log):
        super().__init__(f"exit {code}: {log.strip()}")
        self.code = code
        self.log = log


class Daemon:
    """One data directory and the tocsind on it, if one runs."""

    def __init__(self, place, name, clock=CLOCK, settings=(), options=(),
                 listen="127.0.0.1:0", user=None, verify=True,
                 trusted=("desk",)):
        self.place = place
        self.name = name
        self.dir = place / name
        self.clock = clock
        self.settings = list(settings)
        self.options = list(options)
        self.listen = listen
        self.user = user
        self.verify_at_end = verify
        # Who sees what is only watched or held; nobody named: everyone.
        self.trusted = tuple(trusted)
        self.process = None
        self.address = None
        self.tls_address = None
        self.logs = []
        self.program = binary("daemon/tocsind", "TOCSIND")
        self.slowness = float(os.environ.get("TOCSIN_SLOWNESS", "1"))

    def command(self, *options):
        command = [self.program, "-d", str(self.dir), "-l", self.listen]
        trusted = [f"alerts.trusted={name}" for name in self.trusted]
        for setting in ["store.segment_size=4MiB"] + trusted + self.settings:
            command += ["--set", setting]
        if self.clock:
            command += ["--test-clock", self.clock]
        return command + self.options + list(options)

    def launch(self):
        """Start without waiting for anything."""
        log = self.place / f"{self.dir.name}.{len(self.logs) + 1}.log"
        self.logs.append(log)
        with open(log, "wb") as stderr:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=stderr,
                stderr=stderr, preexec_fn=_die_with_parent, user=self.user)

    def log(self):
        """What the newest process said."""
        return self.logs[-1].read_text(errors="replace")

    def wait_listening(self, seconds=20):
        end = time.monotonic() + seconds * self.slowness
        while True:
            code = self.process.poll()
            found = _listening.search(self.log())
            secure = _secure.search(self.log())
            if found and (secure or not self._is_secure()):
                self.address = found.group(1)
                self.tls_address = secure.group(1) if secure else None
                return
            if code is not None:
                raise StartFailed(code, self.log())
            if time.monotonic() > end:
                raise StartFailed("none, not listening", self.log())
            time.sleep(0.002)

    def _is_secure(self):
        """Will it listen with TLS, too?"""
        return any(setting.startswith("tls.listen=")
                   for setting in self.settings)

    def start(self, seconds=20):
        self.launch()
        self.wait_listening(seconds)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=20):
        return self.process.wait(seconds * self.slowness)

    def stop(self):
        """In order: SIGTERM, exit 0."""
        self.signal(signal.SIGTERM)
        code = self.wait()
        assert code == 0, f"SIGTERM ended in {code}"

    def kill(self):
        self.signal(signal.SIGKILL)
        self.wait()

    def restart(self, **changes):
        """Stop, change clock, settings or options, start."""
        if self.is_running():
            self.stop()
        for name, value in changes.items():
            setattr(self, name, value)
        self.start()

    def tool(self, *options, seconds=60):
        """Run tocsind on this directory with another mode."""
        return subprocess.run(
            self.command(*options), stdin=subprocess.DEVNULL,
            capture_output=True, timeout=seconds * self.slowness, text=True,
            errors="replace", user=self.user, check=False)

    def verify(self):
        """--verify must find nothing."""
        done = self.tool("--verify", seconds=120)
        assert done.returncode == 0, \
            f"--verify: exit {done.returncode}: {done.stdout}{done.stderr}"

    def resident_kib(self, what="VmRSS"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{what}:\s+(\d+)", status, re.M).group(1))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def end(self, failed):
        """Stop for good; what was wrong with it, or None."""
        if self.process is None:
            return None
        was_running = self.is_running()
        code = self.process.poll()
        if was_running and failed:
            self.kill()
        elif was_running:
            self.stop()
        elif code not in (0, -signal.SIGKILL) and _listening.search(self.log()):
            return f"{self.name} ended by itself with {code}"
        for log in self.logs:
            found = _faults.search(log.read_text(errors="replace"))
            if found:
                return f"{log.name} says {found.group(0)!r}"
        if not failed and self.verify_at_end and self.dir.is_dir():
            self.verify()
        return None
