//! The records of the attempts of a call.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::status::Status;

/// The number of attempts of a call whose records are kept: the last ones.
const KEPT: usize = 16;
/// The longest message of a record, in characters.
const LONGEST_MESSAGE: usize = 500;

/// One attempt of a call: its time, its connection and its result.
///
/// The last 16 attempts of a call are kept in
/// [`Accepted::attempt_records`](crate::Accepted::attempt_records),
/// [`EventStatus::attempt_records`](crate::EventStatus::attempt_records) and
/// [`Error::attempt_records`](crate::Error::attempt_records).
///
/// ```no_run
/// # fn example(client: &hookrail::Client) -> hookrail::Result<()> {
/// let accepted = client.send("orders.created", &["o_1"])?;
/// for attempt in &accepted.attempt_records {
///     let message = attempt.message.as_deref().unwrap_or_default();
///     println!("attempt {}: {:?} after {:?} {message}", attempt.number, attempt.status, attempt.duration);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptRecord {
    /// Its number; the first attempt of the call has 1.
    pub number: u32,
    /// `Ok`, or why it failed.
    pub status: Status,
    /// The HTTP status of the answer, if there was one.
    pub http_status: Option<u16>,
    /// Whether a connection was opened for it. Otherwise it ran on a pooled one, or none could be opened.
    pub new_connection: bool,
    /// Its start, by the wall clock.
    pub started: SystemTime,
    /// The time from the start of the call to its start. The call of a submitted event starts with the submit.
    pub since_call: Duration,
    /// The time from its start to its end.
    pub duration: Duration,
    /// The time for looking the host name up. Zero if the address was known, or no connection had to be opened.
    pub lookup: Duration,
    /// The time for connecting, with a proxy's reply to CONNECT.
    pub connect: Duration,
    /// The time for the TLS handshake.
    pub tls: Duration,
    /// The time from the end of writing the request to the first byte of the answer, or to the end of the attempt.
    pub waiting: Duration,
    /// Bytes of the request that were written, TLS overhead excluded.
    pub bytes_sent: u64,
    /// Bytes of the answer that were read, TLS overhead excluded.
    pub bytes_received: u64,
    /// The message of its error, cut off at 500 characters.
    pub message: Option<Arc<str>>,
    /// The id that the answer gives the request (`x-request-id` or a similar header), at most 200 characters.
    /// Invisible characters are escaped.
    pub request_id: Option<Box<str>>,
}

/// The records of the last attempts of a call, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct AttemptRecords(Vec<AttemptRecord>);

impl AttemptRecords {
    /// Adds the record of an attempt. Drops the oldest record if there are too many.
    pub fn add(&mut self, record: AttemptRecord) {
        if self.0.len() == KEPT {
            self.0.remove(0);
        }
        // Most calls have one attempt.
        if self.0.is_empty() {
            self.0.reserve_exact(1);
        }
        self.0.push(record);
    }

    /// Notes that the last attempt has failed.
    pub fn fail(&mut self, status: Status, message: &str) {
        let message = self.shared(message);
        if let Some(last) = self.0.last_mut() {
            last.status = status;
            last.message = Some(message);
        }
    }

    /// Returns the request id of the last attempt.
    pub fn last_request_id(&self) -> Option<&str> {
        last_request_id(&self.0)
    }

    /// Returns the records.
    pub fn into_boxed_slice(self) -> Box<[AttemptRecord]> {
        self.0.into_boxed_slice()
    }

    /// Returns the start of a message. The attempts of an outage fail alike, so the records share their messages.
    fn shared(&self, message: &str) -> Arc<str> {
        let message = match message.char_indices().nth(LONGEST_MESSAGE) {
            Some((end, _)) => &message[..end],
            None => message,
        };
        let before = self.0.iter().rev().nth(1);
        match before
            .and_then(|record| record.message.as_ref())
            .filter(|before| ***before == *message)
        {
            Some(before) => before.clone(),
            None => message.into(),
        }
    }
}

/// Returns the request id of the last attempt.
pub(crate) fn last_request_id(records: &[AttemptRecord]) -> Option<&str> {
    records.last()?.request_id.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: u32) -> AttemptRecord {
        AttemptRecord {
            number,
            status: Status::Ok,
            http_status: Some(202),
            new_connection: false,
            started: SystemTime::UNIX_EPOCH,
            since_call: Duration::ZERO,
            duration: Duration::ZERO,
            lookup: Duration::ZERO,
            connect: Duration::ZERO,
            tls: Duration::ZERO,
            waiting: Duration::ZERO,
            bytes_sent: 0,
            bytes_received: 0,
            message: None,
            request_id: None,
        }
    }

    fn records(messages: &[&str]) -> AttemptRecords {
        let mut records = AttemptRecords::default();
        for (number, message) in (1..).zip(messages) {
            records.add(record(number));
            records.fail(Status::Timeout, message);
        }
        records
    }

    #[test]
    fn the_last_sixteen_are_kept_in_their_order() {
        let kept = records(&["failed"; 20]).into_boxed_slice();
        let numbers: Vec<_> = kept.iter().map(|record| record.number).collect();
        assert_eq!(numbers, (5..=20).collect::<Vec<_>>());
    }

    #[test]
    fn a_single_record_takes_no_room_for_others() {
        assert_eq!(records(&["failed"]).0.capacity(), 1);
    }

    #[test]
    fn equal_messages_in_a_row_share_their_memory() {
        let kept = records(&["refused", "refused", "timeout"]).0;
        let [first, second, third] =
            [0, 1, 2].map(|index: usize| kept[index].message.clone().expect("a message"));
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(&*third, "timeout");
    }

    #[test]
    fn a_long_message_is_cut_off_between_characters() {
        let kept = records(&[&"é".repeat(501), &"é".repeat(500)]).0;
        let [cut, whole] = [0, 1].map(|index: usize| kept[index].message.clone());
        assert_eq!(cut.as_deref(), Some(&*"é".repeat(500)));
        assert_eq!(whole, cut);
    }
}
