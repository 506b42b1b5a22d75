#!/usr/bin/env python3
"""Checks the exchange vectors without any code of the package: canonical form, schemas, digests, chains, seals.

usage: check-vectors.py [FOLDER]      (default: fixtures/vectors/exchange beside this script's folder)

Python's standard library does; seals are verified by `openssl cms`. Notes need the `cryptography` package
and are passed over without it. Ends with 1 when a vector does not come out as vectors.json says.
"""
import base64, binascii, hashlib, json, re, subprocess, sys, tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCHEMAS = HERE.parent / "fixtures" / "schemas"


class Wrong(Exception):
    """A vector breaks a rule; the message is the reason as vectors.json names it."""


# --- canonical JSON, RFC 8785, of strings, integers, arrays and objects ---

def canonical(value):
    if isinstance(value, str):
        short = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
        return '"' + "".join(short.get(c) or ("\\u%04x" % ord(c) if c < " " else c) for c in value) + '"'
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(canonical(n) + ":" + canonical(value[n]) for n in names) + "}"
    raise Wrong("not-canonical")


def read(octets):
    def pairs(items):
        if len(dict(items)) != len(items):
            raise Wrong("not-canonical")
        return dict(items)
    try:
        value = json.loads(octets.decode("utf-8"), object_pairs_hook=pairs)
        same = canonical(value).encode("utf-8") == octets
    except (ValueError, RecursionError):
        raise Wrong("not-canonical")
    if not same or not isinstance(value, dict):
        raise Wrong("not-canonical")
    return value


# --- as much of JSON Schema as our schemas use ---

def check(schema, value):
    if schema is False:
        raise Wrong("unknown-field")
    if "const" in schema and value != schema["const"]:
        raise Wrong("bad-value")
    if "enum" in schema and value not in schema["enum"]:
        raise Wrong("bad-value")
    kinds = {"object": dict, "array": list, "string": str, "integer": int}
    if "type" in schema and (not isinstance(value, kinds[schema["type"]]) or isinstance(value, bool)):
        raise Wrong("bad-value")
    if isinstance(value, str):
        size = len(value.encode("utf-8"))
        if not schema.get("minLength", 0) <= size <= schema.get("maxLength", size):
            raise Wrong("bad-value")
        # JSON Schema's `$` is the very end; Python's also stands before a last newline.
        if "pattern" in schema and not re.search(re.sub(r"\$$", r"\\Z", schema["pattern"]), value):
            raise Wrong("bad-value")
    if isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        raise Wrong("bad-value")
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            raise Wrong("bad-value")
        if schema.get("uniqueItems") and len(set(map(canonical, value))) != len(value):
            raise Wrong("bad-value")
        for item in value:
            check(schema.get("items", {}), item)
    if isinstance(value, dict):
        known = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                raise Wrong("missing-field")
        for name, inner in value.items():
            if name in known:
                check(known[name], inner)
            elif schema.get("additionalProperties", True) is False:
                raise Wrong("unknown-field")
    if "if" in schema:
        try:
            check(schema["if"], value)
            branch = "then"
        except Wrong:
            branch = "else"
        check(schema.get(branch, {}), value)
    if "not" in schema:
        try:
            check(schema["not"], value)
        except Wrong:
            return
        raise Wrong("bad-value")


def read_object(kind, octets):
    value = read(octets)
    schema = json.loads((SCHEMAS / f"congvan.{kind}-1.schema.json").read_text("utf-8"))
    if value.get("schema", f"congvan.{kind}/1") != f"congvan.{kind}/1":
        raise Wrong("wrong-schema")
    check(schema, value)
    return value


# --- seals ---

def openssl(*args):
    return subprocess.run(["openssl", *map(str, args)], capture_output=True)


def verify(octets, signature, root):
    """The SHA-256 of the signer's certificate, which leads to the root."""
    with tempfile.TemporaryDirectory() as folder:
        content, cms, signer = (Path(folder) / name for name in ("content", "cms", "signer.pem"))
        content.write_bytes(octets)
        cms.write_bytes(signature)
        common = ["cms", "-verify", "-binary", "-inform", "DER", "-in", cms, "-content", content, "-out", "/dev/null"]
        if openssl(*common, "-noverify", "-signer", signer).returncode:
            raise Wrong("signature")
        if openssl(*common, "-cades", "-CAfile", root, "-no-CApath", "-purpose", "any").returncode:
            raise Wrong("untrusted")
        pem = signer.read_text()
        der = base64.b64decode(pem.split("-----BEGIN CERTIFICATE-----")[1].split("-----END")[0])
        return sha256(der)


def sha256(octets):
    return hashlib.sha256(octets).hexdigest()


def unbase64(text):
    return base64.b64decode(text, validate=True)


# --- one function per kind of vector ---

def check_canonical(case, folder):
    read((folder / case["file"]).read_bytes())


def check_signed(kind):
    def run(case, folder):
        octets = (folder / case["file"]).read_bytes()
        read_object(kind, octets)
        if sha256(octets) != case.get("sha256", sha256(octets)):
            raise Wrong("digest")
        verify(octets, (folder / case["signature"]).read_bytes(), folder / case["root"])
    return run


def check_leaf(case, folder):
    octets = (folder / case["file"]).read_bytes()
    if len(octets) > 1024:
        raise Wrong("bad-value")
    read_object("leaf", octets)
    if sha256(b"\0" + octets) != case["leaf_hash"]:
        raise Wrong("digest")


def read_receipt(octets, root):
    receipt = read_object("receipt", octets)
    evidence_octets = unbase64(receipt["evidence"])
    evidence = read_object("evidence", evidence_octets)
    leaf = {"schema": "congvan.leaf/1", "evidence": sha256(evidence_octets),
            "event": re.split("[/:]", evidence["event"])[-1], "endpoint": evidence["endpoint"],
            "time": evidence["time"], "salt": sha256(binascii.unhexlify(evidence["salt"]))}
    if canonical(leaf).encode() != unbase64(receipt["leaf"]):
        raise Wrong("leaf-mismatch")
    if verify(evidence_octets, unbase64(receipt["signature"]), root) != evidence["issuer_certificate"]:
        raise Wrong("issuer-mismatch")
    return evidence_octets, evidence


def check_receipt(case, folder):
    read_receipt((folder / case["file"]).read_bytes(), folder / case["root"])


def check_chain(case, folder):
    seen, delivery = {}, None
    for name in case["files"]:
        octets, evidence = read_receipt((folder / name).read_bytes(), folder / case["root"])
        about = (evidence["delivery"], evidence["envelope"], evidence["sender"], canonical(evidence["package"]))
        delivery = delivery or about
        before = seen.get(evidence.get("previous"))
        first = evidence["event"].endswith("/SubmissionAcceptance")
        if about != delivery or first != (not seen) or (not first and before is None):
            raise Wrong("chain")
        if before and not set(evidence["recipients"]) <= set(before["recipients"]):
            raise Wrong("chain")
        seen[sha256(octets)] = evidence


def check_problem(case, folder):
    value = json.loads((folder / case["file"]).read_text("utf-8"))
    check(json.loads((SCHEMAS / "congvan.problem-1.schema.json").read_text("utf-8")), value)


def check_note(case, folder):
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return "passed over: no cryptography package"
    name, key_id, key = case["vkey"].split("+", 2)
    key = base64.b64decode(key)
    if sha256(name.encode() + b"\n" + key)[:8] != key_id or key[0] != 1:
        raise Wrong("bad-value")
    text, signatures = (folder / case["file"]).read_text("utf-8").rsplit("\n\n", 1)
    text += "\n"
    lines = [line.split(" ") for line in signatures.splitlines()]
    for line in (line for line in lines if line[1] == name):
        value = base64.b64decode(line[2])
        try:
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(value[4:], text.encode())
            return read_object("agency", text[:-1].encode()) and None
        except InvalidSignature:
            raise Wrong("signature")
    raise Wrong("signature")


KINDS = {"canonical": check_canonical, "envelope": check_signed("envelope"), "ack": check_signed("ack"),
         "recall": check_signed("recall"), "business-status": check_signed("business-status"),
         "leaf": check_leaf, "receipt": check_receipt, "chain": check_chain, "problem": check_problem,
         "note": check_note}


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "fixtures" / "vectors" / "exchange"
    bad = count = 0
    for index in sorted(folder.glob("**/vectors.json")):
        for case in json.loads(index.read_text("utf-8")):
            count += 1
            try:
                note, found = KINDS[case["kind"]](case, index.parent), "valid"
            except Wrong as wrong:
                note, found = None, str(wrong)
            wanted = "valid" if case["verdict"] == "valid" else case["reason"]
            if note:
                print(f"{case['name']}: {note}")
            elif found != wanted:
                bad += 1
                print(f"{case['name']}: {found}, not {wanted}")
    print(f"{count} vectors, {bad} not as expected")
    return 1 if bad or not count else 0


if __name__ == "__main__":
    sys.exit(main())
