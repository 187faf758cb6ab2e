"""TLS: who is let in, who is believed, what is said when not, and what the
peers that mean no good cost."""
import contextlib
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time

import msgpack

from tocsin_certificates import Authority
from tocsin_client import Client, Closed, RpcError, connect_plain
from tocsin_daemon import StartFailed, binary
from tocsin_import import tocsin
from tocsin_reports import fire, report
from tocsin_test import check, equal, run, slowness, until

HELLO = msgpack.packb([0, 7, "hello", [{"protocol": 1}]])


def ring(client, model, sources=2):
    client.batch([fire(f"{model}-{n}", f"g{n}", model=model)
                  for n in range(sources)])


def metric(client, name):
    return client.call("server.stats", {})["metrics"][name]


def start(place, *settings, **options):
    """A daemon with a certificate for localhost, and who signed it."""
    authority = Authority(place)
    pair = authority.issue("server")
    daemon = place.daemon(settings=pair.settings(*settings), **options)
    return daemon, authority


def any_client_can(place):
    daemon, authority = start(place)
    client = place.client(daemon, context=authority.context())
    equal(client.link.version(), "TLSv1.3")
    equal(client.call("hello", {"protocol": 1})["protocol"], 1)
    ring(client, "m1")
    equal(len(client.fetch_all()[0]), 1)
    older = authority.context()
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    client = place.client(daemon, context=older)
    equal(client.link.version(), "TLSv1.2")
    check("ECDHE" in client.link.cipher()[0], client.link.cipher())
    equal(client.call("server.stats", {})["reports"], 2)


def old_ciphers_and_versions_cannot(place):
    daemon, authority = start(place)
    for version, ciphers in ((ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0"),
                             (ssl.TLSVersion.TLSv1_2, "AES128-SHA"),
                             (ssl.TLSVersion.TLSv1_2, "AES128-GCM-SHA256"),
                             (ssl.TLSVersion.TLSv1_2,
                              "ECDHE-ECDSA-AES128-SHA")):
        context = authority.context()
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
        context.set_ciphers(ciphers)
        try:
            Client(daemon.tls_address, context=context)
        except ssl.SSLError:
            continue
        raise AssertionError(f"{version} with {ciphers} was taken")
    client = place.client(daemon, context=authority.context())
    equal(metric(client, "tls_handshakes_failed"), 4)
    equal(metric(client, "tls_handshakes"), 1)


def large_batches_pass(place):
    daemon, authority = start(place)
    client = place.client(daemon, context=authority.context())
    for start_at in range(0, 5000, 1000):
        reports = [report(f"r{n}", text="x" * 300) for n in
                   range(start_at, start_at + 1000)]
        equal(client.batch(reports)["counts"]["new"], 1000)
    data, _, end = client.export("reports", format="ndjson")
    equal(end["rows"], 5000)
    check(len(data) > 1000000, len(data))


# --- the command -------------------------------------------------------------

def ask(place, address, *options):
    return tocsin(place, None, "--server", address, *options, "stats",
                  "--json")


def assert_says(done, code, *words):
    text = done.stderr.decode()
    equal(done.returncode, code, text)
    for word in words:
        check(word in text, f"{text!r} does not say {word!r}")


def the_command_checks_who_it_is(place):
    daemon, authority = start(place)
    stranger = Authority(place, "stranger")
    port = daemon.tls_address.rsplit(":", 1)[1]
    ca = ("--ca", str(authority.file))
    for host in ("localhost", "127.0.0.1"):
        assert_says(ask(place, f"{host}:{port}", *ca), 0)
    assert_says(ask(place, f"localhost:{port}", "--ca", str(stranger.file)), 4,
                "cannot trust localhost", "signed by authority",
                "whom we do not know", "Nothing was sent")
    assert_says(ask(place, daemon.tls_address), 4, "tls-required", "--ca")
    assert_says(ask(place, daemon.address, *ca), 5,
                "does not speak TLS at that port")
    assert_says(ask(place, f"localhost:{port}", "--ca", "/nowhere"), 2,
                "/nowhere", "No such file")
    assert_says(ask(place, f"localhost:{port}", "--ca", __file__), 2,
                "no such PEM file")


def the_environment_names_the_authority(place):
    daemon, authority = start(place)
    environment = dict(os.environ, TOCSIN_SERVER=daemon.tls_address,
                       TOCSIN_CA=str(authority.file))
    done = subprocess.run([binary("clients/cli/tocsin", "TOCSIN"), "stats"],
                          env=environment, capture_output=True, check=False,
                          timeout=20 * slowness())
    equal(done.returncode, 0, done.stderr)


def the_command_says_what_is_wrong(place):
    authority = Authority(place)
    cases = (
        (authority.issue("ended", days=(-20, -2)), "its certificate ended on "),
        (authority.issue("early", days=(2, 20)),
         "its certificate is not valid before "),
        (authority.issue("other", hosts=("DNS:one.example", "DNS:two.example",
                                         "IP:192.0.2.1")),
         "not for localhost but for one.example, two.example, 192.0.2.1"),
        (authority.issue("many", hosts=[f"DNS:{n}.example" for n in "abcde"]),
         "not for localhost but for a.example, b.example, c.example ..."),
        (authority.issue("bare", hosts=()), "not for localhost but for bare"),
    )
    daemon = place.daemon(settings=cases[0][0].settings())
    for pair, said in cases:
        daemon.restart(settings=pair.settings())
        address = daemon.tls_address.replace("127.0.0.1", "localhost")
        assert_says(ask(place, address, "--ca", str(authority.file)), 4,
                    "cannot trust localhost", said)
    check("event=certificate-ended" in daemon.logs[0].read_text(),
          daemon.logs[0].read_text())


def tocsin_and_a_server_of_its_own_certificate(place):
    """A certificate that nobody else signed is believed when it is named."""
    authority = Authority(place)
    own = authority.dir / "own.pem"
    key = authority.dir / "own.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-noenc", "-days", "30",
                    "-subj", "/CN=own", "-addext",
                    "subjectAltName=DNS:localhost", "-keyout", str(key),
                    "-out", str(own)], check=True, capture_output=True)
    daemon = place.daemon(settings=["tls.listen=127.0.0.1:0",
                                    f"tls.certificate={own}",
                                    f"tls.key={key}"])
    address = daemon.tls_address.replace("127.0.0.1", "localhost")
    assert_says(ask(place, address, "--ca", str(own)), 0)
    assert_says(ask(place, address, "--ca", str(authority.file)), 4,
                "signed by own, whom we do not know")


def not_speaking_is_told(place):
    """Servers that close, keep silent or talk something else."""
    ca = ("--ca", str(Authority(place).file))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        assert_says(ask(place, address, *ca, "--timeout", "1s"), 5,
                    "no answer in time")
    server = socket.create_server(("127.0.0.1", 0))
    address = f"127.0.0.1:{server.getsockname()[1]}"
    for answer in (b"", b"220 mail.example ESMTP\r\n", b"HTTP/1.1 400 \r\n\r\n"):
        child = subprocess.Popen(
            [binary("clients/cli/tocsin", "TOCSIN"), "--server", address,
             *ca, "stats"], stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        peer, _ = server.accept()
        check(peer.recv(65536), "no greeting")
        peer.sendall(answer)
        with contextlib.suppress(OSError):  # it may have gone by now
            peer.shutdown(socket.SHUT_WR)
        text = child.communicate(timeout=20 * slowness())[1].decode()
        peer.close()
        equal(child.returncode, 5, text)
        check(("does not speak TLS at that port" if answer else
               "closed the connection within the TLS handshake") in text, text)
    server.close()


def the_command_imports_and_watches(place):
    """Much in both directions, through a restart of the daemon."""
    daemon, authority = start(place, "limits.stall_time=5s")
    port = int(daemon.tls_address.rsplit(":", 1)[1])
    daemon.restart(settings=daemon.settings
                   + [f"tls.listen=127.0.0.1:{port}"])
    remote = ("--server", f"localhost:{port}", "--ca", str(authority.file))
    rows = place.file("rows.csv", "id,brand,model,category,kind,country,"
                      "occurred\n" + "".join(
                          f"i{n},Moulinex,BY {n % 50},kettle,breakdown,FR,"
                          "2026-05\n" for n in range(20000)))
    done = tocsin(place, None, *remote, "import", rows, "--json")
    equal(done.returncode, 0, done.stderr)
    watch = subprocess.Popen(
        [binary("clients/cli/tocsin", "TOCSIN"), *remote, "watch", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    os.set_blocking(watch.stdout.fileno(), False)
    heard = bytearray()

    def hears(word):
        heard.extend(watch.stdout.read() or b"")
        return word in heard
    local = place.client(daemon)
    until(lambda: metric(local, "subscriptions_open") == 1, "subscribed")
    ring(local, "m1")
    until(lambda: hears(b"m1"), "the first alert")
    daemon.restart()
    local = place.client(daemon)
    until(lambda: metric(local, "subscriptions_open") == 1, "came back", 20)
    ring(local, "m2")
    until(lambda: hears(b"m2"), "the alert after the restart")
    watch.send_signal(signal.SIGINT)
    watch.communicate(timeout=20 * slowness())


# --- client certificates -----------------------------------------------------

def client_certificates_are_asked_for(place):
    authority = Authority(place)
    clients = Authority(place, "clients")
    strangers = Authority(place, "strangers")
    good = clients.issue("ufc", hosts=())
    ended = clients.issue("ended", hosts=(), days=(-20, -2))
    strange = strangers.issue("strange", hosts=())
    server = authority.issue("server")
    daemon = place.daemon(settings=server.settings(
        f"tls.client_ca={clients.file}", "tls.require_client_certificate=true"))
    ca = ("--ca", str(authority.file))
    show = {name: (*ca, "--cert", str(pair.certificate), "--key",
                   str(pair.key))
            for name, pair in (("good", good), ("ended", ended),
                               ("strange", strange))}
    assert_says(ask(place, daemon.tls_address, *show["good"]), 0)
    assert_says(ask(place, daemon.tls_address, *ca), 4,
                "wants a client certificate", "--cert FILE and --key FILE")
    assert_says(ask(place, daemon.tls_address, *show["strange"]), 4,
                "does not know who signed our client certificate")
    assert_says(ask(place, daemon.tls_address, *show["ended"]), 4,
                "our client certificate has ended")
    assert_says(ask(place, daemon.tls_address, *ca, "--key", str(good.key)), 2,
                "without its certificate")
    assert_says(ask(place, daemon.tls_address, *ca, "--cert",
                    str(good.certificate), "--key", str(strange.key)), 2,
                "does not belong to the certificate")
    both = authority.dir / "both.pem"
    both.write_bytes(good.certificate.read_bytes() + good.key.read_bytes())
    assert_says(ask(place, daemon.tls_address, *ca, "--cert", str(both)), 0)
    # Asked for, and not needed: who shows none may talk, a stranger may not.
    daemon.restart(settings=server.settings(f"tls.client_ca={clients.file}"))
    assert_says(ask(place, daemon.tls_address, *ca), 0)
    assert_says(ask(place, daemon.tls_address, *show["strange"]), 4)
    client = place.client(daemon, context=authority.context(good))
    equal(client.call("hello", {"protocol": 1})["protocol"], 1)


# --- renewing ----------------------------------------------------------------

def shown(daemon, authority):
    """The serial number of the certificate that a new peer is shown."""
    link = authority.context().wrap_socket(
        connect_plain(daemon.tls_address, 10), server_hostname="localhost")
    serial = link.getpeercert()["serialNumber"]
    link.close()
    return serial


def renews_without_dropping_anyone(place):
    authority = Authority(place)
    pair = authority.issue("first")
    daemon = place.daemon(settings=pair.settings())
    subscriber = place.client(daemon, context=authority.context())
    subscriber.call("alerts.subscribe", {"from": "new"})
    local = place.client(daemon)
    before = shown(daemon, authority)
    renewed = authority.issue("second", days=(-1, 60))
    end = metric(local, "tls_certificate_end")

    shutil.copy(renewed.certificate, pair.certificate)
    # Between the two copies the pair does not fit: the old one stays.
    daemon.signal(signal.SIGHUP)
    until(lambda: "event=reload-refused" in daemon.log(), "refused")
    check("does not belong to the certificate" in daemon.log(), daemon.log())
    equal(shown(daemon, authority), before)
    equal(metric(local, "tls_certificate_end"), end)

    shutil.copy(renewed.key, pair.key)
    daemon.signal(signal.SIGHUP)
    until(lambda: "event=reloaded" in daemon.log(), "reloaded")
    check(shown(daemon, authority) != before, "still the old certificate")
    check(metric(local, "tls_certificate_end") > end, "ends as before")
    ring(local, "m1")
    equal(len(subscriber.events(1)), 1)
    equal(subscriber.call("server.stats", {})["reports"], 2)

    pair.certificate.write_text("nonsense")
    daemon.signal(signal.SIGHUP)
    until(lambda: daemon.log().count("event=reload-refused") == 2, "refused")
    check("no PEM file of that kind" in daemon.log(), daemon.log())
    ring(subscriber, "m2")
    equal(len(subscriber.events(1)), 1)
    equal(metric(local, "config_reload_failures"), 2)


# --- mistaken addresses ------------------------------------------------------

def plain_at_a_tls_address(place):
    daemon, authority = start(place)
    plain = Client(daemon.tls_address)
    call = plain.send("hello", {"protocol": 1})
    equal(plain.wait(call)[0].split(": ")[0], "tls-required")
    plain.read_to_end()
    plain.close()
    for other in (b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0", b"\x80"):
        link = connect_plain(daemon.tls_address, 10)
        link.sendall(other)
        equal(link.recv(65536), b"", other)
        link.close()
    client = place.client(daemon, context=authority.context())
    equal(metric(client, "tls_missed"), 4)


def tls_at_a_plain_address(place):
    daemon, authority = start(place)
    try:
        Client(daemon.address, context=authority.context())
    except ssl.SSLError as why:
        check("WRONG_VERSION_NUMBER" in str(why), why)
    else:
        raise AssertionError("a plain address spoke TLS")
    client = place.client(daemon)
    equal(metric(client, "tls_unexpected"), 1)
    equal(metric(client, "frames_bad"), 1)


# --- who means no good -------------------------------------------------------

def client_hello(authority):
    """The first bytes of a TLS client."""
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = authority.context().wrap_bio(into, out,
                                          server_hostname="localhost")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def dripping_handshakes_end(place):
    daemon, authority = start(place, "tls.handshake_time=1s")
    hello = client_hello(authority)
    good = place.client(daemon, context=authority.context())
    before = daemon.descriptors()
    silent = [connect_plain(daemon.tls_address, 10) for _ in range(100)]
    halves = [connect_plain(daemon.tls_address, 10) for _ in range(100)]
    for link in halves:
        link.sendall(hello[:100])
    dripping = connect_plain(daemon.tls_address, 10)
    begun = time.monotonic()
    closed = None
    for byte in hello:
        try:
            dripping.sendall(bytes([byte]))
            dripping.settimeout(0.05)
            if dripping.recv(100) == b"":
                closed = time.monotonic() - begun
                break
        except TimeoutError:
            continue
        except ConnectionError:
            closed = time.monotonic() - begun
            break
    check(closed is not None and 0.8 < closed < 2 * slowness() + 1, closed)
    until(lambda: daemon.descriptors() <= before, "all of them are closed")
    equal(good.call("server.stats", {})["reports"], 0)
    equal(metric(good, "tls_handshakes_failed"), 201)
    for link in silent + halves:
        equal(link.recv(10), b"")
        link.close()


def half_closed_handshakes_end(place):
    daemon, authority = start(place)
    good = place.client(daemon, context=authority.context())
    before = daemon.descriptors()
    hello = client_hello(authority)
    for cut in (0, 1, 5, 100, len(hello)):
        link = connect_plain(daemon.tls_address, 10)
        link.sendall(hello[:cut])
        link.shutdown(socket.SHUT_WR)
        while link.recv(65536):
            pass
        link.close()
    until(lambda: daemon.descriptors() <= before, "all of them are closed")
    equal(metric(good, "tls_handshakes_failed"), 5)


def garbage_within_tls_ends_only_its_own(place):
    daemon, authority = start(place)
    good = place.client(daemon, context=authority.context())
    for number in range(20):
        link = connect_plain(daemon.tls_address, 10)
        link.sendall(b"\x16\x03\x01\x00\x20" + os.urandom(32 + number))
        while link.recv(65536):
            pass
        link.close()
    # Records that do not decrypt, on a connection that was good.
    bad = place.client(daemon, context=authority.context())
    os.write(bad.link.fileno(), b"\x17\x03\x03\x00\x20" + os.urandom(32))
    try:
        bad.read_to_end()
    except Closed:
        pass
    equal(good.call("server.stats", {})["reports"], 0)


def begun_records_are_timed(place):
    daemon, authority = start(place, "limits.frame_time=500ms")
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = authority.context().wrap_bio(into, out, server_hostname="localhost")
    link = connect_plain(daemon.tls_address, 10)
    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            link.sendall(out.read())
            into.write(link.recv(65536))
    link.sendall(out.read())
    tls.write(HELLO)
    record = out.read()
    begun = time.monotonic()
    for byte in record[:-1]:
        link.settimeout(0.1)
        try:
            link.sendall(bytes([byte]))
            data = link.recv(65536)
        except TimeoutError:
            continue
        into.write(data)
        break
    check(0.4 < time.monotonic() - begun < 3 * slowness(), "was timed")
    kind, number, error, _ = msgpack.unpackb(tls.read())
    equal((kind, number), (1, 0))
    check(error.startswith("bad-frame: "), error)
    link.close()


def slow_readers_cost_little(place):
    daemon, authority = start(place)
    local = place.client(daemon)
    slow = place.client(daemon, context=authority.context())
    slow.link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    slow.call("alerts.subscribe", {"from": "new"})
    before = daemon.resident_kib()
    for model in range(0, 1500, 100):
        local.batch([fire(f"{n}-{g}", f"g{g}", model=f"m{n}")
                     for n in range(model, model + 100) for g in range(2)])
    grown = daemon.resident_kib() - before
    check(grown < 64 * 1024, f"{grown} KiB more")
    events = slow.events(1500, timeout=60 * slowness())
    seqs = [event["seq"] for event in events]
    equal(seqs, sorted(set(seqs)))


# --- starting ----------------------------------------------------------------

def refused(place, code, *settings, says=(), by_the_store=False, **options):
    daemon = place.idle_daemon(f"data{len(place.daemons)}",
                               settings=list(settings), verify=False,
                               **options)
    try:
        daemon.start()
    except StartFailed as why:
        equal(why.code, code, why.log)
        for word in says:
            check(word in why.log, f"{why.log!r} does not say {word!r}")
        # --check-config says the same, unless it is the store that says it.
        checked = daemon.tool("--check-config")
        equal(checked.returncode, 0 if by_the_store else 2, checked.stderr)
        if by_the_store:
            return
        check(says[0] in checked.stderr, checked.stderr)
        return
    raise AssertionError(f"started with {settings}")


def starts_with_what_can_be_used_only(place):
    authority = Authority(place)
    pair = authority.issue("server")
    other = authority.issue("other")
    locked = authority.issue("locked", password="sesame")
    refused(place, 1, "tls.listen=127.0.0.1:0",
            says=["needs tls.certificate and tls.key"])
    refused(place, 1, *pair.settings("tls.key=/nowhere/key"),
            says=["/nowhere/key: No such file"])
    refused(place, 1, *pair.settings(f"tls.key={other.key}"),
            says=["does not belong to the certificate"])
    refused(place, 1, *locked.settings(), says=["asks for a password"])
    refused(place, 1, *pair.settings(f"tls.client_ca={pair.key}"),
            says=["the clients' authority"])
    refused(place, 1, *pair.settings("tls.require_client_certificate=true"),
            says=["needs tls.client_ca"])
    refused(place, 1, *pair.settings("tls.listen=unix:/tmp/x"),
            says=["needs no TLS"])
    pair.key.chmod(0o644)
    refused(place, 1, *pair.settings(), says=["may be read by everyone"])


EVERYONE = "let_everyone_do_everything_on_public_addresses"
INSECURE = "listen_insecurely_on_public_addresses=true"


def others_are_let_in_by_tls_or_an_honest_name(place):
    authority = Authority(place)
    pair = authority.issue("server")
    public = pair.settings("tls.listen=0.0.0.0:0")
    refused(place, 1, listen="0.0.0.0:0",
            says=["open to others, without TLS",
                  "listen_insecurely_on_public_addresses"])
    refused(place, 1, INSECURE, listen="0.0.0.0:0",
            says=["while there is no token", "tocsind --init", EVERYONE],
            by_the_store=True)
    refused(place, 1, *public,
            says=["while there is no token", "tocsind --init", EVERYONE],
            by_the_store=True)
    refused(place, 1, f"{EVERYONE}=true", listen="0.0.0.0:0",
            says=["open to others, without TLS"])
    daemon = place.daemon("insecure", listen="0.0.0.0:0",
                          settings=[INSECURE, f"{EVERYONE}=true"])
    check("event=open-to-everyone" in daemon.log(), daemon.log())
    secure = place.daemon("secure", settings=public + [f"{EVERYONE}=true"])
    check("event=open-to-everyone address=0.0.0.0" in secure.log(),
          secure.log())
    closed = place.daemon("closed", settings=public + [
        f"tls.client_ca={authority.file}",
        "tls.require_client_certificate=true"])
    check("event=open-to-everyone" not in closed.log(), closed.log())


def the_first_token_opens_public_addresses(place):
    """--init before the daemon ever ran; its end does not open anything."""
    pair = Authority(place).issue("server")
    daemon = place.idle_daemon(settings=pair.settings("tls.listen=0.0.0.0:0"))
    done = daemon.tool("--init", "desk")
    equal(done.returncode, 0, done.stderr)
    daemon.start()
    check("open-to-everyone" not in daemon.log(), daemon.log())
    admin = place.client(daemon)
    admin.call("hello", {"protocol": 1, "token": done.stdout.strip()})
    other = place.client(daemon)
    admin.call("tokens.revoke", {"id": "t1"})
    until(lambda: "event=no-administrator" in daemon.log(), "it is told")
    for turn in ("at once", "after a start", "after a rebuild"):
        try:
            other.call("server.stats", {})
            raise AssertionError(f"{turn} everyone is let in")
        except RpcError as error:
            equal(error.code, "unauthorized", str(error))
        if turn == "at once":
            daemon.restart()
            check("event=no-administrator" in daemon.log(), "told again")
        elif turn == "after a start":
            daemon.stop()
            equal(daemon.tool("--rebuild").returncode, 0, "rebuilt")
            daemon.start()
        other = place.client(daemon)
    equal(daemon.tool("--init", "desk").returncode, 1, "no second beginning")
    daemon.restart(listen=f"unix:{place.dir}/socket")
    own = place.client(daemon)
    equal(own.call("hello", {"protocol": 1})["roles"][-1], "admin",
          "the owner is left")
    own.call("tokens.add", {"organisation": "desk", "roles": ["admin"]})


def a_reload_opens_nothing(place):
    """Certificates are not waived while there is no token."""
    authority = Authority(place)
    pair = authority.issue("server")
    config = place.file("tocsind.yaml", "")
    settings = pair.settings("tls.listen=0.0.0.0:0",
                             f"tls.client_ca={authority.file}")
    config.write_text("tls: {require_client_certificate: true}\n")
    daemon = place.daemon(settings=settings, options=["-c", str(config)])
    config.write_text("tls: {require_client_certificate: false}\n")
    daemon.signal(signal.SIGHUP)
    until(lambda: "event=reload-refused" in daemon.log(), "it is refused")
    check(EVERYONE in daemon.log(), daemon.log())


run(any_client_can, old_ciphers_and_versions_cannot, large_batches_pass,
    the_command_checks_who_it_is, the_environment_names_the_authority,
    the_command_says_what_is_wrong,
    tocsin_and_a_server_of_its_own_certificate, not_speaking_is_told,
    the_command_imports_and_watches, client_certificates_are_asked_for,
    renews_without_dropping_anyone, plain_at_a_tls_address,
    tls_at_a_plain_address, dripping_handshakes_end,
    half_closed_handshakes_end, garbage_within_tls_ends_only_its_own,
    begun_records_are_timed, slow_readers_cost_little,
    starts_with_what_can_be_used_only,
    others_are_let_in_by_tls_or_an_honest_name,
    the_first_token_opens_public_addresses, a_reload_opens_nothing)
