"""Containers, detached CMS and XML signatures that congvan wrote, judged by openssl, xmlsec1, xmllint and unzip."""

import base64
import hashlib
import urllib.parse
import xml.etree.ElementTree as ElementTree
import zipfile

XADES = "http://uri.etsi.org/01903/v1.3.2#"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
ASIC = "http://uri.etsi.org/02918/v1.2.1#"


def sign_other(bench, key, *words, level="b"):
    tsa = ["--tsa", bench.tsa_url] if level != "b" else []
    chain = [] if key.endswith(".p12") else ["--cert", bench.pki.path(key.replace(".key", ".chain.pem"))]
    run(
        bench.congvan, "sign", *words, "--key", bench.pki.path(key), *chain, "--level", level, *tsa, "--lang", "en",
        env=os.environ | {"CONGVAN_PASSPHRASE": testkit.PASSPHRASE},
    )  # fmt: skip


def two_files(bench, name):
    folder = bench.at(name)
    folder.mkdir()
    shutil.copy(DOCUMENTS / "letter.pdf", folder / "công văn.pdf")
    (folder / "phụ lục 1.txt").write_bytes("Phụ lục\r\n".encode())
    return folder, [folder / "công văn.pdf", folder / "phụ lục 1.txt"]


def unzipped(bench, container, name):
    """The container's files in a folder, after unzip itself found nothing wrong with it."""
    run("unzip", "-tqq", container)
    target = bench.at(name)
    with zipfile.ZipFile(container) as archive:
        first = archive.infolist()[0]
        if first.filename != "mimetype" or first.compress_type != zipfile.ZIP_STORED:
            raise Failed(f"{container}: mimetype is not first and stored")
        archive.extractall(target)
    return target


def xmlsec(bench, folder, signatures, references):
    """xmlsec1 accepts the XAdES signature with all its references, resolved beside it."""
    # It takes a reference as the name of a file, percent signs and all.
    for path in list(folder.iterdir()):
        quoted = urllib.parse.quote(path.name)
        if path.is_file() and quoted != path.name:
            shutil.copy(path, folder / quoted)
    code, text = run(
        "xmlsec1", "--verify", "--trusted-pem", bench.pki.path("root.pem"), "--enabled-key-data", "x509",
        "--id-attr:Id", f"{XADES}:SignedProperties", signatures, check=False, cwd=folder,
    )  # fmt: skip
    if code != 0 or f"SignedInfo References (ok/all): {references}/{references}" not in text:
        raise Failed(f"xmlsec1: exit {code}\n{text}")


def openssl_cms(bench, signature, content):
    run(
        "openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", signature, "-content", content,
        "-CAfile", bench.pki.path("root.pem"), "-purpose", "any", "-out", os.devnull,
    )  # fmt: skip


@check
def asic_e_xades(bench):
    """xmlsec1 trusts the XAdES signature of an ASiC-E over two files, RSA and EC, and refuses it once a file changed"""
    for key in ("leader.p12", "seal.key"):
        folder, files = two_files(bench, f"asic-xades-{key}")
        container = folder / "both.asice"
        sign_other(bench, key, *files, "--format", "asic-e", "--out", container)
        inside = unzipped(bench, container, f"asic-xades-{key}.unzipped")
        xmlsec(bench, inside, inside / "META-INF/signatures001.xml", 3)
        bench.expect(container, "TOTAL-PASSED", 0)
        (inside / "phụ lục 1.txt").write_bytes(b"changed")
        try:
            xmlsec(bench, inside, inside / "META-INF/signatures001.xml", 3)
        except Failed:
            continue
        raise Failed("xmlsec1 accepts a changed file")


@check
def asic_e_cades(bench):
    """openssl trusts the CAdES signature of an ASiC-E over its manifest, whose digests are those of the files"""
    folder, files = two_files(bench, "asic-cades")
    container = folder / "both.asice"
    sign_other(bench, "leader.p12", *files, "--format", "asic-e-cades", "--out", container, level="t")
    inside = unzipped(bench, container, "asic-cades.unzipped")
    manifest = inside / "META-INF/ASiCManifest001.xml"
    openssl_cms(bench, inside / "META-INF/signature001.p7s", manifest)
    for reference in ElementTree.parse(manifest).getroot().iter(f"{{{ASIC}}}DataObjectReference"):
        name = urllib.parse.unquote(reference.get("URI"))
        value = base64.b64decode(reference.find(f"{{{DSIG}}}DigestValue").text)
        if hashlib.sha256((inside / name).read_bytes()).digest() != value:
            raise Failed(f"{name}: another digest than in the manifest")
    report = bench.expect(container, "TOTAL-PASSED", 0)
    if report["signatures"][0]["level"] != "CAdES-B-T" or len(report["documents"]) != 2:
        raise Failed(json.dumps(report, ensure_ascii=False)[:2000])


@check
def asic_s_and_detached(bench):
    """openssl trusts our detached CAdES, alone and in an ASiC-S, RSA and EC"""
    for key in ("leader.p12", "seal.key"):
        folder, files = two_files(bench, f"detached-{key}")
        sign_other(bench, key, files[1], "--format", "cades")
        openssl_cms(bench, folder / "phụ lục 1.txt.p7s", files[1])
        bench.expect(folder / "phụ lục 1.txt.p7s", "TOTAL-PASSED", 0)
        sign_other(bench, key, files[1], "--format", "asic-s")
        inside = unzipped(bench, folder / "phụ lục 1.asics", f"asic-s-{key}.unzipped")
        openssl_cms(bench, inside / "META-INF/signature.p7s", files[1])
        bench.expect(folder / "phụ lục 1.asics", "TOTAL-PASSED", 0)


@check
def countersigned_container(bench):
    """a second signature in an ASiC-E leaves the first valid for xmlsec1, and both are trusted by us"""
    folder, files = two_files(bench, "countersigned")
    sign_other(bench, "leader.p12", files[1])
    sign_other(bench, "seal.key", folder / "phụ lục 1.asice")
    twice = folder / "phụ lục 1.signed.asice"
    inside = unzipped(bench, twice, "countersigned.unzipped")
    for name in ("signatures001.xml", "signatures002.xml"):
        xmlsec(bench, inside, inside / "META-INF" / name, 2)
    if len(bench.expect(twice, "TOTAL-PASSED", 0)["signatures"]) != 2:
        raise Failed("not two signatures")


@check
def enveloped_xml(bench):
    """xmlsec1 trusts the enveloped XAdES signature of an XML document"""
    document = bench.at("form.xml")
    document.write_text("<?xml version='1.0' encoding='UTF-8'?>\n<đơn><a b='1'>Số đi</a></đơn>\n", encoding="utf-8")
    sign_other(bench, "leader.p12", document)
    signed = bench.at("form.signed.xml")
    xmlsec(bench, bench.folder, signed, 2)
    bench.expect(signed, "TOTAL-PASSED", 0)


@check
def package_forms(bench):
    """a package goes from edXML to ASiC-E and back byte for byte; xmlsec1 trusts its signature on the way"""
    letter, annex = DOCUMENTS / "letter.pdf", bench.at("annex.txt")
    annex.write_bytes("Phụ lục\r\n".encode())
    packet, container, again = bench.at("form.edxml"), bench.at("form.asice"), bench.at("again.edxml")
    environment = os.environ | {"CONGVAN_PASSPHRASE": testkit.PASSPHRASE}
    key = ["--key", bench.pki.path("leader.p12")]
    run(
        bench.congvan, "pack", letter, annex, "--from", "H99.01=Sở A", "--to", "H99.02=Sở B", "--number", "07",
        "--date", "2026-03-05", "--allow-unsigned", *key, "--out", packet, env=environment,
    )  # fmt: skip
    run(bench.congvan, "pack", "--convert", packet, *key, "--out", container, env=environment)
    inside = unzipped(bench, container, "package.unzipped")
    xmlsec(bench, inside, inside / "META-INF/signatures001.xml", 4)
    bench.expect(container, "TOTAL-PASSED", 0)
    run(bench.congvan, "pack", "--convert", container, "--out", again, env=environment)
    if again.read_bytes() != packet.read_bytes():
        raise Failed("the packet came back changed")
    # The letter in it is not signed.
    if bench.expect(again, "NO-SIGNATURE", 3)["package_signature"] != "valid":
        raise Failed("the packet signature is not valid")


@check
def recorded_packets(bench):
    """every recorded packet fits the schema of the strict shape"""
    packets = sorted((ROOT / "fixtures/edxml").glob("*.edxml"))
    if len(packets) < 15:
        raise Failed(f"only {len(packets)} packets")
    run("xmllint", "--noout", "--nonet", "--schema", ROOT / "fixtures/edxml/congvan-edxml.xsd", *packets)
