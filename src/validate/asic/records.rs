//! Evidence records of a container — EN 319 162-1 4.4.5: which files a record is over, and what each of its time-stamps
//! is as a time-stamp of the container, in the order of time.

use std::io;

use super::{Scene, tst};
use crate::algorithms::DigestAlgorithm;
use crate::asic::SignatureFile;
use crate::base::read::ReadAt;
use crate::tsp::evidence_record::{Chain, EvidenceRecord};
use crate::validate::conclusion::SubIndication;
use crate::validate::evidence_record::{self, Object};
use crate::validate::finding::Finding;
use crate::xml::c14n::{Method, canonicalize};
use crate::xml::parse::MAX_BYTES;
use crate::xml::{decode, parse};

/// What a record is about.
struct Objects {
    /// Places among the entries.
    entries: Vec<usize>,
    /// What the manifest breaks.
    breaches: Vec<(Finding, SubIndication)>,
}

impl Scene<'_> {
    pub(super) fn evidence_record(&mut self, file: SignatureFile) -> io::Result<()> {
        let Ok(bytes) = self.container.metadata(file.entry) else {
            self.unreadable(file, "it is damaged");
            return Ok(());
        };
        let record = match EvidenceRecord::parse(&bytes) {
            Ok(record) => record,
            Err(error) => {
                self.unreadable(file, &error.to_string());
                return Ok(());
            }
        };
        let Some(tokens) = evidence_record::tokens(&record) else {
            self.unreadable(file, "a time-stamp in it cannot be read");
            return Ok(());
        };
        let objects = self.objects(file)?;
        let mut hashed = |algorithm: DigestAlgorithm, chain: &Chain| -> io::Result<Vec<Object>> {
            let one = |entry: &usize| {
                Ok(Object { name: self.name(*entry).to_owned(), hashes: self.hashes(*entry, algorithm, chain)? })
            };
            objects.entries.iter().map(one).collect()
        };
        let followed = evidence_record::follow(&record, tokens, &mut hashed)?;
        let mut found = Vec::new();
        for step in followed {
            let mut one = tst::candidate(format!("{}.{}", step.number.0, step.number.1), &step.token);
            if step.begins_chain() {
                one.breaches.extend(objects.breaches.iter().cloned());
            }
            one.breaches.extend(step.breaches);
            one.digests = step.imprints;
            one.stored = step.renewed;
            for entry in step.covered.iter().filter_map(|at| objects.entries.get(*at)) {
                let inside = self.collected.candidates.iter().zip(&self.owners).filter(|(_, owner)| *owner == entry);
                one.stored.extend(inside.flat_map(|(candidate, _)| candidate.objects()));
                if self.data.contains(entry) {
                    one.extent.names.push(self.name(*entry).to_owned());
                }
            }
            found.push(one);
        }
        self.take(file, found);
        Ok(())
    }

    // What its manifest lists, or the one data file.
    fn objects(&mut self, file: SignatureFile) -> io::Result<Objects> {
        let reach = self.target(file)?.reach;
        let own = self.name(file.entry);
        let manifest = self.container.manifests.iter().find(|(_, manifest)| manifest.signature == own);
        let entries = match manifest {
            Some((_, manifest)) => manifest.references.iter().filter_map(|r| self.find(&r.name)).collect(),
            None => match self.container.data.as_slice() {
                [only] => vec![*only],
                _ => Vec::new(),
            },
        };
        Ok(Objects { entries, breaches: reach.breaches })
    }

    /// The hashes by which a chain may know an entry; none when its content cannot be had.
    fn hashes(&mut self, entry: usize, algorithm: DigestAlgorithm, chain: &Chain) -> io::Result<Vec<Vec<u8>>> {
        let Some(plain) = self.digest(entry, algorithm)? else { return Ok(Vec::new()) };
        let mut hashes = vec![plain];
        // RFC 6283 §3.1.1: XML in its canonical form.
        if let Some(method) = &chain.canonical {
            let canonical = match self.contents.get(entry) {
                Some(Some(content)) => canonical(&**content, method),
                _ => self.container.metadata(entry).ok().and_then(|bytes| canonical(&bytes, method)),
            };
            hashes.extend(canonical.map(|bytes| algorithm.digest(&bytes)));
        }
        Ok(hashes)
    }
}

fn canonical(content: &dyn ReadAt, method: &Method) -> Option<Vec<u8>> {
    let bytes = content.read_range(0, content.len(), MAX_BYTES).ok()?;
    let text = decode(&bytes).ok()?;
    let tree = parse(&text).ok()?;
    canonicalize(tree.root(), None, method).ok()
}
