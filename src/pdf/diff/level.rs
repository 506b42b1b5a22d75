//! How changes are judged, and the names of the known attacks — ISO 32000-2 12.8.2.2, Table 257.

use crate::pdf::byte_range::ByteRangeFinding;
use crate::pdf::signature_field::{FieldSelection, Permission, SignatureField, Transform};

/// What a change means for the signature before it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Judged {
    /// Compatible with the signature.
    Allowed,
    /// A new signature: allowed if it passes itself. Settled by [`super::Diff::settle`].
    IfPassed,
    /// We do not judge it: the verdict stays open.
    NotJudged,
    /// Breaks the signature's statement about the document.
    Forbidden,
}

/// What became of a later signature, for [`super::Diff::settle`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LaterSignature {
    /// TOTAL-PASSED.
    Passed,
    /// INDETERMINATE.
    Indeterminate,
    /// TOTAL-FAILED, or no signature at all.
    Failed,
}

/// Known classes of attacks on signed PDFs.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Attack {
    /// The signature lacks the parts a verifier needs (universal signature forgery).
    UniversalForgery,
    /// Content was changed in an update after signing (incremental saving).
    IncrementalSaving,
    /// The signed bytes were moved and other bytes put where they were (signature wrapping).
    SignatureWrapping,
    /// Something the signer saw was taken away (shadow, hide).
    ShadowHide,
    /// A font, appearance or resource of what the signer saw was exchanged (shadow, replace).
    ShadowReplace,
    /// Content hidden in the signed bytes was switched on (shadow, hide and replace).
    ShadowHideAndReplace,
    /// Annotations drawn over a certified document (certification, evil annotation).
    EvilAnnotation,
    /// A signature by nobody in particular whose stamp is drawn over the document (certification, sneaky signature).
    SneakySignature,
}

impl Attack {
    /// Stable name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Attack::UniversalForgery => "universal-forgery",
            Attack::IncrementalSaving => "incremental-saving",
            Attack::SignatureWrapping => "signature-wrapping",
            Attack::ShadowHide => "shadow-hide",
            Attack::ShadowReplace => "shadow-replace",
            Attack::ShadowHideAndReplace => "shadow-hide-and-replace",
            Attack::EvilAnnotation => "evil-annotation",
            Attack::SneakySignature => "sneaky-signature",
        }
    }

    /// The attack a breach of the byte range rules has the shape of.
    pub fn of_byte_range(finding: &ByteRangeFinding) -> Option<Attack> {
        match finding {
            ByteRangeFinding::Missing
            | ByteRangeFinding::NotTwoPairs
            | ByteRangeFinding::OutOfRange
            | ByteRangeFinding::NoContents
            | ByteRangeFinding::NotCms => Some(Attack::UniversalForgery),
            ByteRangeFinding::NotFromStart { .. }
            | ByteRangeFinding::Overlap
            | ByteRangeFinding::HoleIsNotContents { .. }
            | ByteRangeFinding::HoleShared { .. }
            | ByteRangeFinding::NotInSignedRevision => Some(Attack::SignatureWrapping),
            ByteRangeFinding::NotAtRevisionEnd { .. } => Some(Attack::IncrementalSaving),
            _ => None,
        }
    }
}

/// What a signature itself says about later changes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Terms {
    /// DocMDP, or `/P` of its field's lock; `None` when it says nothing.
    pub permission: Option<Permission>,
    /// Fields it locks.
    pub locks: Vec<FieldSelection>,
    /// True for a certifying signature.
    pub certifies: bool,
}

impl Terms {
    /// The terms of one signature.
    pub fn of(field: &SignatureField) -> Terms {
        let mut terms = Terms::default();
        let references = field.signature.iter().flat_map(|s| s.value.references.iter());
        for reference in references {
            match &reference.transform {
                Transform::DocMdp(permission) => {
                    terms.certifies = true;
                    terms.restrict(*permission);
                }
                Transform::FieldMdp(selection) => terms.locks.push(selection.clone()),
                Transform::Ur3 | Transform::Other(_) => {}
            }
        }
        if let Some(lock) = &field.lock {
            terms.locks.push(lock.fields.clone());
            if let Some(permission) = lock.permission {
                terms.restrict(permission);
            }
        }
        terms
    }

    fn restrict(&mut self, permission: Permission) {
        self.permission = Some(self.permission.map_or(permission, |old| old.min(permission)));
    }

    /// True when this signature locks the field.
    pub fn locks(&self, field: &str) -> bool {
        self.locks.iter().any(|selection| selection.selects(field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaches_have_the_name_of_their_attack() {
        assert_eq!(Attack::of_byte_range(&ByteRangeFinding::Missing), Some(Attack::UniversalForgery));
        let moved =
            ByteRangeFinding::HoleIsNotContents { hole_start: 1, hole_end: 2, contents_start: 3, contents_end: 4 };
        assert_eq!(Attack::of_byte_range(&moved), Some(Attack::SignatureWrapping));
        assert_eq!(Attack::of_byte_range(&ByteRangeFinding::RepeatedKey), None);
    }

    #[test]
    fn the_stricter_of_two_permissions_counts() {
        let mut terms = Terms::default();
        terms.restrict(Permission::Annotate);
        terms.restrict(Permission::NoChanges);
        terms.restrict(Permission::FillForms);
        assert_eq!(terms.permission, Some(Permission::NoChanges));
    }
}
