//! Errors, in the terms of the protocol.
//!
//! One [`Error`] type serves every part of the core. Its [`Status`] is the kind of error. Its [`Outcome`] says
//! whether the service may have recorded the event that was being sent.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

mod attempt_record;
mod escape;
mod numbered_enum;
mod ordinal;
mod problem;
mod source;
mod status;

pub use self::attempt_record::AttemptRecord;
pub(crate) use self::attempt_record::{AttemptRecords, last_request_id};
pub(crate) use self::escape::escaped;
pub(crate) use self::numbered_enum::numbered_enum;
pub(crate) use self::ordinal::ordinal;
pub use self::problem::Problem;
pub(crate) use self::source::Source;
pub use self::status::{Outcome, Status};

/// The result of a function that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the library. It never holds an API key or a signing secret.
///
/// ```
/// use std::error::Error as _;
///
/// use hookrail::{Client, Outcome, Status};
///
/// # fn main() -> hookrail::Result<()> {
/// let client = Client::builder().api_key("hk_test").base_url("http://127.0.0.1:1").max_retries(0).build()?;
/// let error = client.send("orders.created", &["o_1"]).expect_err("nothing listens there");
/// assert_eq!(error.status(), Status::RetriesExhausted);
/// assert_eq!(error.outcome(), Outcome::NotSent);
/// assert!(error.is_retryable());
///
/// // The last attempt's error, and the system's beneath it.
/// let attempt = error.cause().unwrap();
/// assert_eq!(attempt.status(), Status::Connection);
/// assert!(attempt.source().unwrap().is::<std::io::Error>());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Error(Box<Details>);

#[derive(Clone, Debug)]
struct Details {
    status: Status,
    message: String,
    http_status: Option<u16>,
    retry_after: Option<Duration>,
    problem: Option<Problem>,
    retryable: bool,
    attempts: u32,
    attempt_records: Box<[AttemptRecord]>,
    request_id: Option<Box<str>>,
    idempotency_key: Option<String>,
    outcome: Outcome,
    cause: Option<Error>,
    source: Option<Source>,
}

/// The longest part of an attempt's message that the error above it repeats, in characters.
const LONGEST_REPEATED: usize = 1_000;

impl Error {
    /// Makes an error of a status and a message, which says what was wrong and what would be right. The message
    /// may hold text of a peer: invisible characters in it are escaped.
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Error(Box::new(Details {
            status,
            message: escaped(Cow::Owned(message.into())),
            http_status: None,
            retry_after: None,
            problem: None,
            retryable: false,
            attempts: 0,
            attempt_records: Box::default(),
            request_id: None,
            idempotency_key: None,
            outcome: Outcome::None,
            cause: None,
            source: None,
        }))
    }

    /// Makes the error for an argument that cannot be accepted.
    pub fn invalid_argument(message: impl Into<String>) -> Self {
        Error::new(Status::InvalidArgument, message)
    }

    /// Makes the error for a setting that cannot be accepted.
    pub fn configuration(message: impl Into<String>) -> Self {
        Error::new(Status::Configuration, message)
    }

    /// Makes the error that a caught panic becomes.
    pub(crate) fn defect(panic: &(dyn Any + Send)) -> Self {
        let message = panic
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("a panic without a message");
        Error::new(
            Status::Internal,
            format!("a defect of the library: {message}"),
        )
    }

    pub(crate) fn with_http_status(mut self, http_status: u16) -> Self {
        self.0.http_status = Some(http_status);
        self
    }

    pub(crate) fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.0.retry_after = retry_after;
        self
    }

    pub(crate) fn with_problem(mut self, problem: Option<Problem>) -> Self {
        self.0.problem = problem;
        self
    }

    pub(crate) fn with_retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = retryable;
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn with_attempt_records(mut self, records: AttemptRecords) -> Self {
        self.0.attempt_records = records.into_boxed_slice();
        self
    }

    pub(crate) fn with_request_id(mut self, request_id: Option<Box<str>>) -> Self {
        self.0.request_id = request_id;
        self
    }

    pub(crate) fn with_idempotency_key(mut self, key: &str) -> Self {
        self.0.idempotency_key = Some(key.to_owned());
        self
    }

    pub(crate) fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.0.outcome = outcome;
        self
    }

    /// Sets the last attempt's error as the cause, and appends its message to this one's.
    pub(crate) fn with_last_error(mut self, last: Error) -> Self {
        self.0.message.push_str("; the last error: ");
        self.0
            .message
            .extend(last.message().chars().take(LONGEST_REPEATED));
        self.0.cause = Some(last);
        self
    }

    /// Sets the error of the system or of another library beneath this one.
    #[cold]
    pub(crate) fn with_source(mut self, source: Option<Source>) -> Self {
        self.0.source = source;
        self
    }

    /// Appends to the message.
    pub(crate) fn with_more(mut self, more: &str) -> Self {
        self.0.message.push_str(more);
        self
    }

    /// Returns the kind of error.
    pub fn status(&self) -> Status {
        self.0.status
    }

    /// Returns one line for people: what was wrong and, where it helps, what would be right. Control characters
    /// and direction marks are escaped (`\n`, `\u{1b}`), even in a peer's text.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the HTTP status of the answer; if the retries ran out, of the last answer.
    pub fn http_status(&self) -> Option<u16> {
        self.0
            .http_status
            .or_else(|| self.cause().and_then(Error::http_status))
    }

    /// Returns the wait that the service asked for in `Retry-After`.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0
            .retry_after
            .or_else(|| self.cause().and_then(Error::retry_after))
    }

    /// Returns the problem details of the answer.
    pub fn problem(&self) -> Option<&Problem> {
        self.0
            .problem
            .as_ref()
            .or_else(|| self.cause().and_then(Error::problem))
    }

    /// Returns whether the same call can succeed later without a change.
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// Returns how many attempts were made on the wire.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns the records of the last 16 attempts of the call, the oldest first. The cause of an error has none.
    ///
    /// ```
    /// use hookrail::{Client, Status};
    ///
    /// # fn main() -> hookrail::Result<()> {
    /// let client = Client::builder().api_key("hk_test").base_url("http://127.0.0.1:1").max_retries(1).build()?;
    /// let error = client.send("orders.created", &["o_1"]).expect_err("nothing listens there");
    /// let statuses: Vec<_> = error.attempt_records().iter().map(|attempt| attempt.status).collect();
    /// assert_eq!(statuses, [Status::Connection, Status::Connection]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn attempt_records(&self) -> &[AttemptRecord] {
        &self.0.attempt_records
    }

    /// Returns the id that the answer gives the request (`x-request-id` or a similar header); if the retries ran out,
    /// that of the last answer. Invisible characters in it are escaped.
    pub fn request_id(&self) -> Option<&str> {
        self.0
            .request_id
            .as_deref()
            .or_else(|| self.cause().and_then(Error::request_id))
    }

    /// Returns the idempotency key under which the event was sent, or would have been sent.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.0.idempotency_key.as_deref()
    }

    /// Returns what is known about the event.
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    pub(crate) fn take_attempt_records(&mut self) -> Box<[AttemptRecord]> {
        std::mem::take(&mut self.0.attempt_records)
    }

    pub(crate) fn take_cause(&mut self) -> Option<Error> {
        self.0.cause.take()
    }

    /// Returns the error beneath: if the retries ran out, the last attempt's.
    pub fn cause(&self) -> Option<&Error> {
        self.0.cause.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl StdError for Error {
    /// Returns the [cause](Error::cause); beneath the last one, the error of the system or of another library:
    /// [`std::io::Error`], or the error of rustls or serde_json.
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match (&self.0.cause, &self.0.source) {
            (Some(cause), _) => Some(cause),
            (None, Some(source)) => Some(source.as_error()),
            (None, None) => None,
        }
    }
}
