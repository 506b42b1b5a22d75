//! Associated signature containers — EN 319 162-1: which signature reaches which file, by name and by digest.
//!
//! XAdES files refer to entries by URI (4.3.3.2, 4.4.3.2), CAdES signatures and time-stamps are over a manifest that
//! lists entries with their digests (4.4.4, A.4), or over the one data file (4.3.3.3). A data file that no signature
//! reaches, an entry that readers may see differently and a list that does not fit cost the container's verdict; each
//! signature keeps its own. Signed files inside are reported apart, by whoever asks.

mod records;

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::io;
use std::rc::Rc;

use super::cades::{self, Named};
use super::candidate::{Candidate, Form, Kind};
use super::collected::{Collected, Document};
use super::conclusion::SubIndication;
use super::envelope::Envelope;
use super::finding::Finding;
use super::xml::{Carrier, Outside};
use super::{tst, xml};
use crate::algorithms::DigestAlgorithm;
use crate::asic::container::{Container, ContainerFault, SignatureFile, SignatureKind};
use crate::asic::manifest::{DataReference, Manifest, entry_name, media_types};
use crate::asic::zip::Fault;
use crate::base::read::ReadAt;
use crate::cms::stream;
use crate::tsp::Token;

/// Name of the entry that lists media types.
const MEDIA_TYPES: &str = "META-INF/manifest.xml";

/// Most signatures and time-stamps of one container.
const MAX_SIGNATURES: usize = 500;
/// Most bytes of entries below META-INF that the references of one signature file may lead to.
const MAX_METADATA_BYTES: usize = 128 << 20;

/// The content of the container's entries, as far as it could be had, in their order.
pub type Contents<'a> = &'a [Option<Rc<dyn ReadAt + 'a>>];

/// Reads the signatures of a container and hashes what they cover.
///
/// `whole` is the container's own file; `contents` holds the content of each data file, `None` where it is damaged.
/// Time-stamps stand last, one that covers another behind it, and evidence records behind them.
///
/// # Errors
/// Those of the storage.
pub fn collect(container: &Container<'_>, whole: &dyn ReadAt, contents: Contents<'_>) -> io::Result<Collected> {
    let mut scene = Scene::new(container, contents);
    scene.collected.sha256 = cades::sha256(whole)?;
    scene.documents()?;
    let is_time = |kind| matches!(kind, SignatureKind::TimeStamp | SignatureKind::EvidenceRecord);
    for file in container.signatures.iter().filter(|s| !is_time(s.kind)) {
        match file.kind {
            SignatureKind::Xades => scene.xades(*file)?,
            SignatureKind::Cades => scene.cades(*file)?,
            SignatureKind::EvidenceRecord | SignatureKind::TimeStamp => {}
        }
    }
    for file in scene.time_stamps_in_order() {
        scene.time_stamp(file)?;
    }
    for file in container.signatures.iter().filter(|s| s.kind == SignatureKind::EvidenceRecord) {
        scene.evidence_record(*file)?;
    }
    scene.faults();
    scene.beside();
    scene.media_types();
    scene.uncovered();
    Ok(scene.collected)
}

struct Scene<'a> {
    container: &'a Container<'a>,
    contents: Contents<'a>,
    // Entries by their names; what two entries share belongs to none.
    names: HashMap<&'a str, Option<usize>>,
    data: HashSet<usize>,
    // Digests of entries, each computed once.
    digests: HashMap<(usize, DigestAlgorithm), Vec<u8>>,
    // The signature file each candidate stands in.
    owners: Vec<usize>,
    is_full: bool,
    collected: Collected,
}

impl<'a> Scene<'a> {
    fn new(container: &'a Container<'a>, contents: Contents<'a>) -> Self {
        let mut names = HashMap::new();
        for (at, entry) in container.entries().iter().enumerate() {
            names.entry(entry.name.as_str()).and_modify(|known| *known = None).or_insert(Some(at));
        }
        let data = container.data.iter().copied().collect();
        let (digests, owners, collected) = (HashMap::new(), Vec::new(), Collected::default());
        Scene { container, contents, names, data, digests, owners, is_full: false, collected }
    }

    fn name(&self, entry: usize) -> &'a str {
        self.container.entries().get(entry).map_or("", |e| e.name.as_str())
    }

    // The one entry of that name.
    fn find(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied().flatten()
    }

    fn documents(&mut self) -> io::Result<()> {
        for at in &self.container.data {
            let sha256 = match self.contents.get(*at) {
                Some(Some(content)) => cades::sha256(&**content)?,
                _ => Vec::new(),
            };
            if sha256.is_empty() {
                let what = format!("the entry {:?} is damaged", self.name(*at));
                self.collected.breaches.push((Finding::Container(what), SubIndication::FormatFailure));
                continue;
            }
            self.digests.insert((*at, DigestAlgorithm::Sha256), sha256.clone());
            self.collected.documents.push(Document { name: Some(self.name(*at).to_owned()), sha256 });
        }
        Ok(())
    }

    /// The digest of any entry; `None` when its content cannot be had.
    fn digest(&mut self, entry: usize, algorithm: DigestAlgorithm) -> io::Result<Option<Vec<u8>>> {
        if let Some(known) = self.digests.get(&(entry, algorithm)) {
            return Ok(Some(known.clone()));
        }
        let mut hasher = algorithm.hasher();
        if let Some(Some(content)) = self.contents.get(entry) {
            let mut buffer = vec![0; 128 << 10];
            let mut at = 0;
            while at < content.len() {
                let read = content.read_at(&mut buffer, at)?;
                if read == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                hasher.update(buffer.get(..read).unwrap_or_default());
                at = at.saturating_add(u64::try_from(read).unwrap_or(0));
            }
        } else {
            let Ok(bytes) = self.container.metadata(entry) else { return Ok(None) };
            hasher.update(&bytes);
        }
        let digest = hasher.finish();
        self.digests.insert((entry, algorithm), digest.clone());
        Ok(Some(digest))
    }

    fn xades(&mut self, file: SignatureFile) -> io::Result<()> {
        let Ok(bytes) = self.container.metadata(file.entry) else {
            self.unreadable(file, "it is damaged");
            return Ok(());
        };
        let found = {
            let left = Cell::new(MAX_METADATA_BYTES);
            let find = |uri: &str| {
                let named = entry_name(uri).and_then(|name| self.find(&name));
                // Some writers leave a name as it is, where only the name can be meant.
                let entry = named.or_else(|| self.find(uri))?;
                let bytes: Rc<dyn ReadAt + '_> = if let Some(Some(content)) = self.contents.get(entry) {
                    Rc::clone(content)
                } else {
                    let bytes = self.container.metadata(entry).ok()?;
                    left.set(left.get().checked_sub(bytes.len())?);
                    Rc::new(bytes)
                };
                Some(xml::Content { name: self.name(entry).to_owned(), bytes })
            };
            let outside = Outside { find: &find, only: None, named: &[], carrier: Carrier::Signatures };
            xml::collect(&bytes, &outside)
        };
        match found {
            Ok(found) => self.take(file, found.candidates),
            Err(xml::XmlFileError::Io(error)) => return Err(error),
            Err(error) => self.unreadable(file, &error.to_string()),
        }
        Ok(())
    }

    fn cades(&mut self, file: SignatureFile) -> io::Result<()> {
        let Ok(bytes) = self.container.metadata(file.entry) else {
            self.unreadable(file, "it is damaged");
            return Ok(());
        };
        let outline = match stream::outline(&bytes) {
            Ok(outline) => outline,
            Err(error) => {
                self.unreadable(file, &error.to_string());
                return Ok(());
            }
        };
        let target = self.target(file)?;
        let content = target.content.as_ref().map(|(name, content)| cades::Content {
            name,
            file: &**content,
            named: Named::Expressly,
        });
        let mut found = match cades::collect(&bytes, outline, self.name(file.entry), content) {
            Ok(found) => found,
            Err(stream::StreamError::Read(error)) => return Err(error),
            Err(error) => {
                self.unreadable(file, &error.to_string());
                return Ok(());
            }
        };
        for candidate in found.candidates.iter_mut().filter(|c| c.kind == Kind::Signature) {
            candidate.extent.names.clone_from(&target.reach.names);
            candidate.breaches.extend(target.reach.breaches.iter().cloned());
        }
        self.take(file, found.candidates);
        Ok(())
    }

    fn time_stamp(&mut self, file: SignatureFile) -> io::Result<()> {
        let Ok(bytes) = self.container.metadata(file.entry) else {
            self.unreadable(file, "it is damaged");
            return Ok(());
        };
        let token = match Token::parse(&bytes) {
            Ok(token) => token,
            Err(error) => {
                self.unreadable(file, &error.to_string());
                return Ok(());
            }
        };
        let target = self.target(file)?;
        let mut one = tst::candidate(self.name(file.entry).to_owned(), &token);
        if let (Some((_, content)), Some(imprint)) =
            (&target.content, DigestAlgorithm::from_oid(&token.info().imprint_algorithm.oid))
        {
            one.digests = cades::digest_file(&**content, &[imprint])?;
        }
        // What a passed time-stamp over a manifest proves: every signature the manifest lists with the right digest.
        let listed: HashSet<usize> = target.reach.files.iter().copied().collect();
        let candidates = self.collected.candidates.iter().zip(&self.owners);
        for (covered, _) in candidates.filter(|(_, owner)| listed.contains(*owner)) {
            one.stored.extend(covered.objects());
            one.extent.signatures.push(covered.id.clone());
        }
        one.extent.names = target.reach.names;
        one.breaches.extend(target.reach.breaches);
        self.take(file, vec![one]);
        Ok(())
    }

    /// What a CAdES signature or a time-stamp is over, and what that lists.
    fn target(&mut self, file: SignatureFile) -> io::Result<Target<'a>> {
        let container = self.container;
        let own = self.name(file.entry);
        let mut over = container.manifests.iter().filter(|(_, manifest)| manifest.signature == own);
        let Some((at, manifest)) = over.next() else {
            // 4.3.3.3: without a manifest it is over the one data file.
            let [only] = container.data.as_slice() else { return Ok(Target::default()) };
            let content = self.contents.get(*only).and_then(Option::clone);
            let reach = Reach { names: vec![self.name(*only).to_owned()], ..Reach::default() };
            return Ok(Target { content: content.map(|c| (self.name(*only).to_owned(), c)), reach });
        };
        let mut reach = self.reach(manifest)?;
        if over.next().is_some() {
            let what = format!("several manifests name {own:?} as their signature");
            reach.breaches.push((Finding::Container(what), SubIndication::FormatFailure));
        }
        let content = container.metadata(*at).ok().map(|bytes| -> Rc<dyn ReadAt + 'a> { Rc::new(bytes) });
        Ok(Target { content: content.map(|c| (self.name(*at).to_owned(), c)), reach })
    }

    fn reach(&mut self, manifest: &Manifest) -> io::Result<Reach> {
        let mut reach = Reach::default();
        for DataReference { name, digest_method, digest, .. } in &manifest.references {
            let breach = match (self.find(name), DigestAlgorithm::from_xml_uri(digest_method)) {
                (None, _) => Some((Finding::ReferenceNotAtHand(name.clone()), SubIndication::SignedDataNotFound)),
                (Some(_), None) => {
                    let unknown = Finding::AlgorithmNotSupported(digest_method.chars().take(100).collect());
                    Some((unknown, SubIndication::CryptoConstraintsFailureNoPoe))
                }
                (Some(at), Some(algorithm)) => match self.digest(at, algorithm)? {
                    None => Some((Finding::ReferenceNotAtHand(name.clone()), SubIndication::SignedDataNotFound)),
                    Some(found) if found == *digest => {
                        if algorithm == DigestAlgorithm::Sha1 {
                            // As weak as the same digest in the signature itself.
                            let weak = Finding::WeakDigest(algorithm.name());
                            reach.breaches.push((weak, SubIndication::CryptoConstraintsFailureNoPoe));
                        }
                        match self.data.contains(&at) {
                            true => reach.names.push(name.clone()),
                            false => reach.files.push(at),
                        }
                        None
                    }
                    Some(_) => Some((Finding::ReferenceChanged(name.clone()), SubIndication::HashFailure)),
                },
            };
            reach.breaches.extend(breach);
        }
        Ok(reach)
    }

    // One that lists another, or its manifest, comes after it.
    fn time_stamps_in_order(&self) -> Vec<SignatureFile> {
        let mut left: Vec<SignatureFile> =
            self.container.signatures.iter().filter(|s| s.kind == SignatureKind::TimeStamp).copied().collect();
        let mut lists: HashMap<&str, HashSet<&str>> = HashMap::new();
        for (_, manifest) in &self.container.manifests {
            let names = manifest.references.iter().map(|r| r.name.as_str());
            lists.entry(manifest.signature.as_str()).or_default().extend(names);
        }
        let mut ordered = Vec::new();
        while !left.is_empty() {
            let names: Vec<&str> = left.iter().map(|f| self.name(f.entry)).collect();
            let free = left.iter().position(|f| {
                let listed = lists.get(self.name(f.entry));
                !listed.is_some_and(|listed| names.iter().any(|n| *n != self.name(f.entry) && listed.contains(n)))
            });
            // Lists that go round in a circle are taken as they stand; each digest still has to be right.
            ordered.push(left.remove(free.unwrap_or(0)));
        }
        ordered
    }

    fn unreadable(&mut self, file: SignatureFile, why: &str) {
        let (kind, form) = match file.kind {
            SignatureKind::TimeStamp | SignatureKind::EvidenceRecord => (Kind::DocTimestamp, Form::Token),
            SignatureKind::Cades => (Kind::Signature, Form::Cms),
            SignatureKind::Xades => (Kind::Signature, Form::XmlDsig),
        };
        let mut one = Candidate::new(self.name(file.entry).to_owned(), kind, form, Envelope::Unreadable);
        one.breaches.push((Finding::SignatureUnreadable(why.to_owned()), SubIndication::FormatFailure));
        self.push(file, one);
    }

    fn push(&mut self, file: SignatureFile, one: Candidate) {
        match self.collected.candidates.len().cmp(&MAX_SIGNATURES) {
            Ordering::Less => {
                self.collected.candidates.push(one);
                self.owners.push(file.entry);
            }
            Ordering::Equal if !self.is_full => {
                self.is_full = true;
                let what = format!("it has more than {MAX_SIGNATURES} signatures");
                self.collected.breaches.push((Finding::Container(what), SubIndication::FormatFailure));
            }
            _ => {}
        }
    }

    /// Takes over candidates under ids that are unique in the container and tell their file.
    fn take(&mut self, file: SignatureFile, found: Vec<Candidate>) {
        let name = self.name(file.entry);
        let full = |id: &str| if id == name { id.to_owned() } else { format!("{name}#{id}") };
        for mut candidate in found {
            candidate.id = full(&candidate.id);
            candidate.parent = candidate.parent.map(|parent| full(&parent));
            self.push(file, candidate);
        }
    }

    fn faults(&mut self) {
        for fault in &self.container.faults {
            let sub = match fault {
                ContainerFault::MimetypePlace | ContainerFault::Mimetype(_) => {
                    let remark = Finding::ContainerForm(fault.to_string());
                    self.collected.candidates.iter_mut().for_each(|c| c.remarks.push(remark.clone()));
                    continue;
                }
                // A reader that goes by another part of the ZIP sees other files.
                ContainerFault::Zip(
                    Fault::Duplicate(_)
                    | Fault::Mismatch(_)
                    | Fault::NoLocalHeader(_)
                    | Fault::Overlap(_)
                    | Fault::OtherName(_)
                    | Fault::FolderWithContent(_),
                ) => SubIndication::FormatFailure,
                ContainerFault::SeveralData(_) | ContainerFault::Manifest { .. } => SubIndication::FormatFailure,
                _ => SubIndication::SigConstraintsFailure,
            };
            self.collected.breaches.push((Finding::Container(fault.to_string()), sub));
        }
    }

    // What lies below META-INF and has no part in signing is signed by nobody, and readers may show it.
    fn beside(&mut self) {
        let known: HashSet<usize> = self
            .container
            .signatures
            .iter()
            .map(|s| s.entry)
            .chain(self.container.manifests.iter().map(|(at, _)| *at))
            .chain(self.find(MEDIA_TYPES))
            .collect();
        for (at, entry) in self.container.entries().iter().enumerate() {
            let is_beside = entry.name.starts_with("META-INF/") && !entry.is_folder() && !known.contains(&at);
            if is_beside
                && !self
                    .container
                    .faults
                    .iter()
                    .any(|f| matches!(f, ContainerFault::Manifest { name, .. } if *name == entry.name))
            {
                let remark =
                    Finding::ContainerForm(format!("{:?} has no part in signing and is not covered", entry.name));
                self.collected.candidates.iter_mut().take(1).for_each(|c| c.remarks.push(remark.clone()));
            }
        }
    }

    // The OpenDocument manifest, where there is one, lists every data file and nothing else (EN 319 162-1 A.2 3).
    fn media_types(&mut self) {
        let Some(at) = self.find(MEDIA_TYPES) else { return };
        let Ok(listed) = self.container.metadata(at).map_err(|_| ()).and_then(|b| media_types(&b).map_err(|_| ()))
        else {
            let what = format!("the manifest {MEDIA_TYPES:?} cannot be read");
            self.collected.breaches.push((Finding::Container(what), SubIndication::SigConstraintsFailure));
            return;
        };
        let listed: HashSet<&str> = listed.iter().map(|(name, _)| name.as_str()).collect();
        for name in &listed {
            if !name.ends_with('/') && self.find(name).is_none() {
                let what = format!("{name:?} is listed in {MEDIA_TYPES} and is not there");
                self.collected.breaches.push((Finding::Container(what), SubIndication::SigConstraintsFailure));
            }
        }
        for at in &self.container.data {
            let name = self.name(*at);
            if !listed.contains(name) && !listed.contains(format!("/{name}").as_str()) {
                let what = format!("{name:?} is not listed in {MEDIA_TYPES}");
                self.collected.breaches.push((Finding::Container(what), SubIndication::SigConstraintsFailure));
            }
        }
    }

    fn uncovered(&mut self) {
        if self.collected.candidates.is_empty() {
            return;
        }
        let reached = |kind: Kind| -> HashSet<&str> {
            let of = self.collected.candidates.iter().filter(|c| c.kind == kind);
            of.flat_map(|c| c.extent.names.iter().map(String::as_str)).collect()
        };
        let (signed, stamped) = (reached(Kind::Signature), reached(Kind::DocTimestamp));
        let mut breaches = Vec::new();
        for at in &self.container.data {
            let name = self.name(*at);
            if !signed.contains(name) {
                let finding = if stamped.contains(name) { Finding::OnlyTimeStamped } else { Finding::FileNotSigned };
                breaches.push((finding(name.to_owned()), SubIndication::SigConstraintsFailure));
            }
        }
        self.collected.breaches.extend(breaches);
    }
}

/// What a signature over a manifest, or over the one data file, is about.
#[derive(Default)]
struct Target<'a> {
    content: Option<(String, Rc<dyn ReadAt + 'a>)>,
    reach: Reach,
}

#[derive(Default)]
struct Reach {
    /// Data files with the right digest.
    names: Vec<String>,
    /// Signature files and manifests with the right digest, as places among the entries.
    files: Vec<usize>,
    breaches: Vec<(Finding, SubIndication)>,
}
