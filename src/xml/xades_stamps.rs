//! What the time-stamps of a XAdES signature are over — EN 319 132-1 5.2.8, 5.3, 5.5.2 and annex A.1.5, and the same
//! clauses of TS 101 903: octets of several elements, one behind the other.

use roxmltree::{Document, NodeId};

use super::c14n::{Method, canonicalize_to};
use super::dsig::{DsigError, NAMESPACE, Reference, Signature, references};
use super::reference::{Externals, Ids};
use super::xades::{Stamp, StampKind, UnsignedKind, UnsignedProperty, Xades, is_signed_properties};

/// Most data objects evidence records in one signature are over.
const MAX_PARTS: usize = 10_000;

impl Xades {
    /// Hands the octets that `stamp` is over to `sink`, piece by piece. `place` is its place among the unsigned
    /// properties, 0 for the signed ones.
    ///
    /// Only the implicit mechanism is carried out, and the explicit one where it names what the implicit one would
    /// take: an explicit list could leave out the very thing that is to be proven.
    ///
    /// # Errors
    /// A [`DsigError`] when something it is over cannot be had.
    #[expect(clippy::too_many_arguments, reason = "one time-stamp needs everything around it")]
    pub fn stamped(
        &self,
        signature: &Signature,
        tree: &Document<'_>,
        ids: &Ids,
        stamp: &Stamp,
        place: usize,
        externals: Externals<'_>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), DsigError> {
        let before = self.unsigned.get(..place).unwrap_or_default();
        let method = stamp.canonicalization.as_ref().map_err(|uri| DsigError::Canonicalization(uri.clone()))?;
        let mut over = Over { signature, tree, ids, method, externals, sink };
        match stamp.kind {
            StampKind::Signature => {
                over.only_names_the_value(stamp)?;
                over.element(signature.value_node)
            }
            StampKind::AllData => over.references(&|at| !over_properties(signature, at)),
            StampKind::SomeData => over.included(stamp),
            StampKind::SigAndRefs { second_version } => {
                over.implicit(stamp)?;
                over.element(signature.value_node)?;
                let stamps = |p: &UnsignedProperty| {
                    matches!(&p.kind, UnsignedKind::Stamp(Stamp { kind: StampKind::Signature, .. }))
                };
                over.properties(before, &|p| stamps(p) || is_reference(p, second_version))
            }
            StampKind::RefsOnly { second_version } => {
                over.implicit(stamp)?;
                over.properties(before, &|p| is_reference(p, second_version))
            }
            StampKind::Archive { all_objects } => {
                over.implicit(stamp)?;
                over.references(&|_| true)?;
                over.element(signature.signed_info)?;
                over.element(signature.value_node)?;
                if let Some(node) = signature.key_info {
                    over.element(node)?;
                }
                over.properties(before, &|_| true)?;
                over.objects(self, all_objects)
            }
        }
    }
}

/// One of the data objects that evidence records in a signature are over together.
#[derive(Clone, Debug)]
pub enum SealedPart {
    /// What a reference leads to.
    Reference(Reference),
    /// An element.
    Element(NodeId),
}

impl Xades {
    /// The data objects that evidence records at `place` among the unsigned properties are over — TS 119 132-3 5.2.
    ///
    /// # Errors
    /// A [`DsigError`] when a manifest cannot be followed, or lists another.
    pub fn sealed(
        &self,
        signature: &Signature,
        tree: &Document<'_>,
        ids: &Ids,
        place: usize,
    ) -> Result<Vec<SealedPart>, DsigError> {
        // 1) what the references lead to.
        let mut parts: Vec<SealedPart> = signature.references.iter().cloned().map(SealedPart::Reference).collect();
        // 2) SignedInfo, SignatureValue, KeyInfo.
        parts.extend([signature.signed_info, signature.value_node].map(SealedPart::Element));
        parts.extend(signature.key_info.map(SealedPart::Element));
        // 3), 4) every unsigned property before.
        let before = self.unsigned.get(..place).unwrap_or_default();
        parts.extend(before.iter().map(|property| SealedPart::Element(property.node)));
        // 5) objects but the one with the qualifying properties.
        let holds_properties =
            |id: &NodeId| tree.get_node(*id).is_some_and(|n| n.children().any(|child| child.id() == self.node));
        let objects = signature.objects.iter().filter(|id| !holds_properties(id));
        parts.extend(objects.map(|id| SealedPart::Element(*id)));
        // 6) what manifests lead to.
        for reference in signature.references.iter().filter(|r| is_manifest(r)) {
            let id = reference.uri.as_deref().and_then(|uri| uri.strip_prefix('#'));
            let id = id.ok_or_else(|| DsigError::Unresolved(reference.uri.clone().unwrap_or_default()))?;
            let node = tree.get_node(ids.find(id)?).filter(|node| node.has_tag_name((NAMESPACE, "Manifest")));
            let node = node.ok_or(DsigError::Missing("Manifest"))?;
            for listed in references(node)? {
                if is_manifest(&listed) || parts.len() >= MAX_PARTS {
                    return Err(DsigError::Missing("flat manifest"));
                }
                parts.push(SealedPart::Reference(listed));
            }
        }
        Ok(parts)
    }

    /// Hands the octets of one such object to `sink`, node-sets in the canonical form `method`.
    ///
    /// # Errors
    /// A [`DsigError`] when it cannot be had.
    #[expect(clippy::too_many_arguments, reason = "one object needs everything around it")]
    pub fn sealed_octets(
        &self,
        part: &SealedPart,
        signature: &Signature,
        tree: &Document<'_>,
        ids: &Ids,
        method: &Method,
        externals: Externals<'_>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), DsigError> {
        match part {
            SealedPart::Reference(reference) => {
                signature.octets(tree, ids, reference, externals, method, sink).map(|_| ())
            }
            SealedPart::Element(id) => {
                let node = tree.get_node(*id).ok_or(DsigError::Missing("node"))?;
                Ok(canonicalize_to(node, None, method, sink)?)
            }
        }
    }
}

fn is_manifest(reference: &Reference) -> bool {
    // XML Signature 1.1 §5.1.
    reference.kind.as_deref().and_then(|kind| kind.strip_prefix(NAMESPACE)) == Some("Manifest")
}

fn over_properties(signature: &Signature, at: usize) -> bool {
    signature.references.get(at).is_some_and(is_signed_properties)
}

fn is_reference(property: &UnsignedProperty, second: bool) -> bool {
    match property.kind {
        UnsignedKind::References { second_version } => second_version == second,
        UnsignedKind::RevocationReferences => true,
        _ => false,
    }
}

struct Over<'a, 'i, 'x, 's> {
    signature: &'a Signature,
    tree: &'a Document<'i>,
    ids: &'a Ids,
    method: &'a Method,
    externals: Externals<'x>,
    sink: &'s mut dyn FnMut(&[u8]),
}

impl Over<'_, '_, '_, '_> {
    fn element(&mut self, id: roxmltree::NodeId) -> Result<(), DsigError> {
        let node = self.tree.get_node(id).ok_or(DsigError::Missing("node"))?;
        Ok(canonicalize_to(node, None, self.method, self.sink)?)
    }

    fn references(&mut self, wanted: &dyn Fn(usize) -> bool) -> Result<(), DsigError> {
        for (_, reference) in self.signature.references.iter().enumerate().filter(|(at, _)| wanted(*at)) {
            self.signature.octets(self.tree, self.ids, reference, self.externals, self.method, self.sink)?;
        }
        Ok(())
    }

    fn properties(
        &mut self,
        before: &[UnsignedProperty],
        wanted: &dyn Fn(&UnsignedProperty) -> bool,
    ) -> Result<(), DsigError> {
        before.iter().filter(|p| wanted(p)).try_for_each(|p| self.element(p.node))
    }

    // EN 319 132-1 5.5.2.2 (5); the older versions leave out objects that a reference names (TS 101 903 1.3.2 7.7.1).
    fn objects(&mut self, xades: &Xades, all_objects: bool) -> Result<(), DsigError> {
        for id in &self.signature.objects {
            let Some(node) = self.tree.get_node(*id) else { continue };
            let holds_properties = node.children().any(|n| n.id() == xades.node);
            let own = node.attribute("Id").unwrap_or("");
            let is_signed = self.signature.references.iter().any(|r| {
                let fragment = r.uri.as_deref().and_then(|uri| uri.strip_prefix('#'));
                !own.is_empty() && fragment == Some(own)
            });
            if !holds_properties && (all_objects || !is_signed) {
                self.element(*id)?;
            }
        }
        Ok(())
    }

    fn included(&mut self, stamp: &Stamp) -> Result<(), DsigError> {
        for include in &stamp.includes {
            let id = include.uri.strip_prefix('#').unwrap_or(&include.uri);
            let reference = self.signature.references.iter().find(|r| r.id.as_deref() == Some(id));
            let reference =
                reference.filter(|_| include.referenced_data).ok_or_else(|| DsigError::NoSuchId(id.to_owned()))?;
            self.signature.octets(self.tree, self.ids, reference, self.externals, self.method, self.sink)?;
        }
        Ok(())
    }

    // The first versions always named the value (TS 101 903 1.2.2 7.3).
    fn only_names_the_value(&self, stamp: &Stamp) -> Result<(), DsigError> {
        for include in &stamp.includes {
            let id = include.uri.strip_prefix('#').ok_or_else(|| DsigError::Unresolved(include.uri.clone()))?;
            if self.ids.find(id)? != self.signature.value_node {
                return Err(DsigError::Unresolved(include.uri.clone()));
            }
        }
        Ok(())
    }

    fn implicit(&self, stamp: &Stamp) -> Result<(), DsigError> {
        match stamp.includes.first() {
            None => Ok(()),
            Some(include) => Err(DsigError::Unresolved(include.uri.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::dsig::NAMESPACE;
    use super::super::parse::parse;
    use super::super::xades::{NAMESPACE_132, NAMESPACE_141, SIGNED_PROPERTIES_TYPE};
    use super::*;

    fn document() -> String {
        let reference = |id: &str, kind: &str| {
            format!(
                "<Reference Id='r{id}' URI='#{id}'{kind}><DigestMethod Algorithm='u:d'/><DigestValue>AA==</DigestValue></Reference>"
            )
        };
        format!(
            "<Signature xmlns='{NAMESPACE}' xmlns:x='{NAMESPACE_132}' xmlns:y='{NAMESPACE_141}'><SignedInfo>\
             <CanonicalizationMethod Algorithm='http://www.w3.org/2001/10/xml-exc-c14n#'/><SignatureMethod Algorithm='u:m'/>\
             {}{}</SignedInfo><SignatureValue Id='v'>AA==</SignatureValue><Object Id='o'>content</Object><Object>free</Object>\
             <Object><x:QualifyingProperties><x:SignedProperties Id='p'><x:SignedDataObjectProperties>\
             <x:AllDataObjectsTimeStamp/><x:IndividualDataObjectsTimeStamp><x:Include URI='#ro' referencedData='true'/></x:IndividualDataObjectsTimeStamp>\
             </x:SignedDataObjectProperties></x:SignedProperties><x:UnsignedProperties><x:UnsignedSignatureProperties>\
             <x:SignatureTimeStamp/><x:CompleteCertificateRefs/><x:RefsOnlyTimeStamp/><x:SigAndRefsTimeStamp/>\
             <x:ArchiveTimeStamp/><y:ArchiveTimeStamp/><x:SignatureTimeStamp><x:Include URI='#v'/></x:SignatureTimeStamp>\
             <x:SignatureTimeStamp><x:Include URI='#o'/></x:SignatureTimeStamp><y:ArchiveTimeStamp><x:Include URI='#v'/></y:ArchiveTimeStamp>\
             </x:UnsignedSignatureProperties></x:UnsignedProperties></x:QualifyingProperties></Object></Signature>",
            reference("o", ""),
            reference("p", &format!(" Type='{SIGNED_PROPERTIES_TYPE}'")),
        )
    }

    fn octets(which: usize) -> Result<String, DsigError> {
        let text = document();
        let tree = parse(&text).expect("parses");
        let signature = Signature::parse(tree.root_element()).expect("reads");
        let xades = Xades::parse(&signature, &tree).expect("reads").expect("some");
        let signed = &xades.signed.as_ref().expect("some").stamps;
        let all: Vec<_> = signed.iter().map(|s| (0, s)).chain(xades.stamps()).collect();
        let (place, stamp) = all[which];
        let mut out = Vec::new();
        let ids = Ids::of(&tree);
        xades.stamped(&signature, &tree, &ids, stamp, place, &|_| None, &mut |b| out.extend_from_slice(b))?;
        let mut text = String::from_utf8(out).expect("UTF-8");
        for name in ["", ":x", ":y"] {
            for uri in [NAMESPACE, NAMESPACE_132, NAMESPACE_141] {
                text = text.replace(&format!(" xmlns{name}=\"{uri}\""), "");
            }
        }
        Ok(text)
    }

    const VALUE: &str = "<SignatureValue Id=\"v\">AA==</SignatureValue>";
    const CONTENT: &str = "<Object Id=\"o\">content</Object>";

    #[test]
    fn content_stamps_are_over_what_is_signed_without_the_properties() {
        assert_eq!(octets(0).expect("all"), CONTENT);
        assert_eq!(octets(1).expect("some"), CONTENT);
    }

    #[test]
    fn signature_and_reference_stamps_are_over_value_and_what_stands_before_them() {
        let refs = "<x:CompleteCertificateRefs></x:CompleteCertificateRefs>";
        let stamp = "<x:SignatureTimeStamp></x:SignatureTimeStamp>";
        assert_eq!(octets(2).expect("signature"), VALUE);
        assert_eq!(octets(3).expect("refs"), refs);
        assert_eq!(octets(4).expect("both"), [VALUE, stamp, refs].concat());
    }

    #[test]
    fn archive_stamps_are_over_everything_before_them_and_differ_in_the_objects() {
        let old = octets(5).expect("old");
        let new = octets(6).expect("new");
        assert!(old.starts_with(&format!("{CONTENT}<x:SignedProperties")), "{old}");
        assert!(old.ends_with("</x:SigAndRefsTimeStamp><Object>free</Object>"), "{old}");
        assert!(
            new.ends_with(&format!("<x:ArchiveTimeStamp></x:ArchiveTimeStamp>{CONTENT}<Object>free</Object>")),
            "{new}"
        );
    }

    #[test]
    fn an_explicit_list_that_names_something_else_proves_nothing() {
        assert_eq!(octets(7).expect("the value"), VALUE);
        assert!(matches!(octets(8), Err(DsigError::Unresolved(_))));
        assert!(matches!(octets(9), Err(DsigError::Unresolved(_))));
    }
}
