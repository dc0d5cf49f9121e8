//! `hookrail_attempt_record`, and the records that a handle keeps.

use std::ffi::c_char;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use super::text::{Text, pointer_or_null};
use crate::error::AttemptRecord;

/// One attempt of a call: its time, its connection and its result.
///
/// Later versions may add members at the end: therefore the functions that write a record take the size of the
/// structure.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct hookrail_attempt_record {
    /// The attempt's number; the first attempt of the call has 1.
    pub number: u32,
    /// HOOKRAIL_OK, or why the attempt failed: a hookrail_status.
    pub status: i32,
    /// The HTTP status of the answer; 0 if there was none.
    pub http_status: i32,
    /// 1 if a connection was opened for the attempt; 0 if it ran on a pooled one, or none could be opened.
    pub new_connection: i32,
    /// The start: microseconds since 1970 by the wall clock.
    pub started_unix_us: i64,
    /// Microseconds from the start of the call to the start of the attempt. The call of a submitted event starts
    /// with the submit.
    pub started_us: u64,
    /// Microseconds from the start of the attempt to its end.
    pub duration_us: u64,
    /// Microseconds for looking the host name up; 0 if the address was known, or no connection had to be opened.
    pub lookup_us: u64,
    /// Microseconds for connecting, with a proxy's reply to CONNECT; 0 if no connection had to be opened.
    pub connect_us: u64,
    /// Microseconds for the TLS handshake; 0 if there was none.
    pub tls_us: u64,
    /// Microseconds from the end of writing the request to the first byte of the answer, or to the end of the
    /// attempt.
    pub waiting_us: u64,
    /// Bytes of the request that were written, without those of TLS.
    pub bytes_sent: u64,
    /// Bytes of the answer that were read, without those of TLS.
    pub bytes_received: u64,
    /// The message of the attempt's error, cut off at 500 characters; "" if it succeeded. It belongs to the handle.
    pub message: *const c_char,
    /// The id that the answer gives the request, as of hookrail_accepted_request_id(); "" if there is none. It
    /// belongs to the handle.
    pub request_id: *const c_char,
}

/// The records that belong to a handle.
pub struct Records {
    records: Box<[AttemptRecord]>,
    /// Made for the first caller that asks: most callers do not.
    texts: OnceLock<Box<[RecordTexts]>>,
}

struct RecordTexts {
    message: Option<Text>,
    request_id: Option<Text>,
}

impl Records {
    pub fn new(records: Box<[AttemptRecord]>) -> Self {
        Records {
            records,
            texts: OnceLock::new(),
        }
    }

    pub fn count(&self) -> usize {
        self.records.len()
    }

    /// Returns the request id of the last attempt; NULL if it has none.
    pub fn last_request_id(&self) -> *const c_char {
        let last = self.texts().last();
        pointer_or_null(last.and_then(|texts| texts.request_id.as_ref()))
    }

    /// Writes a record to a structure of C of this size. Returns whether there is such a record and such a structure.
    ///
    /// # Safety
    /// `place` is NULL or valid for a write of `size` bytes.
    pub unsafe fn write(
        &self,
        index: usize,
        place: *mut hookrail_attempt_record,
        size: usize,
    ) -> bool {
        let (Some(record), Some(texts)) = (self.records.get(index), self.texts().get(index)) else {
            return false;
        };
        if place.is_null() || size != size_of::<hookrail_attempt_record>() {
            return false;
        }
        // SAFETY: not NULL, and valid for a write of this size by the caller's contract.
        unsafe { place.write(for_c(record, texts)) };
        true
    }

    fn texts(&self) -> &[RecordTexts] {
        self.texts.get_or_init(|| {
            let texts = self.records.iter().map(|record| RecordTexts {
                message: record.message.as_ref().map(|text| Text::new(&**text)),
                request_id: record.request_id.as_ref().map(|text| Text::new(&**text)),
            });
            texts.collect()
        })
    }
}

fn for_c(record: &AttemptRecord, texts: &RecordTexts) -> hookrail_attempt_record {
    let text = |text: &Option<Text>| text.as_ref().map_or(c"".as_ptr(), Text::as_ptr);
    hookrail_attempt_record {
        number: record.number,
        status: record.status.code(),
        http_status: record.http_status.map_or(0, i32::from),
        new_connection: i32::from(record.new_connection),
        started_unix_us: unix_micros(record.started),
        started_us: micros(record.since_call),
        duration_us: micros(record.duration),
        lookup_us: micros(record.lookup),
        connect_us: micros(record.connect),
        tls_us: micros(record.tls),
        waiting_us: micros(record.waiting),
        bytes_sent: record.bytes_sent,
        bytes_received: record.bytes_received,
        message: text(&texts.message),
        request_id: text(&texts.request_id),
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Returns 0 for a clock before 1970.
fn unix_micros(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_micros()).unwrap_or(i64::MAX)
}
