"""XML signatures: signxml judges ours, and ours is the verdict on what xmlsec1 and signxml made."""

import signxml
import signxml.xades
from lxml import etree

DECISION = '<QuyetDinh so="15/QĐ-UBND"><SoTien donVi="đồng">100</SoTien><!-- ghi chú --><TrichYeu>Về việc thử</TrichYeu></QuyetDinh>'


def decision(bench, name):
    path = bench.at(name)
    path.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n{DECISION}\n', encoding="utf-8")
    return path


def chain_of(bench, key):
    return [
        f"-----BEGIN CERTIFICATE-----{block.split('-----END')[0]}-----END CERTIFICATE-----\n"
        for block in bench.pki.path(f"{key}.chain.pem").read_text().split("-----BEGIN CERTIFICATE-----")[1:]
    ]


@check
def signxml_accepts_ours(bench):
    """signxml accepts our enveloped XAdES, RSA and EC, with and without time-stamp, and refuses it once changed"""
    for key, level in (("leader.p12", "b"), ("seal.key", "t")):
        source, target = decision(bench, f"signxml-{level}.xml"), bench.at(f"signxml-{level}.signed.xml")
        sign_other(bench, key, source, "--format", "xades", "--out", target, level=level)
        report = bench.expect(target, "TOTAL-PASSED", 0)
        if report["signatures"][0]["level"] != f"XAdES-B-{level.upper()}":
            raise Failed(json.dumps(report["signatures"][0]))
        data = target.read_bytes()
        config = signxml.xades.XAdESSignatureConfiguration(expect_references=2)

        def judge(data):
            return signxml.xades.XAdESVerifier().verify(
                data, ca_pem_file=str(bench.pki.path("root.pem")), expect_config=config
            )

        seen = judge(data)[0]
        if seen.signed_xml.tag != "QuyetDinh" or seen.signed_xml.find("SoTien").text != "100":
            raise Failed(f"signxml saw {etree.tostring(seen.signed_xml)}")
        try:
            judge(data.replace(b">100<", b">900<"))
        except signxml.exceptions.InvalidDigest:
            continue
        raise Failed("signxml accepts a changed document")


@check
def we_accept_signxml(bench):
    """what signxml signed passes here: XAdES and plain, enveloped and enveloping, RSA, PSS and EC, three forms of C14N"""
    methods = signxml.SignatureMethod
    cases = [
        ("leader", methods.RSA_SHA256, signxml.methods.enveloped),
        ("leader", methods.SHA256_RSA_MGF1, signxml.methods.enveloped),
        ("seal", methods.ECDSA_SHA256, signxml.methods.enveloped),
        ("seal", methods.ECDSA_SHA3_256, signxml.methods.enveloping),
        ("leader", methods.RSA_SHA512, signxml.methods.enveloping),
    ]
    # Not those with comments: signxml keeps comments under `#object`, where XML Signature 1.1 §4.4.3.3 drops them.
    forms = [
        signxml.CanonicalizationMethod.CANONICAL_XML_1_0,
        signxml.CanonicalizationMethod.CANONICAL_XML_1_1,
        signxml.CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    ]
    for at, (key, method, shape) in enumerate(cases):
        for kind in (signxml.XMLSigner, signxml.xades.XAdESSigner):
            if kind is signxml.xades.XAdESSigner and shape is not signxml.methods.enveloped:
                continue
            # signxml hashes the properties in the form of SignedInfo without saying so (no Transforms), which only an
            # inclusive form agrees with.
            known = forms if kind is signxml.XMLSigner else forms[:2]
            signer = kind(method=shape, signature_algorithm=method, c14n_algorithm=known[at % len(known)])
            signed = signer.sign(
                etree.fromstring(DECISION), key=bench.pki.path(f"{key}.key").read_bytes(), cert=chain_of(bench, key)
            )
            path = bench.at(f"from-signxml-{at}-{kind.__name__}.xml")
            path.write_bytes(etree.tostring(signed))
            report = bench.expect(path, "TOTAL-PASSED", 0)
            expected = "xades" if kind is signxml.xades.XAdESSigner else "xml-dsig"
            if report["format"] != expected:
                raise Failed(f"{path.name}: {report['format']}")
            broken = bench.at(f"from-signxml-{at}-{kind.__name__}.broken.xml")
            broken.write_bytes(etree.tostring(signed).replace(b">100<", b">900<"))
            bench.expect(broken, "TOTAL-FAILED", 1)


TEMPLATE = """<?xml version="1.0" encoding="UTF-8"?>
<QuyetDinh Id="qd"><SoTien>100</SoTien>
<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo>
<CanonicalizationMethod Algorithm="{c14n}"/><SignatureMethod Algorithm="{method}"/>
<Reference URI="{uri}"><Transforms><Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
<Transform Algorithm="{c14n}"/></Transforms><DigestMethod Algorithm="{digest}"/><DigestValue/></Reference></SignedInfo>
<SignatureValue/><KeyInfo><X509Data/></KeyInfo></Signature></QuyetDinh>
"""


@check
def we_accept_xmlsec1(bench):
    """what xmlsec1 signed passes here, each form of C14N, by Id and as a whole, RSA and EC, and fails once changed"""
    more, base = "http://www.w3.org/2001/04/xmldsig-more#", "http://www.w3.org/2001/04/xmlenc#"
    for at, (key, method, digest, c14n, uri) in enumerate(
        [
            ("leader", f"{more}rsa-sha256", f"{base}sha256", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315", ""),
            ("leader", f"{more}rsa-sha512", f"{base}sha512", "http://www.w3.org/2006/12/xml-c14n11", "#qd"),
            ("seal", f"{more}ecdsa-sha256", f"{base}sha256", "http://www.w3.org/2001/10/xml-exc-c14n#", "#qd"),
            ("seal", f"{more}ecdsa-sha384", f"{more}sha384", "http://www.w3.org/2001/10/xml-exc-c14n#WithComments", ""),
        ]
    ):
        template, signed = bench.at(f"template-{at}.xml"), bench.at(f"from-xmlsec-{at}.xml")
        template.write_text(TEMPLATE.format(method=method, digest=digest, c14n=c14n, uri=uri), encoding="utf-8")
        chain = f"{bench.pki.path(key + '.key')},{bench.pki.path(key + '.pem')},{bench.pki.path('issuing.pem')}"
        run(
            "xmlsec1", "--sign", "--privkey-pem", chain, "--id-attr:Id", "QuyetDinh", "--output", signed, template
        )  # fmt: skip
        bench.expect(signed, "TOTAL-PASSED", 0)
        broken = bench.at(f"from-xmlsec-{at}.broken.xml")
        broken.write_bytes(signed.read_bytes().replace(b">100<", b">900<"))
        bench.expect(broken, "TOTAL-FAILED", 1)


@check
def xades_climbs(bench):
    """an enveloped XAdES goes to LT and LTA, each passes here with the root alone, and xmlsec1 still accepts it"""
    source, signed = decision(bench, "climbs.xml"), bench.at("climbs.b.xml")
    sign_other(bench, "leader.p12", source, "--format", "xades", "--out", signed)
    pki = bench.pki
    for level in ("lt", "lta"):
        target = bench.at(f"climbs.{level}.xml")
        run(
            bench.congvan, "extend", signed, "--out", target, "--level", level, "--tsa", bench.tsa_url, "--offline",
            "--anchor", pki.path("root.pem"), "--crl", pki.path("root.crl"), pki.path("issuing.crl"), "--lang", "en",
        )  # fmt: skip
        code, text = run(
            bench.congvan, "verify", target, "--json", "--offline", "--anchor", pki.path("root.pem"), check=False
        )  # fmt: skip
        first = json.loads(text.splitlines()[0])["signatures"][0]
        if (first["indication"], first["level"]) != ("TOTAL-PASSED", f"XAdES-B-{level.upper()}"):
            raise Failed(f"exit {code}\n{json.dumps(first, ensure_ascii=False)[:2000]}")
        xmlsec(bench, bench.folder, target, 2)
        signed = target
