"""Ten lines of python3-msgpack, without our own helpers."""
import subprocess
import sys

from tocsin_test import check, equal, run, slowness

SCRIPT = """\
import msgpack, socket, sys
host, port = sys.argv[1].split(':')
link, answers = socket.create_connection((host, port)), msgpack.Unpacker()
def call(id, method, arguments):
    link.sendall(msgpack.packb([0, id, method, [arguments]]))
    while True:
        answers.feed(link.recv(65536))
        for kind, _, *rest in answers:
            if kind == 1:
                return rest
report = {'id': 'python 1', 'kind': 'breakdown', 'country': 'FR',
          'occurred': '2026-06', 'product': {'category': 'kettle'}}
print(call(1, 'report.submit', report)[1]['status'])
print(call(2, 'report.submit', {'id': 'python 2'})[0])
"""


def submits(place):
    daemon = place.daemon()
    script = place.file("tocsin.py", SCRIPT)
    done = subprocess.run([sys.executable, "-I", str(script), daemon.address],
                          capture_output=True, text=True,
                          timeout=40 * slowness(), check=False)
    lines = done.stdout.splitlines()
    check(len(lines) == 2, done.stdout + done.stderr)
    equal(lines, ["new", "invalid: kind: is required"])
    equal(place.client(daemon).call("server.stats", {})["reports"], 1)


run(submits)
