"""Every kind of key, in files and on a token (SoftHSM2), judged by pdfsig, pyHanko and openssl."""

PIN = "73940215"
MODULES = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
]


def issued(bench, name, *kind):
    """A key of this kind with a certificate of the issuing CA: NAME.key and NAME.chain.pem."""
    pki = bench.pki
    if pki.path(f"{name}.chain.pem").exists():
        return
    run("openssl", "genpkey", *kind, "-out", pki.path(f"{name}.key"))
    run(
        "openssl", "req", "-new", "-config", pki.path("issuing.cnf"), "-key", pki.path(f"{name}.key"), "-utf8",
        "-subj", f"/C=VN/O=UBND tỉnh Sơn Hải/CN=Khóa {name}", "-out", pki.path(f"{name}.csr"),
    )  # fmt: skip
    run(
        "openssl", "ca", "-batch", "-config", pki.path("issuing.cnf"), "-extensions", "signer", "-notext", "-utf8",
        "-in", pki.path(f"{name}.csr"), "-out", pki.path(f"{name}.pem"),
    )  # fmt: skip
    chain = pki.path(f"{name}.pem").read_text() + pki.path("issuing.pem").read_text()
    pki.path(f"{name}.chain.pem").write_text(chain)


def curve(name):
    return ["-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{name}", "-pkeyopt", "ec_param_enc:named_curve"]


@check
def pss_signature(bench):
    """an RSASSA-PSS signature is intact and trusted for pyHanko, openssl cms and us"""
    path = bench.sign(DOCUMENTS / "letter.pdf", bench.at("pss.pdf"), "--pss")
    bench.pyhanko_trusts(path, 1)
    bench.openssl_trusts(path, 1)
    if bench.expect(path, "TOTAL-PASSED", 0)["signatures"][0]["algorithm"] != "rsa-pss":
        raise Failed("the signature is not RSASSA-PSS")


@check
def p384_signature(bench):
    """a P-384 signature with SHA-384 is intact and trusted for pdfsig, pyHanko, openssl cms and us"""
    issued(bench, "p384", *curve("P-384"))
    flags = ["--cert", bench.pki.path("p384.chain.pem")]
    all_agree(bench, bench.sign(DOCUMENTS / "letter.pdf", bench.at("p384.pdf"), *flags, key="p384.key"), 1)


@check
def ed25519_signature(bench):
    """an Ed25519 signature (RFC 8419) is intact and trusted for pyHanko and us"""
    issued(bench, "ed25519", "-algorithm", "ed25519")
    flags = ["--cert", bench.pki.path("ed25519.chain.pem")]
    path = bench.sign(DOCUMENTS / "letter.pdf", bench.at("ed25519.pdf"), *flags, key="ed25519.key")
    bench.pyhanko_trusts(path, 1)
    bench.expect(path, "TOTAL-PASSED", 0)


@check
def token_signatures(bench):
    """signatures made on a token (SoftHSM2: RSA, PSS, P-256, P-384, P-521, Ed25519) are intact and trusted for the other tools"""
    module = next((path for path in MODULES if pathlib.Path(path).exists()), None)
    if module is None or not shutil.which("softhsm2-util"):
        raise Failed("softhsm2 is not installed")
    folder = bench.at("token")
    (folder / "tokens").mkdir(parents=True)
    (folder / "conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    (folder / "pin").write_text(PIN)
    environment = os.environ | {"SOFTHSM2_CONF": str(folder / "conf")}
    run("softhsm2-util", "--init-token", "--free", "--label", "Văn thư", "--pin", PIN, "--so-pin", "12345678", env=environment)
    kinds = {"rsa": ["-algorithm", "RSA"], "p256": curve("P-256"), "p384": curve("P-384"), "p521": curve("P-521")}
    kinds["ed25519"] = ["-algorithm", "ed25519"]
    for number, (name, kind) in enumerate(kinds.items()):
        issued(bench, name, *kind)
        run(
            "softhsm2-util", "--import", bench.pki.path(f"{name}.key"), "--token", "Văn thư", "--label", name,
            "--id", f"a{number}", "--pin", PIN, env=environment,
        )  # fmt: skip
    for name, *flags in [("rsa",), ("rsa", "--pss"), ("p256",), ("p384",), ("p521",), ("ed25519",)]:
        target = bench.at(f"token-{name}{''.join(flags)}.pdf")
        run(
            bench.congvan, "sign", DOCUMENTS / "letter.pdf", "--out", target, "--level", "b", *flags, "--lang", "en",
            "--key", f"pkcs11:token=V%C4%83n%20th%C6%B0;object={name}?module-path={module}",
            "--cert", bench.pki.path(f"{name}.chain.pem"), "--pin-file", folder / "pin", env=environment,
        )  # fmt: skip
        bench.written.append(target)
        bench.pyhanko_trusts(target, 1)
        # openssl cms and pdfsig do not know Ed25519 in CMS (RFC 8419).
        if name != "ed25519":
            bench.openssl_trusts(target, 1)
            if not flags:
                bench.pdfsig_trusts(target, 1)
        bench.expect(target, "TOTAL-PASSED", 0)
