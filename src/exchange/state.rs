//! The state of one delivery at one recipient: a pure machine, the only place that decides.
//!
//! Stores load an [`Item`], ask here, and write what comes back in one transaction, comparing
//! [`Item::version`]. A lease is a number that only grows (a fencing token): whoever holds an older one
//! can change nothing. Each step either makes evidence or says why there is none.

use super::evidence::{Ack, Event, Outcome};
use crate::base::time::UnixTime;

/// Claims after which an item is set aside, visible but no longer handed out by itself.
pub const MAX_ATTEMPTS: u32 = 20;
/// Longest lease, in seconds.
pub const MAX_LEASE_S: u32 = 3_600;
/// Longest delay a worker can ask for when it gives an item back, in seconds.
pub const MAX_DELAY_S: u32 = 86_400;

/// Where an item stands.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Phase {
    /// In the recipient's inbox, free to claim.
    Available,
    /// Claimed by a worker of the recipient.
    Leased,
    /// Claimed too often without an answer; handed out only by name.
    Parked,
    /// The recipient has it and said so.
    Accepted,
    /// The recipient refused it.
    Rejected,
    /// The sender took it back in time.
    Recalled,
    /// Its time ran out.
    Expired,
}

const PHASES: [(Phase, &str); 7] = [
    (Phase::Available, "available"),
    (Phase::Leased, "leased"),
    (Phase::Parked, "parked"),
    (Phase::Accepted, "accepted"),
    (Phase::Rejected, "rejected"),
    (Phase::Recalled, "recalled"),
    (Phase::Expired, "expired"),
];

impl Phase {
    /// The phase's name on the wire.
    pub fn name(self) -> &'static str {
        PHASES.iter().find(|(phase, _)| *phase == self).map_or("", |(_, name)| name)
    }

    /// The phase of a name.
    pub fn parse(name: &str) -> Option<Self> {
        PHASES.iter().find(|(_, own)| *own == name).map(|(phase, _)| *phase)
    }

    /// Whether nothing changes it any more.
    pub fn is_final(self) -> bool {
        matches!(self, Phase::Accepted | Phase::Rejected | Phase::Recalled | Phase::Expired)
    }
}

/// What is remembered of one delivery at one recipient.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Item {
    /// Where it stands.
    pub phase: Phase,
    /// Grows with every change; a write names the version it saw.
    pub version: u64,
    /// The number of the newest lease; 0 before the first.
    pub lease: u64,
    /// Until when that lease holds.
    pub lease_until: UnixTime,
    /// How often it was claimed.
    pub attempt: u32,
    /// Not handed out before this.
    pub visible_from: UnixTime,
    /// Whether a byte of the package was served to the recipient.
    pub accessed: bool,
    /// Not handed out after this.
    pub not_after: Option<UnixTime>,
}

/// What became of a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// The item afterwards, its version already raised.
    pub item: Item,
    /// The evidence this step makes, or why it makes none.
    pub evidence: Result<Event, NoEvidence>,
}

/// Why a step leaves no evidence.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NoEvidence {
    /// Leases are the recipient's own book-keeping among its workers.
    Lease,
    /// Serving bytes is a fact for recall, not a handover: only the acknowledgement says they arrived.
    Access,
    /// Setting an item aside changes nothing between the parties.
    Parked,
}

/// Why the machine refuses.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The lease named is not the one that holds now.
    #[error("the lease is not the one that holds now")]
    LeaseLost,
    /// The item's end was already decided otherwise.
    #[error("the item was already decided otherwise")]
    AlreadyFinal,
    /// The item is not free to claim now.
    #[error("the item is not free to claim")]
    NotClaimable,
}

/// What an acknowledgement does.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AckStep {
    /// It decides the item.
    Decides(Step),
    /// The same was said before; nothing changes and the first answer stands.
    Repeats,
}

impl Item {
    /// An item just put into the recipient's inbox.
    pub fn available(now: UnixTime, not_after: Option<UnixTime>) -> Self {
        Item {
            phase: Phase::Available,
            version: 1,
            lease: 0,
            lease_until: now,
            attempt: 0,
            visible_from: now,
            accessed: false,
            not_after,
        }
    }

    /// Whether the lease of this number holds at `now`.
    pub fn holds(&self, lease: u64, now: UnixTime) -> bool {
        self.phase == Phase::Leased && self.lease == lease && now < self.lease_until
    }

    /// Whether a worker who takes what comes would get this item at `now`.
    pub fn is_claimable(&self, now: UnixTime) -> bool {
        let free = match self.phase {
            Phase::Available => self.visible_from <= now,
            Phase::Leased => self.lease_until <= now,
            _ => false,
        };
        free && self.not_after.is_none_or(|end| now <= end)
    }

    /// A worker claims the item for `lease_s` seconds; `by_name` reaches parked and delayed items too.
    ///
    /// An item claimed [`MAX_ATTEMPTS`] times is parked instead, unless asked for by name.
    ///
    /// # Errors
    /// [`Refused::NotClaimable`].
    pub fn claim(&self, lease_s: u32, by_name: bool, now: UnixTime) -> Result<Step, Refused> {
        let waiting = matches!(self.phase, Phase::Parked | Phase::Available)
            && by_name
            && self.not_after.is_none_or(|end| now <= end);
        if !self.is_claimable(now) && !waiting {
            return Err(Refused::NotClaimable);
        }
        if self.attempt >= MAX_ATTEMPTS && !by_name {
            return Ok(self.step(NoEvidence::Parked, |item| item.phase = Phase::Parked));
        }
        Ok(self.step(NoEvidence::Lease, |item| {
            item.phase = Phase::Leased;
            item.lease = item.lease.saturating_add(1);
            item.lease_until = now.plus(i64::from(lease_s.clamp(1, MAX_LEASE_S)));
            item.attempt = item.attempt.saturating_add(1);
        }))
    }

    /// The holder asks for `lease_s` seconds from now.
    ///
    /// # Errors
    /// [`Refused::LeaseLost`].
    pub fn extend(&self, lease: u64, lease_s: u32, now: UnixTime) -> Result<Step, Refused> {
        if !self.holds(lease, now) {
            return Err(Refused::LeaseLost);
        }
        Ok(self.step(NoEvidence::Lease, |item| {
            let until = now.plus(i64::from(lease_s.clamp(1, MAX_LEASE_S)));
            item.lease_until = item.lease_until.max(until);
        }))
    }

    /// The holder gives the item back, to be handed out again after `delay_s` seconds.
    ///
    /// # Errors
    /// [`Refused::LeaseLost`].
    pub fn release(&self, lease: u64, delay_s: u32, now: UnixTime) -> Result<Step, Refused> {
        if !self.holds(lease, now) {
            return Err(Refused::LeaseLost);
        }
        Ok(self.step(NoEvidence::Lease, |item| {
            item.phase = Phase::Available;
            item.lease_until = now;
            item.visible_from = now.plus(i64::from(delay_s.min(MAX_DELAY_S)));
        }))
    }

    /// The first byte of the package is about to be served; `None` when that was noted before.
    pub fn access(&self) -> Option<Step> {
        (!self.accessed).then(|| self.step(NoEvidence::Access, |item| item.accessed = true))
    }

    /// The recipient's signed answer, compared with the one that stands, if any.
    ///
    /// # Errors
    /// [`Refused::LeaseLost`] without a lease that holds now, [`Refused::AlreadyFinal`] after another end.
    pub fn acknowledge(
        &self,
        lease: u64,
        ack: &Ack,
        standing: Option<&Ack>,
        now: UnixTime,
    ) -> Result<AckStep, Refused> {
        if self.phase.is_final() {
            return match standing {
                Some(first) if first.says_the_same_as(ack) => Ok(AckStep::Repeats),
                _ => Err(Refused::AlreadyFinal),
            };
        }
        if !self.holds(lease, now) {
            return Err(Refused::LeaseLost);
        }
        let (phase, event) = match ack.outcome {
            Outcome::Accepted => (Phase::Accepted, Event::ContentHandover),
            Outcome::Rejected(_) => (Phase::Rejected, Event::ConsignmentRejection),
        };
        let mut step = self.step(NoEvidence::Lease, |item| item.phase = phase);
        step.evidence = Ok(event);
        Ok(AckStep::Decides(step))
    }

    fn step(&self, reason: NoEvidence, change: impl FnOnce(&mut Item)) -> Step {
        let mut item = self.clone();
        item.version = item.version.saturating_add(1);
        change(&mut item);
        Step { item, evidence: Err(reason) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::evidence::{Reason, tests::sample};
    use super::*;

    const NOW: UnixTime = UnixTime(1_000);

    fn ack(outcome: Outcome) -> Ack {
        let evidence = sample();
        Ack {
            delivery: evidence.delivery,
            sender: evidence.sender,
            recipient: evidence.recipients[0].clone(),
            envelope: evidence.envelope,
            package: evidence.package.sha256,
            outcome,
            registry: None,
            time: NOW,
        }
    }

    fn leased() -> Item {
        Item::available(NOW, None).claim(60, false, NOW).expect("free").item
    }

    #[test]
    fn a_lease_holds_until_its_last_second_and_not_longer() {
        let item = leased();
        assert!(item.holds(1, NOW.plus(59)));
        assert!(!item.holds(1, NOW.plus(60)));
        assert_eq!(item.claim(60, false, NOW.plus(59)), Err(Refused::NotClaimable));
        let again = item.claim(60, false, NOW.plus(60)).expect("free again").item;
        assert_eq!((again.lease, again.attempt, again.version), (2, 2, 3));
    }

    #[test]
    fn a_stale_lease_changes_nothing() {
        let item = leased().claim(60, false, NOW.plus(60)).expect("free").item;
        let now = NOW.plus(61);
        assert_eq!(item.extend(1, 60, now), Err(Refused::LeaseLost));
        assert_eq!(item.release(1, 0, now), Err(Refused::LeaseLost));
        assert_eq!(item.acknowledge(1, &ack(Outcome::Accepted), None, now), Err(Refused::LeaseLost));
        assert!(item.acknowledge(2, &ack(Outcome::Accepted), None, now).is_ok());
    }

    #[test]
    fn extending_never_shortens_a_lease() {
        let item = leased();
        assert_eq!(item.extend(1, 1, NOW).expect("held").item.lease_until, NOW.plus(60));
        assert_eq!(item.extend(1, 600, NOW).expect("held").item.lease_until, NOW.plus(600));
        assert_eq!(item.extend(1, u32::MAX, NOW).expect("held").item.lease_until, NOW.plus(i64::from(MAX_LEASE_S)));
    }

    #[test]
    fn a_released_item_waits_out_its_delay() {
        let item = leased().release(1, 30, NOW).expect("held").item;
        assert!(!item.is_claimable(NOW.plus(29)));
        assert!(item.is_claimable(NOW.plus(30)));
        assert!(item.claim(60, true, NOW).is_ok(), "asked for by name");
    }

    #[test]
    fn an_acknowledgement_decides_once_and_repeats_quietly() {
        let first = ack(Outcome::Accepted);
        let AckStep::Decides(step) = leased().acknowledge(1, &first, None, NOW).expect("held") else {
            panic!("decides")
        };
        assert_eq!((step.item.phase, step.evidence), (Phase::Accepted, Ok(Event::ContentHandover)));
        let again = Ack { time: NOW.plus(500), ..first.clone() };
        assert_eq!(step.item.acknowledge(0, &again, Some(&first), NOW.plus(500)), Ok(AckStep::Repeats));
        let other = ack(Outcome::Rejected(Reason::new("not-for-us", None)));
        assert_eq!(step.item.acknowledge(1, &other, Some(&first), NOW), Err(Refused::AlreadyFinal));
    }

    #[test]
    fn a_refusal_is_a_consignment_rejection() {
        let no = ack(Outcome::Rejected(Reason::new("not-for-us", None)));
        let AckStep::Decides(step) = leased().acknowledge(1, &no, None, NOW).expect("held") else { panic!("decides") };
        assert_eq!((step.item.phase, step.evidence), (Phase::Rejected, Ok(Event::ConsignmentRejection)));
    }

    #[test]
    fn an_item_claimed_too_often_is_parked_and_still_reachable_by_name() {
        let mut item = Item::available(NOW, None);
        for round in 0..MAX_ATTEMPTS {
            item = item.claim(1, false, NOW.plus(i64::from(round))).expect("free").item;
        }
        let now = NOW.plus(1_000);
        let parked = item.claim(1, false, now).expect("a step").item;
        assert_eq!(parked.phase, Phase::Parked);
        assert_eq!(parked.claim(1, false, now), Err(Refused::NotClaimable));
        assert_eq!(parked.claim(1, true, now).expect("by name").item.phase, Phase::Leased);
    }

    #[test]
    fn an_item_is_offered_until_its_last_second() {
        let item = Item::available(NOW, Some(NOW.plus(10)));
        assert!(item.is_claimable(NOW.plus(10)));
        assert!(!item.is_claimable(NOW.plus(11)));
        assert_eq!(item.claim(1, true, NOW.plus(11)), Err(Refused::NotClaimable));
    }

    #[test]
    fn access_is_noted_once() {
        let item = leased().access().expect("first").item;
        assert!(item.accessed && item.access().is_none());
    }

    proptest::proptest! {
        // Whatever the order of requests: leases and versions only grow, an end is an end, and only an
        // acknowledgement under the lease that holds brings one about.
        #[test]
        fn no_order_of_requests_breaks_fencing(steps in proptest::collection::vec((0u8..6, 0u64..4, 0i64..90), 1..60)) {
            let mut item = Item::available(NOW, None);
            let mut now = NOW;
            let yes = ack(Outcome::Accepted);
            for (kind, lease, wait) in steps {
                now = now.plus(wait);
                let before = item.clone();
                let held = before.holds(lease, now);
                let next = match kind {
                    0 => before.claim(30, false, now).ok(),
                    1 => before.claim(30, true, now).ok(),
                    2 => before.extend(lease, 30, now).ok(),
                    3 => before.release(lease, 5, now).ok(),
                    4 => before.access(),
                    _ => match before.acknowledge(lease, &yes, Some(&yes), now) {
                        Ok(AckStep::Decides(step)) => { proptest::prop_assert!(held); Some(step) }
                        Ok(AckStep::Repeats) => { proptest::prop_assert!(before.phase.is_final()); None }
                        Err(_) => None,
                    },
                };
                if let Some(step) = next {
                    proptest::prop_assert!(kind == 4 || !before.phase.is_final());
                    proptest::prop_assert!(step.item.version == before.version + 1);
                    proptest::prop_assert!(step.item.lease >= before.lease);
                    item = step.item;
                }
            }
        }
    }
}
