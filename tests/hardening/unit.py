#!/usr/bin/env python3
"""Is the systemd unit locked as far as it says, and does it leave the daemon
what it needs?

usage: unit.py CHECK SERVICE SOURCE   (score, calls, sealed)

score: systemd-analyze finds an exposure of at most 1.2.  sealed: of at most
.6 with the drop-in for activated sockets.  calls: every system call of
seccomp_calls.def, and those of the start, are allowed.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MOST = 1.2
MOST_SEALED = 0.6
SKIPPED = 77

# Before the sandbox is closed: sockets, the sandbox itself, no core dumps.
OF_START = """socket bind listen connect execve prctl prlimit64 seccomp
landlock_create_ruleset landlock_add_rule landlock_restrict_self""".split()


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", "--no-pager", *arguments],
                          capture_output=True, text=True, timeout=60,
                          check=False)


def exposure(service, drop_in=None):
    """The number systemd-analyze gives it, over its whole table."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "tocsind.service"
        shutil.copy(service, path)
        if drop_in:
            folder = pathlib.Path(f"{path}.d")
            folder.mkdir()
            shutil.copy(drop_in, folder / "sealed.conf")
        done = analyze("security", "--offline=yes", str(path))
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)",
                      done.stdout)
    if not found:
        sys.exit(f"systemd-analyze says: {done.stdout}{done.stderr}")
    return float(found.group(1)), done.stdout


def check_score(service, _source):
    score, table = exposure(service)
    print(table)
    # A unit that locks nothing must be found open, or the tool says nothing.
    with tempfile.NamedTemporaryFile("w", suffix=".service") as bare:
        bare.write("[Service]\nExecStart=/bin/true\n")
        bare.flush()
        bare_score, _ = exposure(bare.name)
    return score <= MOST and bare_score > 9


def check_sealed(service, source):
    score, table = exposure(service, source / "etc/tocsind-sealed.conf")
    print(table)
    return score <= MOST_SEALED


def expand(name):
    """The calls of a group, with those of the groups in it."""
    if not name.startswith("@"):
        return {name}
    calls = set()
    for line in analyze("syscall-filter", name).stdout.splitlines()[1:]:
        word = line.strip()
        if word and not word.startswith("#"):
            calls |= expand(word)
    return calls


def allowed(service):
    """What the lines of SystemCallFilter come to, one after the other."""
    calls = expand("@default")
    for line in re.findall(r"^SystemCallFilter=(.*)$",
                           pathlib.Path(service).read_text(), re.M):
        for name in line.lstrip("~").split():
            if line.startswith("~"):
                calls -= expand(name) - expand("@default")
            else:
                calls |= expand(name)
    return calls


def check_calls(service, source):
    table = (source / "daemon/seccomp_calls.def").read_text()
    needed = set(re.findall(r"^CALL(?:_IS|_WITH|_WITHOUT|_SELF)?\((\w+)",
                            table, re.M))
    calls = allowed(service)
    missing = needed.union(OF_START) - calls
    print(f"{len(needed)} calls needed, {len(calls)} allowed, missing: "
          f"{sorted(missing)}")
    surplus = {"mount", "ptrace", "reboot", "init_module"} & calls
    print(f"allowed and should not be: {sorted(surplus)}")
    return len(needed) > 50 and not missing and not surplus


CHECKS = {"score": check_score, "sealed": check_sealed, "calls": check_calls}


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in CHECKS:
        sys.exit(__doc__)
    if not shutil.which("systemd-analyze"):
        print("skipped: systemd-analyze is not installed")
        sys.exit(SKIPPED)
    if "--offline" not in analyze("--help").stdout:
        print("skipped: systemd-analyze is older than 250")
        sys.exit(SKIPPED)
    check = CHECKS[sys.argv[1]]
    sys.exit(not check(sys.argv[2], pathlib.Path(sys.argv[3])))


main()
