"""The tocsin command on files: run against a daemon, its account read."""
import json
import os
import subprocess

from tocsin_daemon import binary
from tocsin_test import check, equal, slowness


def tocsin(place, daemon, *words, data=b"", seconds=60):
    """Run the command; bytes in, bytes out."""
    environment = dict(os.environ, XDG_STATE_HOME=str(place.dir / "state"),
                       NO_COLOR="1", LC_ALL="C.UTF-8")
    command = [binary("clients/cli/tocsin", "TOCSIN")]
    if daemon:
        command += ["--server", daemon.address]
    done = subprocess.run(command + [str(word) for word in words],
                          input=data, capture_output=True, check=False,
                          env=environment, timeout=seconds * slowness())
    check(b"runtime error:" not in done.stderr and
          b"Sanitizer" not in done.stderr, done.stderr.decode())
    return done


def account(place, daemon, *words, data=b"", code=0):
    """Import with --json; its object, whose numbers must add up."""
    done = tocsin(place, daemon, "import", *words, "--json", data=data)
    equal(done.returncode, code, done.stderr.decode(errors="replace"))
    told = json.loads(done.stdout)
    equal(told["read"], told["new"] + told["known"] + told["amended"] +
          told["resubmitted"] + told["rejected"], told)
    return told


def counts(told):
    """new, known, amended, rejected"""
    return tuple(told[key] for key in ("new", "known", "amended", "rejected"))


def held(place, daemon):
    """Every report the daemon holds, by id."""
    done = tocsin(place, daemon, "export", "reports", "-o", "ndjson")
    equal(done.returncode, 0, done.stderr)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["id"]: row for row in rows}
