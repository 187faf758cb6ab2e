"""Certificates made on the spot, with the openssl command."""
import datetime
import pathlib
import ssl
import subprocess

CONFIGURATION = """
[ca]
default_ca = own
[own]
database = {dir}/index.txt
new_certs_dir = {dir}
certificate = {dir}/ca.pem
private_key = {dir}/ca.key
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
rand_serial = yes
[any]
commonName = supplied
"""

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")


def _openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)],
                          stdin=subprocess.DEVNULL, capture_output=True,
                          check=False)
    if done.returncode:
        raise AssertionError(f"openssl {arguments[0]}: "
                             f"{done.stderr.decode(errors='replace')}")


class Pair:
    """A certificate and its key, in files."""

    def __init__(self, certificate, key):
        self.certificate = certificate
        self.key = key

    def settings(self, *more):
        """Of a daemon that shows it."""
        return ["tls.listen=127.0.0.1:0", f"tls.certificate={self.certificate}",
                f"tls.key={self.key}", *more]


class Authority:
    """Whoever signs certificates, and whom others believe."""

    def __init__(self, place, name="authority"):
        self.dir = pathlib.Path(place.dir) / name
        self.dir.mkdir()
        self.file = self.dir / "ca.pem"
        self.made = 0
        (self.dir / "index.txt").write_text("")
        (self.dir / "ca.cnf").write_text(CONFIGURATION.format(dir=self.dir))
        _openssl("req", "-x509", *KEY, "-noenc", "-days", 30, "-subj",
                 f"/CN={name}", "-keyout", self.dir / "ca.key", "-out",
                 self.file)

    def issue(self, name, hosts=("DNS:localhost", "IP:127.0.0.1"),
              days=(-1, 30), password=None):
        """A Pair for these hosts, good from and until so many days on."""
        self.made += 1
        stem = self.dir / f"{name}-{self.made}"
        pair = Pair(stem.with_suffix(".pem"), stem.with_suffix(".key"))
        request = stem.with_suffix(".csr")
        _openssl("req", *KEY, *(("-passout", f"pass:{password}") if password
                                else ("-noenc",)), "-subj", f"/CN={name}",
                 *(("-addext", "subjectAltName=" + ",".join(hosts))
                   if hosts else ()),
                 "-keyout", pair.key, "-out", request)
        now = datetime.datetime.now(datetime.timezone.utc)
        begin, end = ((now + datetime.timedelta(days=day)).strftime(
            "%Y%m%d%H%M%SZ") for day in days)
        _openssl("ca", "-batch", "-notext", "-config", self.dir / "ca.cnf",
                 "-in", request, "-out", pair.certificate, "-startdate", begin,
                 "-enddate", end)
        return pair

    def context(self, pair=None):
        """What a client in Python believes, and shows."""
        context = ssl.create_default_context(cafile=str(self.file))
        if pair:
            context.load_cert_chain(pair.certificate, pair.key)
        return context
