//! X02: random sequences of calls against a small model of what must come of each.
//!
//! The model is written from PROTOCOL.md, not from the code: one agency's inbox as a list of items. The clock stands
//! still between calls, so that every answer is determined.

use std::collections::HashMap;

use congvan::base::encoding::base64;
use congvan::edxml::codes::Status;
use congvan::exchange::envelope::Envelope;
use congvan::exchange::evidence::{Ack, Outcome, Reason};
use congvan::exchange::id::Sha256;
use congvan::exchange::statement::{BusinessStatus, Recall};
use serde_json::{Value, json};

use crate::seeded::Seeded;
use crate::support::{Kind, Raw, World, code};

#[derive(Clone, Debug)]
struct Item {
    envelope: Envelope,
    receipt: Vec<u8>,
    name: String,
    state: &'static str,
    lease: u64,
    until: i64,
    attempt: u64,
    visible: i64,
    accessed: bool,
    asked: bool,
    /// Octets of the receipt of the answer that stands.
    answered: Option<(bool, Vec<u8>)>,
    recalled: Option<String>,
}

impl Item {
    fn is_final(&self) -> bool {
        matches!(self.state, "accepted" | "rejected" | "recalled" | "expired")
    }

    fn end(&self) -> i64 {
        self.envelope.not_after.map_or(i64::MAX, |end| end.0)
    }

    fn holds(&self, lease: u64, now: i64) -> bool {
        self.state == "leased" && self.lease == lease && now < self.until
    }

    fn is_free(&self, now: i64) -> bool {
        let free = match self.state {
            "available" => self.visible <= now,
            "leased" => self.until <= now,
            _ => false,
        };
        free && now <= self.end()
    }
}

struct Model<'a> {
    world: &'a World,
    sender: Raw,
    recipient: Raw,
    items: Vec<Item>,
    claims: HashMap<String, Value>,
    events: u64,
    seeded: Seeded,
    log: Vec<String>,
}

impl Model<'_> {
    fn now(&self) -> i64 {
        self.world.now().0
    }

    fn any(&mut self) -> Option<usize> {
        let count = u64::try_from(self.items.len()).expect("few");
        (count > 0).then(|| usize::try_from(self.seeded.below(count)).expect("few"))
    }

    /// A lease to name: mostly the newest, sometimes an older one or none.
    fn lease(&mut self, at: usize) -> u64 {
        let newest = self.items[at].lease;
        if self.seeded.below(4) == 0 { newest.saturating_sub(1) } else { newest }
    }

    fn say(&mut self, what: String) {
        self.log.push(what);
    }

    fn expect(&self, what: &str, found: (u16, String), wanted: (u16, &str)) {
        assert_eq!((found.0, found.1.as_str()), wanted, "{what}: {:#?}", self.log);
    }

    fn submit(&mut self) {
        let mut package = b"PK\x03\x04 ".to_vec();
        package.extend(crate::races::random::<16>());
        self.sender.upload(&package);
        let mut envelope = self.world.envelope(&package);
        if self.seeded.below(3) == 0 {
            envelope.not_after = Some(self.world.now().plus(i64::try_from(self.seeded.below(120)).expect("small") + 1));
        }
        let path = format!("/v1/deliveries/{}", envelope.delivery);
        let body = self.world.submission("H45.01", &envelope);
        let first = self.sender.put(&path, &body);
        assert_eq!(first.status, 201);
        self.events += 1;
        let listed = self.recipient.get(&format!("/v1/inbox?delivery={}", envelope.delivery)).json();
        let name = listed["items"][0]["item"].as_str().expect("an item").to_owned();
        let visible = self.now();
        self.items.push(Item {
            envelope,
            receipt: first.body,
            name,
            state: "available",
            lease: 0,
            until: 0,
            attempt: 0,
            visible,
            accessed: false,
            asked: false,
            answered: None,
            recalled: None,
        });
    }

    fn submit_again(&mut self, at: usize) {
        let item = &self.items[at];
        let path = format!("/v1/deliveries/{}", item.envelope.delivery);
        let again = self.sender.put(&path, &self.world.submission("H45.01", &item.envelope));
        assert_eq!((again.status, &again.body), (200, &item.receipt), "{:#?}", self.log);
    }

    fn claim(&mut self) {
        let ids: Vec<String> = self.claims.keys().cloned().collect();
        let repeated = !ids.is_empty() && self.seeded.below(5) == 0;
        let mut sorted = ids;
        sorted.sort();
        let id = if repeated { self.seeded.pick(&sorted).clone() } else { format!("c-{}", self.claims.len()) };
        let max = self.seeded.below(3) + 1;
        let said = self.recipient.post("/v1/inbox/claim", &json!({"claim": id, "max": max, "lease_s": 30})).json();
        let found: Vec<Value> = said["items"].as_array().expect("items").clone();
        let short = |items: &[Value]| -> Vec<(String, u64, u64)> {
            let number = |item: &Value, name: &str| item[name].as_u64().expect("a number");
            items
                .iter()
                .map(|item| {
                    (item["item"].as_str().expect("a name").to_owned(), number(item, "lease"), number(item, "attempt"))
                })
                .collect()
        };
        if repeated {
            assert_eq!(short(self.claims[&id].as_array().expect("items")), short(&found), "{:#?}", self.log);
            return;
        }
        let now = self.now();
        let mut wanted = Vec::new();
        for item in &mut self.items {
            if wanted.len() < usize::try_from(max).expect("small") && item.is_free(now) {
                item.state = "leased";
                item.lease += 1;
                item.attempt += 1;
                item.until = now + 30;
                wanted.push((item.name.clone(), item.lease, item.attempt));
            }
        }
        assert_eq!(short(&found), wanted, "{:#?}", self.log);
        self.claims.insert(id, Value::Array(found));
    }

    fn first_byte(&mut self, at: usize) {
        let item = &self.items[at];
        let request = self.recipient.http.get(format!("{}/v1/inbox/{}/package", self.recipient.url, item.name));
        let said = self.recipient.call(request.header("range", "bytes=0-0"));
        let gone = !item.accessed && matches!(item.state, "recalled" | "expired");
        if gone {
            self.expect("first byte", (said.status, said.code()), (409, "already-final"));
        } else {
            assert_eq!(said.status, 206, "{:#?}", self.log);
            self.items[at].accessed = true;
        }
    }

    fn acknowledge(&mut self, at: usize) {
        let (lease, accept, now) = (self.lease(at), self.seeded.below(3) > 0, self.now());
        let item = self.items[at].clone();
        let outcome = if accept { Outcome::Accepted } else { Outcome::Rejected(Reason::new("no", None)) };
        let ack = Ack {
            delivery: item.envelope.delivery,
            sender: code("H45.01"),
            recipient: code("H45.02"),
            envelope: Sha256::of(&item.envelope.to_bytes()),
            package: item.envelope.package.sha256,
            outcome,
            registry: None,
            time: self.world.now(),
        };
        let bytes = ack.to_bytes();
        let body = json!({"ack": base64(&bytes), "signature": self.world.signed("H45.02", &bytes), "lease": lease});
        let said = self.recipient.post(&format!("/v1/inbox/{}/ack", item.name), &body);
        match &item.answered {
            Some((first, receipt)) if *first == accept => {
                assert_eq!((said.status, &said.body), (200, receipt), "{:#?}", self.log);
            }
            _ if item.is_final() => self.expect("ack", (said.status, said.code()), (409, "already-final")),
            _ if !item.holds(lease, now) => self.expect("ack", (said.status, said.code()), (409, "lease-lost")),
            _ => {
                assert_eq!(said.status, 200, "{:#?}", self.log);
                self.items[at].state = if accept { "accepted" } else { "rejected" };
                self.items[at].answered = Some((accept, said.body));
                self.events += 1;
            }
        }
    }

    fn change_lease(&mut self, at: usize) {
        let (lease, now, releases) = (self.lease(at), self.now(), self.seeded.below(2) == 0);
        let item = self.items[at].clone();
        let said = if releases {
            self.recipient.post(&format!("/v1/inbox/{}/release", item.name), &json!({"lease": lease, "delay_s": 20}))
        } else {
            self.recipient.post(&format!("/v1/inbox/{}/extend", item.name), &json!({"lease": lease, "lease_s": 60}))
        };
        if !item.holds(lease, now) {
            return self.expect("lease", (said.status, said.code()), (409, "lease-lost"));
        }
        assert_eq!(said.status, 200, "{:#?}", self.log);
        let item = &mut self.items[at];
        if releases {
            (item.state, item.until, item.visible) = ("available", now, now + 20);
        } else {
            item.until = item.until.max(now + 60);
        }
    }

    fn recall(&mut self, at: usize) {
        let item = self.items[at].clone();
        let recall = Recall {
            delivery: item.envelope.delivery,
            sender: code("H45.01"),
            envelope: Sha256::of(&item.envelope.to_bytes()),
            recipients: Vec::new(),
            reason: Reason::new("sender-asks", None),
            time: self.world.now(),
        };
        let bytes = recall.to_bytes();
        let body = json!({"recall": base64(&bytes), "signature": self.world.signed("H45.01", &bytes)});
        let said = self.sender.post(&format!("/v1/deliveries/{}/recall", item.envelope.delivery), &body).json();
        let outcome = said["recipients"][0]["outcome"].as_str().expect("an outcome").to_owned();
        let wanted = match &item.recalled {
            Some(first) => first.clone(),
            None if item.is_final() => "already-final".to_owned(),
            None if item.accessed => "too-late".to_owned(),
            None => "recalled".to_owned(),
        };
        assert_eq!(outcome, wanted, "{:#?}", self.log);
        let item = &mut self.items[at];
        if item.recalled.is_none() {
            self.events += 1;
            if outcome == "recalled" {
                item.state = "recalled";
            } else {
                item.asked = true;
            }
        }
        item.recalled = Some(outcome);
    }

    fn fares(&mut self, at: usize) {
        let item = &self.items[at];
        let status = BusinessStatus {
            delivery: item.envelope.delivery,
            sender: code("H45.01"),
            recipient: code("H45.02"),
            envelope: Sha256::of(&item.envelope.to_bytes()),
            status: Status::InProgress,
            text: Some(self.log.len().to_string()),
            registry: None,
            time: self.world.now(),
        };
        let bytes = status.to_bytes();
        let body = json!({"status": base64(&bytes), "signature": self.world.signed("H45.02", &bytes)});
        let said = self.recipient.post(&format!("/v1/inbox/{}/status", item.name), &body);
        if matches!(item.state, "accepted" | "rejected") || item.asked {
            assert_eq!(said.status, 200, "{:#?}", self.log);
            self.events += 1;
        } else {
            self.expect("status", (said.status, said.code()), (409, "not-answered"));
        }
    }

    fn tick(&mut self) {
        self.world.block_on(self.world.endpoint.tick()).expect("ticks");
        let now = self.now();
        for item in &mut self.items {
            let is_held = item.state == "leased" && now < item.until;
            if !item.is_final() && now > item.end() && !is_held {
                item.state = "expired";
                self.events += 1;
            }
        }
    }

    fn compare(&self) {
        for item in &self.items {
            let view = self.sender.get(&format!("/v1/deliveries/{}", item.envelope.delivery)).json();
            let line = &view["recipients"][0];
            assert_eq!(line["state"], item.state, "{:#?}", self.log);
            assert_eq!(line["attempt"].as_u64(), Some(item.attempt), "{:#?}", self.log);
            assert_eq!(line["recall_asked"].as_bool().unwrap_or(false), item.asked, "{:#?}", self.log);
        }
        // Warnings are told, not counted here: they depend on when somebody looked.
        let events = self.recipient.get("/v1/events?limit=1000").json();
        let attested = events["events"].as_array().expect("events").iter().filter(|e| e["event"] != "ExpiryWarning");
        assert_eq!(u64::try_from(attested.count()).expect("few"), self.events, "{:#?}", self.log);
    }
}

fn run(world: &World, seed: u64, steps: usize) {
    let mut model = Model {
        world,
        sender: world.raw(&world.members["H45.01"].tls),
        recipient: world.raw(&world.members["H45.02"].tls),
        items: Vec::new(),
        claims: HashMap::new(),
        events: 0,
        seeded: Seeded::new(seed),
        log: vec![format!("seed {seed}")],
    };
    for _ in 0..steps {
        let choice = model.seeded.below(20);
        let at = model.any();
        model.say(format!("{choice} on {at:?} at {}", model.now()));
        match (choice, at) {
            (0..=3, _) | (_, None) => model.submit(),
            (4, Some(at)) => model.submit_again(at),
            (5..=8, _) => model.claim(),
            (9..=10, Some(at)) => model.first_byte(at),
            (11..=13, Some(at)) => model.acknowledge(at),
            (14, Some(at)) => model.change_lease(at),
            (15, Some(at)) => model.recall(at),
            (16, Some(at)) => model.fares(at),
            (17, _) => model.tick(),
            _ => {
                let wait = model.seeded.below(40);
                world.pass(i64::try_from(wait).expect("small"));
            }
        }
    }
    model.compare();
}

#[test]
fn x02_random_calls_come_out_as_the_model_says() {
    for (kind, seeds) in [(Kind::Memory, 0..12), (Kind::Sqlite, 100..106)] {
        for seed in seeds {
            let world = World::new(kind);
            world.freeze();
            run(&world, seed, 120);
            let faults = world.block_on(world.store.fsck()).expect("fsck runs");
            assert_eq!(faults, [], "{kind:?}, seed {seed}");
        }
    }
}
