//! What an XML signature reaches, and whether that is what it must: the document element, every object it brings
//! along, the content the user names.
//!
//! A value can be right and say nothing about what a reader will look at: the signed element may have been moved to
//! where nobody looks, and another put in its place. Only what a reference that holds leads to, and that all of its
//! transforms keep, counts as signed; a signature that leaves out what it must is not passed.

use std::collections::{HashMap, HashSet};

use super::{Carrier, Outside};
use crate::validate::conclusion::SubIndication;
use crate::validate::finding::Finding;
use crate::xml::dsig::{Covered, NAMESPACE, Signature};
use crate::xml::xades::Xades;
use crate::xml::{Document, Node, NodeId};

/// What one reference that holds leads to.
#[derive(Clone, Debug)]
pub(super) struct Reached {
    pub(super) covered: Covered,
    /// Without the signature itself.
    pub(super) enveloped: bool,
    /// Nothing else is left out.
    pub(super) whole: bool,
    /// How reports call it.
    pub(super) name: String,
}

/// Whether a reference that does not hold says already that the signature reaches less than it should.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Told {
    /// Every reference holds.
    Nothing,
    /// Some do not, and that is told.
    Already,
}

/// All of that, and in which ways whole elements are reached: asked for every element of a signature, however many
/// references there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Reach {
    all: Vec<Reached>,
    document: Ways,
    elements: HashMap<NodeId, Ways>,
}

/// With the signature itself in what is signed, or without it.
#[derive(Clone, Copy, Debug, Default)]
struct Ways {
    with_signature: bool,
    without_signature: bool,
}

impl Ways {
    fn add(&mut self, enveloped: bool) {
        self.with_signature |= !enveloped;
        self.without_signature |= enveloped;
    }

    fn cover(self, taken_out: bool) -> bool {
        self.with_signature || self.without_signature && !taken_out
    }
}

/// Whether it is enough.
#[derive(Clone, Debug, Default)]
pub(super) struct Judged {
    pub(super) whole_file: bool,
    pub(super) names: Vec<String>,
    pub(super) breaches: Vec<(Finding, SubIndication)>,
}

impl Reach {
    pub(super) fn add(&mut self, reached: Reached) {
        if reached.whole {
            match reached.covered {
                Covered::Document => self.document.add(reached.enveloped),
                Covered::Element(apex) => self.elements.entry(apex).or_default().add(reached.enveloped),
                Covered::External => {}
            }
        }
        self.all.push(reached);
    }

    /// True when `node`, with everything below it, is signed by the signature element `own`.
    pub(super) fn covers(&self, node: Node<'_, '_>, own: NodeId) -> bool {
        let mut inside_own = false;
        let mut reached = false;
        for above in node.ancestors() {
            let ways = self.elements.get(&above.id()).copied().unwrap_or_default();
            reached |= ways.with_signature;
            // Taking the signature out of an element around it takes out everything in the signature; out of an element
            // that stands itself inside the signature it takes nothing.
            inside_own |= above.id() == own;
            reached |= ways.without_signature && !inside_own;
        }
        reached || self.document.cover(inside_own)
    }

    /// For a counter-signature: it has to cover the value it is about (EN 319 132-1 5.2.7.2).
    pub(super) fn judge_counter_signature(
        &self,
        tree: &Document<'_>,
        signature: &Signature,
        xades: Option<&Xades>,
        value: Option<NodeId>,
    ) -> Judged {
        let mut judged = Judged::default();
        let node = value.and_then(|id| tree.get_node(id));
        if !node.is_some_and(|node| self.covers(node, signature.node)) {
            judged.not_covered("the value of the signature that it counter-signs".to_owned());
        }
        if let Some(own) = tree.get_node(signature.node) {
            self.objects(own, xades.map(|x| x.node), &mut judged);
        }
        judged
    }

    pub(super) fn judge(
        &self,
        tree: &Document<'_>,
        signature: &Signature,
        xades: Option<&Xades>,
        outside: &Outside<'_>,
        told: Told,
    ) -> Judged {
        let mut judged = Judged::default();
        let root = tree.root_element();
        let Some(own) = tree.get_node(signature.node) else { return judged };
        let properties = xades.map(|x| x.node);
        judged.names = self.names(tree, own, properties);
        let names_content = outside.named.iter().all(|name| self.reaches(name)) && !outside.named.is_empty();
        for name in outside.named.iter().filter(|name| !self.reaches(name)) {
            judged.not_covered(format!("{name:?}"));
        }
        let among_signatures = own.id() == root.id() || own.parent().is_some_and(|p| p.id() == root.id());
        if outside.carrier == Carrier::Signatures || among_signatures && only_signatures(root) {
            if judged.names.is_empty() && told == Told::Nothing {
                judged.not_covered("any content".to_owned());
            }
        } else if self.covers(root, own.id()) {
            judged.whole_file = true;
            // A style sheet beside the document element decides what a reader sees.
            let whole_document = self.all.iter().any(|r| r.whole && r.covered == Covered::Document);
            for instruction in tree.root().children().filter(|n| n.is_pi() && !whole_document) {
                let target = instruction.pi().map_or("", |pi| pi.target);
                judged.whole_file = false;
                judged.not_covered(format!("the processing instruction {target:?} beside the document element"));
            }
        } else if !names_content && told == Told::Nothing {
            judged.not_covered(format!("the document element <{}>", root.tag_name().name()));
        }
        self.objects(own, properties, &mut judged);
        judged
    }

    fn reaches(&self, name: &str) -> bool {
        self.all.iter().any(|r| r.whole && r.covered == Covered::External && r.name == *name)
    }

    /// The content that is signed: neither the signature's own properties nor its key information.
    fn names(&self, tree: &Document<'_>, own: Node<'_, '_>, properties: Option<NodeId>) -> Vec<String> {
        let mut names = Vec::new();
        let mut known = HashSet::new();
        for reached in self.all.iter().filter(|r| r.whole) {
            let about_itself = match reached.covered {
                Covered::Document | Covered::External => false,
                Covered::Element(apex) => tree.get_node(apex).is_none_or(|node| {
                    let of_properties =
                        node.ancestors().any(|a| Some(a.id()) == properties) || holds_only(node, properties);
                    let in_own = node.ancestors().any(|a| a.id() == own.id());
                    of_properties || in_own && !in_object(node, own)
                }),
            };
            // A manifest is signed for what it lists.
            let manifest = match reached.covered {
                Covered::Element(apex) => tree.get_node(apex).is_some_and(|n| n.has_tag_name((NAMESPACE, "Manifest"))),
                _ => false,
            };
            if !about_itself && !manifest && known.insert(&reached.name) {
                names.push(reached.name.clone());
            }
        }
        names
    }

    /// Objects inside the signature that it does not cover: the place where wrapping attacks put things.
    fn objects(&self, own: Node<'_, '_>, properties: Option<NodeId>, judged: &mut Judged) {
        let objects = own.children().filter(|n| n.has_tag_name((NAMESPACE, "Object")));
        for object in objects.filter(|o| !self.covers(*o, own.id())) {
            let text = object.children().any(|n| n.is_text() && !n.text().unwrap_or("").trim().is_empty());
            let loose = object
                .children()
                .filter(|n| n.is_element())
                .find(|n| Some(n.id()) != properties && !self.covers(*n, own.id()));
            if let Some(loose) = loose {
                judged.not_covered(format!("<{}> in an object of the signature", loose.tag_name().name()));
            } else if text {
                judged.not_covered("an object of the signature".to_owned());
            }
        }
        // Beside the objects only what belongs to signatures may stand unsigned: readers that look for an element by
        // its name find it here too. SignedInfo is under the value.
        let is = |n: &Node<'_, '_>, name: &str| n.has_tag_name((NAMESPACE, name));
        let unsigned = own.children().filter(|n| !is(n, "SignedInfo"));
        let foreign = unsigned.flat_map(|n| n.descendants()).filter(|n| n.is_element()).find(|n| {
            !belongs_to_signatures(n.tag_name().namespace())
                && !self.covers(*n, own.id())
                && (!in_object(*n, own) || n.ancestors().any(|a| Some(a.id()) == properties || is(&a, "KeyInfo")))
        });
        if let Some(foreign) = foreign {
            judged.not_covered(format!("<{}> inside the signature", foreign.tag_name().name()));
        }
        if own.children().any(|n| n.is_text() && !n.text().unwrap_or("").trim().is_empty()) {
            judged.not_covered("text inside the signature".to_owned());
        }
    }
}

impl Judged {
    fn not_covered(&mut self, what: String) {
        self.breaches.push((Finding::NotCovered(what), SubIndication::SigConstraintsFailure));
    }
}

fn in_object(node: Node<'_, '_>, own: Node<'_, '_>) -> bool {
    node.ancestors().any(|a| a.has_tag_name((NAMESPACE, "Object")) && a.parent().is_some_and(|p| p.id() == own.id()))
}

fn holds_only(node: Node<'_, '_>, properties: Option<NodeId>) -> bool {
    let mut elements = node.children().filter(|n| n.is_element());
    properties.is_some() && elements.next().map(|n| n.id()) == properties && elements.next().is_none()
}

// A signature, or an element without attributes that holds nothing but signatures (EN 319 162-1 A.5 XAdESSignatures).
fn only_signatures(root: Node<'_, '_>) -> bool {
    let is_signature = |n: Node<'_, '_>| n.has_tag_name((NAMESPACE, "Signature"));
    is_signature(root)
        || root.attributes().len() == 0
            && root.children().any(is_signature)
            && root
                .children()
                .all(|n| is_signature(n) || n.is_comment() || n.is_text() && n.text().unwrap_or("").trim().is_empty())
}

fn belongs_to_signatures(namespace: Option<&str>) -> bool {
    const KNOWN: [&str; 8] = [
        "http://www.w3.org/2000/09/xmldsig#",
        "http://www.w3.org/2001/04/xmldsig-more#",
        "http://www.w3.org/2007/05/xmldsig-more#",
        "http://www.w3.org/2009/xmldsig11#",
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/2001/04/xmlenc#",
        "urn:ietf:params:xml:ns:ers",
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    ];
    namespace.is_some_and(|uri| KNOWN.contains(&uri) || uri.starts_with("http://uri.etsi.org/"))
}
