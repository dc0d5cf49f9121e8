//! The failures of single attempts.

mod compression;
mod gateway_page;
#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;

use crate::error::{Error, Problem, Status};
use crate::protocol::retry_after;
use crate::protocol::retryable::is_retryable_status;
use crate::transport::failure::Failure;
use crate::transport::{Answer, NoAnswer};

/// The possible effect of a failed attempt on its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The service never had the complete request.
    NotSent,
    /// The service says that it recorded nothing.
    Rejected,
    /// The service may have recorded the event.
    Unknown,
    /// The service holds another event under the same key. So it cannot have recorded this one, not even in an
    /// earlier attempt.
    Excluded,
}

/// A failed attempt.
#[derive(Debug)]
pub struct FailedAttempt {
    pub error: Error,
    pub fate: Fate,
}

impl FailedAttempt {
    /// Makes the failure of an attempt without an answer. `request_complete`: the whole request may have been sent.
    pub fn without_answer(reason: NoAnswer, request_complete: bool) -> Self {
        let fate = if request_complete {
            Fate::Unknown
        } else {
            Fate::NotSent
        };
        let error = match reason {
            NoAnswer::Transport(failure) => Error::new(status_of(&failure), failure.to_string())
                .with_retryable(failure.is_retryable())
                .with_source(failure.into_source()),
            NoAnswer::NotHttp(reason) => Error::new(
                Status::Protocol,
                format!("the answer is not a valid HTTP response: {reason}"),
            )
            .with_retryable(true),
        };
        FailedAttempt { error, fate }
    }

    /// Makes the failure of an attempt whose answer is not a success.
    pub fn refused(answer: &Answer, now: SystemTime) -> Self {
        let problem = Problem::parse(&answer.body);
        let status = status_of_answer(answer.status);
        let fate = match answer.status {
            409 => Fate::Excluded,
            // No 5xx proves anything: a proxy may write one after it passed the request on, and the service's own
            // 503 may mean that it lost the answer to its COMMIT.
            500.. => Fate::Unknown,
            ..300 => Fate::Unknown,
            _ => Fate::Rejected,
        };
        let message = describe_answer(answer, problem.as_ref());
        let error = Error::new(status, message)
            .with_http_status(answer.status)
            .with_retry_after(retry_after(&answer.headers, now))
            .with_retryable(is_retryable_status(answer.status))
            .with_problem(problem);
        FailedAttempt { error, fate }
    }

    /// Marks a 401 as a possible outage of the service. For a key that has worked before, that is as likely as a
    /// revoked key.
    pub fn into_possible_outage(self) -> Self {
        let error = self.error.with_retryable(true).with_more(
            "; the key has worked before: the service answers this to any key while its database is away",
        );
        FailedAttempt { error, ..self }
    }

    /// Makes the failure of a 2xx whose body is not the one that the protocol promises. Sending again under another key
    /// could record the event twice.
    pub fn unexpected_success(answer: &Answer, reason: &str) -> Self {
        let problem = Problem::parse(&answer.body);
        let message = format!(
            "the service answered {} with an unexpected body ({reason}{}); it may have recorded the event",
            answer.status,
            compression::complaint(answer).unwrap_or_default()
        );
        FailedAttempt {
            error: Error::new(Status::Protocol, message)
                .with_http_status(answer.status)
                .with_problem(problem),
            fate: Fate::Unknown,
        }
    }
}

fn status_of(failure: &Failure) -> Status {
    match failure {
        Failure::Cancelled => Status::Cancelled,
        Failure::Timeout { .. } => Status::Timeout,
        Failure::Clock | Failure::Tls(_) => Status::Tls,
        Failure::OutOfResources(_) => Status::OutOfResources,
        Failure::SpeaksTls | Failure::EndlessInterim => Status::Protocol,
        Failure::Resolve { .. }
        | Failure::Connect { .. }
        | Failure::Proxy { .. }
        | Failure::Closed(_)
        | Failure::ClosedInHandshake(_)
        | Failure::Io(_) => Status::Connection,
    }
}

fn status_of_answer(http_status: u16) -> Status {
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

fn describe_answer(answer: &Answer, problem: Option<&Problem>) -> String {
    let mut message = format!("the service answered {}", answer.status);
    let said = problem.and_then(|problem| problem.detail().or_else(|| problem.title()));
    if let Some(said) = said {
        message.push_str(": ");
        message.extend(said.chars().take(500));
    } else if let Some(complaint) = compression::complaint(answer) {
        message.push_str(&complaint);
    } else if let Some(complaint) = gateway_page::complaint(answer) {
        message.push_str(complaint);
    }
    if (300..400).contains(&answer.status) {
        message.push_str("; redirects are not followed, check base_url");
    }
    if let Some(proxy) = &answer.forwarder {
        message.push_str(&format!(
            "; the proxy {proxy} may have answered in its place"
        ));
    }
    message
}

fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    retry_after::parse(headers.get(RETRY_AFTER)?.as_bytes(), now)
}
