//! Signing a packet: an XML signature over the message header, the body and every attachment as it is decoded.
//!
//! `TraceHeaderList` stays outside, since every system a packet passes adds to it; only what it says about another
//! document (recall, update, replacement) is signed by itself. The signature speaks for the
//! packet on its way; it is not the signature of the document inside.

use std::io;

use crate::algorithms::{DigestAlgorithm, VerifyError};
use crate::base::read::ReadAt;
use crate::edxml::write::{BODY_ID, BUSINESS_ID, HEADER_ID, Signing};
use crate::edxml::{DocumentPacket, Skeleton, StatusPacket, WriteError};
use crate::keys::{KeyError, Signer};
use crate::x509::Certificate;
use crate::xml::c14n::{Method, canonicalize};
use crate::xml::dsig::{self, DsigError, Ids, NewReference, Signature};
use crate::xml::parse;

/// Why a packet could not be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignPacketError {
    /// It cannot be written, signed or not.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A content could not be read.
    #[error("the content of an attachment could not be read")]
    Content(#[from] io::Error),
    /// The key would not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key's scheme has no name in XML signatures, or its value another form than it should.
    #[error("the key's signature scheme cannot be used in an XML signature")]
    Scheme,
    /// What was laid out cannot be read back.
    #[error("the packet laid out for signing cannot be read back")]
    Layout(#[from] DsigError),
}

/// Lays out a packet with a document, signed by `signer`; `chain` has the signer's certificate first. The same
/// contents, in the same order, are to be written afterwards.
///
/// # Errors
/// A [`SignPacketError`]; the number of contents must be that of the packet's files.
pub fn sign_document(
    packet: &DocumentPacket,
    contents: &[&dyn ReadAt],
    signer: &dyn Signer,
    chain: &[Certificate],
) -> Result<Skeleton, SignPacketError> {
    if packet.files.len() != contents.len() {
        return Err(WriteError::Contents { files: packet.files.len(), contents: contents.len() }.into());
    }
    let mut attachments = Vec::new();
    for (file, content) in packet.files.iter().zip(contents) {
        attachments.push((format!("cid:{}", file.content_id), digest(*content)?));
    }
    let parts: &[&str] =
        if packet.business.is_order() { &[HEADER_ID, BODY_ID, BUSINESS_ID] } else { &[HEADER_ID, BODY_ID] };
    sign(&|signing| Skeleton::document(packet, signing), parts, attachments, signer, chain)
}

/// Lays out a status packet, signed by `signer`; `chain` has the signer's certificate first.
///
/// # Errors
/// A [`SignPacketError`].
pub fn sign_status(
    packet: &StatusPacket,
    signer: &dyn Signer,
    chain: &[Certificate],
) -> Result<Skeleton, SignPacketError> {
    sign(&|signing| Skeleton::status(packet, signing), &[HEADER_ID], Vec::new(), signer, chain)
}

const DIGEST: DigestAlgorithm = DigestAlgorithm::Sha256;

fn sign(
    lay_out: &dyn Fn(Signing<'_>) -> Result<Skeleton, WriteError>,
    parts: &[&str],
    attachments: Vec<(String, Vec<u8>)>,
    signer: &dyn Signer,
    chain: &[Certificate],
) -> Result<Skeleton, SignPacketError> {
    let scheme = signer.scheme();
    let method = scheme.xml_uri().ok_or(SignPacketError::Scheme)?;
    let exclusive = Method::exclusive();
    let transforms = [exclusive.uri()];
    let reference =
        |uri: String, transforms, digest| NewReference { uri, transforms, digest_method: DIGEST.xml_uri(), digest };
    let text = lay_out(Signing::Signed(""))?.text();
    let tree = parse(&text).map_err(DsigError::from)?;
    let ids = Ids::of(&tree);
    let mut references = Vec::new();
    for id in parts {
        let node = tree.get_node(ids.find(id)?).ok_or(DsigError::Missing("signed part"))?;
        let bytes = canonicalize(node, None, &exclusive).map_err(DsigError::from)?;
        references.push(reference(format!("#{id}"), &transforms[..], DIGEST.digest(&bytes)));
    }
    references.extend(attachments.into_iter().map(|(uri, digest)| reference(uri, &[], digest)));

    let certificates: Vec<&[u8]> = chain.iter().map(Certificate::der).collect();
    let unsigned = lay_out(Signing::Signed(&dsig::write(method, &references, &[], &certificates)))?.text();
    let tree = parse(&unsigned).map_err(DsigError::from)?;
    let node = tree
        .descendants()
        .find(|n| n.has_tag_name((dsig::NAMESPACE, "Signature")))
        .ok_or(DsigError::Missing("Signature"))?;
    let to_sign = Signature::parse(node)?.signed_bytes(&tree)?;
    let value = signer.sign(&to_sign)?;
    let value = scheme.value_for_xml(signer.public_key(), &value).map_err(|_: VerifyError| SignPacketError::Scheme)?;
    Ok(lay_out(Signing::Signed(&dsig::write(method, &references, &value, &certificates)))?)
}

fn digest(content: &dyn ReadAt) -> io::Result<Vec<u8>> {
    let mut hasher = DIGEST.hasher();
    let mut buffer = vec![0; 128 * 1024];
    let mut at = 0_u64;
    while at < content.len() {
        let read = content.read_at(&mut buffer, at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
        at = at.saturating_add(u64::try_from(read).unwrap_or(0));
    }
    Ok(hasher.finish())
}
