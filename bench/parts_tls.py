"""TLS beside plain, on one daemon and in turns; and what an idle one costs."""

import os
import socket
import ssl
import subprocess
import time
from statistics import median

from figures import ratio
from parts_feed import TRUST_NONE
from server import HELLO, raise_file_limit

WINDOW = 64


def make_certificate(bench):
    """Self-signed, for 127.0.0.1; (certificate, key)."""
    pair = [os.path.join(bench.scratch, f"tls.{end}") for end in ("pem", "key")]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-noenc", "-days", "2", "-subj",
         "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
         pair[1], "-out", pair[0]], check=True, stderr=subprocess.DEVNULL)
    return pair


def in_turns(bench, measure, ports):
    """(plain, TLS), measured in changing order: who comes second meets a
    larger store."""
    plain, secure = [], []
    order = [(plain, ports[0]), (secure, ports[1])]
    for _ in range(bench.rounds):
        for rates, port in order:
            rates.append(measure(port))
        order.reverse()
    return plain, secure


def ingest(bench, server, ports):
    reports = 50000 if bench.quick else 300000

    def measure(port):
        return bench.load(server, 1, 1000, 4, reports, port=port)["per_s"]
    measure(ports[0])  # files and heap are made
    plain, secure = in_turns(bench, measure, ports)
    bench.figures.add("tls_ingest_per_s", median(secure))
    bench.figures.add("tls_ingest_plain_per_s", median(plain), "reference")
    bench.figures.add("tls_ingest_vs_plain", ratio(secure, plain))


def fanout(bench, ports):
    alerts = 300 if bench.quick else 1500

    def measure(port):
        return bench.driver("fan", port, 1000, alerts, WINDOW)["per_s"]
    plain, secure = in_turns(bench, measure, ports)
    bench.figures.add("tls_fanout_per_s", median(secure))
    bench.figures.add("tls_fanout_plain_per_s", median(plain), "reference")
    bench.figures.add("tls_fanout_vs_plain", ratio(secure, plain))


def idle(bench, certificate, settings):
    """Connections that said hello and nothing since."""
    raise_file_limit()
    server = bench.server("tls-idle", settings)
    context = ssl.create_default_context(cafile=certificate)
    count = 1000 if bench.quick else 5000

    def hello():
        plain = socket.create_connection(("127.0.0.1", server.tls_port), 30)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = context.wrap_socket(plain, server_hostname="127.0.0.1")
        link.sendall(HELLO)
        if not link.recv(4096):
            raise RuntimeError("tocsind closed the connection")
        return link
    hello().close()
    time.sleep(1)
    before = server.resident_kib()
    begin = time.monotonic()
    open_now = [hello() for _ in range(count)]
    seconds = time.monotonic() - begin
    time.sleep(3)
    after = server.resident_kib()
    for link in open_now:
        link.close()
    bench.figures.add("tls_hellos_per_s", count / seconds,
                      "one after the other, client included")
    bench.figures.add("tls_idle_kib", (after - before) / count,
                      f"{count:,} connections that said hello")
    server.stop()


def run(bench):
    certificate, key = make_certificate(bench)
    settings = ["tls.listen=127.0.0.1:0", f"tls.certificate={certificate}",
                f"tls.key={key}"]
    server = bench.server("tls", settings + TRUST_NONE)
    ports = (server.port, f"{server.tls_port},{certificate}")
    fanout(bench, ports)
    ingest(bench, server, ports)
    server.stop()
    idle(bench, certificate, settings)
