//! A request's entry in the ledger while the request is being handled.

use std::sync::Arc;

use bytes::Bytes;
use hyper::StatusCode;

use crate::fault::{Ending, Shape};
use crate::record::{BodyRecord, Outcome, RequestRecord};
use crate::rule::Rule;
use crate::shared::Shared;

/// An entry that must be finished. Dropping it records that the client went away.
pub(crate) struct Entry<'a> {
    shared: &'a Shared,
    seq: u64,
    finished: bool,
    /// The body as far as it has been read.
    pub(crate) body: Vec<u8>,
    body_recorded: bool,
}

impl<'a> Entry<'a> {
    pub(crate) fn begin(
        shared: &'a Shared,
        connection: u64,
        method: &str,
        path: &str,
        headers: impl FnOnce() -> Vec<(String, String)>,
    ) -> Self {
        let seq = shared.ledger.begin_request(|seq| RequestRecord {
            seq,
            at_ms: shared.elapsed_ms(),
            connection,
            method: method.to_owned(),
            path: path.to_owned(),
            headers: headers(),
            body: None,
            fault: None,
            status: None,
            outcome: Outcome::InProgress,
        });
        shared.log(format_args!(
            "#{seq} connection {connection}: {method} {path}"
        ));
        Self {
            shared,
            seq,
            finished: false,
            body: Vec::new(),
            body_recorded: false,
        }
    }

    pub(crate) fn fault(&self, rule: &Arc<Rule>) {
        let rule = Arc::clone(rule);
        self.shared
            .ledger
            .update_request(self.seq, |record| record.fault = Some(rule));
    }

    /// Records the body.
    pub(crate) fn body_read(&mut self, complete: bool) -> Bytes {
        let body = Bytes::from(std::mem::take(&mut self.body));
        self.record_body(&body, complete);
        body
    }

    fn record_body(&mut self, body: &Bytes, complete: bool) {
        self.body_recorded = true;
        if self.shared.ledger.keeps_requests() {
            let body = BodyRecord::new(body, complete);
            self.shared
                .ledger
                .update_request(self.seq, |record| record.body = Some(body));
        }
    }

    /// Records that the request was answered, completely or as far as the fault allows.
    pub(crate) fn answered(self, status: StatusCode, shape: &Shape) {
        let outcome = match shape {
            Shape::Truncate(_) => Outcome::Truncated,
            Shape::Cut(u64::MAX, _) | Shape::Whole | Shape::Dribble(_) => Outcome::Answered,
            Shape::Cut(_, how) => outcome_of(how),
        };
        self.finish(Some(status), outcome);
    }

    /// Records that the connection ended without an answer.
    pub(crate) fn ended(self, how: &Ending) {
        self.finish(None, outcome_of(how));
    }

    pub(crate) fn client_gone(self) {
        self.finish(None, Outcome::ClientGone);
    }

    fn finish(mut self, status: Option<StatusCode>, outcome: Outcome) {
        self.close(status, outcome);
    }

    fn close(&mut self, status: Option<StatusCode>, outcome: Outcome) {
        if !self.body_recorded && !self.body.is_empty() {
            self.body_read(false);
        }
        self.finished = true;
        let status = status.map(|status| status.as_u16());
        self.shared.ledger.finish_request(self.seq, |record| {
            record.status = status;
            record.outcome = outcome;
        });
        match status {
            Some(status) => self.shared.log(format_args!("#{}: {status}", self.seq)),
            None => self.shared.log(format_args!("#{}: {outcome:?}", self.seq)),
        }
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.close(None, Outcome::ClientGone);
        }
    }
}

fn outcome_of(how: &Ending) -> Outcome {
    match how {
        Ending::Reset => Outcome::Reset,
        Ending::Close | Ending::Abandon(_) => Outcome::Closed,
        Ending::Hold => Outcome::Held,
        Ending::Garbage(_) => Outcome::Garbage,
    }
}
