//! Errors, in the terms of the protocol.
//!
//! One [`Error`] type serves every part of the core. Its [`Status`] is the kind of error. Its [`Outcome`] says
//! whether the service may have recorded the event that was being sent.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

mod ordinal;
mod problem;
mod visible;

pub(crate) use self::ordinal::ordinal;
pub use self::problem::Problem;
pub(crate) use self::visible::escaped;

/// The result of the core's fallible functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What happened. The numbers are those of the C ABI and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum Status {
    /// Success.
    Ok = 0,
    /// An argument is not acceptable; nothing was done.
    InvalidArgument = 100,
    /// The client cannot be set up as asked: API key, base URL, proxy, certificates, limits.
    Configuration = 101,
    /// The client was closed.
    Closed = 102,
    /// The handle belongs to the parent of this process.
    Forked = 103,
    /// The producer's queue is at its limit.
    QueueFull = 104,
    /// A signal or a wake-up ended the wait.
    Interrupted = 105,
    /// The cancel token was fired.
    Cancelled = 106,
    /// The caller's buffer is too small for the output.
    BufferTooSmall = 107,
    /// A received body is larger than the limit set for it.
    BodyTooLarge = 108,
    /// A prepared event is damaged or of an unknown version.
    DamagedBlob = 109,
    /// A system resource is missing: the process may make no more threads, descriptors or sockets.
    OutOfResources = 110,
    /// A received body is shorter than announced, or was read before it came to the library.
    BodyIncomplete = 111,
    /// No usable connection: refused, reset, closed early, name not found.
    Connection = 200,
    /// A timeout or the budget of the call ran out.
    Timeout = 201,
    /// The TLS handshake failed; final where the certificate is at fault.
    Tls = 202,
    /// The answer was not HTTP, or not what the protocol promises.
    Protocol = 203,
    /// HTTP 400.
    BadRequest = 400,
    /// HTTP 401: the API key is missing, unknown or revoked. Where this client has had a success with it in this
    /// process, the service's database may be away instead: then the error is retryable.
    Authentication = 401,
    /// HTTP 403.
    PermissionDenied = 403,
    /// HTTP 404: there is no such event.
    NotFound = 404,
    /// HTTP 409: the idempotency key was used with other bytes.
    Conflict = 409,
    /// HTTP 413, or a payload over the client's own limit.
    PayloadTooLarge = 413,
    /// HTTP 429; or, with the outcome NOT_SENT, nothing was sent because the call's turn under the service's limit
    /// would come after its time.
    RateLimited = 429,
    /// Any other final HTTP status, redirects included.
    UnexpectedStatus = 499,
    /// HTTP 5xx.
    ServerError = 500,
    /// The retries ran out; the last error is the cause.
    RetriesExhausted = 600,
    /// The signature header (or the delivery id) does not have the required form.
    SignatureMalformed = 700,
    /// The signature is older than the tolerance allows.
    TimestampTooOld = 701,
    /// The signature is further in the future than the tolerance allows.
    TimestampTooNew = 702,
    /// No secret matches any candidate signature.
    SignatureMismatch = 703,
    /// The request carries no signature header or no delivery id.
    SignatureMissing = 704,
    /// A defect of the library: a panic was caught.
    Internal = 900,
}

impl Status {
    /// Every status, in the order of the numbers.
    pub const ALL: [Status; 33] = [
        Status::Ok,
        Status::InvalidArgument,
        Status::Configuration,
        Status::Closed,
        Status::Forked,
        Status::QueueFull,
        Status::Interrupted,
        Status::Cancelled,
        Status::BufferTooSmall,
        Status::BodyTooLarge,
        Status::DamagedBlob,
        Status::OutOfResources,
        Status::BodyIncomplete,
        Status::Connection,
        Status::Timeout,
        Status::Tls,
        Status::Protocol,
        Status::BadRequest,
        Status::Authentication,
        Status::PermissionDenied,
        Status::NotFound,
        Status::Conflict,
        Status::PayloadTooLarge,
        Status::RateLimited,
        Status::UnexpectedStatus,
        Status::ServerError,
        Status::RetriesExhausted,
        Status::SignatureMalformed,
        Status::TimestampTooOld,
        Status::TimestampTooNew,
        Status::SignatureMismatch,
        Status::SignatureMissing,
        Status::Internal,
    ];

    /// The number in the C ABI.
    pub const fn code(self) -> i32 {
        self as i32
    }

    /// The status with this number, if there is one.
    pub fn from_code(code: i32) -> Option<Status> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// A stable name in lower case with underscores.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::InvalidArgument => "invalid_argument",
            Status::Configuration => "configuration",
            Status::Closed => "closed",
            Status::Forked => "forked",
            Status::QueueFull => "queue_full",
            Status::Interrupted => "interrupted",
            Status::Cancelled => "cancelled",
            Status::BufferTooSmall => "buffer_too_small",
            Status::BodyTooLarge => "body_too_large",
            Status::DamagedBlob => "damaged_blob",
            Status::OutOfResources => "out_of_resources",
            Status::BodyIncomplete => "body_incomplete",
            Status::Connection => "connection",
            Status::Timeout => "timeout",
            Status::Tls => "tls",
            Status::Protocol => "protocol",
            Status::BadRequest => "bad_request",
            Status::Authentication => "authentication",
            Status::PermissionDenied => "permission_denied",
            Status::NotFound => "not_found",
            Status::Conflict => "conflict",
            Status::PayloadTooLarge => "payload_too_large",
            Status::RateLimited => "rate_limited",
            Status::UnexpectedStatus => "unexpected_status",
            Status::ServerError => "server_error",
            Status::RetriesExhausted => "retries_exhausted",
            Status::SignatureMalformed => "signature_malformed",
            Status::TimestampTooOld => "timestamp_too_old",
            Status::TimestampTooNew => "timestamp_too_new",
            Status::SignatureMismatch => "signature_mismatch",
            Status::SignatureMissing => "signature_missing",
            Status::Internal => "internal",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is known about the event whose sending failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum Outcome {
    /// The question does not arise: nothing was being sent.
    None = 0,
    /// The service recorded the event.
    Delivered = 1,
    /// No complete request left this process: the service cannot have recorded the event.
    NotSent = 2,
    /// The service answered, and its answer says that it recorded nothing.
    Rejected = 3,
    /// A complete request left this process and no answer settles what became of it. A resend with
    /// the same idempotency key and the same bytes is safe.
    MaybeSent = 4,
}

impl Outcome {
    /// The number in the C ABI.
    pub const fn code(self) -> i32 {
        self as i32
    }

    /// A stable name in lower case with underscores.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::None => "none",
            Outcome::Delivered => "delivered",
            Outcome::NotSent => "not_sent",
            Outcome::Rejected => "rejected",
            Outcome::MaybeSent => "maybe_sent",
        }
    }
}

/// An error of the library. Never holds an API key or a signing secret.
#[derive(Debug)]
pub struct Error(Box<Details>);

#[derive(Debug)]
struct Details {
    status: Status,
    message: String,
    http_status: Option<u16>,
    retry_after: Option<Duration>,
    problem: Option<Problem>,
    retryable: bool,
    attempts: u32,
    idempotency_key: Option<String>,
    outcome: Outcome,
    cause: Option<Error>,
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
            idempotency_key: None,
            outcome: Outcome::None,
            cause: None,
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

    /// Returns the idempotency key under which the event was sent, or would have been sent.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.0.idempotency_key.as_deref()
    }

    /// Returns what is known about the event.
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
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

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause()
            .map(|cause| cause as &(dyn std::error::Error + 'static))
    }
}
