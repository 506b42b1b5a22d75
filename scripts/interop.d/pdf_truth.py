"""Roles, certification and PDF flavours: pdfsig, pyHanko, openssl, mutool and qpdf accept what congvan wrote into them."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unicodedata

import testkit
from __main__ import DOCUMENTS, ROOT, check, pyhanko_signs
from testkit import Failed, run

STAMP_PICTURES = ROOT / "fixtures/stamps"
HAND_PICTURE = ["--image", STAMP_PICTURES / "signature.png"]
SEAL_FLAGS = ["--image", STAMP_PICTURES / "seal.png", "--number", "7/QĐ-UBND", "--date", "2026-03-05"]


def pdf_sound(path):
    """qpdf finds no fault, and mutool reads every object of the newest revision."""
    text = run("qpdf", "--check", path)[1]
    if "No syntax or stream encoding errors found" not in text:
        raise Failed(text)
    code, text = run("mutool", "info", path, check=False)
    if code != 0 or re.search(r"^(error|warning):", text, re.M):
        raise Failed(f"mutool: exit {code}\n{text}")


def mutool_intact(path, signatures):
    """mutool finds this many signatures, each right over its revision."""
    text = run("mutool", "sign", "-v", path, check=False)[1]
    right = text.count("The document is unchanged since signing") + text.count("The signature is valid but there have been edits")
    if right != signatures:
        raise Failed(f"mutool\n{text}")


def accepted_by_all(bench, path, signatures, *pyhanko):
    """Every tool and we say: intact, trusted, and the whole file covered."""
    bench.pdfsig_trusts(path, signatures)
    bench.pyhanko_trusts(path, signatures, *pyhanko)
    bench.openssl_trusts(path, signatures)
    bench.expect(path, "TOTAL-PASSED", 0)
    mutool_intact(path, signatures)
    pdf_sound(path)


@check
def every_role(bench):
    """initial, leader, seal and arrival in one decision, each accepted by every tool after the last of them"""
    steps = [
        ("initial", "leader.p12", []),
        ("leader", "leader.key", ["--cert", bench.pki.path("leader.chain.pem"), *HAND_PICTURE]),
        ("seal", "seal.p12", SEAL_FLAGS),
        ("incoming", "seal.p12", ["--number", "1204", "--date", "2026-03-06", "--passed-to", "Phòng Hành chính"]),
    ]
    for name in ("decision.pdf", "decision-xref-stream.pdf"):
        path = DOCUMENTS / name
        for role, key, flags in steps:
            before = path.read_bytes()
            path = bench.sign(path, bench.at(f"every-{role}-{name}"), "--as", role, *flags, key=key)
            if not path.read_bytes().startswith(before):
                raise Failed(f"{role}: an earlier byte changed")
        bench.expect(path, "TOTAL-PASSED", 0)
        bench.openssl_trusts(path, 4)
        bench.pyhanko_trusts(path, 4)
        mutool_intact(path, 4)
        pdf_sound(path)


@check
def text_roles(bench):
    """appendix and copy stamps are text that pdftotext gives back as NFC, and every tool accepts the signature"""
    for role, name, flags, wanted in [
        ("appendix", "letter-annex.pdf", ["--number", "7/SKHCN-CĐS"], "07/SKHCN-CĐS"),
        ("copy", "report-scan.pdf", ["--copy-form", "sao-luc", "--declare-unclassified"], "SAO LỤC"),
    ]:
        path = bench.sign(DOCUMENTS / name, bench.at(f"text-{role}.pdf"), "--as", role, *flags, key="seal.p12")
        accepted_by_all(bench, path, 1)
        text = run("pdftotext", "-l", "1", path, "-")[1]
        agency = "Ủy ban nhân dân tỉnh Sơn Hải"
        for line in [wanted] + ([agency] if role == "copy" else []):
            if unicodedata.normalize("NFC", line) not in text:
                raise Failed(f"{line!r} not in {text[:400]!r}")
        if not re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00", text):
            raise Failed(text[:400])
        fonts = run("pdffonts", path)[1].splitlines()[2:]
        ours = [line for line in fonts if "LiberationSerif" in line and "CID TrueType" in line]
        if not ours or not all(re.search(r"yes yes yes", line) for line in ours):
            raise Failed("\n".join(fonts))


@check
def certification(bench):
    """certifying signatures of classes 1, 2 and 3 are accepted, and so is signing after the classes that allow it"""
    for number in ("1", "2", "3"):
        path = bench.sign(DOCUMENTS / "letter.pdf", bench.at(f"certified-{number}.pdf"), "--certify", number)
        accepted_by_all(bench, path, 1)
        text = run("pdfsig", "-nssdir", f"sql:{bench.pki.nss()}", path, check=False)[1]
        data = path.read_bytes()
        if b"/DocMDP" not in data or f"/P {number}".encode() not in data:
            raise Failed(text)
        if number == "1":
            continue
        after = bench.sign(path, bench.at(f"after-{number}.pdf"), "--as", "plain", key="seal.p12")
        accepted_by_all(bench, after, 2)


PDF_FLAVOURS = [
    ("1.4, tables", ["--object-streams=disable", "--force-version=1.4"], "letter.pdf"),
    ("1.5, streams", ["--object-streams=generate", "--min-version=1.5"], "letter.pdf"),
    ("2.0, streams", ["--object-streams=generate", "--min-version=2.0"], "letter.pdf"),
    ("2.0, tables", ["--object-streams=disable", "--force-version=2.0"], "letter.pdf"),
    ("linearised", ["--linearize"], "decision.pdf"),
    ("linearised, streams", ["--linearize", "--object-streams=generate"], "decision.pdf"),
    ("displayed on its right side", ["--rotate=90"], "letter.pdf"),
    ("displayed upside down", ["--rotate=180"], "letter.pdf"),
    ("displayed on its left side", ["--rotate=270"], "letter.pdf"),
    ("displayed on its side, streams", ["--rotate=90", "--object-streams=generate"], "decision.pdf"),
]


@check
def flavours(bench):
    """PDF 1.4 to 2.0, tables, streams, linearised, turned pages: leader and seal are accepted by every tool"""
    for at, (name, words, source) in enumerate(PDF_FLAVOURS):
        made = bench.at(f"flavour-{at}.pdf")
        run("qpdf", *words, DOCUMENTS / source, made)
        try:
            once = bench.sign(made, bench.at(f"flavour-{at}-leader.pdf"), "--as", "leader", *HAND_PICTURE)
            seal = [*SEAL_FLAGS[:3], "7/SKHCN-CĐS" if source == "letter.pdf" else "7/QĐ-UBND", *SEAL_FLAGS[4:]]
            twice = bench.sign(once, bench.at(f"flavour-{at}-seal.pdf"), "--as", "seal", *seal, key="seal.p12")
            accepted_by_all(bench, twice, 2)
            if words[0].startswith("--rotate"):
                same_as_upright(bench, source, twice, seal)
        except Failed as error:
            raise Failed(f"{name}: {error}") from error


def same_as_upright(bench, source, turned, seal):
    """Turned back, a page that was signed lying shows what the same page signed upright shows."""
    once = bench.sign(DOCUMENTS / source, bench.at("upright-leader.pdf"), "--as", "leader", *HAND_PICTURE, "--force")
    twice = bench.sign(once, bench.at("upright-seal.pdf"), "--as", "seal", *seal, "--force", key="seal.p12")
    back = bench.at("turned-back.pdf")
    run("qpdf", "--rotate=0", turned, back)
    first, second = (drawn(bench, path) for path in (twice, back))
    if len(first) != len(second):
        raise Failed("the pages differ in number or size")
    differing = sum(abs(a - b) > 96 for a, b in zip(first, second, strict=True))
    if differing * 500 > len(first):
        raise Failed(f"{differing} of {len(first)} pixels differ from the upright page")


def drawn(bench, path):
    """Every page as grey pixels, one byte each."""
    prefix = bench.at("drawn")
    for old in bench.folder.glob("drawn-*.pgm"):
        old.unlink()
    run("pdftoppm", "-r", "60", "-gray", path, prefix)
    return b"".join(old.read_bytes() for old in sorted(bench.folder.glob("drawn-*.pgm")))


PDF_CIPHERS = [
    ("RC4 of 40 bits", ["40", "--"], True),
    ("RC4 of 128 bits", ["128", "--use-aes=n", "--"], True),
    ("AES of 128 bits", ["128", "--use-aes=y", "--"], True),
    ("AES of 256 bits, revision 5", ["256", "--force-R5", "--"], False),
    ("AES of 256 bits", ["256", "--"], False),
    ("AES of 256 bits, metadata open", ["256", "--cleartext-metadata", "--"], False),
]


@check
def encrypted(bench):
    """encrypted files of every cipher sign with the user's and the owner's password and open in qpdf, pdfsig and pyHanko"""
    for at, (name, words, weak) in enumerate(PDF_CIPHERS):
        made = bench.at(f"encrypted-{at}.pdf")
        # PDFDocEncoding has no ở: for the old ciphers qpdf takes the bytes as they are, and warns.
        user, owner = "mở", "chủ"
        run("qpdf", *(["--allow-weak-crypto"] if weak else []), DOCUMENTS / "letter.pdf", made, "--encrypt", user, owner, *words)
        # pyHanko has the key derivation of revision 6 only (ISO 32000-2 7.6.4.3.4) and takes it for revision 5 too.
        hanko = "--force-R5" not in words
        if hanko == (run(sys.executable, "-c", HANKO_OPENS, made, user, check=False)[0] != 0):
            raise Failed(f"{name}: pyHanko {'does not open' if hanko else 'has learned to open'} what qpdf made")
        for password in (user, owner):
            signed = bench.at(f"encrypted-{at}-{'user' if password == user else 'owner'}.pdf")
            environment = os.environ | {"CONGVAN_PASSPHRASE": testkit.PASSPHRASE, "CONGVAN_PDF_PASSWORD": password}
            command = [
                bench.congvan, "sign", made, "--out", signed, "--key", bench.pki.path("leader.p12"), "--level", "b",
                "--as", "leader", *HAND_PICTURE,
            ]  # fmt: skip
            try:
                run(*command, env=environment)
                code, text = run("qpdf", f"--password={user}", "--check", signed, check=False)
                if code not in (0, 3) or "No syntax or stream encoding errors found" not in text:
                    raise Failed(text)
                opened = bench.at("opened.pdf")
                run("qpdf", f"--password={owner}", "--decrypt", signed, opened)
                fonts = run("pdffonts", opened)[1]
                if "CID TrueType" in fonts and "yes yes yes" not in fonts:
                    raise Failed(fonts)
                _, text = run("pdfsig", "-nssdir", f"sql:{bench.pki.nss()}", "-no-ocsp", signed, check=False)
                if "Signature is Valid" not in text and "Incorrect password" not in text:
                    raise Failed(text)
                if hanko:
                    run(sys.executable, "-c", HANKO_OPENS, signed, user, bench.pki.path("root.pem"))
                report = json.loads(
                    run(
                        bench.congvan, "verify", signed, "--json", "--offline", "--anchor", bench.pki.path("root.pem"),
                        "--crl", bench.pki.path("root.crl"), bench.pki.path("issuing.crl"), env=environment,
                    )[1].splitlines()[0]
                )  # fmt: skip
                if report["indication"] != "TOTAL-PASSED":
                    raise Failed(json.dumps(report, ensure_ascii=False)[:2000])
            except Failed as error:
                raise Failed(f"{name}, {password}: {error}") from error
            wrong = run(*command, "--force", env=environment | {"CONGVAN_PDF_PASSWORD": "sai"}, check=False)
            if wrong[0] != 4 or "password" not in wrong[1].lower() and "mật khẩu" not in wrong[1]:
                raise Failed(f"{name}: a wrong password: {wrong}")


HANKO_OPENS = """
import sys
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.crypt import AuthStatus
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
with open(sys.argv[1], "rb") as file:
    reader = PdfFileReader(file)
    # As text pyHanko would put it into PDFDocEncoding, which has no such letters.
    opened = reader.decrypt(sys.argv[2].encode())
    assert opened.status != AuthStatus.FAILED
    signatures = reader.embedded_signatures
    assert len(signatures) == len(sys.argv) - 3
    for signature in signatures:
        root = load_cert_from_pemder(sys.argv[3])
        status = validate_pdf_signature(signature, ValidationContext(trust_roots=[root], allow_fetching=False))
        assert status.intact and status.valid and status.trusted, status.pretty_print_details()
        assert signature.sig_object.raw_get("/Name") is not None
"""


@check
def permissions(bench):
    """what the user's password does not permit is refused, the owner's password permits it, and a field there is signed"""
    field, made = bench.at("with-field.pdf"), bench.at("restricted.pdf")
    run(sys.executable, "-c", ADD_ONE_FIELD, DOCUMENTS / "letter.pdf", field)
    run("qpdf", field, made, "--encrypt", "", "chủ", "256", "--modify=form", "--")

    def attempt(*flags, password=""):
        environment = os.environ | {"CONGVAN_PASSPHRASE": testkit.PASSPHRASE}
        if password:
            environment["CONGVAN_PDF_PASSWORD"] = password
        return run(
            bench.congvan, "sign", made, "--out", bench.at("permitted.pdf"), "--force", "--key", bench.pki.path("leader.p12"),
            "--level", "b", "--json", *flags, env=environment, check=False,
        )  # fmt: skip

    code, text = attempt("--as", "plain")
    if code != 4 or "PDF_NOT_PERMITTED" not in text:
        raise Failed(text)
    for flags, password in ((["--as", "plain"], "chủ"), (["--field", "Sig1"], "")):
        code, text = attempt(*flags, password=password)
        if code != 0:
            raise Failed(text)


ADD_ONE_FIELD = """
import sys
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields
with open(sys.argv[1], "rb") as source, open(sys.argv[2], "wb") as target:
    writer = IncrementalPdfFileWriter(source)
    fields.append_signature_field(writer, fields.SigFieldSpec("Sig1", box=(50, 50, 250, 150)))
    writer.write(target)
"""

ADD_SEEDED = """
import sys
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields
from pyhanko.sign.fields import *
from pyhanko.sign.fields import SeedSignatureType
flags, formats = SigSeedValFlags, SigSeedSubFilter
seeds = {
    "reason": SigSeedValueSpec(flags=flags.REASONS, reasons=["Phê duyệt"]),
    "digest": SigSeedValueSpec(flags=flags.DIGEST_METHOD, digest_methods=["sha512"]),
    "sha384": SigSeedValueSpec(flags=flags.DIGEST_METHOD, digest_methods=["sha1", "sha384"]),
    "sha1": SigSeedValueSpec(flags=flags.DIGEST_METHOD, digest_methods=["sha1"]),
    "pkcs7": SigSeedValueSpec(flags=flags.SUBFILTER, subfilters=[formats.ADOBE_PKCS7_DETACHED]),
    "pades": SigSeedValueSpec(flags=flags.SUBFILTER, subfilters=[formats.PADES, formats.ADOBE_PKCS7_DETACHED]),
    "revinfo": SigSeedValueSpec(flags=flags.ADD_REV_INFO, add_rev_info=True),
    "stamp": SigSeedValueSpec(timestamp_server_url="http://tsa.example/", timestamp_required=True),
    "certify": SigSeedValueSpec(seed_signature_type=SeedSignatureType(MDPPerm.FILL_FORMS)),
    "approve": SigSeedValueSpec(seed_signature_type=SeedSignatureType(None)),
    "lock": SigSeedValueSpec(flags=flags.LOCK_DOCUMENT, lock_document=SeedLockDocument.LOCK),
    "open": SigSeedValueSpec(flags=flags.LOCK_DOCUMENT, lock_document=SeedLockDocument.DO_NOT_LOCK),
    "appearance": SigSeedValueSpec(flags=flags.APPEARANCE_FILTER, appearance="Con dấu"),
    "all": SigSeedValueSpec(
        flags=flags.DIGEST_METHOD | flags.ADD_REV_INFO | flags.REASONS | flags.SUBFILTER, digest_methods=["sha384"],
        add_rev_info=True, reasons=["Phê duyệt"], subfilters=[formats.ADOBE_PKCS7_DETACHED],
        timestamp_server_url="http://tsa.example/", timestamp_required=True,
        seed_signature_type=SeedSignatureType(MDPPerm.ANNOTATE),
    ),
}
with open(sys.argv[1], "rb") as source, open(sys.argv[2], "wb") as target:
    writer = IncrementalPdfFileWriter(source)
    fields.append_signature_field(writer, SigFieldSpec("Sig1", box=(50, 50, 250, 150), seed_value_dict=seeds[sys.argv[3]]))
    writer.write(target)
"""

# A format that was taken away in PDF 2.0 and that pyHanko has no word for, of the same length as one it has.
LEGACY_FORMAT = (b"/adbe.pkcs7.detached", b"/adbe.pkcs7.sha1    ")


@check
def seed_values(bench):
    """seed values that pyHanko wrote are obeyed as pyHanko checks them, or refused by name"""
    crls = ["--crl", bench.pki.path("root.crl"), bench.pki.path("issuing.crl"), "--trust-anchor", bench.pki.path("root.pem")]
    tsa = ["--tsa", bench.tsa_url]
    profile = bench.at("seeds.toml")
    profile.write_text(f'fetch_hosts = ["tsa.example={bench.tsa_url}"]\n')
    mapped = ["--profile", profile]
    for seed, flags, refused in [
        ("reason", [], None),
        ("reason", ["--reason", "Khác"], "one of these reasons: Phê duyệt"),
        ("digest", [], None),
        ("sha384", [], None),
        ("sha1", [], "the digest sha1"),
        ("pkcs7", [], None),
        ("pades", [], None),
        ("legacy", [], "the format adbe.pkcs7.sha1"),
        ("revinfo", crls, None),
        ("revinfo", ["--trust-anchor", bench.pki.path("root.pem")], "AddRevInfo"),
        ("stamp", tsa, None),
        ("stamp", mapped, None),
        ("stamp", ["--offline"], "a time-stamp from http://tsa.example/"),
        ("certify", [], None),
        ("certify", ["--certify", "2"], None),
        ("certify", ["--certify", "3"], "a certification that allows changes of class 2"),
        ("approve", [], None),
        ("approve", ["--certify", "2"], "an approval and no certification"),
        ("lock", [], None),
        ("lock", ["--certify", "1"], None),
        ("open", [], None),
        ("open", ["--certify", "1"], "a signature that does not lock the document"),
        ("appearance", [], "the appearance Con dấu"),
        ("all", [*crls, *mapped], None),
    ]:
        made, signed = bench.at(f"seed-{seed}.pdf"), bench.at(f"seed-{seed}-signed.pdf")
        run(sys.executable, "-c", ADD_SEEDED, DOCUMENTS / "letter.pdf", made, "pkcs7" if seed == "legacy" else seed)
        if seed == "legacy":
            made.write_bytes(made.read_bytes().replace(*LEGACY_FORMAT))
        environment = os.environ | {"CONGVAN_PASSPHRASE": testkit.PASSPHRASE}
        level = ["--level", "b"] if flags != tsa else []
        code, text = run(
            bench.congvan, "sign", made, "--out", signed, "--force", "--key", bench.pki.path("leader.p12"), *level,
            "--field", "Sig1", "--json", "--lang", "en", *flags, env=environment, check=False,
        )  # fmt: skip
        if refused:
            if code != 4 or refused not in text:
                raise Failed(f"{seed} {flags}: exit {code}\n{text}")
            continue
        if code != 0:
            raise Failed(f"{seed} {flags}: exit {code}\n{text}")
        try:
            bench.pyhanko_trusts(signed, 1)
            bench.openssl_trusts(signed, 1)
            mutool_intact(signed, 1)
            pdf_sound(signed)
            bench.expect(signed, "TOTAL-PASSED", 0)
        except Failed as error:
            raise Failed(f"{seed} {flags}: {error}") from error


ADD_LOCKED = """
import sys
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields
from pyhanko.sign.fields import *
with open(sys.argv[1], "rb") as source, open(sys.argv[2], "wb") as target:
    writer = IncrementalPdfFileWriter(source)
    lock = FieldMDPSpec(FieldMDPAction.INCLUDE, fields=["Sig2"])
    fields.append_signature_field(writer, SigFieldSpec("Sig1", box=(50, 50, 250, 150), field_mdp_spec=lock))
    fields.append_signature_field(writer, SigFieldSpec("Sig2", box=(300, 50, 500, 150)))
    fields.append_signature_field(writer, SigFieldSpec("Sig3", box=(300, 200, 500, 300)))
    writer.write(target)
"""


@check
def field_locks(bench):
    """a field lock that pyHanko wrote is signed as FieldMDP; the field it locks is refused, another one is signed"""
    made = bench.at("locked.pdf")
    run(sys.executable, "-c", ADD_LOCKED, DOCUMENTS / "letter.pdf", made)
    once = bench.sign(made, bench.at("locked-1.pdf"), "--field", "Sig1")
    if b"/FieldMDP" not in once.read_bytes():
        raise Failed("no FieldMDP")
    accepted_by_all(bench, once, 1)
    twice = bench.sign(once, bench.at("locked-3.pdf"), "--field", "Sig3", key="seal.p12")
    accepted_by_all(bench, twice, 2)
    environment = os.environ | {"CONGVAN_PASSPHRASE": testkit.PASSPHRASE}
    code, text = run(
        bench.congvan, "sign", once, "--out", bench.at("locked-2.pdf"), "--key", bench.pki.path("seal.p12"), "--level", "b",
        "--field", "Sig2", "--json", env=environment, check=False,
    )  # fmt: skip
    if code != 4 or "CERTIFIED" not in text:
        raise Failed(text)


@check
def foreign_leader(bench):
    """a seal after pyHanko's signature fills number and date on the page, and both signatures stay intact"""
    signed = pyhanko_signs(bench, bench.at("hanko-leader.pdf"), DOCUMENTS / "decision.pdf")
    sealed = bench.sign(signed, bench.at("hanko-seal.pdf"), "--as", "seal", *SEAL_FLAGS, "--place", "1,100,230", key="seal.p12")
    if not sealed.read_bytes().startswith(signed.read_bytes()):
        raise Failed("an earlier byte changed")
    bench.pdfsig_trusts(sealed, 2)
    text = run("pdftotext", "-l", "1", "-layout", sealed, "-")[1]
    if not re.search(r"Số:\s+07\s+/QĐ-UBND", text) or not re.search(r"ngày\s+05\s+tháng\s+3\s+năm 2026", text):
        raise Failed(text[:600])
    report = bench.verify(sealed)[1]
    if [s["integrity"] for s in report["signatures"]] != ["intact", "intact"]:
        raise Failed(json.dumps(report, ensure_ascii=False)[:2000])


def letter_as_pdf_a(bench, part):
    """A letter as PDF/A from LibreOffice."""
    sys.path.insert(0, str(ROOT / "scripts/make-fixtures.d"))
    import documents  # The same source and styles as the committed letter.

    work = bench.at(f"pdfa{part}")
    work.mkdir(exist_ok=True)
    source = work / "letter.fodt"
    source.write_text(documents.flat_odf("letter"), encoding="utf-8")
    options = 'pdf:writer_pdf_Export:{"SelectPdfVersion":{"type":"long","value":"%s"}}' % part
    run(
        "soffice", "--headless", f"-env:UserInstallation=file://{bench.at('office')}", "--convert-to", options, "--outdir",
        work, source,
    )  # fmt: skip
    return work / "letter.pdf"


PREFLIGHT_JARS = ["preflight", "pdfbox2", "xmpbox", "fontbox2", "commons-logging", "commons-io", "javax.activation", "jaxb-api", "bcprov"]


PDF_A_STAMPS = [
    ["initial"],
    ["leader"],
    ["appendix", "--number", "9/SKHCN-CĐS"],
    ["copy"],
    ["incoming", "--number", "12"],
    ["plain"],
    ["plain", "--place", "1,20,20"],
    ["plain", "--certify", "2"],
]


def preflight(path):
    """What Apache PDFBox Preflight, which knows PDF/A-1b, finds wrong: its codes and sentences; None where it is not installed."""
    jars = [pathlib.Path(f"/usr/share/java/{name}.jar") for name in PREFLIGHT_JARS]
    if not shutil.which("java") or not all(jar.exists() for jar in jars):
        return None
    classes = ":".join(map(str, jars))
    _, text = run("java", "-cp", classes, "org.apache.pdfbox.preflight.Validator_A1b", path, check=False)
    if "is a valid PDF/A-1b file" in text:
        return set()
    found = set(re.findall(r"^([\d.]+ : .*)$", text, re.M))
    if not found:
        raise Failed(text)
    return found


def preflight_finds_nothing_new(part, source, *signed):
    """PDF/A-1: no fault at all. Later parts: no fault the unsigned file has not, but the soft masks that part 2 allows."""
    before = preflight(source)
    if before is None:
        return
    if part == "1" and before:
        raise Failed(f"LibreOffice's own file: {before}")
    for path in signed:
        new = {line for line in preflight(path) - before if part == "1" or not line.startswith("2.2.2 ")}
        if new:
            raise Failed(f"PDF/A-{part}, {path.name}: {new}")


@check
def pdf_a(bench):
    """PDF/A-1, -2 and -3 from LibreOffice stay so with every role's stamp, by our rules and those of PDFBox Preflight and veraPDF where they are installed"""
    if not shutil.which("soffice"):
        print("        not run: soffice is not installed")
        return
    for part in ("1", "2", "3"):
        source = letter_as_pdf_a(bench, part)
        once = bench.sign(source, bench.at(f"pdfa{part}-leader.pdf"), "--as", "leader", *HAND_PICTURE)
        seal = ["--image", STAMP_PICTURES / "seal.png", "--number", "9/SKHCN-CĐS", "--date", "2026-03-05"]
        twice = bench.sign(once, bench.at(f"pdfa{part}-seal.pdf"), "--as", "seal", *seal, key="seal.p12")
        accepted_by_all(bench, twice, 2)
        added = twice.read_bytes()[source.stat().st_size :]
        if (b"/SMask" in added) != (part != "1") or b"/ObjStm" in added or part == "1" and b"/XRef" in added:
            raise Failed(f"PDF/A-{part}: transparency or streams")
        kinds = [line.split()[2] for line in run("pdfimages", "-list", twice)[1].splitlines()[2:]]
        if ("smask" in kinds) != (part != "1"):
            raise Failed(f"PDF/A-{part}: {kinds}")
        preflight_finds_nothing_new(part, source, once, twice)
        verapdf = shutil.which("verapdf")
        for path in (once, twice) if verapdf else ():
            code, text = run(verapdf, "--format", "text", path, check=False)
            if code != 0 or not text.startswith("PASS"):
                raise Failed(text)
        stamped = [
            bench.sign(source, bench.at(f"pdfa{part}-stamp{at}.pdf"), "--as", role, *flags, key="seal.p12")
            for at, (role, *flags) in enumerate(PDF_A_STAMPS)
        ]
        extended = bench.sign(source, bench.at(f"pdfa{part}-t.pdf"), "--as", "plain", level="t")
        preflight_finds_nothing_new(part, source, *stamped, extended)
        for path in [*stamped, extended] if verapdf else ():
            code, text = run(verapdf, "--format", "text", path, check=False)
            if code != 0 or not text.startswith("PASS"):
                raise Failed(text)
    tools = {"PDFBox Preflight": preflight(source) is not None, "veraPDF": verapdf}
    print("        " + ", ".join(f"{name}: {'run' if there else 'not installed'}" for name, there in tools.items()))


@check
def large_file(bench):
    """a file of 2.2 GB is signed in bounded memory and the signature is right over all of it"""
    made, signed = bench.at("large.pdf"), bench.at("large-signed.pdf")
    if shutil.disk_usage(bench.folder).free < 8 << 30:
        print("        not run: less than 8 GB are free")
        return
    size = 2_200_000_000
    head = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
        b"<</Length 5>>\nstream\nq Q\n\nendstream",
        b"<</Length %d>>\nstream\n" % size,
    ]
    with open(made, "wb") as file:
        file.write(head)
        offsets = []
        for number, body in enumerate(objects, 1):
            offsets.append(file.tell())
            file.write(b"%d 0 obj\n%s" % (number, body))
            if number == len(objects):
                # A hole in the file: no bytes on the disk, zeros to whoever reads.
                file.seek(size, os.SEEK_CUR)
                file.write(b"\nendstream")
            file.write(b"\nendobj\n")
        start = file.tell()
        file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
        file.write(b"".join(b"%010d 00000 n \n" % offset for offset in offsets))
        file.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    environment = os.environ | {"CONGVAN_PASSPHRASE": testkit.PASSPHRASE}
    process = subprocess.Popen(
        [bench.congvan, "sign", made, "--out", signed, "--key", bench.pki.path("leader.p12"), "--level", "b",
         "--declare-unclassified"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    text = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    peak = usage.ru_maxrss >> 10
    if process.returncode != 0 or peak > 64:
        raise Failed(f"exit {process.returncode}, {peak} MB\n{text}")
    report = bench.verify(signed)[1]
    if report["signatures"][0]["integrity"] != "intact":
        raise Failed(json.dumps(report, ensure_ascii=False)[:2000])
    _, told = run("pdfsig", "-nssdir", f"sql:{bench.pki.nss()}", "-no-ocsp", signed, check=False)
    print(f"        {peak} MB at most; pdfsig: {'valid' if 'Signature is Valid' in told else 'does not read it'}")
    made.unlink()
    signed.unlink()


@check
def damaged_files(bench):
    """damaged PDFs of other projects are refused with one sentence, or signed so that we verify them and qpdf finds no new fault"""
    corpus = pathlib.Path(os.environ.get("CONGVAN_CORPUS", "no-corpus"))
    if not corpus.is_dir():
        print("        not run: CONGVAN_CORPUS names no folder of third-party files")
        return
    environment = os.environ | {"CONGVAN_PASSPHRASE": testkit.PASSPHRASE}
    signed = refused = 0
    for origin in ("qpdf", "pdfium", "pdfjs", "pdfbox", "pdf-rs", "verapdf"):
        for path in sorted((corpus / origin).rglob("*.pdf")):
            out = bench.at("damaged-out.pdf")
            out.unlink(missing_ok=True)
            code, text = run(
                bench.congvan, "sign", path, "--out", out, "--key", bench.pki.path("leader.p12"), "--level", "b",
                "--declare-unclassified", "--json", env=environment, check=False, timeout=60,
            )  # fmt: skip
            told = json.loads(text.splitlines()[-1])
            if "signed" not in told:
                error = told.get("error", told)
                if code != 4 or not error["text"] or "\n" in error["text"] or not error["hint"] or out.exists():
                    raise Failed(f"{path}: exit {code}\n{text}")
                refused += 1
                continue
            if not out.read_bytes().startswith(path.read_bytes()):
                raise Failed(f"{path}: an earlier byte changed")
            before, after = (run("qpdf", "--check", p, check=False)[0] for p in (path, out))
            report = bench.verify(out)[1]
            ours = [s for s in report["signatures"] if s["id"] == told["signed"]["field"]]
            if after > before or len(ours) != 1 or ours[0]["indication"] != "TOTAL-PASSED":
                raise Failed(f"{path}: qpdf {before} → {after}\n{json.dumps(report, ensure_ascii=False)[:1500]}")
            signed += 1
    print(f"        {signed} signed, {refused} refused")
    if signed + refused == 0:
        raise Failed("no file was found")
