"""CMS signatures and time-stamps that openssl made, judged by us, and by openssl again where both can."""


def openssl_signs(bench, content, target, *flags, keys=("leader",)):
    signers = [word for key in keys for word in ("-signer", bench.pki.path(f"{key}.pem"), "-inkey", bench.pki.path(f"{key}.key"))]
    run(
        "openssl", "cms", "-sign", "-binary", "-cades", "-in", content, "-out", target,
        "-certfile", bench.pki.path("issuing.pem"), *signers, *flags,
    )  # fmt: skip
    return target


def openssl_accepts(bench, signature, form, *content):
    code, _ = run(
        "openssl", "cms", "-verify", "-binary", "-inform", form, "-in", signature, *content,
        "-CAfile", bench.pki.path("root.pem"), "-purpose", "any", "-out", os.devnull, check=False,
    )  # fmt: skip
    return code == 0


def list_of_goods(bench, name):
    content = bench.at(name)
    content.write_bytes("Danh sách kèm theo\r\n".encode() * 20_000)
    return content


@check
def openssl_cms(bench):
    """we say of openssl's CMS what openssl says: attached, detached, streamed, PEM, two signers, PSS; and of a changed content"""
    content = list_of_goods(bench, "cms.txt")
    changed = bench.at("cms-changed.txt")
    changed.write_bytes(content.read_bytes()[:-1] + b"!")
    pss = ["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:digest"]
    for name, form, flags, keys, attached in [
        ("attached.p7m", "DER", ["-outform", "DER", "-nodetach"], ["leader"], True),
        ("streamed.p7m", "DER", ["-outform", "DER", "-nodetach", "-stream"], ["seal"], True),
        ("detached.p7s", "DER", ["-outform", "DER"], ["leader"], False),
        ("sha512.p7s", "DER", ["-outform", "DER", "-md", "sha512"], ["seal"], False),
        ("pem.p7s", "PEM", ["-outform", "PEM"], ["leader"], False),
        ("two.p7s", "DER", ["-outform", "DER"], ["leader", "seal"], False),
        ("keyid.p7s", "DER", ["-outform", "DER", "-keyid"], ["leader"], False),
        ("pss.p7s", "DER", ["-outform", "DER"] + pss, ["leader"], False),
    ]:
        signature = openssl_signs(bench, content, bench.at(name), *flags, keys=keys)
        theirs = openssl_accepts(bench, signature, form, *([] if attached else ["-content", content]))
        report = bench.expect(signature, "TOTAL-PASSED", 0, *([] if attached else ["--content", content]))
        if not theirs or len(report["signatures"]) != len(keys) or report["format"] != "cades":
            raise Failed(f"{name}: openssl {theirs}, {json.dumps(report, ensure_ascii=False)[:2000]}")
        if attached:
            continue
        if openssl_accepts(bench, signature, form, "-content", changed):
            raise Failed(f"{name}: openssl accepts a changed content")
        bench.expect(signature, "TOTAL-FAILED", 1, "--content", changed)
        bench.expect(signature, "INDETERMINATE", 3)
    beside = list_of_goods(bench, "beside.txt")
    openssl_signs(bench, beside, bench.at("beside.txt.p7s"), "-outform", "DER")
    bench.expect(bench.at("beside.txt.p7s"), "TOTAL-PASSED", 0)


@check
def openssl_cms_changed(bench):
    """every sampled byte of an attached signature changed: where openssl refuses, we do not pass it"""
    content = bench.at("short.txt")
    content.write_bytes(b"Danh sach 12 muc\n")
    whole = openssl_signs(bench, content, bench.at("short.p7m"), "-outform", "DER", "-nodetach").read_bytes()
    changed = bench.at("changed.p7m")
    for place in range(0, len(whole), max(1, len(whole) // 60)):
        changed.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        _, report = bench.verify(changed)
        if report["indication"] == "TOTAL-PASSED" and not openssl_accepts(bench, changed, "DER"):
            raise Failed(f"byte {place}: openssl refuses, we pass")


@check
def openssl_time_stamp(bench):
    """a time-stamp in a file of its own: openssl ts and we agree on the right content, another one and a changed token"""
    content, other = list_of_goods(bench, "stamped.txt"), bench.at("not-stamped.txt")
    other.write_bytes(b"x")
    query, answer, token = bench.at("q.tsq"), bench.at("stamped.txt.tsr"), bench.at("stamped.txt.tst")
    run("openssl", "ts", "-query", "-data", content, "-sha256", "-cert", "-out", query)
    import urllib.request

    request = urllib.request.Request(bench.tsa_url, query.read_bytes(), {"Content-Type": "application/timestamp-query"})
    with urllib.request.urlopen(request) as response:
        answer.write_bytes(response.read())
    run("openssl", "ts", "-reply", "-in", answer, "-token_out", "-out", token)
    changed = bench.at("changed.tst")
    changed.write_bytes(token.read_bytes()[:-1] + bytes([token.read_bytes()[-1] ^ 1]))

    def theirs(file, data, *flags):
        code, _ = run(
            "openssl", "ts", "-verify", "-data", data, "-in", file, *flags,
            "-CAfile", bench.pki.path("root.pem"), "-untrusted", bench.pki.path("issuing.pem"), check=False,
        )  # fmt: skip
        return code == 0

    for file, flags in ((answer, []), (token, ["-token_in"])):
        verdicts = (theirs(file, content, *flags), theirs(file, other, *flags))
        report = bench.expect(file, "TOTAL-PASSED", 0, "--untrusted", bench.pki.path("issuing.pem"))
        bench.expect(file, "TOTAL-FAILED", 1, "--content", other, "--untrusted", bench.pki.path("issuing.pem"))
        if verdicts != (True, False) or report["format"] != "tst":
            raise Failed(f"openssl: {verdicts}, {json.dumps(report, ensure_ascii=False)[:1500]}")
    if theirs(changed, content, "-token_in"):
        raise Failed("openssl accepts a changed token")
    bench.expect(changed, "TOTAL-FAILED", 1, "--content", content, "--untrusted", bench.pki.path("issuing.pem"))
