//! The required result of a call, given its answers.

use std::time::Duration;

use hookrail::Accepted;
use hookrail::{Error, Outcome, Status};

use super::{API_KEY, KEY};
use crate::answer_json;
use crate::model::date;
use crate::model::http::{self, Answer, Reading};
use crate::peer::{End, Served};

/// The answer of a successful call.
pub enum Success<'a> {
    Accepted(&'a Accepted),
    Status(&'a str),
}

/// Checks the result of a call against its answers. A request for a status has no outcome.
pub fn judge(result: Result<Success<'_>, &Error>, served: &[Served], is_send: bool, retries: u32) {
    let outcome = if is_send {
        expected_outcome(served)
    } else {
        Outcome::None
    };
    let last = served.last().expect("at least one request was answered");
    if let Err(error) = &result {
        check_error(error, served);
    }
    let verdicts: Vec<Verdict> = served.iter().map(Verdict::of).collect();
    if verdicts
        .iter()
        .any(|verdict| matches!(verdict, Verdict::Any))
    {
        match result {
            Ok(success) => success.check_against_bytes(&last.plan.bytes),
            Err(error) => check_error_against_bytes(error, served),
        }
        return;
    }
    let verdict = verdicts.last().expect("as many as were answered");
    match (verdict, result) {
        (Verdict::Success(answer), result) if is_success(answer, &result, outcome) => {
            let success = result.expect("a success");
            success.check_against(answer);
        }
        (Verdict::Success(answer), result) => {
            let error = result.err().expect("not what was promised");
            assert_eq!(error.status(), Status::Protocol, "{error}");
            assert_eq!(error.http_status(), Some(answer.status));
            check_outcome(error, outcome, served);
            assert!(!error.is_retryable());
        }
        (Verdict::Refused(answer), Err(error)) => {
            assert_eq!(error.http_status(), Some(answer.status));
            check_outcome(error, outcome, served);
            check_retry_after(error, answer);
            if answer.status == 401 {
                // Final, but retryable for the caller: it may be an outage, because the key has worked
                // before.
                assert_eq!(error.status(), Status::Authentication);
                assert!(error.is_retryable() && error.cause().is_none());
                return;
            }
            let retryable = matches!(answer.status, 408 | 425 | 429 | 500..);
            check_status(error, status_of(answer.status), retryable, retries);
        }
        (Verdict::NoAnswer, Err(error)) => {
            assert_eq!(error.http_status(), None);
            check_outcome(error, outcome, served);
            let last = error.cause().unwrap_or(error).status();
            assert!(
                matches!(last, Status::Connection | Status::Protocol),
                "{error}"
            );
            check_status(error, last, true, retries);
        }
        (_, Ok(_)) => panic!("a success without a 2xx"),
        (Verdict::Any, _) => unreachable!("handled above"),
    }
}

fn check_status(error: &Error, expected: Status, retryable: bool, retries: u32) {
    assert_eq!(error.is_retryable(), retryable);
    if retryable {
        assert_eq!(error.status(), Status::RetriesExhausted);
        let cause = error.cause().expect("the last error");
        assert_eq!(cause.status(), expected);
        assert_eq!(error.attempts(), retries + 1);
    } else {
        assert_eq!(error.status(), expected);
        assert!(error.cause().is_none());
    }
}

impl Success<'_> {
    fn check_against(&self, answer: &Answer<'_>) {
        match self {
            Success::Accepted(accepted) => {
                let replay = answer.header("idempotent-replay");
                let replayed = replay
                    .first()
                    .is_some_and(|value| value.eq_ignore_ascii_case(b"true"));
                assert_eq!(accepted.replayed, replayed);
                assert_eq!(accepted.http_status, answer.status);
                assert_eq!(accepted.raw_json.as_bytes(), answer.body);
            }
            Success::Status(raw_json) => assert_eq!(raw_json.as_bytes(), answer.body),
        }
        self.check_body();
    }

    /// Checks the only certain fact about this reading of the answer: everything in it was in the bytes.
    fn check_against_bytes(&self, bytes: &[u8]) {
        let raw_json = match self {
            Success::Accepted(accepted) => {
                assert!((200..300).contains(&accepted.http_status));
                assert!(names_status(bytes, accepted.http_status));
                &accepted.raw_json
            }
            Success::Status(raw_json) => *raw_json,
        };
        let mut rest = bytes.iter();
        let all_there = raw_json
            .bytes()
            .all(|byte| rest.any(|other| *other == byte || byte == b'*'));
        assert!(all_there, "{raw_json:?} was not answered");
        self.check_body();
    }

    fn check_body(&self) {
        match self {
            Success::Accepted(accepted) => {
                let body = answer_json::accepted(accepted.raw_json.as_bytes());
                let (event_id, delivery_ids) = body.expect("the body of a 202");
                assert_eq!(accepted.event_id, event_id);
                assert_eq!(accepted.delivery_ids, delivery_ids);
                assert_eq!(accepted.idempotency_key, KEY);
                assert!(accepted.attempts >= 1);
            }
            Success::Status(raw_json) => assert!(answer_json::is_status(raw_json.as_bytes())),
        }
    }
}

/// The required result of one answer.
enum Verdict<'a> {
    /// A 2xx, if its body is valid.
    Success(Answer<'a>),
    Refused(Answer<'a>),
    NoAnswer,
    /// The bytes do not determine it.
    Any,
}

impl<'a> Verdict<'a> {
    fn of(served: &'a Served) -> Self {
        let plan = &served.plan;
        if plan.early || plan.end == End::Reset || !served.request_read {
            return Verdict::Any;
        }
        match http::read(&plan.bytes) {
            Reading::Whole(answer) if (200..300).contains(&answer.status) => {
                Verdict::Success(hide_key(answer))
            }
            Reading::Partial(answer) if (200..300).contains(&answer.status) => Verdict::NoAnswer,
            Reading::Whole(answer) | Reading::Partial(answer) => Verdict::Refused(hide_key(answer)),
            Reading::Nothing => Verdict::NoAnswer,
            Reading::Odd => Verdict::Any,
        }
    }
}

/// Replaces the API key by asterisks wherever the body repeats it.
fn hide_key(mut answer: Answer<'_>) -> Answer<'_> {
    let key = API_KEY.as_bytes();
    let mut at = 0;
    while at + key.len() <= answer.body.len() {
        let window = &mut answer.body[at..at + key.len()];
        let found = window == key;
        if found {
            window.fill(b'*');
        }
        at += if found { key.len() } else { 1 };
    }
    answer
}

fn is_success(answer: &Answer<'_>, result: &Result<Success<'_>, &Error>, outcome: Outcome) -> bool {
    let right = if outcome == Outcome::None {
        answer_json::is_status(&answer.body)
    } else {
        answer_json::accepted(&answer.body).is_some()
    };
    assert_eq!(
        result.is_ok(),
        right,
        "{}",
        result.as_ref().err().map_or("", |error| error.message())
    );
    right
}

/// Returns the outcome that follows from all answers.
fn expected_outcome(served: &[Served]) -> Outcome {
    let mut outcome = Outcome::NotSent;
    for verdict in served.iter().map(Verdict::of) {
        outcome = match verdict {
            Verdict::Refused(answer) => match answer.status {
                409 => Outcome::Rejected,
                500.. => Outcome::MaybeSent,
                _ if outcome == Outcome::MaybeSent => outcome,
                _ => Outcome::Rejected,
            },
            _ => Outcome::MaybeSent,
        };
    }
    outcome
}

fn check_outcome(error: &Error, expected: Outcome, served: &[Served]) {
    // A peer that closes after an answer may do so while the next request is under way. The fate of that
    // request is then unknown, and the client makes it again on another connection.
    let may_have_lost_one = served[..served.len() - 1]
        .iter()
        .any(|served| served.plan.has_end && served.plan.end != End::KeepOpen);
    let is_unknown = may_have_lost_one && error.outcome() == Outcome::MaybeSent;
    assert!(
        error.outcome() == expected || is_unknown,
        "not {expected:?}: {error:?}"
    );
}

fn status_of(http_status: u16) -> Status {
    match http_status {
        400 => Status::BadRequest,
        401 => Status::Authentication,
        403 => Status::PermissionDenied,
        404 => Status::NotFound,
        409 => Status::Conflict,
        413 => Status::PayloadTooLarge,
        429 => Status::RateLimited,
        500.. => Status::ServerError,
        _ => Status::UnexpectedStatus,
    }
}

fn check_retry_after(error: &Error, answer: &Answer<'_>) {
    let values = answer.header("retry-after");
    // The time until a date depends on the moment of the reading.
    if let [value] = values[..]
        && date::date(&String::from_utf8_lossy(value)).is_none()
    {
        let expected = date::retry_after(value, 0).map(Duration::from_secs);
        assert_eq!(error.retry_after(), expected);
    }
}

/// Checks the rules for every error.
fn check_error(error: &Error, served: &[Served]) {
    assert!(!error.message().is_empty());
    let cause = error.cause().unwrap_or(error);
    assert!(
        !matches!(
            cause.status(),
            Status::Ok | Status::Internal | Status::InvalidArgument | Status::RetriesExhausted
        ),
        "{error}"
    );
    if served.iter().any(|served| served.request_read) {
        assert_ne!(error.outcome(), Outcome::NotSent, "{error}");
    }
    assert_ne!(error.outcome(), Outcome::Delivered);
    let told = format!("{error}{error:?}");
    let spelled_out = |served: &Served| contains(&served.plan.bytes, b"\\u");
    assert!(
        !told.contains(API_KEY) || served.iter().any(spelled_out),
        "the key is told: {told}"
    );
}

/// Checks the only certain facts about this reading of the answers.
fn check_error_against_bytes(error: &Error, served: &[Served]) {
    let last = &served.last().expect("an answer").plan.bytes;
    if let Some(status) = error.http_status() {
        assert!(names_status(last, status), "{status} was not answered");
    }
    if error.outcome() == Outcome::Rejected {
        assert!(matches!(error.http_status(), Some(300..=499)), "{error}");
    }
}

fn names_status(bytes: &[u8], status: u16) -> bool {
    contains(bytes, format!("{status}").as_bytes())
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}
