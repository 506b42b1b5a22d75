//! A time-stamp in a file of its own — RFC 3161 §2.4.2, §3.2: a token, or the answer that brought it.

use std::io;
use std::sync::Arc;

use super::cades::{Content, digest_file};
use super::candidate::{Candidate, Form, Kind};
use super::collected::{Collected, Document};
use super::envelope::{CmsSignature, Envelope};
use super::finding::Finding;
use super::hashing;
use crate::algorithms::DigestAlgorithm;
use crate::asn1::Tlv;
use crate::base::read::ReadAt;
use crate::cms::oids;
use crate::tsp::Token;

/// Reads a token found in `file` and hashes what it was made for; without `content` judging says
/// SIGNED_DATA_NOT_FOUND.
///
/// # Errors
/// Those of the storage.
pub fn collect(file: &dyn ReadAt, token: &Token, content: Option<Content<'_>>) -> io::Result<Collected> {
    let mut collected = Collected { sha256: hashing::hash(file, &[])?.0, ..Collected::default() };
    let mut one = candidate("Timestamp1".to_owned(), token);
    if let Some(content) = content {
        let imprint = DigestAlgorithm::from_oid(&token.info().imprint_algorithm.oid);
        let mut wanted = vec![DigestAlgorithm::Sha256];
        wanted.extend(imprint.filter(|digest| *digest != DigestAlgorithm::Sha256));
        one.digests = digest_file(content.file, &wanted)?;
        one.extent.names = vec![content.name.to_owned()];
        let sha256 = one.digests.0.get(&DigestAlgorithm::Sha256).cloned().unwrap_or_default();
        collected.documents.push(Document { name: Some(content.name.to_owned()), sha256 });
    }
    collected.candidates.push(one);
    Ok(collected)
}

/// A token as a candidate; `digests`, what it covers and what that proves are the caller's to fill in.
pub fn candidate(id: String, token: &Token) -> Candidate {
    let signed_data = token.signed_data();
    let envelope = match signed_data.signers().first() {
        None => Envelope::Unreadable,
        Some(signer) => Envelope::Cms(CmsSignature {
            raw: token.raw().into(),
            signed_data: Arc::new(signed_data.clone()),
            signer: signer.clone(),
            content_type: Some(oids::TST_INFO),
        }),
    };
    let mut one = Candidate::new(id, Kind::DocTimestamp, Form::Token, envelope);
    if !Tlv::parse(token.raw()).is_ok_and(|value| value.is_der()) {
        one.remarks.push(Finding::CmsNotDer);
    }
    one
}
