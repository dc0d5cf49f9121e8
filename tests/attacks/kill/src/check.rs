//! Compares the input with the events that the service has. It is pure, so that tests can show that it finds
//! every difference.

use std::collections::HashMap;
use std::fmt;

use crate::journal::Stored;

/// The state of a sender that has finished.
#[derive(Debug)]
pub struct Sender<'a> {
    /// The topic of its events, which no other sender uses.
    pub topic: &'a str,
    /// The payloads that it had to send.
    pub lines: &'a [String],
    /// Its journal.
    pub journal: &'a [Stored],
    /// The number of its marked events.
    pub marks: usize,
}

/// An event that the service has.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub key: Option<String>,
    pub payload: String,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A line is missing in the journal, or at another place in it.
    NotJournalled { topic: String, line: usize },
    /// A line has no mark although the sender has finished.
    NotMarked { topic: String, line: usize },
    /// The service does not have a line.
    Lost { topic: String, line: usize },
    /// The service has a line more than once.
    Doubled { topic: String, line: usize },
    /// The service has a line under a different key than the journal.
    OtherKey { topic: String, line: usize },
    /// The service has an event that no sender had to send.
    Unknown { topic: String, payload: String },
    /// A request had other bytes than the journal's for its key.
    Altered { key: String },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJournalled { topic, line } => {
                write!(f, "{topic}: line {line} is not journalled as it is")
            }
            Self::NotMarked { topic, line } => write!(f, "{topic}: line {line} has no mark"),
            Self::Lost { topic, line } => write!(f, "{topic}: line {line} is not recorded"),
            Self::Doubled { topic, line } => {
                write!(f, "{topic}: line {line} is recorded more than once")
            }
            Self::OtherKey { topic, line } => {
                write!(f, "{topic}: line {line} is recorded under another key")
            }
            Self::Unknown { topic, payload } => {
                write!(f, "{topic}: recorded is what was no line: {payload}")
            }
            Self::Altered { key } => write!(f, "a request with key {key} had other bytes"),
        }
    }
}

/// Returns the body of the request that sends a payload.
pub fn body(topic: &str, payload: &str) -> Vec<u8> {
    format!(r#"{{"topic":"{topic}","payload":{payload}}}"#).into_bytes()
}

/// Returns all differences between a sender and the service's events of its topic.
pub fn compare(sender: &Sender<'_>, recorded: &[Recorded]) -> Vec<Finding> {
    let topic = sender.topic.to_owned();
    let mut by_payload: HashMap<&str, Vec<&Recorded>> = HashMap::new();
    for event in recorded {
        by_payload.entry(&event.payload).or_default().push(event);
    }
    let mut findings = Vec::new();
    for (at, payload) in sender.lines.iter().enumerate() {
        let (topic, line) = (topic.clone(), at + 1);
        let stored = sender.journal.get(at);
        let events = by_payload.remove(payload.as_str()).unwrap_or_default();
        if stored.is_none_or(|stored| stored.body != body(&topic, payload)) {
            findings.push(Finding::NotJournalled { topic, line });
        } else if at >= sender.marks {
            findings.push(Finding::NotMarked { topic, line });
        } else if events.is_empty() {
            findings.push(Finding::Lost { topic, line });
        } else if events.len() > 1 {
            findings.push(Finding::Doubled { topic, line });
        } else if events[0].key.as_ref() != stored.map(|stored| &stored.key) {
            findings.push(Finding::OtherKey { topic, line });
        }
    }
    findings.extend(by_payload.into_keys().map(|payload| Finding::Unknown {
        topic: topic.clone(),
        payload: payload.to_owned(),
    }));
    findings
}

/// Returns the requests whose bytes differ from those in the journal under their key.
pub fn altered<'a>(
    journalled: &HashMap<&str, &[u8]>,
    requests: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> Vec<Finding> {
    requests
        .filter(|(key, body)| journalled.get(key).is_some_and(|stored| stored != body))
        .map(|(key, _)| Finding::Altered {
            key: key.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{Finding, Recorded, Sender, Stored, altered, body, compare};

    const TOPIC: &str = "t";

    fn lines() -> Vec<String> {
        vec!["1".into(), "2".into()]
    }

    fn journal() -> Vec<Stored> {
        let stored = |line: &String| Stored {
            key: format!("key-{line}"),
            body: body(TOPIC, line),
        };
        lines().iter().map(stored).collect()
    }

    fn recorded(key: &str, payload: &str) -> Recorded {
        Recorded {
            key: Some(key.into()),
            payload: payload.into(),
        }
    }

    fn good() -> Vec<Recorded> {
        vec![recorded("key-1", "1"), recorded("key-2", "2")]
    }

    fn findings(journal: &[Stored], marks: usize, recorded: &[Recorded]) -> Vec<Finding> {
        let sender = Sender {
            topic: TOPIC,
            lines: &lines(),
            journal,
            marks,
        };
        compare(&sender, recorded)
    }

    fn topic() -> String {
        TOPIC.to_owned()
    }

    #[test]
    fn what_fits_is_no_finding() {
        assert_eq!(findings(&journal(), 2, &good()), []);
    }

    #[test]
    fn a_lost_event_is_seen() {
        let found = findings(&journal(), 2, &good()[..1]);
        let lost = Finding::Lost {
            topic: topic(),
            line: 2,
        };
        assert_eq!(found, [lost]);
    }

    #[test]
    fn a_doubled_event_is_seen_whatever_its_key() {
        let mut events = good();
        events.push(recorded("key-3", "2"));
        let doubled = Finding::Doubled {
            topic: topic(),
            line: 2,
        };
        assert_eq!(findings(&journal(), 2, &events), [doubled]);
    }

    #[test]
    fn an_event_with_another_key_is_seen() {
        let events = [recorded("key-1", "1"), recorded("key-9", "2")];
        let other = Finding::OtherKey {
            topic: topic(),
            line: 2,
        };
        assert_eq!(findings(&journal(), 2, &events), [other]);
    }

    #[test]
    fn altered_bytes_are_seen() {
        let events = [recorded("key-1", "1"), recorded("key-2", "2 ")];
        let lost = Finding::Lost {
            topic: topic(),
            line: 2,
        };
        let unknown = Finding::Unknown {
            topic: topic(),
            payload: "2 ".into(),
        };
        assert_eq!(findings(&journal(), 2, &events), [lost, unknown]);
    }

    #[test]
    fn a_journal_that_lacks_a_line_or_a_mark_is_seen() {
        let unjournalled = Finding::NotJournalled {
            topic: topic(),
            line: 2,
        };
        assert_eq!(findings(&journal()[..1], 1, &good()), [unjournalled]);
        let unmarked = Finding::NotMarked {
            topic: topic(),
            line: 2,
        };
        assert_eq!(findings(&journal(), 1, &good()), [unmarked]);
    }

    #[test]
    fn a_request_with_other_bytes_is_seen() {
        let journalled = HashMap::from([("key-1", b"1".as_slice())]);
        let requests = [("key-1", b"1".as_slice()), ("key-1", b"1 ".as_slice())];
        let found = altered(&journalled, requests.into_iter());
        let key = "key-1".to_owned();
        assert_eq!(found, [Finding::Altered { key }]);
    }
}
