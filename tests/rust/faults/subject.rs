//! The event and the connection that a fault strikes.

use std::fmt;
use std::time::Duration;

use hookrail::internals::{CallOptions, Client, SendOptions};
use hookrail::{Accepted, Error};
use hookrail_devserver::Rule;

use super::certificate::Certificate;
use super::exchange::Exchange;
use super::fault::Fault;
use super::lane::Lane;
use crate::support::{PATIENCE, TOPIC, keyed, payload_of};

/// A payload of several TLS records and many writes.
const LARGE: usize = 100_000;

/// A kind of send.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    pub https: bool,
    /// The connection has already served a request.
    pub pooled: bool,
    pub large: bool,
    /// The service answers 503, once.
    pub refused: bool,
}

pub const HTTP: Subject = Subject {
    https: false,
    pooled: false,
    large: false,
    refused: false,
};

pub const HTTPS: Subject = Subject {
    https: true,
    ..HTTP
};

/// An event with its own key. All keys have the same length, so that offsets stay the same.
#[derive(Clone, Debug)]
pub struct Event {
    pub key: &'static str,
    pub payload: Vec<u8>,
}

impl Event {
    /// The event that makes a connection before the case begins.
    pub fn first() -> Self {
        Event {
            key: "the-event-before",
            payload: br#"{"a":0}"#.to_vec(),
        }
    }

    /// The event after the fault.
    pub fn next() -> Self {
        Event {
            key: "the-one-after-it",
            payload: br#"{"a":2}"#.to_vec(),
        }
    }

    /// Sends it within the client's budget.
    pub fn send(&self, client: &Client) -> Result<Accepted, Error> {
        client.send(TOPIC, &self.payload, &keyed(self.key))
    }

    /// Sends it without a limit of time.
    pub fn send_patiently(&self, client: &Client) -> Result<Accepted, Error> {
        let options = SendOptions {
            call: CallOptions {
                timeout: Some(PATIENCE),
                cancel: None,
            },
            ..keyed(self.key)
        };
        client.send(TOPIC, &self.payload, &options)
    }
}

impl Subject {
    pub fn pooled(self) -> Self {
        Subject {
            pooled: true,
            ..self
        }
    }

    pub fn large(self) -> Self {
        Subject {
            large: true,
            ..self
        }
    }

    pub fn refused(self) -> Self {
        Subject {
            refused: true,
            ..self
        }
    }

    pub fn lanes(self, count: usize) -> Vec<Lane> {
        // The running servers have already read the files.
        let certificate = self.https.then(Certificate::new);
        (0..count)
            .map(|_| Lane::start(certificate.as_ref()))
            .collect()
    }

    /// The event that meets the fault.
    pub fn event(self) -> Event {
        Event {
            key: "met-by-the-fault",
            payload: if self.large {
                payload_of(LARGE)
            } else {
                br#"{"a":1}"#.to_vec()
            },
        }
    }

    /// Makes the connection for the fault if the fault strikes a used one.
    pub fn prepare(self, client: &Client) {
        if self.pooled {
            Event::first().send_patiently(client).expect("no fault yet");
        }
    }

    /// Arms a fault for the connection of the next send.
    pub fn arm(self, lane: &Lane, fault: Fault) {
        self.set_answer(lane);
        if self.pooled {
            lane.proxy.arm_latest(fault);
        } else {
            lane.proxy.arm_next(fault);
        }
    }

    /// Removes all faults. Returns whether the fault has struck.
    pub fn disarm(self, lane: &Lane) -> bool {
        lane.server.clear_faults();
        lane.proxy.disarm()
    }

    fn set_answer(self, lane: &Lane) {
        let refusal = self.refused.then(|| Rule::status(429));
        lane.server.add_faults(refusal).expect("a good rule");
    }

    /// Records an exchange without a fault.
    pub fn measure(self, lane: &Lane) -> Exchange {
        let client = lane.client(lane.options(), Duration::from_secs(1));
        self.prepare(&client);
        self.set_answer(lane);
        let chunks = lane.proxy.record(|| {
            let sent = self.event().send_patiently(&client);
            assert_eq!(sent.is_err(), self.refused, "{sent:?}");
        });
        drop(client);
        lane.settle();
        if self.https {
            Exchange::of_https(&chunks, self.pooled)
        } else {
            Exchange::of_http(&chunks)
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.https { "https" } else { "http" })?;
        f.write_str(if self.pooled { ", used before" } else { "" })?;
        f.write_str(if self.large { ", large" } else { "" })?;
        f.write_str(if self.refused { ", refused" } else { "" })
    }
}
