//! XAdES qualifying properties — EN 319 132-1, and the older ETSI TS 101 903 in its namespaces 1.1.1, 1.2.2, 1.3.2
//! and 1.4.1: what a signature says about itself, and the proofs that were put beside it later.
//!
//! Whether the signature really is over its signed properties is said by [`is_signed_properties`] and the references;
//! nothing here is trusted. What each time-stamp is over is in [`Xades::stamped`].

use roxmltree::{Document, Node, NodeId};

use super::c14n::Method;
use super::dsig::{DsigError, NAMESPACE, Reference, Signature, canonicalization, text_of};
use crate::base::encoding::from_base64;
use crate::base::time::UnixTime;

/// Namespace of EN 319 132-1 and TS 101 903 from 1.3.2 on.
pub const NAMESPACE_132: &str = "http://uri.etsi.org/01903/v1.3.2#";
/// Namespace of what TS 101 903 1.4.1 added.
pub const NAMESPACE_141: &str = "http://uri.etsi.org/01903/v1.4.1#";
/// Namespace of TS 119 132-3.
pub const NAMESPACE_RECORDS: &str = "http://uri.etsi.org/19132/v1.1.1#";
const NAMESPACE_122: &str = "http://uri.etsi.org/01903/v1.2.2#";
const NAMESPACE_111: &str = "http://uri.etsi.org/01903/v1.1.1#";
/// `Type` of the reference to the signed properties (EN 319 132-1 4.4.2).
pub const SIGNED_PROPERTIES_TYPE: &str = "http://uri.etsi.org/01903#SignedProperties";
/// `Type` of a counter-signature's reference to the value it signs (EN 319 132-1 5.2.7.2).
pub const COUNTERSIGNED_TYPE: &str = "http://uri.etsi.org/01903#CountersignedSignature";

/// Most properties, tokens or values of each kind in one signature.
pub const MAX_ENTRIES: usize = 1_000;

/// The qualifying properties of one signature.
#[derive(Clone, Debug)]
pub struct Xades {
    /// The `QualifyingProperties` element.
    pub node: NodeId,
    /// Its `Target`.
    pub target: Option<String>,
    /// What the signer stated.
    pub signed: Option<SignedProperties>,
    /// What was added afterwards, in order.
    pub unsigned: Vec<UnsignedProperty>,
}

/// `SignedProperties` (EN 319 132-1 4.3.4).
#[derive(Clone, Debug)]
pub struct SignedProperties {
    /// The element.
    pub node: NodeId,
    /// Its `Id`.
    pub id: Option<String>,
    /// The time the signer claims, as written.
    pub signing_time: Option<String>,
    /// References to the signing certificate: one list for each of `SigningCertificate` and `SigningCertificateV2`
    /// that is there. Of several in a list one is the signer's (EN 319 132-1 5.2.2); damaged ones are left out.
    pub signing_certificate: Vec<Vec<CertificateReference>>,
    /// The signature policy.
    pub policy: Option<PolicyIdentifier>,
    /// Formats of what is signed.
    pub formats: Vec<DataObjectFormat>,
    /// Identifiers of the commitments made.
    pub commitments: Vec<String>,
    /// Roles the signer claims.
    pub roles: Vec<String>,
    /// Time-stamps over the content, made before the signature.
    pub stamps: Vec<Stamp>,
}

/// A digest that names a certificate (EN 319 132-1 5.2.2.2). Issuer and serial number beside it are hints and are not
/// kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateReference {
    /// Identifier of the digest.
    pub digest_method: String,
    /// The digest.
    pub digest: Vec<u8>,
}

/// `SignaturePolicyIdentifier` (EN 319 132-1 5.2.9).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PolicyIdentifier {
    /// Whatever goes without saying.
    Implied,
    /// A named one.
    Named(String),
}

/// `DataObjectFormat` (EN 319 132-1 5.2.4).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DataObjectFormat {
    /// The reference it speaks about, as `#Id`.
    pub object_reference: String,
    /// Media type.
    pub mime_type: Option<String>,
    /// What it is, in words.
    pub description: Option<String>,
}

/// One unsigned signature property.
#[derive(Clone, Debug)]
pub struct UnsignedProperty {
    /// The element.
    pub node: NodeId,
    /// What it is.
    pub kind: UnsignedKind,
}

/// The kinds of unsigned properties (EN 319 132-1 5.3 to 5.5, annex A).
#[derive(Clone, Debug)]
pub enum UnsignedKind {
    /// Any of the time-stamps.
    Stamp(Stamp),
    /// A counter-signature: its `Signature` element (5.2.7).
    CounterSignature(NodeId),
    /// Digests of certificates or revocation data (annex A.1); `true` for the second version.
    References {
        /// `CompleteCertificateRefsV2` or `AttributeCertificateRefsV2`.
        second_version: bool,
    },
    /// `CompleteRevocationRefs` or `AttributeRevocationRefs`, the same in both versions.
    RevocationReferences,
    /// Certificates and revocation data themselves.
    Values(Values),
    /// Evidence records over everything before them (TS 119 132-3 5.2).
    EvidenceRecords(Vec<SealedRecord>),
    /// Anything else, by its local name.
    Other(String),
}

/// One record in `SealingEvidenceRecords`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SealedRecord {
    /// `ASN1EvidenceRecord`, DER (RFC 4998); `None` for what is not base64.
    Asn1(Option<Vec<u8>>),
    /// The `EvidenceRecord` element (RFC 6283).
    Xml(NodeId),
}

/// Certificates and revocation data, DER; what is not base64 is left out.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Values {
    /// Certificates.
    pub certificates: Vec<Vec<u8>>,
    /// CRLs.
    pub crls: Vec<Vec<u8>>,
    /// OCSP responses.
    pub ocsp_responses: Vec<Vec<u8>>,
}

/// A time-stamp container (EN 319 132-1 4.4.1, `XAdESTimeStampType`).
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The element.
    pub node: NodeId,
    /// What it is over.
    pub kind: StampKind,
    /// How elements become octets, Canonical XML 1.0 where nothing is said; `Err` with the identifier of a method that
    /// is not known.
    pub canonicalization: Result<Method, String>,
    /// What it names explicitly.
    pub includes: Vec<Include>,
    /// Its tokens, DER; each is over the same octets.
    pub tokens: Vec<Vec<u8>>,
    /// How many `XMLTimeStamp` it holds, which nobody defined further.
    pub xml_tokens: usize,
}

/// What a time-stamp is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StampKind {
    /// All that is signed (5.2.8.1).
    AllData,
    /// Some of what is signed (5.2.8.2).
    SomeData,
    /// The signature value (5.3).
    Signature,
    /// The signature value, its time-stamps and the references to proofs (A.1.5.1).
    SigAndRefs {
        /// `SigAndRefsTimeStampV2`.
        second_version: bool,
    },
    /// The references to proofs (A.1.5.2).
    RefsOnly {
        /// `RefsOnlyTimeStampV2`.
        second_version: bool,
    },
    /// Everything so far (5.5.2).
    Archive {
        /// Of TS 101 903 1.4.1, which takes in all objects; the older ones leave out those that are signed.
        all_objects: bool,
    },
}

impl StampKind {
    /// The word for reports.
    pub fn name(self) -> &'static str {
        match self {
            StampKind::AllData | StampKind::SomeData => "content",
            StampKind::Signature => "signature",
            StampKind::SigAndRefs { .. } => "signature-and-references",
            StampKind::RefsOnly { .. } => "references",
            StampKind::Archive { .. } => "archive",
        }
    }
}

/// `Include` (EN 319 132-1 4.4.1) or `HashDataInfo` of the first versions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Include {
    /// What it points at.
    pub uri: String,
    /// Where that is a reference: what the reference reaches, not the element itself.
    pub referenced_data: bool,
}

/// True when the `Type` of a reference says that it leads to signed properties, in any version.
pub fn is_signed_properties(reference: &Reference) -> bool {
    reference.kind.as_deref().is_some_and(|kind| {
        kind == SIGNED_PROPERTIES_TYPE
            || [NAMESPACE_111, NAMESPACE_122, NAMESPACE_132]
                .iter()
                .any(|namespace| kind.strip_prefix(namespace) == Some("SignedProperties"))
    })
}

/// True for a namespace of XAdES.
pub(super) fn is_namespace(namespace: Option<&str>) -> bool {
    matches!(namespace, Some(NAMESPACE_111 | NAMESPACE_122 | NAMESPACE_132 | NAMESPACE_141))
}

fn named(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name && is_namespace(node.tag_name().namespace())
}

fn find<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|n| named(*n, name))
}

fn all<'a, 'i: 'a>(node: Option<Node<'a, 'i>>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.into_iter().flat_map(|n| n.children()).filter(move |n| named(*n, name))
}

// In either namespace: the first version had its own digest elements.
fn local<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|n| {
        let namespace = n.tag_name().namespace();
        n.is_element() && n.tag_name().name() == name && (namespace == Some(NAMESPACE) || is_namespace(namespace))
    })
}

fn only<'a, 'i>(
    mut found: impl Iterator<Item = Node<'a, 'i>>,
    name: &'static str,
) -> Result<Option<Node<'a, 'i>>, DsigError>
where
    'i: 'a,
{
    match (found.next(), found.next()) {
        (one, None) => Ok(one),
        _ => Err(DsigError::Missing(name)),
    }
}

fn bounded<T>(list: &[T], what: &'static str) -> Result<(), DsigError> {
    if list.len() >= MAX_ENTRIES { Err(DsigError::TooMany { what, limit: MAX_ENTRIES }) } else { Ok(()) }
}

fn trimmed(node: Node<'_, '_>) -> String {
    text_of(node).trim().to_owned()
}

impl Xades {
    /// Reads the qualifying properties in the objects of `signature`; `None` when it has none.
    ///
    /// # Errors
    /// [`DsigError::Missing`] for what must stand once and stands twice, or [`DsigError::TooMany`].
    pub fn parse(signature: &Signature, tree: &Document<'_>) -> Result<Option<Self>, DsigError> {
        let objects = signature.objects.iter().filter_map(|id| tree.get_node(*id));
        let properties = objects.flat_map(|o| o.children()).filter(|n| named(*n, "QualifyingProperties"));
        let Some(node) = only(properties, "QualifyingProperties")? else { return Ok(None) };
        let signed = only(all(Some(node), "SignedProperties"), "SignedProperties")?;
        let unsigned = only(all(Some(node), "UnsignedProperties"), "UnsignedProperties")?;
        let unsigned = only(all(unsigned, "UnsignedSignatureProperties"), "UnsignedSignatureProperties")?;
        let mut properties = Vec::new();
        for child in unsigned.iter().flat_map(|n| n.children()).filter(Node::is_element) {
            bounded(&properties, "unsigned properties")?;
            properties.push(UnsignedProperty { node: child.id(), kind: unsigned_kind(child)? });
        }
        Ok(Some(Xades {
            node: node.id(),
            target: node.attribute("Target").map(str::to_owned),
            signed: signed.map(SignedProperties::parse).transpose()?,
            unsigned: properties,
        }))
    }

    /// Its time-stamps after signing, with their place among the unsigned properties.
    pub fn stamps(&self) -> impl Iterator<Item = (usize, &Stamp)> {
        self.unsigned.iter().enumerate().filter_map(|(at, property)| match &property.kind {
            UnsignedKind::Stamp(stamp) => Some((at, stamp)),
            _ => None,
        })
    }

    /// Certificates and revocation data among the unsigned properties before place `end`.
    pub fn values(&self, end: usize) -> impl Iterator<Item = &Values> {
        self.unsigned.iter().take(end).filter_map(|property| match &property.kind {
            UnsignedKind::Values(values) => Some(values),
            _ => None,
        })
    }

    /// The `Signature` elements of its counter-signatures.
    pub fn counter_signatures(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.unsigned.iter().filter_map(|property| match &property.kind {
            UnsignedKind::CounterSignature(node) => Some(*node),
            _ => None,
        })
    }
}

impl SignedProperties {
    fn parse(node: Node<'_, '_>) -> Result<Self, DsigError> {
        let signature = only(all(Some(node), "SignedSignatureProperties"), "SignedSignatureProperties")?;
        let data = only(all(Some(node), "SignedDataObjectProperties"), "SignedDataObjectProperties")?;
        let one = |name: &'static str| only(all(signature, name), name);
        let versions = [one("SigningCertificate")?, one("SigningCertificateV2")?].into_iter().flatten();
        let references = versions.map(|list| {
            all(Some(list), "Cert").filter_map(certificate_reference).take(MAX_ENTRIES).collect::<Vec<_>>()
        });
        let roles = [one("SignerRole")?, one("SignerRoleV2")?].into_iter().flatten();
        let roles = roles.flat_map(|n| n.children()).filter(|n| named(*n, "ClaimedRoles"));
        let roles = roles.flat_map(|n| n.children()).filter(|n| named(*n, "ClaimedRole")).map(trimmed);
        let commitments =
            all(data, "CommitmentTypeIndication").filter_map(|n| identifier(find(n, "CommitmentTypeId")?));
        let formats = all(data, "DataObjectFormat").map(|n| DataObjectFormat {
            object_reference: n.attribute("ObjectReference").unwrap_or("").to_owned(),
            mime_type: find(n, "MimeType").map(trimmed),
            description: find(n, "Description").map(trimmed),
        });
        let mut stamps = Vec::new();
        for (name, kind) in
            [("AllDataObjectsTimeStamp", StampKind::AllData), ("IndividualDataObjectsTimeStamp", StampKind::SomeData)]
        {
            for child in all(data, name) {
                bounded(&stamps, "time-stamps")?;
                stamps.push(Stamp::parse(child, kind)?);
            }
        }
        Ok(SignedProperties {
            node: node.id(),
            id: node.attribute("Id").map(str::to_owned),
            signing_time: one("SigningTime")?.map(trimmed),
            signing_certificate: references.collect(),
            policy: one("SignaturePolicyIdentifier")?.map(policy),
            formats: formats.take(MAX_ENTRIES).collect(),
            commitments: commitments.take(MAX_ENTRIES).collect(),
            roles: roles.take(MAX_ENTRIES).collect(),
            stamps,
        })
    }

    /// The time claimed; `None` when there is none or it is not an XML Schema dateTime with a zone.
    pub fn claimed_time(&self) -> Option<UnixTime> {
        UnixTime::parse_rfc3339(self.signing_time.as_deref()?)
    }
}

fn certificate_reference(cert: Node<'_, '_>) -> Option<CertificateReference> {
    let digest = find(cert, "CertDigest")?;
    Some(CertificateReference {
        digest_method: local(digest, "DigestMethod")?.attribute("Algorithm")?.to_owned(),
        digest: from_base64(&text_of(local(digest, "DigestValue")?))?,
    })
}

fn policy(node: Node<'_, '_>) -> PolicyIdentifier {
    let id = find(node, "SignaturePolicyId").and_then(|n| find(n, "SigPolicyId"));
    id.and_then(identifier).map_or(PolicyIdentifier::Implied, PolicyIdentifier::Named)
}

fn identifier(node: Node<'_, '_>) -> Option<String> {
    find(node, "Identifier").map(trimmed)
}

fn unsigned_kind(node: Node<'_, '_>) -> Result<UnsignedKind, DsigError> {
    let name = node.tag_name().name();
    let other = || UnsignedKind::Other(name.chars().take(100).collect());
    if node.has_tag_name((NAMESPACE_RECORDS, "SealingEvidenceRecords")) {
        return sealed_records(node);
    }
    if !is_namespace(node.tag_name().namespace()) {
        return Ok(other());
    }
    let stamp = |kind| Stamp::parse(node, kind).map(UnsignedKind::Stamp);
    Ok(match name {
        "SignatureTimeStamp" => stamp(StampKind::Signature)?,
        "SigAndRefsTimeStamp" => stamp(StampKind::SigAndRefs { second_version: false })?,
        "SigAndRefsTimeStampV2" => stamp(StampKind::SigAndRefs { second_version: true })?,
        "RefsOnlyTimeStamp" => stamp(StampKind::RefsOnly { second_version: false })?,
        "RefsOnlyTimeStampV2" => stamp(StampKind::RefsOnly { second_version: true })?,
        "ArchiveTimeStamp" => {
            stamp(StampKind::Archive { all_objects: node.tag_name().namespace() == Some(NAMESPACE_141) })?
        }
        "CompleteCertificateRefs" | "AttributeCertificateRefs" => UnsignedKind::References { second_version: false },
        "CompleteCertificateRefsV2" | "AttributeCertificateRefsV2" => UnsignedKind::References { second_version: true },
        "CompleteRevocationRefs" | "AttributeRevocationRefs" => UnsignedKind::RevocationReferences,
        "CertificateValues"
        | "AttrAuthoritiesCertValues"
        | "RevocationValues"
        | "AttributeRevocationValues"
        | "TimeStampValidationData"
        | "AnyValidationData" => UnsignedKind::Values(values(node)?),
        "CounterSignature" => {
            let signature = node.children().find(|n| n.has_tag_name((NAMESPACE, "Signature")));
            signature.map_or_else(other, |n| UnsignedKind::CounterSignature(n.id()))
        }
        _ => other(),
    })
}

fn sealed_records(node: Node<'_, '_>) -> Result<UnsignedKind, DsigError> {
    let mut found = Vec::new();
    for inside in node.children().filter(Node::is_element) {
        bounded(&found, "evidence records")?;
        if inside.has_tag_name((NAMESPACE_RECORDS, "ASN1EvidenceRecord")) {
            found.push(SealedRecord::Asn1(from_base64(&text_of(inside))));
        } else if inside.tag_name().name() == "EvidenceRecord" {
            found.push(SealedRecord::Xml(inside.id()));
        }
    }
    Ok(UnsignedKind::EvidenceRecords(found))
}

fn values(node: Node<'_, '_>) -> Result<Values, DsigError> {
    let mut found = Values::default();
    for inside in node.descendants().filter(|n| n.is_element() && is_namespace(n.tag_name().namespace())) {
        let list = match inside.tag_name().name() {
            "EncapsulatedX509Certificate" => &mut found.certificates,
            "EncapsulatedCRLValue" => &mut found.crls,
            "EncapsulatedOCSPValue" => &mut found.ocsp_responses,
            _ => continue,
        };
        bounded(list, "values")?;
        list.extend(from_base64(&text_of(inside)));
    }
    Ok(found)
}

// What the signer cannot help: a time-stamp that somebody added later must not cost the signature.
fn known_or_named(node: Node<'_, '_>) -> Result<Result<Method, String>, DsigError> {
    match canonicalization(node) {
        Ok(method) => Ok(Ok(method)),
        Err(DsigError::Canonicalization(uri)) => Ok(Err(uri)),
        Err(other) => Err(other),
    }
}

impl Stamp {
    fn parse(node: Node<'_, '_>, kind: StampKind) -> Result<Self, DsigError> {
        let method = node.children().find(|n| n.has_tag_name((NAMESPACE, "CanonicalizationMethod")));
        let mut stamp = Stamp {
            node: node.id(),
            kind,
            canonicalization: method.map_or_else(|| Ok(Ok(Method::inclusive())), known_or_named)?,
            includes: Vec::new(),
            tokens: Vec::new(),
            xml_tokens: 0,
        };
        for child in node.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "Include" | "HashDataInfo" if is_namespace(child.tag_name().namespace()) => {
                    bounded(&stamp.includes, "includes")?;
                    let uri = child.attribute("URI").or(child.attribute("uri")).unwrap_or("");
                    stamp.includes.push(Include {
                        uri: uri.to_owned(),
                        referenced_data: matches!(child.attribute("referencedData"), Some("true" | "1")),
                    });
                    // The first versions name the canonical form inside.
                    let inner = child.descendants().find(|n| n.has_tag_name((NAMESPACE, "Transform")));
                    if method.is_none()
                        && let Some(inner) = inner
                    {
                        stamp.canonicalization = known_or_named(inner)?;
                    }
                }
                "EncapsulatedTimeStamp" => {
                    bounded(&stamp.tokens, "time-stamp tokens")?;
                    stamp.tokens.extend(from_base64(&text_of(child)));
                }
                "XMLTimeStamp" => stamp.xml_tokens = stamp.xml_tokens.saturating_add(1),
                _ => {}
            }
        }
        Ok(stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn document(inside: &str) -> String {
        format!(
            "<Signature xmlns='{NAMESPACE}' Id='s'><SignedInfo>\
             <CanonicalizationMethod Algorithm='http://www.w3.org/2001/10/xml-exc-c14n#'/><SignatureMethod Algorithm='u:m'/>\
             <Reference URI='#p' Type='{SIGNED_PROPERTIES_TYPE}'><DigestMethod Algorithm='u:d'/><DigestValue>AA==</DigestValue></Reference>\
             </SignedInfo><SignatureValue>AA==</SignatureValue><Object>\
             <QualifyingProperties xmlns='{NAMESPACE_132}' Target='#s'>{inside}</QualifyingProperties></Object></Signature>"
        )
    }

    fn read(inside: &str) -> Result<Option<Xades>, DsigError> {
        let text = document(inside);
        let tree = parse(&text).expect("parses");
        let signature = Signature::parse(tree.root_element()).expect("a signature");
        assert!(signature.references.iter().all(is_signed_properties));
        Xades::parse(&signature, &tree)
    }

    #[test]
    fn signed_properties_are_read_with_both_kinds_of_certificate_references() {
        let cert = |name: &str, byte: &str| {
            format!(
                "<{name}><Cert><CertDigest><DigestMethod xmlns='{NAMESPACE}' Algorithm='u:d'/>\
                 <DigestValue xmlns='{NAMESPACE}'>{byte}</DigestValue></CertDigest></Cert></{name}>"
            )
        };
        let inside = format!(
            "<SignedProperties Id='p'><SignedSignatureProperties><SigningTime> 2026-11-24T09:00:00+07:00 </SigningTime>{}{}\
             <SignaturePolicyIdentifier><SignaturePolicyId><SigPolicyId><Identifier>urn:oid:1.2</Identifier></SigPolicyId>\
             </SignaturePolicyId></SignaturePolicyIdentifier>\
             <SignerRoleV2><ClaimedRoles><ClaimedRole>văn thư</ClaimedRole></ClaimedRoles></SignerRoleV2></SignedSignatureProperties>\
             <SignedDataObjectProperties><DataObjectFormat ObjectReference='#r'><MimeType>text/xml</MimeType></DataObjectFormat>\
             <CommitmentTypeIndication><CommitmentTypeId><Identifier>u:c</Identifier></CommitmentTypeId></CommitmentTypeIndication>\
             </SignedDataObjectProperties></SignedProperties>",
            cert("SigningCertificate", "AQ=="),
            cert("SigningCertificateV2", "Ag==")
        );
        let signed = read(&inside).expect("reads").expect("some").signed.expect("some");
        assert_eq!(signed.claimed_time(), UnixTime::parse_rfc3339("2026-11-24T02:00:00Z"));
        let digests: Vec<_> = signed.signing_certificate.into_iter().flatten().map(|r| r.digest).collect();
        assert_eq!(digests, [vec![1], vec![2]]);
        assert_eq!(signed.policy, Some(PolicyIdentifier::Named("urn:oid:1.2".to_owned())));
        assert_eq!((signed.roles, signed.commitments), (vec!["văn thư".to_owned()], vec!["u:c".to_owned()]));
        assert_eq!(signed.formats[0].mime_type.as_deref(), Some("text/xml"));
    }

    #[test]
    fn unsigned_properties_keep_their_order_and_versions() {
        let inside = format!(
            "<UnsignedProperties><UnsignedSignatureProperties>\
             <SignatureTimeStamp><EncapsulatedTimeStamp>AQ==</EncapsulatedTimeStamp><EncapsulatedTimeStamp>!</EncapsulatedTimeStamp></SignatureTimeStamp>\
             <CertificateValues><EncapsulatedX509Certificate>AQ==</EncapsulatedX509Certificate></CertificateValues>\
             <ArchiveTimeStamp/><x:TimeStampValidationData xmlns:x='{NAMESPACE_141}'><RevocationValues><OCSPValues>\
             <EncapsulatedOCSPValue>Ag==</EncapsulatedOCSPValue></OCSPValues></RevocationValues></x:TimeStampValidationData>\
             <ArchiveTimeStamp xmlns='{NAMESPACE_141}'/><other xmlns='u:x'/>\
             <CounterSignature><Signature xmlns='{NAMESPACE}'/></CounterSignature></UnsignedSignatureProperties></UnsignedProperties>"
        );
        let xades = read(&inside).expect("reads").expect("some");
        let kinds: Vec<_> = xades.stamps().map(|(at, stamp)| (at, stamp.kind)).collect();
        assert_eq!(
            kinds,
            [
                (0, StampKind::Signature),
                (2, StampKind::Archive { all_objects: false }),
                (4, StampKind::Archive { all_objects: true })
            ]
        );
        assert_eq!(xades.stamps().next().expect("first").1.tokens, [vec![1]]);
        assert_eq!(xades.values(2).count(), 1);
        assert_eq!(xades.values(4).map(|v| v.ocsp_responses.len()).sum::<usize>(), 1);
        assert_eq!(xades.counter_signatures().count(), 1);
        assert!(matches!(&xades.unsigned[5].kind, UnsignedKind::Other(name) if name == "other"));
    }

    #[test]
    fn what_must_stand_once_and_stands_twice_is_refused() {
        assert!(read("").expect("reads").expect("some").signed.is_none());
        for twice in [
            "<SignedProperties/><SignedProperties/>",
            "<SignedProperties><SignedSignatureProperties/><SignedSignatureProperties/></SignedProperties>",
            "<SignedProperties><SignedSignatureProperties><SigningTime/><SigningTime/></SignedSignatureProperties></SignedProperties>",
            "<UnsignedProperties/><UnsignedProperties/>",
        ] {
            assert!(matches!(read(twice), Err(DsigError::Missing(_))), "{twice}");
        }
        let second = "</QualifyingProperties><QualifyingProperties xmlns='http://uri.etsi.org/01903/v1.1.1#'>";
        assert!(matches!(read(second), Err(DsigError::Missing(_))));
    }
}
