//! The list of fault rules, and the choice of the rule for a request.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::config::ConfigError;
use crate::fault::{Act, compile};
use crate::rule::{Point, Rule, Times};
use crate::topics::TopicPattern;

/// A rule that acts on a request.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) rule: Arc<Rule>,
    pub(crate) act: Act,
}

/// The facts about a request at one stage.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stage<'a> {
    Accepted,
    FirstBytes {
        method: &'a str,
        path: &'a str,
    },
    Head {
        method: &'a str,
        path: &'a str,
    },
    Body {
        method: &'a str,
        path: &'a str,
        topic: Option<&'a str>,
    },
}

/// A rule that is still in force, as the control API shows it.
#[derive(Debug, Clone, Serialize)]
pub struct PendingRule {
    /// The rule.
    pub rule: Arc<Rule>,
    /// The number of requests that it has met.
    pub met: u64,
    /// The number of times that it has acted.
    pub acted: u64,
}

/// The rules that have let one request pass.
#[derive(Debug, Default)]
pub(crate) struct Declined(Vec<u64>);

#[derive(Debug)]
struct Armed {
    id: u64,
    rule: Arc<Rule>,
    act: Act,
    topic: Option<TopicPattern>,
    coin: fastrand::Rng,
    met: u64,
    acted: u64,
}

/// The rules in force, in the order in which they are tried.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    list: Mutex<VecDeque<Armed>>,
    // A server without faults does not take the lock.
    any: AtomicBool,
    last_id: AtomicU64,
}

enum Verdict {
    Other,
    /// The rule may act, but this is decided only at a later stage.
    Later,
    Now,
}

impl Faults {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Armed>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds rules behind those in force. Adds none if one is wrong.
    pub(crate) fn append(&self, rules: Vec<Rule>) -> Result<(), ConfigError> {
        let armed = self.arm(rules)?;
        self.change(|list| list.extend(armed));
        Ok(())
    }

    /// Replaces the rules in force. Changes nothing if one is wrong.
    pub(crate) fn replace(&self, rules: Vec<Rule>) -> Result<(), ConfigError> {
        let armed = self.arm(rules)?;
        self.change(|list| *list = armed);
        Ok(())
    }

    fn arm(&self, rules: Vec<Rule>) -> Result<VecDeque<Armed>, ConfigError> {
        let next_id = || self.last_id.fetch_add(1, Ordering::Relaxed);
        let armed = rules.into_iter().map(|rule| Armed::new(next_id(), rule));
        armed.collect()
    }

    fn change(&self, change: impl FnOnce(&mut VecDeque<Armed>)) {
        let mut list = self.lock();
        change(&mut list);
        self.any.store(!list.is_empty(), Ordering::Release);
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.any.load(Ordering::Acquire)
    }

    pub(crate) fn clear(&self) {
        self.change(VecDeque::clear);
    }

    pub(crate) fn pending(&self) -> Vec<PendingRule> {
        let pending = |armed: &Armed| PendingRule {
            rule: Arc::clone(&armed.rule),
            met: armed.met,
            acted: armed.acted,
        };
        self.lock().iter().map(pending).collect()
    }

    /// Returns the first rule that acts at this stage, if no earlier rule waits for a later stage.
    ///
    /// This is called at several stages of a request. `declined` has the rules that let the request pass: they
    /// do not count it again, and do not draw a random number again.
    pub(crate) fn take(&self, stage: Stage<'_>, declined: &mut Declined) -> Option<Fault> {
        if self.is_empty() {
            return None;
        }
        let mut list = self.lock();
        for index in 0..list.len() {
            let armed = &mut list[index];
            if declined.0.contains(&armed.id) {
                continue;
            }
            match armed.verdict(stage) {
                Verdict::Other => continue,
                Verdict::Later => return None,
                Verdict::Now if !armed.acts() => {
                    declined.0.push(armed.id);
                    continue;
                }
                Verdict::Now => {}
            }
            let fault = Fault {
                rule: Arc::clone(&armed.rule),
                act: armed.act.clone(),
            };
            if armed.used_up() {
                list.remove(index);
                self.any.store(!list.is_empty(), Ordering::Release);
            }
            return Some(fault);
        }
        None
    }
}

impl Armed {
    fn new(id: u64, rule: Rule) -> Result<Self, ConfigError> {
        Ok(Self {
            id,
            act: compile(&rule)?,
            topic: rule.topic_pattern()?,
            coin: rule
                .seed
                .map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed),
            rule: Arc::new(rule),
            met: 0,
            acted: 0,
        })
    }

    fn verdict(&self, stage: Stage<'_>) -> Verdict {
        let on_accept = self.act.ending_at(Point::OnAccept).is_some();
        let (method, path) = match stage {
            Stage::Accepted if on_accept => return Verdict::Now,
            Stage::Accepted => return Verdict::Later,
            Stage::FirstBytes { method, path }
            | Stage::Head { method, path }
            | Stage::Body { method, path, .. } => (method, path),
        };
        if on_accept || !self.meets(method, path) {
            return Verdict::Other;
        }
        let at_first_bytes = self.act.ending_at(Point::BeforeReading).is_some();
        match (stage, &self.topic) {
            (Stage::FirstBytes { .. }, _) if !at_first_bytes => Verdict::Later,
            (Stage::Head { .. }, Some(_)) => Verdict::Later,
            (Stage::Body { topic, .. }, Some(pattern))
                if !topic.is_some_and(|topic| pattern.matches(topic)) =>
            {
                Verdict::Other
            }
            _ => Verdict::Now,
        }
    }

    fn meets(&self, method: &str, path: &str) -> bool {
        match &self.rule.matching {
            None => method == "POST",
            Some(matching) => {
                let method_fits = matching
                    .method
                    .as_ref()
                    .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
                let path_fits = matching
                    .path
                    .as_ref()
                    .is_none_or(|prefix| path.starts_with(prefix.as_str()));
                method_fits && path_fits
            }
        }
    }

    /// Counts a request that it meets. Returns whether it acts on the request.
    fn acts(&mut self) -> bool {
        self.met += 1;
        if self.rule.nth.is_some_and(|nth| self.met < nth) {
            return false;
        }
        if let Some(probability) = self.rule.probability
            && self.coin.f64() >= probability
        {
            return false;
        }
        self.acted += 1;
        true
    }

    fn used_up(&self) -> bool {
        match self.rule.times {
            Some(Times::Count(times)) => self.acted >= times,
            Some(Times::Always(_)) => false,
            None => self.rule.probability.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: Stage<'_> = Stage::Head {
        method: "POST",
        path: "/v1/events",
    };
    const GET: Stage<'_> = Stage::Head {
        method: "GET",
        path: "/v1/events/1",
    };

    fn faults(json: &str) -> Faults {
        let faults = Faults::default();
        faults.append(serde_json::from_str(json).unwrap()).unwrap();
        faults
    }

    fn take(faults: &Faults, stage: Stage<'_>) -> Option<Fault> {
        faults.take(stage, &mut Declined::default())
    }

    fn status(fault: Option<Fault>) -> Option<u16> {
        fault.map(|fault| fault.rule.status.unwrap_or(0))
    }

    #[test]
    fn a_script_plays_one_rule_per_post() {
        let faults = faults(r#"[{"status":503},{},{"status":429}]"#);
        assert_eq!(status(take(&faults, POST)), Some(503));
        assert_eq!(status(take(&faults, GET)), None);
        assert_eq!(status(take(&faults, POST)), Some(0));
        assert_eq!(status(take(&faults, POST)), Some(429));
        assert_eq!(status(take(&faults, POST)), None);
    }

    #[test]
    fn nth_and_times_count_what_the_rule_meets() {
        let faults =
            faults(r#"[{"status":503,"nth":2,"times":2},{"status":500,"times":"always"}]"#);
        let seen: Vec<_> = (0..4).map(|_| status(take(&faults, POST))).collect();
        assert_eq!(seen, [Some(500), Some(503), Some(503), Some(500)]);
    }

    #[test]
    fn a_seed_makes_the_coin_reproducible() {
        let toss = |seed: u64| -> Vec<bool> {
            let rules = format!(r#"[{{"status":503,"probability":0.5,"seed":{seed}}}]"#);
            let faults = faults(&rules);
            (0..64).map(|_| take(&faults, POST).is_some()).collect()
        };
        assert_eq!(toss(1), toss(1));
        assert_ne!(toss(1), toss(2));
        assert!(toss(1).contains(&true) && toss(1).contains(&false));
    }

    #[test]
    fn a_rule_that_needs_the_topic_keeps_its_place_until_the_body_is_there() {
        let faults = faults(r#"[{"match":{"topic":"a.*"},"status":503},{"status":500}]"#);
        assert_eq!(status(take(&faults, POST)), None);
        let body = |topic| Stage::Body {
            method: "POST",
            path: "/v1/events",
            topic: Some(topic),
        };
        assert_eq!(status(take(&faults, body("b.c"))), Some(500));
        assert_eq!(status(take(&faults, body("a.b"))), Some(503));
    }

    #[test]
    fn connections_are_met_only_by_the_first_rule_of_the_list() {
        let faults = faults(r#"[{"status":503},{"reset":"on_accept"}]"#);
        assert!(take(&faults, Stage::Accepted).is_none());
        assert_eq!(status(take(&faults, POST)), Some(503));
        assert!(take(&faults, POST).is_none());
        assert!(take(&faults, Stage::Accepted).is_some());
        assert!(take(&faults, Stage::Accepted).is_none());
    }

    #[test]
    fn a_rule_counts_a_request_once_however_often_it_asks() {
        let faults =
            faults(r#"[{"reset":"before_reading","nth":2},{"match":{"topic":"a"},"status":503}]"#);
        let first_bytes = Stage::FirstBytes {
            method: "POST",
            path: "/v1/events",
        };
        let mut declined = Declined::default();
        assert!(faults.take(first_bytes, &mut declined).is_none());
        assert!(faults.take(POST, &mut declined).is_none());
        assert!(take(&faults, first_bytes).is_some());
    }

    #[test]
    fn a_list_with_one_wrong_rule_is_refused_whole() {
        let faults = Faults::default();
        let rules = vec![Rule::status(503), Rule::status(503).nth(0)];
        assert!(faults.append(rules).is_err());
        assert!(faults.pending().is_empty());
    }
}
