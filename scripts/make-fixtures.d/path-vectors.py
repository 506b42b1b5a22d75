#!/usr/bin/env python3
"""Packs published path, CRL and OCSP vectors into fixtures/vectors, one text file a source.

usage: path-vectors.py SOURCES FIXTURES
SOURCES holds the folders pkits, boringssl-chain, boringssl-crl, boringssl-ocsp, limbo and openssl-ocsp as
taken from the origins named in each NOTES file. A pack is a text of sections: `== name`, then the body.
"""
import base64, json, pathlib, re, sys

sources, target = map(pathlib.Path, sys.argv[1:3])
PEM = re.compile(r"-----BEGIN [^-]+-----.*?-----END [^-]+-----", re.S)


def pack(path, sections):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"== {name}\n{body.strip()}\n" for name, body in sections))


def lines(der):
    return "\n".join(re.findall(".{1,120}", base64.b64encode(der).decode()))


def blocks(path):
    return "\n".join(PEM.findall(path.read_text(errors="replace")))


pkits = sources / "pkits"
for kind, suffix in (("certs", ".crt"), ("crls", ".crl")):
    files = sorted((pkits / kind).iterdir())
    pack(target / "pkits" / f"{kind}.txt", [(f.name.removesuffix(suffix), lines(f.read_bytes())) for f in files])
(target / "pkits" / "expected.tsv").write_text((pkits / "expected.tsv").read_text())

chains = sources / "boringssl-chain"
sections = []
for f in sorted(chains.rglob("*")):
    if f.suffix == ".pem":
        sections.append((str(f.relative_to(chains)), blocks(f)))
    elif f.suffix == ".test":
        sections.append((str(f.relative_to(chains)), f.read_text()))
pack(target / "boringssl-chain" / "chains.txt", sections)

manifest = [row.split("\t") for row in (sources / "MANIFEST.tsv").read_text().splitlines()]
outcome = {row[0]: row[5] for row in manifest if len(row) > 5}
for kind in ("crl", "ocsp"):
    folder = sources / f"boringssl-{kind}"
    pack(
        target / f"boringssl-{kind}" / "cases.txt",
        [(f"{f.stem} {outcome[f'boringssl-{kind}/{f.name}']}", blocks(f)) for f in sorted(folder.glob("*.pem"))],
    )

keep = ("id", "validation_time", "expected_result", "trusted_certs", "untrusted_intermediates", "peer_certificate", "expected_peer_name", "max_chain_depth")
(limbo,) = (sources / "limbo").glob("*.json")
cases = [{k: case[k] for k in keep} for case in json.loads(limbo.read_text())["testcases"]]
(target / "limbo").mkdir(parents=True, exist_ok=True)
(target / "limbo" / "cases.json").write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")

openssl = sources / "openssl-ocsp"
pack(
    target / "openssl-ocsp" / "files.txt",
    [(f.name, f.read_text() if f.suffix == ".ors" else blocks(f)) for f in sorted(openssl.iterdir()) if f.suffix in (".ors", ".pem")],
)
(target / "openssl-ocsp" / "expected.tsv").write_text((openssl / "expected.tsv").read_text())
