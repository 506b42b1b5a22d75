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
    /// Half of its time, for the first warning.
    pub halfway: Option<UnixTime>,
    /// How many of the warnings that its time runs out were given.
    pub warned: u8,
    /// Whether the sender asked to take it back when the recipient could have read it already.
    pub recall_asked: bool,
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
    /// That time runs out is told, not attested: nothing has happened yet.
    Warning,
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
    /// The recipient says how it fares with an item it has not answered yet.
    #[error("the item was not answered yet")]
    NotAnswered,
    /// The item's time has not run out, or a worker still holds it.
    #[error("nothing is due for the item")]
    NotDue,
}

/// What an acknowledgement does.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AckStep {
    /// It decides the item.
    Decides(Step),
    /// The same was said before; nothing changes and the first answer stands.
    Repeats,
}

/// What a recall does to one item.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RecallStep {
    /// It takes the item back ([`Event::Recall`]) or comes too late ([`Event::RecallFailure`]).
    Decides(Step),
    /// A recall was decided before; its answer stands.
    Repeats,
}

/// Why a recall took nothing back.
pub const TOO_LATE: &str = "too-late";
/// Why a recall of an answered or expired item took nothing back.
pub const ALREADY_FINAL: &str = "already-final";

impl Item {
    /// An item just put into the recipient's inbox.
    pub fn available(now: UnixTime, not_after: Option<UnixTime>) -> Self {
        Item {
            phase: Phase::Available,
            version: 1,
            lease: 0,
            lease_until: now,
            attempt: 0,
            // Free at once, also when the clock is set back afterwards.
            visible_from: UnixTime(0),
            accessed: false,
            not_after,
            halfway: not_after.map(|end| now.plus(end.0.saturating_sub(now.0) / 2)),
            warned: 0,
            recall_asked: false,
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
    ///
    /// # Errors
    /// [`Refused::AlreadyFinal`] for an item that was taken back or ran out before anybody read it.
    pub fn access(&self) -> Result<Option<Step>, Refused> {
        match self.phase {
            _ if self.accessed => Ok(None),
            Phase::Recalled | Phase::Expired => Err(Refused::AlreadyFinal),
            _ => Ok(Some(self.step(NoEvidence::Access, |item| item.accessed = true))),
        }
    }

    /// The sender wants the item back: it gets it as long as no byte of the package was served and nothing decided it.
    pub fn recall(&self) -> RecallStep {
        if self.recall_asked || self.phase == Phase::Recalled {
            return RecallStep::Repeats;
        }
        let too_late = self.accessed || self.phase.is_final();
        let mut step = self.step(NoEvidence::Lease, |item| match too_late {
            true => item.recall_asked = true,
            false => item.phase = Phase::Recalled,
        });
        step.evidence = Ok(if too_late { Event::RecallFailure } else { Event::Recall });
        RecallStep::Decides(step)
    }

    /// The recipient says how it fares with an item it has answered, or was asked to give back.
    ///
    /// # Errors
    /// [`Refused::NotAnswered`].
    pub fn fares(&self) -> Result<Step, Refused> {
        if !matches!(self.phase, Phase::Accepted | Phase::Rejected) && !self.recall_asked {
            return Err(Refused::NotAnswered);
        }
        let mut step = self.step(NoEvidence::Lease, |_| {});
        step.evidence = Ok(Event::BusinessStatus);
        Ok(step)
    }

    /// When the next warning or the end is due; `None` when nothing will be.
    pub fn due(&self) -> Option<UnixTime> {
        let end = self.not_after.filter(|_| !self.phase.is_final())?;
        let warning = self.warnings().get(usize::from(self.warned)).copied();
        let over = end.plus(1);
        // A worker that holds the item may finish.
        let over = if self.phase == Phase::Leased { over.max(self.lease_until) } else { over };
        Some(warning.map_or(over, |warning| warning.min(over)))
    }

    /// When warnings are given: at half of the time, and a day before the end where that comes later.
    fn warnings(&self) -> Vec<UnixTime> {
        let (Some(end), Some(halfway)) = (self.not_after, self.halfway) else { return Vec::new() };
        let day_before = end.plus(-86_400);
        if day_before > halfway { vec![halfway, day_before] } else { vec![halfway] }
    }

    /// Time passes: the item runs out, or a warning is given.
    ///
    /// # Errors
    /// [`Refused::NotDue`].
    pub fn tick(&self, now: UnixTime) -> Result<Step, Refused> {
        let Some(end) = self.not_after.filter(|_| self.due().is_some_and(|due| due <= now)) else {
            return Err(Refused::NotDue);
        };
        let is_held = self.phase == Phase::Leased && now < self.lease_until;
        if now > end && !is_held {
            let mut step = self.step(NoEvidence::Lease, |item| item.phase = Phase::Expired);
            step.evidence = Ok(Event::ContentHandoverFailure);
            return Ok(step);
        }
        let passed = self.warnings().iter().filter(|at| **at <= now).count();
        let passed = u8::try_from(passed).unwrap_or(u8::MAX);
        if passed <= self.warned {
            return Err(Refused::NotDue);
        }
        Ok(self.step(NoEvidence::Warning, |item| item.warned = passed))
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
    fn an_item_is_free_at_once_also_when_the_clock_is_set_back() {
        assert!(Item::available(NOW, None).is_claimable(NOW.plus(-600)));
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
        let item = leased().access().expect("open").expect("first").item;
        assert!(item.accessed && item.access() == Ok(None));
    }

    fn recalled(item: &Item) -> Step {
        match item.recall() {
            RecallStep::Decides(step) => step,
            RecallStep::Repeats => panic!("decides"),
        }
    }

    #[test]
    fn a_recall_takes_back_what_nobody_read_and_comes_too_late_after_the_first_byte() {
        for item in [Item::available(NOW, None), leased()] {
            let step = recalled(&item);
            assert_eq!((step.item.phase, step.evidence), (Phase::Recalled, Ok(Event::Recall)));
            assert_eq!(step.item.access(), Err(Refused::AlreadyFinal));
            assert_eq!(step.item.recall(), RecallStep::Repeats);
            let late = step.item.acknowledge(1, &ack(Outcome::Accepted), None, NOW);
            assert_eq!(late, Err(Refused::AlreadyFinal));
        }
        let read = leased().access().expect("open").expect("first").item;
        let step = recalled(&read);
        assert_eq!((step.item.phase, step.evidence), (Phase::Leased, Ok(Event::RecallFailure)));
        assert_eq!(step.item.recall(), RecallStep::Repeats);
        assert!(step.item.acknowledge(1, &ack(Outcome::Accepted), None, NOW).is_ok(), "the recipient decides");
        assert!(step.item.fares().is_ok());
    }

    #[test]
    fn a_recall_of_an_answered_item_changes_nothing_but_that_it_was_asked() {
        let AckStep::Decides(step) = leased().acknowledge(1, &ack(Outcome::Accepted), None, NOW).expect("held") else {
            panic!("decides")
        };
        let asked = recalled(&step.item);
        assert_eq!((asked.item.phase, asked.item.recall_asked), (Phase::Accepted, true));
        assert_eq!(leased().fares(), Err(Refused::NotAnswered));
        assert_eq!(step.item.fares().expect("answered").evidence, Ok(Event::BusinessStatus));
    }

    #[test]
    fn warnings_come_at_half_time_and_a_day_before_and_the_end_one_second_after_it() {
        let end = NOW.plus(10 * 86_400);
        let item = Item::available(NOW, Some(end));
        assert_eq!(item.due(), Some(NOW.plus(5 * 86_400)));
        assert_eq!(item.tick(NOW.plus(5 * 86_400 - 1)), Err(Refused::NotDue));
        let first = item.tick(NOW.plus(5 * 86_400)).expect("due");
        assert_eq!((first.item.warned, first.evidence), (1, Err(NoEvidence::Warning)));
        assert_eq!(first.item.due(), Some(NOW.plus(9 * 86_400)));
        let second = first.item.tick(NOW.plus(9 * 86_400)).expect("due").item;
        assert_eq!((second.warned, second.due()), (2, Some(end.plus(1))));
        assert_eq!(second.tick(end), Err(Refused::NotDue));
        let over = second.tick(end.plus(1)).expect("due");
        assert_eq!((over.item.phase, over.evidence), (Phase::Expired, Ok(Event::ContentHandoverFailure)));
        assert_eq!(over.item.due(), None);
        // Warnings missed together are one; an end missed is no warning.
        assert_eq!(item.tick(NOW.plus(9 * 86_400)).expect("due").item.warned, 2);
        assert_eq!(item.tick(end.plus(1)).expect("due").item.phase, Phase::Expired);
    }

    #[test]
    fn an_item_whose_time_runs_out_under_a_lease_expires_when_the_lease_does() {
        let end = NOW.plus(10);
        let held = Item::available(NOW, Some(end)).claim(60, false, NOW).expect("free").item;
        let warned = held.tick(NOW.plus(5)).expect("half time").item;
        assert_eq!(warned.tick(NOW.plus(59)), Err(Refused::NotDue));
        assert_eq!(warned.tick(NOW.plus(60)).expect("due").item.phase, Phase::Expired);
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
                    4 => before.access().ok().flatten(),
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
