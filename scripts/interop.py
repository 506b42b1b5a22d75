"""The checks of scripts/interop. Each name says what it proves; each works in its own folder under one PKI."""

import json
import os
import pathlib
import re
import shutil
import sys
import tempfile
import traceback

import testkit
from testkit import Failed, run

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENTS = ROOT / "fixtures/documents"
CHECKS = []


def check(function):
    """Registers a check under its docstring."""
    CHECKS.append(function)
    return function


class Bench:
    """The PKI, the TSA and shorthands for every tool."""

    def __init__(self, folder, tsa_url):
        self.folder, self.tsa_url = folder, tsa_url
        self.pki = testkit.Pki(folder / "pki")
        self.congvan = str(pathlib.Path(os.environ["CONGVAN"]).resolve())
        self.written = []

    def at(self, name):
        return self.folder / name

    def sign(self, source, target, *flags, key="leader.p12", level="b"):
        """Signs with congvan; the result is kept for the final `qpdf --check`."""
        tsa = ["--tsa", self.tsa_url] if level != "b" else []
        run(
            self.congvan, "sign", source, "--out", target, "--key", self.pki.path(key), "--level", level, *tsa, *flags,
            "--lang", "en", env=os.environ | {"CONGVAN_PASSPHRASE": testkit.PASSPHRASE},
        )  # fmt: skip
        self.written.append(target)
        return target

    def verify(self, path, *flags):
        """(exit code, report) of our own verdict under the test root, with its CRLs and without a network."""
        code, text = run(
            self.congvan, "verify", path, "--json", "--offline", "--anchor", self.pki.path("root.pem"),
            "--crl", self.pki.path("root.crl"), self.pki.path("issuing.crl"), *flags, check=False,
        )  # fmt: skip
        reports = [json.loads(line) for line in text.splitlines() if line.startswith('{"schema":"congvan.verify/')]
        if not reports:
            raise Failed(f"congvan verify: exit {code}\n{text}")
        return code, reports[0]

    def expect(self, path, indication, exit_code, *flags):
        code, report = self.verify(path, *flags)
        if (code, report["indication"]) != (exit_code, indication):
            raise Failed(f"exit {code}, {json.dumps(report, ensure_ascii=False)[:3000]}")
        return report

    def pdfsig_trusts(self, path, signatures):
        """pdfsig finds this many signatures, all valid, trusted, and the last one over the whole file."""
        _, text = run("pdfsig", "-nssdir", f"sql:{self.pki.nss()}", "-no-ocsp", path, check=False)
        valid = text.count("Signature Validation: Signature is Valid.")
        # Without OCSP pdfsig does not ask for the chain, so that is a run of its own.
        _, chain = run("pdfsig", "-nssdir", f"sql:{self.pki.nss()}", path, check=False)
        trusted = chain.count("Certificate Validation: Certificate is Trusted.")
        whole = text.count("Total document signed")
        if (valid, trusted) != (signatures, signatures) or whole < 1:
            raise Failed(f"{text}\n{chain}")

    def pyhanko_trusts(self, path, signatures, *flags):
        """pyHanko's bottom line is VALID for every signature and it exits 0."""
        code, text = run(
            self.tool("pyhanko"), "sign", "validate", "--trust", self.pki.path("root.pem"), "--trust-replace",
            "--pretty-print", *flags, path, check=False,
        )  # fmt: skip
        if code != 0 or text.count("The signature is judged VALID.") != signatures:
            raise Failed(f"exit {code}\n{text}")
        return text

    def openssl_trusts(self, path, signatures):
        """`openssl cms` accepts each signature over the bytes of its ranges, up to the root."""
        data = path.read_bytes()
        found = re.findall(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", data)
        if len(found) != signatures:
            raise Failed(f"{len(found)} byte ranges")
        for numbers in found:
            start, first, second, rest = map(int, numbers)
            hexes = data[start + first : second].strip(b"<>")
            signature = bytes.fromhex(hexes.decode())
            der, content = self.at("signature.der"), self.at("content.bin")
            der.write_bytes(signature[: der_length(signature)])
            content.write_bytes(data[start : start + first] + data[second : second + rest])
            run(
                "openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", der, "-content", content,
                "-CAfile", self.pki.path("root.pem"), "-purpose", "any", "-out", os.devnull,
            )  # fmt: skip

    @staticmethod
    def tool(name):
        return str(pathlib.Path(sys.executable).parent / name)


def der_length(data):
    """Bytes of the one DER value at the start of `data`."""
    first = data[1]
    if first < 0x80:
        return 2 + first
    count = first & 0x7F
    return 2 + count + int.from_bytes(data[2 : 2 + count], "big")


def all_agree(bench, path, signatures, *pyhanko_flags):
    bench.pdfsig_trusts(path, signatures)
    bench.pyhanko_trusts(path, signatures, *pyhanko_flags)
    bench.openssl_trusts(path, signatures)
    bench.expect(path, "TOTAL-PASSED", 0)


@check
def rsa_signature(bench):
    """an RSA signature from a PKCS#12 key is intact and trusted for pdfsig, pyHanko, openssl cms and us"""
    all_agree(bench, bench.sign(DOCUMENTS / "letter.pdf", bench.at("rsa.pdf"), "--as", "plain"), 1)


@check
def ecdsa_signature(bench):
    """a P-256 signature from a PKCS#8 key with its chain beside it is intact and trusted for all"""
    pki = bench.pki
    flags = ["--as", "plain", "--cert", pki.path("seal.chain.pem")]
    all_agree(bench, bench.sign(DOCUMENTS / "letter.pdf", bench.at("ec.pdf"), *flags, key="seal.key"), 1)


@check
def encrypted_key(bench):
    """a signature from an encrypted PKCS#8 key is intact and trusted for all"""
    flags = ["--as", "plain", "--cert", bench.pki.path("leader.chain.pem")]
    all_agree(bench, bench.sign(DOCUMENTS / "letter.pdf", bench.at("enc.pdf"), *flags, key="leader.enc.key"), 1)


@check
def cross_reference_streams(bench):
    """a signature in a file with cross-reference and object streams is intact and trusted for all"""
    source = DOCUMENTS / "letter-xref-stream.pdf"
    all_agree(bench, bench.sign(source, bench.at("stream.pdf"), "--as", "plain"), 1)


@check
def leader_then_seal(bench):
    """leader, then seal with number and date: both signatures stay intact and trusted for all"""
    for name in ("decision.pdf", "decision-xref-stream.pdf"):
        once = bench.sign(DOCUMENTS / name, bench.at(f"leader-{name}"), "--as", "leader", "--image", ROOT / "fixtures/stamps/signature.png")
        before = once.read_bytes()
        flags = ["--as", "seal", "--number", "07/QĐ-UBND", "--date", "2026-03-05", "--image", ROOT / "fixtures/stamps/seal.png"]
        twice = bench.sign(once, bench.at(f"seal-{name}"), *flags, key="seal.p12")
        if not twice.read_bytes().startswith(before):
            raise Failed("the leader's bytes changed")
        all_agree(bench, twice, 2)
        _, text = run("pdftotext", twice, "-")
        if "07" not in text:
            raise Failed("the number is not on the page")


@check
def signature_time_stamp(bench):
    """a B-T signature carries a time-stamp that pyHanko and we trust"""
    stamped = bench.sign(DOCUMENTS / "letter.pdf", bench.at("b-t.pdf"), "--as", "plain", level="t")
    bench.pdfsig_trusts(stamped, 1)
    text = bench.pyhanko_trusts(stamped, 1)
    if "The timestamp token is guaranteed to be newer" not in text and "Signature timestamp" not in text:
        raise Failed(f"pyHanko sees no time-stamp\n{text}")
    report = bench.expect(stamped, "TOTAL-PASSED", 0)
    stamps = report["signatures"][0]["timestamps"]
    if [stamp["indication"] for stamp in stamps] != ["PASSED"] or report["signatures"][0]["level"] != "PAdES-B-T":
        raise Failed(json.dumps(report["signatures"][0], ensure_ascii=False))


EDXML = "http://www.mic.gov.vn/TBT/QCVN_102_2016"


@check
def packet_signature(bench):
    """a packet fits the schema, xmlsec1 trusts its RSA and EC signatures, and refuses them once a file changed"""
    letter, annex = DOCUMENTS / "letter.pdf", bench.at("phụ lục.txt")
    annex.write_bytes("Phụ lục\r\n".encode())
    changed = bench.at("changed.txt")
    changed.write_bytes(annex.read_bytes() + b"x")
    meta = [
        "--from", "H99.01=Sở A", "--to", "H99.02=Sở B", "000.03.00.H99", "--number", "07", "--notation", "SNV-VP",
        "--date", "2026-03-05", "--type", "Công văn", "--subject", "V/v báo cáo <thử> & nghiệm",
    ]  # fmt: skip
    for key, flags in (("leader.p12", []), ("seal.key", ["--cert", bench.pki.path("seal.chain.pem")])):
        packet, unpacked = bench.at(f"{key}.edxml"), bench.at(f"{key}.unpacked")
        environment = os.environ | {"CONGVAN_PASSPHRASE": testkit.PASSPHRASE}
        run(bench.congvan, "pack", letter, annex, *meta, "--allow-unsigned", "--key", bench.pki.path(key), *flags, "--out", packet, env=environment)
        run("xmllint", "--noout", "--nonet", "--schema", ROOT / "fixtures/edxml/congvan-edxml.xsd", packet)

        def verdict(second):
            return run(
                "xmlsec1", "--verify", "--trusted-pem", bench.pki.path("root.pem"), "--enabled-key-data", "x509",
                "--id-attr:Id", f"{EDXML}:MessageHeader", "--id-attr:Id", f"{EDXML}:edXMLBody",
                "--url-map:cid:file-1", letter, "--url-map:cid:file-2", second, packet, check=False,
            )  # fmt: skip

        code, text = verdict(annex)
        if code != 0 or "SignedInfo References (ok/all): 4/4" not in text:
            raise Failed(f"xmlsec1 on {key}: exit {code}\n{text}")
        code, text = verdict(changed)
        if code == 0:
            raise Failed(f"xmlsec1 accepts a changed attachment\n{text}")
        run(bench.congvan, "unpack", packet, "--out", unpacked)
        told = json.loads((unpacked / "metadata.json").read_text())
        same = (unpacked / letter.name).read_bytes() == letter.read_bytes() and (unpacked / annex.name).read_bytes() == annex.read_bytes()
        if told["package_signature"] != "valid" or not same:
            raise Failed(json.dumps(told, ensure_ascii=False))


@check
def pyhanko_signature(bench):
    """we say of a PDF that pyHanko signed what pyHanko says: intact and trusted"""
    bench.expect(pyhanko_signs(bench, bench.at("hanko.pdf")), "TOTAL-PASSED", 0)


@check
def pyhanko_after_us(bench):
    """pyHanko signs after us, and we after pyHanko: every signature stays intact and trusted for all"""
    ours = bench.sign(DOCUMENTS / "letter.pdf", bench.at("ours.pdf"), "--as", "plain")
    # Two signers: pdfsig does not find the chain when one certificate signs a file twice.
    all_agree(bench, pyhanko_signs(bench, bench.at("ours-theirs.pdf"), ours, "seal.p12"), 2)
    theirs = pyhanko_signs(bench, bench.at("theirs.pdf"))
    all_agree(bench, bench.sign(theirs, bench.at("theirs-ours.pdf"), "--as", "plain", key="seal.p12"), 2)


@check
def pdfsig_signature(bench):
    """we say of a PDF that pdfsig signed (BER, adbe.pkcs7.detached): intact and trusted"""
    field, signed = bench.at("field.pdf"), bench.at("pdfsig.pdf")
    run(sys.executable, "-c", ADD_FIELD, DOCUMENTS / "letter.pdf", field)
    nss = f"sql:{bench.pki.nss()}"
    run("pk12util", "-i", bench.pki.path("leader.p12"), "-d", nss, "-n", "leader", "-W", testkit.PASSPHRASE, "-K", "")
    run("pdfsig", "-nssdir", nss, "-no-ocsp", "-sign", "Sig1", "-nick", "leader", field, signed)
    report = bench.verify(signed)[1]
    signature = report["signatures"][0]
    if signature["integrity"] != "intact" or not signature["trusted"]:
        raise Failed(json.dumps(signature, ensure_ascii=False))


@check
def tampered_file(bench):
    """one changed byte under our signature fails for pyHanko, openssl cms and us, with exit code 1"""
    signed = bench.sign(DOCUMENTS / "letter.pdf", bench.at("good.pdf"), "--as", "plain")
    data = bytearray(signed.read_bytes())
    data[len((DOCUMENTS / "letter.pdf").read_bytes()) // 2] ^= 1
    broken = bench.at("tampered.pdf")
    broken.write_bytes(data)
    report = bench.verify(broken)
    if report[0] not in (1, 4) or report[1]["indication"] == "TOTAL-PASSED":
        raise Failed(json.dumps(report[1], ensure_ascii=False))
    for judge in (bench.pyhanko_trusts, bench.openssl_trusts):
        try:
            judge(broken, 1)
        except (Failed, ValueError):
            continue
        raise Failed(f"{judge.__name__} accepts it")


@check
def foreign_root(bench):
    """a signature under another root is intact but not trusted: exit code 3"""
    pki = bench.pki
    flags = ["--as", "plain", "--cert", pki.path("foreign.pem")]
    signed = bench.sign(DOCUMENTS / "letter.pdf", bench.at("foreign.pdf"), *flags, key="foreign.key")
    report = bench.expect(signed, "INDETERMINATE", 3)
    if report["signatures"][0]["integrity"] != "intact" or report["signatures"][0]["trusted"]:
        raise Failed(json.dumps(report["signatures"][0], ensure_ascii=False))


@check
def sound_pdfs(bench):
    """qpdf --check finds no fault in any PDF written here"""
    if not bench.written:
        raise Failed("no PDF was written")
    for path in bench.written:
        _, text = run("qpdf", "--check", path)
        if "No syntax or stream encoding errors found" not in text:
            raise Failed(text)


def pyhanko_signs(bench, target, source=DOCUMENTS / "letter.pdf", key="leader.p12"):
    secret = bench.at("pass")
    secret.write_text(testkit.PASSPHRASE)
    run(
        bench.tool("pyhanko"), "sign", "addsig", "--field", "Theirs", "--use-pades", "pkcs12", "--passfile", secret, source, target,
        bench.pki.path(key),
    )  # fmt: skip
    return target


ADD_FIELD = """
import sys
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields
with open(sys.argv[1], "rb") as source, open(sys.argv[2], "wb") as target:
    writer = IncrementalPdfFileWriter(source)
    fields.append_signature_field(writer, fields.SigFieldSpec("Sig1", box=(50, 50, 250, 100)))
    writer.write(target)
"""


# Further checks, one file for each topic.
for block in sorted((ROOT / "scripts/interop.d").glob("*.py")):
    exec(compile(block.read_text(encoding="utf-8"), block, "exec"))


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    failed = count = 0
    folder = pathlib.Path(tempfile.mkdtemp(prefix="congvan-interop-"))
    with testkit.tsa(folder / "pki") as url:
        bench = Bench(folder, url)
        for function in CHECKS:
            if wanted not in function.__name__ and wanted not in function.__doc__:
                continue
            count += 1
            try:
                function(bench)
                print(f"ok      {function.__doc__}", flush=True)
            except Failed as error:
                failed += 1
                print(f"FAILED  {function.__doc__}\n        " + str(error).strip().replace("\n", "\n        "), flush=True)
            except Exception:  # A check that breaks is a failure like another; the rest still runs.
                failed += 1
                print(f"FAILED  {function.__doc__}\n{traceback.format_exc()}", flush=True)
    print(f"interop: {count} checks, {count - failed} passed, {failed} failed")
    if failed:
        print(f"files kept in {folder}")
    else:
        shutil.rmtree(folder)
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
