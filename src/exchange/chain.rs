//! Whether pieces of evidence form one story: each hangs on an earlier one of the same delivery and recipient.

use std::collections::HashMap;

use super::evidence::{Event, Evidence};
use super::id::Sha256;

/// Why evidence does not form a chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// The first is not of the submission, or a later one is.
    #[error("the chain of evidence does not begin with its submission, or begins twice")]
    Beginning,
    /// One speaks of another delivery, envelope, sender or package than the first.
    #[error("the chain of evidence speaks of more than one delivery")]
    Delivery,
    /// The evidence before one is not there.
    #[error("the chain of evidence has a gap")]
    Gap,
    /// One hangs on evidence that does not concern its recipient.
    #[error("the chain of evidence passes from one recipient to another")]
    Recipient,
}

/// The evidence of one delivery, oldest first, checked as it is added.
#[derive(Debug, Default)]
pub struct Chain {
    first: Option<Evidence>,
    seen: HashMap<Sha256, Evidence>,
}

impl Chain {
    /// Adds evidence whose canonical bytes are `bytes`.
    ///
    /// # Errors
    /// [`ChainError`]; the chain is then as before.
    pub fn add(&mut self, bytes: &[u8], evidence: &Evidence) -> Result<(), ChainError> {
        let is_beginning = evidence.event == Event::SubmissionAcceptance;
        match (&self.first, evidence.previous) {
            (None, None) if is_beginning => self.first = Some(evidence.clone()),
            (None, _) => return Err(ChainError::Beginning),
            (Some(_), None) => return Err(ChainError::Beginning),
            (Some(_), Some(_)) if is_beginning => return Err(ChainError::Beginning),
            (Some(first), Some(previous)) => {
                let about = |e: &Evidence| (e.delivery, e.envelope, e.sender.clone(), e.package.clone());
                if about(first) != about(evidence) {
                    return Err(ChainError::Delivery);
                }
                let before = self.seen.get(&previous).ok_or(ChainError::Gap)?;
                if !evidence.recipients.iter().all(|recipient| before.recipients.contains(recipient)) {
                    return Err(ChainError::Recipient);
                }
            }
        }
        self.seen.insert(Sha256::of(bytes), evidence.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::evidence::tests::sample;

    #[test]
    fn a_chain_begins_once_and_stays_with_its_recipient() {
        let first = sample();
        let digest = Sha256::of(&first.to_bytes());
        let next = |event, recipient: usize, previous| Evidence {
            event,
            recipients: vec![first.recipients[recipient].clone()],
            previous: Some(previous),
            ..first.clone()
        };
        let mut chain = Chain::default();
        let add = |chain: &mut Chain, evidence: &Evidence| chain.add(&evidence.to_bytes(), evidence);
        let consigned = next(Event::ContentConsignment, 0, digest);
        assert_eq!(add(&mut chain, &consigned), Err(ChainError::Beginning));
        assert_eq!(add(&mut chain, &first), Ok(()));
        assert_eq!(add(&mut chain, &first), Err(ChainError::Beginning));
        assert_eq!(add(&mut chain, &consigned), Ok(()));
        let before = Sha256::of(&consigned.to_bytes());
        assert_eq!(add(&mut chain, &next(Event::ContentHandover, 1, before)), Err(ChainError::Recipient));
        assert_eq!(add(&mut chain, &next(Event::ContentHandover, 0, Sha256::of(b"?"))), Err(ChainError::Gap));
        let foreign = Evidence { envelope: Sha256::of(b"?"), ..next(Event::ContentHandover, 0, before) };
        assert_eq!(add(&mut chain, &foreign), Err(ChainError::Delivery));
        assert_eq!(add(&mut chain, &next(Event::ContentHandover, 0, before)), Ok(()));
    }
}
