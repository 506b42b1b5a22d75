//! Who comes first: recall against claim, first byte, answer and expiry (R01–R04), and leases against each other
//! (L01–L06), in thousands of orders from a seeded scheduler, each decided exactly once and with its evidence.

use congvan::base::time::UnixTime;
use congvan::exchange::chain::Chain;
use congvan::exchange::evidence::{Ack, Event, Outcome, Reason};
use congvan::exchange::id::{Sha256, Uuid};
use congvan::exchange::notary::{About, Nonce, Statement};
use congvan::exchange::state::{AckStep, Phase, RecallStep, Step};
use congvan::exchange::store::{
    Claim, Commit, Decision, Happening, ItemView, LeaseChange, NewItem, SaidKind, Submission, Submitted, Told,
};

use crate::seeded::Seeded;
use crate::support::{Kind, World, code};

/// What takes part in a race. The first three read, decide and write in separate steps, as the endpoint does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Op {
    Recall,
    Acknowledge,
    Expire,
    Claim,
    FirstByte,
    Release,
    Extend,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Ended {
    Recalled,
    TooLate,
    Accepted,
    Expired,
    Served,
    Leased(u64),
    Refused,
}

struct Actor {
    op: Op,
    /// The newest lease this worker was given.
    lease: u64,
    read: Option<ItemView>,
    ended: Option<Ended>,
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut octets = [0; N];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut octets).expect("random");
    octets
}

fn sealed(
    world: &World,
    about: &About,
    step: (Event, Vec<Reason>),
    previous: Option<Sha256>,
    rests: Option<Sha256>,
    now: UnixTime,
) -> congvan::exchange::store::FiledEvidence {
    let recipients = [code("H45.02")];
    let statement = Statement {
        event: step.0,
        time: now,
        recipients: &recipients,
        reasons: step.1,
        acknowledgement: rests,
        previous,
    };
    let nonce = Nonce { id: Uuid::v7((world.endpoint.clock)().unix_ms, random()), salt: random() };
    world.endpoint.notary.state(about, statement, nonce).expect("sealed")
}

/// A delivery of H45.01 to H45.02 in the store, without a way through the endpoint.
pub(crate) fn submission(world: &World, now: UnixTime, not_after: Option<UnixTime>) -> Submission {
    let body = [b"PK\x03\x04".as_slice(), &random::<16>()].concat();
    let mut envelope = world.envelope(&body);
    envelope.not_after = not_after;
    let bytes = envelope.to_bytes();
    let about = About::envelope(&envelope, Sha256::of(&bytes), Some(now));
    let evidence = sealed(world, &about, (Event::SubmissionAcceptance, Vec::new()), None, None, now);
    let consigned = sealed(world, &about, (Event::ContentConsignment, Vec::new()), Some(evidence.digest()), None, now);
    let item = congvan::base::encoding::hex(&random::<16>());
    Submission {
        sender: envelope.sender.clone(),
        delivery: envelope.delivery,
        signature: vec![0; 16],
        package: envelope.package.clone(),
        not_after,
        accepted: now,
        evidence,
        items: vec![NewItem { item, recipient: code("H45.02"), evidence: consigned }],
        body: Some(std::sync::Arc::new(body)),
        replaces: None,
        envelope: bytes,
    }
}

fn decision(world: &World, view: &ItemView, step: Step, said: Option<(SaidKind, Vec<u8>)>, now: UnixTime) -> Decision {
    let event = step.evidence.expect("a decision with evidence");
    let reasons = if event.is_negative() { vec![Reason::new("race", None)] } else { Vec::new() };
    let about = About {
        delivery: view.delivery,
        envelope: view.envelope,
        sender: view.sender.clone(),
        package: view.package.clone(),
        submitted: Some(view.accepted),
    };
    let rests = said.as_ref().map(|(_, bytes)| Sha256::of(bytes));
    let evidence = sealed(world, &about, (event, reasons), Some(view.last_evidence), rests, now);
    Decision {
        recipient: view.recipient.clone(),
        item: view.item.clone(),
        seen_version: view.state.version,
        next: step.item,
        said: said.map(|(kind, bytes)| (kind, bytes, vec![0; 16])),
        told: Told::Evidence(evidence),
    }
}

struct Race<'a> {
    world: &'a World,
    sender: congvan::exchange::id::AgencyCode,
    recipient: congvan::exchange::id::AgencyCode,
    delivery: Uuid,
    item: String,
    now: UnixTime,
}

impl Race<'_> {
    fn view(&self) -> ItemView {
        let view = self.world.block_on(self.world.store.item(&self.recipient, &self.item)).expect("reads");
        view.expect("there")
    }

    /// One step of one actor.
    fn step(&self, actor: &mut Actor) {
        let (world, now) = (self.world, self.now);
        let change = |change: LeaseChange| {
            world
                .block_on(world.store.change_lease(&self.recipient, &self.item, change, now))
                .expect("store")
                .expect("there")
        };
        actor.ended = match actor.op {
            Op::Claim => {
                let id = congvan::base::encoding::hex(&random::<8>());
                let claim = Claim { id, max: 1, lease_s: 10, items: None, most_leased: u32::MAX };
                let items =
                    world.block_on(world.store.claim(&self.recipient, claim, now)).expect("store").unwrap_or_default();
                let own = items.iter().find(|item| item.item == self.item);
                Some(own.map_or(Ended::Refused, |item| Ended::Leased(item.lease)))
            }
            Op::FirstByte => Some(change(LeaseChange::Access).map_or(Ended::Refused, |_| Ended::Served)),
            Op::Release => {
                let release = LeaseChange::Release { lease: actor.lease, delay_s: 0 };
                Some(change(release).map_or(Ended::Refused, |item| Ended::Leased(item.lease)))
            }
            Op::Extend => {
                let extend = LeaseChange::Extend { lease: actor.lease, lease_s: 10 };
                Some(change(extend).map_or(Ended::Refused, |item| Ended::Leased(item.lease)))
            }
            Op::Recall | Op::Acknowledge | Op::Expire => match actor.read.take() {
                None => {
                    actor.read = Some(self.view());
                    None
                }
                Some(view) => self.decide(actor, &view),
            },
        };
    }

    /// Decides on what was read and writes; `None` when another came first and all begins anew.
    fn decide(&self, actor: &Actor, view: &ItemView) -> Option<Ended> {
        let now = self.now;
        let (step, said, ended) = match actor.op {
            Op::Recall => match view.state.recall() {
                RecallStep::Repeats => return Some(Ended::TooLate),
                RecallStep::Decides(step) => {
                    let ended = if step.item.phase == Phase::Recalled { Ended::Recalled } else { Ended::TooLate };
                    (step, Some((SaidKind::Recall, random::<8>().to_vec())), ended)
                }
            },
            Op::Acknowledge => {
                let ack = Ack {
                    delivery: view.delivery,
                    sender: view.sender.clone(),
                    recipient: view.recipient.clone(),
                    envelope: view.envelope,
                    package: view.package.sha256,
                    outcome: Outcome::Accepted,
                    registry: None,
                    time: now,
                };
                let standing = view.ack().map(|said| Ack::from_bytes(&said.bytes).expect("reads"));
                match view.state.acknowledge(actor.lease, &ack, standing.as_ref(), now) {
                    Ok(AckStep::Decides(step)) => (step, Some((SaidKind::Ack, ack.to_bytes())), Ended::Accepted),
                    Ok(AckStep::Repeats) => return Some(Ended::Accepted),
                    Err(_) => return Some(Ended::Refused),
                }
            }
            _ => match view.state.tick(now) {
                Ok(step) if step.item.phase == Phase::Expired => (step, None, Ended::Expired),
                _ => return Some(Ended::Refused),
            },
        };
        let decision = decision(self.world, view, step, said, now);
        let written = self.world.block_on(self.world.store.apply(vec![decision])).expect("store");
        (written == Commit::Done).then_some(ended)
    }
}

/// Runs the actors in the order a seed gives, and holds the outcome to everything that is promised.
fn race(world: &World, seed: u64, ops: &[Op], before: &[Op], life_s: i64) -> Vec<(Op, Ended)> {
    let mut seeded = Seeded::new(seed);
    let start = world.now();
    let submission = submission(world, start, Some(start.plus(life_s)));
    let (delivery, item) = (submission.delivery, submission.items[0].item.clone());
    assert_eq!(world.block_on(world.store.submit(submission)).expect("store"), Submitted::New);
    let mut race = Race { world, sender: code("H45.01"), recipient: code("H45.02"), delivery, item, now: start };
    let mut lease = 0;
    for op in before {
        let mut actor = Actor { op: *op, lease, read: None, ended: None };
        while actor.ended.is_none() {
            race.step(&mut actor);
        }
        if let Some(Ended::Leased(given)) = actor.ended {
            lease = given;
        }
    }
    let mut actors: Vec<Actor> = ops.iter().map(|op| Actor { op: *op, lease, read: None, ended: None }).collect();
    let mut log = Vec::new();
    while actors.iter().any(|actor| actor.ended.is_none()) {
        let open: Vec<usize> = (0..actors.len()).filter(|at| actors[*at].ended.is_none()).collect();
        let at = *seeded.pick(&open);
        // Sometimes time passes between two steps.
        if seeded.below(4) == 0 {
            race.now = race.now.plus(i64::try_from(seeded.below(6)).expect("small"));
        }
        race.step(&mut actors[at]);
        if let Some(ended) = actors[at].ended {
            log.push((actors[at].op, ended));
            if let Ended::Leased(given) = ended
                && actors[at].op == Op::Claim
            {
                // The worker of this claim goes on with its own lease.
                let own = actors.iter_mut().find(|actor| actor.ended.is_none() && actor.lease < given);
                if let Some(own) = own.filter(|_| seeded.below(2) == 0) {
                    own.lease = given;
                }
            }
        }
    }
    check(&race, &log, seed);
    log
}

fn check(race: &Race<'_>, log: &[(Op, Ended)], seed: u64) {
    let world = race.world;
    let store = &world.store;
    let view = race.view();
    let list = world.block_on(store.evidence_list(&race.sender, race.delivery)).expect("store").expect("there");
    let mut chain = Chain::default();
    for line in &list {
        let receipt =
            world.block_on(store.evidence(&race.sender, race.delivery, line.n)).expect("store").expect("there");
        let says = receipt.read().expect("reads");
        chain.add(&receipt.evidence, &says).unwrap_or_else(|e| panic!("seed {seed}: {e}: {log:?}"));
    }
    let count = |event| list.iter().filter(|line| line.event == event).count();
    let (taken, ran_out) = (count(Event::Recall), count(Event::ContentHandoverFailure));
    let answered = count(Event::ContentHandover) + count(Event::ConsignmentRejection);
    assert_eq!(usize::from(view.state.phase.is_final()), taken + ran_out + answered, "seed {seed}: {log:?}");
    assert_eq!(taken == 1, view.state.phase == Phase::Recalled, "seed {seed}: {log:?}");
    assert_eq!(ran_out == 1, view.state.phase == Phase::Expired, "seed {seed}: {log:?}");
    assert_eq!(answered == 1, view.state.phase == Phase::Accepted, "seed {seed}: {log:?}");
    // However many recalls there were, one was decided.
    let recalls = log.iter().filter(|(op, _)| *op == Op::Recall).count();
    assert_eq!(taken + count(Event::RecallFailure), recalls.min(1), "seed {seed}: {log:?}");
    if taken == 1 {
        assert!(!view.state.accessed, "seed {seed}: a byte was served and the item taken back: {log:?}");
        assert!(
            log.iter().all(|(_, ended)| *ended != Ended::Served && *ended != Ended::Accepted),
            "seed {seed}: {log:?}"
        );
    }
    // Both sides are told the same, without gaps.
    for agency in [&race.sender, &race.recipient] {
        let events = world.block_on(store.events(agency, 0, 1_000_000)).expect("store");
        let seqs: Vec<u64> = events.iter().map(|event| event.seq).collect();
        assert_eq!(seqs, (1..).take(seqs.len()).collect::<Vec<_>>(), "seed {seed}");
        let own = events.iter().filter(|e| e.delivery == race.delivery && matches!(e.event, Happening::Attested(_)));
        let expected = if agency == &race.sender { list.len() } else { list.len() - 1 };
        assert_eq!(own.count(), expected, "seed {seed}");
    }
}

/// Many orders over the memory store, some over SQLite; every outcome named must come up.
fn races(ops: &[Op], before: &[Op], life_s: i64, must: &[(Op, Ended)]) {
    for (kind, seeds) in [(Kind::Memory, 400_u64), (Kind::Sqlite, 40)] {
        let mut seen = Vec::new();
        let mut world = World::new(kind);
        for seed in 0..seeds {
            // Events are compared whole: a small world keeps that cheap.
            if kind == Kind::Memory && seed % 100 == 99 {
                world = World::new(kind);
            }
            seen.extend(race(&world, seed, ops, before, life_s));
        }
        let faults = world.block_on(world.store.fsck()).expect("fsck runs");
        assert_eq!(faults, [], "{kind:?}");
        if kind == Kind::Memory {
            for wanted in must {
                assert!(seen.contains(wanted), "{wanted:?} never came up");
            }
        }
    }
}

#[test]
fn r01_recall_versus_claim_has_one_outcome_with_evidence() {
    races(
        &[Op::Recall, Op::Claim, Op::Recall],
        &[],
        1_000,
        &[(Op::Recall, Ended::Recalled), (Op::Claim, Ended::Refused), (Op::Claim, Ended::Leased(1))],
    );
}

#[test]
fn r02_recall_versus_the_first_byte_is_either_taken_back_or_served() {
    races(
        &[Op::Recall, Op::FirstByte],
        &[Op::Claim],
        1_000,
        &[
            (Op::Recall, Ended::Recalled),
            (Op::Recall, Ended::TooLate),
            (Op::FirstByte, Ended::Served),
            (Op::FirstByte, Ended::Refused),
        ],
    );
}

#[test]
fn r03_recall_versus_the_answer_never_gives_two_ends() {
    races(
        &[Op::Recall, Op::Acknowledge, Op::FirstByte],
        &[Op::Claim],
        1_000,
        &[
            (Op::Acknowledge, Ended::Accepted),
            (Op::Acknowledge, Ended::Refused),
            (Op::Recall, Ended::TooLate),
            (Op::Recall, Ended::Recalled),
        ],
    );
}

#[test]
fn r04_recall_versus_expiry_at_the_same_instant_has_one_end() {
    races(
        &[Op::Recall, Op::Expire, Op::Expire, Op::Claim],
        &[],
        2,
        &[
            (Op::Recall, Ended::Recalled),
            (Op::Recall, Ended::TooLate),
            (Op::Expire, Ended::Expired),
            (Op::Expire, Ended::Refused),
        ],
    );
}

#[test]
fn l01_a_lease_that_ends_during_the_download_gives_the_item_to_another_and_nothing_to_the_first() {
    races(
        &[Op::FirstByte, Op::Claim, Op::Acknowledge, Op::Acknowledge],
        &[Op::Claim],
        1_000,
        &[
            (Op::Claim, Ended::Leased(2)),
            (Op::Claim, Ended::Refused),
            (Op::Acknowledge, Ended::Refused),
            (Op::Acknowledge, Ended::Accepted),
        ],
    );
}

#[test]
fn l02_an_answer_under_a_lease_that_has_ended_changes_nothing() {
    let world = World::new(Kind::Memory);
    let log = race(&world, 1, &[Op::Claim], &[], 1_000);
    assert_eq!(log, [(Op::Claim, Ended::Leased(1))]);
    races(
        &[Op::Release, Op::Acknowledge, Op::Extend],
        &[Op::Claim],
        1_000,
        &[(Op::Acknowledge, Ended::Refused), (Op::Acknowledge, Ended::Accepted), (Op::Extend, Ended::Refused)],
    );
}

#[test]
fn l03_the_same_answer_twice_is_recorded_once() {
    races(
        &[Op::Acknowledge, Op::Acknowledge, Op::Acknowledge],
        &[Op::Claim],
        1_000,
        &[(Op::Acknowledge, Ended::Accepted)],
    );
}

#[test]
fn l06_workers_paused_past_their_leases_and_resumed_never_end_an_item_twice() {
    races(
        &[Op::Claim, Op::Acknowledge, Op::Claim, Op::Acknowledge, Op::Release, Op::Extend, Op::Recall],
        &[Op::Claim],
        20,
        &[(Op::Claim, Ended::Leased(2)), (Op::Acknowledge, Ended::Accepted), (Op::Acknowledge, Ended::Refused)],
    );
}
