"""A client of the exchange written from src/exchange/PROTOCOL.md alone: it shares no code with us, so what it needs is
what the text must say. CMS comes from asn1crypto, keys and certificates from cryptography, the channel from ssl."""

import base64
import contextlib
import datetime
import hashlib
import http.client
import socket
import ssl
import subprocess
import time

PACKET = "application/edxml+xml"


def sha256(octets):
    return hashlib.sha256(octets).hexdigest()


def b64(octets):
    return base64.b64encode(octets).decode()


def canonical(value):
    """RFC 8785 for what the protocol allows: strings, integers, arrays, objects."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_header(octets):
    return f"sha-256=:{b64(hashlib.sha256(octets).digest())}:"


def uuid7():
    octets = bytearray(int(time.time() * 1000).to_bytes(6, "big") + os.urandom(10))
    octets[6] = octets[6] & 0x0F | 0x70
    octets[8] = octets[8] & 0x3F | 0x80
    text = octets.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def utc():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def want(found, wanted, what):
    if found != wanted:
        raise Failed(f"{what}: {found!r}, not {wanted!r}")


class Agency:
    """One agency's channel and seal."""

    def __init__(self, code, folder, root, port):
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        self.code, self.port = code, port
        self.context = ssl.create_default_context(cafile=root)
        self.context.load_cert_chain(folder / "tls.cert.pem", folder / "tls.key.pem")
        self.key = load_pem_private_key((folder / "seal.key.pem").read_bytes(), None)
        self.chain = x509.load_pem_x509_certificates((folder / "seal.cert.pem").read_bytes())

    def call(self, method, path, body=None, **headers):
        """(status, headers in lower case, body); a body that is no octets is sent as JSON."""
        connection = http.client.HTTPSConnection("localhost", self.port, context=self.context, timeout=40)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body, headers = json.dumps(body).encode(), {"content-type": "application/json"} | headers
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        octets = answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, octets

    def json(self, method, path, body=None, **headers):
        status, _, octets = self.call(method, path, body, **headers)
        want(status, 200, f"{method} {path}: {octets[:300]}")
        return json.loads(octets)

    def seal(self, octets):
        """Section 2, *Signature*: detached CAdES-B-B."""
        from asn1crypto import algos, cms, core, tsp, x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, padding
        from cryptography.hazmat.primitives.serialization import Encoding

        certificates = [x509.Certificate.load(c.public_bytes(Encoding.DER)) for c in self.chain]
        own = certificates[0]
        named = tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(own.dump()).digest()}]})
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["data"]},
                {"type": "message_digest", "values": [hashlib.sha256(octets).digest()]},
                {"type": "signing_certificate_v2", "values": [named]},
            ]
        )
        signed = attributes.dump()
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            algorithm, value = "sha256_ecdsa", self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        else:
            algorithm, value = "sha256_rsa", self.key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        sha = algos.DigestAlgorithm({"algorithm": "sha256"})
        signer = {
            "version": "v1",
            "sid": cms.SignerIdentifier("issuer_and_serial_number", cms.IssuerAndSerialNumber(
                {"issuer": own.issuer, "serial_number": own.serial_number})),
            "digest_algorithm": sha,
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": algorithm},
            "signature": value,
        }  # fmt: skip
        data = cms.SignedData({
            "version": "v1", "digest_algorithms": [sha], "encap_content_info": {"content_type": "data"},
            "certificates": certificates, "signer_infos": [signer],
        })  # fmt: skip
        return cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()

    def envelope(self, package, to, **more):
        """Section 4.1."""
        envelope = {
            "schema": "congvan.envelope/1", "version": 1, "delivery": uuid7(), "sender": self.code, "recipients": to,
            "created": utc(), "class": "unclassified", "mode": "basic",
            "package": {"media_type": PACKET, "sha256": sha256(package), "size": len(package)},
        }  # fmt: skip
        return envelope | more

    def signed(self, name, thing):
        octets = canonical(thing)
        return {name: b64(octets), "signature": b64(self.seal(octets))}

    def upload(self, package, pieces):
        """POST and PATCH /v1/uploads: in so many pieces."""
        status, head, body = self.call(
            "POST", "/v1/uploads", upload_length=str(len(package)), upload_complete="?0", repr_digest=digest_header(package)
        )
        if status == 200 and head["upload-complete"] == "?1":
            return
        want((status, head.get("upload-offset")), (201, "0"), f"an upload: {body}")
        place, at = head["location"], 0
        size = -(-len(package) // pieces)
        while at < len(package):
            piece = package[at:at + size]
            status, head, body = self.call(
                "PATCH", place, piece, content_type="application/partial-upload", upload_offset=str(at),
                upload_complete="?1" if at + len(piece) == len(package) else "?0", content_digest=digest_header(piece),
            )  # fmt: skip
            at += len(piece)
            want((status, head.get("upload-offset")), (204, str(at)), f"a piece: {body}")
            status, head, _ = self.call("HEAD", place)
            want((status, head["upload-offset"]), (204, str(at)), "HEAD of an upload")


class Verifier:
    """Section 4.4: a receipt offline, from the trust anchor and itself."""

    def __init__(self, root, known):
        from cryptography import x509

        self.root, self.known = x509.load_pem_x509_certificate(root.read_bytes()), known

    def read(self, octets):
        """The evidence of a receipt that holds."""
        receipt = json.loads(octets)
        want(canonical(receipt), octets, "the receipt's canonical form")
        want(sorted(receipt), ["evidence", "leaf", "schema", "signature"], "the receipt's members")
        evidence_octets, leaf_octets = base64.b64decode(receipt["evidence"]), base64.b64decode(receipt["leaf"])
        evidence, leaf = json.loads(evidence_octets), json.loads(leaf_octets)
        want(canonical(evidence), evidence_octets, "the evidence's canonical form")
        made = {
            "schema": "congvan.leaf/1", "evidence": sha256(evidence_octets), "endpoint": evidence["endpoint"],
            "event": evidence["event"].rsplit("/", 1)[-1].rsplit(":", 1)[-1], "time": evidence["time"],
            "salt": sha256(bytes.fromhex(evidence["salt"])),
        }  # fmt: skip
        want(leaf, made, "the leaf")
        want(canonical(leaf), leaf_octets, "the leaf's canonical form")
        want(evidence["log"], {"origin": self.known["log"]["origin"], "vkey": self.known["log"]["vkey"]}, "the log")
        self.check_seal(evidence_octets, base64.b64decode(receipt["signature"]), evidence["issuer_certificate"])
        return evidence, sha256(evidence_octets)

    def check_seal(self, octets, signature, issuer):
        from asn1crypto import cms
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, padding

        data = cms.ContentInfo.load(signature, strict=True)["content"]
        want(data["encap_content_info"]["content"].native, None, "the seal's content")
        certificates = [x509.load_der_x509_certificate(c.dump()) for c in data["certificates"]]
        own = next(c for c in certificates if c.fingerprint(hashes.SHA256()).hex() == issuer)
        (signer,) = data["signer_infos"]
        attributes = {a["type"].native: a["values"][0] for a in signer["signed_attrs"]}
        want(attributes["message_digest"].native.hex(), hashlib.new(
            signer["digest_algorithm"]["algorithm"].native, octets).hexdigest(), "the seal's digest")  # fmt: skip
        want(attributes["signing_certificate_v2"]["certs"][0]["cert_hash"].native.hex(), issuer, "the seal's certificate")
        signed, value = signer["signed_attrs"].untag().dump(), signer["signature"].native
        hash_of = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
        hash_ = hash_of[signer["digest_algorithm"]["algorithm"].native]()
        key = own.public_key()
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(value, signed, ec.ECDSA(hash_))
        else:
            key.verify(value, signed, padding.PKCS1v15(), hash_)
        at = own
        for _ in range(4):
            above = next((c for c in [*certificates, self.root] if c.subject == at.issuer), None)
            if above is None:
                raise Failed("the seal's certificate leads to no anchor")
            at.verify_directly_issued_by(above)
            if above == self.root:
                return
            at = above
        raise Failed("the seal's path is too long")


def open_note(note, vkey):
    """A C2SP signed note under one verifier key: its text."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    name, key_id, key = vkey.split("+", 2)
    key = base64.b64decode(key)
    want(key[0], 1, "the kind of the verifier key")
    text, signatures = note.decode().rsplit("\n\n", 1)
    for line in signatures.splitlines():
        dash, signer, value = line.split(" ")
        value = base64.b64decode(value)
        if (dash, signer, value[:4].hex()) == ("\u2014", name, key_id):
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(value[4:], (text + "\n").encode())
            return text
    raise Failed("the note is not signed under its key")


@contextlib.contextmanager
def exchange(bench):
    """An endpoint with two agencies, both spoken for by the client above."""
    place = bench.at("province")
    if not place.exists():
        run(bench.congvan, "--lang", "en", "-q", "demo", "--dir", place)
    config = place / "endpoint" / "congvan.toml"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config.write_text(re.sub(r'(?m)^listen = .*$', f'listen = "127.0.0.1:{port}"', config.read_text()))
    with open(bench.at("serve.log"), "ab") as log:
        server = subprocess.Popen([bench.congvan, "--lang", "en", "-q", "serve", "--config", config], stdout=log, stderr=log)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            time.sleep(0.05)
        root = place / "ca" / "root.pem"
        sender, recipient = Agency("H99", place / "ubnd", root, port), Agency("H99.05", place / "skhcn", root, port)
        known = sender.json("GET", "/.well-known/agency-exchange")
        want((known["schema"], known["agency"], known["versions"]), ("congvan.endpoint/1", "H99", [1]), "the endpoint")
        yield sender, recipient, known, Verifier(root, known)
    finally:
        server.terminate()
        server.wait(20)


def packet(bench, name):
    """A package nobody sent before."""
    return (bench.at("province") / "4-package.edxml").read_bytes() + f"<!-- {name} {uuid7()} -->".encode()


@check
def exchange_journey(bench):
    """a client made from PROTOCOL.md alone uploads, submits, claims, downloads, acknowledges and checks every receipt"""
    with exchange(bench) as (sender, recipient, known, verifier):
        note = sender.call("GET", "/v1/agencies/H99.05")[2]
        entry = json.loads(open_note(note, known["directory_vkey"]))
        want((entry["schema"], entry["code"]), ("congvan.agency/1", "H99.05"), "the directory entry")
        package = packet(bench, "journey")
        envelope = sender.envelope(package, ["H99.05"], registry={"number": "15", "notation": "QĐ-UBND", "date": "2026-03-05"})
        body, path = sender.signed("envelope", envelope), f"/v1/deliveries/{envelope['delivery']}"
        found = sender.json("POST", "/v1/deliveries/check", body)
        want((found["package"], found["recipients"]), ("needed", [{"recipient": "H99.05", "accepted": True}]), "the check")
        want(sender.call("PUT", path, body)[0], 409, "a PUT before the upload")
        sender.upload(package, 3)
        status, _, receipt = sender.call("PUT", path, body)
        want(status, 201, f"PUT: {receipt[:300]}")
        accepted, first = verifier.read(receipt)
        want(accepted["event"], "http://uri.etsi.org/19522/Event/SubmissionAcceptance", "the event")
        want((accepted["envelope"], accepted["sender"]), (sha256(canonical(envelope)), "H99"), "the receipt")
        want(sender.call("PUT", path, body)[0::2], (200, receipt), "a replay")

        claim = {"claim": uuid7(), "max": 100, "lease_s": 60}
        answer = recipient.json("POST", "/v1/inbox/claim", claim)
        want(recipient.json("POST", "/v1/inbox/claim", claim), answer, "a claim repeated")
        item = next(i for i in answer["items"] if i["delivery"] == envelope["delivery"])
        want(base64.b64decode(item["envelope"]), canonical(envelope), "the envelope that arrives")
        consigned, second = verifier.read(base64.b64decode(item["receipt"]))
        want((consigned["recipients"], consigned["previous"]), (["H99.05"], first), "the consignment")
        place = f"/v1/inbox/{item['item']}"
        status, head, octets = recipient.call("GET", f"{place}/package")
        want((status, octets, head["etag"], head["repr-digest"]), (200, package, f'"{sha256(package)}"', digest_header(package)), "the package")
        status, head, octets = recipient.call("GET", f"{place}/package", range="bytes=10-", if_range=head["etag"])
        want((status, octets, head["content-range"]), (206, package[10:], f"bytes 10-{len(package) - 1}/{len(package)}"), "a range")
        lease = {"lease": item["lease"], "lease_s": 120}
        want(recipient.json("POST", f"{place}/extend", lease)["lease"], item["lease"], "a lease prolonged")
        ack = {
            "schema": "congvan.ack/1", "delivery": envelope["delivery"], "sender": "H99", "recipient": "H99.05",
            "envelope": sha256(canonical(envelope)), "package": sha256(package), "outcome": "accepted", "time": utc(),
        }  # fmt: skip
        body = recipient.signed("ack", ack) | {"lease": item["lease"]}
        status, _, receipt = recipient.call("POST", f"{place}/ack", body)
        want(status, 200, f"the acknowledgement: {receipt[:300]}")
        want(recipient.call("POST", f"{place}/ack", body)[0::2], (200, receipt), "the acknowledgement again")
        handed, third = verifier.read(receipt)
        want(handed["event"].rsplit("/", 1)[-1], "ContentHandover", "the event")
        want((handed["previous"], handed["acknowledgement"]), (second, sha256(canonical(ack))), "the handover")

        status, head, view = sender.call("GET", path)
        want(json.loads(view)["recipients"], [{"recipient": "H99.05", "state": "accepted", "attempt": 1}], "the state")
        want(sender.call("GET", path, if_none_match=head["etag"])[0], 304, "an unchanged state")
        listed = sender.json("GET", f"{path}/evidence")["evidence"]
        want([line["event"] for line in listed], ["SubmissionAcceptance", "ContentConsignment", "ContentHandover"], "the evidence")
        want(sender.call("GET", f"{path}/evidence/2")[2], receipt, "the last evidence")
        statements = sender.json("GET", f"{path}/statements")["statements"]
        want([base64.b64decode(s["object"]) for s in statements], [canonical(ack)], "what was said")
        events, after = [], 0
        while page := sender.json("GET", f"/v1/events?after={after}")["events"]:
            events, after = events + page, page[-1]["seq"]
        want([e["seq"] for e in events], list(range(1, len(events) + 1)), "events without gaps")
        status_object = {
            "schema": "congvan.business-status/1", "delivery": envelope["delivery"], "sender": "H99", "recipient": "H99.05",
            "envelope": sha256(canonical(envelope)), "status": "03", "text": "Đã tiếp nhận", "time": utc(),
        }  # fmt: skip
        status, _, receipt = recipient.call("POST", f"{place}/status", recipient.signed("status", status_object))
        want((status, verifier.read(receipt)[0]["previous"]), (200, third), f"a business status: {receipt[:300]}")


@check
def exchange_recall_and_one_shot(bench):
    """the same client sends in one request, replaces, recalls, rejects, and reads every refusal"""
    with exchange(bench) as (sender, recipient, known, verifier):
        def post(package, envelope):
            boundary = "b" + uuid7().replace("-", "")
            parts = [("envelope", canonical(sender.signed("envelope", envelope))), ("package", package)]
            body = b"".join(
                f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + octets + b"\r\n"
                for name, octets in parts
            )
            kind = f"multipart/form-data; boundary={boundary}"
            return sender.call("POST", "/v1/deliveries", body + f"--{boundary}--\r\n".encode(), content_type=kind)

        def sent(name, **more):
            package = packet(bench, name)
            envelope = sender.envelope(package, ["H99.05"], **more)
            status, _, receipt = post(package, envelope)
            want(status, 201, f"one request: {receipt[:300]}")
            verifier.read(receipt)
            want(post(package, envelope)[0::2], (200, receipt), "one request again")
            return envelope

        first = sent("first")
        second = sent("second", replaces=first["delivery"])
        view = sender.json("GET", f"/v1/deliveries/{first['delivery']}")
        want((view["replaced_by"], view["recipients"][0]["state"]), (second["delivery"], "recalled"), "a replacement")
        recall = {
            "schema": "congvan.recall/1", "delivery": second["delivery"], "sender": "H99", "envelope": sha256(canonical(second)),
            "reason": {"code": "mistake", "text": "Gửi nhầm"}, "time": utc(),
        }  # fmt: skip
        path = f"/v1/deliveries/{second['delivery']}"
        answer = sender.json("POST", f"{path}/recall", sender.signed("recall", recall))
        (line,) = answer["recipients"]
        want((line["recipient"], line["outcome"]), ("H99.05", "recalled"), "a recall")
        want(verifier.read(base64.b64decode(line["receipt"]))[0]["event"], "urn:congvan:event:Recall", "its evidence")

        third = sent("third")
        inbox = recipient.json("GET", f"/v1/inbox?delivery={third['delivery']}")
        item = inbox["items"][0]["item"]
        claimed = recipient.json("POST", "/v1/inbox/claim", {"claim": uuid7(), "max": 1, "lease_s": 60, "items": [item]})
        ack = {
            "schema": "congvan.ack/1", "delivery": third["delivery"], "sender": "H99", "recipient": "H99.05",
            "envelope": sha256(canonical(third)), "package": third["package"]["sha256"], "outcome": "rejected",
            "reason": {"code": "not-competent", "text": "Không thuộc thẩm quyền"}, "time": utc(),
        }  # fmt: skip
        body = recipient.signed("ack", ack) | {"lease": claimed["items"][0]["lease"]}
        status, _, receipt = recipient.call("POST", f"/v1/inbox/{item}/ack", body)
        want((status, verifier.read(receipt)[0]["reasons"][0]["code"]), (200, "not-competent"), "a rejection")

        def refused(status, code, answer):
            problem = json.loads(answer[2])
            want((answer[0], problem["code"], answer[1]["content-type"]), (status, code, "application/problem+json"), code)
            if not {"type", "title", "status", "retry"} <= set(problem) or "request-id" not in answer[1]:
                raise Failed(f"{code}: a refusal without its members: {problem}")
            return problem

        other = sender.envelope(packet(bench, "other"), ["H99.05"]) | {"delivery": third["delivery"]}
        put = lambda envelope, by=sender: sender.call(
            "PUT", f"/v1/deliveries/{envelope['delivery']}", by.signed("envelope", envelope))  # fmt: skip
        problem = refused(409, "id-reused", put(other))
        want((problem["stored-envelope"], problem["given-envelope"]), (sha256(canonical(third)), sha256(canonical(other))), "both digests")
        refused(409, "upload-incomplete", put(sender.envelope(packet(bench, "none"), ["H99.05"])))
        refused(403, "cert-unknown", put(sender.envelope(packet(bench, "forged"), ["H99.05"]), recipient))
        refused(403, "sender-mismatch", put(sender.envelope(packet(bench, "else"), ["H99.05"]) | {"sender": "H99.05"}))
        problem = refused(422, "recipient-unknown", put(sender.envelope(packet(bench, "whom"), ["H77"])))
        rejected, _ = verifier.read(sender.call("GET", problem["evidence"])[2])
        want((rejected["event"].rsplit("/", 1)[-1], rejected["reasons"][0]["code"]), ("SubmissionRejection", "recipient-unknown"), "its evidence")
        refused(422, "class-not-accepted", put(sender.envelope(packet(bench, "class"), ["H99.05"]) | {"class": "secret"}))
        refused(422, "envelope-expired", put(sender.envelope(packet(bench, "late"), ["H99.05"], not_after="2020-01-01T00:00:00Z")))
        turned = {name: value for name, value in ack.items() if name != "reason"} | {"outcome": "accepted"}
        body = recipient.signed("ack", turned) | {"lease": claimed["items"][0]["lease"]}
        refused(409, "already-final", recipient.call("POST", f"/v1/inbox/{item}/ack", body))
        refused(409, "lease-lost", recipient.call("POST", f"/v1/inbox/{item}/extend", {"lease": 99, "lease_s": 5}))
        refused(404, "not-found", sender.call("GET", f"/v1/deliveries/{uuid7()}"))
        refused(400, "malformed", sender.call("PUT", f"/v1/deliveries/{uuid7()}", b"{}", content_type="application/json"))
        refused(404, "not-found", sender.call("GET", f"/v1/deliveries/{third['delivery']}/evidence/0/proof"))
