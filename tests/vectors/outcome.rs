//! Comparing what we say with what a case must be.

use std::collections::BTreeMap;

/// What is said about a case.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    Valid,
    Invalid,
    Indeterminate,
}

impl Outcome {
    pub(crate) fn parse(text: &str) -> Outcome {
        match text {
            "valid" => Outcome::Valid,
            "invalid" => Outcome::Invalid,
            "indeterminate" => Outcome::Indeterminate,
            other => panic!("outcome {other}"),
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Divergences {
    divergence: Vec<Divergence>,
    /// Those of `scripts/corpus`, which reads them itself.
    #[serde(default, rename = "corpus")]
    _corpus: Vec<toml::Value>,
    #[serde(default, rename = "rule")]
    _rule: Vec<toml::Value>,
    #[serde(default, rename = "corrected")]
    _corrected: Vec<toml::Value>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Divergence {
    source: String,
    case: String,
    expected: Outcome,
    got: Outcome,
    reason: String,
}

/// The cases of one source.
pub(crate) struct Tally {
    source: &'static str,
    known: BTreeMap<String, Divergence>,
    wrong: Vec<String>,
    count: usize,
}

impl Tally {
    pub(crate) fn new(source: &'static str) -> Tally {
        let text = include_str!("divergences.toml");
        let all: Divergences = toml::from_str(text).expect("divergences.toml reads");
        let known = all.divergence.into_iter().filter(|d| d.source == source).map(|d| (d.case.clone(), d)).collect();
        Tally { source, known, wrong: Vec::new(), count: 0 }
    }

    pub(crate) fn add(&mut self, case: &str, expected: Outcome, got: Outcome, detail: &str) {
        self.count += 1;
        match self.known.remove(case) {
            Some(entry) => {
                assert!(entry.reason.len() > 20, "{case}: a divergence needs its reason");
                if entry.expected != expected || entry.got != got {
                    self.wrong.push(format!(
                        "{case}: listed as {:?} where {:?} is due, is {got:?} where {expected:?} is due: {detail}",
                        entry.got, entry.expected
                    ));
                }
                if got == expected {
                    self.wrong.push(format!("{case}: now as it must be, take it out of divergences.toml"));
                }
            }
            None if got != expected => {
                self.wrong.push(format!("{case}: {got:?} where {expected:?} is due: {detail}"));
            }
            None => {}
        }
    }

    pub(crate) fn finish(self, expected_count: usize) {
        assert!(self.wrong.is_empty(), "{}:\n{}", self.source, self.wrong.join("\n"));
        let left: Vec<&String> = self.known.keys().collect();
        assert!(left.is_empty(), "{}: divergences of cases that do not exist: {left:?}", self.source);
        assert_eq!(self.count, expected_count, "{}: number of cases", self.source);
    }
}

fn tally(case: &str, expected: Outcome, got: Outcome) -> Tally {
    let entry = Divergence {
        source: "made".to_owned(),
        case: case.to_owned(),
        expected,
        got,
        reason: "a reason that is long enough".to_owned(),
    };
    Tally { source: "made", known: BTreeMap::from([(case.to_owned(), entry)]), wrong: Vec::new(), count: 0 }
}

#[test]
fn a_listed_divergence_holds_while_it_is_one() {
    let mut listed = tally("a", Outcome::Invalid, Outcome::Valid);
    listed.add("a", Outcome::Invalid, Outcome::Valid, "");
    listed.add("b", Outcome::Valid, Outcome::Valid, "");
    listed.finish(2);
}

#[test]
#[should_panic(expected = "now as it must be, take it out of divergences.toml")]
fn a_listed_divergence_that_begins_to_pass_fails_the_run() {
    let mut listed = tally("a", Outcome::Invalid, Outcome::Valid);
    listed.add("a", Outcome::Invalid, Outcome::Invalid, "");
    listed.finish(1);
}

#[test]
#[should_panic(expected = "divergences of cases that do not exist")]
fn a_listed_divergence_of_no_case_fails_the_run() {
    tally("a", Outcome::Invalid, Outcome::Valid).finish(0);
}

#[test]
#[should_panic(expected = "is due")]
fn an_unlisted_divergence_fails_the_run() {
    let mut none = Tally { source: "made", known: BTreeMap::new(), wrong: Vec::new(), count: 0 };
    none.add("a", Outcome::Valid, Outcome::Indeterminate, "");
    none.finish(1);
}
