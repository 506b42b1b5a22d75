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
