"""What scripts/interop and scripts/bench share: a test PKI made by openssl, a TSA on loopback, running commands.

Everything is made anew in the folder given; nothing here comes from congvan itself, so that agreement means something.
"""

import contextlib
import http.server
import pathlib
import subprocess
import threading

PASSPHRASE = "mật-khẩu thử"

CONFIG = """
[ca]
default_ca = ca
[ca]
database = {folder}/{name}.index
serial = {folder}/{name}.serial
crlnumber = {folder}/{name}.crlnumber
new_certs_dir = {folder}
private_key = {folder}/{name}.key
certificate = {folder}/{name}.pem
default_md = sha256
default_days = 365
default_crl_days = 30
policy = any
unique_subject = no
copy_extensions = none
string_mask = utf8only
[any]
countryName = optional
organizationName = optional
commonName = supplied
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[issuing]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[signer]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = emailProtection
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa_config]
serial = {folder}/tsa.serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
certs = {folder}/issuing.pem
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_chain = yes
ess_cert_id_alg = sha256
[req]
distinguished_name = dn
string_mask = utf8only
[dn]
"""


class Failed(Exception):
    """A tool did not do what was asked."""


def run(*command, check=True, **options):
    """Runs a command; its output as text, standard error behind standard output."""
    done = subprocess.run(
        [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **options
    )
    text = done.stdout.decode("utf-8", "replace")
    if check and done.returncode != 0:
        raise Failed(f"{' '.join(str(w) for w in command)}: exit {done.returncode}\n{text}")
    return done.returncode, text


class Pki:
    """root → issuing → leader (RSA), seal (P-256), foreign (its own root), expired, TSA; PKCS#8, PKCS#12, CRLs."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("root", "issuing", "other"):
            self.path(f"{name}.index").write_text("")
            self.path(f"{name}.serial").write_text("1000\n")
            self.path(f"{name}.crlnumber").write_text("01\n")
            self.path(f"{name}.cnf").write_text(CONFIG.format(folder=self.folder, name=name))
        self.path("tsa.serial").write_text("01\n")
        self._self_signed("root", "/C=VN/O=Test Only/CN=Test Root")
        self._self_signed("other", "/C=VN/O=Test Only/CN=Another Root")
        self._issue("root", "issuing", "issuing", "/C=VN/O=Test Only/CN=Test CA G2", "rsa:2048")
        self._issue("issuing", "signer", "leader", "/C=VN/O=UBND tỉnh Sơn Hải/CN=Nguyễn Văn An", "rsa:2048")
        self._issue("issuing", "signer", "seal", "/C=VN/O=UBND tỉnh Sơn Hải/CN=Ủy ban nhân dân tỉnh Sơn Hải", "ec")
        self._issue("issuing", "tsa", "tsa", "/C=VN/O=Test Only/CN=Test TSA", "rsa:2048")
        self._issue("other", "signer", "foreign", "/C=VN/O=Elsewhere/CN=Foreign", "ec")
        self._issue(
            "issuing", "signer", "expired", "/C=VN/O=UBND tỉnh Sơn Hải/CN=Hết Hạn", "ec",
            "-startdate", "20200101000000Z", "-enddate", "20210101000000Z",
        )
        for name in ("root", "issuing"):
            self._openssl("ca", "-config", self.path(f"{name}.cnf"), "-gencrl", "-out", self.path(f"{name}.crl"))
        chain = self.path("issuing.pem").read_text()
        for name in ("leader", "seal", "expired"):
            self.path(f"{name}.chain.pem").write_text(self.path(f"{name}.pem").read_text() + chain)
            self._openssl(
                "pkcs12", "-export", "-inkey", self.path(f"{name}.key"), "-in", self.path(f"{name}.pem"),
                "-name", name, "-certfile", self.path("issuing.pem"), "-out", self.path(f"{name}.p12"), "-passout", f"pass:{PASSPHRASE}",
            )  # fmt: skip
        self._openssl(
            "pkcs8", "-topk8", "-in", self.path("leader.key"), "-out", self.path("leader.enc.key"),
            "-v2", "aes-256-cbc", "-passout", f"pass:{PASSPHRASE}",
        )  # fmt: skip

    def path(self, name):
        """A file of this PKI."""
        return self.folder / name

    def nss(self):
        """An NSS database that trusts the root, for pdfsig."""
        folder = self.path("nss")
        if not folder.exists():
            folder.mkdir()
            run("certutil", "-N", "-d", f"sql:{folder}", "--empty-password")
            run("certutil", "-A", "-d", f"sql:{folder}", "-n", "root", "-t", "CT,CT,CT", "-i", self.path("root.pem"))
        return folder

    def _openssl(self, *words):
        run("openssl", *words)

    def _self_signed(self, name, subject):
        self._openssl(
            "req", "-x509", "-config", self.path(f"{name}.cnf"), "-extensions", "root", "-newkey", "rsa:2048", "-nodes",
            "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.pem"), "-days", "3650", "-utf8",
            "-subj", subject,
        )  # fmt: skip

    def _issue(self, issuer, profile, name, subject, kind, *dates):
        key = self.path(f"{name}.key")
        kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "ec" else ["-newkey", kind]
        request = self.path(f"{name}.csr")
        config = self.path(f"{issuer}.cnf")
        self._openssl(
            "req", "-new", "-config", config, *kind, "-nodes", "-keyout", key, "-out", request, "-utf8", "-subj", subject
        )
        self._openssl(
            "ca", "-batch", "-config", config, "-extensions", profile, "-in", request, "-notext", "-utf8",
            "-out", self.path(f"{name}.pem"), *dates,
        )  # fmt: skip


@contextlib.contextmanager
def tsa(folder):
    """A time-stamping service on loopback, answering through `openssl ts` from the PKI in `folder`; yields its URL."""

    folder = pathlib.Path(folder)

    class Handler(http.server.BaseHTTPRequestHandler):
        lock = threading.Lock()

        def do_POST(self):
            query = self.rfile.read(int(self.headers["Content-Length"]))
            with self.lock:
                (folder / "query.tsq").write_bytes(query)
                run(
                    "openssl", "ts", "-reply", "-config", (folder / "issuing.cnf"), "-section", "tsa_config",
                    "-queryfile", (folder / "query.tsq"), "-out", (folder / "reply.tsr"),
                )  # fmt: skip
                reply = (folder / "reply.tsr").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
