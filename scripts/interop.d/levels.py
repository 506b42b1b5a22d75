"""Levels LT and LTA, extending and renewing: pyHanko's AdES validation and ours find in the file all they need."""

import json
import os
import pathlib
import re

import testkit
from __main__ import DOCUMENTS, check
from testkit import Failed, run


def trust(bench, flag):
    pki = bench.pki
    return [flag, pki.path("root.pem"), "--crl", pki.path("root.crl"), pki.path("issuing.crl"), "--offline"]


def sign(bench, name, level, source=DOCUMENTS / "letter.pdf", **more):
    return bench.sign(source, bench.at(name), "--as", "plain", *trust(bench, "--trust-anchor"), level=level, **more)


def extend(bench, source, name, *flags):
    target = bench.at(name)
    run(
        bench.congvan, "extend", source, "--out", target, "--tsa", bench.tsa_url, *trust(bench, "--anchor"), *flags,
        "--lang", "en",
    )  # fmt: skip
    if not target.read_bytes().startswith(source.read_bytes()):
        raise Failed("an earlier byte changed")
    bench.written.append(target)
    return target


def stands_alone(bench, path, level, stamps, password=None):
    """With the root and nothing else both tools pass the first signature; ours names the level."""
    code, text = run(
        bench.congvan, "verify", path, "--json", "--offline", "--anchor", bench.pki.path("root.pem"), check=False
    )  # fmt: skip
    report = json.loads(text.splitlines()[0])
    first = report["signatures"][0]
    if (first["indication"], first["level"]) != ("TOTAL-PASSED", level):
        raise Failed(f"exit {code}\n{json.dumps(first, ensure_ascii=False)[:2000]}")
    found = sum(s["kind"] == "doc-timestamp" for s in report["signatures"])
    if found != stamps:
        raise Failed(f"{found} document time-stamps, not {stamps}")
    extra = ["--password", password] if password else []
    code, text = run(
        bench.tool("pyhanko"), "sign", "adesverify", "--trust", bench.pki.path("root.pem"), "--trust-replace",
        "--pretty-print", *extra, path, check=False,
    )  # fmt: skip
    if code != 0 or text.count("The signature is judged VALID.") != 1:
        raise Failed(f"pyHanko: exit {code}\n{text}")
    _, text = run("pdfsig", "-nssdir", f"sql:{bench.pki.nss()}", "-no-ocsp", path, check=False)
    if text.count("Signature Validation: Signature is Valid.") != 1:
        raise Failed(text)


@check
def level_lt(bench):
    """a B-LT signature validates for pyHanko (AdES) and us with the root alone, no network and no CRL"""
    stands_alone(bench, sign(bench, "lt.pdf", "lt"), "PAdES-B-LT", 0)


@check
def level_t_does_not_stand_alone(bench):
    """a B-T signature does not validate with the root alone: what LT adds is needed"""
    path = sign(bench, "t-alone.pdf", "t")
    code, text = run(
        bench.tool("pyhanko"), "sign", "adesverify", "--trust", bench.pki.path("root.pem"), "--trust-replace",
        "--pretty-print", path, check=False,
    )  # fmt: skip
    if code == 0 or "VALID." not in text:
        raise Failed(text)


@check
def level_lta(bench):
    """B-LTA signatures, in files with tables and with cross-reference streams, validate for pyHanko (AdES) and us"""
    for name in ("letter.pdf", "letter-xref-stream.pdf"):
        path = sign(bench, f"lta-{name}", "lta", DOCUMENTS / name)
        stands_alone(bench, path, "PAdES-B-LTA", 1)


@check
def extended_from_every_level(bench):
    """files signed at B, T and LT are taken to LTA later; every byte stays and pyHanko (AdES) agrees"""
    for level, stamps in (("b", 2), ("t", 1), ("lt", 1)):
        path = sign(bench, f"from-{level}.pdf", level)
        stands_alone(bench, extend(bench, path, f"from-{level}-lta.pdf"), "PAdES-B-LTA", stamps)


@check
def renewed(bench):
    """an LTA file is renewed twice, and pyHanko (AdES) and we still pass it; without --renew it is left alone"""
    path = sign(bench, "renew-0.pdf", "lta")
    _, text = run(
        bench.congvan, "extend", path, "--tsa", bench.tsa_url, *trust(bench, "--anchor"), "--json", check=True
    )  # fmt: skip
    if json.loads(text)["action"] != "left":
        raise Failed(text)
    for turn in (1, 2):
        path = extend(bench, path, f"renew-{turn}.pdf", "--renew")
        stands_alone(bench, path, "PAdES-B-LTA", turn + 1)


@check
def due(bench):
    """--due takes what ends before the date, leaves the rest and writes nothing in a dry run"""
    folder = bench.at("due")
    folder.mkdir()
    sign(bench, "due/short.pdf", "lta")
    for date, action in (("2200-01-01T00:00:00Z", "would-renew"), ("2000-01-01T00:00:00Z", "not-due")):
        _, text = run(
            bench.congvan, "extend", folder, "--due", date, "--dry-run", "--json", *trust(bench, "--anchor")
        )  # fmt: skip
        if json.loads(text.splitlines()[0])["action"] != action or len(list(folder.iterdir())) != 1:
            raise Failed(text)
    run(
        bench.congvan, "extend", folder, "--due", "2200-01-01T00:00:00Z", "--out", bench.at("renewed"), "--tsa",
        bench.tsa_url, *trust(bench, "--anchor"),
    )  # fmt: skip
    stands_alone(bench, bench.at("renewed") / "short.pdf", "PAdES-B-LTA", 2)


@check
def encrypted_long_term(bench):
    """an encrypted file reaches LTA, its validation data encrypted with it, and qpdf and pyHanko read it"""
    source = bench.at("encrypted.pdf")
    run("qpdf", "--encrypt", "", "owner", "256", "--", DOCUMENTS / "letter.pdf", source)
    path = sign(bench, "encrypted-lta.pdf", "lta", source)
    if b"Test CA G2" in path.read_bytes().split(b"/DSS")[0][-20_000:]:
        raise Failed("a certificate stands in the clear")
    run("qpdf", "--check", path)
    code, text = run(
        bench.tool("pyhanko"), "sign", "adesverify", "--trust", bench.pki.path("root.pem"), "--trust-replace",
        "--pretty-print", "--password", "", path, check=False,
    )  # fmt: skip
    if code != 0:
        raise Failed(text)


@check
def time_stamping_service_down(bench):
    """without an answering TSA nothing is written, or level B with a warning where that is allowed"""
    env = os.environ | {"CONGVAN_PASSPHRASE": testkit.PASSPHRASE}
    target = bench.at("no-tsa.pdf")
    words = [
        bench.congvan, "sign", DOCUMENTS / "letter.pdf", "--out", target, "--key", bench.pki.path("leader.p12"),
        "--level", "t", "--tsa", "http://127.0.0.1:1/", "--lang", "en",
    ]  # fmt: skip
    code, text = run(*words, check=False, env=env)
    if code != 4 or target.exists() or "--level b" not in text:
        raise Failed(f"exit {code}\n{text}")
    code, text = run(*words, "--on-tsa-failure", "b", "--json", check=False, env=env)
    line = json.loads(next(line for line in text.splitlines() if line.startswith('{"schema":"congvan.sign/1"')))
    if code != 0 or line["signed"]["level"] != "PAdES-B-B" or line["warnings"][0]["code"] != "SIGNED_WITHOUT_TIME_STAMP":
        raise Failed(text)


@check
def revoked_signer(bench):
    """a certificate on the CRL at hand does not sign"""
    pki = testkit.Pki(bench.at("pki-revoked"))
    run("openssl", "ca", "-config", pki.path("issuing.cnf"), "-revoke", pki.path("leader.pem"))
    run("openssl", "ca", "-config", pki.path("issuing.cnf"), "-gencrl", "-out", pki.path("issuing.crl"))
    target = bench.at("revoked.pdf")
    code, text = run(
        bench.congvan, "sign", DOCUMENTS / "letter.pdf", "--out", target, "--key", pki.path("leader.p12"), "--trust-anchor",
        pki.path("root.pem"), "--crl", pki.path("root.crl"), pki.path("issuing.crl"), "--offline", "--json", check=False,
        env=os.environ | {"CONGVAN_PASSPHRASE": testkit.PASSPHRASE},
    )  # fmt: skip
    if code != 4 or "CERT_REVOKED" not in text or target.exists():
        raise Failed(f"exit {code}\n{text}")


def entries(path):
    """Keys of the VRI dictionary."""
    return re.findall(rb"/([0-9A-F]{40})\b", pathlib.Path(path).read_bytes())


@check
def security_store_keys(bench):
    """every VRI key is the SHA-1 of a signature's /Contents, as other tools look it up"""
    import hashlib

    path = sign(bench, "vri.pdf", "lt")
    contents = re.findall(rb"/Contents <([0-9a-f]+)>", path.read_bytes())
    expected = {hashlib.sha1(bytes.fromhex(one.decode())).hexdigest().upper().encode() for one in contents}
    if set(entries(path)) != expected or not expected:
        raise Failed(f"{entries(path)} {expected}")


@check
def a_token_larger_than_foreseen(bench):
    """a time-stamp too large for its hole costs a second private-key operation, which is announced"""
    folder = bench.at("pki-fat")
    pki = testkit.Pki(folder)
    issuing = pki.path("issuing.pem")
    names = ",".join(f"DNS:{n:04}.a-rather-long-name-to-make-a-certificate-large.example" for n in range(60))
    for number in range(6):
        run(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", os.devnull,
            "-subj", f"/CN=Ballast {number}", "-addext", f"subjectAltName={names}", "-out", pki.path("ballast.pem"),
        )  # fmt: skip
        issuing.write_text(issuing.read_text() + pki.path("ballast.pem").read_text())
    with testkit.tsa(folder) as url:
        words = [
            bench.congvan, "sign", DOCUMENTS / "letter.pdf", DOCUMENTS / "letter-annex.pdf", "--out", bench.at("fat/"),
            "--key", pki.path("seal.p12"), "--level", "t", "--tsa", url, "--json",
        ]  # fmt: skip
        _, text = run(*words, env=os.environ | {"CONGVAN_PASSPHRASE": testkit.PASSPHRASE})
    lines = [json.loads(line) for line in text.splitlines() if line.startswith('{"schema":"congvan.sign/1"')]
    codes = [[warning["code"] for warning in line.get("warnings", [])] for line in lines]
    if not any("SIGNED_TWICE" in found for found in codes):
        raise Failed(text)
    for path in bench.at("fat").iterdir():
        run("qpdf", "--check", path)


@check
def cades_extended(bench):
    """a detached CAdES signature made by openssl is taken to LTA and renewed; openssl still verifies it, and so do we"""
    pki, content = bench.pki, bench.at("plan.txt")
    content.write_text("Kế hoạch\n", encoding="utf-8")
    signature = bench.at("plan.txt.p7s")
    run(
        "openssl", "cms", "-sign", "-cades", "-binary", "-in", content, "-signer", pki.path("leader.pem"), "-inkey",
        pki.path("leader.key"), "-certfile", pki.path("issuing.pem"), "-outform", "DER", "-out", signature,
    )  # fmt: skip
    source = signature
    for turn, flags in enumerate((["--level", "t"], ["--level", "lt"], ["--level", "lta"], ["--renew"])):
        folder = bench.at(f"cades-{turn}")
        folder.mkdir()
        target = folder / "plan.txt.p7s"
        run(
            bench.congvan, "extend", source, "--out", target, "--tsa", bench.tsa_url, "--content", content,
            *trust(bench, "--anchor"), *flags, "--lang", "en",
        )  # fmt: skip
        source = target
        level = ["CAdES-B-T", "CAdES-B-LT", "CAdES-B-LTA", "CAdES-B-LTA"][turn]
        crls = ["--crl", pki.path("root.crl"), pki.path("issuing.crl")] if turn == 0 else []
        code, text = run(
            bench.congvan, "verify", target, "--content", content, "--json", "--offline", "--anchor", pki.path("root.pem"),
            *crls, check=False,
        )  # fmt: skip
        first = json.loads(text.splitlines()[0])["signatures"][0]
        if (code, first["level"]) != (0, level):
            raise Failed(f"exit {code}\n{json.dumps(first, ensure_ascii=False)[:2000]}")
        run(
            "openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", target, "-content", content,
            "-CAfile", pki.path("root.pem"), "-purpose", "any", "-out", os.devnull,
        )  # fmt: skip


# Form of the signature by --format, the file signed, and the entry of the signature where there is a container.
FORMS = {
    "cades": ("CAdES", "note.txt", None),
    "xades": ("XAdES", "form.xml", None),
    "asic-e": ("XAdES", "note.txt", "META-INF/signatures001.xml"),
    "asic-e-cades": ("CAdES", "note.txt", "META-INF/signature001.p7s"),
    "asic-s": ("CAdES", "note.txt", "META-INF/signature.p7s"),
    "asic-s-xades": ("XAdES", "note.txt", "META-INF/signatures.xml"),
}


def desk(bench, name):
    """A folder with a note and a form."""
    folder = bench.at(name)
    folder.mkdir()
    (folder / "note.txt").write_text("Kế hoạch\n", encoding="utf-8")
    (folder / "form.xml").write_text("<?xml version='1.0'?>\n<đơn><số>07</số></đơn>\n", encoding="utf-8")
    return folder


def sign_at(bench, source, target, level, key, *flags):
    chain = [] if key.endswith(".p12") else ["--cert", bench.pki.path(key.replace(".key", ".chain.pem"))]
    tsa = ["--tsa", bench.tsa_url] if level != "b" else []
    run(
        bench.congvan, "sign", source, "--out", target, "--level", level, "--key", bench.pki.path(key), *chain, *flags, *tsa,
        *trust(bench, "--trust-anchor"), "--lang", "en", env=os.environ | {"CONGVAN_PASSPHRASE": testkit.PASSPHRASE},
    )  # fmt: skip
    return target


def passes_alone(bench, path, levels, *content):
    """By the root and nothing else we pass every signature, at these levels."""
    code, text = run(
        bench.congvan, "verify", path, "--json", "--offline", "--anchor", bench.pki.path("root.pem"), *content, check=False
    )  # fmt: skip
    report = json.loads(text.splitlines()[0])
    found = [s["level"] for s in report["signatures"] if s["kind"] == "signature"]
    if (code, report["indication"], found) != (0, "TOTAL-PASSED", levels):
        raise Failed(f"exit {code}\n{json.dumps(report, ensure_ascii=False)[:3000]}")
    return report


HANKO_CMS = """
import asyncio, sys
from asn1crypto import cms, pem, x509
from pyhanko.sign.validation import generic_cms
from pyhanko_certvalidator import ValidationContext
from pyhanko.keys import load_certs_from_pemder_data
signed = cms.ContentInfo.load(open(sys.argv[1], "rb").read())["content"]
roots = list(load_certs_from_pemder_data(open(sys.argv[3], "rb").read()))
context = lambda: ValidationContext(trust_roots=roots, other_certs=[c.chosen for c in signed["certificates"]], allow_fetching=False)
status = asyncio.run(generic_cms.async_validate_detached_cms(
    open(sys.argv[2], "rb").read(), signed, signer_validation_context=context(), ts_validation_context=context(),
))
print("INTACT" if status.intact and status.valid else "BROKEN", "TRUSTED" if status.trusted else "UNTRUSTED")
stamp = status.timestamp_validity
print("STAMPED" if stamp is not None and stamp.valid and stamp.intact and stamp.trusted else "NOT STAMPED")
"""


def hanko_cms(bench, signature, content, stamped=True):
    """pyHanko finds a detached CMS intact and trusted, and its time-stamp too."""
    _, text = run(sys.executable, "-c", HANKO_CMS, signature, content, bench.pki.path("root.pem"))
    if "INTACT TRUSTED" not in text or stamped and "\nSTAMPED" not in text:
        raise Failed(f"pyHanko: {text}")


def others_accept(bench, form, signature, folder, content, references=2):
    """xmlsec1, or openssl and pyHanko, accept the signature itself."""
    if form == "XAdES":
        xmlsec(bench, folder, signature, references)
    else:
        openssl_cms(bench, signature, content)
        hanko_cms(bench, signature, content)


def archive_holds(bench, inside):
    """openssl trusts the token over the newest archive manifest, and each digest that lists is right, back to the first."""
    manifest = inside / "META-INF/ASiCArchiveManifest.xml"
    turns = 0
    while manifest is not None:
        root = ElementTree.parse(manifest).getroot()
        token = inside / root.find(f"{{{ASIC}}}SigReference").get("URI")
        run(
            "openssl", "ts", "-verify", "-in", token, "-token_in", "-data", manifest, "-CAfile", bench.pki.path("root.pem"),
            "-untrusted", bench.pki.path("issuing.pem"),
        )  # fmt: skip
        manifest = None
        for reference in root.iter(f"{{{ASIC}}}DataObjectReference"):
            path = inside / urllib.parse.unquote(reference.get("URI"))
            value = base64.b64decode(reference.find(f"{{{DSIG}}}DigestValue").text)
            if hashlib.sha256(path.read_bytes()).digest() != value:
                raise Failed(f"{path}: another digest than in the archive manifest")
            manifest = path if reference.get("Rootfile") == "true" else manifest
        turns += 1
    return turns


def climbed(bench, name, format, path, level, folder, content, turns=1):
    """One cell of the matrix: we pass the file alone at its level, and other tools what they can read of it."""
    form, _, entry = FORMS[format]
    full = f"{form}-B-{level.upper()}"
    flags = ["--content", content] if format == "cades" else []
    if level in ("lt", "lta"):
        passes_alone(bench, path, [full], *flags)
    elif bench.expect(path, "TOTAL-PASSED", 0, *flags)["signatures"][0]["level"] != full:
        raise Failed(f"{path}: not {full}")
    if entry is None:
        others_accept(bench, form, path, folder, content)
        return
    inside = unzipped(bench, path, name)
    over = inside / "META-INF/ASiCManifest001.xml" if format == "asic-e-cades" else inside / content.name
    others_accept(bench, form, inside / entry, inside, over)
    if (format, level) == ("asic-e-cades", "lta") and archive_holds(bench, inside) != turns:
        raise Failed(f"{path}: not {turns} archive manifests")


@check
def every_form_at_every_level(bench):
    """each form at T, LT and LTA, RSA and EC: we pass it alone; xmlsec1, openssl, pyHanko and openssl ts accept it"""
    for format, (_, source, _) in FORMS.items():
        folder = desk(bench, f"matrix-{format}")
        for level in ("t", "lt", "lta"):
            for key in ("leader.p12", "seal.key"):
                name = f"{level}-{key}"
                target = sign_at(bench, folder / source, folder / name, level, key, "--format", format)
                climbed(bench, f"matrix-{format}-{name}", format, target, level, folder, folder / source)


@check
def every_form_taken_up_later(bench):
    """each form goes from B to LTA later and is renewed; we pass it alone and the other tools still accept it"""
    for format, (_, source, _) in FORMS.items():
        folder = desk(bench, f"later-{format}")
        last = sign_at(bench, folder / source, folder / "b", "b", "leader.p12", "--format", format)
        for turn, flags in enumerate(([], ["--renew"]), start=1):
            target = folder / f"lta-{turn}"
            content = ["--content", folder / source] if format == "cades" else []
            run(
                bench.congvan, "extend", last, "--out", target, "--tsa", bench.tsa_url, *content, *trust(bench, "--anchor"),
                *flags, "--lang", "en",
            )  # fmt: skip
            climbed(bench, f"later-{format}-{turn}", format, target, "lta", folder, folder / source, turns=turn)
            last = target


@check
def algorithms_of_other_forms(bench):
    """PSS, P-384 and Ed25519 keys sign containers at LTA; openssl and pyHanko accept the CAdES, xmlsec1 the XAdES it has methods for"""
    issued(bench, "levels384", *curve("P-384"))
    issued(bench, "levels25519", "-algorithm", "ed25519")
    folder = desk(bench, "algorithms")
    for key, flags, xmlsec_knows in (("leader.p12", ["--pss"], False), ("levels384.key", [], True), ("levels25519.key", [], False)):
        for format in ("asic-e", "asic-s"):
            form, _, entry = FORMS[format]
            target = sign_at(bench, folder / "note.txt", folder / f"{key}-{format}", "lta", key, "--format", format, *flags)
            passes_alone(bench, target, [f"{form}-B-LTA"])
            if form == "XAdES" and not xmlsec_knows:
                continue
            inside = unzipped(bench, target, f"algorithms-{key}-{format}")
            if form == "XAdES":
                xmlsec(bench, inside, inside / entry, 2)
            else:
                # openssl cms has no way with Ed25519.
                judges = [hanko_cms] if "25519" in key else [hanko_cms, openssl_cms]
                for judge in judges:
                    judge(bench, inside / entry, inside / "note.txt")


@check
def two_signers_of_other_forms(bench):
    """a second signer joins CMS, ASiC-S and ASiC-E at LTA: both are trusted by openssl or xmlsec1, and by us alone"""
    for format, (form, source, entry) in FORMS.items():
        if format == "xades":
            continue
        folder = desk(bench, f"two-{format}")
        once = sign_at(bench, folder / source, folder / f"{source}.p7s", "lta", "leader.p12", "--format", format)
        twice = sign_at(bench, once, folder / "twice", "lta", "seal.key")
        content = ["--content", folder / source] if format == "cades" else []
        passes_alone(bench, twice, [f"{form}-B-LTA"] * 2, *content)
        if format == "cades":
            openssl_cms(bench, twice, folder / source)
            continue
        inside = unzipped(bench, twice, f"two-{format}.unzipped")
        if format == "asic-e-cades":
            archive_holds(bench, inside)
            for number in ("001", "002"):
                openssl_cms(bench, inside / f"META-INF/signature{number}.p7s", inside / f"META-INF/ASiCManifest{number}.xml")
        elif format == "asic-e":
            for number in ("001", "002"):
                xmlsec(bench, inside, inside / f"META-INF/signatures{number}.xml", 2)
        elif form == "CAdES":
            openssl_cms(bench, inside / entry, inside / source)
        else:
            xmlsec(bench, inside, inside / entry, 2)


@check
def joining_containers_of_others(bench):
    """we sign containers other tools made, with XAdES of signxml and CAdES of openssl: their signature stays valid"""
    pki = bench.pki
    folder = desk(bench, "others")
    note = (folder / "note.txt").read_bytes()
    digest = base64.b64encode(hashlib.sha256(note).digest()).decode()
    manifest = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ASiCManifest xmlns="{ASIC}" xmlns:ds="{DSIG}"><SigReference '
        f'MimeType="application/x-pkcs7-signature" URI="META-INF/signature.p7s"/><DataObjectReference URI="note.txt">'
        f'<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>{digest}</ds:DigestValue>'
        "</DataObjectReference></ASiCManifest>"
    )
    (folder / "manifest").write_text(manifest)
    run(
        "openssl", "cms", "-sign", "-cades", "-binary", "-in", folder / "manifest", "-signer", pki.path("leader.pem"), "-inkey",
        pki.path("leader.key"), "-certfile", pki.path("issuing.pem"), "-outform", "DER", "-out", folder / "signature.p7s",
    )  # fmt: skip
    theirs = folder / "theirs.asice"
    with zipfile.ZipFile(theirs, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.etsi.asic-e+zip", zipfile.ZIP_STORED)
        archive.writestr("note.txt", note)
        archive.writestr("META-INF/ASiCManifest.xml", manifest)
        archive.write(folder / "signature.p7s", "META-INF/signature.p7s")
    bench.expect(theirs, "TOTAL-PASSED", 0)
    for level in ("b", "lta"):
        ours = sign_at(bench, theirs, folder / f"joined-{level}.asice", level, "seal.key")
        report = bench.expect(ours, "TOTAL-PASSED", 0)
        if sum(s["kind"] == "signature" for s in report["signatures"]) != 2:
            raise Failed(json.dumps(report, ensure_ascii=False)[:2000])
        inside = unzipped(bench, ours, f"others-{level}.unzipped")
        openssl_cms(bench, inside / "META-INF/signature.p7s", inside / "META-INF/ASiCManifest.xml")
    extended = folder / "extended.asice"
    run(
        bench.congvan, "extend", theirs, "--out", extended, "--tsa", bench.tsa_url, *trust(bench, "--anchor"), "--lang", "en"
    )  # fmt: skip
    passes_alone(bench, extended, ["CAdES-B-LTA"])
    if archive_holds(bench, unzipped(bench, extended, "others-extended.unzipped")) != 1:
        raise Failed("not one archive manifest")


@check
def counter_signed(bench):
    """a counter-signature leaves the first signature valid for openssl and xmlsec1, which accepts its own as well"""
    folder = desk(bench, "countersigned-forms")
    signed = sign_at(bench, folder / "note.txt", folder / "note.txt.p7s", "t", "leader.p12", "--format", "cades")
    twice = sign_at(bench, signed, folder / "twice.p7s", "t", "seal.key", "--countersign")
    openssl_cms(bench, twice, folder / "note.txt")
    hanko_cms(bench, twice, folder / "note.txt")
    signed = sign_at(bench, folder / "form.xml", folder / "form.signed.xml", "t", "leader.p12")
    twice = sign_at(bench, signed, folder / "form.twice.xml", "t", "seal.key")
    xmlsec(bench, folder, twice, 2)
    code, text = run(
        "xmlsec1", "--verify", "--trusted-pem", bench.pki.path("root.pem"), "--enabled-key-data", "x509",
        "--id-attr:Id", f"{XADES}:SignedProperties", "--id-attr:Id", f"{DSIG}:SignatureValue", "--node-xpath",
        "//*[local-name()='CounterSignature']/*[local-name()='Signature']", twice, check=False,
    )  # fmt: skip
    if code != 0 or "SignedInfo References (ok/all): 2/2" not in text:
        raise Failed(f"xmlsec1: exit {code}\n{text}")
    report = bench.expect(twice, "TOTAL-PASSED", 0)
    if [s["kind"] for s in report["signatures"]] != ["signature", "counter-signature"]:
        raise Failed(json.dumps(report, ensure_ascii=False)[:2000])


@check
def package_levels(bench):
    """packages in ASiC-E are written at T, LT and LTA; xmlsec1 trusts their signature and we pass it with the root alone"""
    for level in ("t", "lt", "lta"):
        container = bench.at(f"package-{level}.asice")
        run(
            bench.congvan, "pack", DOCUMENTS / "letter.pdf", "--format", "asic-e", "--from", "H99.01=Sở A", "--to", "H99.02=Sở B",
            "--number", "07", "--date", "2026-03-05", "--allow-unsigned", "--key", bench.pki.path("leader.p12"), "--level", level,
            "--tsa", bench.tsa_url, *trust(bench, "--anchor"), "--out", container,
            env=os.environ | {"CONGVAN_PASSPHRASE": testkit.PASSPHRASE},
        )  # fmt: skip
        inside = unzipped(bench, container, f"package-{level}.unzipped")
        xmlsec(bench, inside, inside / "META-INF/signatures001.xml", 3)
        if level != "t":
            passes_alone(bench, container, [f"XAdES-B-{level.upper()}"])
