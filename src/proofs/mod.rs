//! Proofs: the certificates, CRLs and OCSP answers at hand, and what is still to be asked for.
//!
//! Collect first, judge after: [`mod@plan`] lists what to fetch, someone else fetches it, [`Store`] takes it
//! in, and everything that judges reads the store. Nothing here fetches, and nothing in a store is trusted:
//! a certificate in it is a candidate, a CRL in it is paper.

pub mod plan;
mod store;

pub use plan::{Request, plan};
pub use store::{Added, Kind, ProofError, Store};
