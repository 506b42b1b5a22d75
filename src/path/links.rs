//! Signatures that were already checked, shared between the files of a batch.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use ring::digest::{SHA256, digest};

use crate::algorithms::{SignatureScheme, VerifyError};
use crate::asn1::AlgorithmIdentifier;

/// Most results that are kept; past it the store starts afresh.
const CAPACITY: usize = 65_536;

type Key = ([u8; 32], [u8; 32]);

/// Remembers, per (signed object, key), whether the signature verified. Shared by reference between
/// threads; what is remembered never depends on time or policy.
#[derive(Debug, Default)]
pub struct Links {
    known: Mutex<HashMap<Key, Result<(), VerifyError>>>,
}

impl Links {
    /// An empty store.
    pub fn new() -> Links {
        Links::default()
    }

    /// Checks `signature` over `message` under `spki`, or repeats the answer given before.
    /// `object` is the SHA-256 of the whole signed object, which fixes message, algorithm and signature.
    ///
    /// # Errors
    /// Those of [`SignatureScheme::from_identifiers`] and [`SignatureScheme::verify`].
    pub fn verify(
        &self,
        object: &[u8; 32],
        spki: &[u8],
        algorithm: &AlgorithmIdentifier,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        let mut key: Key = (*object, [0; 32]);
        key.1.iter_mut().zip(digest(&SHA256, spki).as_ref()).for_each(|(to, from)| *to = *from);
        if let Some(known) = self.lock().get(&key) {
            return known.clone();
        }
        let result = SignatureScheme::from_identifiers(algorithm, None)
            .and_then(|scheme| scheme.verify(spki, message, signature));
        let mut known = self.lock();
        if known.len() >= CAPACITY {
            known.clear();
        }
        known.insert(key, result.clone());
        result
    }

    // A panic elsewhere leaves complete entries behind, so a poisoned lock is still right.
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Result<(), VerifyError>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
